"""What the student's numbers are, said by the right ones: a multiple of them, another order, another reduction.

A relation is stated only where it holds for every number of every case that it is tried on.
"""

import itertools
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import torch
from torch import Tensor
from torch.nn import functional as F

from latentkit.check.diagnosis.constants import factor_words, room_of, summand_words
from latentkit.check.diagnosis.numbers import Pair, equal

ENOUGH = 3
"""Numbers that a relation must explain: fewer may agree by chance."""

TELLING_ALONE = 6
"""Numbers that one case must have to prove alone that its value is another one changed."""

NOTHING = 1e-9
"""What no reader can tell from 0, nor one constant from another."""

Change = Callable[[Tensor], Tensor]


def relation(pairs: Sequence[Pair], to: str = "the right one") -> str | None:
    """What the actual values are, in words that follow "is"; None where no relation holds in all cases.

    Args:
        pairs: of one thing that is returned, one for each case.
        to: words for what `expected` is.
    """
    finite = [pair for pair in pairs if pair.is_finite]
    if not finite or len(finite) < len(pairs):
        return None
    shapes = [pair.actual.shape == pair.expected.shape for pair in finite]
    if all(shapes):
        return _same_shape(finite, to)
    return None if any(shapes) else _other_shape(finite, to)  # of one that has the right shape nothing of it is said


def multiple(pairs: Sequence[Pair], to: str) -> str | None:
    """A constant times the right value, where actual values are that in all cases; words that follow "is"."""
    if not pairs or not all(pair.is_finite and pair.actual.shape == pair.expected.shape for pair in pairs):
        return None
    telling = [pair for pair in pairs if not is_zero(pair)]
    if sum(pair.actual.numel() for pair in telling) < ENOUGH:
        return None
    factors = factors_of(telling)
    if factors is None or max(factors) - min(factors) > 1e-3 * abs(factors[0]):
        return None
    return _factor_and_summand(pairs, to)


def scaled_or_reduced(pairs: Sequence[Pair], to: str) -> str | None:
    """A plain factor, or a sum or mean: for what is no right value itself, of which much could be true by chance."""
    if not pairs or not all(pair.is_finite for pair in pairs) or sum(pair.actual.numel() for pair in pairs) < ENOUGH:
        return None
    if all(pair.actual.shape == pair.expected.shape for pair in pairs):
        said = None if all(map(_is_flat, pairs)) or _constant(pairs) else multiple(pairs, to)
        return said if said is not None and _is_plain(said.partition(" times ")[0]) else None
    return _reduced(pairs, to, plainly=True)


def _same_shape(pairs: Sequence[Pair], to: str) -> str | None:
    if sum(pair.actual.numel() for pair in pairs) < ENOUGH:
        return None
    return (
        _constant(pairs)
        or _factor_and_summand(pairs, to)
        or _changed(pairs, to)
        or _changed_and_scaled(pairs, to)
        or _per_row(pairs, to)
    )


def _constant(pairs: Sequence[Pair]) -> str | None:
    """One and the same number everywhere, where the right ones are not."""
    everything = torch.cat([pair.actual.flatten() for pair in pairs])
    if everything.numel() < ENOUGH or not torch.allclose(everything, everything[0], rtol=0, atol=NOTHING):
        return None
    value = float(everything[0])
    return f"{_number(value) if abs(value) > NOTHING else '0'} everywhere"


def _factor_and_summand(pairs: Sequence[Pair], to: str) -> str | None:
    telling = [pair for pair in pairs if not is_zero(pair)]
    factors = factors_of(telling) if sum(pair.actual.numel() for pair in telling) >= ENOUGH else None
    times = factor_words(factors, telling) if factors is not None else None
    if factors is not None and all(abs(factor - 1) < 0.01 for factor in factors):
        times = None
    summands = _summands(pairs)
    more = summand_words(summands, pairs) if summands is not None else None
    if more is not None and (times is None or _is_nameless(times)):
        return f"{to} {more}"
    if times == "0":
        return "0 everywhere"
    return f"{times} times {to}{_said_of_factor(times)}" if times is not None else None


