"""The template-preserving loss: the masked sentence, told from z alone."""

import math
from collections.abc import Iterator

import numpy as np
import torch
from torch import distributions as D
from torch.nn import functional as F

from autograder.exercise.exercise import Exercise
from autograder.exercise.random_inputs import normal
from autograder.rubrics.ps6_vtm import terms
from latentkit.check.cases import Case
from latentkit.reference import template_machine


def _template_cases(generator: np.random.Generator) -> Iterator[Case]:
    for name, lengths, width, vocabulary, dtype in (
        ("two templates, filled up", (5, 3), 6, 8, torch.float64),
        ("templates that fill their rows", (4, 4, 4), 4, 7, torch.float64),
        ("one template of two words", (2,), 2, 9, torch.float64),
        ("as many templates as positions as words", (6, 4, 2, 5, 3, 6), 6, 6, torch.float64),
        ("float32", (3, 6), 7, 8, torch.float32),
    ):
        masked = _templates(generator, lengths, width, vocabulary)
        logits = normal(generator, len(lengths), width, vocabulary, scale=1.5, dtype=dtype)
        cotangent = normal(generator, len(lengths), dtype=dtype)
        yield Case(name, {"logits": logits, "masked": masked}, ("logits",), cotangent)
    for name, apart, dtype in (
        ("a decoder so sure that probabilities round to 0", 1000.0, torch.float64),
        ("the same in float32", 150.0, torch.float32),
    ):
        masked = _templates(generator, (5, 3), 6, 7)
        sure = masked.clone()
        sure[:, 1] = (sure[:, 1] - 3 + 1) % 4 + 3  # of one word it is sure and wrong
        logits = normal(generator, 2, 6, 7, dtype=dtype) + apart * F.one_hot(sure, 7).to(dtype)
        yield Case(name, {"logits": logits, "masked": masked}, ("logits",), normal(generator, 2, dtype=dtype))


def _templates(generator: np.random.Generator, lengths: tuple[int, ...], width: int, vocabulary: int) -> torch.Tensor:
    """Words and the mask, from 3 on, then EOS, 2, then PAD; lengths count EOS."""
    rows = torch.from_numpy(generator.integers(3, vocabulary, (len(lengths), width)))
    place, end = torch.arange(width), torch.tensor(lengths)[:, None] - 1
    rows[:, 0] = torch.where(end[:, 0] > 0, 4, rows[:, 0])  # a mask comes first in each of them
    if width > 2:
        rows[:, 1] = torch.where(end[:, 0] > 1, 3, rows[:, 1])  # and then a word that the vocabulary does not have
    return rows.masked_fill(place == end, 2).masked_fill(place > end, 0)


template_loss = Exercise(
    name="template_loss",
    points=3,
    reference=template_machine.template_loss,
    cases=_template_cases,
    look="section 5, a sentence without its values; Ye et al. 2020, the template-preserving loss",
    terms=terms.template_loss,
    unbounded=("logits",),
)


@template_loss.mistake("PAD counts, as if it were a word of the template: leave out the positions where `masked` is 0.")
def padding_counted(logits, masked):
    return F.cross_entropy(logits.mT, masked, reduction="none").sum(-1)


@template_loss.mistake(
    "PAD costs log V a position, for its logits have become 0: logits of 0 are a uniform distribution, not no "
    "distribution. Leave its log-probabilities out instead."
)
def logits_of_padding_zeroed(logits, masked):
    return F.cross_entropy((logits * (masked > 0).unsqueeze(-1)).mT, masked, reduction="none").sum(-1)


@template_loss.mistake(
    "You took the mean over the words, as the paper's public code does. Beside a KL that is summed over a sentence a "
    "mean per word counts as many times too little as the sentence has words: take the sum."
)
def averaged_over_words(logits, masked):
    costs = F.cross_entropy(logits.mT, masked, reduction="none") * (masked > 0)
    return costs.sum(-1) / (masked > 0).sum(-1)


@template_loss.mistake("You took the mean over all T positions: take the sum, in nats per sentence.")
def averaged_over_positions(logits, masked):
    return (F.cross_entropy(logits.mT, masked, reduction="none") * (masked > 0)).mean(-1)


@template_loss.mistake("This is the mean over the batch, one number. Asked is each sentence's own loss, [B].")
def averaged_over_the_batch(logits, masked):
    return (F.cross_entropy(logits.mT, masked, reduction="none") * (masked > 0)).sum(-1).mean()


@template_loss.mistake("This is the sum over the batch, one number. Asked is each sentence's own loss, [B].")
def summed_over_the_batch(logits, masked):
    return F.cross_entropy(logits.mT, masked, ignore_index=0, reduction="sum")


@template_loss.mistake(
    "This is the mean over all words of the batch, one number, which is what `F.cross_entropy` gives by itself. Ask "
    'it for `reduction="none"`, and sum over T.'
)
def averaged_over_all_words(logits, masked):
    return F.cross_entropy(logits.mT, masked, ignore_index=0)


@template_loss.mistake("These are the costs of the single words, [B, T]. Sum them over T: one number a sentence.")
def not_summed(logits, masked):
    return F.cross_entropy(logits.mT, masked, ignore_index=0, reduction="none")


