"""Right but unusual answers to `attend`."""

import math

import torch
from answers import right
from torch.nn import functional as F


@right
def by_logsumexp(query, keys, present):
    scores = torch.einsum("bh,bnh->bn", query, keys) / math.sqrt(query.shape[-1])
    least = torch.finfo(scores.dtype).min / 2
    scores = torch.where(present, scores, least)
    weights = (scores - scores.logsumexp(-1, keepdim=True)).exp()
    return ((weights * present).unsqueeze(-1) * keys).sum(1)


@right
def with_the_largest_present_score_subtracted(query, keys, present):
    scores = (keys * query.unsqueeze(1)).sum(-1) / query.shape[-1] ** 0.5
    top = scores.detach().masked_fill(~present, -1e30).amax(-1, keepdim=True)
    powers = torch.where(present, scores - top, -1e4).exp() * present
    total = powers.sum(-1, keepdim=True)
    weights = powers / torch.where(total > 0, total, 1)
    return torch.matmul(weights[:, None], keys)[:, 0]


@right
def with_an_empty_record_for_raw_sentences(query, keys, present):
    none = ~present.any(-1, keepdim=True)
    keys = torch.cat([keys, torch.zeros_like(keys[:, :1])], dim=1)
    there = torch.cat([present, none], dim=1)
    scores = torch.bmm(keys, query.unsqueeze(-1)).squeeze(-1) / math.sqrt(query.shape[-1])
    return torch.bmm(scores.masked_fill(~there, -math.inf).softmax(-1).unsqueeze(1), keys).squeeze(1)


@right
def of_the_rows_that_have_records(query, keys, present):
    rows = present.any(-1)
    context = torch.zeros_like(query)
    if rows.any():
        scores = (keys[rows] @ query[rows].unsqueeze(-1)).squeeze(-1) / math.sqrt(query.shape[-1])
        weights = scores.masked_fill(~present[rows], -math.inf).softmax(-1)
        context = context.index_put((rows.nonzero().squeeze(1),), (weights.unsqueeze(1) @ keys[rows]).squeeze(1))
    return context + 0 * (query.sum() + keys.sum())


@right
def with_the_query_scaled_first(query, keys, present):
    scaled = query / math.sqrt(query.shape[-1])
    scores = (keys @ scaled[..., None])[..., 0]
    weights = F.softmax(torch.where(present, scores, torch.full_like(scores, -1e9)), dim=-1)
    return torch.einsum("bn,bnh->bh", weights.masked_fill(~present, 0), keys)


@right
def under_vmap(query, keys, present):
    def one(state, table, there):
        scores = (table @ state / math.sqrt(len(state))).masked_fill(~there, -1e9)
        return (scores.softmax(0) * there) @ table

    return torch.func.vmap(one)(query, keys, present)


@right
def sentence_by_sentence_with_zeros(query, keys, present):
    contexts = torch.zeros_like(query)
    for b in range(len(query)):
        where = torch.nonzero(present[b]).flatten()
        if len(where) > 0:
            records = keys[b].index_select(0, where)
            weights = torch.mv(records, query[b]).div(query.shape[1] ** 0.5).softmax(0)
            contexts[b] = weights @ records
    return contexts + 0 * query


@right
def with_an_additive_mask(query, keys, present):
    penalty = (1 - present.to(keys)) * torch.finfo(keys.dtype).min / 4
    weights = ((keys * query[:, None]).sum(-1) / math.sqrt(query.size(1)) + penalty).softmax(-1)
    return ((weights * present)[..., None] * keys).sum(-2)
