"""The benefit of the doubt: what a submission may repeat while no other of the batch runs, how often and how long."""

from autograder.grading.running.workers import Child
from autograder.worker.limits import Limits

ALL = ""
"""The submission as a whole, among the places of its cells and the names of its exercises."""

MOST_DOUBTS = 6
"""How often a submission is repeated alone: before each time the others have to end what they are at."""

MOST_IN_VAIN = 3
"""How often it may fail alone too."""

ATTEMPTS = 3
"""How many cells or exercises have time to use up all of their patience alone."""


class Doubts:
    """What is in doubt of a submission, and what is left of the time for which all others wait for it.

    In doubt is what failed though the machine may be to blame: the place of a cell, an exercise, or all of the
    submission. It stays so until it has answered, or failed once more.

    Args:
        limits: of the submission.
    """

    def __init__(self, limits: Limits) -> None:
        longest = max(limits.cell_seconds, limits.training_seconds, limits.ask_seconds)
        self._left = ATTEMPTS * limits.patience * longest
        self._open: set[int | str] = set()
        self._given = self._in_vain = 0

    @property
    def alone_for(self) -> float:
        """Seconds of the wall clock for which the submission's next process is alone; 0 where nothing is in doubt."""
        return max(0.0, self._left) if self._open else 0.0

    def give(self, at: int | str) -> bool:
        """Whether that is given the benefit of the doubt: not where it had it already and failed again."""
        if at in self._open:
            self._open.remove(at)
            self._in_vain += 1
            return False
        if self._given >= MOST_DOUBTS or self._in_vain >= MOST_IN_VAIN or self._left <= 0:
            return False
        self._open.add(at)
        self._given += 1
        return True

    def settle(self, at: int | str, child: Child) -> None:
        """Note that this is in no doubt any more; where nothing else is, the others wait no longer for the child."""
        self._open.discard(at)
        if not self._open:
            child.slot.share()

    def drop(self, at: int | str) -> None:
        """Note that this failed for a reason that is its own."""
        self._open.discard(at)

    def drop_all(self) -> None:
        """Note that what comes now is another run."""
        self._open.clear()

    def spend(self, child: Child) -> None:
        """Count the time for which the others waited for a child that has ended."""
        self._left -= child.slot.seconds_alone