def _is_nameless(words: str) -> bool:
    """Whether a factor is just a number, which has no name and is no size."""
    return words.replace("−", "-").replace("e-", "").replace("-", "").replace(".", "").isdigit() and words not in PLAIN


def _is_plain(words: str) -> bool:
    """Whether a factor is what one slip makes: no number of no name, and no other one with the sign turned besides."""
    return not _is_nameless(words) and (words == "−1" or not words.startswith("−"))


PLAIN = ("0", "−1", "2", "−2", "3", "4", "0.1", "10", "0.01", "100")


def is_zero(pair: Pair) -> bool:
    """Whether it is 0 and should be: so is any multiple."""
    return all(float(value.abs().max()) < 1e-9 for value in (pair.expected, pair.actual) if value.numel())


def _said_of_factor(words: str) -> str:
    return {"−1": ": the sign is wrong", "½": ": half of it", "2": ": twice as large"}.get(words, "")


def factors_of(pairs: Sequence[Pair]) -> list[float] | None:
    """actual / expected of each case where that is one number for all its entries."""
    found = []
    for pair in pairs:
        norm = float(pair.expected.square().sum())
        if norm < 1e-18:
            return None
        factor = float((pair.actual * pair.expected).sum()) / norm
        if not equal(pair.actual, factor * pair.expected, 2 * pair.precision):
            return None
        if not factor and not equal(pair.actual, torch.zeros_like(pair.actual), pair.precision):
            return None
        found.append(factor)
    return found


def _summands(pairs: Sequence[Pair]) -> list[float] | None:
    """actual - expected of each case where that is one number for all its entries."""
    found = []
    for pair in pairs:
        difference = pair.actual - pair.expected
        if difference.numel() == 0 or float(difference.max() - difference.min()) > room_of(pair):
            return None
        found.append(float(difference.mean()))
    return found


def _changed(pairs: Sequence[Pair], to: str) -> str | None:
    for words, change in _changes(max(pair.expected.dim() for pair in pairs)):
        if _holds(pairs, change):
            return words.replace("VALUE", to)
    return None


def _changed_and_scaled(pairs: Sequence[Pair], to: str) -> str | None:
    for words, change in _changes(max(pair.expected.dim() for pair in pairs)):
        changed = _apply(pairs, change)
        if changed is None or all(map(_is_flat, changed)):
            continue
        found = _factor_and_summand(changed, words.replace("VALUE", to))
        if found is not None:
            return found
    return None


def _is_flat(pair: Pair) -> bool:
    """Whether all entries are one number: anything is a multiple of it plus a constant."""
    return float(pair.expected.max() - pair.expected.min()) < 1e-9


def _holds(pairs: Sequence[Pair], change: Change) -> bool:
    changed = _apply(pairs, change)
    if changed is None or not all(pair.is_right for pair in changed):
        return False
    both = zip(pairs, changed, strict=True)
    telling = [new.expected for old, new in both if not equal(old.expected, new.expected, old.precision)]
    different = {tuple(value.flatten().tolist()) for value in telling}
    return len(different) > 1 or sum(map(len, different)) >= TELLING_ALONE


def _apply(pairs: Sequence[Pair], change: Change) -> list[Pair] | None:
    """The pairs with the expected values changed; None where that cannot be, or gives other shapes or no numbers."""
    changed = []
    for pair in pairs:
        try:
            value = change(pair.expected)
        except (RuntimeError, IndexError, ValueError):
            return None
        if value.shape != pair.actual.shape or not value.isfinite().all() or not value.numel():
            return None
        changed.append(Pair(pair.case, value, pair.actual, pair.precision))
    return changed


