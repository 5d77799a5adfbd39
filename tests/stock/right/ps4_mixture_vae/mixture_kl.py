"""Right but unusual answers to `mixture_kl`."""

import torch
from answers import right
from torch import distributions as D
from torch.nn import functional as F


@right
def example_by_example_under_vmap(q_c, mu, logvar, means, logvars):
    def one(weights, centre, spread):
        ratio = spread - logvars
        kl = ((centre - means).square() * (-logvars).exp() + torch.expm1(ratio) - ratio).sum(1) / 2
        return torch.dot(weights, kl)

    return torch.func.vmap(one)(q_c, mu, logvar)


@right
def by_one_einsum(q_c, mu, logvar, means, logvars):
    ratio = logvar[:, None] - logvars[None]
    parts = (mu[:, None] - means[None]) ** 2 * torch.exp(-logvars) + ratio.exp() - ratio - 1
    return torch.einsum("bk,bkd->b", q_c, parts) / 2


@right
def by_a_loop_over_all_pairs(q_c, mu, logvar, means, logvars):
    rows = []
    for weights, centre, spread in zip(q_c, mu, logvar, strict=True):
        total = weights.new_zeros(())
        for weight, mean, log_variance in zip(weights, means, logvars, strict=True):
            variance = log_variance.exp()
            kl = 0.5 * (((centre - mean) ** 2 + spread.exp()) / variance - 1 + log_variance - spread).sum()
            total = total + weight * kl
        rows.append(total)
    return torch.stack(rows)


@right
def through_independent_normals(q_c, mu, logvar, means, logvars):
    q = D.Independent(D.Normal(mu[:, None], (0.5 * logvar)[:, None].exp()), 1)
    p = D.Independent(D.Normal(means, (0.5 * logvars).exp()), 1)
    return (D.kl_divergence(q, p) * q_c).sum(dim=1)


@right
def by_batched_matrix_product(q_c, mu, logvar, means, logvars):
    ratio = logvar.unsqueeze(1) - logvars
    kl = (((mu.unsqueeze(1) - means) / (logvars / 2).exp()).square() + ratio.exp() - ratio).sum(-1) - mu.shape[1]
    return 0.5 * torch.bmm(q_c.unsqueeze(1), kl.unsqueeze(2)).flatten()


@right
def by_gaussian_nll(q_c, mu, logvar, means, logvars):
    shape = (*q_c.shape, mu.shape[1])
    cross = F.gaussian_nll_loss(
        means.expand(shape), mu[:, None].expand(shape), logvars.exp().expand(shape), eps=0, reduction="none"
    )
    trace = 0.5 * (logvar[:, None] - logvars).exp()
    return (q_c * (cross + trace).sum(-1)).sum(-1) - 0.5 * (1 + logvar).sum(-1)


@right
def by_moments_under_the_weights(q_c, mu, logvar, means, logvars):
    precision = (-logvars).exp()
    mean_precision = q_c @ precision
    centre = (q_c @ (precision * means)) / mean_precision
    gap = means.unsqueeze(0) - centre.unsqueeze(1)
    spread = (q_c.unsqueeze(-1) * precision * gap**2).sum(1)
    quadratic = mean_precision * ((mu - centre) ** 2 + logvar.exp()) + spread
    return 0.5 * (quadratic + q_c @ logvars - logvar - 1).sum(-1)


@right
def by_reducing_over_components(q_c, mu, logvar, means, logvars):
    import functools

    def add(total, component):
        weight, mean, log_variance = component
        ratio = logvar - log_variance
        kl = 0.5 * ((mu - mean) ** 2 * (-log_variance).exp() + torch.expm1(ratio) - ratio).sum(1)
        return torch.addcmul(total, weight, kl)

    return functools.reduce(add, zip(q_c.T, means, logvars, strict=True), torch.zeros_like(mu[:, 0]))
