"""What calling the student's function once more tells of it: by probes, which come with the cases, solved."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

import torch

from latentkit.check.cases import Ask, Case, Examination, Probe, Response, SolvedCase
from latentkit.check.comparing import TOLERANCE, complaint
from latentkit.check.diagnosis.numbers import equal, is_right, leaves


class TooSlow(Exception):
    """To ask the function more would take too long."""


class Asker:
    """Asks a function as long as that is quick: an answer is wanted in two seconds.

    Args:
        ask: calls it.
        seconds: of this thread's processor time, for all that is asked.
    """

    def __init__(self, ask: Ask, seconds: float) -> None:
        self._ask, self._left, self._each = ask, seconds, 0.0

    def __call__(self, cases: Sequence[Case]) -> Sequence[Response]:
        """The responses to cases; TooSlow where they would take longer than is left, by what others took."""
        if not cases:
            return []
        if self._each * len(cases) > self._left:
            raise TooSlow
        before = time.thread_time()
        responses = self._ask(cases)
        took = time.thread_time() - before
        self._left, self._each = self._left - took, max(self._each, took / len(cases))
        return responses


def value_is_right(solved: SolvedCase, response: Response, examination: Examination) -> bool:
    """Whether values are right, whatever else was changed; with gradients, where nothing but these is compared."""
    if examination.compare_value:
        solved = replace(solved, expected=replace(solved.expected, gradients={}))
    response = replace(response, mutated=solved.expected.mutated)
    return complaint(solved, response, examination) is None


def is_random(examination: Examination, responses: Sequence[Response], ask: Ask) -> bool:
    """Whether a function that should give the same for the same inputs gives something else when asked again."""
    known = [
        (solved.case, response)
        for solved, response in zip(examination.cases, responses, strict=True)
        if not response.error
    ]
    again = ask([case for case, _ in known])
    pairs = zip((response for _, response in known), again, strict=True)
    return any(not second.error and not same_outputs(first, second) for first, second in pairs)


Answered = Sequence[tuple[Probe, Response]]


def observations(answered: Answered, examination: Examination, responses: Sequence[Response]) -> Iterator[str]:
    """Sentences that the probes prove, the most telling first.

    Args:
        answered: the probes with what the function gave.
        examination: its solved cases.
        responses: to the cases.
    """
    yield from _defaults(answered, examination, responses)
    yield from _rows(answered, examination, responses)
    yield from _dtypes(answered, examination, responses)
    yield from _at_special_values(answered, examination, responses)
    yield from _proportions(answered, examination, responses)
    yield from _larger(answered, examination, responses)


def of_kind(answered: Answered, kind: str) -> list[tuple[Probe, Response]]:
    """The probes of a kind with the answers to them."""
    return [(probe, answer) for probe, answer in answered if probe.kind == kind]


def _defaults(answered: Answered, examination: Examination, responses: Sequence[Response]) -> Iterator[str]:
    for probe, answer in of_kind(answered, "default"):
        if answer.error:
            yield f"`{probe.about}` has no default any more: keep the first line as it was released."
        elif not value_is_right(probe.solved, answer, examination) and _is_the_default(probe, examination, responses):
            yield f"Called without `{probe.about}`, it does not do what its default says."


def _is_the_default(probe: Probe, examination: Examination, responses: Sequence[Response]) -> bool:
    """Whether every case gives the argument, or those that give it are right, and those that leave it out are not."""
    given = [probe.about in solved.case.inputs for solved in examination.cases]
    right = [value_is_right(s, r, examination) for s, r in zip(examination.cases, responses, strict=True)]
    return all(given) or given == right


def _rows(answered: Answered, examination: Examination, responses: Sequence[Response]) -> Iterator[str]:
    """What becomes of the first examples of a batch when each is alone in it."""
    rows = of_kind(answered, "row")
    if not rows:
        return
    base = rows[0][0].base
    whole_wrong = not value_is_right(examination.cases[base], responses[base], examination)
    wrong = [not value_is_right(probe.solved, answer, examination) for probe, answer in rows]
    if all(wrong) and not whole_wrong:
        if all(answer.error for _, answer in rows):
            yield f"Given one row alone it raises {rows[0][1].error}; with several it is right."
        elif not all(_like_row(responses[base], probe, answer) for probe, answer in rows):
            yield "Given one row alone the result is wrong; with several it is right."
        return
    if whole_wrong and not any(wrong):
        yield "Each row alone comes out right, and together they do not: a row of the result depends on the other rows."
    elif whole_wrong and any(_differs_from_row(responses[base], probe, answer) for probe, answer in rows):
        yield "A row of the result depends on the other rows: the same row, given alone, comes out differently."


def _like_row(whole: Response, probe: Probe, answer: Response) -> bool:
    return not answer.error and not _differs_from_row(whole, probe, answer)


def _differs_from_row(whole: Response, probe: Probe, answer: Response) -> bool:
    """Whether an example's result alone is another than in the batch, where the two can be compared."""
    if answer.error or not whole.outputs or not answer.outputs:
        return False
    inside, alone = leaves(whole.outputs[-1]), leaves(answer.outputs[-1])
    row = int(probe.about)
    if inside is None or alone is None or len(inside) != len(alone):
        return False
    for (value, precision), (single, _) in zip(inside, alone, strict=True):
        if value.dim() == 0 or value.shape[0] <= row or single.shape != value[row : row + 1].shape:
            continue
        if not equal(single, value[row : row + 1], 10 * precision):
            return True
    return False


