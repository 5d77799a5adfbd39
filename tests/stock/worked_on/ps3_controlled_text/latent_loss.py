"""Wrong answers to `latent_loss`, to work on."""

import math

import torch
from answers import wrong
from torch import distributions as D


@wrong("The constant is ½ log π: the 2 is lost.")
def two_lost_in_the_constant(z, mu, logvar):
    return 0.5 * (math.log(math.pi) + logvar + (z - mu).square() / logvar.exp()).sum(-1).mean()


@wrong("The constant is log 2π, without its half.")
def constant_without_half(z, mu, logvar):
    return (math.log(2 * math.pi) + 0.5 * (logvar + (z - mu).square() / logvar.exp())).sum(-1).mean()


@wrong("The log variance has no half before it.")
def log_variance_without_half(z, mu, logvar):
    return (logvar + 0.5 * (math.log(2 * math.pi) + (z - mu).square() / logvar.exp())).sum(-1).mean()


@wrong("The distance is not squared: its size is taken, as of a Laplace distribution.")
def absolute_distance(z, mu, logvar):
    return 0.5 * (math.log(2 * math.pi) + logvar + (z - mu).abs() / logvar.exp()).sum(-1).mean()


@wrong("Each sentence is compared with the mean of the sentence before it.")
def mean_of_the_sentence_before(z, mu, logvar):
    return -D.Normal(mu.roll(1, 0), (0.5 * logvar).exp()).log_prob(z).sum(-1).mean()


@wrong("A fresh sample of the posterior is drawn and its density returned; z is not used, and the result is random.")
def density_of_a_fresh_sample(z, mu, logvar):
    q = D.Normal(mu, (0.5 * logvar).exp())
    return -q.log_prob(q.rsample()).sum(-1).mean()


@wrong("Only the first dimension counts.")
def first_dimension_only(z, mu, logvar):
    return -D.Normal(mu, (0.5 * logvar).exp()).log_prob(z)[:, 0].mean()


@wrong("The loss is cut off at 0 from below.")
def cut_off_at_zero(z, mu, logvar):
    return (-D.Normal(mu, (0.5 * logvar).exp()).log_prob(z).sum(-1).mean()).clamp(min=0)


@wrong("The log variance is clamped to ±2.")
def log_variance_clamped(z, mu, logvar):
    return -D.Normal(mu, (0.5 * logvar.clamp(-2, 2)).exp()).log_prob(z).sum(-1).mean()


@wrong("The mean is negated.")
def mean_negated(z, mu, logvar):
    return -D.Normal(-mu, (0.5 * logvar).exp()).log_prob(z).sum(-1).mean()


@wrong("The constant is missing, and the batch is summed.", composed=True)
def constant_missing_and_summed(z, mu, logvar):
    return 0.5 * (logvar + (z - mu).square() / logvar.exp()).sum()


@wrong("The right answer has the wrong sign and is halved.", composed=True)
def minus_half_of_it(z, mu, logvar):
    return 0.5 * D.Normal(mu, (0.5 * logvar).exp()).log_prob(z).sum(-1).mean()


@wrong("The log variance is missing, and the dimensions are averaged.", composed=True)
def log_variance_missing_and_averaged(z, mu, logvar):
    return 0.5 * (math.log(2 * math.pi) + (z - mu).square() / logvar.exp()).mean() + 0 * torch.sum(logvar)
