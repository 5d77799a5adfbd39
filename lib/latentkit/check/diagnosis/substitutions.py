"""What the function would have to be given to be right: two arguments exchanged, or one halved, negated, shifted.

Half the log variance given where a function is right means that it takes the log variance for that of the deviation.
"""

import contextlib
import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from latentkit.check.cases import Ask, Case, Examination, Response, SolvedCase, Value
from latentkit.check.diagnosis.experiments import value_is_right
from latentkit.check.diagnosis.fresh import Fresh
from latentkit.check.diagnosis.numbers import counts_only, leaves
from latentkit.check.diagnosis.relations import along

Change = Callable[[Tensor], Tensor]


def substitution(examination: Examination, responses: Sequence[Response], fresh: Fresh, ask: Ask) -> str | None:
    """A sentence on what would make the function right in every case; None where nothing that is tried does.

    Args:
        examination: its solved cases.
        responses: one per case.
        fresh: the probes, on some of which a substitution must hold too.
        ask: calls the function.
    """
    failing = [
        index
        for index, (solved, response) in enumerate(zip(examination.cases, responses, strict=True))
        if not response.error and not value_is_right(solved, response, examination)
    ]
    if not failing or counts_only(examination):
        return None
    base = examination.cases[failing[0]].case
    signs = _signs(examination)
    tried = [(words, change) for words, change in _substitutions(base.inputs, signs) if _applies(change, base)]
    answers = ask([_given(base, change) for _, change in tried])
    first = examination.cases[failing[0]]
    others = [
        (solved, i in failing or bool(responses[i].error))
        for i, solved in enumerate(examination.cases)
        if i != failing[0]
    ]
    more = [solved for solved, _ in fresh.of_wrong(range(len(examination.cases)))]
    for after, result in RESULTS.items():
        for (words, change), answer in zip(tried, answers, strict=True):
            if after is not None and (words.startswith("With") or not _keeps_signs(change, base, signs)):
                continue  # of many a formula an exchange is a change of sign
            if value_is_right(first, _with(answer, after), examination) and _holds_elsewhere(
                change, examination, ask, first, others, more, after
            ):
                return f"{words}, {result}"
    return None


RESULTS: dict[Callable[[Value], Value] | None, str] = {
    None: "it gives the right result.",
    lambda value: -value: "minus its result is right.",
    lambda value: 1 - value: "one minus its result is right.",
    lambda value: value / 2: "half of its result is right.",
    lambda value: value * 2: "twice its result is right.",
}
"""What is done to a result besides, and words for it."""


Inputs = Mapping[str, Value]
Substitution = Callable[[Inputs], dict[str, Value]]


ENOUGH_VALUES = 3
"""Different numbers that must come out right where they were wrong: what is cut off is the same for many inputs."""


def _holds_elsewhere(
    change: Substitution,
    examination: Examination,
    ask: Ask,
    first: SolvedCase,
    others: Sequence[tuple[SolvedCase, bool]],
    more: Sequence[SolvedCase],
    after: Callable[[Value], Value] | None,
) -> bool:
    """Whether the function is right elsewhere too, given the same; what cannot be changed is left aside.

    A function that the change makes right is wrong without it nearly everywhere: where most is right both ways, the
    formula does not feel the change, which then explains nothing.

    Args:
        first: a case in which it is right so, and wrong without.
        others: the other cases, and whether the function is wrong there without the change.
        more: further inputs for which it is wrong.
    """
    changed = [(solved, wrong) for solved, wrong in others if _applies(change, solved.case)]
    mended = [first, *(solved for solved, wrong in changed if wrong)]
    if len(mended) < len(changed) + 1 - len(mended):
        return False
    further = [solved for solved in more if _applies(change, solved.case)]
    if _different_numbers([*mended, *further]) < ENOUGH_VALUES:
        return False
    tried = [*(solved for solved, _ in changed), *further]
    both = zip(tried, ask([_given(solved.case, change) for solved in tried]), strict=True)
    return all(value_is_right(solved, _with(answer, after), examination) for solved, answer in both)


