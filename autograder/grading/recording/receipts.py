"""What nbgrader's exchange puts beside a hand-in, kept beside the graded notebook and the page about it.

nbgrader tells by `timestamp.txt` whether a page is older than the work that it is about, and names a released page by
`submission_secret.txt`, so that only its student finds it. A student wrote both: a link is not followed, a time that is
none is left out, and no more is read than such a file holds.
"""

import contextlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from autograder.course import Course
from autograder.files import write_whole
from autograder.grading.intake.reading import Unreadable, read_bytes
from autograder.grading.recording.ledger import autograded
from autograder.grading.recording.record import Record
from autograder.handins import MAX_RECEIPT, SECRET, TIMESTAMP


def keep_receipts(course: Course, name: str, submitted: Path, records: Mapping[str, Record]) -> None:
    """Put each student's receipts beside the graded notebook.

    Args:
        submitted: the folder that was graded.
        records: student to the record that stands.
    """
    for student, record in records.items():
        folder = autograded(course, name, student).parent
        _keep(folder / TIMESTAMP, record.timestamp)
        _keep(folder / SECRET, secret_of(submitted, student, name))


def copy_receipts(source: Path, target: Path) -> None:
    """Copy the receipts of one student from a folder of the grader's own to another; what is missing there goes."""
    for name in (TIMESTAMP, SECRET):
        try:
            text = (source / name).read_text(encoding="utf-8")
        except OSError:
            text = None
        _keep(target / name, text)


def secret_of(folder: Path, student: str, name: str) -> str | None:
    """The secret that names a student's released page, from folder/STUDENT/NAME/; None where there is none."""
    try:
        return read_bytes(folder, (student, name, SECRET), MAX_RECEIPT).decode()
    except (OSError, Unreadable, UnicodeDecodeError):
        return None


def first_secret(folders: Iterable[Path], student: str, name: str) -> str | None:
    """The secret in the first of these folders that has one, and no folder is asked after that."""
    return next((found for folder in folders if (found := secret_of(folder, student, name))), None)


def _keep(path: Path, text: str | None) -> None:
    """Let a file hold a text, or not be there; one that does already is not written again, which would take a disk's
    turn for each student of a class that is graded again."""
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        if text is None:
            path.unlink()
        elif path.read_bytes() == text.encode():
            return
    if text is not None:
        write_whole(path, text)
