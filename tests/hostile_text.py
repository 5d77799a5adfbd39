"""Generated texts that make parsers slow, and the measure of how their time grows."""

import gc
import random
import time
from collections.abc import Callable

FRAGMENTS = (
    *("<b ", "<p><b title=", "<div>", "</", "<!--", "<a href='", '<td title="', "<table><tr>", ">", "=", '"', "'", "/"),
    *(
        "a ",
        " ",
        "\n",
        " \n",
        "\t",
        "]",
        "](",
        "[x](http://",
        "![",
        "](https://a",
        "[",
        "\\begin{a}",
        "$",
        "`",
        "*",
        "_",
    ),
    *(
        "\x1b[",
        "\x1b[31m",
        "\x1b[1;",
        "\x00",
        "check(",
        "title",
        "title=",
        "x",
        "é",
        "&",
        "&amp;",
        "data:",
        "#",
        "r'''",
    ),
    *(
        "async ",
        "def ",
        "1. ",
        "> ",
        "- ",
        "| ",
        "~~~",
        "```\n",
        "\\",
        "(",
        "{",
        "<img src=data:image/png;base64,",
        "iVBO",
    ),
)

MOST_SECONDS = 1.0
"""Of processor time, for some hundred thousand characters."""


def hostile_texts(number: int, length: int) -> list[tuple[str, str]]:
    """Pairs of a text of about this length and one that is twice as long.

    A third of them repeat one fragment, the others a random sequence of up to four, between a beginning and an end.
    """
    draw = random.Random(0)
    pairs = []
    for place in range(number):
        unit = (
            FRAGMENTS[place % len(FRAGMENTS)] if place % 3 == 0 else "".join(draw.choices(FRAGMENTS, k=1 + place % 4))
        )
        start, end = draw.choice(("", "<b ", "[", "]", "'")), draw.choice(("", ">", "x", "(", "\n"))
        once, twice = (start + unit * (size // len(unit)) + end for size in (length, 2 * length))
        pairs.append((once, twice))
    return pairs


def assert_linear(function: Callable[[str], object], pairs: list[tuple[str, str]]) -> None:
    """Twice the text takes at most about twice the processor time, and never long."""
    function("x")  # it may import something first
    for once, twice in pairs:
        first, second = _seconds(function, once), _seconds(function, twice)
        assert second < MOST_SECONDS, (f"{second:.2f} s", once[:60])
        if second > 3 * first + 0.05:  # a loaded machine: the better of two
            first, second = max(first, _seconds(function, once)), min(second, _seconds(function, twice))
        assert second <= 3 * first + 0.05, (f"{first:.3f} s, then {second:.3f} s", once[:60])


def _seconds(function: Callable[[str], object], text: str) -> float:
    """Processor time, without that of the garbage collector, who looks at all that other tests have left."""
    gc.disable()
    try:
        start = time.process_time()
        function(text)
        return time.process_time() - start
    finally:
        gc.enable()