def _different_numbers(solved: Sequence[SolvedCase]) -> int:
    """How many numbers are expected in cases, or gradients where nothing else is; equal ones count once."""
    found = set()
    for one in solved:
        gradients = [gradient for gradient in one.expected.gradients.values() if gradient is not None]
        for value, _ in leaves([*one.expected.outputs[-1:], *gradients]) or ():
            found |= {f"{number:.6g}" for number in value.flatten()[:MOST_COUNTED].tolist()}
    return len(found)


MOST_COUNTED = 50


Signs = Mapping[str, int]
"""Of each array of real numbers: 1 where none is ever negative, -1 where none is ever positive, else 0."""


def _signs(examination: Examination) -> Signs:
    found: dict[str, set[int]] = {}
    for solved in examination.cases:
        for name, value in solved.case.inputs.items():
            found.setdefault(name, set()).update(_signs_in(value))
    return {name: signs.pop() if len(signs) == 1 else 0 for name, signs in found.items()}


def _signs_in(value: Value) -> set[int]:
    if isinstance(value, Tensor) and value.is_floating_point():
        return {sign for sign, some in ((1, (value > 0).any()), (-1, (value < 0).any())) if bool(some)}
    return set()


def _keeps_signs(change: Substitution, case: Case, signs: Signs) -> bool:
    """Whether numbers that always have one sign keep it: what a formula makes of others means nothing."""
    changed = change(case.inputs)
    return all(_signs_in(changed[name]) <= {sign} for name, sign in signs.items() if sign and name in changed)


def _with(answer: Response, after: Callable[[Value], Value] | None) -> Response:
    """An answer with something done to its result; an error where that cannot be done."""
    if after is None:
        return answer
    if answer.outputs and isinstance(answer.outputs[-1], (Tensor, float)):
        with contextlib.suppress(RuntimeError):
            return replace(answer, outputs=(*answer.outputs[:-1], after(answer.outputs[-1])))
    return Response(error="none")


def _given(case: Case, change: Substitution) -> Case:
    return replace(case, inputs=change(case.inputs))


def _applies(change: Substitution, case: Case) -> bool:
    try:
        changed = change(case.inputs)
    except (ArithmeticError, RuntimeError, IndexError, KeyError, TypeError, ValueError):
        return False
    return all(not isinstance(value, Tensor) or bool(value.isfinite().all()) for value in changed.values()) and any(
        not _same(value, case.inputs[name]) for name, value in changed.items()
    )


def _same(value: Value, other: Value) -> bool:
    if isinstance(value, Tensor):
        return isinstance(other, Tensor) and value.shape == other.shape and torch.equal(value, other)
    if isinstance(value, (list, tuple)):
        return all(map(_same, value, other))
    return bool(value == other)


def _substitutions(inputs: Inputs, signs: Signs) -> Iterator[tuple[str, Substitution]]:
    inputs = {name: value for name, value in inputs.items() if not _is_structure(value)}
    for first, second in itertools.combinations(inputs, 2):
        if _same_form(inputs[first], inputs[second]):
            yield (
                f"With `{first}` and `{second}` exchanged",
                _exchanged(first, second),
            )
    for name, value in inputs.items():
        if isinstance(value, Tensor) and value.is_floating_point():
            for words, change in _changes_of_numbers(name, value, negated=not signs.get(name)):
                yield f"Given {words} in place of `{name}`", _changed(name, change)
        elif isinstance(value, Tensor) and value.dtype == torch.int64:
            for words, change in _changes_of_ids(name, value):
                yield f"Given {words} in place of `{name}`", _changed(name, change)
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            for words, of_number in _changes_of_a_number(name, value):
                yield f"Given {words} in place of `{name}`", _replaced(name, of_number)


