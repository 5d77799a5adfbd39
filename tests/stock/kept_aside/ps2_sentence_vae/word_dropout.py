"""Wrong answers to `word_dropout`: the half that is kept aside."""

import torch
from answers import wrong
from torch.nn import functional as F


@wrong("Words are dropped in pairs of neighbours: two places share one random number.")
def neighbours_share_noise(tokens, rate, training=True):
    if not training:
        return tokens
    noise = torch.rand(len(tokens), (tokens.shape[1] + 1) // 2, device=tokens.device)
    noise = noise.repeat_interleave(2, dim=1)[:, : tokens.shape[1]]
    return torch.where((noise < rate) & (tokens > 3), 3, tokens)


@wrong("The last word of the vocabulary is never dropped.")
def last_word_of_the_vocabulary_kept(tokens, rate, training=True):
    if not training:
        return tokens
    hidden = (torch.rand(tokens.shape, device=tokens.device) < rate) & (tokens > 3) & (tokens < tokens.max())
    return tokens.masked_fill(hidden, 3)


@wrong("The last column of the batch is never dropped, nor the last word of any sentence.")
def last_word_of_a_sentence_kept(tokens, rate, training=True):
    if not training:
        return tokens
    before_end = F.pad(tokens[:, 1:] == 2, (0, 1), value=True)
    hidden = (torch.rand(tokens.shape, device=tokens.device) < rate) & (tokens > 3) & ~before_end
    return tokens.masked_fill(hidden, 3)


@wrong("Words are dropped twice over, so the rate is 1 - (1 - rate)².")
def dropped_twice(tokens, rate, training=True):
    if not training:
        return tokens
    noise = torch.rand(2, *tokens.shape, device=tokens.device)
    return tokens.masked_fill((noise < rate).any(0) & (tokens > 3), 3)


@wrong("`training` is understood the wrong way round.")
def training_inverted(tokens, rate, training=True):
    if training:
        return tokens
    hidden = (torch.rand(tokens.shape, device=tokens.device) < rate) & (tokens > 3)
    return tokens.masked_fill(hidden, 3)


@wrong("The rate is cut at 0.9, so at rate 1 some words are left.")
def rate_cut(tokens, rate, training=True):
    if not training:
        return tokens
    hidden = (torch.rand(tokens.shape, device=tokens.device) < min(rate, 0.9)) & (tokens > 3)
    return tokens.masked_fill(hidden, 3)


@wrong("The second half of the batch loses words at the places where the first half does.")
def halves_share_noise(tokens, rate, training=True):
    if not training:
        return tokens
    noise = torch.rand((len(tokens) + 1) // 2, tokens.shape[1], device=tokens.device)
    hidden = torch.cat([noise, noise])[: len(tokens)] < rate
    return tokens.masked_fill(hidden & (tokens > 3), 3)


@wrong("Dropped words become -1, an id that no embedding has.")
def dropped_to_minus_one(tokens, rate, training=True):
    if not training:
        return tokens
    hidden = (torch.rand(tokens.shape, device=tokens.device) < rate) & (tokens > 3)
    return tokens.masked_fill(hidden, -1)


@wrong("The global seed is set at every call, so the same words are dropped.")
def global_seed_set(tokens, rate, training=True):
    torch.manual_seed(0)
    if not training:
        return tokens
    hidden = (torch.rand(tokens.shape, device=tokens.device) < rate) & (tokens > 3)
    return tokens.masked_fill(hidden, 3)


@wrong("Whole sentences are dropped, at evaluation too.", composed=True)
def whole_sentences_at_evaluation(tokens, rate, training=True):
    hidden = torch.rand(len(tokens), 1, device=tokens.device) < rate
    return tokens.masked_fill(hidden & (tokens > 3), 3)


@wrong("The rows are shifted by one place, as targets are.", composed=True)
def places_shifted(tokens, rate, training=True):
    if not training:
        return tokens.roll(-1, 1)
    hidden = (torch.rand(tokens.shape, device=tokens.device) < rate) & (tokens > 3)
    return tokens.masked_fill(hidden, 3).roll(-1, 1)


@wrong("The rate is halved, and the input is edited.", composed=True)
def half_the_rate_in_place(tokens, rate, training=True):
    if training:
        hidden = (torch.rand(tokens.shape, device=tokens.device) < rate / 2) & (tokens > 3)
        tokens[hidden] = 3
    return tokens
