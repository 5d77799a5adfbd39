"""Further cases for a diagnosis, varied from an exercise's own and solved by its reference.

None of them is declared by hand: what an argument, a row or a dtype does is seen from what the reference makes of it. A
variation on which the reference fails, or gives numbers that are not finite, is left out, and so is one on which a
right solution that looks different gives something else: the exercise does not say what is right there.
"""

import inspect
import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache

import numpy as np
import torch
from torch import Tensor

from autograder.exercise.exercise import Exercise
from latentkit.check.calling import respond
from latentkit.check.cases import Case, Examination, Probe, Response, SolvedCase, Value
from latentkit.check.comparing import close, complaint

MOST_ROWS = 4
MOST_BASES = 3
MOST_VALUES = 3
"""Other values of an argument that are tried."""
FACTORS = (0.25, *(4.0**power for power in range(1, 5)))
"""By which an argument that may be any number is multiplied. Once it is made smaller: what is wrong there too is not
wrong for its size."""


def probes(exercise: Exercise, cases: Sequence[Case], generator: np.random.Generator) -> tuple[Probe, ...]:
    """The probes of an exercise that is judged by value.

    Args:
        exercise: from a rubric.
        cases: its cases; the first is the one that most probes vary.
        generator: makes other cases, whose arguments take the place of the first one's.
    """
    drawn_anew = list(exercise.cases(generator))
    others = [*drawn_anew, *cases[1:]]
    as_it_was = cache(lambda base: respond(exercise.reference, _with_inputs(exercise, cases[base], cases[base].inputs)))
    found: list[Probe] = []
    count = Counter[str]()
    for kind, about, base, case in itertools.chain(
        _drawn_anew(exercise, cases, drawn_anew),
        _other_values(exercise, cases, others),
        _other_ends(exercise, cases, others),
        _left_out(exercise, cases),
        _single_rows(exercise, cases),
        _other_dtypes(exercise, cases),
        _special_values(exercise, cases),
        _larger(exercise, cases),
    ):
        if kind == "argument" and count[about] == MOST_VALUES:
            continue
        expected = respond(exercise.reference, case)
        if expected.error or not _is_finite(expected.outputs):
            continue
        solved = SolvedCase(case, replace(expected, detail=""))
        if (kind not in MUST_TELL or _changes(as_it_was(base), expected)) and _is_settled(exercise, solved):
            found.append(Probe(kind, about, base, solved))
            count[about] += kind == "argument"
    return tuple(found)


Variation = tuple[str, str, int, Case]
"""Kind, what it is about, the index of the case that is varied, and the case."""


def _drawn_anew(exercise: Exercise, cases: Sequence[Case], anew: Sequence[Case]) -> Iterator[Variation]:
    """Each case with other numbers, as a hidden one has them: what is right by luck is wrong there."""
    for number, (case, other) in enumerate(zip(cases, anew, strict=False)):
        if case.name == other.name:
            yield "anew", "", number, _with_inputs(exercise, other, other.inputs)


def _other_values(exercise: Exercise, cases: Sequence[Case], others: Sequence[Case]) -> Iterator[Variation]:
    """Each argument in turn as it is in another case, the rest as it was; in some first cases it may not matter."""
    for name in dict.fromkeys(name for case in cases for name in case.inputs):
        having = [(i, case) for i, case in enumerate(cases) if name in case.inputs][:MOST_BASES]
        for other in others:
            for number, base in having:  # the first few are of different cases
                given = other.inputs.get(name)
                if name in other.inputs and _differs(base.inputs[name], given):
                    yield "argument", name, number, _with_inputs(exercise, base, {**base.inputs, name: given})


