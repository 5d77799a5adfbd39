"""Where the student's numbers are wrong, by their place and by what the inputs hold there."""

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor

from latentkit.check.diagnosis.numbers import Pair

Where = Callable[[Pair], Tensor | None]
"""A mask of the value's shape, True where something is so; None where it cannot be said."""


def wrong_entries(pair: Pair) -> Tensor | None:
    """A mask of the entries that are wrong; None where the shapes differ."""
    if pair.actual.shape != pair.expected.shape:
        return None
    finite = pair.expected[pair.expected.isfinite()]
    scale = max(float(finite.abs().max()), 1e-3) if finite.numel() else 1.0
    same = (pair.actual == pair.expected) | ((pair.actual - pair.expected).abs() <= pair.precision * scale)
    return ~(same | (pair.actual.isnan() & pair.expected.isnan()))


def place(pairs: Sequence[Pair]) -> str | None:
    """Words for the entries that are wrong, where a plain rule gives exactly them in every case; else None.

    Args:
        pairs: of one thing that is returned, one for each case. Some entry must be right.
    """
    masks = [wrong_entries(pair) for pair in pairs]
    if any(mask is None for mask in masks):
        return None
    known = [mask for mask in masks if mask is not None]
    entries = torch.cat([mask.flatten() for mask in known])
    if entries.numel() < 4 or not entries.any() or entries.all():
        return None
    if len({pair.case.name for pair, m in zip(pairs, known, strict=True) if m.any() and not m.all()}) < ENOUGH_CASES:
        return None
    telling = _units(known)
    for words, where, by_input in _rules(pairs):
        if by_input and min(telling) < ENOUGH_UNITS:
            continue
        found = [where(pair) for pair in pairs]
        if all(f is not None and torch.equal(f, mask) for f, mask in zip(found, known, strict=True)):
            return words
    return None


ENOUGH_CASES = 3
"""Cases with right entries and wrong ones: what is so in one or two of them may be luck, however often drawn anew."""

ENOUGH_UNITS = 5
"""Right ones and wrong ones that a rule about what arrays hold must tell apart: so many rules are tried that fewer may
agree by chance."""


def _units(masks: Sequence[Tensor]) -> tuple[int, int]:
    """How many things are right and wrong: entries, or rows where each row is all right or all wrong."""
    rows = [mask.flatten(1) if mask.dim() > 1 else mask.reshape(-1, 1) for mask in masks]
    if all(bool((row == row[:, :1]).all()) for row in rows):
        rows = [row[:, :1] for row in rows]
    wrong = sum(int(row.sum()) for row in rows)
    return sum(row.numel() for row in rows) - wrong, wrong


def _rules(pairs: Sequence[Pair]) -> Iterator[tuple[str, Where, bool]]:
    """Words, the rule, and whether it is about what the inputs or the right values hold."""
    for words, where in _rules_of_place(pairs):
        yield words, where, False
    for words, where in _rules_of_value():
        yield words, where, True
    for argument, value in pairs[0].case.inputs.items():
        if isinstance(value, Tensor):
            for words, where in _rules_of_input(argument, value):
                yield words, where, True


def _rules_of_place(pairs: Sequence[Pair]) -> Iterator[tuple[str, Where]]:
    dims = max(pair.expected.dim() for pair in pairs)
    names = {0: "row" if dims > 1 else "entry", dims - 1: "column"} if dims > 1 else {0: "entry"}
    for axis in range(dims):
        name = names.get(axis, "position")
        yield f"the first {name}", _at(axis, 0)
        yield f"the last {name}", _at(axis, -1)
        yield f"every {name} but the first", _not(_at(axis, 0))
        yield f"every {name} but the last", _not(_at(axis, -1))
    if dims >= 2:
        yield "the diagonal", _on_diagonal
        yield "what lies off the diagonal", _not(_on_diagonal)


def _rules_of_value() -> Iterator[tuple[str, Where]]:
    yield "entries that should be 0", lambda pair: pair.expected == 0
    yield "entries that should be negative", lambda pair: pair.expected < 0
    yield "the largest of each row", _largest_of_row