def _is_structure(value: Value) -> bool:
    """Whether whole numbers say what belongs to what, -1 for none, as the parents of a tree's nodes.

    Others in their place would be no tree, on which a function that follows them may never end.
    """
    return isinstance(value, Tensor) and value.dtype == torch.int64 and bool((value < 0).any())


def _same_form(value: Value, other: Value) -> bool:
    if isinstance(value, Tensor):
        return isinstance(other, Tensor) and (value.shape, value.dtype) == (other.shape, other.dtype)
    return isinstance(value, (int, float)) and isinstance(other, (int, float))


def _exchanged(first: str, second: str) -> Substitution:
    return lambda inputs: {**inputs, first: inputs[second], second: inputs[first]}


def _changed(name: str, change: Change) -> Substitution:
    return lambda inputs: {**inputs, name: change(inputs[name]).to(inputs[name].dtype).contiguous()}


def _replaced(name: str, change: Callable[[float], float]) -> Substitution:
    return lambda inputs: {**inputs, name: change(inputs[name])}


def _changes_of_numbers(name: str, value: Tensor, negated: bool) -> Iterator[tuple[str, Change]]:
    if negated:
        yield f"−`{name}`", torch.neg
    yield f"½ · `{name}`", lambda given: given / 2
    yield f"2 · `{name}`", lambda given: given * 2
    yield f"1 − `{name}`", lambda given: 1 - given
    yield f"`{name}` squared", torch.square
    yield f"the root of `{name}`", torch.sqrt
    yield f"exp of `{name}`", torch.exp
    yield f"ln of `{name}`", torch.log
    yield f"1/`{name}`", torch.reciprocal
    yield f"the sigmoid of `{name}`", torch.sigmoid
    yield f"`{name}` + 1", lambda given: given + 1
    yield f"`{name}` − 1", lambda given: given - 1
    if value.dim() >= 2:
        yield f"the transpose of `{name}`", lambda given: given.mT
    for axis in range(value.dim()):
        yield from _changes_of_order(name, axis, value.dim())
        yield from _normalisations(name, axis, value.dim())


def _changes_of_order(name: str, axis: int, dims: int) -> Iterator[tuple[str, Change]]:
    where = along(axis, dims)
    yield f"`{name}` in reverse order{where}", lambda given: given.flip(axis)
    yield f"`{name}` one position later{where}", lambda given: given.roll(1, axis)
    yield f"`{name}` one position earlier{where}", lambda given: given.roll(-1, axis)


def _normalisations(name: str, axis: int, dims: int) -> Iterator[tuple[str, Change]]:
    where = along(axis, dims)
    yield f"the softmax of `{name}`{where}", lambda given: given.softmax(axis)
    yield f"the log softmax of `{name}`{where}", lambda given: given.log_softmax(axis)
    yield f"`{name}` divided by its sum{where}", lambda given: given / given.sum(axis, keepdim=True)


def _changes_of_ids(name: str, value: Tensor) -> Iterator[tuple[str, Change]]:
    yield f"`{name}` + 1", lambda given: given + 1
    yield f"`{name}` − 1", lambda given: given - 1
    for axis in range(value.dim()):
        yield from _changes_of_order(name, axis, value.dim())


def _changes_of_a_number(name: str, value: float) -> Iterator[tuple[str, Callable[[float], float]]]:
    kind = type(value)
    yield f"`{name}` + 1", lambda given: kind(given + 1)
    yield f"`{name}` − 1", lambda given: kind(given - 1)
    if isinstance(value, int):
        return
    yield f"−`{name}`", lambda given: -given
    yield f"1 − `{name}`", lambda given: 1 - given
    yield f"½ · `{name}`", lambda given: given / 2
    yield f"2 · `{name}`", lambda given: given * 2
    yield f"1/`{name}`", lambda given: 1 / given
    yield f"`{name}` squared", lambda given: given**2
    yield f"the root of `{name}`", math.sqrt
