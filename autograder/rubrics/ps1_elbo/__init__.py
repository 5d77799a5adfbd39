"""Rubric of problem set 1: from the auto-encoder to the VAE.

The modules follow the lecture: densities and divergences, the bounds made of them, two roads to a gradient, training.
"""

from autograder.exercise.exercise import Rubric, Written
from autograder.rubrics.ps1_elbo.bounds import elbo, elbo_from_joint, iwae_bound
from autograder.rubrics.ps1_elbo.densities import (
    bernoulli_log_likelihood,
    kl_to_standard_normal,
    kl_to_standard_normal_full,
)
from autograder.rubrics.ps1_elbo.gradients import reparameterize, score_function_surrogate
from autograder.rubrics.ps1_elbo.training import train_vae

RUBRIC = Rubric(
    name="ps1_elbo",
    title="From the auto-encoder to the VAE",
    exercises=(
        bernoulli_log_likelihood,
        elbo_from_joint,
        score_function_surrogate,
        reparameterize,
        kl_to_standard_normal,
        kl_to_standard_normal_full,
        elbo,
        iwae_bound,
        train_vae,
    ),
    written=(
        Written("derive_elbo", points=5),
        Written("elbo_gap_is_kl", points=4),
        Written("score_function_variance", points=4),
    ),
)
