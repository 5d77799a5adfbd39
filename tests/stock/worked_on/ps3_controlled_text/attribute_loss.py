"""Wrong answers to `attribute_loss`, to work on."""

import math

import torch
from answers import wrong
from torch.nn import functional as F


@wrong("The labels are smoothed by a tenth.")
def labels_smoothed(class_logits, c):
    return F.cross_entropy(class_logits, c, label_smoothing=0.1)


@wrong("The loss is in bits: it is divided by ln 2.")
def in_bits(class_logits, c):
    return F.cross_entropy(class_logits, c) / math.log(2)


@wrong("The perplexity is returned, the exponential of the loss.")
def perplexity(class_logits, c):
    return F.cross_entropy(class_logits, c).exp()


@wrong("The classes count from one, so each sentence is judged against the class before.")
def class_before(class_logits, c):
    return F.cross_entropy(class_logits, c - 1 + (c == 0) * class_logits.shape[-1])


@wrong("Class 0 is taken for padding and left out of the mean.")
def first_class_ignored(class_logits, c):
    log_p = class_logits.log_softmax(-1).gather(-1, c[:, None])[:, 0]
    kept = (c != 0).to(log_p)
    return -(log_p * kept).sum() / kept.sum().clamp(min=1)


@wrong("The rows of a rarer class weigh more: weights are one over the class's count.")
def rare_classes_weigh_more(class_logits, c):
    counts = torch.bincount(c, minlength=class_logits.shape[-1]).clamp(min=1)
    return F.cross_entropy(class_logits, c, weight=1 / counts.to(class_logits))


@wrong("The sum is divided by B - 1.")
def divided_by_one_less(class_logits, c):
    return F.cross_entropy(class_logits, c, reduction="sum") / max(1, len(c) - 1)


@wrong("Sentences that obey already count for nothing.")
def obedient_sentences_left_out(class_logits, c):
    losses = F.cross_entropy(class_logits, c, reduction="none")
    return (losses * (class_logits.argmax(-1) != c)).mean()


@wrong("The logits are clamped to ±10 before the softmax.")
def logits_clamped(class_logits, c):
    return F.cross_entropy(class_logits.clamp(-10, 10), c)


@wrong("The median over the batch stands for the mean.")
def median_over_the_batch(class_logits, c):
    return F.cross_entropy(class_logits, c, reduction="none").median()


@wrong("The sign is wrong, and the batch is summed.", composed=True)
def summed_log_probability(class_logits, c):
    return -F.cross_entropy(class_logits, c, reduction="sum")


@wrong("The right answer is doubled.", composed=True)
def twice_the_loss(class_logits, c):
    return 2 * F.cross_entropy(class_logits, c)


@wrong("The softmax runs over the batch, and the batch is summed.", composed=True)
def normalised_over_the_batch_and_summed(class_logits, c):
    return -class_logits.log_softmax(0).gather(-1, c[:, None]).sum()
