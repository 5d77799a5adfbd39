"""The law of word dropout: right functions pass time and again, wrong ones do not."""

from dataclasses import replace

import pytest
import torch

from latentkit.check import examine
from latentkit.check.calling import respond
from latentkit.check.cases import Case, Examination, SolvedCase
from latentkit.check.judging import judge


def drop(tokens, rate, training=True):
    if not training:
        return tokens.clone()
    return tokens.masked_fill((torch.rand(tokens.shape) < rate) & (tokens > 3), 3)


def sentences(batch=512, width=18):
    generator = torch.Generator().manual_seed(0)
    tokens = torch.randint(3, 30, (batch, width), generator=generator)
    lengths = torch.randint(6, width + 1, (batch,), generator=generator)
    place = torch.arange(width).expand(batch, width)
    tokens[place == lengths[:, None] - 1] = 2
    tokens[place >= lengths[:, None]] = 0
    tokens[:, 0] = 1
    return tokens


def examination(**inputs):
    case = Case("dropout", {"tokens": sentences(), **inputs}, calls=2)
    return Examination("word_dropout", (SolvedCase(case),), {}, law="word_dropout")


@pytest.mark.parametrize(
    "inputs",
    [{"rate": 0.3}, {"rate": 0.65}, {"rate": 0.0}, {"rate": 1.0}, {"rate": 0.4, "training": False}],
    ids=str,
)
def test_a_right_function_passes_two_hundred_times(inputs):
    exam = examination(**inputs)
    torch.manual_seed(0)
    case = exam.cases[0].case
    verdicts = [judge(exam, [respond(drop, case)]) for _ in range(200)]
    assert {verdict.message for verdict in verdicts} == {""}


@pytest.mark.parametrize(
    ("inputs", "wrong", "words"),
    [
        ({"rate": 0.0}, lambda tokens, rate: drop(tokens, 0.01), "although the rate is 0"),
        ({"rate": 1.0}, lambda tokens, rate: drop(tokens, 0.99), "every ordinary word becomes UNK"),
        ({"rate": 0.3}, lambda tokens, rate: drop(tokens, 0.4), "wrong share"),
        ({"rate": 0.3}, lambda tokens, rate: drop(tokens, 0.3).float(), "wrong dtype"),
        ({"rate": 0.3}, lambda tokens, rate: drop(tokens, 0.3)[:, 1:], "wrong shape"),
        ({"rate": 0.3}, lambda tokens, rate: drop(tokens, 0.3).where(tokens > 3, 3), "PAD, BOS or EOS"),
        ({"rate": 0.3}, lambda tokens, rate: in_pairs(tokens, 0.3), "depends on whether its neighbour is"),
        ({"rate": 0.3}, lambda tokens, rate: alternating(tokens, 0.3), "half a batch away"),
    ],
)
def test_a_wrong_function_is_refused(inputs, wrong, words):
    verdict = examine(examination(**inputs), wrong)
    assert verdict.status == "failed"
    assert words in verdict.message