def _other_ends(exercise: Exercise, cases: Sequence[Case], others: Sequence[Case]) -> Iterator[Variation]:
    """The first and the last entries of each array, along its first and its last axis, as they are in other cases."""
    for name in cases[0].inputs:
        for number, base in list(enumerate(cases))[:MOST_BASES]:
            value = base.inputs.get(name)
            given = [o.inputs[name] for o in others if name in o.inputs and _differs(value, o.inputs[name])][:2]
            if not isinstance(value, Tensor) or value.dim() == 0:
                continue
            for other, axis in itertools.product(given, sorted({0, value.dim() - 1})):
                for kind, index in (("first", 0), ("last", -1)):
                    changed = value.clone()
                    changed.select(axis, index).copy_(other.select(axis, index))
                    if value.shape[axis] > 1 and not torch.equal(changed, value):
                        inputs = {**base.inputs, name: changed}
                        yield kind, f"{name} {axis}", number, _with_inputs(exercise, base, inputs)


def _differs(value: Value, given: Value) -> bool:
    return _same_form(value, given) and not _same(value, given)


def _left_out(exercise: Exercise, cases: Sequence[Case]) -> Iterator[Variation]:
    """The last argument left to its default, where there is one, and then the last two ..."""
    number, case = max(enumerate(cases), key=lambda numbered: len(numbered[1].inputs))
    names = list(case.inputs)
    defaults = inspect.signature(exercise.reference).parameters
    while names and names[-1] in defaults and defaults[names[-1]].default is not inspect.Parameter.empty:
        last = names.pop()
        yield "default", last, number, _with_inputs(exercise, case, {name: case.inputs[name] for name in names})


def _single_rows(exercise: Exercise, cases: Sequence[Case]) -> Iterator[Variation]:
    """The first examples of the first case, each alone, where the reference treats examples one by one."""
    base = cases[0]
    whole = respond(exercise.reference, _with_inputs(exercise, base, base.inputs))
    batched = _batched(exercise, base, whole)
    if batched is None:
        return
    axes, size = batched
    for row in range(min(size, MOST_ROWS)):
        yield "row", str(row), 0, _with_inputs(exercise, base, _row(base.inputs, axes, row))


def _batched(exercise: Exercise, case: Case, whole: Response) -> tuple[dict[str, int], int] | None:
    """The axis that counts examples, by argument, and how many there are: the reference's rows are its own."""
    result = whole.outputs[-1] if whole.outputs else None
    outputs = [out for out in (result if isinstance(result, tuple) else (result,)) if isinstance(out, Tensor)]
    if not outputs or any(out.dim() == 0 or out.shape[0] != outputs[0].shape[0] for out in outputs):
        return None
    size = outputs[0].shape[0]
    tensors = {name: value for name, value in case.inputs.items() if isinstance(value, Tensor)}
    for axis in (0, 1) if size > 1 else ():
        fitting = [name for name, value in tensors.items() if value.dim() > axis and value.shape[axis] == size]
        for count in range(len(fitting), 0, -1):
            for names in itertools.combinations(fitting, count):
                axes = dict.fromkeys(names, axis)
                alone = respond(exercise.reference, _with_inputs(exercise, case, _row(case.inputs, axes, size - 1)))
                whole_too = axis == 0 or len(names) == len(tensors)  # else the axis may count something else
                if whole_too and not alone.error and close(alone.outputs[-1], _last_row(result)):
                    return axes, size
    return None


def _last_row(result: Value) -> Value:
    return tuple(out[-1:] for out in result) if isinstance(result, tuple) else result[-1:]


def _row(inputs: Mapping[str, Value], axes: Mapping[str, int], row: int) -> dict[str, Value]:
    return {
        name: value.narrow(axes[name], row, 1) if name in axes else value  # of the arguments with an axis of examples
        for name, value in inputs.items()
    }


def _other_dtypes(exercise: Exercise, cases: Sequence[Case]) -> Iterator[Variation]:
    """The first case in single precision, or in double precision, where the exercise has cases of both."""
    base = cases[0]
    dtypes = _float_dtypes(base)
    for had, wanted in ((torch.float64, torch.float32), (torch.float32, torch.float64)):
        if dtypes == {had} and any(_float_dtypes(case) == {wanted} for case in cases):
            inputs = {
                name: value.to(wanted) if isinstance(value, Tensor) and value.dtype == had else value
                for name, value in base.inputs.items()
            }
            yield "dtype", str(wanted).removeprefix("torch."), 0, _with_inputs(exercise, base, inputs)


