"""Wrong answers to `kl_between_gaussians`, to work on."""

import math

from answers import wrong


@wrong("The distance of the means is not squared but taken as an absolute value.")
def absolute_distance(mu_q, logvar_q, mu_p, logvar_p):
    ratio = logvar_q - logvar_p
    return 0.5 * ((mu_q - mu_p).abs() / logvar_p.exp() + ratio.exp() - 1 - ratio).sum(-1)


@wrong("The variance ratio is missing: σ_q²/σ_p² is left out.")
def variance_ratio_missing(mu_q, logvar_q, mu_p, logvar_p):
    return 0.5 * ((mu_q - mu_p) ** 2 / logvar_p.exp() - 1 - (logvar_q - logvar_p)).sum(-1)


@wrong("The variance ratio is upside down, σ_p²/σ_q², while the rest is right.")
def variance_ratio_inverted(mu_q, logvar_q, mu_p, logvar_p):
    ratio = logvar_q - logvar_p
    return 0.5 * ((mu_q - mu_p) ** 2 / logvar_p.exp() + (-ratio).exp() - 1 - ratio).sum(-1)


@wrong("The distance is divided by p's standard deviation, not by its variance.")
def divided_by_the_standard_deviation(mu_q, logvar_q, mu_p, logvar_p):
    ratio = logvar_q - logvar_p
    return 0.5 * ((mu_q - mu_p) ** 2 / (0.5 * logvar_p).exp() + ratio.exp() - 1 - ratio).sum(-1)


@wrong("The 1 is subtracted once, not once for each dimension.")
def one_subtracted_once(mu_q, logvar_q, mu_p, logvar_p):
    ratio = logvar_q - logvar_p
    return 0.5 * (((mu_q - mu_p) ** 2 / logvar_p.exp() + ratio.exp() - ratio).sum(-1) - 1)


@wrong("Each dimension's KL has a floor of 0.1, as of free bits.")
def free_bits_in_each_dimension(mu_q, logvar_q, mu_p, logvar_p):
    ratio = logvar_q - logvar_p
    return (0.5 * ((mu_q - mu_p) ** 2 / logvar_p.exp() + ratio.exp() - 1 - ratio)).clamp(min=0.1).sum(-1)


@wrong("Log variances are clamped at -5 from below, so very narrow Gaussians come out too near.")
def log_variances_clamped(mu_q, logvar_q, mu_p, logvar_p):
    ratio = logvar_q.clamp(min=-5) - logvar_p.clamp(min=-5)
    return 0.5 * ((mu_q - mu_p) ** 2 / logvar_p.clamp(min=-5).exp() + ratio.exp() - 1 - ratio).sum(-1)


@wrong("q's variance is detached, so no gradient reaches logvar_q.")
def variance_of_q_detached(mu_q, logvar_q, mu_p, logvar_p):
    logvar_q = logvar_q.detach()
    log_ratio = logvar_q - logvar_p
    kl = 0.5 * ((mu_q - mu_p) ** 2 / logvar_p.exp() + log_ratio.exp() - 1 - log_ratio).sum(-1)
    return kl


@wrong("The means do not enter at all.")
def means_left_out(mu_q, logvar_q, mu_p, logvar_p):
    ratio = logvar_q - logvar_p
    return 0.5 * (ratio.exp() - 1 - ratio).sum(-1)


@wrong("The reversed direction, averaged over the dimensions.", composed=True)
def reversed_and_averaged(mu_q, logvar_q, mu_p, logvar_p):
    ratio = logvar_p - logvar_q
    return 0.5 * ((mu_p - mu_q) ** 2 / logvar_q.exp() + ratio.exp() - 1 - ratio).mean(-1)


@wrong("The right answer in bits.", composed=True)
def kl_in_bits(mu_q, logvar_q, mu_p, logvar_p):
    log_ratio = logvar_q - logvar_p
    kl = 0.5 * ((mu_q - mu_p) ** 2 / logvar_p.exp() + log_ratio.exp() - 1 - log_ratio).sum(-1)
    return kl / math.log(2)


@wrong("The right answers come in reversed order of the batch.", composed=True)
def batch_reversed(mu_q, logvar_q, mu_p, logvar_p):
    log_ratio = logvar_q - logvar_p
    kl = 0.5 * ((mu_q - mu_p) ** 2 / logvar_p.exp() + log_ratio.exp() - 1 - log_ratio).sum(-1)
    return kl.flip(0)


@wrong("Log variances are read as logs of standard deviations, and the ½ is missing.", composed=True)
def log_std_without_half(mu_q, logvar_q, mu_p, logvar_p):
    ratio = 2 * (logvar_q - logvar_p)
    return ((mu_q - mu_p) ** 2 / (2 * logvar_p).exp() + ratio.exp() - 1 - ratio).sum(-1)
