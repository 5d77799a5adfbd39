"""The semantic code's task: the words of a sentence, in no order."""

import math
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor
from torch import distributions as D
from torch.nn import functional as F

from autograder.exercise.exercise import Exercise
from autograder.exercise.random_inputs import normal, sentences
from autograder.rubrics.ps6_syntax import terms
from latentkit.check.cases import Case
from latentkit.reference import syntax_semantics


def _bag_cases(generator: np.random.Generator) -> Iterator[Case]:
    for name, lengths, width, vocabulary, dtype in (
        ("sentences of different lengths", (7, 4, 6), 8, 11, torch.float64),
        ("as many sentences as positions as words", (5, 8, 6, 7, 4, 8, 5, 3), 8, 8, torch.float64),
        ("one sentence", (6,), 6, 9, torch.float64),
        ("float32", (5, 7), 7, 10, torch.float32),
    ):
        yield _case(generator, name, _words(generator, lengths, width, vocabulary), vocabulary, dtype)
    repeated = torch.tensor([[1, 4, 7, 4, 4, 2, 0], [1, 6, 3, 6, 5, 3, 2]])
    yield _case(generator, "words that stand there twice and more", repeated, 8, torch.float64)
    nothing = torch.tensor([[1, 2, 0, 0, 0], [1, 5, 3, 6, 2], [1, 3, 2, 0, 0]])
    yield _case(generator, "sentences without a word of the vocabulary", nothing, 7, torch.float64)
    bare = torch.from_numpy(generator.integers(4, 9, (3, 4)))
    yield _case(generator, "nothing but words", bare, 9, torch.float64)
    for name, apart, dtype in (
        ("a reader so sure that probabilities round to 0", 1000.0, torch.float64),
        ("the same in float32", 150.0, torch.float32),
    ):
        tokens = _words(generator, (5, 7), 7, 9)
        logits = normal(generator, 2, 9, dtype=dtype)
        logits[:, 8] = logits[:, 8] + apart  # of one word it is sure; others stand there, too
        yield Case(name, {"logits": logits, "tokens": tokens}, ("logits",), torch.ones((), dtype=dtype))


def _words(generator: np.random.Generator, lengths: Sequence[int], width: int, vocabulary: int) -> Tensor:
    """Sentences whose first word is 4, the least, and whose second, where there is one, is UNK."""
    rows = sentences(generator, lengths, width, vocabulary)
    rows[:, 1] = torch.where(rows[:, 1] > 2, 4, rows[:, 1])
    rows[:, 2] = torch.where(rows[:, 2] > 2, 3, rows[:, 2])
    return rows


def _case(generator: np.random.Generator, name: str, tokens: Tensor, vocabulary: int, dtype: torch.dtype) -> Case:
    logits = normal(generator, len(tokens), vocabulary, scale=1.5, dtype=dtype)
    return Case(name, {"logits": logits, "tokens": tokens}, ("logits",), torch.ones((), dtype=dtype))


bag_of_words_loss = Exercise(
    name="bag_of_words_loss",
    points=3,
    reference=syntax_semantics.bag_of_words_loss,
    cases=_bag_cases,
    look="section 4, what is said: a bag; Bao et al. 2019, the multi-task loss of the semantic variable",
    terms=terms.bag_of_words_loss,
    unbounded=("logits",),
)


@bag_of_words_loss.mistake(
    "PAD, BOS, EOS and UNK count, as if they were words. Only the numbers above 3 are words that somebody said."
)
def special_tokens_counted(logits, tokens):
    return -logits.log_softmax(-1).gather(-1, tokens).sum(-1).mean()


@bag_of_words_loss.mistake(
    "BOS, EOS and UNK count. Of the special tokens you left out PAD alone; only the numbers above 3 are words."
)
def padding_alone_left_out(logits, tokens):
    return -(logits.log_softmax(-1).gather(-1, tokens) * (tokens > 0)).sum(-1).mean()


@bag_of_words_loss.mistake("UNK, 3, counts. It stands for words that nobody knows, and is none itself.")
def unknown_words_counted(logits, tokens):
    return -(logits.log_softmax(-1).gather(-1, tokens) * (tokens > 2)).sum(-1).mean()


@bag_of_words_loss.mistake("The word of number 4 is left out. It is the first word: the special tokens end with 3.")
def first_word_left_out(logits, tokens):
    return -(logits.log_softmax(-1).gather(-1, tokens) * (tokens > 4)).sum(-1).mean()


@bag_of_words_loss.mistake(
    "A word that stands there twice counts once. A bag holds every word as often as it is said; what you have is a set."
)
def each_word_once(logits, tokens):
    said = torch.zeros_like(logits).scatter(-1, tokens, 1.0)
    said[:, :4] = 0
    return -(said * logits.log_softmax(-1)).sum(-1).mean()


@bag_of_words_loss.mistake(
    "This is the mean over the words of each sentence. Take their *sum*: a KL in nats per sentence stands beside it. "
    "The mean is over the sentences alone."
)
def averaged_over_words(logits, tokens):
    words = tokens > 3
    told = logits.log_softmax(-1).gather(-1, tokens) * words
    return -(told.sum(-1) / words.sum(-1).clamp(min=1)).mean()


@bag_of_words_loss.mistake(
    "This is the mean over all words of the batch. Sum the words of a sentence, and take the mean over the sentences."
)
def averaged_over_all_words(logits, tokens):
    words = tokens > 3
    told = logits.log_softmax(-1).gather(-1, tokens) * words
    return -told.sum() / words.sum().clamp(min=1)