def _changes(dims: int) -> Iterator[tuple[str, Change]]:
    """Words with VALUE for the right value, and what is done to it; the plainest first."""
    yield "the absolute value of VALUE", torch.abs
    yield "the exponential of VALUE", torch.exp
    yield "the logarithm of VALUE", torch.log
    yield "the exponential of minus VALUE", lambda value: (-value).exp()
    yield "the square of VALUE", torch.square
    yield "the square root of VALUE", torch.sqrt
    yield "one divided by VALUE", torch.reciprocal
    yield "one minus VALUE", lambda value: 1 - value
    yield "the sigmoid of VALUE", torch.sigmoid
    yield "log(1 + exp(·)) of VALUE", F.softplus
    yield "log(1 + ·) of VALUE", torch.log1p
    yield "exp(·) − 1 of VALUE", torch.expm1
    yield "VALUE, cut off below 0", lambda value: value.clamp(min=0)
    yield "VALUE, cut off above 0", lambda value: value.clamp(max=0)
    yield "VALUE, cut off above 1", lambda value: value.clamp(max=1)
    yield "VALUE, held between 0 and 1", lambda value: value.clamp(0, 1)
    yield "VALUE, rounded", torch.round
    yield "VALUE, rounded down", torch.floor
    yield "VALUE, rounded up", torch.ceil
    if dims >= 2:
        yield "VALUE, transposed", lambda value: value.mT
        yield "VALUE, its first two axes exchanged", lambda value: value.transpose(0, 1)
        yield "VALUE, reshaped instead of transposed", lambda value: value.mT.reshape(value.shape)
    for decimals in (1, 2, 3, 4):
        yield f"VALUE rounded to {decimals} decimals", partial(torch.round, decimals=decimals)
    for axis in range(-1, -dims - 1, -1):  # from the last one: cases may differ in how many there are
        yield from _changes_along(axis, dims)


def _changes_along(axis: int, dims: int) -> Iterator[tuple[str, Change]]:
    name = along(axis % dims, dims)
    yield f"VALUE in reverse order{name}", lambda value: value.flip(axis)
    yield f"VALUE in ascending order{name}", lambda value: value.sort(axis).values
    yield f"VALUE in descending order{name}", lambda value: value.sort(axis, descending=True).values
    for places, way in ((1, "later"), (-1, "earlier")):
        yield f"VALUE, one position {way}{name}, the end put at the other end", _rolled(places, axis)
        yield f"VALUE, one position {way}{name}, with 0 in the place left free", _shifted(places, axis)
        yield f"VALUE, one position {way}{name}, the end repeated", _repeated(places, axis)
    yield f"VALUE, added up from the first to each{name}", lambda value: value.cumsum(axis)
    yield f"VALUE less its mean{name}", lambda value: value - value.mean(axis, keepdim=True)
    yield f"VALUE less its largest{name}", lambda value: value - value.amax(axis, keepdim=True)
    yield f"VALUE divided by its sum{name}", lambda value: value / value.sum(axis, keepdim=True)
    yield f"VALUE divided by its largest{name}", lambda value: value / value.amax(axis, keepdim=True)
    yield f"VALUE divided by its length{name}", lambda value: value / value.norm(dim=axis, keepdim=True)
    yield f"the softmax of VALUE{name}", lambda value: value.softmax(axis)
    yield f"the log softmax of VALUE{name}", lambda value: value.log_softmax(axis)
    yield f"VALUE normalised as logarithms are{name}", lambda value: value - value.logsumexp(axis, keepdim=True)
    for words, reduce in _REDUCTIONS.items():
        yield f"the {words} of VALUE{name}, repeated", _reduced_and_repeated(reduce, axis)


def _reduced_and_repeated(reduce: Callable[[Tensor, int, bool], Tensor], axis: int) -> Change:
    return lambda value: reduce(value, axis, True).expand(value.shape)


def _exchanged(first: int, second: int) -> Change:
    return lambda value: value.transpose(first, second)


def _rolled(places: int, axis: int) -> Change:
    return lambda value: value.roll(places, axis)


def _shifted(places: int, axis: int) -> Change:
    def change(value: Tensor) -> Tensor:
        moved = value.roll(places, axis)
        moved.select(axis, 0 if places > 0 else -1).zero_()
        return moved

    return change


