"""Which terms of a formula the student's numbers hold, and how often: by least squares on all entries at once."""

import itertools
from collections.abc import Iterator, Mapping, Sequence

import torch
from torch import Tensor

from latentkit.check.cases import Value
from latentkit.check.diagnosis.constants import FACTORS, near, room_of
from latentkit.check.diagnosis.numbers import Pair

MOST_WRONG = 3
"""Terms that a sentence may name."""


def terms(pairs: Sequence[Pair], parts: Sequence[Mapping[str, Value]]) -> str | None:
    """A sentence on the terms that are missing, turned or wrongly weighted; None where that does not explain all.

    Args:
        pairs: one for each case, the expected value being the sum of the terms.
        parts: the terms of each case, words to value.
    """
    usable = [
        (pair, part)
        for pair, part in zip(pairs, parts, strict=True)
        if part and pair.is_finite and pair.actual.shape == pair.expected.shape
    ]
    if not usable or len(usable) < len(pairs):
        return None
    names = list(usable[0][1])
    if len(names) < 2 or any(list(part) != names for _, part in usable):
        return None
    weights = _weights(usable, names)
    if weights is None:
        return _few_changed(usable, names)
    wrong = [(name, weight) for name, weight in zip(names, weights, strict=True) if not near(weight, 1, 1e-3)]
    if not wrong or len(wrong) > MOST_WRONG or (len(wrong) == len(names) and len(names) > 2):
        return None
    if all(abs(weight) < 1e-3 for weight in weights):
        return None  # what is 0 everywhere says nothing of terms
    if any(_weight_words(weight) is None for _, weight in wrong):
        return None
    return "; ".join(_said(name, weight) for name, weight in wrong)


def _weights_of(count: int) -> Iterator[tuple[float, ...]]:
    """Weights of so many terms; three are changed alike, as by one wrong sign before a bracket."""
    plain = (0.0, -1.0, 2.0, 0.5)
    yield from itertools.product(plain, repeat=count) if count < 3 else ((weight,) * count for weight in plain)


def _few_changed(usable: Sequence[tuple[Pair, Mapping[str, Value]]], names: Sequence[str]) -> str | None:
    """Where there are too few numbers for all weights: one or two terms that are missing, turned, doubled or halved."""
    if sum(pair.actual.numel() for pair, _ in usable) < 3:
        return None
    columns = [torch.cat([_flat(part[name], pair) for pair, part in usable]) for name in names]
    gap = torch.cat([(pair.actual - pair.expected).flatten() for pair, _ in usable])
    rooms = torch.cat([torch.full((pair.actual.numel(),), room_of(pair)).double() for pair, _ in usable])
    found = []
    for count in (1, 2, 3):
        for chosen in itertools.combinations(range(len(names)), count):
            for weights in _weights_of(count):
                made = sum((w - 1) * columns[i] for i, w in zip(chosen, weights, strict=True))
                if bool(((gap - made).abs() <= rooms).all()):
                    found.append("; ".join(_said(names[i], w) for i, w in zip(chosen, weights, strict=True)))
        if found:
            break
    return found[0] if len(found) == 1 else None


def _weights(usable: Sequence[tuple[Pair, Mapping[str, Value]]], names: Sequence[str]) -> list[float] | None:
    """The weight of each term, where they are the same for all entries and no other weights would do."""
    columns = []
    for name in names:
        column = [_flat(part[name], pair) for pair, part in usable]
        columns.append(torch.cat(column))
    design, actual = torch.stack(columns, 1), torch.cat([pair.actual.flatten() for pair, _ in usable])
    # Cases differ in size: each entry counts relative to the largest of its case.
    scale = torch.cat([torch.full((p.actual.numel(),), max(float(p.expected.abs().max()), 1e-6)) for p, _ in usable])
    design, actual = design / scale[:, None], actual / scale
    if len(actual) < 2 * len(names) or int(torch.linalg.matrix_rank(design, rtol=1e-6)) < len(names):
        return None
    weights = torch.linalg.lstsq(design, actual[:, None], driver="gelsd").solution[:, 0]
    room = max(pair.precision for pair, _ in usable) * 4 * float(design.abs().max().clamp(min=1))
    if float((design @ weights - actual).abs().max()) > room:
        return None
    return [float(weight) for weight in weights]


def _flat(value: Value, pair: Pair) -> Tensor:
    term = value if isinstance(value, Tensor) else torch.tensor(float(value))
    return term.double().expand(pair.expected.shape).flatten()


def _said(name: str, weight: float) -> str:
    if abs(weight) < 1e-3:
        return f"the term {name} is missing"
    if near(weight, -1, 1e-3):
        return f"the term {name} has the wrong sign"
    if near(weight, 2, 1e-3):
        return f"the term {name} is there twice"
    return f"the term {name} is multiplied by {_weight_words(weight)}"


def _weight_words(weight: float) -> str | None:
    """Words for a weight that a student could have written; a weight of no name fits by chance."""
    if abs(weight) < 1e-3:
        return "0"
    words = next((words for value, words in FACTORS.items() if near(weight, value, 1e-3)), None)
    return words.partition(",")[0] if words else None
