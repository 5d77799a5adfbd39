"""Wrong answers to `leaked_information`, to work on."""

import torch
from answers import wrong
from torch.nn import functional as F


@wrong("The frequencies are smoothed by one sentence of each class.")
def frequencies_smoothed(logits, labels):
    shares = (labels.bincount(minlength=logits.shape[-1]).to(logits) + 1) / (len(labels) + logits.shape[-1])
    return -(shares * shares.log()).sum() - F.cross_entropy(logits, labels)


@wrong("The entropy is the logarithm of the number of classes that are there.")
def log_of_the_classes_present(logits, labels):
    return torch.tensor(float(len(labels.unique()))).log() - F.cross_entropy(logits, labels)


@wrong("The cross-entropy is weighted by class, so that every class counts the same.")
def classes_balanced(logits, labels):
    counts = labels.bincount(minlength=logits.shape[-1]).to(logits)
    shares = counts / len(labels)
    cost = F.cross_entropy(logits, labels, weight=1 / counts.clamp(min=1))
    return -torch.special.xlogy(shares, shares).sum() - cost


@wrong("The squared error of the probabilities stands for the cross-entropy.")
def squared_error_for_the_cross_entropy(logits, labels):
    shares = labels.bincount(minlength=logits.shape[-1]).to(logits) / len(labels)
    error = (logits.softmax(-1) - F.one_hot(labels, logits.shape[-1])).square().sum(-1).mean()
    return -torch.special.xlogy(shares, shares).sum() - error


@wrong("The logits are halved.")
def leak_of_halved_logits(logits, labels):
    shares = labels.bincount(minlength=logits.shape[-1]).to(logits) / len(labels)
    return -torch.special.xlogy(shares, shares).sum() - F.cross_entropy(logits / 2, labels)


@wrong("The labels are taken one class too high.")
def labels_one_too_high(logits, labels):
    shares = labels.bincount(minlength=logits.shape[-1]).to(logits) / len(labels)
    return -torch.special.xlogy(shares, shares).sum() - F.cross_entropy(logits, (labels + 1) % logits.shape[-1])


@wrong("The absolute value is returned.")
def never_negative(logits, labels):
    shares = labels.bincount(minlength=logits.shape[-1]).to(logits) / len(labels)
    return (-torch.special.xlogy(shares, shares).sum() - F.cross_entropy(logits, labels)).abs()


@wrong("The Gini impurity of the frequencies stands for their entropy.")
def impurity_for_the_entropy(logits, labels):
    shares = labels.bincount(minlength=logits.shape[-1]).to(logits) / len(labels)
    return (1 - shares.square().sum()) - F.cross_entropy(logits, labels)


@wrong("It returns a Python number.")
def leak_as_a_python_number(logits, labels):
    shares = labels.bincount(minlength=logits.shape[-1]).to(logits) / len(labels)
    return float(-torch.special.xlogy(shares, shares).sum() - F.cross_entropy(logits, labels))


@wrong("The entropy is log C, and the sign is wrong.", composed=True)
def equal_classes_and_the_wrong_sign(logits, labels):
    return F.cross_entropy(logits, labels) - torch.tensor(float(logits.shape[-1])).log()


@wrong("The cross-entropy is summed, and the whole is in bits.", composed=True)
def summed_and_in_bits(logits, labels):
    shares = labels.bincount(minlength=logits.shape[-1]).to(logits) / len(labels)
    cost = F.cross_entropy(logits, labels, reduction="sum")
    return (-torch.special.xlogy(shares, shares).sum() - cost) / 0.6931471805599453
