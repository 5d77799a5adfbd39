"""Wrong answers to `batch_prior_kl`, to work on."""

import math

import torch
from answers import wrong
from torch.nn import functional as F


@wrong("A constant of 0.001 is added inside the logarithm of the mean, which moves the value.")
def coarse_constant_in_the_log(q, prior):
    mean = q.mean(0)
    return (mean * ((mean + 1e-3).log() - prior.log())).sum()


@wrong("Logarithms to base 2: the result is in bits, not in nats.")
def batch_kl_in_bits(q, prior):
    mean = q.mean(0)
    return (torch.special.xlogy(mean, mean) - mean * prior.log()).sum() / math.log(2)


@wrong("The prior is taken for uniform whatever it is.")
def uniform_prior_assumed(q, prior):
    mean = q.mean(0)
    return torch.special.xlogy(mean, mean).sum() + math.log(q.shape[1])


@wrong("The mean of both directions of the KL is returned.")
def symmetric_kl(q, prior):
    mean = q.mean(0)
    return 0.5 * ((mean - prior) * (mean / prior).log()).sum()


@wrong("The batch mean is formed from the likeliest code of each example, not from the probabilities.")
def mean_of_hard_codes(q, prior):
    mean = F.one_hot(q.argmax(-1), q.shape[1]).to(q).mean(0)
    return (torch.special.xlogy(mean, mean) - mean * prior.log()).sum()


@wrong("The sum over the batch is divided by B - 1.")
def divided_by_one_less(q, prior):
    mean = q.sum(0) / (len(q) - 1)
    return (torch.special.xlogy(mean, mean) - mean * prior.log()).sum()


@wrong("Codes that are used less than the prior says are left out of the sum.")
def positive_terms_only(q, prior):
    mean = q.mean(0)
    return (torch.special.xlogy(mean, mean) - mean * prior.log()).clamp(min=0).sum()


@wrong("Probabilities are clamped in place, so the caller's q changes.")
def q_clamped_in_place(q, prior):
    mean = q.clamp_(min=1e-4).mean(0)
    return (mean * (mean / prior).log()).sum()


@wrong("The entropy of the mean is added where it is to be subtracted.")
def entropy_added(q, prior):
    mean = q.mean(0)
    return -(mean * prior.log()).sum() + torch.special.entr(mean).sum()


@wrong("The reversed KL in bits.", composed=True)
def reversed_in_bits(q, prior):
    return (prior * (prior / q.mean(0)).log2()).sum()


@wrong("The KL of each example, averaged over the batch, over the codes as well.", composed=True)
def mean_of_kls_over_codes_too(q, prior):
    return (torch.special.xlogy(q, q) - q * prior.log()).mean()


@wrong("The right answer is multiplied by the batch size.", composed=True)
def times_the_batch_size(q, prior):
    mean = q.mean(0)
    kl = (torch.special.xlogy(mean, mean) - mean * prior.log()).sum()
    return kl * len(q)


@wrong("q is summed over the batch, and the prior is missing.", composed=True)
def summed_without_prior(q, prior):
    total = q.sum(0)
    return torch.special.xlogy(total, total).sum()
