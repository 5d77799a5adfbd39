"""Wrong answers to `kl_between_gaussians`, kept aside."""

from answers import wrong


@wrong("The means of q and p are added, not subtracted.")
def means_added(mu_q, logvar_q, mu_p, logvar_p):
    ratio = logvar_q - logvar_p
    return 0.5 * ((mu_q + mu_p) ** 2 / logvar_p.exp() + ratio.exp() - 1 - ratio).sum(-1)


@wrong("The log of the variance ratio has the factor ½ twice.")
def log_ratio_halved(mu_q, logvar_q, mu_p, logvar_p):
    ratio = logvar_q - logvar_p
    return 0.5 * ((mu_q - mu_p) ** 2 / logvar_p.exp() + ratio.exp() - 1 - 0.5 * ratio).sum(-1)


@wrong("The standard deviations' ratio stands where the variances' belongs.")
def ratio_of_standard_deviations(mu_q, logvar_q, mu_p, logvar_p):
    ratio = logvar_q - logvar_p
    return 0.5 * ((mu_q - mu_p) ** 2 / logvar_p.exp() + (0.5 * ratio).exp() - 1 - ratio).sum(-1)


@wrong("The distance is divided by the sum of both variances.")
def divided_by_both_variances(mu_q, logvar_q, mu_p, logvar_p):
    ratio = logvar_q - logvar_p
    return 0.5 * ((mu_q - mu_p) ** 2 / (logvar_p.exp() + logvar_q.exp()) + ratio.exp() - 1 - ratio).sum(-1)


@wrong("The mean of both directions of the KL is returned.")
def symmetric_kl(mu_q, logvar_q, mu_p, logvar_p):
    ratio = logvar_q - logvar_p
    there = (mu_q - mu_p) ** 2 / logvar_p.exp() + ratio.exp() - 1 - ratio
    back = (mu_q - mu_p) ** 2 / logvar_q.exp() + (-ratio).exp() - 1 + ratio
    return 0.25 * (there + back).sum(-1)


@wrong("A batch of one pair loses its batch dimension by a squeeze.")
def one_pair_squeezed(mu_q, logvar_q, mu_p, logvar_p):
    log_ratio = logvar_q - logvar_p
    kl = 0.5 * ((mu_q - mu_p) ** 2 / logvar_p.exp() + log_ratio.exp() - 1 - log_ratio).sum(-1)
    return kl.squeeze()


@wrong("Every example is compared with the first example's p.")
def p_of_the_first_example(mu_q, logvar_q, mu_p, logvar_p):
    ratio = logvar_q - logvar_p[0]
    return 0.5 * ((mu_q - mu_p[0]) ** 2 / logvar_p[0].exp() + ratio.exp() - 1 - ratio).sum(-1)


@wrong("The last dimension is left out.")
def last_dimension_left_out(mu_q, logvar_q, mu_p, logvar_p):
    ratio = logvar_q - logvar_p
    return 0.5 * ((mu_q - mu_p) ** 2 / logvar_p.exp() + ratio.exp() - 1 - ratio)[:, :-1].sum(-1)


@wrong("Only the means get gradients: both log variances are detached.")
def both_variances_detached(mu_q, logvar_q, mu_p, logvar_p):
    logvar_q, logvar_p = logvar_q.detach(), logvar_p.detach()
    log_ratio = logvar_q - logvar_p
    kl = 0.5 * ((mu_q - mu_p) ** 2 / logvar_p.exp() + log_ratio.exp() - 1 - log_ratio).sum(-1)
    return kl


@wrong("The -1 and the ½ are missing.", composed=True)
def without_one_and_half(mu_q, logvar_q, mu_p, logvar_p):
    ratio = logvar_q - logvar_p
    return ((mu_q - mu_p) ** 2 / logvar_p.exp() + ratio.exp() - ratio).sum(-1)


@wrong("The right answer is shifted by one place in the batch.", composed=True)
def batch_shifted(mu_q, logvar_q, mu_p, logvar_p):
    log_ratio = logvar_q - logvar_p
    kl = 0.5 * ((mu_q - mu_p) ** 2 / logvar_p.exp() + log_ratio.exp() - 1 - log_ratio).sum(-1)
    return kl.roll(1, 0)


@wrong("The exponential of minus the right answer is returned.", composed=True)
def exponential_of_minus_the_kl(mu_q, logvar_q, mu_p, logvar_p):
    log_ratio = logvar_q - logvar_p
    kl = 0.5 * ((mu_q - mu_p) ** 2 / logvar_p.exp() + log_ratio.exp() - 1 - log_ratio).sum(-1)
    return (-kl).exp()


@wrong("p is taken for the standard normal, and the batch is averaged.", composed=True)
def standard_normal_averaged(mu_q, logvar_q, mu_p, logvar_p):
    return 0.5 * (mu_q**2 + logvar_q.exp() - 1 - logvar_q).sum(-1).mean().expand(len(mu_q))
