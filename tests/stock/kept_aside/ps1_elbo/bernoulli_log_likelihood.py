"""Wrong answers to `bernoulli_log_likelihood`: the half that is kept aside."""

import math

import torch
from answers import wrong
from torch.nn import functional as F


@wrong("It sums over the images, so there is one number per pixel.")
def summed_over_images(x, logits):
    return -F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(0)


@wrong("The result is in bits, not in nats: it is divided by ln 2.")
def in_bits(x, logits):
    return (x * F.logsigmoid(logits) + (1 - x) * F.logsigmoid(-logits)).sum(-1) / math.log(2)


@wrong("The probabilities get 1e-8 added before the log, so a confidently wrong pixel costs 18 nats at most.")
def epsilon_in_the_log(x, logits):
    p = torch.sigmoid(logits)
    return (x * torch.log(p + 1e-8) + (1 - x) * torch.log(1 - p + 1e-8)).sum(-1)


@wrong("log(1 + exp(-logit)) is formed as it stands, which overflows in float32 at a logit below -89.")
def overflows_at_negative_logits(x, logits):
    return (-torch.log(1 + torch.exp(-logits)) - (1 - x) * logits).sum(-1)


@wrong("The value is right, but the gradient is lost where the pixel is already predicted well.")
def gradient_of_wrong_pixels_only(x, logits):
    log_p = F.logsigmoid((2 * x - 1) * logits)
    return torch.where((2 * x - 1) * logits > 0, log_p.detach(), log_p).sum(-1)


@wrong("It edits x in place: zeros become -1.")
def pixels_edited(x, logits):
    x.mul_(2).sub_(1)
    return F.logsigmoid(x * logits).sum(-1)


@wrong("The last pixel of each image is left out.")
def last_pixel_lost(x, logits):
    return -F.binary_cross_entropy_with_logits(logits[:, :-1], x[:, :-1], reduction="none").sum(-1)


@wrong("White and black are exchanged, and the sign is wrong.", composed=True)
def cross_entropy_of_the_negative(x, logits):
    return F.binary_cross_entropy_with_logits(logits, 1 - x, reduction="none").sum(-1)


@wrong("The images come in reverse order.", composed=True)
def images_reversed(x, logits):
    return F.logsigmoid((2 * x - 1) * logits).sum(-1).flip(0)


@wrong("The result is twice what is asked, a deviance without its minus.", composed=True)
def doubled(x, logits):
    return 2 * (x * logits - F.softplus(logits)).sum(-1)
