"""Right but unusual answers to `content_loss`."""

import torch
from answers import right
from torch import distributions as D
from torch.nn import functional as F


@right
def by_a_variable_of_its_own(mu, logvar, table, kl_weight=1.0):
    target = torch.tensor(table.tolist(), dtype=mu.dtype, device=mu.device)
    var = logvar.exp()
    return (F.mse_loss(mu, target, reduction="none") + var + kl_weight * (mu**2 + var - 1 - logvar) / 2).sum(1)


@right
def through_independent_gaussians(mu, logvar, table, kl_weight=1.0):
    q = D.Independent(D.Normal(mu, logvar.mul(0.5).exp()), 1)
    p = D.Independent(D.Normal(torch.zeros_like(mu), 1.0), 1)
    distance = (q.mean - table.detach()).square().sum(-1) + q.variance.sum(-1)
    return distance + kl_weight * D.kl_divergence(q, p)


@right
def by_collecting_the_terms(mu, logvar, table, kl_weight=1.0):
    f, half = table.data, kl_weight / 2
    total = (1 + half) * (mu.square() + logvar.exp()) - 2 * mu * f + f.square() - half * (1 + logvar)
    return total.sum(dim=1)


@right
def by_two_points_of_a_quadrature(mu, logvar, table, kl_weight=1.0):
    """The mean of a square over a Gaussian is that over the two points one deviation away."""
    deviation = (logvar / 2).exp()
    distance = 0.5 * sum((mu + sign * deviation - table.detach()).square() for sign in (-1, 1))
    kl = -0.5 * (1 + logvar - mu.square() - deviation.square())
    return torch.sum(distance + kl_weight * kl, dim=-1)


@right
def dimension_by_dimension(mu, logvar, table, kl_weight=1.0):
    loss = torch.zeros_like(mu[:, 0])
    for m, s, f in zip(mu.unbind(1), logvar.unbind(1), table.detach().unbind(1), strict=True):
        loss = loss + (m - f).pow(2) + s.exp() + kl_weight * 0.5 * (m.pow(2) + s.exp() - 1 - s)
    return loss


@right
def by_norms(mu, logvar, table, kl_weight=1.0):
    distance = torch.einsum("bk,bk->b", mu - table.detach(), mu - table.detach())
    spread = logvar.exp().sum(-1)
    length = torch.einsum("bk,bk->b", mu, mu)
    return distance + spread + 0.5 * kl_weight * (length + spread - mu.shape[-1] - logvar.sum(-1))


@right
def under_vmap(mu, logvar, table, kl_weight=1.0):
    def one(m, s, f):
        return ((m - f) ** 2 + s.exp()).sum() + kl_weight * 0.5 * (m**2 + s.exp() - 1 - s).sum()

    return torch.func.vmap(one)(mu, logvar, table.detach())


@right
def with_a_backward_of_its_own(mu, logvar, table, kl_weight=1.0):
    class Loss(torch.autograd.Function):
        @staticmethod
        def forward(ctx, m, s, f):
            ctx.save_for_backward(m, s, f)
            return ((m - f) ** 2 + s.exp() + kl_weight * 0.5 * (m**2 + s.exp() - 1 - s)).sum(-1)

        @staticmethod
        def backward(ctx, gradient):
            m, s, f = ctx.saved_tensors
            to_mu = 2 * (m - f) + kl_weight * m
            to_logvar = s.exp() + kl_weight * 0.5 * (s.exp() - 1)
            return gradient[:, None] * to_mu, gradient[:, None] * to_logvar, None

    return Loss.apply(mu, logvar, table)
