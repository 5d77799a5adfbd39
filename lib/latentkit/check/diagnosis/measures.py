"""What can be measured of numbers that are wrong where nothing explains them: how many, which, and which way."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from latentkit.check.cases import Value
from latentkit.check.comparing import ordinal
from latentkit.check.diagnosis.numbers import Pair, leaves
from latentkit.check.diagnosis.places import wrong_entries

CLOSE = (
    "right to three digits or so, and no further: look for a small constant, for single precision, for a loop that "
    "ends too early."
)
"""What a sentence ends with, of numbers that are nearly right."""


def of_things(values: Sequence[tuple[Value, Value]]) -> Iterator[str]:
    """Which of several things returned are right.

    Args:
        values: (expected, actual) of each case, tuples.
    """
    count = len(values[0][0])
    if any(not isinstance(actual, (list, tuple)) or len(actual) != count for _, actual in values):
        return
    right = [all(_equal(expected[i], actual[i]) for expected, actual in values) for i in range(count)]
    if any(right) and not all(right):
        good = " and the ".join(ordinal(i) for i in range(count) if right[i])
        bad = " and the ".join(ordinal(i) for i in range(count) if not right[i])
        yield f"Of the things returned, the {good} is right and the {bad} is not."


def _equal(expected: Value, actual: Value) -> bool:
    one, other = leaves(expected), leaves(actual)
    if one is None or other is None or len(one) != len(other):
        return False
    return all(
        a.shape == b.shape and torch.allclose(a, b, rtol=0, atol=p * max(1.0, float(a.abs().max()) if a.numel() else 1))
        for (a, p), (b, _) in zip(one, other, strict=True)
    )


def of_shape(pairs: Sequence[Pair], subject: str = "it") -> Iterator[str]:
    """In which axes a shape differs from the right one.

    Args:
        pairs: of one thing that is returned, one for each case.
        subject: words for it, "it" where nothing else is returned.
    """
    shapes = [(tuple(pair.expected.shape), tuple(pair.actual.shape)) for pair in pairs]
    shapes = [(expected, actual) for expected, actual in shapes if expected != actual]
    if not shapes:
        return
    if all(sorted(expected) == sorted(actual) for expected, actual in shapes):
        yield f"{_its(subject)} axes have the right sizes in another order."
        return
    dims = {(len(expected), len(actual)) for expected, actual in shapes}
    if len(dims) > 1:
        return
    wanted, had = dims.pop()
    if wanted != had:
        yield f"{_upper(subject)} has {had} {'axis' if had == 1 else 'axes'}, not {wanted}."
        return
    for axis in range(wanted):
        gaps = {actual[axis] - expected[axis] for expected, actual in shapes}
        if gaps != {0}:
            longer = "longer" if min(gaps) > 0 else "shorter" if max(gaps) < 0 else "of another size"
            by = f" by {abs(gaps.pop())}" if len(gaps) == 1 else ""
            yield f"{_its(subject)} axis {axis} is {longer} than it should be{by}."
            return


def of_numbers(pairs: Sequence[Pair], subject: str = "it") -> Iterator[str]:
    """How many entries are right, whether rows sum to one, and which way the others lie.

    Args:
        pairs, subject: as in `of_shape`.
    """
    of = "" if subject == "it" else f" of {subject}"
    masks = [wrong_entries(pair) for pair in pairs]
    known = [(pair, mask) for pair, mask in zip(pairs, masks, strict=True) if mask is not None]
    if not known or len(known) < len(pairs) or not all(pair.is_finite for pair in pairs):
        return
    if all(_is_close(pair) for pair in pairs) and not all(pair.is_right for pair in pairs):
        yield f"{_upper(subject)} is {CLOSE}"
    if all(_rows_sum_to_one(pair.expected) for pair in pairs) and not all(_rows_sum_to_one(p.actual) for p in pairs):
        yield f"Each row{of} should sum to 1, and does not."
    wrong, right = sum(int(mask.sum()) for _, mask in known), sum(int((~mask).sum()) for _, mask in known)
    if right and wrong and wrong + right > 3:
        pair, mask = next((pair, mask) for pair, mask in known if mask.any())
        where = [int(index) for index in mask.nonzero()[0]]
        first = f", at {where} of \u201c{pair.case.name}\u201d first" if where else ""
        yield f"{wrong} of {wrong + right} numbers{of} {'is' if wrong == 1 else 'are'} wrong{first}."
    gaps = torch.cat([(pair.actual - pair.expected)[mask].flatten() for pair, mask in known])
    if wrong >= 3 and (bool((gaps > 0).all()) or bool((gaps < 0).all())):
        told = f"All that is wrong{of} is" if right else f"All numbers{of} are"
        yield f"{told} too {_way(gaps)}."


def _upper(subject: str) -> str:
    return subject[:1].upper() + subject[1:]


def _its(subject: str) -> str:
    return "Its" if subject == "it" else f"{_upper(subject)}'s"


def _is_close(pair: Pair) -> bool:
    scale = float(pair.expected.abs().max()) if pair.expected.numel() else 0.0
    return scale > 0 and float((pair.actual - pair.expected).abs().max()) < 1e-3 * scale


def _rows_sum_to_one(value: Tensor) -> bool:
    return value.dim() > 0 and value.numel() > 1 and bool(((value.sum(-1) - 1).abs() < 1e-4).all())


def _way(gaps: Tensor) -> str:
    return "large" if bool((gaps > 0).all()) else "small"
