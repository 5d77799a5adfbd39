"""A progress bar that knows when nobody is watching."""

import os
from collections.abc import Iterable
from typing import Any

from tqdm.auto import tqdm


def progress(iterable: Iterable[Any] | None, label: str = "", **options: Any) -> tqdm:
    """Wrap an iterable in a progress bar; silent while a notebook is graded or executed for the book.

    Args:
        iterable: what to go through; None where the caller moves the bar on.
        label: what is being done, shown before the bar.
        options: passed on to tqdm, such as `total` or `unit`.
    Returns:
        The same items, one by one.
    """
    watched = not os.environ.get("NBGRADER_EXECUTION") and os.environ.get("LATENTKIT_STATIC") != "1"
    return tqdm(iterable, desc=label or None, disable=not watched, **options)