@template_loss.mistake("The sign is wrong: this is the log-likelihood, to be raised. Asked is a loss, to be lowered.")
def log_likelihood_for_loss(logits, masked):
    return -F.cross_entropy(logits.mT, masked, ignore_index=0, reduction="none").sum(-1)


@template_loss.mistake(
    "The logits are set against the words one position later. Here they line up already: `logits[:, t]` predicts "
    "`masked[:, t]`."
)
def shifted_by_one(logits, masked):
    return F.cross_entropy(logits[:, :-1].mT, masked[:, 1:], ignore_index=0, reduction="none").sum(-1)


@template_loss.mistake(
    "EOS does not count. A template that does not know where it ends is none: of the special words only PAD, 0, is "
    "left out."
)
def end_left_out(logits, masked):
    return (F.cross_entropy(logits.mT, masked, reduction="none") * (masked > 0) * (masked != 2)).sum(-1)


@template_loss.mistake(
    "All special words are left out. Only PAD, 0, is: where the sentence ends, and words that the vocabulary does not "
    "have, belong to the template."
)
def special_words_left_out(logits, masked):
    return (F.cross_entropy(logits.mT, masked, reduction="none") * (masked > 3)).sum(-1)


@template_loss.mistake(
    "The mask's word is left out. Where a value goes is what a template says; only PAD, 0, does not count."
)
def masks_left_out(logits, masked):
    return (F.cross_entropy(logits.mT, masked, reduction="none") * ((masked > 4) | (masked == 2) | (masked == 3))).sum(
        -1
    )


@template_loss.mistake(
    "The softmax runs over the positions. At each position it is the words that compete: the last dimension, V."
)
def softmax_over_the_positions(logits, masked):
    log_p = logits.log_softmax(1).gather(-1, masked.unsqueeze(-1)).squeeze(-1)
    return -torch.where(masked > 0, log_p, 0).sum(-1)


@template_loss.mistake("There is no softmax: these are the logits of the words. They become log-probabilities by it.")
def logits_for_log_probabilities(logits, masked):
    told = logits.gather(-1, masked.unsqueeze(-1)).squeeze(-1)
    return -torch.where(masked > 0, told, 0).sum(-1)


@template_loss.mistake(
    "There is no logarithm: you summed probabilities. The probability of a sentence is their product, and its "
    "logarithm the sum of theirs."
)
def probabilities_summed(logits, masked):
    p = logits.softmax(-1).gather(-1, masked.unsqueeze(-1)).squeeze(-1)
    return -torch.where(masked > 0, p, 0).sum(-1)


@template_loss.mistake("The softmax is taken twice: `F.cross_entropy` wants logits, and you gave it probabilities.")
def softmax_twice(logits, masked):
    return F.cross_entropy(logits.softmax(-1).mT, masked, ignore_index=0, reduction="none").sum(-1)


@template_loss.mistake(
    "The loss is infinite where a probability rounds to 0: log 0. `log_softmax` does not go through the probability."
)
def log_of_the_softmax(logits, masked):
    log_p = logits.softmax(-1).gather(-1, masked.unsqueeze(-1)).squeeze(-1).log()
    return -torch.where(masked > 0, log_p, 0).sum(-1)


@template_loss.mistake(
    "A small number is added to the probability before its logarithm, as the paper's public code does. An impossible "
    "word then costs 35 nats and no more, and teaches nothing: `log_softmax` needs no such help."
)
def small_number_in_the_logarithm(logits, masked):
    p = logits.softmax(-1).gather(-1, masked.unsqueeze(-1)).squeeze(-1)
    return -torch.where(masked > 0, (p + 1e-15).log(), 0).sum(-1)


@template_loss.mistake("The result is in bits: the logarithm is natural, so the unit is nats.")
def template_loss_in_bits(logits, masked):
    return F.cross_entropy(logits.mT, masked, ignore_index=0, reduction="none").sum(-1) / math.log(2)


@template_loss.mistake(
    "The logits are detached. The numbers are right, but neither z nor its decoder learns from them."
)
def logits_detached(logits, masked):
    return F.cross_entropy(logits.detach().mT, masked, ignore_index=0, reduction="none").sum(-1)


@template_loss.alternative
def template_loss_through_categoricals(logits, masked):
    log_p = D.Categorical(logits=logits).log_prob(masked)
    return -(log_p * (masked != 0)).sum(dim=1)


@template_loss.alternative
def template_loss_by_flattening(logits, masked):
    costs = F.cross_entropy(logits.flatten(0, 1), masked.flatten(), ignore_index=0, reduction="none")
    return costs.view(masked.shape).sum(1)


@template_loss.alternative
def template_loss_by_one_hot(logits, masked):
    told = F.one_hot(masked, logits.shape[-1]) * (masked > 0).unsqueeze(-1)
    return torch.einsum("btv,btv->b", told.to(logits), logits.logsumexp(-1, keepdim=True) - logits)


@template_loss.alternative
def template_loss_sentence_by_sentence(logits, masked):
    pairs = zip(logits, masked, strict=True)
    losses = [F.cross_entropy(row[words > 0], words[words > 0], reduction="sum") for row, words in pairs]
    return torch.stack(losses)