def _rules_of_input(argument: str, value: Tensor) -> Iterator[tuple[str, Where]]:
    for words, test in (
        (f"`{argument}` is 0", lambda given: given == 0),
        (f"`{argument}` is not 0", lambda given: given != 0),
        (f"`{argument}` is negative", lambda given: given < 0),
        (f"`{argument}` is positive", lambda given: given > 0),
        (f"`{argument}` is 1", lambda given: given == 1),
        (f"`{argument}` is above 1", lambda given: given > 1),
        (f"`{argument}` repeats an earlier entry", _repeats_earlier),
        (f"`{argument}` comes again later", _comes_again),
        (f"`{argument}` holds a number that is there more than once", _is_repeated),
        (f"`{argument}` is the largest there is", lambda given: given == given.max()),
        (f"`{argument}` is not the largest there is", lambda given: given != given.max()),
        (f"`{argument}` is the smallest there is", lambda given: given == given.min()),
    ):
        yield f"entries where {words}", _spread(argument, test)
        if value.dim() >= 2:
            yield f"rows in which {words} somewhere", _spread(argument, _somewhere(test))
            yield f"rows in which {words} everywhere", _spread(argument, _everywhere(test))
            yield f"all rows but those in which {words} somewhere", _spread(argument, _nowhere(test))


Test = Callable[[Tensor], Tensor]
"""A mask of an argument's entries."""


def _somewhere(test: Test) -> Test:
    return lambda given: test(given).flatten(1).any(1)


def _everywhere(test: Test) -> Test:
    return lambda given: test(given).flatten(1).all(1)


def _nowhere(test: Test) -> Test:
    return lambda given: ~test(given).flatten(1).any(1)


def _spread(argument: str, test: Callable[[Tensor], Tensor]) -> Where:
    """A test of an argument's entries, for the value's entries that go with them: the same leading or last axes."""

    def where(pair: Pair) -> Tensor | None:
        given = pair.case.inputs.get(argument)
        shape = pair.expected.shape
        if not isinstance(given, Tensor) or not given.numel() or not shape:
            return None
        found = test(given)
        if tuple(found.shape) == tuple(shape[: found.dim()]):
            return found.reshape(*found.shape, *[1] * (len(shape) - found.dim())).expand(shape)
        if tuple(found.shape) == tuple(shape[len(shape) - found.dim() :]):
            return found.expand(shape)
        return None

    return where


def _repeats_earlier(given: Tensor) -> Tensor:
    if given.dim() != 1:
        return torch.zeros_like(given, dtype=torch.bool)
    return (given[:, None] == given).tril(-1).any(-1)


def _comes_again(given: Tensor) -> Tensor:
    if given.dim() != 1:
        return torch.zeros_like(given, dtype=torch.bool)
    return (given[:, None] == given).triu(1).any(-1)


def _is_repeated(given: Tensor) -> Tensor:
    return _repeats_earlier(given) | _comes_again(given)


def _at(axis: int, index: int) -> Where:
    def where(pair: Pair) -> Tensor | None:
        if pair.expected.dim() <= axis or not pair.expected.shape[axis]:
            return None
        mask = torch.zeros(pair.expected.shape, dtype=torch.bool)
        mask.select(axis, index).fill_(True)
        return mask

    return where


def _not(where: Where) -> Where:
    def other(pair: Pair) -> Tensor | None:
        found = where(pair)
        return None if found is None else ~found

    return other


def _on_diagonal(pair: Pair) -> Tensor | None:
    expected = pair.expected
    if expected.dim() < 2 or expected.shape[-1] != expected.shape[-2]:
        return None
    return torch.eye(expected.shape[-1], dtype=torch.bool).expand(expected.shape)


def _largest_of_row(pair: Pair) -> Tensor | None:
    return pair.expected == pair.expected.amax(-1, keepdim=True) if pair.expected.dim() else None
