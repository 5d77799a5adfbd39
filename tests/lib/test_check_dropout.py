"""The law of word dropout: right functions pass time and again, wrong ones do not."""

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
        ({"rate": 0.3}, lambda tokens, rate: in_pairs(tokens, 0.3), "depends on its neighbour"),
        ({"rate": 0.3}, lambda tokens, rate: alternating(tokens, 0.3), "Distant sentences"),
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
