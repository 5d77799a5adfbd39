"""Wrong answers to `mixture_kl`, kept aside."""

import torch
from answers import wrong


@wrong("The -1 of each dimension is missing.")
def without_minus_one(q_c, mu, logvar, means, logvars):
    log_ratio = logvar.unsqueeze(1) - logvars
    distance = (mu.unsqueeze(1) - means) ** 2 / logvars.exp()
    return (q_c * 0.5 * (distance + log_ratio.exp() - log_ratio).sum(-1)).sum(-1)


@wrong("q(c | x) is put through a softmax before it is used.")
def softmax_of_the_weights(q_c, mu, logvar, means, logvars):
    log_ratio = logvar.unsqueeze(1) - logvars
    distance = (mu.unsqueeze(1) - means) ** 2 / logvars.exp()
    kl = 0.5 * (distance + log_ratio.exp() - 1 - log_ratio).sum(-1)
    return (q_c.softmax(-1) * kl).sum(-1)


@wrong("The largest divergence over the components is returned: q(c | x) is not used.")
def farthest_component_only(q_c, mu, logvar, means, logvars):
    log_ratio = logvar.unsqueeze(1) - logvars
    distance = (mu.unsqueeze(1) - means) ** 2 / logvars.exp()
    kl = 0.5 * (distance + log_ratio.exp() - 1 - log_ratio).sum(-1)
    return kl.amax(-1) + 0 * q_c.sum(-1)


@wrong("The distance is not divided by the component's variance.")
def distance_without_units(q_c, mu, logvar, means, logvars):
    log_ratio = logvar.unsqueeze(1) - logvars
    distance = (mu.unsqueeze(1) - means) ** 2
    return (q_c * 0.5 * (distance + log_ratio.exp() - 1 - log_ratio).sum(-1)).sum(-1)


@wrong("The log ratio is missing.")
def log_ratio_missing(q_c, mu, logvar, means, logvars):
    log_ratio = logvar.unsqueeze(1) - logvars
    distance = (mu.unsqueeze(1) - means) ** 2 / logvars.exp()
    return (q_c * 0.5 * (distance + log_ratio.exp() - 1).sum(-1)).sum(-1)


@wrong("The components' variances are taken as one.")
def unit_variances_of_components(q_c, mu, logvar, means, logvars):
    distance = (mu.unsqueeze(1) - means) ** 2 + 0 * logvars
    own = (logvar.exp() - 1 - logvar).unsqueeze(1)
    return (q_c * 0.5 * (distance + own).sum(-1)).sum(-1)


@wrong("q(c | x) of the whole batch is averaged, so that each answer depends on the neighbours.")
def weights_averaged_over_the_batch(q_c, mu, logvar, means, logvars):
    log_ratio = logvar.unsqueeze(1) - logvars
    distance = (mu.unsqueeze(1) - means) ** 2 / logvars.exp()
    kl = 0.5 * (distance + log_ratio.exp() - 1 - log_ratio).sum(-1)
    return kl @ q_c.mean(0)


@wrong("q(z | x) is detached, so no gradient reaches mu and logvar.")
def code_detached(q_c, mu, logvar, means, logvars):
    mu, logvar = mu.detach(), logvar.detach()
    log_ratio = logvar.unsqueeze(1) - logvars
    distance = (mu.unsqueeze(1) - means) ** 2 / logvars.exp()
    kl = 0.5 * (distance + log_ratio.exp() - 1 - log_ratio).sum(-1)
    return (q_c * kl).sum(-1)


@wrong("The component's number is drawn from q(c | x) at random in place of the sum.")
def drawn_component(q_c, mu, logvar, means, logvars):
    log_ratio = logvar.unsqueeze(1) - logvars
    distance = (mu.unsqueeze(1) - means) ** 2 / logvars.exp()
    kl = 0.5 * (distance + log_ratio.exp() - 1 - log_ratio).sum(-1)
    drawn = torch.multinomial(q_c.detach(), 1)
    return kl.gather(1, drawn).squeeze(1)


@wrong("The other direction of the KL, without its ½.", composed=True)
def reversed_without_half(q_c, mu, logvar, means, logvars):
    log_ratio = logvars - logvar.unsqueeze(1)
    distance = (mu.unsqueeze(1) - means) ** 2 / logvar.exp().unsqueeze(1)
    return (q_c * (distance + log_ratio.exp() - 1 - log_ratio).sum(-1)).sum(-1)


@wrong("The right answer is shifted by one place in the batch.", composed=True)
def batch_shifted(q_c, mu, logvar, means, logvars):
    log_ratio = logvar.unsqueeze(1) - logvars
    distance = (mu.unsqueeze(1) - means) ** 2 / logvars.exp()
    kl = 0.5 * (distance + log_ratio.exp() - 1 - log_ratio).sum(-1)
    return (q_c * kl).sum(-1).roll(1, 0)


@wrong("The entropy of q(c | x) is added to the right answer.", composed=True)
def entropy_of_the_weights_added(q_c, mu, logvar, means, logvars):
    log_ratio = logvar.unsqueeze(1) - logvars
    distance = (mu.unsqueeze(1) - means) ** 2 / logvars.exp()
    kl = 0.5 * (distance + log_ratio.exp() - 1 - log_ratio).sum(-1)
    return (q_c * kl).sum(-1) + torch.special.entr(q_c.clamp(min=1e-12)).sum(-1)


@wrong("The components are detached, and the dimensions are averaged.", composed=True)
def detached_and_averaged(q_c, mu, logvar, means, logvars):
    means, logvars = means.detach(), logvars.detach()
    log_ratio = logvar.unsqueeze(1) - logvars
    distance = (mu.unsqueeze(1) - means) ** 2 / logvars.exp()
    kl = 0.5 * (distance + log_ratio.exp() - 1 - log_ratio).sum(-1)
    return (q_c * kl).sum(-1) / mu.shape[1]
