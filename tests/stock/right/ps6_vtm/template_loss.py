"""Right but unusual answers to `template_loss`."""

import torch
from answers import right
from torch import distributions as D
from torch.nn import functional as F


@right
def with_minus_a_hundred_for_padding(logits, masked):
    targets = masked.masked_fill(masked == 0, -100)
    return F.cross_entropy(logits.transpose(1, 2), targets, reduction="none").sum(1)


@right
def through_nll_loss(logits, masked):
    return F.nll_loss(logits.log_softmax(-1).mT, masked, ignore_index=0, reduction="none").sum(-1)


@right
def by_logsumexp(logits, masked):
    costs = logits.logsumexp(-1) - logits.gather(2, masked[:, :, None])[:, :, 0]
    return costs.masked_fill(masked == 0, 0).sum(1)


@right
def with_a_weight_of_zero_for_padding(logits, masked):
    weight = torch.ones(logits.shape[-1], dtype=logits.dtype, device=logits.device)
    weight[0] = 0
    return F.cross_entropy(logits.mT, masked, weight=weight, reduction="none").sum(-1)


@right
def position_by_position(logits, masked):
    loss = torch.zeros_like(logits[:, 0, 0])
    for t in range(masked.shape[1]):
        loss = loss + F.cross_entropy(logits[:, t], masked[:, t], ignore_index=0, reduction="none")
    return loss


@right
def through_a_one_hot_categorical(logits, masked):
    words = F.one_hot(masked, logits.shape[-1]).to(logits)
    return -(D.OneHotCategorical(logits=logits).log_prob(words) * (masked != 0)).sum(-1)


@right
def by_indexing_and_adding(logits, masked):
    rows, places = torch.nonzero(masked, as_tuple=True)
    costs = -logits.log_softmax(-1)[rows, places, masked[rows, places]]
    return torch.zeros_like(logits[:, 0, 0]).index_add(0, rows, costs)


@right
def under_vmap(logits, masked):
    def one(row, words):
        log_p = torch.log_softmax(row, -1).gather(-1, words[:, None])[:, 0]
        return -(log_p * (words != 0)).sum()

    return torch.func.vmap(one)(logits, masked)
