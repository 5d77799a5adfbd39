"""Right but unusual answers to `iwae_bound`."""

import functools
import math

import torch
from answers import right


@right
def by_a_function_of_its_own(log_joint, log_posterior):
    class Bound(torch.autograd.Function):
        @staticmethod
        def forward(ctx, log_joint, log_posterior):
            log_weight = log_joint - log_posterior
            ctx.save_for_backward(log_weight.softmax(0))
            return log_weight.logsumexp(0) - math.log(len(log_weight))

        @staticmethod
        def backward(ctx, grad):
            (share,) = ctx.saved_tensors
            return grad * share, -grad * share

    return Bound.apply(log_joint, log_posterior)


@right
def by_vmap_over_images(log_joint, log_posterior):
    log_samples = math.log(log_joint.shape[0])
    return torch.vmap(lambda weights: weights.logsumexp(0) - log_samples, in_dims=1)(log_joint - log_posterior)


@right
def last_of_cumulative_logsumexp(log_joint, log_posterior):
    return torch.logcumsumexp(log_joint - log_posterior, dim=0)[-1] - math.log(len(log_joint))


@right
def by_halves(log_joint, log_posterior):
    def log_sum(rows):
        if len(rows) == 1:
            return rows[0]
        return torch.logaddexp(log_sum(rows[: len(rows) // 2]), log_sum(rows[len(rows) // 2 :]))

    return log_sum(log_joint - log_posterior) - math.log(len(log_joint))


@right
def minus_the_log_softmax(log_joint, log_posterior):
    """w - log softmax(w) is the log of the sum, the same in every row."""
    log_weight = log_joint - log_posterior
    return (log_weight - log_weight.log_softmax(0))[0] - math.log(len(log_weight))


@right
def sorted_and_folded(log_joint, log_posterior):
    log_weight = (log_joint - log_posterior).sort(dim=0).values
    return functools.reduce(torch.logaddexp, log_weight.unbind(0)) - math.log(len(log_weight))


@right
def elbo_plus_the_log_of_the_relative_mean(log_joint, log_posterior):
    log_weight = log_joint - log_posterior
    average = log_weight.mean(0)
    return average + torch.logsumexp(log_weight - average, 0) - math.log(len(log_weight))


@right
def with_weights_shared_out_first(log_joint, log_posterior):
    log_share = torch.full_like(log_joint, -math.log(len(log_joint)))
    return torch.logsumexp(torch.stack([log_joint, -log_posterior, log_share]).sum(0), 0)


@right
def largest_weight_and_the_others(log_joint, log_posterior):
    log_weight = log_joint - log_posterior
    largest = log_weight.detach().amax(0)
    return largest + torch.log(torch.einsum("sb->b", torch.exp(log_weight - largest)) / len(log_weight))


@right
def with_surrogate_gradient(log_joint, log_posterior):
    log_weight = log_joint - log_posterior
    value = (log_weight.logsumexp(0) - math.log(len(log_weight))).detach()
    pull = (log_weight.softmax(0).detach() * log_weight).sum(0)
    return value + pull - pull.detach()
