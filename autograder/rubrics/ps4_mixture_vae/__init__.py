"""Rubric of problem set 4: discrete and mixture latents.

The modules follow the lecture: the relaxed draw and the codes of discrete variables, the mixture as a density, the
divergences of a Gaussian code, the dispersion term and its loss, and how well codes agree with labels.
"""

from autograder.exercise.exercise import Rubric, Written
from autograder.rubrics.ps4_mixture_vae.agreement import homogeneity
from autograder.rubrics.ps4_mixture_vae.codes import batch_prior_kl, discrete_mutual_information
from autograder.rubrics.ps4_mixture_vae.dispersed import dem_vae_loss, dispersion
from autograder.rubrics.ps4_mixture_vae.divergence import kl_between_gaussians, mixture_kl
from autograder.rubrics.ps4_mixture_vae.mixture import mixture_log_density, mixture_responsibilities
from autograder.rubrics.ps4_mixture_vae.relaxed import gumbel_softmax

RUBRIC = Rubric(
    name="ps4_mixture_vae",
    title="Discrete and mixture latents",
    exercises=(
        gumbel_softmax,
        batch_prior_kl,
        discrete_mutual_information,
        mixture_log_density,
        mixture_responsibilities,
        kl_between_gaussians,
        mixture_kl,
        dispersion,
        dem_vae_loss,
        homogeneity,
    ),
    written=(
        Written("one_gaussian", points=4),
        Written("what_pulls", points=6),
    ),
)
