"""Wrong answers to `mixture_kl`, to work on."""

from answers import wrong


@wrong("The ½ of the divergences is missing.")
def without_half(q_c, mu, logvar, means, logvars):
    log_ratio = logvar.unsqueeze(1) - logvars
    distance = (mu.unsqueeze(1) - means) ** 2 / logvars.exp()
    return (q_c * (distance + log_ratio.exp() - 1 - log_ratio).sum(-1)).sum(-1)


@wrong("The divergences are weighted by the square of q(c | x).")
def weights_squared(q_c, mu, logvar, means, logvars):
    log_ratio = logvar.unsqueeze(1) - logvars
    distance = (mu.unsqueeze(1) - means) ** 2 / logvars.exp()
    kl = 0.5 * (distance + log_ratio.exp() - 1 - log_ratio).sum(-1)
    return (q_c**2 * kl).sum(-1)


@wrong("The smallest divergence over the components is returned: q(c | x) is not used.")
def nearest_component_only(q_c, mu, logvar, means, logvars):
    log_ratio = logvar.unsqueeze(1) - logvars
    distance = (mu.unsqueeze(1) - means) ** 2 / logvars.exp()
    kl = 0.5 * (distance + log_ratio.exp() - 1 - log_ratio).sum(-1)
    return kl.amin(-1) + 0 * q_c.sum(-1)


@wrong("The distance is divided by q's variance, not by the component's.")
def distance_in_units_of_q(q_c, mu, logvar, means, logvars):
    log_ratio = logvar.unsqueeze(1) - logvars
    distance = (mu.unsqueeze(1) - means) ** 2 / logvar.exp().unsqueeze(1)
    return (q_c * 0.5 * (distance + log_ratio.exp() - 1 - log_ratio).sum(-1)).sum(-1)


@wrong("The sign of the log ratio is turned.")
def log_ratio_turned(q_c, mu, logvar, means, logvars):
    log_ratio = logvar.unsqueeze(1) - logvars
    distance = (mu.unsqueeze(1) - means) ** 2 / logvars.exp()
    return (q_c * 0.5 * (distance + log_ratio.exp() - 1 + log_ratio).sum(-1)).sum(-1)


@wrong("Log variances are read as logs of standard deviations.")
def log_std_for_logvar(q_c, mu, logvar, means, logvars):
    log_ratio = 2 * (logvar.unsqueeze(1) - logvars)
    distance = (mu.unsqueeze(1) - means) ** 2 / (2 * logvars).exp()
    return (q_c * 0.5 * (distance + log_ratio.exp() - 1 - log_ratio).sum(-1)).sum(-1)


@wrong("A batch of one example loses its batch dimension by a squeeze.")
def one_example_squeezed(q_c, mu, logvar, means, logvars):
    log_ratio = logvar.unsqueeze(1) - logvars
    distance = (mu.unsqueeze(1) - means) ** 2 / logvars.exp()
    kl = 0.5 * (distance + log_ratio.exp() - 1 - log_ratio).sum(-1)
    return (q_c * kl).sum(-1).squeeze()


@wrong("The divergences are detached, so only q(c | x) gets a gradient.")
def divergences_detached(q_c, mu, logvar, means, logvars):
    log_ratio = logvar.unsqueeze(1) - logvars
    distance = (mu.unsqueeze(1) - means) ** 2 / logvars.exp()
    kl = 0.5 * (distance + log_ratio.exp() - 1 - log_ratio).sum(-1)
    return (q_c * kl.detach()).sum(-1)


@wrong("The -1 is missing, and all components count alike.", composed=True)
def without_one_and_unweighted(q_c, mu, logvar, means, logvars):
    log_ratio = logvar.unsqueeze(1) - logvars
    distance = (mu.unsqueeze(1) - means) ** 2 / logvars.exp()
    return 0.5 * (distance + log_ratio.exp() - log_ratio).sum(-1).mean(-1) + 0 * q_c.sum(-1)


@wrong("The right answer is divided by the number of dimensions and taken negative.", composed=True)
def negative_mean_over_dimensions(q_c, mu, logvar, means, logvars):
    log_ratio = logvar.unsqueeze(1) - logvars
    distance = (mu.unsqueeze(1) - means) ** 2 / logvars.exp()
    kl = 0.5 * (distance + log_ratio.exp() - 1 - log_ratio).sum(-1)
    return -(q_c * kl).sum(-1) / mu.shape[1]


@wrong("The right answers come in reversed order of the batch.", composed=True)
def batch_reversed(q_c, mu, logvar, means, logvars):
    log_ratio = logvar.unsqueeze(1) - logvars
    distance = (mu.unsqueeze(1) - means) ** 2 / logvars.exp()
    kl = 0.5 * (distance + log_ratio.exp() - 1 - log_ratio).sum(-1)
    return (q_c * kl).sum(-1).flip(0)


@wrong("Only the likeliest component counts, and the -1 is missing.", composed=True)
def likeliest_component_without_one(q_c, mu, logvar, means, logvars):
    best = q_c.argmax(-1)
    ratio = logvar - logvars[best]
    kl = 0.5 * ((mu - means[best]) ** 2 / logvars[best].exp() + ratio.exp() - ratio).sum(-1)
    return kl + 0 * q_c.sum(-1)
