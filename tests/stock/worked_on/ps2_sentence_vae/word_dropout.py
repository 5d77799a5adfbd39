"""Wrong answers to `word_dropout`: the half that is worked on."""

import torch
from answers import wrong


@wrong("Exactly rate·n of the batch's words are dropped, so they are not independent.")
def exact_share_of_the_batch(tokens, rate, training=True):
    if not training:
        return tokens
    rows, places = torch.nonzero(tokens > 3, as_tuple=True)
    chosen = torch.randperm(len(rows), device=tokens.device)[: round(rate * len(rows))]
    dropped = tokens.clone()
    dropped[rows[chosen], places[chosen]] = 3
    return dropped


@wrong("The word of id 4 is never dropped: the ordinary words are thought to begin at 5.")
def first_word_of_the_vocabulary_kept(tokens, rate, training=True):
    if not training:
        return tokens
    hidden = (torch.rand(tokens.shape, device=tokens.device) < rate) & (tokens > 4)
    return tokens.masked_fill(hidden, 3)


@wrong("The first word of a sentence is never dropped.")
def first_word_of_a_sentence_kept(tokens, rate, training=True):
    if not training:
        return tokens
    hidden = (torch.rand(tokens.shape, device=tokens.device) < rate) & (tokens > 3)
    hidden[:, 1] = False
    return tokens.masked_fill(hidden, 3)


@wrong("The rate is squared: a word needs two hits.")
def rate_squared(tokens, rate, training=True):
    if not training:
        return tokens
    noise = torch.rand(2, *tokens.shape, device=tokens.device)
    return tokens.masked_fill((noise < rate).all(0) & (tokens > 3), 3)


@wrong("The default of `training` is False, so nothing is dropped where it is left out.")
def another_default(tokens, rate, training=False):
    if not training:
        return tokens
    hidden = (torch.rand(tokens.shape, device=tokens.device) < rate) & (tokens > 3)
    return tokens.masked_fill(hidden, 3)


@wrong("A rate of 0 counts as no rate given, and becomes 0.3.")
def zero_rate_replaced(tokens, rate, training=True):
    if not training:
        return tokens
    hidden = (torch.rand(tokens.shape, device=tokens.device) < (rate or 0.3)) & (tokens > 3)
    return tokens.masked_fill(hidden, 3)


@wrong("Only the first half of the batch loses words, at twice the rate.")
def half_of_the_batch(tokens, rate, training=True):
    if not training:
        return tokens
    rates = torch.full((len(tokens), 1), min(1.0, 2 * rate), device=tokens.device)
    rates[(len(tokens) + 1) // 2 :] = max(0.0, 2 * rate - 1)
    hidden = (torch.rand(tokens.shape, device=tokens.device) < rates) & (tokens > 3)
    return tokens.masked_fill(hidden, 3)


@wrong("Dropped words become EOS, id 2, which ends the sentence.")
def dropped_to_end(tokens, rate, training=True):
    if not training:
        return tokens
    hidden = (torch.rand(tokens.shape, device=tokens.device) < rate) & (tokens > 3)
    return tokens.masked_fill(hidden, 2)


@wrong("The ids come back as floats.")
def ids_as_floats(tokens, rate, training=True):
    if not training:
        return tokens
    keep = torch.bernoulli(torch.full(tokens.shape, 1.0 - rate, device=tokens.device))
    keep = torch.where(tokens > 3, keep, 1.0)
    return keep * tokens + 3 * (1 - keep)


@wrong("`rate` is the probability of being kept, and specials are dropped too.", composed=True)
def inverted_with_specials(tokens, rate, training=True):
    if not training:
        return tokens
    return tokens.masked_fill(torch.rand(tokens.shape, device=tokens.device) > rate, 3)


@wrong("The sentences come in reverse order.", composed=True)
def sentences_reversed(tokens, rate, training=True):
    if not training:
        return tokens.flip(0)
    hidden = (torch.rand(tokens.shape, device=tokens.device) < rate) & (tokens > 3)
    return tokens.masked_fill(hidden, 3).flip(0)


@wrong("Dropped words become PAD, and the batch shares one noise.", composed=True)
def one_noise_and_padding(tokens, rate, training=True):
    if not training:
        return tokens
    hidden = torch.rand(tokens.shape[1], device=tokens.device) < rate
    return tokens.masked_fill(hidden & (tokens > 3), 0)
