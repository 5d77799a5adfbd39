"""Wrong answers to `mixture_log_density`, kept aside."""

import math

from answers import wrong


@wrong("The logs are clamped at -100 from below, so that points far away come out too likely.")
def logs_clamped_from_below(z, weights, means, logvars):
    squared = (z.unsqueeze(1) - means) ** 2 / logvars.exp()
    log_joint = weights.log() - 0.5 * (squared + logvars + math.log(2 * math.pi)).sum(-1)
    return log_joint.clamp(min=-100).logsumexp(-1)


@wrong("The first component's logarithm is subtracted for stability in place of the largest, and exp overflows.")
def first_component_subtracted(z, weights, means, logvars):
    squared = (z.unsqueeze(1) - means) ** 2 / logvars.exp()
    log_joint = weights.log() - 0.5 * (squared + logvars + math.log(2 * math.pi)).sum(-1)
    first = log_joint[:, :1]
    return (log_joint - first).exp().sum(-1).log() + first.squeeze(1)


@wrong("The distance is divided by the standard deviation, not by the variance.")
def divided_by_the_standard_deviation(z, weights, means, logvars):
    squared = (z.unsqueeze(1) - means) ** 2 / (0.5 * logvars).exp()
    return (weights.log() - 0.5 * (squared + logvars + math.log(2 * math.pi)).sum(-1)).logsumexp(-1)


@wrong("The sign of the log-normaliser is turned.")
def log_normaliser_added(z, weights, means, logvars):
    squared = (z.unsqueeze(1) - means) ** 2 / logvars.exp()
    return (weights.log() - 0.5 * (squared - logvars + math.log(2 * math.pi)).sum(-1)).logsumexp(-1)


@wrong("The variances of the first component are used for all components.")
def variances_of_the_first_component(z, weights, means, logvars):
    squared = (z.unsqueeze(1) - means) ** 2 / logvars[0].exp()
    return (weights.log() - 0.5 * (squared + logvars[0] + math.log(2 * math.pi)).sum(-1)).logsumexp(-1)


@wrong("The distance is not squared but taken as an absolute value.")
def absolute_distance(z, weights, means, logvars):
    squared = (z.unsqueeze(1) - means).abs() / logvars.exp()
    return (weights.log() - 0.5 * (squared + logvars + math.log(2 * math.pi)).sum(-1)).logsumexp(-1)


@wrong("The weights count twice.")
def weights_twice(z, weights, means, logvars):
    squared = (z.unsqueeze(1) - means) ** 2 / logvars.exp()
    return (2 * weights.log() - 0.5 * (squared + logvars + math.log(2 * math.pi)).sum(-1)).logsumexp(-1)


@wrong("z is centred by the batch's mean first, so that each point's answer depends on its neighbours.")
def centred_by_the_batch(z, weights, means, logvars):
    z = z - z.mean(0)
    squared = (z.unsqueeze(1) - means) ** 2 / logvars.exp()
    log_joint = weights.log() - 0.5 * (squared + logvars + math.log(2 * math.pi)).sum(-1)
    density = log_joint.logsumexp(-1)
    return density


@wrong("The log variances are detached, so no gradient reaches them.")
def log_variances_detached(z, weights, means, logvars):
    logvars = logvars.detach()
    squared = (z.unsqueeze(1) - means) ** 2 / logvars.exp()
    log_joint = weights.log() - 0.5 * (squared + logvars + math.log(2 * math.pi)).sum(-1)
    density = log_joint.logsumexp(-1)
    return density


@wrong("The constant is missing, and the log-sum-exp is divided by the number of components.", composed=True)
def constant_missing_and_divided(z, weights, means, logvars):
    squared = (z.unsqueeze(1) - means) ** 2 / logvars.exp()
    return (weights.log() - 0.5 * (squared + logvars).sum(-1)).logsumexp(-1) / len(weights)


@wrong("The logarithm of the number of components is subtracted from the right answer.", composed=True)
def log_of_components_subtracted(z, weights, means, logvars):
    squared = (z.unsqueeze(1) - means) ** 2 / logvars.exp()
    log_joint = weights.log() - 0.5 * (squared + logvars + math.log(2 * math.pi)).sum(-1)
    density = log_joint.logsumexp(-1)
    return density - math.log(len(weights))


@wrong("The right answer is divided by the number of dimensions.", composed=True)
def divided_by_dimensions(z, weights, means, logvars):
    squared = (z.unsqueeze(1) - means) ** 2 / logvars.exp()
    log_joint = weights.log() - 0.5 * (squared + logvars + math.log(2 * math.pi)).sum(-1)
    density = log_joint.logsumexp(-1)
    return density / z.shape[1]


@wrong("The weights are missing, and the dimensions are averaged.", composed=True)
def weights_missing_and_averaged(z, weights, means, logvars):
    squared = (z.unsqueeze(1) - means) ** 2 / logvars.exp()
    return (-0.5 * (squared + logvars + math.log(2 * math.pi)).mean(-1)).logsumexp(-1)
