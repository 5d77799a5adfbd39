"""Which loaders are worth calling ahead: those that read or make their default data once and remember it."""

from collections.abc import Callable
from typing import Any, TypeVar

Loader = TypeVar("Loader", bound=Callable[..., Any])


def made_once(loader: Loader) -> Loader:
    """Mark a loader whose costly part is done at its first call in a process and remembered for all that follow.

    A process that will be copied many times, as the grader's is, calls it once without arguments, so that no copy has
    to. The loader must work so without a download. Mark one that a notebook's graded part calls: what only its
    demonstrations call, which grading leaves out, would be made for nobody.
    """
    vars(loader)["made_once"] = True
    return loader
