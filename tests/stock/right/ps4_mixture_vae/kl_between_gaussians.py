"""Right but unusual answers to `kl_between_gaussians`."""

import math

import torch
from answers import right
from torch import distributions as D
from torch.nn import functional as F


@right
def pair_by_pair_under_vmap(mu_q, logvar_q, mu_p, logvar_p):
    def one(a, s, b, t):
        return 0.5 * (torch.dot((a - b) ** 2, (-t).exp()) + ((s - t).exp() - 1 - (s - t)).sum())

    return torch.func.vmap(one)(mu_q, logvar_q, mu_p, logvar_p)


@right
def by_cross_entropy_less_entropy(mu_q, logvar_q, mu_p, logvar_p):
    constant = math.log(2 * math.pi)
    cross = 0.5 * (constant + logvar_p + (logvar_q.exp() + (mu_q - mu_p).square()) * (-logvar_p).exp())
    return (cross - 0.5 * (constant + 1 + logvar_q)).sum(1)


@right
def through_multivariate_normals(mu_q, logvar_q, mu_p, logvar_p):
    q = D.MultivariateNormal(mu_q, scale_tril=torch.diag_embed((logvar_q / 2).exp()))
    p = D.MultivariateNormal(mu_p, scale_tril=torch.diag_embed((logvar_p / 2).exp()))
    return D.kl_divergence(q, p)


@right
def dimension_by_dimension(mu_q, logvar_q, mu_p, logvar_p):
    total = torch.zeros_like(mu_q[:, 0])
    for d in range(mu_q.shape[1]):
        ratio = logvar_q[:, d] - logvar_p[:, d]
        distance = (mu_q[:, d] - mu_p[:, d]) * torch.exp(-logvar_p[:, d] / 2)
        total = total + (distance * distance + torch.expm1(ratio) - ratio) / 2
    return total


@right
def with_independent_normals(mu_q, logvar_q, mu_p, logvar_p):
    q = D.Independent(D.Normal(mu_q, (logvar_q / 2).exp()), 1)
    p = D.Independent(D.Normal(mu_p, (logvar_p / 2).exp()), 1)
    return torch.distributions.kl.kl_divergence(q, p)


@right
def by_gaussian_nll(mu_q, logvar_q, mu_p, logvar_p):
    cross = F.gaussian_nll_loss(mu_q, mu_p, logvar_p.exp(), eps=0, reduction="none")
    spread = (logvar_q - logvar_p).exp() - 1 - logvar_q
    return cross.sum(1) + spread.sum(1) / 2


@right
def by_two_batched_products(mu_q, logvar_q, mu_p, logvar_p):
    precision = torch.exp(-logvar_p).unsqueeze(2)
    spread = ((mu_q - mu_p) ** 2 + logvar_q.exp()).unsqueeze(1)
    return 0.5 * (torch.bmm(spread, precision)[:, 0, 0] + (logvar_p - logvar_q - 1).sum(1))


@right
def with_a_backward_of_its_own(mu_q, logvar_q, mu_p, logvar_p):
    class Divergence(torch.autograd.Function):
        @staticmethod
        def forward(ctx, distance, log_ratio):
            ctx.save_for_backward(distance, log_ratio)
            return 0.5 * (distance * distance + torch.expm1(log_ratio) - log_ratio).sum(-1)

        @staticmethod
        def backward(ctx, gradient):
            distance, log_ratio = ctx.saved_tensors
            return gradient[:, None] * distance, 0.5 * gradient[:, None] * torch.expm1(log_ratio)

    return Divergence.apply((mu_q - mu_p) * (-0.5 * logvar_p).exp(), logvar_q - logvar_p)
