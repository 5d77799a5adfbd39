"""A progress bar that knows when nobody is watching, and draws a training's numbers in a notebook."""

import os
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from tqdm.auto import tqdm

if TYPE_CHECKING:
    from latentkit.training_curve import TrainingCurve


class Bar(tqdm):  # type: ignore[misc]  # tqdm comes without types
    """tqdm's bar, with a curve of what is recorded of each step.

    Attributes:
        taken: how many steps were begun.
        curve: None before the first number, and where nothing is drawn.
    """

    taken: int = 0
    curve: "TrainingCurve | None" = None

    def __iter__(self) -> Iterator[Any]:
        for item in super().__iter__():
            self.taken += 1
            yield item
        if self.curve is not None:
            self.curve.draw()

    def record(self, **values: Any) -> None:
        """Numbers of the step that is being taken, such as `loss=loss`: a live curve in a notebook, elsewhere nothing.

        Args:
            values: numbers or tensors of one element, by what they are called.
        """
        if self.disable or not _in_notebook():
            return
        if self.curve is None:
            from latentkit.training_curve import TrainingCurve

            self.curve = TrainingCurve(self.desc.removesuffix(": ") or "training", self.total)
        self.curve.record(self.taken, **values)


def progress(iterable: Iterable[Any] | None, label: str = "", **options: Any) -> Bar:
    """Wrap an iterable in a progress bar; silent while a notebook is graded or executed for the book.

    Args:
        iterable: what to go through; None where the caller moves the bar on.
        label: what is being done, shown before the bar.
        options: passed on to tqdm, such as `total` or `unit`.
    Returns:
        The same items, one by one. `record(loss=loss)` on it, once a step, draws a curve beside the bar.
    """
    watched = not os.environ.get("NBGRADER_EXECUTION") and os.environ.get("LATENTKIT_STATIC") != "1"
    return Bar(iterable, desc=label or None, disable=not watched, **options)


def _in_notebook() -> bool:
    """Whether a kernel runs this, which can show a drawing and replace it."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return getattr(shell, "kernel", None) is not None
