"""Wrong answers to `elbo`: the half that is kept aside."""

import math

import torch
from answers import wrong
from torch.nn import functional as F


@wrong("beta weighs the likelihood in place of the KL.")
def beta_on_the_likelihood(x, logits, mu, logvar, beta=1.0):
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(-1)
    return beta * (x * logits - F.softplus(logits)).sum(-1) - kl


@wrong("beta is not allowed above 1.")
def beta_at_most_one(x, logits, mu, logvar, beta=1.0):
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(-1)
    return (x * logits - F.softplus(logits)).sum(-1) - min(beta, 1.0) * kl


@wrong("logvar is read as the log of the standard deviation.")
def log_deviation(x, logits, mu, logvar, beta=1.0):
    kl = 0.5 * (mu**2 + (2 * logvar).exp() - 1 - 2 * logvar).sum(-1)
    return (x * logits - F.softplus(logits)).sum(-1) - beta * kl


@wrong("The likelihood is summed over the whole batch, so each image gets that of all.")
def likelihood_of_the_whole_batch(x, logits, mu, logvar, beta=1.0):
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(-1)
    return -F.binary_cross_entropy_with_logits(logits, x, reduction="sum") - beta * kl


@wrong("The KL is detached: the value is right, but mu and logvar get no gradient.")
def kl_detached(x, logits, mu, logvar, beta=1.0):
    with torch.no_grad():
        kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(-1)
    return (x * logits - F.softplus(logits)).sum(-1) - beta * kl


@wrong("The likelihood is a squared error of the probabilities.")
def squared_error(x, logits, mu, logvar, beta=1.0):
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(-1)
    return -0.5 * ((x - torch.sigmoid(logits)) ** 2).sum(-1) - beta * kl


@wrong("beta is squared.")
def beta_squared(x, logits, mu, logvar, beta=1.0):
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(-1)
    return (x * logits - F.softplus(logits)).sum(-1) - beta**2 * kl


@wrong("The logits are clipped to ±30, so a confidently wrong pixel costs too little.")
def logits_clipped(x, logits, mu, logvar, beta=1.0):
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(-1)
    return -F.binary_cross_entropy_with_logits(logits.clamp(-30, 30), x, reduction="none").sum(-1) - beta * kl


@wrong("The result is right, but torch's default dtype follows that of the last call's inputs.")
def default_dtype_follows(x, logits, mu, logvar, beta=1.0):
    torch.set_default_dtype(logits.dtype)
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(-1)
    return (x * logits - F.softplus(logits)).sum(-1) - beta * kl


@wrong("The KL lacks its half, and beta is not used.", composed=True)
def no_half_and_no_beta(x, logits, mu, logvar, beta=1.0):
    kl = (mu**2 + logvar.exp() - 1 - logvar).sum(-1)
    return (x * logits - F.softplus(logits)).sum(-1) - kl


@wrong("The bound is in bits, not in nats.", composed=True)
def in_bits(x, logits, mu, logvar, beta=1.0):
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(-1)
    return ((x * logits - F.softplus(logits)).sum(-1) - beta * kl) / math.log(2)


@wrong("The bound is divided by the number of pixels.", composed=True)
def per_pixel(x, logits, mu, logvar, beta=1.0):
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(-1)
    return ((x * logits - F.softplus(logits)).sum(-1) - beta * kl) / x.shape[1]
