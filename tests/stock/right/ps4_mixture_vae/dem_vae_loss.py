"""Right but unusual answers to `dem_vae_loss`."""

import torch
from answers import right
from torch.nn import functional as F


@right
def by_einsum_over_terms(nll, kl_z, dispersion, kl_c, beta):
    terms = torch.stack([nll, kl_z, dispersion, kl_c], dim=1)
    weights = terms.new_tensor([1, 1, 1 - beta, 1])
    return torch.einsum("bt,t->", terms, weights) / len(nll)


@right
def by_lerp_between_both_losses(nll, kl_z, dispersion, kl_c, beta):
    plain = (nll + kl_z + dispersion + kl_c).mean()
    without = (nll + kl_z + kl_c).mean()
    return plain + beta * (without - plain)


@right
def by_reducing_over_means(nll, kl_z, dispersion, kl_c, beta):
    import functools

    terms = (nll, kl_z, kl_c, dispersion * (1 - beta))
    return functools.reduce(torch.add, (term.mean() for term in terms))


@right
def with_torch_s_add_and_alpha(nll, kl_z, dispersion, kl_c, beta):
    return torch.add(nll + kl_z + kl_c, dispersion, alpha=1 - beta).mean()


@right
def example_by_example(nll, kl_z, dispersion, kl_c, beta):
    total = nll.new_zeros(())
    for number in range(len(nll)):
        elbo = -nll[number] - kl_z[number] - dispersion[number] - kl_c[number]
        total = total - (elbo + beta * dispersion[number]) / len(nll)
    return total


@right
def under_vmap(nll, kl_z, dispersion, kl_c, beta):
    def one(a, b, c, d):
        return a + b + c * (1 - beta) + d

    return torch.func.vmap(one)(nll, kl_z, dispersion, kl_c).mean()


@right
def with_a_backward_of_its_own(nll, kl_z, dispersion, kl_c, beta):
    class Mean(torch.autograd.Function):
        @staticmethod
        def forward(ctx, *terms):
            ctx.size = len(terms[0])
            return sum(weight * term.sum() for weight, term in zip((1, 1, 1 - beta, 1), terms, strict=True)) / ctx.size

        @staticmethod
        def backward(ctx, gradient):
            return tuple((gradient * weight / ctx.size).expand(ctx.size) for weight in (1, 1, 1 - beta, 1))

    return Mean.apply(nll, kl_z, dispersion, kl_c)


@right
def by_a_linear_layer(nll, kl_z, dispersion, kl_c, beta):
    terms = torch.stack([nll, kl_z, dispersion, kl_c], dim=1)
    return F.linear(terms, terms.new_tensor([[1.0, 1.0, 1.0 - beta, 1.0]])).mean()
