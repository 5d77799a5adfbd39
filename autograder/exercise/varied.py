"""What a formula gives with some of its parts changed: what a diagnosis compares an answer with."""

import itertools
from collections.abc import Callable, Mapping
from typing import Any

from latentkit.check.cases import Value

Variants = dict[tuple[str, ...], Value]
"""What was changed, in words, to what comes out. Each of the words goes on after "It is what comes out where"."""


def varied(formula: Callable[..., Value], changes: Mapping[str, Mapping[str, Any]], most: int = 2) -> Variants:
    """What comes out of a formula with one of its parts changed, with two, and so on; fewer changes first.

    Args:
        formula: called with the parts that are changed, by name; the others are right by default.
        changes: words to the parts that such a change replaces. No two are made at once that replace the same part.
        most: how many changes are made at once.
    """
    found: Variants = {}
    for count in range(1, most + 1):
        for words in itertools.combinations(changes, count):
            parts = [name for one in words for name in changes[one]]
            if len(set(parts)) == len(parts):
                found[words] = formula(**{name: part for one in words for name, part in changes[one].items()})
    return found
