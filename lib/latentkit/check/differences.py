"""Where an answer is farthest from what was expected, as text for a card."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from latentkit.check.cases import Value

WRONG = "wrong"
"""The label of such a table begins with it."""

MOST_ROWS = 4
ENOUGH_DIGITS = (6, 9, 12, 17)
"""Significant digits, tried in turn until two numbers that differ look different."""


@dataclass(frozen=True)
class Entry:
    """One number of an answer that is wrong.

    Attributes:
        place: how Python indexes it: "[2, 1]"; "[0][2, 1]" in the first of several things returned.
        expected, actual: the two numbers.
    """

    place: str
    expected: float
    actual: float

    @property
    def size(self) -> float:
        """How far they are apart; infinite where one of them is no finite number."""
        distance = abs(self.actual - self.expected)
        return math.inf if math.isnan(distance) else distance

    def texts(self) -> tuple[str, str, str, str]:
        """Place, expected, actual and difference."""
        pair = two_texts(self.expected, self.actual)
        both_finite = math.isfinite(self.expected) and math.isfinite(self.actual)
        return (self.place, *pair, f"{self.actual - self.expected:+.3g}" if both_finite else "–")


def two_texts(expected: float, actual: float) -> tuple[str, str]:
    """Both numbers with as few digits as tell them apart, six at least."""
    for digits in ENOUGH_DIGITS:
        first, second = f"{expected:.{digits}g}", f"{actual:.{digits}g}"
        if first != second:
            break
    return first, second


def table_of_differences(actual: Value, expected: Value, allowed: Callable[[Tensor], float]) -> str | None:
    """The wrong entries of a tensor, those that differ most first, as a table of text.

    Args:
        actual, expected: of the same form; a tuple of tensors is gone through as a whole.
        allowed: what an entry of an expected tensor may be off.
    Returns:
        A line that tells how many are wrong, then the table; None where these are no tensors of one shape.
    """
    pairs = list(_pairs(actual, expected, ""))
    if not pairs or any(a.shape != e.shape for a, e, _ in pairs):
        return None
    wrong, rows = 0, []
    for a, e, prefix in pairs:
        found = _wrong_entries(a, e, prefix, allowed(e))
        wrong += found[0]
        rows += found[1]
    if not rows:
        return None
    rows.sort(key=lambda entry: entry.size, reverse=True)
    count = sum(e.numel() for _, e, _ in pairs)
    more = "; those that differ most:" if wrong > MOST_ROWS else ":"
    head = f"{wrong} of {count} entries{more}" if count > 1 else "the only entry:"
    return f"{head}\n{_aligned([entry.texts() for entry in rows[:MOST_ROWS]])}"


def _pairs(actual: Value, expected: Value, prefix: str) -> Iterator[tuple[Tensor, Tensor, str]]:
    if isinstance(expected, Tensor) and isinstance(actual, Tensor) and expected.dim():
        yield actual.detach().to("cpu"), expected.detach().to("cpu"), prefix
    elif isinstance(expected, (list, tuple)) and isinstance(actual, (list, tuple)):
        for number, (a, e) in enumerate(zip(actual, expected, strict=False)):
            yield from _pairs(a, e, f"{prefix}[{number}]")


def _wrong_entries(actual: Tensor, expected: Tensor, prefix: str, tolerance: float) -> tuple[int, list[Entry]]:
    """How many entries are wrong, and those of them that differ most."""
    a, e = actual.double().flatten(), expected.double().flatten()
    distance = torch.where(a == e, 0.0, (a - e).abs()).nan_to_num(nan=math.inf, posinf=math.inf)
    wrong = int((distance > tolerance).sum())
    most = distance.topk(min(MOST_ROWS, wrong)).indices.tolist()
    entries = []
    for flat in most:
        index = [int(number) for number in np.unravel_index(flat, expected.shape)]  # torch's would import sympy
        entries.append(Entry(f"{prefix}{index}", float(e[flat]), float(a[flat])))
    return wrong, entries


def _aligned(rows: list[tuple[str, str, str, str]]) -> str:
    lines = [("place", "expected", "actual", "difference"), *rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join([line[0].ljust(widths[0]), *(t.rjust(w) for t, w in zip(line[1:], widths[1:], strict=True))])
        for line in lines
    )
