"""Word dropout: judged by its law, for every right sampler draws other words."""

from collections.abc import Iterator, Mapping

import numpy as np
import torch
from torch import distributions as D
from torch.nn import functional as F

from autograder.exercise.exercise import Exercise
from autograder.exercise.random_inputs import sentences
from latentkit.check.cases import Case, Value
from latentkit.reference import sentence

VOCABULARY = 24
MANY_CALLS = "three sentences, forty times"


def _dropout_cases(generator: np.random.Generator) -> Iterator[Case]:
    # Far from 1/2 and from 2/3: there 1 - rate, which names a mistake, is near the rate and near its half.
    few, many = generator.integers(25, 41) / 100, generator.integers(71, 77) / 100
    inputs = {"tokens": _batch(generator, 512), "rate": float(many), "training": True}
    yield Case("512 sentences", inputs, calls=2)  # first: where `training` is given, its default explains nothing
    yield Case("a lower rate, in training", {"tokens": _batch(generator, 512), "rate": float(few)}, calls=3)
    few_words = sentences(generator, np.array([16, 14, 16]), 16, VOCABULARY)
    yield Case(MANY_CALLS, {"tokens": few_words, "rate": float(few), "training": True}, calls=40)
    for name, rate, training in (("rate 0", 0.0, True), ("rate 1", 1.0, True), ("evaluation", float(few), False)):
        yield Case(name, {"tokens": _batch(generator, 24), "rate": rate, "training": training})


def _dropout_numbers(case: Case) -> Mapping[str, Value]:
    return {"many_calls": True} if case.name == MANY_CALLS else {}


def _batch(generator: np.random.Generator, count: int) -> torch.Tensor:
    return sentences(generator, generator.integers(8, 19, count), 18, VOCABULARY)


word_dropout = Exercise(
    name="word_dropout",
    points=4,
    reference=sentence.word_dropout,
    cases=_dropout_cases,
    law="word_dropout",
    numbers=_dropout_numbers,
    look="section 7, word dropout; Bowman et al. 2016, section 3.1",
)


@word_dropout.mistake(
    "Only ordinary words may be dropped. The decoder needs BOS, EOS and PAD to know where sentences begin and end."
)
def specials_dropped(tokens, rate, training=True):
    if not training:
        return tokens
    return tokens.masked_fill(torch.rand(tokens.shape, device=tokens.device) < rate, 3)


@word_dropout.mistake(
    "Padding is protected, but BOS and EOS are not words either: keep all three as they are, even at rate 1."
)
def boundaries_dropped(tokens, rate, training=True):
    if not training:
        return tokens
    hidden = (torch.rand(tokens.shape, device=tokens.device) < rate) & (tokens != 0)
    return tokens.masked_fill(hidden, 3)


@word_dropout.mistake(
    "At evaluation nothing is dropped: with words missing, the likelihood that you report is not that of the model."
)
def dropout_at_evaluation(tokens, rate, training=True):
    hidden = (torch.rand(tokens.shape, device=tokens.device) < rate) & (tokens > 3)
    return tokens.masked_fill(hidden, 3)


@word_dropout.mistake("`rate` is the probability of being dropped; here it is the probability of being kept.")
def rate_inverted(tokens, rate, training=True):
    if not training:
        return tokens
    hidden = (torch.rand(tokens.shape, device=tokens.device) > rate) & (tokens > 3)
    return tokens.masked_fill(hidden, 3)


@word_dropout.mistake(
    "The noise has no batch dimension, so every sentence loses the words at the same places: draw one number per token."
)
def one_noise_for_the_batch(tokens, rate, training=True):
    if not training:
        return tokens
    hidden = torch.rand(1, tokens.shape[1], device=tokens.device) < rate
    return tokens.masked_fill(hidden & (tokens > 3), 3)


@word_dropout.mistake("The noise is drawn once per sentence, so a sentence loses all its words or none: one per token.")
def whole_sentences(tokens, rate, training=True):
    if not training:
        return tokens
    hidden = torch.rand(len(tokens), 1, device=tokens.device) < rate
    return tokens.masked_fill(hidden & (tokens > 3), 3)


@word_dropout.mistake(
    "The noise is drawn once per entry of the vocabulary: each *occurrence* of a word is dropped on its own."
)
def one_noise_for_a_word(tokens, rate, training=True):
    if not training:
        return tokens
    hidden = torch.rand(int(tokens.max()) + 1, device=tokens.device)[tokens] < rate
    return tokens.masked_fill(hidden & (tokens > 3), 3)


@word_dropout.mistake(
    "Each sentence of n words loses rate · n of them, rounded. A word is dropped with probability `rate`, whatever "
    "happens to the others: compare one random number per token with the rate."
)
def fixed_share(tokens, rate, training=True):
    if not training:
        return tokens
    score = torch.rand(tokens.shape, device=tokens.device).masked_fill(tokens <= 3, 2.0)
    rank = score.argsort(-1).argsort(-1)
    count = ((tokens > 3).sum(-1, keepdim=True) * rate).round()
    return tokens.masked_fill(rank < count, 3)