def _repeated(places: int, axis: int) -> Change:
    def change(value: Tensor) -> Tensor:
        moved, end = value.roll(places, axis), 0 if places > 0 else -1
        moved.select(axis, end).copy_(value.select(axis, end))
        return moved

    return change


_REDUCTIONS: dict[str, Callable[[Tensor, int, bool], Tensor]] = {
    "sum": lambda value, axis, keep: value.sum(axis, keepdim=keep),
    "mean": lambda value, axis, keep: value.mean(axis, keepdim=keep),
    "largest": lambda value, axis, keep: value.amax(axis, keepdim=keep),
    "smallest": lambda value, axis, keep: value.amin(axis, keepdim=keep),
    "product": lambda value, axis, keep: value.prod(axis, keepdim=keep),
    "log-sum-exp": lambda value, axis, keep: value.logsumexp(axis, keepdim=keep),
    "first": lambda value, axis, keep: value.narrow(axis, 0, 1) if keep else value.select(axis, 0),
    "last": lambda value, axis, keep: value.narrow(axis, -1, 1) if keep else value.select(axis, -1),
}


def _per_row(pairs: Sequence[Pair], to: str) -> str | None:
    """A factor or a summand of each row of its own."""
    if any(pair.expected.dim() != 2 or min(pair.expected.shape) < 2 for pair in pairs):
        return None
    for axis, row in ((-1, "row"), (0, "column")):
        if all(_is_scaled_along(pair, axis) for pair in pairs):
            return f"{to} with each {row} multiplied by a number of its own"
        if all(_is_moved_along(pair, axis) for pair in pairs):
            return f"{to} with a number of its own added to each {row}"
    return None


def _is_scaled_along(pair: Pair, axis: int) -> bool:
    norm = pair.expected.square().sum(axis, keepdim=True)
    factor = (pair.actual * pair.expected).sum(axis, keepdim=True) / norm
    return bool(factor.isfinite().all()) and equal(pair.actual, factor * pair.expected, pair.precision)


def _is_moved_along(pair: Pair, axis: int) -> bool:
    difference = pair.actual - pair.expected
    moved = difference.mean(axis, keepdim=True).expand_as(difference)
    return equal(pair.actual, pair.expected + moved, pair.precision)


def _other_shape(pairs: Sequence[Pair], to: str) -> str | None:
    if all(pair.actual.numel() == pair.expected.numel() for pair in pairs):
        flat = [Pair(p.case, p.expected.flatten(), p.actual.flatten(), p.precision) for p in pairs]
        if all(pair.is_right for pair in flat):
            lost = all(p.actual.shape == p.expected.squeeze().shape for p in pairs)
            return f"{to} but for its shape" + (": an axis with one entry is gone" if lost else "")
        for first, second in itertools.combinations(range(max(pair.expected.dim() for pair in pairs)), 2):
            if _holds(pairs, _exchanged(first, second)):
                exchanged = f"its axes {first} and {second} exchanged"
                return f"{to}, {'transposed' if pairs[0].expected.dim() == 2 else exchanged}"
    return _reduced(pairs, to) or _unreduced(pairs, to) or _broadcast(pairs, to) or _part(pairs, to)


def _reduced(pairs: Sequence[Pair], to: str, plainly: bool = False) -> str | None:
    """A reduction of the right value over some of its axes."""
    dims = pairs[0].expected.dim()
    if not dims or any(pair.expected.dim() != dims for pair in pairs):
        return None
    axes = range(dims)
    for count in range(1, dims + 1):
        for chosen in itertools.combinations(axes, count):
            for words, reduce in _REDUCTIONS.items():
                if plainly and words not in ("sum", "mean"):
                    continue
                for keep in (False, True):
                    changed = _apply(pairs, _over(chosen, reduce, keep))
                    if changed is None or sum(pair.actual.numel() for pair in changed) < min(ENOUGH, len(pairs)):
                        continue
                    where = along(chosen[0], dims) if count < dims else " over everything"
                    phrase = f"the {words} of {to}{where}"
                    if all(pair.is_right for pair in changed):
                        return phrase
                    enough = len(pairs) >= ENOUGH and not plainly
                    found = _factor_and_summand(changed, phrase) if enough else None
                    if found is not None:
                        return found
    return None


