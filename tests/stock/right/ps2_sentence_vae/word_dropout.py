"""Right but unusual answers to `word_dropout`."""

import math

import torch
from answers import right
from torch.nn import functional as F


@right
def mask_from_dropout_of_ones(tokens, rate, training=True):
    gone = F.dropout(torch.ones(tokens.shape, device=tokens.device), rate, training) == 0
    return torch.where(gone & (tokens > 3), 3, tokens)


@right
def normal_below_a_quantile(tokens, rate, training=True):
    if not training:
        return tokens
    quantile = torch.special.ndtri(torch.tensor(rate, dtype=torch.float64, device=tokens.device))
    hidden = torch.randn(tokens.shape, dtype=torch.float64, device=tokens.device) < quantile
    return tokens.masked_fill(hidden & (tokens > 2), 3)


@right
def two_outcomes_of_a_multinomial(tokens, rate, training=True):
    if not training:
        return tokens
    odds = torch.tensor([1.0 - rate, rate], dtype=torch.float64, device=tokens.device)
    hidden = torch.multinomial(odds, tokens.numel(), replacement=True).view_as(tokens).bool()
    return tokens.masked_fill(hidden & (tokens >= 4), 3)


@right
def word_by_word(tokens, rate, training=True):
    noise = iter(torch.rand(tokens.numel()).tolist())
    rows = [[3 if word > 3 and next(noise) < rate and training else word for word in row] for row in tokens.tolist()]
    return torch.tensor(rows, device=tokens.device)


@right
def through_a_table_of_ids(tokens, rate, training=True):
    """The ordinary words are looked up in a list, and what survives is put back."""
    flat = tokens.flatten()
    words = torch.nonzero(~torch.isin(flat, torch.tensor([0, 1, 2], device=tokens.device))).squeeze(-1)
    gone = words[torch.rand(len(words), device=tokens.device) < (rate if training else 0.0)]
    return flat.index_fill(0, gone, 3).view_as(tokens)


@right
def first_of_two_exponential_clocks(tokens, rate, training=True):
    if not training or rate == 0:
        return tokens
    clocks = torch.empty(2, *tokens.shape, dtype=torch.float64, device=tokens.device).exponential_()
    hidden = clocks[0] * (1 - rate) <= clocks[1] * rate  # the first of two clocks of rates r and 1 - r
    return torch.where(hidden & (tokens > 3), torch.full_like(tokens, 3), tokens)


@right
def sentence_by_sentence_with_vmap(tokens, rate, training=True):
    if not training:
        return tokens

    def of_one(row):
        hidden = torch.rand(row.shape, device=tokens.device) < rate
        return torch.where(hidden & (row > 3), 3, row)

    return torch.vmap(of_one, randomness="different")(tokens)


@right
def largest_of_two_ids(tokens, rate, training=True):
    """A word's id is at least 3, so a dropped one is the smaller of itself and 3."""
    hidden = torch.rand(tokens.shape, device=tokens.device) < rate * float(training)
    return torch.where(hidden, torch.minimum(tokens, torch.full_like(tokens, 3)), tokens)


@right
def poisson_events(tokens, rate, training=True):
    """At least one event of a Poisson process of intensity -ln(1 - rate)."""
    if not training:
        return tokens
    if rate == 1:
        return torch.where(tokens > 3, 3, tokens)
    intensity = torch.full(tokens.shape, -math.log1p(-rate), dtype=torch.float64, device=tokens.device)
    return torch.where((torch.poisson(intensity) > 0) & (tokens > 3), 3, tokens)