def in_pairs(tokens, rate):
    noise = torch.rand(len(tokens), (tokens.shape[1] + 1) // 2).repeat_interleave(2, dim=1)[:, : tokens.shape[1]]
    return tokens.masked_fill((noise < rate) & (tokens > 3), 3)


def alternating(tokens, rate):
    """The second half of the batch loses words where the first half does."""
    noise = torch.rand(len(tokens) // 2, tokens.shape[1]).repeat(2, 1)
    return tokens.masked_fill((noise < rate) & (tokens > 3), 3)


def kept(tokens, rate, never):
    """A right function, but for the words that are never dropped."""
    return drop(tokens, rate).where(~never, tokens)


def before_the_end(tokens):
    return torch.cat([tokens[:, 1:] == 2, torch.zeros_like(tokens[:, :1], dtype=torch.bool)], dim=1)


def one_noise(tokens, rate, rows):
    """Groups of so many rows share their noise."""
    noise = torch.rand(len(tokens) // rows, tokens.shape[1]).repeat_interleave(rows, dim=0)
    return tokens.masked_fill((noise < rate) & (tokens > 3), 3)


def first_half_more_often(tokens, rate):
    rates = torch.linspace(1.9, 0.1, len(tokens)).round()[:, None] * rate
    return tokens.masked_fill((torch.rand(tokens.shape) < rates) & (tokens > 3), 3)


WORDS_CHANGE_PLACES = "Tokens of a sentence have changed places"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda t, r: kept(t, r, t == 4), "The word of id 4, the first ordinary one, is never dropped"),
        (lambda t, r: kept(t, r, t == t.max()), "The word of the highest id is never dropped"),
        (lambda t, r: kept(t, r, torch.arange(18).expand_as(t) == 1), "The first word of a sentence is never"),
        (lambda t, r: kept(t, r, before_the_end(t)), "The last word of a sentence is never dropped"),
        (lambda t, r: first_half_more_often(t, r), "depends on the sentence"),
        (lambda t, r: one_noise(t, r, 2), "the same place of the next sentence"),
        (lambda t, r: drop(t, r).roll(-1, 1), "moved one place towards the beginning"),
        (lambda t, r: drop(t, r).flip(0), "The sentences come back in reverse order"),
        (lambda t, r: drop(t, r).sort(1).values, WORDS_CHANGE_PLACES),
        (lambda t, r: t.masked_fill(drop(t, r) != t, -1), "Some words became another id"),
        (lambda t, r: t.masked_fill(drop(t, r) != t, 2), "Some words became EOS"),
        (lambda t, r: drop(t, 0.0), "No word was dropped, though the rate is above 0."),
        (lambda t, r: drop(t, r / 2), "fewer than the rate says"),
    ],
)
def test_a_message_says_what_was_measured(wrong, words):
    assert words in examine(examination(rate=0.3), wrong).message


@pytest.mark.parametrize(
    ("wrong", "mistake"),
    [
        (lambda t, r: one_noise(t, r, len(t)), "one_noise_for_the_batch"),
        (lambda t, r: one_noise(t, r, len(t) // 2), None),
        (lambda t, r: drop(t, 1 - r), "rate_inverted"),
        (lambda t, r: drop(t, r / 2), None),
        (lambda t, r: drop(t, r * r), None),
        (lambda t, r: t.where(drop(t, r) == t, 0), "dropped_to_pad"),
        (lambda t, r: t.where(drop(t, r) == t, 1), None),
    ],
)
def test_a_mistake_is_named_only_where_nothing_else_explains_it(wrong, mistake):
    names = ("one_noise_for_the_batch", "rate_inverted", "dropped_to_pad", "random_words")
    exam = replace(examination(rate=0.75), hints=dict.fromkeys(names, "A hint."))
    assert {examine(exam, wrong).mistake for _ in range(5)} == {mistake}


def test_a_default_is_blamed_only_where_it_counts():
    exams = [
        replace(examination(**inputs), hints={"nothing_dropped": "By default `training` is True."})
        for inputs in ({"rate": 0.3}, {"rate": 0.3, "training": True})
    ]
    assert [examine(exam, lambda tokens, rate, training=False: tokens).mistake for exam in exams] == [
        "nothing_dropped",
        None,
    ]


NOT_HELD = "Some places hold neither UNK nor the token that was there."


@pytest.mark.parametrize(
    "wrong",
    [
        lambda tokens, rate: tokens * 10**12,
        lambda tokens, rate: tokens.where(tokens < 4, torch.iinfo(torch.int64).max - tokens),
        lambda tokens, rate: tokens.where(tokens < 4, torch.iinfo(torch.int64).min + tokens),
    ],
)
def test_ids_that_no_word_has_are_refused_and_size_nothing(wrong):
    verdict = examine(examination(rate=0.3), wrong)
    assert (verdict.status, verdict.message) == ("failed", NOT_HELD)


def test_specials_that_change_places_in_a_sentence_without_words_are_told():
    tokens = sentences()
    tokens[0] = 0
    tokens[0, :2] = torch.tensor([1, 2])
    case = Case("dropout", {"tokens": tokens, "rate": 0.3}, calls=2)
    examined = Examination("word_dropout", (SolvedCase(case),), {}, law="word_dropout")
    verdict = examine(examined, lambda tokens, rate: drop(tokens, rate).sort(1).values)
    assert verdict.message.startswith(WORDS_CHANGE_PLACES)
