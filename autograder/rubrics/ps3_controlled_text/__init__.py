"""Rubric of problem set 3: controlled generation of text.

The modules follow the training: the differentiable stand-in for words, what the two readers of a soft sentence say of
it, and the losses that the generator and the discriminator make of it.
"""

from autograder.exercise.exercise import Rubric, Written
from autograder.rubrics.ps3_controlled_text.discriminator import discriminator_loss
from autograder.rubrics.ps3_controlled_text.generator import generator_loss
from autograder.rubrics.ps3_controlled_text.readers import attribute_loss, latent_loss
from autograder.rubrics.ps3_controlled_text.stand_in import soft_embeddings

RUBRIC = Rubric(
    name="ps3_controlled_text",
    title="Controlled generation of text",
    exercises=(soft_embeddings, attribute_loss, latent_loss, generator_loss, discriminator_loss),
    written=(
        Written("entropy_sign", points=4),
        Written("wake_sleep", points=6),
    ),
)
