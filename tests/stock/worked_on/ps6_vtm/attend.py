"""Wrong answers to `attend`, to work on."""

import math

import torch
from answers import wrong
from torch.nn import functional as F


@wrong("The keys of what fills up are set to 0, so they score 0 and still take part in the softmax.")
def keys_of_zero(query, keys, present):
    kept = keys * present.unsqueeze(-1)
    weights = ((kept @ query.unsqueeze(-1)).squeeze(-1) / math.sqrt(query.shape[-1])).softmax(-1)
    return (weights.unsqueeze(1) @ kept).squeeze(1)


@wrong("The scores are cosines of query and key.")
def cosine_scores(query, keys, present):
    scores = F.cosine_similarity(keys, query.unsqueeze(1), dim=-1)
    weights = scores.masked_fill(~present, -1e30).softmax(-1) * present
    return (weights.unsqueeze(1) @ keys).squeeze(1)


@wrong("The largest weighted key is taken in each dimension, in place of the sum.")
def largest_of_the_weighted_keys(query, keys, present):
    scores = (keys @ query.unsqueeze(-1)).squeeze(-1) / math.sqrt(query.shape[-1])
    weights = scores.masked_fill(~present, -1e30).softmax(-1) * present
    return (weights.unsqueeze(-1) * keys).amax(1)


@wrong("The context is scaled to length 1.")
def context_of_length_one(query, keys, present):
    scores = (keys @ query.unsqueeze(-1)).squeeze(-1) / math.sqrt(query.shape[-1])
    weights = scores.masked_fill(~present, -1e30).softmax(-1) * present
    return F.normalize((weights.unsqueeze(1) @ keys).squeeze(1), dim=-1)


@wrong("All dimensions of size one are squeezed, so one sentence, or one record each, loses a dimension.")
def every_one_squeezed(query, keys, present):
    scores = (keys @ query.unsqueeze(-1)).squeeze() / math.sqrt(query.shape[-1])
    weights = scores.masked_fill(~present.squeeze(), -1e30).softmax(-1) * present.squeeze()
    return (weights.unsqueeze(-1) * keys.squeeze()).sum(-2)


@wrong("There is one more place to look, with a score of 0 and nothing in it, so the weights sum to less than one.")
def one_place_more(query, keys, present):
    scores = (keys @ query.unsqueeze(-1)).squeeze(-1) / math.sqrt(query.shape[-1])
    nothing = torch.zeros_like(scores[:, :1])
    weights = torch.cat([scores.masked_fill(~present, -1e30), nothing], dim=-1).softmax(-1)[:, :-1]
    return (weights.unsqueeze(1) @ keys).squeeze(1)


@wrong("The keys of what fills up are set to 0 in place, in the caller's tensor.")
def keys_edited(query, keys, present):
    with torch.no_grad():
        keys[~present] = 0
    scores = (keys @ query.unsqueeze(-1)).squeeze(-1) / math.sqrt(query.shape[-1])
    weights = scores.masked_fill(~present, -1e30).softmax(-1) * present
    return (weights.unsqueeze(1) @ keys).squeeze(1)


@wrong("What fills up gets a score of -100, which is high beside records that score -800.")
def mask_of_minus_a_hundred(query, keys, present):
    scores = (keys @ query.unsqueeze(-1)).squeeze(-1) / math.sqrt(query.shape[-1])
    weights = scores.masked_fill(~present, -100.0).softmax(-1) * present
    return (weights.unsqueeze(1) @ keys).squeeze(1)


@wrong("The query is detached: the decoder's state does not learn what to look for.")
def query_detached(query, keys, present):
    scores = (keys @ query.detach().unsqueeze(-1)).squeeze(-1) / math.sqrt(query.shape[-1])
    weights = scores.masked_fill(~present, -1e30).softmax(-1) * present
    return (weights.unsqueeze(1) @ keys).squeeze(1)


@wrong("The scores are divided by √H twice over, and what fills up takes part.", composed=True)
def divided_twice_and_unmasked(query, keys, present):
    weights = ((keys @ query.unsqueeze(-1)).squeeze(-1) / query.shape[-1]).softmax(-1)
    return (weights.unsqueeze(1) @ keys).squeeze(1)


@wrong("The right answer is doubled.", composed=True)
def twice_the_context(query, keys, present):
    scores = (keys @ query.unsqueeze(-1)).squeeze(-1) / math.sqrt(query.shape[-1])
    weights = scores.masked_fill(~present, -1e30).softmax(-1) * present
    return 2 * (weights.unsqueeze(1) @ keys).squeeze(1)


@wrong("The scale is forgotten, and the query is added.", composed=True)
def unscaled_and_added_to_the_query(query, keys, present):
    scores = (keys @ query.unsqueeze(-1)).squeeze(-1)
    weights = scores.masked_fill(~present, -1e30).softmax(-1) * present
    return query + (weights.unsqueeze(1) @ keys).squeeze(1)
