"""Right but unusual answers to `latent_loss`."""

import math

import torch
from answers import right
from torch import distributions as D


@right
def through_a_multivariate_normal(z, mu, logvar):
    q = D.MultivariateNormal(mu, scale_tril=torch.diag_embed((0.5 * logvar).exp()))
    return -q.log_prob(z).mean()


@right
def through_a_transformed_normal(z, mu, logvar):
    base = D.Independent(D.Normal(torch.zeros_like(mu), torch.ones_like(mu)), 1)
    q = D.TransformedDistribution(base, D.AffineTransform(mu, (0.5 * logvar).exp(), event_dim=1))
    return -q.log_prob(z).mean()


@right
def with_z_detached(z, mu, logvar):
    q = D.Normal(mu, torch.exp(logvar / 2))
    return q.log_prob(z.detach()).sum(dim=1).mean().neg()


@right
def by_precisions(z, mu, logvar):
    precision = torch.exp(-logvar)
    log_density = 0.5 * (precision / (2 * math.pi)).log() - 0.5 * precision * (z - mu) ** 2
    return -log_density.sum(1).mean(0)


@right
def by_three_means(z, mu, logvar):
    size = z.size(1)
    squared = torch.einsum("bm,bm->", (z - mu).square(), torch.exp(-logvar)) / len(z)
    return 0.5 * squared + 0.5 * size * logvar.mean() + size * math.log(math.sqrt(2 * math.pi))


@right
def dimension_by_dimension(z, mu, logvar):
    total = 0
    for m in range(z.shape[1]):
        total = total - D.Normal(mu[:, m], logvar[:, m].mul(0.5).exp()).log_prob(z[:, m])
    return total.mean()


@right
def under_vmap(z, mu, logvar):
    def one(point, mean, log_variance):
        away = (point - mean) / (0.5 * log_variance).exp()
        return 0.5 * (away @ away + log_variance.sum() + len(point) * math.log(2 * math.pi))

    return torch.func.vmap(one)(z, mu, logvar).mean()


@right
def with_a_backward_of_its_own(z, mu, logvar):
    class Loss(torch.autograd.Function):
        @staticmethod
        def forward(ctx, mean, log_variance):
            precision = torch.exp(-log_variance)
            ctx.save_for_backward(z - mean, precision)
            terms = (z - mean) ** 2 * precision + log_variance + math.log(2 * math.pi)
            return terms.sum() / (2 * len(z))

        @staticmethod
        def backward(ctx, gradient):
            away, precision = ctx.saved_tensors
            scaled = gradient / len(away)
            return -scaled * away * precision, scaled * 0.5 * (1 - away**2 * precision)

    return Loss.apply(mu, logvar)
