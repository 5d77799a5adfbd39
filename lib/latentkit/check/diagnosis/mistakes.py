"""Known mistakes that the student's numbers hold in part, twice, or in another guise."""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from latentkit.check.cases import Case, Examination, Response, SolvedCase
from latentkit.check.comparing import complaint, same_response
from latentkit.check.diagnosis.constants import factor_words
from latentkit.check.diagnosis.numbers import Pair, are_numbers_right, counts_only, equal, is_finite, leaves, pairs_of
from latentkit.check.diagnosis.relations import factors_of, is_zero, scaled_or_reduced


@dataclass(frozen=True)
class Recognised:
    """A known mistake, or two of them.

    Attributes:
        ids: of the mistakes.
        text: what else is to be said; "" where they explain everything.
    """

    ids: tuple[str, ...]
    text: str = ""


def recognise_in_part(examination: Examination, responses: Sequence[Response]) -> Recognised | None:
    """Known mistakes that explain all of the answer, though none does alone.

    Args:
        examination: its solved cases.
        responses: one per case.
    """
    found = _one_that_breaks_down(examination, responses) or _one_for_each_case(examination, responses)
    if found is None and examination.compare_value and not counts_only(examination):
        found = _pair_combined(examination, responses)
    return found


def _one_that_breaks_down(examination: Examination, responses: Sequence[Response]) -> Recognised | None:
    """A mistake whose natural form overflows or raises where the form that we know of does not."""
    for mistake in examination.hints:
        same: list[tuple[SolvedCase, Response]] = []
        other: list[tuple[SolvedCase, Response]] = []
        for solved, response in zip(examination.cases, responses, strict=True):
            predicted = solved.mistakes.get(mistake)
            alike = predicted is not None and same_response(response, predicted, examination)
            (same if alike else other).append((solved, response))
        telling = [response for solved, response in same if complaint(solved, response, examination) is not None]
        if not other or sum(map(_numbers_in, telling)) <= ENOUGH_ENTRIES:
            continue
        names = ", ".join(f"“{solved.case.name}”" for solved, _ in other)
        if all(response.error for _, response in other):
            return Recognised((mistake,), f"Besides, it raises {other[0][1].error} in {names}.")
        if not any(is_finite(response) for _, response in other):
            return Recognised((mistake,), f"Besides, the result is NaN or infinite in {names}.")
    return None


def _numbers_in(response: Response) -> int:
    found = leaves(response.outputs[-1:]) or []
    return sum(value.numel() for value, _ in found)


def _one_for_each_case(examination: Examination, responses: Sequence[Response]) -> Recognised | None:
    """Two mistakes of which each shows in cases where the other does not."""
    if counts_only(examination):
        return None
    explained: dict[str, set[int]] = {}
    shows: dict[str, set[int]] = {mistake: set() for mistake in examination.hints}
    failing = set()
    for index, (solved, response) in enumerate(zip(examination.cases, responses, strict=True)):
        for mistake, predicted in solved.mistakes.items():
            if complaint(solved, predicted, examination) is not None:
                shows[mistake].add(index)
        if complaint(solved, response, examination) is None:
            continue
        failing.add(index)
        for mistake, predicted in solved.mistakes.items():
            if same_response(response, predicted, examination):
                explained.setdefault(mistake, set()).add(index)
    for first, second in itertools.combinations(explained, 2):
        only = explained[first] - explained[second], explained[second] - explained[first]
        apart = not only[0] & shows[second] and not only[1] & shows[first]
        if explained[first] | explained[second] == failing and all(only) and apart:
            return Recognised((first, second))
    return None


def _pair_combined(examination: Examination, responses: Sequence[Response]) -> Recognised | None:
    """Two mistakes at once: one scales what the other gives, or each changes a part of its own of a sum."""
    found = list(_by_mistake(examination, responses))
    scales = {mistake for mistake, guesses in found if _is_scale(guesses)}
    for (first, one), (second, other) in itertools.combinations(found, 2):
        if _same_values(one, other):  # they differ in gradients alone: twice one mistake is not two
            continue
        adds = not {first, second} & scales  # what is scaled as a whole is no part of a sum
        if (adds and _explains(one, other, _sum_of_differences)) or _explains(one, other, _product_of_ratios):
            return Recognised((first, second))
    return None


def _same_values(one: Sequence["_Guess"], other: Sequence["_Guess"]) -> bool:
    """Whether two mistakes give the same values in every case."""
    pairs = zip(one, other, strict=True)
    return all(equal(first.value, second.value, 2 * first.precision) for first, second in pairs)


