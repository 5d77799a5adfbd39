"""What is known of a submission while it is examined."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from nbformat import NotebookNode

from autograder.grading.judging.doubts import Doubts
from autograder.grading.judging.faults import Fault
from autograder.grading.judging.outcomes import Outcome, Status
from autograder.grading.running.clock import Clock, Moment
from autograder.worker.limits import Limits
from latentkit.check.cases import Examination

DISPLAY_SHARE = 0.5
"""Of a submission's time, what the display may take: the exam has the rest, and what the display left."""

OWN_CELLS_SHARE = 0.5
"""Of the exam's time, what cells of the student's own may take: the rest is for the exercises."""


@dataclass
class Sitting:
    """What is known of a submission so far.

    Attributes:
        clock: of the submission.
        end: when its time is over, on that clock.
        doubts: what may be repeated alone.
        displayed: whether the outputs are sealed: from then on none is taken.
        whole: whether the display came to its end.
        asked: whether a child has met hidden inputs: from then on a cell's failure could be a message.
        failed: children that failed through the submission's own fault, in the display or in the exam.
        left_out: place of a cell that is not run (again), to why in plain words.
        culprits: place of a cell that hung or killed its process, or used up its memory, to (status, why).
        hoarder: place of the cell that held most of the memory in the display, if one held much.
        unnamed: places of those, but for the hoarder, that failed when exercises had been asked; nobody is told which.
        took: place of a cell to the seconds that it took when it was last run.
        own_left: seconds that such cells may still take in the exam.
        passed_over: places of those that were left out of it, up to the first question.
        passed_over_unnamed: whether others were left out later.
        shown: place of a cell to its outputs, made safe.
        found: exercise to what its name stood for at its check: "function", "value" or "nothing".
        outcomes: exercise to its outcome.
        shown_bytes, shown_pixels: of the outputs.
        imports: what its processes need beyond what all do.
    """

    clock: Clock
    end: Moment
    doubts: Doubts
    displayed: bool = False
    whole: bool = False
    asked: bool = False
    failed: int = 0
    left_out: dict[int, str] = field(default_factory=dict)
    culprits: dict[int, tuple[Status, str]] = field(default_factory=dict)
    hoarder: int | str | None = None
    unnamed: set[int] = field(default_factory=set)
    took: dict[int, float] = field(default_factory=dict)
    own_left: float = 0.0
    passed_over: set[int] = field(default_factory=set)
    passed_over_unnamed: bool = False
    shown: dict[int, list[NotebookNode]] = field(default_factory=dict)
    found: dict[str, str] = field(default_factory=dict)
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    shown_bytes: int = 0
    shown_pixels: int = 0
    imports: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, limits: Limits) -> "Sitting":
        """One that begins now, with the display."""
        clock = Clock(limits.patience)
        return cls(clock, clock.after(limits.total_seconds * DISPLAY_SHARE), Doubts(limits))

    def begin_exam(self, limits: Limits, whole: bool) -> None:
        """Seal the outputs, whole or not; what the display left of the submission's time is the exam's."""
        left = limits.total_seconds - self.clock.now().own
        self.displayed, self.whole, self.end = True, whole, self.clock.after(left)
        self.own_left = left * OWN_CELLS_SHARE
        self.failed = 0  # it has fresh starts of its own
        self.doubts.drop_all()

    def may_go_on(self, limits: Limits) -> bool:
        """Whether there is time, and a fresh start, for another child."""
        return self.failed <= limits.restarts and self.clock.now().is_before(self.end)

    def condemn(self, fault: Fault) -> None:
        """Hold a cell, or an exercise, responsible for what became of its process; it is not tried again."""
        self.failed += 1
        self.doubts.drop(fault.at)
        if isinstance(fault.at, str):
            self.outcomes.setdefault(fault.at, Outcome(fault.at, fault.status, message=fault.reason))
            return
        self.culprits[fault.at] = (fault.status, fault.reason)
        self.left_out[fault.at] = fault.reason
        if self.asked and fault.at != self.hoarder:
            self.unnamed.add(fault.at)

    def pass_over(self, place: int) -> None:
        """Leave a cell of the student's own out of the exam, since they take too long."""
        if self.asked:
            self.passed_over_unnamed = True
        else:
            self.passed_over.add(place)

    def extend(self) -> None:
        """Go on for as long as others wait for the submission, at most: the wall clock's time for it is over."""
        now = self.clock.now()
        more = self.clock.after(self.end.own - now.own)
        self.end = Moment(self.end.own, min(more.wall, now.wall + self.doubts.alone_for))

    def run_out(self, examinations: Mapping[str, Examination]) -> None:
        """Say of the exercises that were not reached why."""
        reason = "The submission ran out of time, or of fresh starts, before this exercise was judged."
        for name in examinations:
            self.outcomes.setdefault(name, Outcome(name, Status.TIMEOUT, message=reason))