def _dtypes(answered: Answered, examination: Examination, responses: Sequence[Response]) -> Iterator[str]:
    for probe, answer in of_kind(answered, "dtype"):
        base, response = examination.cases[probe.base], responses[probe.base]
        right_here = value_is_right(base, response, examination)
        right_there = value_is_right(probe.solved, answer, examination)
        if right_here == right_there:
            continue
        wrong = (probe.solved, answer) if right_here else (base, response)
        if is_right(*wrong, 2 * TOLERANCE[torch.float32]):
            continue  # only float64 is looked at closely enough to see it
        if right_here:
            yield f"The same numbers as {probe.about} give wrong values; as {_other(probe.about)} they are right."
        else:
            yield f"The same numbers as {probe.about} give the right values; as {_other(probe.about)} they do not."


def _other(dtype: str) -> str:
    return "float64" if dtype == "float32" else "float32"


SPECIAL = {"zero": "0", "one": "1"}


def _at_special_values(answered: Answered, examination: Examination, responses: Sequence[Response]) -> Iterator[str]:
    """Arguments at whose special value a function comes out right wherever it was wrong.

    Where the right result then says nothing of the rest of a formula, nothing is said: a product with 0 is right
    whatever its other factor, and so is an average of what is all alike whatever its weights.
    """
    for kind, words in SPECIAL.items():
        by_argument: dict[str, list[bool]] = {}
        for probe, answer in of_kind(answered, kind):
            if _is_flat(probe.solved.expected):
                continue
            if not value_is_right(examination.cases[probe.base], responses[probe.base], examination):
                right = value_is_right(probe.solved, answer, examination)
                by_argument.setdefault(probe.about, []).append(right)
        names = [name for name, right in by_argument.items() if len(right) > 1 and all(right)]
        if names and len(names) < len(by_argument):
            all_of = " or ".join(f"`{name}`" for name in names)
            yield f"Where {all_of} is {words} throughout, the result is right: look at how it enters."
            return


def _is_flat(response: Response) -> bool:
    """Whether all numbers of a result are 0, or several are all the same."""
    found = leaves(response.outputs[-1:])
    return found is not None and all(
        equal(value, value.flatten()[0].expand_as(value), precision) if value.numel() > 1 else not bool(value.any())
        for value, precision in found
    )


SCALINGS = {
    1.0: "change nothing",
    2.0: "double the result",
    4.0: "make the result four times as large",
    0.5: "halve the result",
}


