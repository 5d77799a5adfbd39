"""Wrong answers to `mixture_log_density`, to work on."""

import math

import torch
from answers import wrong


@wrong("One maximum of the whole batch is subtracted, so a point far below it underflows to log 0.")
def one_maximum_for_the_batch(z, weights, means, logvars):
    squared = (z.unsqueeze(1) - means) ** 2 / logvars.exp()
    log_joint = weights.log() - 0.5 * (squared + logvars + math.log(2 * math.pi)).sum(-1)
    top = log_joint.max()
    return (log_joint - top).exp().sum(-1).log() + top


@wrong("The densities are clamped at the smallest number, so far points get a value that does not fall any more.")
def density_clamped_at_tiny(z, weights, means, logvars):
    squared = (z.unsqueeze(1) - means) ** 2 / logvars.exp()
    log_joint = weights.log() - 0.5 * (squared + logvars + math.log(2 * math.pi)).sum(-1)
    return log_joint.exp().sum(-1).clamp_min(torch.finfo(z.dtype).tiny).log()


@wrong("The constant is -½ log π where -½ log 2π belongs.")
def two_missing_in_the_constant(z, weights, means, logvars):
    squared = (z.unsqueeze(1) - means) ** 2 / logvars.exp()
    return (weights.log() - 0.5 * (squared + logvars + math.log(math.pi)).sum(-1)).logsumexp(-1)


@wrong("The weights are put through a softmax before they are used.")
def softmax_of_the_weights(z, weights, means, logvars):
    squared = (z.unsqueeze(1) - means) ** 2 / logvars.exp()
    log_normal = -0.5 * (squared + logvars + math.log(2 * math.pi)).sum(-1)
    return (weights.log_softmax(0) + log_normal).logsumexp(-1)


@wrong("The log-normaliser has the factor 1 where ½ belongs.")
def whole_log_variance(z, weights, means, logvars):
    squared = (z.unsqueeze(1) - means) ** 2 / logvars.exp()
    return (weights.log() - (0.5 * squared + logvars + 0.5 * math.log(2 * math.pi)).sum(-1)).logsumexp(-1)


@wrong("The squared distance lacks its ½.")
def distance_without_half(z, weights, means, logvars):
    squared = (z.unsqueeze(1) - means) ** 2 / logvars.exp()
    return (weights.log() - (squared + 0.5 * logvars + 0.5 * math.log(2 * math.pi)).sum(-1)).logsumexp(-1)


@wrong("A batch of one point loses its batch dimension by a squeeze.")
def one_point_squeezed(z, weights, means, logvars):
    squared = (z.unsqueeze(1) - means) ** 2 / logvars.exp()
    log_joint = weights.log() - 0.5 * (squared + logvars + math.log(2 * math.pi)).sum(-1)
    density = log_joint.logsumexp(-1)
    return density.squeeze()


@wrong("The last component is left out.")
def last_component_left_out(z, weights, means, logvars):
    squared = (z.unsqueeze(1) - means) ** 2 / logvars.exp()
    log_joint = weights.log() - 0.5 * (squared + logvars + math.log(2 * math.pi)).sum(-1)
    return log_joint[:, :-1].logsumexp(-1)


@wrong("z is detached, so no gradient reaches the encoder.")
def point_detached(z, weights, means, logvars):
    z = z.detach()
    squared = (z.unsqueeze(1) - means) ** 2 / logvars.exp()
    log_joint = weights.log() - 0.5 * (squared + logvars + math.log(2 * math.pi)).sum(-1)
    density = log_joint.logsumexp(-1)
    return density


@wrong("The result is in bits, and the weights are missing.", composed=True)
def weights_missing_and_in_bits(z, weights, means, logvars):
    squared = (z.unsqueeze(1) - means) ** 2 / logvars.exp()
    log_normal = -0.5 * (squared + logvars + math.log(2 * math.pi)).sum(-1)
    return log_normal.logsumexp(-1) / math.log(2)


@wrong("The sign of the right answer is turned.", composed=True)
def negative_log_density(z, weights, means, logvars):
    squared = (z.unsqueeze(1) - means) ** 2 / logvars.exp()
    log_joint = weights.log() - 0.5 * (squared + logvars + math.log(2 * math.pi)).sum(-1)
    density = log_joint.logsumexp(-1)
    return -density


@wrong("The right answers come in reversed order of the batch.", composed=True)
def batch_reversed(z, weights, means, logvars):
    squared = (z.unsqueeze(1) - means) ** 2 / logvars.exp()
    log_joint = weights.log() - 0.5 * (squared + logvars + math.log(2 * math.pi)).sum(-1)
    density = log_joint.logsumexp(-1)
    return density.flip(0)


@wrong("Only the best component counts, and the constant is missing.", composed=True)
def best_component_without_constant(z, weights, means, logvars):
    squared = (z.unsqueeze(1) - means) ** 2 / logvars.exp()
    return (weights.log() - 0.5 * (squared + logvars).sum(-1)).amax(-1)
