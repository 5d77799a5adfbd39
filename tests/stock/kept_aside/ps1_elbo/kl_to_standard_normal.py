"""Wrong answers to `kl_to_standard_normal`: the half that is kept aside."""

import torch
from answers import wrong
from torch import distributions as D


@wrong("The log term is missing: logvar is not subtracted.")
def log_term_missing(mu, logvar):
    return 0.5 * (mu**2 + logvar.exp() - 1).sum(-1)


@wrong("The log term has the wrong sign: logvar is added.")
def log_term_added(mu, logvar):
    return 0.5 * (mu**2 + logvar.exp() - 1 + logvar).sum(-1)


@wrong("The half multiplies all but μ².")
def half_on_all_but_the_mean(mu, logvar):
    return (mu**2 + 0.5 * (logvar.exp() - 1 - logvar)).sum(-1)


@wrong("It is a Monte Carlo estimate from one sample, so the result is random.")
def monte_carlo_estimate(mu, logvar):
    q = D.Normal(mu, (0.5 * logvar).exp())
    z = q.rsample()
    return (q.log_prob(z) - D.Normal(0.0, 1.0).log_prob(z)).sum(-1)


@wrong("The log is taken of σ² + 1e-8, so tiny variances cost too little.")
def epsilon_in_the_log(mu, logvar):
    var = logvar.exp()
    return 0.5 * (mu**2 + var - 1 - torch.log(var + 1e-8)).sum(-1)


@wrong("The variance is detached, so the gradient in logvar lacks a term.")
def variance_detached(mu, logvar):
    return 0.5 * (mu**2 + logvar.exp().detach() - 1 - logvar).sum(-1)


@wrong("Each dimension costs at least a tenth of a nat: free bits, which nobody asked for.")
def free_bits(mu, logvar):
    return (0.5 * (mu**2 + logvar.exp() - 1 - logvar)).clamp(min=0.1).sum(-1)


@wrong("The last dimension is left out.")
def last_dimension_lost(mu, logvar):
    return 0.5 * (mu**2 + logvar.exp() - 1 - logvar)[:, :-1].sum(-1)


@wrong("The result is right, but torch computes on another number of threads afterwards.")
def threads_changed(mu, logvar):
    torch.set_num_threads(torch.get_num_threads() + 1)
    return 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(-1)


@wrong("The sign is wrong, and the half is missing.", composed=True)
def negative_without_half(mu, logvar):
    return (1 + logvar - mu**2 - logvar.exp()).sum(-1)


@wrong("The examples are shifted by one.", composed=True)
def examples_shifted(mu, logvar):
    return (0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(-1)).roll(1)


@wrong("It returns exp(-KL), not the KL.", composed=True)
def exponential_of_minus_the_kl(mu, logvar):
    return torch.exp(-0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(-1))
