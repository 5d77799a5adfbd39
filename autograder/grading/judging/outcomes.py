"""What grading found out, as plain data."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from nbformat import NotebookNode

PASSED = "passed"
NEEDS_REVIEW = "needs_review"
STATUSES = (PASSED, "failed", "error", "not_attempted", "timeout", "died", "missing_cell", NEEDS_REVIEW)


@dataclass(frozen=True)
class Outcome:
    """The outcome of one exercise.

    Attributes:
        exercise: its name.
        status: one of STATUSES; only "passed" earns points.
        mistake: id of the known mistake, or None.
        message: for the student, in plain words; "" where it passed.
    """

    exercise: str
    status: str
    mistake: str | None = None
    message: str = ""

    def __post_init__(self) -> None:
        if self.status not in STATUSES:
            raise ValueError(f"status must be one of {', '.join(STATUSES)}, got {self.status!r}")


@dataclass(frozen=True)
class SubmissionResult:
    """The outcome of a submission.

    Attributes:
        verdicts: exercise name to its outcome.
        executed: the graded notebook with its outputs, made safe to show.
        notes: what was odd, in plain words.
        tier: the sandbox it ran in, "" where nothing was run.
    """

    verdicts: Mapping[str, Outcome]
    executed: NotebookNode
    notes: tuple[str, ...] = ()
    tier: str = field(default="")
