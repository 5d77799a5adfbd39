"""How a process starts quickly: what costs time while it imports its libraries, and nothing afterwards."""

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def importing() -> Iterator[None]:
    """Import heavy libraries inside.

    Nothing that an import makes becomes garbage, but Python looks through all of it again and again: that takes a fifth
    of the time. What is there in the end is never looked at again.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
