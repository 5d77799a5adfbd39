"""A random choice that every version of Python makes alike, for corpora that are made anew from their seed."""

import random
from collections.abc import Sequence
from typing import TypeVar

Option = TypeVar("Option")


def pick(source: random.Random, options: Sequence[Option]) -> Option:
    """One of the options, each as likely; of `source`, only `random()` is stable over versions of Python."""
    return options[int(source.random() * len(options))]
