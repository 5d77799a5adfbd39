"""Right but unusual answers to `elbo`."""

import functools
import math

import torch
from answers import right
from torch import distributions as D
from torch.nn import functional as F


@right
def by_vmap_over_images(x, logits, mu, logvar, beta=1.0):
    def of_one(x, logits, mu, logvar):
        return x @ logits - F.softplus(logits).sum() - 0.5 * beta * (mu @ mu + (torch.expm1(logvar) - logvar).sum())

    return torch.vmap(of_one)(x, logits, mu, logvar)


@right
def by_a_function_of_its_own(x, logits, mu, logvar, beta=1.0):
    class Bound(torch.autograd.Function):
        @staticmethod
        def forward(ctx, logits, mu, logvar):
            ctx.save_for_backward(logits, mu, logvar)
            kl = 0.5 * (mu**2 + torch.expm1(logvar) - logvar).sum(-1)
            return -F.softplus((1 - 2 * x) * logits).sum(-1) - beta * kl

        @staticmethod
        def backward(ctx, grad):
            logits, mu, logvar = ctx.saved_tensors
            grad = grad.unsqueeze(-1)
            return grad * (x - torch.sigmoid(logits)), -beta * grad * mu, -0.5 * beta * grad * torch.expm1(logvar)

    return Bound.apply(logits, mu, logvar)


@right
def likelihood_as_softmax_of_two_classes(x, logits, mu, logvar, beta=1.0):
    classes = torch.stack([torch.zeros_like(logits), logits], dim=1)  # [B, 2, D]
    nll = F.cross_entropy(classes, x.long(), reduction="none").sum(-1)
    return -nll - 0.5 * beta * (mu.square() + logvar.exp() - logvar - 1).sum(-1)


@right
def kl_from_entropies(x, logits, mu, logvar, beta=1.0):
    entropy = D.Normal(mu, (0.5 * logvar).exp(), validate_args=False).entropy().sum(-1)
    cross_entropy = 0.5 * (math.log(2 * math.pi) + mu**2 + logvar.exp()).sum(-1)
    return F.logsigmoid((2 * x - 1) * logits).sum(-1) + beta * (entropy - cross_entropy)


@right
def terms_side_by_side(x, logits, mu, logvar, beta=1.0):
    likelihood = x * logits - torch.logaddexp(torch.zeros_like(logits), logits)
    penalty = -0.5 * beta * (mu**2 + logvar.exp() - 1 - logvar)
    return torch.cat([likelihood, penalty], dim=-1).sum(-1)


@right
def by_einsum(x, logits, mu, logvar, beta=1.0):
    half = torch.full_like(mu, beta / 2)
    likelihood = torch.einsum("bd,bd->b", x, logits) - torch.einsum("bd->b", F.softplus(logits))
    return likelihood - torch.einsum("bm,bm->b", half, mu**2 + torch.expm1(logvar) - logvar)


@right
def folded_over_the_terms(x, logits, mu, logvar, beta=1.0):
    white = (x * F.logsigmoid(logits)).sum(-1)
    black = ((1 - x) * F.logsigmoid(-logits)).sum(-1)
    quadratic = -0.5 * beta * mu.square().sum(-1)
    spread = 0.5 * beta * (logvar - torch.expm1(logvar)).sum(-1)
    return functools.reduce(torch.add, [white, black, quadratic, spread])


@right
def through_a_helper_class(x, logits, mu, logvar, beta=1.0):
    class Posterior:
        def __init__(self, mu, logvar):
            self.mu, self.logvar = mu, logvar

        def kl(self):
            return (self.mu.pow(2) + self.logvar.exp()).sub(1 + self.logvar).sum(dim=1).mul(0.5)

    reconstruction = F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(dim=1)
    return torch.sub(-reconstruction, Posterior(mu, logvar).kl(), alpha=beta)


@right
def by_bernoulli_and_diagonal_covariance(x, logits, mu, logvar, beta=1.0):
    q = D.MultivariateNormal(mu, scale_tril=torch.diag_embed((logvar / 2).exp()), validate_args=False)
    p = D.MultivariateNormal(torch.zeros_like(mu), scale_tril=torch.diag_embed(torch.ones_like(mu)))
    return D.Bernoulli(logits=logits, validate_args=False).log_prob(x).sum(-1) - beta * D.kl_divergence(q, p)
