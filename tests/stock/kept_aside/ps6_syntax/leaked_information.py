"""Wrong answers to `leaked_information`, kept aside."""

import torch
from answers import wrong
from torch.nn import functional as F


@wrong("The frequencies are those of the adversary's likeliest answers.")
def frequencies_of_the_answers(logits, labels):
    shares = logits.argmax(-1).bincount(minlength=logits.shape[-1]).to(logits) / len(labels)
    return -torch.special.xlogy(shares, shares).sum() - F.cross_entropy(logits, labels)


@wrong("The labels of the cross-entropy are smoothed by a tenth.")
def labels_smoothed(logits, labels):
    shares = labels.bincount(minlength=logits.shape[-1]).to(logits) / len(labels)
    return -torch.special.xlogy(shares, shares).sum() - F.cross_entropy(logits, labels, label_smoothing=0.1)


@wrong("The number of sentences is taken for that of the classes in log C.")
def log_of_the_batch(logits, labels):
    return torch.tensor(float(len(labels))).log() - F.cross_entropy(logits, labels)


@wrong("The cross-entropy is that of the adversary's mean answer.")
def cross_entropy_of_the_mean_answer(logits, labels):
    shares = labels.bincount(minlength=logits.shape[-1]).to(logits) / len(labels)
    told = logits.softmax(-1).mean(0).clamp(min=1e-30).log()
    return -torch.special.xlogy(shares, shares).sum() + told[labels].mean()


@wrong("The logits are doubled.")
def leak_of_doubled_logits(logits, labels):
    shares = labels.bincount(minlength=logits.shape[-1]).to(logits) / len(labels)
    return -torch.special.xlogy(shares, shares).sum() - F.cross_entropy(2 * logits, labels)


@wrong("Each class is asked for by itself, by binary cross-entropy.")
def binary_questions(logits, labels):
    shares = labels.bincount(minlength=logits.shape[-1]).to(logits) / len(labels)
    asked = F.one_hot(labels, logits.shape[-1]).to(logits)
    cost = F.binary_cross_entropy_with_logits(logits, asked, reduction="none").sum(-1).mean()
    return -torch.special.xlogy(shares, shares).sum() - cost


@wrong("The ratio of the two is returned.")
def ratio_of_the_two(logits, labels):
    shares = labels.bincount(minlength=logits.shape[-1]).to(logits) / len(labels)
    return -torch.special.xlogy(shares, shares).sum() / F.cross_entropy(logits, labels)


@wrong("The frequencies are counted over B - 1 sentences.")
def frequencies_of_one_sentence_less(logits, labels):
    shares = labels.bincount(minlength=logits.shape[-1]).to(logits) / max(len(labels) - 1, 1)
    return -torch.special.xlogy(shares, shares).sum() - F.cross_entropy(logits, labels)


@wrong("It returns the two parts, not their difference.")
def both_parts(logits, labels):
    shares = labels.bincount(minlength=logits.shape[-1]).to(logits) / len(labels)
    return -torch.special.xlogy(shares, shares).sum(), F.cross_entropy(logits, labels)


@wrong("The two are added, and the result is in bits.", composed=True)
def added_and_in_bits(logits, labels):
    shares = labels.bincount(minlength=logits.shape[-1]).to(logits) / len(labels)
    return (F.cross_entropy(logits, labels) - torch.special.xlogy(shares, shares).sum()) / 0.6931471805599453


@wrong("There is no softmax, and the entropy is log C.", composed=True)
def logits_and_equal_classes(logits, labels):
    told = logits.gather(-1, labels[:, None]).mean()
    return torch.tensor(float(logits.shape[-1])).log() + told
