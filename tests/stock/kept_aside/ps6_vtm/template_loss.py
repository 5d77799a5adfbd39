"""Wrong answers to `template_loss`, kept aside."""

import math

import torch
from answers import wrong
from torch.nn import functional as F


@wrong("The perplexity is returned, the exponential of the mean cost of a word.")
def perplexity(logits, masked):
    costs = F.cross_entropy(logits.mT, masked, ignore_index=0, reduction="none").sum(-1)
    return (costs / (masked > 0).sum(-1)).exp()


@wrong("The softmax runs over the batch.")
def softmax_over_the_batch(logits, masked):
    log_p = logits.log_softmax(0).gather(-1, masked.unsqueeze(-1)).squeeze(-1)
    return -torch.where(masked > 0, log_p, 0).sum(-1)


@wrong("The first position does not count, as if it were BOS.")
def first_position_lost(logits, masked):
    return F.cross_entropy(logits[:, 1:].mT, masked[:, 1:], ignore_index=0, reduction="none").sum(-1)


@wrong("Words that are already probable count less, by the square of what their probability lacks.")
def probable_words_count_less(logits, masked):
    costs = F.cross_entropy(logits.mT, masked, ignore_index=0, reduction="none")
    return ((1 - (-costs).exp()) ** 2 * costs).sum(-1)


@wrong("The result is in single precision whatever the logits are.")
def in_single_precision(logits, masked):
    return F.cross_entropy(logits.mT, masked, ignore_index=0, reduction="none").sum(-1).float()


@wrong("It counts the words that are not the most probable ones.")
def errors_counted(logits, masked):
    return ((logits.argmax(-1) != masked) & (masked > 0)).sum(-1).to(logits) + 0 * logits.sum((1, 2))


@wrong("The entropy of the decoder's distributions is summed, and the words are not looked at.")
def entropies_summed(logits, masked):
    log_p = logits.log_softmax(-1)
    entropies = -(log_p.exp() * log_p).sum(-1)
    return torch.where(masked > 0, entropies, 0).sum(-1)


@wrong("The mask's word counts twice.")
def masks_twice(logits, masked):
    costs = F.cross_entropy(logits.mT, masked, ignore_index=0, reduction="none")
    return (costs * (1 + (masked == 4).to(costs))).sum(-1)


@wrong("The costs are summed over the batch, one number a position.")
def summed_over_the_sentences(logits, masked):
    return F.cross_entropy(logits.mT, masked, ignore_index=0, reduction="none").sum(0)


@wrong("The words are one position late, and the sign is wrong.", composed=True)
def shifted_log_likelihood(logits, masked):
    return -F.cross_entropy(logits[:, :-1].mT, masked[:, 1:], ignore_index=0, reduction="none").sum(-1)


@wrong("It returns the probability of the template, the exponential of minus what is asked.", composed=True)
def probability_of_the_template(logits, masked):
    return (-F.cross_entropy(logits.mT, masked, ignore_index=0, reduction="none").sum(-1)).exp()


@wrong("The mean over the words is taken, and in bits.", composed=True)
def bits_per_word(logits, masked):
    costs = F.cross_entropy(logits.mT, masked, ignore_index=0, reduction="none").sum(-1)
    return costs / (masked > 0).sum(-1) / math.log(2)
