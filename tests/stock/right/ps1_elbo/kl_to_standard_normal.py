"""Right but unusual answers to `kl_to_standard_normal`."""

import functools
import math

import torch
from answers import right
from torch import distributions as D


@right
def from_entropy_and_cross_entropy(mu, logvar):
    entropy = 0.5 * (1 + math.log(2 * math.pi) + logvar).sum(-1)
    cross_entropy = 0.5 * (math.log(2 * math.pi) + mu**2 + logvar.exp()).sum(-1)
    return cross_entropy - entropy


@right
def by_a_function_of_its_own(mu, logvar):
    class Divergence(torch.autograd.Function):
        @staticmethod
        def forward(ctx, mu, logvar):
            ctx.save_for_backward(mu, logvar)
            return 0.5 * (mu**2 + torch.expm1(logvar) - logvar).sum(-1)

        @staticmethod
        def backward(ctx, grad):
            mu, logvar = ctx.saved_tensors
            grad = grad.unsqueeze(-1)
            return grad * mu, 0.5 * grad * torch.expm1(logvar)

    return Divergence.apply(mu, logvar)


@right
def by_vmap_over_examples(mu, logvar):
    return torch.vmap(lambda m, v: 0.5 * (m @ m + torch.expm1(v).sum() - v.sum()))(mu, logvar)


@right
def through_a_multivariate_normal(mu, logvar):
    q = D.MultivariateNormal(mu, scale_tril=torch.diag_embed((0.5 * logvar).exp()), validate_args=False)
    eye = torch.eye(mu.shape[1], dtype=mu.dtype, device=mu.device)
    return D.kl_divergence(q, D.MultivariateNormal(torch.zeros_like(mu), scale_tril=eye.expand(len(mu), -1, -1)))


@right
def dimension_by_dimension(mu, logvar):
    dimensions = zip(mu.unbind(-1), logvar.unbind(-1), strict=True)
    return functools.reduce(torch.add, (0.5 * (m.square() + v.exp() - 1 - v) for m, v in dimensions))


@right
def examples_one_at_a_time(mu, logvar):
    return torch.stack([(m.pow(2) + v.exp() - v - 1).sum() / 2 for m, v in zip(mu, logvar, strict=True)])


@right
def as_a_bregman_divergence(mu, logvar):
    """exp(v) - 1 - v is the Bregman divergence of exp between v and 0."""
    bregman = torch.expm1(logvar) - logvar
    return torch.einsum("bm->b", mu * mu + bregman) * 0.5


@right
def last_of_cumulative_sums(mu, logvar):
    terms = mu.square() - 1 - logvar + logvar.exp()
    return terms.cumsum(-1)[:, -1] / 2


@right
def as_a_matrix_product(mu, logvar):
    halves = torch.full((mu.shape[1],), 0.5, dtype=mu.dtype, device=mu.device)
    return (mu**2 + logvar.exp() - logvar - 1) @ halves


@right
def with_complex_squares(mu, logvar):
    deviation = torch.exp(logvar / 2)
    return 0.5 * (torch.complex(mu, deviation).abs().square() - 1 - logvar).sum(-1)
