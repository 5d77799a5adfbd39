"""Who handed in a problem set through which learning platform, as `autograder collect` found it in a download.

A platform has its own id for a student, and its own name for the folder or file. What goes back to it has to bear them,
and grading shows the student's name beside the folder's. `.autograder/NAME/handins.json` keeps all that, the student's
folder in `submitted/` to one hand-in, the last one collected.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Self

from autograder.course import Course
from autograder.files import json_text, write_whole

FILE_NAME = "handins.json"
TIMESTAMP, SECRET = "timestamp.txt", "submission_secret.txt"
"""What nbgrader's exchange puts beside a hand-in, with a time and a secret name: the receipts."""
MAX_RECEIPT = 1000
"""Bytes of one; a student may have written it."""


@dataclass(frozen=True)
class HandIn:
    """One student's hand-in.

    Attributes:
        student: the name of the folder in `submitted/`.
        platform: which one the download came from, as `autograder collect --platform` calls it: "canvas", "moodle".
        id: the platform's of the student; Moodle's is another one in each assignment.
        name: as the platform shows it; the same as `student` where there is no other.
        email: "" where the platform does not tell.
        place: the path in the download of the notebook that was taken.
        folder: the platform's own name for the student's folder, or for the file where it lies in none.
        when: it was handed in, as ISO 8601 with the offset from UTC; "" where the platform does not tell.
        late: whether the platform marks it as late.
    """

    student: str
    platform: str
    id: str
    name: str
    email: str = ""
    place: str = ""
    folder: str = ""
    when: str = ""
    late: bool = False

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """What JSON says; raises ValueError where it says something else."""
        kinds: dict[str, type] = {field.name: bool if field.name == "late" else str for field in fields(cls)}
        if not isinstance(value, dict) or any(type(value.get(name)) is not kind for name, kind in kinds.items()):
            raise ValueError("that is no hand-in")
        return cls(**{name: value[name] for name in kinds})


def read_handins(course: Course, name: str) -> dict[str, HandIn]:
    """The hand-ins of a problem set, by the student's folder; empty where nothing was collected.

    Raises:
        ValueError: the file is damaged.
    """
    path = _path(course, name)
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        handins = [HandIn.from_json(value) for value in found]
    except FileNotFoundError:
        return {}
    except (ValueError, TypeError, RecursionError) as error:
        raise ValueError(
            f"{path} is damaged ({error}): remove it and run autograder collect {name} again, on the same downloads"
        ) from None
    return {handin.student: handin for handin in handins}


def write_handins(course: Course, name: str, handins: Iterable[HandIn]) -> None:
    """Remember hand-ins; those of the students that are not among them stay."""
    known: Mapping[str, HandIn] = read_handins(course, name) | {handin.student: handin for handin in handins}
    write_whole(_path(course, name), json_text([asdict(known[student]) for student in sorted(known)]))


def _path(course: Course, name: str) -> Path:
    return course.state_dir(name) / FILE_NAME
