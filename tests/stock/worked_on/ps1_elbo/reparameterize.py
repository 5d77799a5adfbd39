"""Wrong answers to `reparameterize`: the half that is worked on."""

import math

import torch
from answers import wrong
from torch.nn import functional as F


@wrong("The noise is standardised over the batch, which makes the rows dependent and is NaN for one row.")
def noise_standardised_over_the_batch(mu, logvar):
    noise = torch.randn_like(mu)
    noise = (noise - noise.mean(0)) / noise.std(0)
    return mu + (0.5 * logvar).exp() * noise


@wrong("Box and Muller's radius is shared by two dimensions, so that the squares of their noise correlate.")
def one_radius_for_all_dimensions(mu, logvar):
    radius = (-2 * torch.log(1 - torch.rand_like(mu[:, :1]))).sqrt()
    return mu + (0.5 * logvar).exp() * radius * torch.cos(2 * math.pi * torch.rand_like(mu))


@wrong("Rows that follow each other get the same noise, one with a minus: antithetic pairs.")
def antithetic_neighbours(mu, logvar):
    half = torch.randn_like(mu[: (len(mu) + 1) // 2])
    noise = torch.stack([half, -half], dim=1).flatten(0, 1)[: len(mu)]
    return mu + (0.5 * logvar).exp() * noise


@wrong("The half stands outside the exponential: exp(logvar)/2 is no standard deviation.")
def half_outside_the_exponential(mu, logvar):
    return mu + 0.5 * logvar.exp() * torch.randn_like(mu)


@wrong("The draws are right, but the deviation is detached, so no gradient reaches logvar.")
def deviation_detached(mu, logvar):
    return mu + (0.5 * logvar).exp().detach() * torch.randn_like(mu)


@wrong("The seed is set from the inputs, so the same inputs give the same noise at every call.")
def seed_from_the_inputs(mu, logvar):
    torch.manual_seed(int(1000 * mu.detach().abs().sum()))
    return mu + (0.5 * logvar).exp() * torch.randn_like(mu)


@wrong("The noise is a random sign, not a normal number.")
def random_signs(mu, logvar):
    signs = 2 * torch.randint_like(mu, 0, 2) - 1
    return mu + (0.5 * logvar).exp() * signs


@wrong("The deviation is softplus(logvar) in place of exp(logvar/2).")
def softplus_for_the_deviation(mu, logvar):
    return mu + F.softplus(logvar) * torch.randn_like(mu)


@wrong("logvar is clipped to ±5, so large and tiny variances are wrong.")
def log_variance_clipped(mu, logvar):
    return mu + (0.5 * logvar.clamp(-5, 5)).exp() * torch.randn_like(mu)


@wrong("The last dimension gets no noise.")
def last_dimension_without_noise(mu, logvar):
    noise = torch.randn_like(mu)
    noise[:, -1] = 0
    return mu + (0.5 * logvar).exp() * noise


@wrong("The draws are right, but torch's global generator is seeded from the clock, so no run can be repeated.")
def seeded_from_the_clock(mu, logvar):
    torch.seed()
    return mu + (0.5 * logvar).exp() * torch.randn_like(mu)


@wrong("The noise is scaled by the variance, and all dimensions of a row share one number.", composed=True)
def variance_and_shared_noise(mu, logvar):
    return mu + logvar.exp() * torch.randn_like(mu[:, :1])


@wrong("The rows come in reverse order.", composed=True)
def rows_reversed(mu, logvar):
    return (mu + (0.5 * logvar).exp() * torch.randn_like(mu)).flip(0)


@wrong("The whole sample is doubled, the mean with it.", composed=True)
def sample_doubled(mu, logvar):
    return 2 * (mu + (0.5 * logvar).exp() * torch.randn_like(mu))


@wrong("The mean is forgotten, and the whole batch shares one noise.", composed=True)
def one_noise_and_no_mean(mu, logvar):
    return (0.5 * logvar).exp() * torch.randn(mu.shape[1], dtype=mu.dtype, device=mu.device)
