"""What the generator minimises: the VAE's loss and two constraints."""

from collections.abc import Iterator

import numpy as np
import torch

from autograder.exercise.exercise import Exercise
from autograder.exercise.random_inputs import uniform
from autograder.rubrics.ps3_controlled_text import terms
from autograder.rubrics.ps3_controlled_text.draws import one
from latentkit.check.cases import Case
from latentkit.reference import controlled_text


def _generator_cases(generator: np.random.Generator) -> Iterator[Case]:
    for name, lambda_c, lambda_z, lowest, dtype in (
        ("a weight for each constraint", float(generator.integers(15, 45)) / 100, 0.7, 2, torch.float64),
        ("weights above 1", 1.5, float(generator.integers(22, 38)) / 10, 2, torch.float64),
        ("no attribute constraint", 0.0, 0.6, 2, torch.float64),
        ("no independence constraint", 0.4, 0.0, 2, torch.float64),
        ("neither, the plain VAE", 0.0, 0.0, 2, torch.float64),
        ("an encoder that is sure, so L_z is negative", 0.2, 0.9, -9, torch.float64),
        ("float32", 0.3, 0.8, 2, torch.float32),
    ):
        inputs = {
            "vae_loss": uniform(generator, 15, 45, dtype=dtype),
            "attribute_loss": uniform(generator, 0.4, 1.9, dtype=dtype),
            "latent_loss": uniform(generator, lowest, lowest + 6, dtype=dtype),
            "lambda_c": lambda_c,
            "lambda_z": lambda_z,
        }
        yield Case(name, inputs, ("vae_loss", "attribute_loss", "latent_loss"), one(dtype))


generator_loss = Exercise(
    name="generator_loss",
    points=2,
    reference=controlled_text.generator_loss,
    cases=_generator_cases,
    look="section 5, what the generator minimises; Hu et al. 2017, L_G",
    terms=terms.generator_loss,
    unbounded=("vae_loss", "attribute_loss", "latent_loss", "lambda_c", "lambda_z"),
)


@generator_loss.mistake("The weights have changed places: λ_c belongs to the attribute loss, λ_z to the latent loss.")
def weights_swapped(vae_loss, attribute_loss, latent_loss, lambda_c, lambda_z):
    return vae_loss + lambda_z * attribute_loss + lambda_c * latent_loss


@generator_loss.mistake("Neither weight is used: multiply each constraint by its own.")
def weights_forgotten(vae_loss, attribute_loss, latent_loss, lambda_c, lambda_z):
    return vae_loss + attribute_loss + latent_loss


@generator_loss.mistake("λ_c is not used: the attribute loss always counts in full.")
def lambda_c_forgotten(vae_loss, attribute_loss, latent_loss, lambda_c, lambda_z):
    return vae_loss + attribute_loss + lambda_z * latent_loss


@generator_loss.mistake("λ_z is not used: the latent loss always counts in full.")
def lambda_z_forgotten(vae_loss, attribute_loss, latent_loss, lambda_c, lambda_z):
    return vae_loss + lambda_c * attribute_loss + latent_loss


@generator_loss.mistake("λ_c multiplies both constraints, and λ_z none: each constraint has a weight of its own.")
def one_weight_for_both(vae_loss, attribute_loss, latent_loss, lambda_c, lambda_z):
    return vae_loss + lambda_c * (attribute_loss + latent_loss)


@generator_loss.mistake(
    "The latent loss stands inside the bracket of λ_c, so its weight is λ_c·λ_z: without the attribute constraint it "
    "is gone, too. The two weights do not meet."
)
def weights_nested(vae_loss, attribute_loss, latent_loss, lambda_c, lambda_z):
    return vae_loss + lambda_c * (attribute_loss + lambda_z * latent_loss)


@generator_loss.mistake(
    "λ_c multiplies the VAE loss. That one always counts in full, for it keeps the sentences fluent; λ_c is the "
    "weight of the attribute loss."
)
def lambda_c_on_the_vae_loss(vae_loss, attribute_loss, latent_loss, lambda_c, lambda_z):
    return lambda_c * vae_loss + attribute_loss + lambda_z * latent_loss


@generator_loss.mistake("The weights multiply the VAE loss as well. Only the two constraints are weighted.")
def weights_on_everything(vae_loss, attribute_loss, latent_loss, lambda_c, lambda_z):
    return (lambda_c + lambda_z) * vae_loss + lambda_c * attribute_loss + lambda_z * latent_loss


@generator_loss.mistake(
    "The VAE loss has lost the weight that the constraints got, 1 - λ_c - λ_z. It always counts in full."
)
def losses_blended(vae_loss, attribute_loss, latent_loss, lambda_c, lambda_z):
    return (1 - lambda_c - lambda_z) * vae_loss + lambda_c * attribute_loss + lambda_z * latent_loss


