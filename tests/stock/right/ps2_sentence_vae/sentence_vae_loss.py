"""Right but unusual answers to `sentence_vae_loss`."""

import functools

import torch
from answers import right
from torch.nn import functional as F


@right
def as_one_dot_product(log_likelihood, kl, kl_weight):
    weights = torch.tensor([-1.0, kl_weight], dtype=kl.dtype, device=kl.device) / len(kl)
    return torch.einsum("kb,k->", torch.stack([log_likelihood, kl]), weights)


@right
def by_a_function_of_its_own(log_likelihood, kl, kl_weight):
    class Loss(torch.autograd.Function):
        @staticmethod
        def forward(ctx, log_likelihood, kl):
            return (kl_weight * kl - log_likelihood).mean()

        @staticmethod
        def backward(ctx, grad):
            share = (grad / batch).expand(batch)
            return -share, kl_weight * share

    batch = len(kl)
    return Loss.apply(log_likelihood, kl)


@right
def by_vmap_over_sentences(log_likelihood, kl, kl_weight):
    return torch.vmap(lambda fit, price: kl_weight * price - fit)(log_likelihood, kl).mean()


@right
def as_a_running_mean(log_likelihood, kl, kl_weight):
    mean = kl_weight * kl[0] - log_likelihood[0]
    for b in range(1, len(kl)):
        mean = mean + (kl_weight * kl[b] - log_likelihood[b] - mean) / (b + 1)
    return mean


@right
def last_of_cumulative_sums(log_likelihood, kl, kl_weight):
    return torch.cumsum(torch.sub(kl * kl_weight, log_likelihood), 0)[-1] / kl.numel()


@right
def by_lerp_of_two_bounds(log_likelihood, kl, kl_weight):
    """On the line from the loss without KL to that with it."""
    free, full = -log_likelihood.mean(), (kl - log_likelihood).mean()
    return (1 - kl_weight) * free + kl_weight * full


@right
def folded_over_sentences(log_likelihood, kl, kl_weight):
    pairs = zip(log_likelihood.unbind(), kl.unbind(), strict=True)
    return functools.reduce(torch.add, (torch.add(-fit, price, alpha=kl_weight) for fit, price in pairs)) / len(kl)


@right
def by_average_pooling(log_likelihood, kl, kl_weight):
    each = torch.sub(log_likelihood, kl, alpha=kl_weight)
    return -F.adaptive_avg_pool1d(each[None, None], 1).squeeze()


@right
def by_matrix_products(log_likelihood, kl, kl_weight):
    share = torch.full((len(kl),), 1 / len(kl), dtype=kl.dtype, device=kl.device)
    return torch.addmv(-(log_likelihood @ share)[None], kl[None], share, alpha=kl_weight).squeeze(0)
