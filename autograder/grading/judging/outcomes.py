"""What grading found out of an exercise and of a submission, as plain data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from nbformat import NotebookNode


class Status(StrEnum):
    """What became of an exercise. The value is what the journal, the results and the gradebook's pages hold.

    Attributes:
        word: for people, in lower case.
        sign: one character, so that no status is told by its colour alone.
        earns_points: whether the exercise's points are the student's.
    """

    word: str
    sign: str
    earns_points: bool

    PASSED = "passed", "passed", "✓", True
    FAILED = "failed", "not right yet", "✗"
    ERROR = "error", "stopped by an error", "!"
    NOT_ATTEMPTED = "not_attempted", "not attempted", "○"
    TIMEOUT = "timeout", "took too long", "∞"
    DIED = "died", "ended its process", "†"
    MISSING_CELL = "missing_cell", "cell missing", "–"
    NEEDS_REVIEW = "needs_review", "needs a person's review", "?"
    NOT_HANDED_IN = "not_handed_in", "not handed in", "·"

    def __new__(cls, value: str, word: str = "", sign: str = "", earns_points: bool = False) -> "Status":
        status = str.__new__(cls, value)
        status._value_, status.word, status.sign, status.earns_points = value, word, sign, earns_points
        return status


@dataclass(frozen=True)
class Outcome:
    """The outcome of one exercise.

    Attributes:
        exercise: its name.
        status: what became of it; it alone decides whether points are earned.
        mistake: id of the known mistake, or None.
        message: for the student, in plain words; "" where it passed.
        answered: whether it is the judgement of answers to all its hidden cases.
    """

    exercise: str
    status: Status
    mistake: str | None = None
    message: str = ""
    answered: bool = False


@dataclass(frozen=True)
class SubmissionResult:
    """The outcome of a submission.

    Attributes:
        outcomes: exercise name to its outcome.
        outputs: place of a cell to its outputs, made safe to show.
        left_out: place of a cell that was not run to the end, to why in plain words.
        notes: what was odd, in plain words.
        sandbox: the one it ran in.
    """

    outcomes: Mapping[str, Outcome]
    outputs: Mapping[int, list[NotebookNode]]
    left_out: Mapping[int, str]
    notes: tuple[str, ...] = ()
    sandbox: str = field(default="")
