"""Right but unusual answers to `batch_prior_kl`."""

import torch
from answers import right
from torch import distributions as D
from torch.nn import functional as F


@right
def by_an_entropy_and_a_dot_product(q, prior):
    mean = torch.einsum("bk,b->k", q, q.new_full((len(q),), 1 / len(q)))
    return -torch.special.entr(mean).sum() - torch.dot(mean, prior.log())


@right
def by_kl_div_of_logs(q, prior):
    return F.kl_div(torch.log(prior), q.mean(0), reduction="none").sum()


@right
def summed_code_by_code(q, prior):
    total = q.new_zeros(())
    for k in range(q.shape[1]):
        share = q[:, k].mean()
        if share > 0:
            total = total + share * (torch.log(share) - torch.log(prior[k]))
    return total


@right
def through_one_hot_distributions(q, prior):
    return D.kl_divergence(D.OneHotCategorical(probs=q.mean(0)), D.OneHotCategorical(probs=prior))


@right
def by_a_masked_logarithm(q, prior):
    mean = q.mean(0)
    log = torch.where(mean > 0, mean, torch.ones_like(mean)).log()
    return torch.sum(mean * (log - prior.log()))


@right
def with_a_backward_of_its_own(q, prior):
    class Divergence(torch.autograd.Function):
        @staticmethod
        def forward(ctx, mean, prior):
            ratio = torch.log(mean.clamp_min(torch.finfo(mean.dtype).tiny) / prior)
            ctx.save_for_backward(ratio)
            return (mean * ratio).sum()

        @staticmethod
        def backward(ctx, gradient):
            (ratio,) = ctx.saved_tensors
            return gradient * (ratio + 1), None

    return Divergence.apply(q.mean(0), prior)


@right
def of_the_batch_taken_twice(q, prior):
    half = torch.stack([q, q]).flatten(0, 1).mean(0)
    return (torch.special.xlogy(half, half) - torch.special.xlogy(half, prior)).sum()


@right
def as_a_difference_of_cross_entropies(q, prior):
    mean = q.transpose(0, 1).mean(1)
    itself = -torch.special.xlogy(mean, mean).sum()
    return (q @ -prior.log()).mean() - itself
