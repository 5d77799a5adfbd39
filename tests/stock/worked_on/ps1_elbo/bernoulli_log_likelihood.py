"""Wrong answers to `bernoulli_log_likelihood`: the half that is worked on."""

import math

import numpy as np
import torch
from answers import wrong
from torch import distributions as D
from torch.nn import functional as F


@wrong("White pixels are missing: a pixel with x = 1 contributes nothing.")
def black_pixels_only(x, logits):
    return ((1 - x) * F.logsigmoid(-logits)).sum(-1)


@wrong("White and black are exchanged: p is taken for the probability of x = 0.")
def colours_exchanged(x, logits):
    return ((1 - x) * F.logsigmoid(logits) + x * F.logsigmoid(-logits)).sum(-1)


@wrong("The logits are clipped to ±20, so the value stops falling there and the gradient is lost.")
def logits_clipped(x, logits):
    return -F.binary_cross_entropy_with_logits(logits.clamp(-20, 20), x, reduction="none").sum(-1)


@wrong("log(1 + exp(logit)) is formed as it stands, which overflows in float32 from a logit of 89 on.")
def overflows_in_float32(x, logits):
    return (x * logits - torch.log1p(torch.exp(logits))).sum(-1)


@wrong("The value is right but goes through numpy, so no gradient reaches the logits.")
def through_numpy(x, logits):
    signed = ((2 * x - 1) * logits).detach().cpu().numpy()
    return torch.from_numpy(-np.logaddexp(0, -signed).sum(-1)).to(logits)


@wrong("For one image the result is squeezed to a scalar.")
def one_image_squeezed(x, logits):
    return -F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(-1).squeeze()


@wrong("It scores pixels drawn from the decoder in place of those of x, so the result is random.")
def scores_drawn_pixels(x, logits):
    decoder = D.Bernoulli(logits=logits)
    return decoder.log_prob(decoder.sample()).sum(-1)


@wrong("The sign is wrong, and it averages over the pixels.", composed=True)
def mean_cross_entropy(x, logits):
    return F.binary_cross_entropy_with_logits(logits, x, reduction="none").mean(-1)


@wrong("It returns the likelihood itself: the exponential of what is asked.", composed=True)
def likelihood_for_its_log(x, logits):
    return F.logsigmoid((2 * x - 1) * logits).sum(-1).exp()


@wrong("D ln 2 is added: it is the likelihood's ratio to that of fair coins.", composed=True)
def against_fair_coins(x, logits):
    return (x * logits - F.softplus(logits)).sum(-1) + x.shape[1] * math.log(2)