def _float_dtypes(case: Case) -> set[torch.dtype]:
    return {value.dtype for value in case.inputs.values() if isinstance(value, Tensor) and value.is_floating_point()}


SPECIAL: dict[str, Callable[[Value], Value]] = {
    "zero": lambda value: value * 0,
    "one": lambda value: value * 0 + 1,
    "plus one": lambda value: value + 1,
    "double": lambda value: value * 2,
}
"""What is done to an argument that may be any number, by kind of probe."""

OF_EVERY_CASE = ("zero", "one")


def _special_values(exercise: Exercise, cases: Sequence[Case]) -> Iterator[Variation]:
    """The arguments that may be any number, each at 0, at 1, one larger, and twice as large.

    At 0 and at 1 in every case, for of all of them it is said what comes out there.
    """
    for name in exercise.unbounded:
        having = [(i, case) for i, case in enumerate(cases) if name in case.inputs]
        for (place, (number, base)), (kind, change) in itertools.product(enumerate(having), SPECIAL.items()):
            if place >= MOST_BASES and kind not in OF_EVERY_CASE:
                continue
            yield kind, name, number, _with_inputs(exercise, base, {**base.inputs, name: change(base.inputs[name])})


def _larger(exercise: Exercise, cases: Sequence[Case]) -> Iterator[Variation]:
    """The arguments that may be any number, each multiplied by larger and larger factors."""
    base = cases[0]
    for name in exercise.unbounded:
        for factor in FACTORS:
            value = base.inputs.get(name)
            if value is not None:
                yield "larger", name, 0, _with_inputs(exercise, base, {**base.inputs, name: value * factor})


def _with_inputs(exercise: Exercise, case: Case, inputs: Mapping[str, Value]) -> Case:
    """The case with other inputs; without gradients, unless nothing else is compared."""
    if not exercise.compare_value:
        return replace(case, inputs=dict(inputs))
    return replace(case, inputs=dict(inputs), gradients=(), cotangent=None)


def _is_settled(exercise: Exercise, solved: SolvedCase) -> bool:
    """Whether the exercise says what is right there: all that looks different and is right gives the same."""
    examined = Examination(
        exercise.name,
        (solved,),
        hints={},
        compare_value=exercise.compare_value,
        symmetric=exercise.symmetric,
        simplex=exercise.simplex,
    )
    return all(
        complaint(solved, respond(alternative, solved.case), examined) is None for alternative in exercise.alternatives
    )


def _is_finite(value: Value) -> bool:
    if isinstance(value, Tensor):
        return bool(value.isfinite().all())
    return all(map(_is_finite, value)) if isinstance(value, (list, tuple)) else True


MUST_TELL = ("argument", "first", "last")
"""Kinds of probes that nobody need notice where they change nothing in what the reference gives."""


def _changes(before: Response, after: Response) -> bool:
    """Whether anything in what the reference gives has changed."""
    return not (
        close(after.outputs[-1], before.outputs[-1])
        and all(close(value, before.edited.get(name)) for name, value in after.edited.items())
        and all(close(value, before.gradients.get(name)) for name, value in after.gradients.items())
    )


def _same_form(value: Value, other: Value) -> bool:
    if isinstance(value, Tensor):
        return isinstance(other, Tensor) and (value.shape, value.dtype) == (other.shape, other.dtype)
    if isinstance(value, (bool, int, float)):
        return type(value) is type(other)
    if isinstance(value, list):
        return isinstance(other, list) and len(value) == len(other)
    return False


def _same(value: Value, other: Value) -> bool:
    if isinstance(value, Tensor):
        return torch.equal(value, other)
    if isinstance(value, (list, tuple)):
        return len(value) == len(other) and all(map(_same, value, other))
    return bool(value == other)
