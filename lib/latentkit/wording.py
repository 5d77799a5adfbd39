"""Words that several commands and checks put together in the same way."""

from collections.abc import Sequence


def listed(names: Sequence[str]) -> str:
    """Names as a sentence lists them: "a", "a and b", "a, b and c".

    Args:
        names: at least one.
    """
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last