def _over(axes: Sequence[int], reduce: Callable[[Tensor, int, bool], Tensor], keep: bool) -> Change:
    def change(value: Tensor) -> Tensor:
        for axis in sorted(axes, reverse=True):
            value = reduce(value, axis, keep)
        return value

    return change


def _unreduced(pairs: Sequence[Pair], to: str) -> str | None:
    """Values that only need to be summed, or averaged, over one or more axes more."""
    dims = pairs[0].actual.dim()
    if any(pair.actual.dim() != dims or pair.expected.dim() >= dims for pair in pairs):
        return None
    for words, reduce in _REDUCTIONS.items():
        if words in ("first", "last", "product"):
            continue
        for count in range(1, dims + 1):
            for chosen in itertools.combinations(range(dims), count):
                reduced = []
                for pair in pairs:
                    value = _over(chosen, reduce, False)(pair.actual)
                    reduced.append(Pair(pair.case, pair.expected, value, pair.precision))
                if all(pair.is_right for pair in reduced) and not all(_repeats(pair.actual) for pair in pairs):
                    where = along(chosen[0], dims) if count < dims else " over everything"
                    return f"not reduced to the end: its {words}{where} is {to}"
    return None


def _repeats(value: Tensor) -> bool:
    return value.numel() > 0 and bool((value == value.flatten()[0]).all())


def _broadcast(pairs: Sequence[Pair], to: str) -> str | None:
    """[B] with [B, 1] gives [B, B]: every example with every other one."""
    if all(p.expected.dim() == 1 and p.actual.shape == 2 * tuple(p.expected.shape) for p in pairs):
        if all(equal(pair.actual.diagonal(), pair.expected, pair.precision) for pair in pairs):
            return f"{to} on its diagonal only: [B] met [B, 1], and every example was combined with every other one"
        return "a table of every example with every other one: [B] met [B, 1] and was broadcast to [B, B]"
    for axis in range(2):
        if all(_is_repeated(pair, axis) for pair in pairs):
            return f"{to}, repeated along a new axis"
    return None


def _is_repeated(pair: Pair, axis: int) -> bool:
    if pair.actual.dim() != pair.expected.dim() + 1 or axis >= pair.actual.dim() or pair.actual.shape[axis] < 2:
        return False
    return equal(pair.actual, pair.expected.unsqueeze(axis).expand(pair.actual.shape), pair.precision)


def _part(pairs: Sequence[Pair], to: str) -> str | None:
    """The right value without, or with, an entry at an end."""
    for axis in range(max(pair.expected.dim() for pair in pairs)):
        name = along(axis, pairs[0].expected.dim())
        for words, start in (("without the first entry", 1), ("without the last entry", 0)):
            if all(_is_cut(pair.expected, pair.actual, axis, start, pair.precision) for pair in pairs):
                return f"{to} {words}{name}"
        for words, start in (("with one entry too many in front", 1), ("with one entry too many at the end", 0)):
            if all(_is_cut(pair.actual, pair.expected, axis, start, pair.precision) for pair in pairs):
                return f"{to} {words}{name}"
    return None


def _is_cut(longer: Tensor, shorter: Tensor, axis: int, start: int, precision: float) -> bool:
    """Whether one array is the other less its first entry along an axis (start 1), or less its last one (start 0)."""
    same = longer.dim() == shorter.dim() and axis < longer.dim()
    if not same or longer.shape[axis] != shorter.shape[axis] + 1 or not shorter.numel():
        return False
    return equal(shorter, longer.narrow(axis, start, shorter.shape[axis]), precision)


def along(axis: int, dims: int) -> str:
    """Words for "along an axis" of an array of so many dimensions; none where it has one only."""
    if dims <= 1:
        return ""
    if dims == 2:
        return (" along the first axis", " along the last axis")[axis]
    return " along the last axis" if axis == dims - 1 else f" along axis {axis}"


def _number(value: float) -> str:
    return f"{value:.6g}".replace("-", "−")
