"""Where a grade is written: executed notebook, journal, gradebook, in this order, so that no moment loses one.

The journal is what counts. A record in it means that its notebook is whole on disk; the gradebook is brought to what
the journal says.
"""

import contextlib
import hashlib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from nbformat import NotebookNode

from autograder.authoring.release import to_text
from autograder.course import Course
from autograder.files import write_whole
from autograder.grading.recording.errors import GradebookError
from autograder.grading.recording.journal import Journal
from autograder.grading.recording.record import Record
from autograder.roster import Person
from autograder.worker.startup import importing

if TYPE_CHECKING:
    from autograder.grading.recording.gradebook import GradebookWriter

FLUSH_EVERY = 50
"""How many submissions the gradebook may lag behind the journal."""


class Ledger:
    """The grades of a problem set; a context manager, which closes the gradebook.

    Args:
        course, name: whose.
    Attributes:
        known: student to the record that stands.
    """

    def __init__(self, course: Course, name: str):
        self._course, self._name = course, name
        self._gradebook: GradebookWriter | None = None
        self._journal = Journal(course.state_dir(name) / "journal.jsonl")
        self._submissions = self._journal.submissions()
        self._waiting: list[Record] = []
        self.known = self._journal.read()

    def __enter__(self) -> "Ledger":
        return self

    def __exit__(self, *_: object) -> None:
        if self._gradebook is not None:
            self._gradebook.close()

    def open_gradebook(self, skeleton: NotebookNode) -> None:
        """Be ready to write, once the gradebook knows the problem set's cells. This takes half a second: it brings
        SQLAlchemy and most of nbgrader, which the first submissions need not wait for.

        Raises:
            GradebookError: it cannot be used, and why.
        """
        with importing():
            from autograder.grading.recording.gradebook import GradebookWriter
        self._gradebook = GradebookWriter(self._course.gradebook, self._name)
        self._gradebook.register(skeleton)

    def enter(self, record: Record, executed: NotebookNode | None = None) -> None:
        """Write a grade, with the gradebook open, which gets it by and by: where it cannot be written now, it may be
        free later.

        Args:
            record: of one submission.
            executed: its graded notebook; None where the record is known already.
        Raises:
            OSError: the notebook or the journal cannot be written.
        """
        student = record.student
        if executed is not None:
            content = to_text(executed).encode("utf-8", "backslashreplace")
            record = replace(record, executed=digest(content))
            if record != self.known.get(student) or not is_whole(self._course, self._name, record):
                write_whole(autograded(self._course, self._name, student), content)
                self._journal.append(record)
                self._submissions.setdefault(student, set()).add(record.sha256)
        self.known[student] = record
        self._waiting.append(record)
        if len(self._waiting) % FLUSH_EVERY == 0:
            with contextlib.suppress(GradebookError):
                self._flush()

    def finish(self, others: Iterable[str] = (), absent: Iterable[str] = (), people: Iterable[Person] = ()) -> None:
        """Bring the gradebook to what the journal says.

        Args:
            others: students whose grades were not entered now; an earlier batch may have ended before it wrote them.
            absent: students who handed nothing in.
            people: who takes the course, as far as that is known.
        Raises:
            GradebookError: it cannot be written. Nothing is lost: the next batch does.
        """
        self._waiting += [self.known[student] for student in others if student in self.known]
        gradebook = self._flush()
        gradebook.enrol([*map(Person, absent), *people])
        if never := [s for s in absent if self._submissions.get(s) == {""}]:
            gradebook.withdraw(never)

    def _flush(self) -> "GradebookWriter":
        if self._gradebook is None:
            raise ValueError("open the gradebook before grades are entered")
        self._gradebook.write((record, self._replaces_another(record)) for record in self._waiting)
        settled = {record.student: record.sha256 for record in self._waiting if self._replaces_another(record)}
        if settled:
            self._journal.settle(settled)
            self._submissions.update({student: {submission} for student, submission in settled.items()})
        self._waiting.clear()
        return self._gradebook

    def _replaces_another(self, record: Record) -> bool:
        """Whether the gradebook may hold the grade of another submission, which a person may have graded."""
        return bool(self._submissions.get(record.student, set()) - {record.sha256})


def is_whole(course: Course, name: str, record: Record) -> bool:
    """Whether the executed notebook of a record is there as it was written."""
    with contextlib.suppress(OSError):
        return digest(autograded(course, name, record.student).read_bytes()) == record.executed
    return False


def autograded(course: Course, name: str, student: str) -> Path:
    """Where a student's executed notebook is kept."""
    return course.autograded / student / name / f"{name}.ipynb"


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