@word_dropout.mistake(
    "Each word is dropped with probability `rate`, whatever happens to the others: compare one random number per token "
    "with the rate."
)
def fixed_number(tokens, rate, training=True):
    if not training:
        return tokens
    words = (tokens > 3).flatten().nonzero().flatten()
    chosen = words[torch.randperm(len(words), device=tokens.device)[: round(rate * len(words))]]
    dropped = tokens.clone()
    dropped.view(-1)[chosen] = 3
    return dropped


@word_dropout.mistake("Nothing is ever hidden where `training` is not given: by default it is True.")
def nothing_dropped(tokens, rate, training=False):
    if not training:
        return tokens
    hidden = (torch.rand(tokens.shape, device=tokens.device) < rate) & (tokens > 3)
    return tokens.masked_fill(hidden, 3)


@word_dropout.mistake(
    "Draw new random numbers at each call. A seed set inside the function, noise kept from an earlier call, or a rule "
    "in place of chance hides the same words in every epoch."
)
def frozen_noise(tokens, rate, training=True):
    if not training:
        return tokens
    generator = torch.Generator(tokens.device).manual_seed(0)
    hidden = torch.rand(tokens.shape, generator=generator, device=tokens.device) < rate
    return tokens.masked_fill(hidden & (tokens > 3), 3)


@word_dropout.mistake(
    "The targets are read from the same tensor: dropping words in place asks the decoder to predict UNK. "
    "Work on a copy."
)
def input_changed(tokens, rate, training=True):
    if not training:
        return tokens
    hidden = (torch.rand(tokens.shape, device=tokens.device) < rate) & (tokens > 3)
    return tokens.masked_fill_(hidden, 3)


@word_dropout.mistake("A dropped word becomes UNK, id 3. PAD, id 0, would tell the decoder that the sentence is over.")
def dropped_to_pad(tokens, rate, training=True):
    if not training:
        return tokens
    hidden = (torch.rand(tokens.shape, device=tokens.device) < rate) & (tokens > 3)
    return tokens * ~hidden


@word_dropout.mistake(
    "Dropout of numbers does not fit ids: F.dropout sets some to 0, which is PAD, and multiplies the others by "
    "1/(1 - rate), which makes other words of them. Write UNK where a random number is below the rate."
)
def dropout_on_ids(tokens, rate, training=True):
    return F.dropout(tokens.double(), rate, training).long()


@word_dropout.mistake("A dropped word becomes UNK; here it becomes another word, which the decoder takes for real.")
def random_words(tokens, rate, training=True):
    if not training:
        return tokens
    hidden = (torch.rand(tokens.shape, device=tokens.device) < rate) & (tokens > 3)
    return torch.where(hidden, torch.randint_like(tokens, 4, int(tokens.max()) + 1), tokens)


@word_dropout.mistake(
    "A dropped word keeps its place as UNK. If it is taken out, input and targets no longer lie side by side."
)
def words_removed(tokens, rate, training=True):
    if not training:
        return tokens
    hidden = (torch.rand(tokens.shape, device=tokens.device) < rate) & (tokens > 3)
    order = hidden.long().argsort(dim=1, stable=True)
    return tokens.masked_fill(hidden, 0).gather(1, order)


@word_dropout.alternative
def dropout_by_bernoulli(tokens, rate, training=True):
    if not training or rate == 0:
        return tokens.clone()
    ordinary = ~torch.isin(tokens, torch.tensor([0, 1, 2], device=tokens.device))
    kept = torch.bernoulli(torch.full(tokens.shape, 1.0 - rate, device=tokens.device)).bool()
    return torch.where(ordinary & ~kept, torch.full_like(tokens, 3), tokens)


@word_dropout.alternative
def dropout_on_a_copy(tokens, rate, training=True):
    dropped = tokens.clone()
    if training:
        words = tokens > 2
        dropped[words & (torch.rand(tokens.shape, device=tokens.device) < rate)] = 3
    return dropped


@word_dropout.alternative
def dropout_through_distributions(tokens, rate, training=True):
    hidden = D.Bernoulli(probs=rate * training).sample(tokens.shape).to(tokens)
    hidden = hidden * (tokens > 3)
    return tokens * (1 - hidden) + 3 * hidden


@word_dropout.alternative
def dropout_place_by_place(tokens, rate, training=True):
    places = []
    for place in tokens.unbind(1):
        noise = torch.empty(len(place), device=place.device).uniform_()
        keep = (noise >= rate) | (place <= 2) if training else torch.ones_like(place, dtype=torch.bool)
        places.append(place.where(keep, 3))
    return torch.stack(places, dim=1)
