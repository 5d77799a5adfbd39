"""Which cell, or answer, to blame where a submission's memory has run out."""

from autograder.grading.judging.asking import taken
from autograder.grading.judging.faults import Fault
from autograder.grading.judging.outcomes import Status
from autograder.worker.limits import MEBIBYTE
from autograder.worker.protocol import Frame

HOARD = 0.25
"""A cell, or an answer, that holds this share of the memory that a submission may have leaves too little to others."""


class Memory:
    """What the cells and answers of one child hold on to, as the child says: a lie only harms who tells it.

    Args:
        allowed: bytes that the child may take.
    """

    def __init__(self, allowed: int):
        self._allowed, self._taken = allowed, 0
        self._grown: dict[int | str, int] = {}

    def note(self, at: int | str, memory: int) -> None:
        """Take note of the child's memory, in bytes, after that cell or exercise."""
        self._grown[at] = memory - self._taken
        self._taken = memory

    def note_run(self, place: int, answer: Frame) -> None:
        """Take note of the child's memory after a cell; where that wanted more than there is, raise as `blame` does."""
        self.note(place, taken(answer.content))
        if answer.content.get("memory_error") is True:
            self.blame()

    def hoards(self, at: int | str) -> bool:
        """Whether that cell or exercise holds so much that others may fail for want of memory."""
        return self._grown.get(at, 0) > HOARD * self._allowed

    def hoarder(self) -> int | str | None:
        """Which of those that hold so much holds most, if one does."""
        most = max(self._grown, key=self._grown.__getitem__, default=None)
        return most if most is not None and self.hoards(most) else None

    def blame(self) -> None:
        """Memory has run out: hold the cell responsible that holds most, unless none holds much.

        Raises:
            Fault: there is one.
        """
        most = self.hoarder()
        if most is not None:
            allowed = self._allowed // MEBIBYTE  # how much it kept is what the child says, and could be a hidden input
            reason = f"The cell kept much of the {allowed} MiB of memory: does it fill a list for ever?"
            raise Fault(most, Status.ERROR, reason)
