"""Wrong answers to `dem_vae_loss`, kept aside."""

import math

import torch
from answers import wrong


@wrong("Where β is 1 the dispersion counts in full: 1 - β is replaced by `(1 - beta) or 1`.")
def weight_of_zero_taken_for_missing(nll, kl_z, dispersion, kl_c, beta):
    return (nll + kl_z + ((1 - beta) or 1) * dispersion + kl_c).mean()


@wrong("The dispersion is weighted by exp(-β).")
def exponential_weight(nll, kl_z, dispersion, kl_c, beta):
    return (nll + kl_z + math.exp(-beta) * dispersion + kl_c).mean()


@wrong("kl_z is subtracted.")
def kl_of_the_code_subtracted(nll, kl_z, dispersion, kl_c, beta):
    return (nll - kl_z + (1 - beta) * dispersion + kl_c).mean()


@wrong("The dispersion is weighted by the square root of 1 - β.")
def square_root_of_the_weight(nll, kl_z, dispersion, kl_c, beta):
    return (nll + kl_z + math.sqrt(max(0.0, 1 - beta)) * dispersion + kl_c).mean()


@wrong("The nll is averaged over the four terms with the others.")
def mean_over_terms(nll, kl_z, dispersion, kl_c, beta):
    return torch.stack([nll, kl_z, (1 - beta) * dispersion, kl_c]).mean()


@wrong("The median over the batch stands for the mean.")
def median_over_the_batch(nll, kl_z, dispersion, kl_c, beta):
    return (nll + kl_z + (1 - beta) * dispersion + kl_c).median()


@wrong("Both KL terms are detached.")
def kl_terms_detached(nll, kl_z, dispersion, kl_c, beta):
    return (nll + kl_z.detach() + (1 - beta) * dispersion + kl_c.detach()).mean()


@wrong("The result is one number in a vector of length one.")
def kept_as_a_vector(nll, kl_z, dispersion, kl_c, beta):
    loss = (nll + kl_z + (1 - beta) * dispersion + kl_c).mean()
    return loss.unsqueeze(0)


@wrong("The sum is divided by B - 1.")
def divided_by_one_less(nll, kl_z, dispersion, kl_c, beta):
    return (nll + kl_z + (1 - beta) * dispersion + kl_c).sum() / max(1, len(nll) - 1)


@wrong("β is not used, and kl_c is missing.", composed=True)
def beta_unused_and_term_missing(nll, kl_z, dispersion, kl_c, beta):
    return (nll + kl_z + dispersion).mean()


@wrong("β and 1 - β have changed places, and the batch is summed.", composed=True)
def beta_exchanged_and_summed(nll, kl_z, dispersion, kl_c, beta):
    return (nll + kl_z + beta * dispersion + kl_c).sum()


@wrong("One is added to the right answer.", composed=True)
def one_too_much(nll, kl_z, dispersion, kl_c, beta):
    loss = (nll + kl_z + (1 - beta) * dispersion + kl_c).mean()
    return loss + 1


@wrong("nll has the wrong sign, and the batch is summed.", composed=True)
def likelihood_minimised_and_summed(nll, kl_z, dispersion, kl_c, beta):
    return (-nll + kl_z + (1 - beta) * dispersion + kl_c).sum()
