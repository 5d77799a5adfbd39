"""Right but unusual answers to `mixture_log_density`."""

import math

import torch
from answers import right
from torch import distributions as D
from torch.nn import functional as F


@right
def point_by_point_under_vmap(z, weights, means, logvars):
    def one(point):
        log_normal = -0.5 * ((point - means).square() * (-logvars).exp() + logvars + math.log(2 * math.pi)).sum(1)
        return torch.logsumexp(weights.log() + log_normal, 0)

    return torch.func.vmap(one)(z)


@right
def by_reducing_with_logaddexp(z, weights, means, logvars):
    import functools

    constant = z.shape[1] * math.log(2 * math.pi)
    parts = [
        weight.log() - 0.5 * (((z - mean) / (logvar / 2).exp()).square().sum(1) + logvar.sum() + constant)
        for weight, mean, logvar in zip(weights, means, logvars, strict=True)
    ]
    return functools.reduce(torch.logaddexp, parts)


@right
def by_scaled_einsum(z, weights, means, logvars):
    scaled = (z[:, None] - means[None]) * torch.exp(-logvars / 2)
    quadratic = torch.einsum("bkd,bkd->bk", scaled, scaled)
    constant = logvars.sum(1) + z.shape[1] * math.log(2 * math.pi)
    return (weights.log() - (quadratic + constant) / 2).logsumexp(1)


@right
def through_multivariate_normals(z, weights, means, logvars):
    components = D.MultivariateNormal(means, scale_tril=torch.diag_embed((logvars / 2).exp()))
    return torch.logsumexp(components.log_prob(z[:, None]) + weights.log(), dim=1)


@right
def with_the_row_s_own_maximum(z, weights, means, logvars):
    squared = (z[:, None] - means).pow(2).div(logvars.exp())
    logs = -(squared + logvars).sum(2) / 2
    top = logs.detach().max(1, keepdim=True)[0]
    inside = torch.mv((logs - top).exp(), weights)
    return inside.log() + top[:, 0] - 0.5 * z.shape[1] * math.log(2 * math.pi)


@right
def by_gaussian_nll(z, weights, means, logvars):
    shape = (len(z), *means.shape)
    nll = F.gaussian_nll_loss(
        means.expand(shape), z[:, None].expand(shape), logvars.exp().expand(shape), full=True, eps=0, reduction="none"
    )
    return torch.logsumexp(weights.log() - nll.sum(-1), -1)


@right
def as_softmax_cross_terms(z, weights, means, logvars):
    squared = (z.unsqueeze(1) - means) ** 2 / logvars.exp()
    log_joint = weights.log() - 0.5 * (squared + logvars + math.log(2 * math.pi)).sum(-1)
    log_share = log_joint.log_softmax(-1)
    best = log_joint.detach().argmax(-1, keepdim=True)
    return (log_joint - log_share).gather(1, best)[:, 0]


@right
def by_halving_recursively(z, weights, means, logvars):
    def mixture(first, last):
        if last - first == 1:
            normal = D.Independent(D.Normal(means[first], logvars[first].mul(0.5).exp()), 1)
            return normal.log_prob(z) + weights[first].log()
        middle = (first + last) // 2
        return torch.logaddexp(mixture(first, middle), mixture(middle, last))

    return mixture(0, len(weights))
