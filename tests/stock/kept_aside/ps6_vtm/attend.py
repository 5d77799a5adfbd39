"""Wrong answers to `attend`, kept aside."""

import math

import torch
from answers import wrong


@wrong("A raw sentence gets the first key, though nothing is there.")
def first_key_for_raw_sentences(query, keys, present):
    scores = (keys @ query.unsqueeze(-1)).squeeze(-1) / math.sqrt(query.shape[-1])
    weights = scores.masked_fill(~present, -1e30).softmax(-1) * present
    return torch.where(present.any(-1, keepdim=True), (weights.unsqueeze(1) @ keys).squeeze(1), keys[:, 0])


@wrong("The scores are minus the squared distances of query and key.")
def distances_for_products(query, keys, present):
    scores = -(keys - query.unsqueeze(1)).square().sum(-1) / math.sqrt(query.shape[-1])
    weights = scores.masked_fill(~present, -1e30).softmax(-1) * present
    return (weights.unsqueeze(1) @ keys).squeeze(1)


@wrong("The scores are clamped to ±2.")
def scores_clamped(query, keys, present):
    scores = ((keys @ query.unsqueeze(-1)).squeeze(-1) / math.sqrt(query.shape[-1])).clamp(-2, 2)
    weights = scores.masked_fill(~present, -1e30).softmax(-1) * present
    return (weights.unsqueeze(1) @ keys).squeeze(1)


@wrong("Half of the context is the plain mean of the records.")
def half_of_it_a_plain_mean(query, keys, present):
    scores = (keys @ query.unsqueeze(-1)).squeeze(-1) / math.sqrt(query.shape[-1])
    weights = scores.masked_fill(~present, -1e30).softmax(-1) * present
    even = present / present.sum(-1, keepdim=True).clamp(min=1)
    return ((0.5 * weights + 0.5 * even.to(weights)).unsqueeze(1) @ keys).squeeze(1)


@wrong("The context is multiplied by the number of records: a sum in place of an average.")
def times_the_number_of_records(query, keys, present):
    scores = (keys @ query.unsqueeze(-1)).squeeze(-1) / math.sqrt(query.shape[-1])
    weights = scores.masked_fill(~present, -1e30).softmax(-1) * present
    return (weights.unsqueeze(1) @ keys).squeeze(1) * present.sum(-1, keepdim=True)


@wrong("The softmax is taken twice, so all records have nearly the same weight.")
def softmax_of_the_softmax(query, keys, present):
    scores = (keys @ query.unsqueeze(-1)).squeeze(-1) / math.sqrt(query.shape[-1])
    once = scores.masked_fill(~present, -1e30).softmax(-1)
    weights = once.masked_fill(~present, -1e30).softmax(-1) * present
    return (weights.unsqueeze(1) @ keys).squeeze(1)


@wrong("The last place of every table is left out.")
def last_place_left_out(query, keys, present):
    there = present.clone()
    there[:, -1] = False
    scores = (keys @ query.unsqueeze(-1)).squeeze(-1) / math.sqrt(query.shape[-1])
    weights = scores.masked_fill(~there, -1e30).softmax(-1) * there
    return (weights.unsqueeze(1) @ keys).squeeze(1)


@wrong("The keys are detached in the scores: they learn to be read, and not to be found.")
def keys_detached_in_the_scores(query, keys, present):
    scores = (keys.detach() @ query.unsqueeze(-1)).squeeze(-1) / math.sqrt(query.shape[-1])
    weights = scores.masked_fill(~present, -1e30).softmax(-1) * present
    return (weights.unsqueeze(1) @ keys).squeeze(1)


@wrong("The context keeps a dimension for the one query, [B, 1, H].")
def dimension_of_the_query_kept(query, keys, present):
    scores = (keys @ query.unsqueeze(-1)).squeeze(-1) / math.sqrt(query.shape[-1])
    weights = scores.masked_fill(~present, -1e30).softmax(-1) * present
    return weights.unsqueeze(1) @ keys


@wrong("The sign is wrong: this is minus the context.", composed=True)
def minus_the_context(query, keys, present):
    scores = (keys @ query.unsqueeze(-1)).squeeze(-1) / math.sqrt(query.shape[-1])
    weights = scores.masked_fill(~present, -1e30).softmax(-1) * present
    return -(weights.unsqueeze(1) @ keys).squeeze(1)


@wrong("The scale is forgotten, and the weights are detached.", composed=True)
def unscaled_and_detached(query, keys, present):
    weights = ((keys @ query.unsqueeze(-1)).squeeze(-1).masked_fill(~present, -1e30).softmax(-1) * present).detach()
    return (weights.unsqueeze(1) @ keys).squeeze(1)


@wrong("The sentences come in reverse order.", composed=True)
def sentences_in_reverse_order(query, keys, present):
    scores = (keys @ query.unsqueeze(-1)).squeeze(-1) / math.sqrt(query.shape[-1])
    weights = scores.masked_fill(~present, -1e30).softmax(-1) * present
    return (weights.unsqueeze(1) @ keys).squeeze(1).flip(0)
