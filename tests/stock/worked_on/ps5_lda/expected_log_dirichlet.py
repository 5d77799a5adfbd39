"""Wrong answers to `expected_log_dirichlet`, to work on."""

import math

import torch
from answers import wrong
from torch import distributions as D


@wrong("The trigamma function stands for the digamma function.")
def trigamma_for_digamma(gamma):
    return torch.polygamma(1, gamma) - torch.polygamma(1, gamma.sum(-1, keepdim=True))


@wrong("The logarithm of the sum is subtracted, not its digamma.")
def logarithm_of_the_sum(gamma):
    return torch.digamma(gamma) - gamma.sum(-1, keepdim=True).log()


@wrong("The digamma function is replaced by log γ - 1/(2γ), which is far off where γ is small.")
def first_two_terms_of_the_series(gamma):
    total = gamma.sum(-1, keepdim=True)
    return (gamma.log() - 0.5 / gamma) - (total.log() - 0.5 / total)


@wrong("The gammas are clamped at 0.1 from below, so tiny ones come out too likely.")
def clamped_at_a_tenth(gamma):
    gamma = gamma.clamp(min=0.1)
    return torch.digamma(gamma) - torch.digamma(gamma.sum(-1, keepdim=True))


@wrong("The sum runs over the first dimension in place of the last.")
def summed_over_the_first_dimension(gamma):
    return torch.digamma(gamma) - torch.digamma(gamma.sum(0, keepdim=True))


@wrong("The last gamma is left out of the sum.")
def last_left_out_of_the_sum(gamma):
    return torch.digamma(gamma) - torch.digamma(gamma[..., :-1].sum(-1, keepdim=True))


@wrong("The result is computed and returned in single precision.")
def single_precision(gamma):
    gamma = gamma.float()
    return torch.digamma(gamma) - torch.digamma(gamma.sum(-1, keepdim=True))


@wrong("The gammas are normalised in place, so the caller's gamma changes.")
def normalised_in_place(gamma):
    total = gamma.sum(-1, keepdim=True)
    answer = torch.digamma(gamma) - torch.digamma(total)
    gamma /= total
    return answer


@wrong("A Monte Carlo mean of 1000 draws stands for the expectation, so the answer is random.")
def mean_of_draws(gamma):
    return D.Dirichlet(gamma).sample((1000,)).clamp(min=1e-300).log().mean(0)


@wrong("The logarithm of the mean, with its sign turned.", composed=True)
def negative_log_of_the_mean(gamma):
    return gamma.sum(-1, keepdim=True).log() - gamma.log()


@wrong("The right answer in bits.", composed=True)
def in_bits(gamma):
    return (torch.digamma(gamma) - torch.digamma(gamma.sum(-1, keepdim=True))) / math.log(2)


@wrong("The topics of the right answer are shifted by one place.", composed=True)
def topics_shifted(gamma):
    return (torch.digamma(gamma) - torch.digamma(gamma.sum(-1, keepdim=True))).roll(1, dims=-1)


@wrong("The sum of the digammas is subtracted, and the sign is wrong.", composed=True)
def sum_of_digammas_with_the_wrong_sign(gamma):
    return torch.digamma(gamma).sum(-1, keepdim=True) - torch.digamma(gamma)


@wrong("torch's global seed is set although nothing is drawn.")
def global_seed_set(gamma):
    torch.manual_seed(0)
    return torch.digamma(gamma) - torch.digamma(gamma.sum(-1, keepdim=True))
