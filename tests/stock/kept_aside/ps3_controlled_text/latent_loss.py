"""Wrong answers to `latent_loss`, kept aside."""

import math

import torch
from answers import wrong
from torch import distributions as D
from torch.nn import functional as F


@wrong("The KL to the prior is added to the right answer.")
def kl_added(z, mu, logvar):
    kl = 0.5 * (logvar.exp() + mu.square() - 1 - logvar).sum(-1)
    return (kl - D.Normal(mu, (0.5 * logvar).exp()).log_prob(z).sum(-1)).mean()


@wrong("The squared distance has no half before it.")
def distance_without_half(z, mu, logvar):
    return ((z - mu).square() / logvar.exp() + 0.5 * (logvar + math.log(2 * math.pi))).sum(-1).mean()


@wrong("A small constant is added to the variance.")
def constant_added_to_the_variance(z, mu, logvar):
    variance = logvar.exp() + 1e-2
    return -D.Normal(mu, variance.sqrt()).log_prob(z).sum(-1).mean()


@wrong("The variance is averaged over the dimensions, so the Gaussian is round.")
def one_variance_for_all(z, mu, logvar):
    deviation = (0.5 * logvar).exp().mean(-1, keepdim=True)
    return -D.Normal(mu, deviation).log_prob(z).sum(-1).mean()


@wrong("torch's gaussian_nll_loss is called as it is: it leaves out the constant and averages over everything.")
def gaussian_nll_as_it_is(z, mu, logvar):
    return F.gaussian_nll_loss(mu, z, logvar.exp())


@wrong("Softplus of logvar is taken for the standard deviation.")
def softplus_for_deviation(z, mu, logvar):
    return -D.Normal(mu, F.softplus(logvar)).log_prob(z).sum(-1).mean()


@wrong("z and mu are compared after a tanh.")
def compared_after_tanh(z, mu, logvar):
    return -D.Normal(mu.tanh(), (0.5 * logvar).exp()).log_prob(z.tanh()).sum(-1).mean()


@wrong("The mean is detached, so only the variance learns.")
def mean_detached(z, mu, logvar):
    return -D.Normal(mu.detach(), (0.5 * logvar).exp()).log_prob(z).sum(-1).mean()


@wrong("z is moved in place, so the caller's z changes.")
def z_moved_in_place(z, mu, logvar):
    z -= mu
    return -D.Normal(torch.zeros_like(mu), (0.5 * logvar).exp()).log_prob(z).sum(-1).mean()


@wrong("The sum over both axes is divided by the number of dimensions instead of the batch.")
def divided_by_the_dimensions(z, mu, logvar):
    return -D.Normal(mu, (0.5 * logvar).exp()).log_prob(z).sum() / z.shape[1]


@wrong("The half is missing, and the constant too.", composed=True)
def half_and_constant_missing(z, mu, logvar):
    return (logvar + (z - mu).square() / logvar.exp()).sum(-1).mean()


@wrong("One is added to the right answer.", composed=True)
def one_too_much(z, mu, logvar):
    return 1 - D.Normal(mu, (0.5 * logvar).exp()).log_prob(z).sum(-1).mean()


@wrong("The variance stands for the standard deviation, and the sign is wrong.", composed=True)
def variance_for_deviation_and_negated(z, mu, logvar):
    return D.Normal(mu, logvar.exp()).log_prob(z).sum(-1).mean()
