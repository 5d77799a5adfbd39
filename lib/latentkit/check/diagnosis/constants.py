"""Words for a number: a factor or a summand that students lose or add."""

import math
from collections.abc import Iterator, Sequence

from latentkit.check.diagnosis.numbers import Pair, common_sizes

FACTORS = {
    0.0: "0",
    -1.0: "−1",
    0.5: "½",
    -0.5: "−½",
    2.0: "2",
    -2.0: "−2",
    3.0: "3",
    1 / 3: "⅓",
    0.25: "¼",
    4.0: "4",
    math.log(2): "ln 2",
    -math.log(2): "−ln 2",
    1 / math.log(2): "1/ln 2, which is bits for nats,",
    -1 / math.log(2): "−1/ln 2",
    1 / math.log(10): "1/ln 10, which is a logarithm of base 10,",
    math.sqrt(2): "√2",
    1 / math.sqrt(2): "1/√2",
    math.pi: "π",
    1 / math.pi: "1/π",
    math.e: "e",
    1 / math.e: "1/e",
    math.sqrt(2 * math.pi): "√(2π)",
    1 / math.sqrt(2 * math.pi): "1/√(2π)",
    0.1: "0.1",
    10.0: "10",
    0.01: "0.01",
    100.0: "100",
}
SUMMANDS = {
    1.0: "1",
    0.5: "½",
    2.0: "2",
    math.log(2): "ln 2",
    math.log(math.pi): "ln π",
    math.log(2 * math.pi): "ln 2π",
    0.5 * math.log(2 * math.pi): "½ ln 2π",
    0.5 * math.log(2 * math.pi * math.e): "½ ln 2πe",
    math.pi: "π",
    1e-8: "1e-8",
}


def near(value: float, other: float, precision: float) -> bool:
    """Whether two numbers are equal up to a relative precision."""
    return abs(value - other) <= precision * max(abs(value), abs(other), 1e-12)


def factor_words(factors: Sequence[float], pairs: Sequence[Pair]) -> str | None:
    """Words for the factor of each case: a constant, or one made of the case's sizes; None where it is neither."""
    precision = _precision(pairs)
    if _is_constant(factors, precision):
        return _constant_factor(factors[0], precision)
    for words, values in common_sizes(pairs).items():
        for form, made in _powers(words, values):
            for times, prefix in ((1.0, ""), (-1.0, "−"), (0.5, "½ · "), (2.0, "2 · ")):
                if all(near(f, times * m, precision) for f, m in zip(factors, made, strict=True)):
                    return f"{prefix}{form}"
    return None


def summand_words(summands: Sequence[float], pairs: Sequence[Pair]) -> str | None:
    """Words for the difference of each case, sign included; None where it is no constant and not made of sizes.

    Args:
        summands: actual less expected, by case.
        pairs: the values, on whose size rounding depends.
    """
    rooms = [room_of(pair) for pair in pairs]

    def equal(made: Sequence[float]) -> bool:
        close = all(abs(s - m) <= room for s, m, room in zip(summands, made, rooms, strict=True))
        return close and any(abs(m) > 10 * room for m, room in zip(made, rooms, strict=True))

    for sign, mark in ((1.0, "plus"), (-1.0, "minus")):
        for value, words in SUMMANDS.items():
            if equal([sign * value] * len(summands)):
                return f"{mark} {words}"
    for words, values in common_sizes(pairs).items():
        for made, form in (
            (values, words),
            *(([value * v for v in values], f"{text} · {words}") for value, text in SUMMANDS.items() if value != 1),
            ([math.log(v) if v > 0 else math.nan for v in values], f"ln of {words}"),
        ):
            for sign, mark in ((1.0, "plus"), (-1.0, "minus")):
                if equal([sign * m for m in made]):
                    return f"{mark} {form}"
    sharpest = min(zip(rooms, summands, strict=True))[1]
    if equal([sharpest] * len(summands)) and all(room < 0.01 * abs(sharpest) for room in rooms):
        return f"{'plus' if sharpest > 0 else 'minus'} {abs(sharpest):.4g}"
    return None


def room_of(pair: Pair) -> float:
    """How far apart two numbers of a case may lie by rounding alone."""
    largest = float(pair.expected.abs().max()) if pair.expected.numel() else 1.0
    return 4 * pair.precision * max(1.0, largest)


def _constant_factor(factor: float, precision: float) -> str:
    words = next((words for value, words in FACTORS.items() if near(factor, value, precision)), None)
    return words or f"{factor:.4g}".replace("-", "−")


def _powers(words: str, values: Sequence[float]) -> Iterator[tuple[str, list[float]]]:
    yield words, list(values)
    if all(value for value in values):
        yield f"1/({words})", [1 / value for value in values]
        yield f"1 − 1/({words})", [1 - 1 / value for value in values]
    if all(value > 0 for value in values):
        yield f"√({words})", [math.sqrt(value) for value in values]
        yield f"1/√({words})", [1 / math.sqrt(value) for value in values]
    if all(value > 1 for value in values):
        yield f"n/(n − 1), where n is {words},", [value / (value - 1) for value in values]
        yield f"1/(n − 1), where n is {words},", [1 / (value - 1) for value in values]
        yield f"1/ln of {words}", [1 / math.log(value) for value in values]
    yield f"({words})²", [value**2 for value in values]


def _is_constant(values: Sequence[float], precision: float) -> bool:
    return all(near(value, values[0], precision) for value in values)


def _precision(pairs: Sequence[Pair]) -> float:
    return 3 * max(pair.precision for pair in pairs)