Combine = Callable[[Tensor, Tensor, Tensor], Tensor]


def _sum_of_differences(right: Tensor, one: Tensor, other: Tensor) -> Tensor:
    return one + other - right


def _product_of_ratios(right: Tensor, one: Tensor, other: Tensor) -> Tensor:
    return one * other / right


def _is_scale(guesses: Sequence["_Guess"]) -> bool:
    """Whether a mistake multiplies all of the right value by something: by one number in each case."""
    if any(guess.value.shape != guess.right.shape for guess in guesses):
        return False
    every = [Pair(guess.case, guess.right, guess.value, guess.precision) for guess in guesses]
    pairs = [pair for pair in every if not is_zero(pair)]
    factors = factors_of(pairs)
    if factors is None:
        return False
    if any(pair.expected.numel() > 1 for pair in pairs):
        return True
    return bool(factors) and factor_words(factors, pairs) is not None  # of single numbers each is a multiple of each


ENOUGH_ENTRIES = 2
"""Different numbers that show both mistakes, each by another amount: 0 and 1 aside, which come about in many ways."""


def _explains(one: Sequence["_Guess"], other: Sequence["_Guess"], combine: Combine) -> bool:
    telling: list[float] = []
    for first, second in zip(one, other, strict=True):
        shapes = {first.right.shape, first.value.shape, second.value.shape, first.actual.shape}
        if len(shapes) > 1:
            return False
        predicted = combine(first.right, first.value, second.value)
        if not predicted.isfinite().all() or not equal(first.actual, predicted, 2 * first.precision):
            return False
        room = 10 * first.precision * max(float(first.right.abs().max()), 1e-3) if first.right.numel() else 0.0
        apart = torch.stack([predicted - v for v in (first.right, first.value, second.value)]).abs().amin(0) > room
        telling += predicted[apart].flatten().tolist()
    return len({f"{number:.3g}" for number in telling if number not in (0, 1)}) >= ENOUGH_ENTRIES


@dataclass(frozen=True)
class _Guess:
    """What a mistake would give in a case."""

    case: Case
    right: Tensor
    value: Tensor
    actual: Tensor
    precision: float


def _by_mistake(examination: Examination, responses: Sequence[Response]) -> Iterator[tuple[str, list[_Guess]]]:
    """The mistakes whose numbers can be compared in every case, entry by entry."""
    for mistake in examination.hints:
        guesses: list[_Guess] = []
        for solved, response in zip(examination.cases, responses, strict=True):
            predicted = solved.mistakes.get(mistake)
            if predicted is None or predicted.error or response.error:
                break
            right = pairs_of(solved.case, solved.expected.outputs[-1], response.outputs[-1])
            wrong = pairs_of(solved.case, predicted.outputs[-1], response.outputs[-1])
            if right is None or wrong is None or not all(pair.is_finite for pair in (*right, *wrong)):
                break
            guesses += [
                _Guess(solved.case, r.expected, w.expected, r.actual, r.precision)
                for r, w in zip(right, wrong, strict=True)
            ]
        else:
            yield mistake, guesses


def recognise_in_another_guise(examination: Examination, responses: Sequence[Response]) -> Recognised | None:
    """A multiple, a sum or a mean of what a known mistake gives.

    Of what is right to three digits much that is half and double of it would fit as well.
    """
    if counts_only(examination) or are_numbers_right(examination, responses, precision=1e-3):
        return None
    for mistake in examination.hints:
        pairs: list[Pair] = []
        for solved, response in zip(examination.cases, responses, strict=True):
            predicted = solved.mistakes.get(mistake)
            if predicted is None or predicted.error or response.error:
                break
            found = pairs_of(solved.case, predicted.outputs[-1], response.outputs[-1])
            if found is None or len(found) > 1 or not found[0].is_finite:
                break
            pairs += found
        else:
            said = scaled_or_reduced(pairs, "what that gives")
            if said is not None:
                return Recognised((mistake,), f"And the result is {said}.")
    return None


def hints_of(examination: Examination, recognised: Recognised) -> str:
    """What to tell the student of the mistakes."""
    hints: Mapping[str, str] = examination.hints
    first, *others = recognised.ids
    said = hints[first] if not others else f"Two things at once. First: {hints[first]} Second: {hints[others[0]]}"
    return f"{said} {recognised.text}".strip()
