"""Wrong answers to `reparameterize`: the half that is kept aside."""

import torch
from answers import wrong


@wrong("The noise of each row is standardised over its dimensions, which makes them dependent.")
def noise_standardised_over_dimensions(mu, logvar):
    noise = torch.randn_like(mu)
    noise = (noise - noise.mean(-1, keepdim=True)) / noise.std(-1, keepdim=True, correction=0)
    return mu + (0.5 * logvar).exp() * noise


@wrong("The second half of the batch gets the first half's noise with a minus: antithetic pairs, which are dependent.")
def antithetic_halves(mu, logvar):
    half = torch.randn_like(mu[: (len(mu) + 1) // 2])
    return mu + (0.5 * logvar).exp() * torch.cat([half, -half])[: len(mu)]


@wrong("The mean is forgotten: the result is noise of the right spread around zero.")
def mean_forgotten(mu, logvar):
    return (0.5 * logvar).exp() * torch.randn_like(mu)


@wrong("The deviation is the root of |logvar|: the exponential is missing.")
def root_of_the_log(mu, logvar):
    return mu + logvar.abs().sqrt() * torch.randn_like(mu)


@wrong("The draws are right, but the mean is detached, so no gradient reaches mu.")
def mean_detached(mu, logvar):
    return mu.detach() + (0.5 * logvar).exp() * torch.randn_like(mu)


@wrong("The global seed is set to a number at the first line, so every call gives the same noise.")
def global_seed_set(mu, logvar):
    torch.manual_seed(42)
    return mu + torch.exp(logvar / 2) * torch.randn_like(mu)


@wrong("The absolute value of the noise is taken, so no draw lies below the mean.")
def noise_never_negative(mu, logvar):
    return mu + (0.5 * logvar).exp() * torch.randn_like(mu).abs()


@wrong("The second half of the batch repeats the noise of the first half.")
def halves_share_noise(mu, logvar):
    noise = torch.randn_like(mu[: (len(mu) + 1) // 2]).repeat(2, 1)[: len(mu)]
    return mu + (0.5 * logvar).exp() * noise


@wrong("The deviation gets 0.01 added, so that a tiny variance is not tiny.")
def floor_added_to_the_deviation(mu, logvar):
    return mu + ((0.5 * logvar).exp() + 0.01) * torch.randn_like(mu)


@wrong("The noise is added to mu in place, so the input is edited.")
def mean_edited(mu, logvar):
    return mu.add_((0.5 * logvar).exp() * torch.randn_like(mu))


@wrong("The generator is put back to where it was, so the next call gives the same noise.")
def generator_put_back(mu, logvar):
    with torch.random.fork_rng():
        return mu + (0.5 * logvar).exp() * torch.randn_like(mu)


@wrong("The noise is uniform, and the exponent lacks its half.", composed=True)
def uniform_and_variance(mu, logvar):
    return mu + logvar.exp() * (2 * torch.rand_like(mu) - 1)


@wrong("The rows are shifted by one.", composed=True)
def rows_shifted(mu, logvar):
    return (mu + (0.5 * logvar).exp() * torch.randn_like(mu)).roll(1, 0)


@wrong("The sample is shifted by a tenth.", composed=True)
def sample_plus_a_tenth(mu, logvar):
    return mu + (0.5 * logvar).exp() * torch.randn_like(mu) + 0.1


@wrong("The mean enters with a minus, and the deviation is detached.", composed=True)
def minus_the_mean_and_detached(mu, logvar):
    return torch.randn_like(mu) * (0.5 * logvar).exp().detach() - mu
