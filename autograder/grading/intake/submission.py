"""Take in a submission: from a file on disk to the notebook that is graded. Executes nothing."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from nbformat import NotebookNode

from autograder.grading.intake.canonical import Canonical, canonicalise
from autograder.grading.intake.integrity import other_set_note
from autograder.grading.intake.reading import Unreadable, notebooks_in, parse_apart, read_bytes
from autograder.worker.limits import Limits


@dataclass(frozen=True)
class Intake:
    """A submission, taken in.

    Attributes:
        canonical: the notebook to be graded, or None where a person has to look.
        unreadable: why a person has to look, in plain words; None otherwise.
        sha256: of the bytes as submitted; "" where there are none.
        size: their number.
        notes: what was odd, in plain words.
        missing: grade_id of a solution or written cell that was not found, to the reason.
        unchanged: grade_ids of the cells that are as they were released.
        student: whose, as the folder is called; "" where that is not known.
    """

    canonical: NotebookNode | None
    unreadable: str | None = None
    sha256: str = ""
    size: int = 0
    notes: tuple[str, ...] = ()
    missing: dict[str, str] = field(default_factory=dict)
    unchanged: frozenset[str] = frozenset()
    student: str = ""


def has_handed_in(submitted: Path, student: str, name: str) -> bool:
    """Whether anything stands in a student's folder where the problem set belongs, be it readable or not."""
    try:
        os.lstat(submitted / student / name)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:  # a folder that we may not look into: reading it says so
        return True
    return True


def take_in_student(
    submitted: Path,
    student: str,
    name: str,
    skeleton: NotebookNode,
    limits: Limits,
    released: Mapping[str, frozenset[str]] | None = None,
) -> Intake:
    """Take in submitted/<student>/<name>/<name>.ipynb, or the only notebook there where it has another name.

    Whatever is wrong with it is in the result, nothing is raised.

    Args:
        released: the grade_ids that each problem set of the course has alone, so that another one's notebook is told.
    """
    notes: tuple[str, ...] = ()
    folder, wanted = (student, name), f"{name}.ipynb"
    try:
        there = notebooks_in(submitted, folder)
        if wanted not in there and len(there) == 1:
            notes = (f"the notebook is called {there[0]!r} instead of {wanted!r}",)
            wanted = there[0]
        elif len(there) > 1:
            notes = (f"there are {len(there)} notebooks: {wanted!r} is graded",)
        content = read_bytes(submitted, (*folder, wanted), limits.notebook_bytes)
    except FileNotFoundError:
        return Intake(None, f"there is no {wanted} in the submission", notes=notes, student=student)
    except (Unreadable, OSError) as error:
        return Intake(None, str(error), notes=notes, student=student)
    return replace(from_bytes(content, skeleton, notes, name, released), student=student)


def from_bytes(
    content: bytes,
    skeleton: NotebookNode,
    notes: tuple[str, ...] = (),
    name: str = "",
    released: Mapping[str, frozenset[str]] | None = None,
) -> Intake:
    """Take in a notebook's bytes, handed in for the problem set `name`; `released` is as for `take_in_student`."""
    digest = hashlib.sha256(content).hexdigest()
    try:
        cells = parse_apart(content)
        found: Canonical = canonicalise(cells, skeleton)
    except Unreadable as error:
        return Intake(None, str(error), digest, len(content), notes)
    if other := other_set_note(cells, name, released or {}):
        notes = (*notes, other)
    return Intake(found.notebook, None, digest, len(content), (*notes, *found.notes), found.missing, found.unchanged)
