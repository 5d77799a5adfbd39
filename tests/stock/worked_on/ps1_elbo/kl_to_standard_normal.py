"""Wrong answers to `kl_to_standard_normal`: the half that is worked on."""

import math

import numpy as np
import torch
from answers import wrong


@wrong("The mean's term is missing: μ² does not count.")
def mean_term_missing(mu, logvar):
    return 0.5 * (logvar.exp() - 1 - logvar).sum(-1)


@wrong("It sums over the examples, so there is one number per dimension.")
def summed_over_examples(mu, logvar):
    return 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(0)


@wrong("The half multiplies μ² alone.")
def half_on_the_mean_only(mu, logvar):
    return (0.5 * mu**2 + logvar.exp() - 1 - logvar).sum(-1)


@wrong("One is subtracted once for each example, not once for each dimension.")
def one_subtracted_once(mu, logvar):
    return 0.5 * ((mu**2 + logvar.exp() - logvar).sum(-1) - 1)


@wrong("logvar is clipped to ±10, so tiny variances cost too little and have no gradient.")
def log_variance_clipped(mu, logvar):
    logvar = logvar.clamp(-10, 10)
    return 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(-1)


@wrong("For one example the result is squeezed to a scalar.")
def one_example_squeezed(mu, logvar):
    return 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(-1).squeeze()


@wrong("The values are right but go through numpy, so there are no gradients.")
def through_numpy(mu, logvar):
    m, v = mu.detach().cpu().numpy(), logvar.detach().cpu().numpy()
    return torch.as_tensor(0.5 * (m**2 + np.exp(v) - 1 - v).sum(-1), dtype=mu.dtype, device=mu.device)


@wrong("The batch's mean of μ is subtracted first, so an example's KL depends on its neighbours.")
def mean_centred_over_the_batch(mu, logvar):
    mu = mu - mu.mean(0)
    return 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(-1)


@wrong("The result is right, but torch's default dtype is float64 afterwards.")
def default_dtype_changed(mu, logvar):
    torch.set_default_dtype(torch.float64)
    return 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(-1)


@wrong("It is KL(p ‖ q), the other direction, averaged over the dimensions.", composed=True)
def reversed_and_averaged(mu, logvar):
    return 0.5 * ((mu**2 + 1) * (-logvar).exp() - 1 + logvar).mean(-1)


@wrong("It returns the root of the KL.", composed=True)
def root_of_the_kl(mu, logvar):
    return (0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(-1)).sqrt()


@wrong("The result is in bits, not in nats.", composed=True)
def in_bits(mu, logvar):
    return 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(-1) / math.log(2)
