"""Wrong answers to `template_loss`, to work on."""

import math

import torch
from answers import wrong
from torch.nn import functional as F


@wrong("The words are smoothed by a tenth.")
def words_smoothed(logits, masked):
    return F.cross_entropy(logits.mT, masked, ignore_index=0, reduction="none", label_smoothing=0.1).sum(-1)


@wrong("The sum is divided by the length of the longest template of the batch.")
def divided_by_the_longest(logits, masked):
    costs = F.cross_entropy(logits.mT, masked, ignore_index=0, reduction="none").sum(-1)
    return costs / (masked > 0).sum(-1).max()


@wrong("The last position of the batch is left out, so a template that fills its row loses its end.")
def last_position_lost(logits, masked):
    return F.cross_entropy(logits[:, :-1].mT, masked[:, :-1], ignore_index=0, reduction="none").sum(-1)


@wrong("PAD is taken out of the vocabulary before the softmax, so the other words are too probable.")
def padding_taken_out_of_the_vocabulary(logits, masked):
    log_p = logits[..., 1:].log_softmax(-1).gather(-1, (masked - 1).clamp(min=0).unsqueeze(-1)).squeeze(-1)
    return -torch.where(masked > 0, log_p, 0).sum(-1)


@wrong("UNK does not count.")
def unknown_words_left_out(logits, masked):
    costs = F.cross_entropy(logits.mT, masked, ignore_index=0, reduction="none")
    return costs.masked_fill(masked == 3, 0).sum(-1)


@wrong("No word costs more than ten nats.")
def costs_limited(logits, masked):
    return F.cross_entropy(logits.mT, masked, ignore_index=0, reduction="none").clamp(max=10).sum(-1)


@wrong("All dimensions of size one are squeezed, so one template gives a scalar.")
def one_template_squeezed(logits, masked):
    return F.cross_entropy(logits.mT, masked, ignore_index=0, reduction="none").squeeze().sum(-1)


@wrong("The costliest word of each template stands for all of them.")
def costliest_word(logits, masked):
    return F.cross_entropy(logits.mT, masked, ignore_index=0, reduction="none").amax(-1)


@wrong("PAD becomes -100 in the caller's tensor.")
def padding_replaced_in_place(logits, masked):
    masked[masked == 0] = -100
    return F.cross_entropy(logits.mT, masked, reduction="none").sum(-1)


@wrong("The mean over the words is taken, and the sign is wrong.", composed=True)
def mean_log_likelihood(logits, masked):
    costs = F.cross_entropy(logits.mT, masked, ignore_index=0, reduction="none")
    return -costs.sum(-1) / (masked > 0).sum(-1)


@wrong("The right answer is doubled.", composed=True)
def twice_the_loss(logits, masked):
    return 2 * F.cross_entropy(logits.mT, masked, ignore_index=0, reduction="none").sum(-1)


@wrong("The result is in bits, and PAD counts.", composed=True)
def in_bits_with_padding(logits, masked):
    return F.cross_entropy(logits.mT, masked, reduction="none").sum(-1) / math.log(2)
