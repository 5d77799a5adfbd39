"""Right but unusual answers to `discrete_mutual_information`."""

import torch
from answers import right
from torch import distributions as D
from torch.nn import functional as F


@right
def by_the_kl_of_each_example_to_the_mean(q):
    mean = q.mean(0).expand_as(q)
    return (torch.special.xlogy(q, q) - torch.special.xlogy(q, mean)).sum() / q.shape[0]


@right
def by_torch_s_kl_div(q):
    mean = q.mean(0, keepdim=True).clamp_min(torch.finfo(q.dtype).tiny)
    return F.kl_div(mean.log().expand_as(q), q, reduction="batchmean")


@right
def example_by_example(q):
    def entropy(row):
        seen = row[row > 0]
        return -(seen * seen.log()).sum()

    within = sum(entropy(row) for row in q) / len(q)
    return entropy(torch.stack(list(q)).mean(0)) - within


@right
def under_vmap(q):
    def entropy(row):
        return torch.special.entr(row).sum()

    return entropy(q.mean(0)) - torch.func.vmap(entropy)(q).mean()


@right
def through_one_hot_distributions(q):
    return D.OneHotCategorical(probs=q.mean(0)).entropy() - D.OneHotCategorical(probs=q).entropy().mean()


@right
def with_a_backward_of_its_own(q):
    class Entropy(torch.autograd.Function):
        @staticmethod
        def forward(ctx, p):
            log = p.clamp_min(torch.finfo(p.dtype).tiny).log()
            ctx.save_for_backward(log)
            return -(p * log).sum(-1)

        @staticmethod
        def backward(ctx, gradient):
            (log,) = ctx.saved_tensors
            return -gradient.unsqueeze(-1) * (log + 1)

    return Entropy.apply(q.mean(0)) - Entropy.apply(q).mean()


@right
def from_the_joint_table(q):
    joint = q / q.shape[0]
    x = torch.special.entr(joint.sum(1)).sum()
    c = torch.special.entr(joint.sum(0)).sum()
    return x + c - torch.special.entr(joint).sum()


@right
def by_einsum_over_ordered_pairs(q):
    log_q = torch.where(q > 0, q, 1).log()
    mean = torch.einsum("bk->k", q) / len(q)
    log_mean = torch.where(mean > 0, mean, 1).log()
    return (torch.einsum("bk,bk->", q, log_q) - torch.einsum("bk,k->", q, log_mean)) / len(q)
