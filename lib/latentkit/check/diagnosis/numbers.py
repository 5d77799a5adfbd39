"""What a diagnosis works with: the right and the student's value of each case, as double precision arrays."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from latentkit.check.cases import Case, Examination, Response, SolvedCase, Value
from latentkit.check.comparing import TOLERANCE

MOST_AXES = 5
MOST_ENTRIES = 10**6
MOST_THINGS = 16
"""Beyond these a value is looked at no further: it is no exercise's, and what is returned may be anything."""


@dataclass(frozen=True)
class Pair:
    """One value of a case, as it should be and as it is.

    Attributes:
        case: the call.
        expected, actual: float64, of any shapes.
        precision: relative to the largest entry, how far apart two of them count as equal.
    """

    case: Case
    expected: Tensor
    actual: Tensor
    precision: float

    @property
    def is_right(self) -> bool:
        """Whether the two are equal."""
        return equal(self.actual, self.expected, self.precision)

    @property
    def is_finite(self) -> bool:
        """Whether all numbers of both are finite."""
        return bool(self.expected.isfinite().all() and self.actual.isfinite().all())

    @property
    def sizes(self) -> dict[str, float]:
        """Words for a number of the case to that number: sizes of its inputs, and inputs that are numbers."""
        return dict(_sizes(self.case.inputs))


def equal(actual: Tensor, predicted: Tensor, precision: float) -> bool:
    """Whether two arrays have one shape and equal entries, up to a precision relative to the largest; NaN is NaN."""
    if actual.shape != predicted.shape:
        return False
    finite = predicted[predicted.isfinite()]
    scale = float(finite.abs().max()) if finite.numel() else 1.0
    return torch.allclose(actual, predicted, rtol=0, atol=precision * max(scale, 1e-3), equal_nan=True)


def pairs_of(case: Case, expected: Value, actual: Value) -> list[Pair] | None:
    """The values of a case, one for each thing that is returned; None where they are no arrays or not as many."""
    right, given = leaves(expected), leaves(actual)
    if right is None or given is None or len(right) != len(given) or not right:
        return None
    return [Pair(case, e, a, max(p, q)) for (e, p), (a, q) in zip(right, given, strict=True)]


def are_numbers_right(examination: Examination, responses: Sequence[Response], precision: float | None = None) -> bool:
    """Whether all that was returned is right, whatever its dtype, its gradients and what it edited.

    Args:
        examination: its solved cases.
        responses: one per case.
        precision: relative to the largest entry; that of the dtypes where it is None.
    """
    return all(is_right(s, r, precision) for s, r in zip(examination.cases, responses, strict=True))


def is_right(solved: SolvedCase, response: Response, precision: float | None = None) -> bool:
    """Whether the numbers returned in one case are right, up to a precision; that of the dtypes where it is None."""
    if response.error or not solved.expected.outputs:
        return False
    found = pairs_of(solved.case, solved.expected.outputs[-1], response.outputs[-1])
    return found is not None and all(equal(p.actual, p.expected, precision or p.precision) for p in found)


def is_finite(response: Response) -> bool:
    """Whether no array that was returned holds NaN or an infinity."""
    return all(not isinstance(out, Tensor) or bool(out.isfinite().all()) for out in response.outputs)


def leaves(value: Value) -> list[tuple[Tensor, float]] | None:
    """The arrays of a value, in double precision, with the precision of each; None where it holds anything else."""
    if isinstance(value, Tensor):
        if value.is_complex() or value.dim() > MOST_AXES or value.numel() > MOST_ENTRIES:
            return None
        return [(value.detach().double(), TOLERANCE.get(value.dtype, TOLERANCE[torch.float64]))]
    if isinstance(value, (bool, int, float)):
        if abs(value) >= 1e300:
            return None
        return [(torch.tensor(float(value), dtype=torch.float64), TOLERANCE[torch.float64])]
    if isinstance(value, (list, tuple)) and len(value) <= MOST_THINGS:
        found = [leaves(item) for item in value]
        return None if any(part is None for part in found) else [leaf for part in found for leaf in part or ()]
    return None


def _sizes(inputs: Mapping[str, Value]) -> Iterator[tuple[str, float]]:
    for name, value in inputs.items():
        if isinstance(value, Tensor):
            for axis, size in enumerate(value.shape):
                yield axis_words(name, axis, value.dim()), float(size)
            if value.dim() > 1:
                yield f"the number of entries of `{name}`", float(value.numel())
        elif isinstance(value, (int, float)) and not isinstance(value, bool) and value and math.isfinite(value):
            yield f"`{name}`", float(value)
        elif isinstance(value, (list, tuple)):
            yield f"the length of `{name}`", float(len(value))


def counts_only(examination: Examination) -> bool:
    """Whether all that is expected is a whole number for each case: such numbers are equal by chance too often."""
    expected = [solved.expected.outputs[-1] for solved in examination.cases if solved.expected.outputs]
    return all(isinstance(value, int) for value in expected)


def axis_words(name: str, axis: int, dims: int) -> str:
    """Words for the size of an axis of an argument."""
    if dims == 1:
        return f"the length of `{name}`"
    if axis in (0, dims - 1):
        return f"the size of the {'first' if axis == 0 else 'last'} axis of `{name}`"
    return f"the size of axis {axis} of `{name}`"


def common_sizes(pairs: Sequence[Pair]) -> dict[str, list[float]]:
    """Words that every case has a number for, to those numbers, case by case; equal ones once."""
    every = [pair.sizes for pair in pairs]
    found: dict[str, list[float]] = {}
    for words in every[0] if every else ():
        values = [sizes.get(words, math.nan) for sizes in every]
        if not any(math.isnan(value) for value in values) and values not in found.values():
            found[words] = values
    return found
