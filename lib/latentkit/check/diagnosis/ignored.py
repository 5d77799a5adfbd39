"""Arguments, and ends of them, that change nothing in a result: said only where every attempt to see a change fails.

That some other value gives the same result may be luck: of a maximum most entries change nothing, and a curve is flat
far out. So the argument is set to values of many sizes, among other arguments of many sizes, before anything is said.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from latentkit.check.cases import Ask, Case, Examination, Response, Value
from latentkit.check.diagnosis.experiments import Answered, TooSlow, of_kind, same_outputs, value_is_right
from latentkit.check.diagnosis.numbers import is_finite
from latentkit.check.diagnosis.relations import along
from latentkit.wording import listed

MOST_ATTEMPTS = 72
"""Pairs of calls that may differ, for each argument or end."""

AT_ONCE = 12
"""Of these at once, as far as there is time."""

ROUNDING = 0.03
"""How far apart numbers may lie that count as the same, as a part of the precision of their dtype."""

FEWEST = 6
"""Attempts that must have given numbers, for the claim to be made."""

Change = Callable[[Value], Value]


def ignored(answered: Answered, examination: Examination, responses: Sequence[Response], ask: Ask) -> Iterator[str]:
    """Sentences on arguments that change nothing, and on first or last entries of one that change nothing.

    Args:
        answered: the probes with what the function gave.
        examination: its solved cases.
        responses: to the cases.
        ask: calls the function.
    """
    by_argument = _unchanged(answered, "argument", examination, responses)
    first = examination.cases[0].case.inputs
    enough = {name: 1 if isinstance(first.get(name), Tensor) else 2 for name in by_argument}
    attempts = _Attempts(examination, responses, ask)
    names = [
        name
        for name, same in by_argument.items()
        if len(same) > enough[name] and all(same) and attempts.see_no_change(name)
    ]
    if names and len(names) < len(by_argument):
        words = listed([f"`{name}`" for name in names])
        yield f"{words} {'changes' if len(names) == 1 else 'change'} nothing: another value gives the same result."
    elif names:
        yield "No argument changes anything: the result is the same whatever is given."
    whole = {name for name, same in by_argument.items() if all(same)}
    for kind in ("first", "last"):
        for about, same in _unchanged(answered, kind, examination, responses).items():
            name, _, axis = about.partition(" ")
            if len(same) > 2 and all(same) and name not in whole and attempts.see_no_change(name, kind, int(axis)):
                dims = next(p for p, _ in answered if p.about == about).solved.case.inputs[name].dim()
                yield f"The {kind} entries of `{name}`{along(int(axis), dims)} change nothing, and should."


def _unchanged(
    answered: Answered, kind: str, examination: Examination, responses: Sequence[Response]
) -> dict[str, list[bool]]:
    """What probes of a kind are about to whether the result stayed what it was, for each case that is wrong."""
    found: dict[str, list[bool]] = {}
    for probe, answer in of_kind(answered, kind):
        base = responses[probe.base]
        if kind != "argument" and value_is_right(examination.cases[probe.base], base, examination):
            continue
        if examination.compare_value:
            base = replace(base, gradients={})
        same = not answer.error and same_outputs(base, answer) and answer.edited.keys() == base.edited.keys()
        found.setdefault(probe.about, []).append(same)
    return found


class _Attempts:
    """Tries to see an argument change a result.

    Args:
        examination: its solved cases.
        responses: to the cases.
        ask: calls the function.
    """

    def __init__(self, examination: Examination, responses: Sequence[Response], ask: Ask) -> None:
        self._ask = ask
        self._cases = [
            solved.case if not examination.compare_value else replace(solved.case, gradients=(), cotangent=None)
            for solved, response in zip(examination.cases, responses, strict=True)
            if not response.error
        ]

    def see_no_change(self, name: str, kind: str = "argument", axis: int = 0) -> bool:
        """Whether no attempt shows a change, where enough of them gave numbers.

        Args:
            name: the argument.
            kind: "argument" for all of it, "first" or "last" for the entries at that end of the axis.
        """
        seen = 0
        pairs = self._pairs(name, kind, axis)
        for start in range(0, len(pairs), AT_ONCE):
            some = pairs[start : start + AT_ONCE]
            try:
                answers = self._ask([case for pair in some for case in pair])
            except TooSlow:
                break
            for before, after in zip(answers[::2], answers[1::2], strict=True):
                if before.error or after.error or not (is_finite(before) and is_finite(after)):
                    continue
                if not same_outputs(before, after, ROUNDING):
                    return False
                seen += 1
        return seen >= FEWEST

    def _pairs(self, name: str, kind: str, axis: int) -> list[tuple[Case, Case]]:
        """Two calls that differ in the argument alone, the ones that differ most from each other first."""
        found: list[tuple[Case, Case]] = []
        having = [case for case in self._cases if name in case.inputs]
        for change in _SURROUNDINGS:
            for case in having:
                for inputs in _among(case.inputs, name, change):
                    for changed in _others(inputs[name], kind, axis):
                        after = {**inputs, name: changed}
                        found.append((replace(case, inputs=inputs), replace(case, inputs=after)))
        stride = max(1, len(found) // AT_ONCE)
        return [pair for start in range(stride) for pair in found[start::stride]][:MOST_ATTEMPTS]


_SURROUNDINGS: tuple[Change | None, ...] = (None, lambda v: v * 0.01, lambda v: -v, lambda v: v * 30, lambda v: v * 0)
"""What is done to each of the other numbers in turn, so that nothing hides in a flat or a cut off part."""


def _among(inputs: Mapping[str, Value], name: str, change: Change | None) -> Iterator[dict[str, Value]]:
    """The inputs as they are, or with one other argument changed."""
    if change is None:
        yield dict(inputs)
        return
    for other, value in inputs.items():
        if other != name and _is_real(value):
            yield {**inputs, other: change(value)}
        elif other != name and isinstance(value, Tensor) and value.dim():
            yield {**inputs, other: value.flip(0)}


def _is_real(value: Value) -> bool:
    return isinstance(value, float) or (isinstance(value, Tensor) and value.is_floating_point())


def _others(value: Value, kind: str, axis: int) -> Iterator[Value]:
    """Other values in place of one, of the same form; for an end, the value with other entries there."""
    if isinstance(value, Tensor):
        if kind == "argument":
            yield from _other_tensors(value)
        elif value.dim() > axis and value.shape[axis] > 1:
            for other in _other_tensors(value):
                changed = value.clone()
                index = 0 if kind == "first" else -1
                changed.select(axis, index).copy_(other.select(axis, index))
                yield changed
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        for factor, step in ((1, 1), (1, -1), (2, 0), (0.5, 0), (-1, 0), (0, 0), (0.01, 0), (100, 0)):
            number = type(value)(factor * value + step)
            if number != value:
                yield number


def _other_tensors(value: Tensor) -> Iterator[Tensor]:
    if not value.numel():
        return
    if value.is_floating_point():
        large = 100 * max(1.0, float(value[value.isfinite()].abs().max())) if value.isfinite().any() else 100.0
        pattern = torch.arange(value.numel(), dtype=value.dtype).reshape(value.shape)
        yield from (value * 0, -value, value + 1, value * 3, value + large, value - large, value + pattern.sin())
        yield value * 0.01
    elif value.dtype != torch.bool:
        yield from (torch.full_like(value, int(value.max())), torch.full_like(value, int(value.min())), value * 0)
        yield from (value + 1, (value - 1).clamp(min=int(value.min())))
    for axis in range(value.dim()):
        yield value.flip(axis)
