"""How the fields that a sentence says are counted against those of its table."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch

from autograder.exercise.exercise import Exercise
from autograder.rubrics.ps6_vtm import variants
from latentkit.check.cases import Case
from latentkit.reference import template_machine

_Row = tuple[int, int, int, int]
"""Of a sentence: how many fields are asked and said, only asked, only said, neither."""


def _coverage_cases(generator: np.random.Generator) -> Iterator[Case]:
    for name, rows in (
        ("some fields are left out and some are made up", [(3, 1, 2, 3), (2, 3, 1, 3), (4, 2, 1, 2)]),
        ("a sentence that says just its table, and one that invents", [(5, 0, 0, 3), (4, 0, 3, 1)]),
        ("a table without fields", [(0, 0, 2, 5), (2, 1, 3, 1)]),
        ("a sentence that says nothing", [(0, 4, 0, 3), (3, 2, 1, 1)]),
        ("nothing asked and nothing said", [(0, 0, 0, 5), (1, 2, 1, 1)]),
        ("one sentence, and nothing in it is right", [(0, 3, 2, 2)]),
        ("as many sentences as fields", [(2, 1, 1, 1), (1, 0, 3, 1), (3, 1, 0, 1), (1, 2, 1, 1), (2, 2, 1, 0)]),
    ):
        said, asked = zip(*(_shuffled(generator, row) for row in rows), strict=True)
        yield Case(name, {"said": torch.stack(said), "asked": torch.stack(asked)})


def _shuffled(generator: np.random.Generator, row: Sequence[int]) -> tuple[torch.Tensor, torch.Tensor]:
    """`said` and `asked` of one sentence, the fields in random order."""
    both, only_asked, only_said, neither = row
    order = torch.from_numpy(generator.permutation(sum(row)))
    said = [True] * both + [False] * only_asked + [True] * only_said + [False] * neither
    asked = [True] * (both + only_asked) + [False] * (only_said + neither)
    return torch.tensor(said)[order], torch.tensor(asked)[order]


slot_coverage = Exercise(
    name="slot_coverage",
    points=3,
    reference=template_machine.slot_coverage,
    variants=variants.slot_coverage,
    cases=_coverage_cases,
    look="section 7, counting what is said",
)


@slot_coverage.mistake("The two have changed places: return the coverage first, then the hallucination.")
def shares_swapped(said, asked):
    right = (said & asked).sum(-1)
    made_up = torch.where(said.any(-1), (said.sum(-1) - right) / said.sum(-1).clamp(min=1), 0)
    return made_up, torch.where(asked.any(-1), right / asked.sum(-1).clamp(min=1), 1)


@slot_coverage.mistake(
    "`said` and `asked` have changed places: coverage counts among the *asked*, and hallucination among the said."
)
def arguments_swapped(said, asked):
    right = (said & asked).sum(-1)
    coverage = torch.where(said.any(-1), right / said.sum(-1).clamp(min=1), 1)
    return coverage, torch.where(asked.any(-1), (asked.sum(-1) - right) / asked.sum(-1).clamp(min=1), 0)


@slot_coverage.mistake(
    "Hallucination is measured against the fields that were asked. It is a share of what is *said*, so that it never "
    "exceeds 1."
)
def made_up_among_the_asked(said, asked):
    right, num_asked = (said & asked).sum(-1), asked.sum(-1)
    coverage = torch.where(num_asked > 0, right / num_asked.clamp(min=1), 1)
    return coverage, (said & ~asked).sum(-1) / num_asked.clamp(min=1)


@slot_coverage.mistake(
    "The first share is that of the *said* fields that are right, the precision. Coverage is a share of the asked ones."
)
def precision_for_coverage(said, asked):
    right, num_said = (said & asked).sum(-1), said.sum(-1)
    made_up = torch.where(num_said > 0, (num_said - right) / num_said.clamp(min=1), 0)
    return torch.where(num_said > 0, right / num_said.clamp(min=1), 1), made_up


@slot_coverage.mistake(
    "The second share is that of the said fields that *were* asked. Hallucination is the rest: those that were not."
)
def precision_for_hallucination(said, asked):
    right, num_asked, num_said = (said & asked).sum(-1), asked.sum(-1), said.sum(-1)
    coverage = torch.where(num_asked > 0, right / num_asked.clamp(min=1), 1)
    return coverage, torch.where(num_said > 0, right / num_said.clamp(min=1), 0)


@slot_coverage.mistake("The first share is that of the asked fields that are *missing*. Coverage is one minus that.")
def missing_for_coverage(said, asked):
    right, num_asked, num_said = (said & asked).sum(-1), asked.sum(-1), said.sum(-1)
    missing = torch.where(num_asked > 0, (num_asked - right) / num_asked.clamp(min=1), 0)
    return missing, torch.where(num_said > 0, (num_said - right) / num_said.clamp(min=1), 0)


@slot_coverage.mistake(
    "Hallucination is not one minus the coverage. A sentence may say all that was asked and more that was not: count "
    "what is said and was not asked."
)
def hallucination_as_the_rest(said, asked):
    num_asked = asked.sum(-1)
    coverage = torch.where(num_asked > 0, (said & asked).sum(-1) / num_asked.clamp(min=1), 1)
    return coverage, 1 - coverage


@slot_coverage.mistake("A table without fields has a coverage of 1, for nothing is missing. Yours is 0.")
def nothing_asked_is_zero(said, asked):
    right, num_said = (said & asked).sum(-1), said.sum(-1)
    return right / asked.sum(-1).clamp(min=1), (num_said - right) / num_said.clamp(min=1)


@slot_coverage.mistake("A sentence that says nothing makes nothing up: its hallucination is 0. Yours is 1.")
def nothing_said_is_one(said, asked):
    right, num_asked, num_said = (said & asked).sum(-1), asked.sum(-1), said.sum(-1)
    coverage = torch.where(num_asked > 0, right / num_asked.clamp(min=1), 1)
    return coverage, 1 - right / num_said.clamp(min=1)


@slot_coverage.mistake(
    "0/0 is NaN, here for a table without fields, and for a sentence that says nothing. The first has a coverage of "
    "1, the second a hallucination of 0."
)
def nan_where_nothing_is(said, asked):
    right, num_said = (said & asked).sum(-1), said.sum(-1)
    return right / asked.sum(-1), (num_said - right) / num_said


@slot_coverage.mistake("0/0 is NaN: a table without fields has a coverage of 1, for nothing is missing.")
def nan_where_nothing_is_asked(said, asked):
    right, num_said = (said & asked).sum(-1), said.sum(-1)
    return right / asked.sum(-1), (num_said - right) / num_said.clamp(min=1)


@slot_coverage.mistake("0/0 is NaN: a sentence that says nothing makes nothing up, so its hallucination is 0.")
def nan_where_nothing_is_said(said, asked):
    right, num_asked, num_said = (said & asked).sum(-1), asked.sum(-1), said.sum(-1)
    coverage = torch.where(num_asked > 0, right / num_asked.clamp(min=1), 1)
    return coverage, (num_said - right) / num_said


@slot_coverage.mistake(
    "The first share is that of the fields that are asked and said among those that are asked *or* said, so what is "
    "made up counts against the coverage. It is a share of the asked ones alone."
)
def overlap_for_coverage(said, asked):
    num_either, num_said = (said | asked).sum(-1), said.sum(-1)
    coverage = torch.where(asked.any(-1), (said & asked).sum(-1) / num_either.clamp(min=1), 1)
    return coverage, (said & ~asked).sum(-1) / num_said.clamp(min=1)


@slot_coverage.mistake(
    "The first share is that of the fields in which the two agree, so that what nobody asks and nobody says counts as "
    "covered. Coverage is a share of the asked fields."
)
def agreement_for_coverage(said, asked):
    return (said == asked).float().mean(-1), (said & ~asked).sum(-1) / said.sum(-1).clamp(min=1)


@slot_coverage.mistake(
    "Hallucination is measured against the fields that were *not asked*, as a rate of false alarms. It is a share of "
    "what is said."
)
def rate_of_false_alarms(said, asked):
    num_asked = asked.sum(-1)
    coverage = torch.where(num_asked > 0, (said & asked).sum(-1) / num_asked.clamp(min=1), 1)
    return coverage, (said & ~asked).sum(-1) / (~asked).sum(-1).clamp(min=1)


@slot_coverage.mistake(
    "These are shares of all F fields. Coverage is a share of the asked ones, hallucination of the said ones."
)
def shares_of_all_fields(said, asked):
    return (said & asked).float().mean(-1), (said & ~asked).float().mean(-1)


@slot_coverage.mistake("These are numbers of fields. Divide by how many were asked, and by how many were said.")
def numbers_of_fields(said, asked):
    return (said & asked).sum(-1).float(), (said & ~asked).sum(-1).float()


@slot_coverage.mistake(
    "What is missing counts as made up. Hallucination is what is said and was *not* asked, not every field on which "
    "the two differ."
)
def missing_counted_as_made_up(said, asked):
    right, num_asked, num_said = (said & asked).sum(-1), asked.sum(-1), said.sum(-1)
    coverage = torch.where(num_asked > 0, right / num_asked.clamp(min=1), 1)
    return coverage, torch.where(num_said > 0, (said ^ asked).sum(-1) / num_said.clamp(min=1), 0)


@slot_coverage.mistake(
    "You count over the sentences, field by field. Each sentence has its own two shares, [B]: sum over the last "
    "dimension."
)
def counted_over_sentences(said, asked):
    right, num_asked, num_said = (said & asked).sum(0), asked.sum(0), said.sum(0)
    coverage = torch.where(num_asked > 0, right / num_asked.clamp(min=1), 1)
    return coverage, torch.where(num_said > 0, (num_said - right) / num_said.clamp(min=1), 0)


@slot_coverage.mistake(
    "You count over the whole batch, and return two numbers. Each sentence has its own two shares, [B]."
)
def counted_over_everything(said, asked):
    right, num_asked, num_said = (said & asked).sum(), asked.sum(), said.sum()
    return right / num_asked.clamp(min=1), (num_said - right) / num_said.clamp(min=1)


@slot_coverage.mistake(
    "The shares are of double precision. Return float32, which dividing whole numbers gives by itself."
)
def shares_in_double_precision(said, asked):
    right, num_asked, num_said = (said & asked).sum(-1).double(), asked.sum(-1), said.sum(-1)
    coverage = torch.where(num_asked > 0, right / num_asked.clamp(min=1), 1)
    return coverage, torch.where(num_said > 0, (num_said - right) / num_said.clamp(min=1), 0)


@slot_coverage.alternative
def coverage_sentence_by_sentence(said, asked):
    shares = []
    for told, wanted in zip(said.tolist(), asked.tolist(), strict=True):
        right = sum(a and b for a, b in zip(told, wanted, strict=True))
        shares.append([right / sum(wanted) if any(wanted) else 1.0, 1 - right / sum(told) if any(told) else 0.0])
    coverage, hallucination = torch.tensor(shares, device=said.device).T
    return coverage, hallucination


@slot_coverage.alternative
def coverage_with_nan_replaced(said, asked):
    coverage = (said & asked).sum(1) / asked.sum(1)
    hallucination = (said & ~asked).sum(1) / said.sum(1)
    return coverage.nan_to_num(nan=1.0), hallucination.nan_to_num(nan=0.0)


@slot_coverage.alternative
def coverage_by_masked_means(said, asked):
    told, wanted = said.float(), asked.float()
    coverage = torch.ones(len(said), device=said.device)
    some = wanted.sum(1) > 0
    coverage[some] = (told * wanted)[some].sum(1) / wanted[some].sum(1)
    return coverage, (told * (1 - wanted)).sum(1) / told.sum(1).clamp(min=1)
