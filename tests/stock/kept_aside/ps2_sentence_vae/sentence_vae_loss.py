"""Wrong answers to `sentence_vae_loss`: the half that is kept aside."""

import math

import torch
from answers import wrong


@wrong("The KL counts at least a tenth of a nat, which shows where it is near 0.")
def a_tenth_of_a_nat_free(log_likelihood, kl, kl_weight):
    return (kl_weight * kl.clamp(min=0.1) - log_likelihood).mean()


@wrong("A weight of 0 counts as not given, and becomes 1.")
def zero_weight_replaced(log_likelihood, kl, kl_weight):
    return ((kl_weight or 1.0) * kl - log_likelihood).mean()


@wrong("The KL is weighed by one minus the weight.")
def complement_of_the_weight(log_likelihood, kl, kl_weight):
    return ((1 - kl_weight) * kl - log_likelihood).mean()


@wrong("It takes the worst sentence, not the mean.")
def worst_of_the_batch(log_likelihood, kl, kl_weight):
    return (kl_weight * kl - log_likelihood).max()


@wrong("The last sentence is left out.")
def last_sentence_lost(log_likelihood, kl, kl_weight):
    return (kl_weight * kl - log_likelihood)[:-1].mean()


@wrong("It returns a Python number, so there is no gradient.")
def returns_a_number(log_likelihood, kl, kl_weight):
    return (kl_weight * kl - log_likelihood).mean().item()


@wrong("The KL is left out.")
def kl_left_out(log_likelihood, kl, kl_weight):
    return -log_likelihood.mean() + 0 * kl.sum()


@wrong("The weight multiplies the logarithm of the KL.")
def log_of_the_kl(log_likelihood, kl, kl_weight):
    return (kl_weight * torch.log1p(kl) - log_likelihood).mean()


@wrong("It edits the log-likelihood in place: it becomes the negative.")
def likelihood_edited(log_likelihood, kl, kl_weight):
    return (log_likelihood.neg_() + kl_weight * kl).mean()


@wrong("The weight is on the likelihood, and the KL has the wrong sign.", composed=True)
def weight_misplaced_and_kl_rewarded(log_likelihood, kl, kl_weight):
    return -(kl_weight * log_likelihood + kl).mean()


@wrong("The batch is summed, and the weight multiplies everything.", composed=True)
def weighted_sum_of_all(log_likelihood, kl, kl_weight):
    return kl_weight * (kl - log_likelihood).sum()


@wrong("The loss is in bits.", composed=True)
def in_bits(log_likelihood, kl, kl_weight):
    return (kl_weight * kl - log_likelihood).mean() / math.log(2)


@wrong("A tenth is added to the loss, for the dropout.", composed=True)
def plus_a_tenth(log_likelihood, kl, kl_weight):
    return (kl_weight * kl - log_likelihood).mean() + 0.1
