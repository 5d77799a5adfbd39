"""Rubric of problem set 2: sentences from continuous vectors.

The modules follow the sentence's way: its likelihood, the encoder's posterior, z in the decoder and the loss,
annealing, word dropout, generation.
"""

from autograder.exercise.exercise import Rubric, Written
from autograder.rubrics.ps2_sentence_vae.annealing import cyclical_annealing, linear_annealing, logistic_annealing
from autograder.rubrics.ps2_sentence_vae.dropout import word_dropout
from autograder.rubrics.ps2_sentence_vae.generation import greedy_decode, interpolate
from autograder.rubrics.ps2_sentence_vae.likelihood import sequence_log_likelihood
from autograder.rubrics.ps2_sentence_vae.objective import concat_latent, sentence_vae_loss
from autograder.rubrics.ps2_sentence_vae.posterior import active_units, last_hidden, posterior_from_hidden

RUBRIC = Rubric(
    name="ps2_sentence_vae",
    title="Sentences from continuous vectors",
    exercises=(
        sequence_log_likelihood,
        last_hidden,
        posterior_from_hidden,
        concat_latent,
        sentence_vae_loss,
        linear_annealing,
        logistic_annealing,
        cyclical_annealing,
        word_dropout,
        active_units,
        greedy_decode,
        interpolate,
    ),
    written=(
        Written("conditional_elbo", points=4),
        Written("why_collapse", points=4),
    ),
)
