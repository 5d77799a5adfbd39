"""Known mistakes that the student's numbers hold in part, twice, or in another guise."""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from torch import Tensor

from latentkit.check.cases import Examination, Response, SolvedCase
from latentkit.check.comparing import complaint, same_response
from latentkit.check.diagnosis.numbers import Pair, are_numbers_right, counts_only, equal, is_finite, pairs_of
from latentkit.check.diagnosis.relations import scaled_or_reduced


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
        telling = [1 for solved, response in same if complaint(solved, response, examination) is not None]
        if not telling or not other:
            continue
        names = ", ".join(f"“{solved.case.name}”" for solved, _ in other)
        if all(response.error for _, response in other):
            return Recognised((mistake,), f"Besides, it raises {other[0][1].error} in {names}.")
        if not any(is_finite(response) for _, response in other):
            return Recognised((mistake,), f"Besides, the result is NaN or infinite in {names}.")
    return None


def _one_for_each_case(examination: Examination, responses: Sequence[Response]) -> Recognised | None:
    """Two mistakes of which each shows in cases where the other does not."""
    explained: dict[str, set[int]] = {}
    failing = set()
    for index, (solved, response) in enumerate(zip(examination.cases, responses, strict=True)):
        if complaint(solved, response, examination) is None:
            continue
        failing.add(index)
        for mistake, predicted in solved.mistakes.items():
            if same_response(response, predicted, examination):
                explained.setdefault(mistake, set()).add(index)
    for first, second in itertools.combinations(explained, 2):
        only = explained[first] - explained[second], explained[second] - explained[first]
        if explained[first] | explained[second] == failing and all(only):
            return Recognised((first, second))
    return None


def _pair_combined(examination: Examination, responses: Sequence[Response]) -> Recognised | None:
    """Two mistakes at once: their differences from the right value add up, or their ratios to it multiply."""
    found = list(_by_mistake(examination, responses))
    for (first, one), (second, other) in itertools.combinations(found, 2):
        for combine in (_sum_of_differences, _product_of_ratios):
            if _explains(one, other, combine):
                return Recognised((first, second))
    return None


Combine = Callable[[Tensor, Tensor, Tensor], Tensor]


def _sum_of_differences(right: Tensor, one: Tensor, other: Tensor) -> Tensor:
    return one + other - right


def _product_of_ratios(right: Tensor, one: Tensor, other: Tensor) -> Tensor:
    return one * other / right


def _explains(one: Sequence["_Guess"], other: Sequence["_Guess"], combine: Combine) -> bool:
    entries = 0
    for first, second in zip(one, other, strict=True):
        shapes = {first.right.shape, first.value.shape, second.value.shape, first.actual.shape}
        if len(shapes) > 1:
            return False
        predicted = combine(first.right, first.value, second.value)
        if not predicted.isfinite().all() or not equal(first.actual, predicted, 2 * first.precision):
            return False
        entries += predicted.numel()
    differ = [
        any(not equal(guess.value, guess.right, guess.precision) for guess in guesses) for guesses in (one, other)
    ]
    return entries >= 3 and all(differ)


@dataclass(frozen=True)
class _Guess:
    """What a mistake would give in a case."""

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
                _Guess(r.expected, w.expected, r.actual, r.precision) for r, w in zip(right, wrong, strict=True)
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