def _proportions(answered: Answered, examination: Examination, responses: Sequence[Response]) -> Iterator[str]:
    """Laws of the formula that the answer breaks: what adding 1 to an argument, or doubling it, does."""
    for kind, deed in (("plus one", "adding 1 to `{}` throughout"), ("double", "doubling `{}`")):
        for probe, answer in of_kind(answered, kind):
            base = examination.cases[probe.base]
            if value_is_right(base, responses[probe.base], examination):
                continue
            wanted = _effect(base.expected, probe.solved.expected)
            had = None if answer.error else _effect(responses[probe.base], answer)
            if wanted is not None and had != wanted:
                told = f"In “{base.case.name}”, {deed.format(probe.about)} should"
                kept = wanted == "change nothing"
                yield f"{told} leave the result as it is; here it changes." if kept else f"{told} {wanted}; here not."
                return


def _effect(before: Response, after: Response) -> str | None:
    """Words for what became of a result, where plain ones fit."""
    one, other = leaves(before.outputs[-1:]), leaves(after.outputs[-1:])
    if not one or not other or len(one) > 1 or len(other) > 1 or one[0][0].shape != other[0][0].shape:
        return None
    (old, precision), (new, _) = one[0], other[0]
    if not old.isfinite().all() or not new.isfinite().all() or float(old.abs().max()) < 1e-9:
        return None
    for factor, words in SCALINGS.items():
        if equal(new, factor * old, 10 * precision):
            return words
    for step in (1.0, -1.0):
        if equal(new, old + step, 10 * precision):
            return f"{'add 1 to' if step > 0 else 'take 1 from'} the result"
    return None


def _larger(answered: Answered, examination: Examination, responses: Sequence[Response]) -> Iterator[str]:
    """From which size of an argument on a function that is right for small ones goes wrong."""
    by_argument: dict[str, list[tuple[Probe, Response]]] = {}
    for probe, answer in of_kind(answered, "larger"):
        if value_is_right(examination.cases[probe.base], responses[probe.base], examination):
            by_argument.setdefault(probe.about, []).append((probe, answer))
    it = "Its value" if any(solved.expected.gradients for solved in examination.cases) else "It"
    for argument, all_steps in by_argument.items():
        base = _largest(examination.cases[all_steps[0][0].base].case, argument)
        smaller = [step for step in all_steps if _largest(step[0].solved.case, argument) <= base]
        if not smaller or any(not value_is_right(probe.solved, answer, examination) for probe, answer in smaller):
            continue  # any other scale may be wrong, whatever its size
        steps = [step for step in all_steps if _largest(step[0].solved.case, argument) > base]
        wrong = [not value_is_right(probe.solved, answer, examination) for probe, answer in steps]
        if not any(wrong):
            continue
        first = wrong.index(True)
        if _fails_below(argument, steps[max(first - 1, 0)][0].solved.case, examination, responses):
            continue
        largest = _largest(steps[first][0].solved.case, argument)
        before = _largest((steps[first - 1][0].solved if first else examination.cases[steps[0][0].base]).case, argument)
        yield (
            f"{it} is right while no entry of `{argument}` exceeds {before:.3g} in size, "
            f"and wrong where one is {largest:.3g}."
        )


def _fails_below(argument: str, case: Case, examination: Examination, responses: Sequence[Response]) -> bool:
    """Whether a case goes wrong in which the argument is no larger than there: then its size alone is not to blame."""
    return any(
        argument in solved.case.inputs
        and _largest(solved.case, argument) <= _largest(case, argument)
        and not value_is_right(solved, response, examination)
        for solved, response in zip(examination.cases, responses, strict=True)
    )


def _largest(case: Case, argument: str) -> float:
    value = case.inputs[argument]
    return float(value.abs().max()) if isinstance(value, torch.Tensor) else abs(float(value))


def same_outputs(first: Response, second: Response, rounding: float = 0.0) -> bool:
    """Whether two responses hold the same numbers, gradients included.

    Args:
        rounding: how far apart they may lie, as a part of the precision of their dtype.
    """
    one, other = (
        leaves((*response.outputs, *response.edited.values(), *_known(response))) for response in (first, second)
    )
    if one is None or other is None or len(one) != len(other):
        return first.outputs == second.outputs if one is None and other is None else False
    return all(equal(a, b, max(1e-9, rounding * precision)) for (a, precision), (b, _) in zip(one, other, strict=True))


def _known(response: Response) -> list[torch.Tensor]:
    return [gradient for gradient in response.gradients.values() if gradient is not None]