@bag_of_words_loss.mistake("This is the mean over all B·T positions. Sum over T, then take the mean over the batch.")
def averaged_over_positions(logits, tokens):
    return -(logits.log_softmax(-1).gather(-1, tokens) * (tokens > 3)).mean()


@bag_of_words_loss.mistake("This is the sum over the batch. Take the mean over the sentences.")
def summed_over_sentences(logits, tokens):
    return -(logits.log_softmax(-1).gather(-1, tokens) * (tokens > 3)).sum()


@bag_of_words_loss.mistake("This is one number a sentence, [B]. Asked is their mean, a scalar.")
def one_number_a_sentence(logits, tokens):
    return -(logits.log_softmax(-1).gather(-1, tokens) * (tokens > 3)).sum(-1)


@bag_of_words_loss.mistake(
    "Sentences without a word are left out of the mean. They count as sentences, with a loss of 0."
)
def empty_sentences_left_out(logits, tokens):
    words = tokens > 3
    told = (logits.log_softmax(-1).gather(-1, tokens) * words).sum(-1)
    return -told.sum() / words.any(-1).sum().clamp(min=1)


@bag_of_words_loss.mistake(
    "The sign is wrong: this is the log-likelihood, to be raised. Asked is a loss, to be lowered."
)
def log_likelihood_for_the_loss(logits, tokens):
    return (logits.log_softmax(-1).gather(-1, tokens) * (tokens > 3)).sum(-1).mean()


@bag_of_words_loss.mistake("There is no softmax: these are the logits of the words. `log_softmax` over V comes first.")
def logits_alone(logits, tokens):
    return -(logits.gather(-1, tokens) * (tokens > 3)).sum(-1).mean()


@bag_of_words_loss.mistake("There is no logarithm: you summed probabilities, and what is asked is Σ log p.")
def probabilities_alone(logits, tokens):
    return -(logits.softmax(-1).gather(-1, tokens) * (tokens > 3)).sum(-1).mean()


@bag_of_words_loss.mistake("The softmax runs over the sentences. It is the words that compete: the last dimension, V.")
def softmax_over_sentences(logits, tokens):
    return -(logits.log_softmax(0).gather(-1, tokens) * (tokens > 3)).sum(-1).mean()


@bag_of_words_loss.mistake(
    "Each word is asked for by itself, present or not, as by `binary_cross_entropy_with_logits`. A bag is drawn word "
    "by word from *one* softmax over V."
)
def present_or_not(logits, tokens):
    said = torch.zeros_like(logits).scatter(-1, tokens, 1.0)
    losses = F.binary_cross_entropy_with_logits(logits, said, reduction="none")
    return losses[:, 4:].sum(-1).mean()


@bag_of_words_loss.mistake(
    "The softmax runs over the ordinary words alone: the special tokens have lost their share. Leave them out of the "
    "sum over the sentence, not out of the softmax."
)
def softmax_over_ordinary_words(logits, tokens):
    told = F.pad(logits[:, 4:].log_softmax(-1), (4, 0)).gather(-1, tokens)
    return -(told * (tokens > 3)).sum(-1).mean()


@bag_of_words_loss.mistake(
    "The loss is infinite where a probability rounds to 0: log 0. `log_softmax` does not go through the probability."
)
def log_of_the_softmax_of_words(logits, tokens):
    told = logits.softmax(-1).log().gather(-1, tokens)
    return -torch.where(tokens > 3, told, 0).sum(-1).mean()


@bag_of_words_loss.mistake(
    "A small number is added to the probability before its logarithm. A word that the reader is sure is not there "
    "then costs a few nats and no more: use `log_softmax`."
)
def small_number_added(logits, tokens):
    told = (logits.softmax(-1) + 1e-12).log().gather(-1, tokens)
    return -torch.where(tokens > 3, told, 0).sum(-1).mean()


@bag_of_words_loss.mistake("The result is in bits: the logarithm is natural, so the unit is nats.")
def bag_in_bits(logits, tokens):
    told = logits.log_softmax(-1).gather(-1, tokens) / math.log(2)
    return -torch.where(tokens > 3, told, 0).sum(-1).mean()


@bag_of_words_loss.mistake("The logits are detached. The number is right, but z_sem learns nothing from it.")
def bag_detached(logits, tokens):
    told = logits.detach().log_softmax(-1).gather(-1, tokens)
    return -torch.where(tokens > 3, told, 0).sum(-1).mean()


@bag_of_words_loss.alternative
def bag_by_counting(logits, tokens):
    counts = F.one_hot(tokens, logits.shape[-1]).sum(1)
    counts[:, :4] = 0
    return torch.einsum("bv,bv->", counts.to(logits), logits.logsumexp(-1, keepdim=True) - logits) / len(logits)


@bag_of_words_loss.alternative
def bag_through_categoricals(logits, tokens):
    reader = D.Categorical(logits=logits.unsqueeze(1))
    return -(reader.log_prob(tokens) * (tokens > 3)).sum(dim=1).mean(dim=0)


@bag_of_words_loss.alternative
def bag_through_cross_entropy(logits, tokens):
    spread = logits[:, :, None].expand(-1, -1, tokens.shape[1])
    words = torch.where(tokens < 4, -100, tokens)
    return F.cross_entropy(spread, words, ignore_index=-100, reduction="sum") / tokens.shape[0]


@bag_of_words_loss.alternative
def bag_sentence_by_sentence(logits, tokens):
    losses = [-row.log_softmax(0)[words[words >= 4]].sum() for row, words in zip(logits, tokens, strict=True)]
    return torch.stack(losses).mean()