@generator_loss.mistake(
    "The VAE loss is missing. With the two constraints alone the generator learns a language that pleases its readers, "
    "and forgets English."
)
def vae_loss_missing(vae_loss, attribute_loss, latent_loss, lambda_c, lambda_z):
    return lambda_c * attribute_loss + lambda_z * latent_loss


@generator_loss.mistake("The attribute loss is missing: nothing asks the generator to obey c.")
def attribute_loss_missing(vae_loss, attribute_loss, latent_loss, lambda_c, lambda_z):
    return vae_loss + lambda_z * latent_loss


@generator_loss.mistake("The latent loss is missing: nothing asks that c changes only what it names.")
def latent_loss_missing(vae_loss, attribute_loss, latent_loss, lambda_c, lambda_z):
    return vae_loss + lambda_c * attribute_loss


@generator_loss.mistake(
    "Both constraints are subtracted. They are losses already, negative log-probabilities: minimising yours makes the "
    "attribute and z unreadable."
)
def constraints_subtracted(vae_loss, attribute_loss, latent_loss, lambda_c, lambda_z):
    return vae_loss - lambda_c * attribute_loss - lambda_z * latent_loss


@generator_loss.mistake("The attribute loss has the wrong sign: it is -log q(c | x) already, so it is added.")
def attribute_loss_subtracted(vae_loss, attribute_loss, latent_loss, lambda_c, lambda_z):
    return vae_loss - lambda_c * attribute_loss + lambda_z * latent_loss


@generator_loss.mistake("The latent loss has the wrong sign: it is -log q(z | x) already, so it is added.")
def latent_loss_subtracted(vae_loss, attribute_loss, latent_loss, lambda_c, lambda_z):
    return vae_loss + lambda_c * attribute_loss - lambda_z * latent_loss


@generator_loss.mistake(
    "The VAE loss is subtracted. It is a loss already, the negative ELBO: minimising yours makes real sentences "
    "improbable."
)
def vae_loss_subtracted(vae_loss, attribute_loss, latent_loss, lambda_c, lambda_z):
    return lambda_c * attribute_loss + lambda_z * latent_loss - vae_loss


@generator_loss.mistake("The whole loss has the wrong sign: all three parts are losses, to be minimised.")
def objective_for_loss(vae_loss, attribute_loss, latent_loss, lambda_c, lambda_z):
    return -(vae_loss + lambda_c * attribute_loss + lambda_z * latent_loss)


@generator_loss.mistake(
    "The latent loss is cut off at 0. It is the negative logarithm of a *density*, so it may be negative, and going on "
    "there still teaches."
)
def latent_loss_cut_at_zero(vae_loss, attribute_loss, latent_loss, lambda_c, lambda_z):
    return vae_loss + lambda_c * attribute_loss + lambda_z * latent_loss.clamp(min=0)


@generator_loss.mistake(
    "Both constraints are detached (or went through .item()). They show in the loss, but teach the generator nothing."
)
def constraints_detached(vae_loss, attribute_loss, latent_loss, lambda_c, lambda_z):
    return vae_loss + lambda_c * attribute_loss.detach() + lambda_z * latent_loss.detach()


@generator_loss.mistake("The attribute loss is detached: it shows in the loss, but does not teach the generator.")
def attribute_loss_detached(vae_loss, attribute_loss, latent_loss, lambda_c, lambda_z):
    return vae_loss + lambda_c * attribute_loss.detach() + lambda_z * latent_loss


@generator_loss.mistake("The latent loss is detached: it shows in the loss, but does not teach the generator.")
def latent_loss_detached(vae_loss, attribute_loss, latent_loss, lambda_c, lambda_z):
    return vae_loss + lambda_c * attribute_loss + lambda_z * latent_loss.detach()


@generator_loss.alternative
def generator_loss_by_product(vae_loss, attribute_loss, latent_loss, lambda_c, lambda_z):
    losses = torch.stack([vae_loss, attribute_loss, latent_loss])
    return losses @ torch.tensor([1.0, lambda_c, lambda_z]).to(losses)


@generator_loss.alternative
def generator_loss_step_by_step(vae_loss, attribute_loss, latent_loss, lambda_c, lambda_z):
    loss = vae_loss.clone()
    loss = torch.add(loss, attribute_loss, alpha=lambda_c)
    return torch.add(loss, latent_loss, alpha=lambda_z)


@generator_loss.alternative
def generator_loss_of_what_is_on(vae_loss, attribute_loss, latent_loss, lambda_c, lambda_z):
    weighted = [(1.0, vae_loss), (lambda_c, attribute_loss), (lambda_z, latent_loss)]
    return sum(weight * loss for weight, loss in weighted if weight != 0)
