"""What is taken off late submissions: nbgrader's plugin decides, whichever command grades.

The due date is the gradebook's, extensions included, the time of a submission that of its `timestamp.txt`. Without a
due date nobody is late, and nothing of this takes time.
"""

from collections.abc import Collection
from pathlib import Path
from typing import Any

import nbgrader.api as nbgrader
from nbformat import NotebookNode
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy import or_
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from autograder.course import CONFIG, Course
from autograder.grading.recording.gradebook import explained, student_key


def penalise_late(course: Course, name: str, students: Collection[str]) -> list[str]:
    """Ask the plugin that the course's `nbgrader_config.py` names what it takes off, as `nbgrader autograde` does.

    Args:
        name: of the problem set.
        students: whose submissions were graded.
    Returns:
        The students who are late, or were before, as the gradebook calls them, in order.
    Raises:
        GradebookError: the gradebook cannot be used.
        RuntimeError: the plugin or the configuration fails; the message says how.
    """
    late = _late(course, name, students)
    if late:
        assign_penalties(AssignLatePenalties(config=_configuration(course.root)), course.gradebook_url, name, late)
    return late


def assign_penalties(assign: AssignLatePenalties, database: str, name: str, students: Collection[str]) -> None:
    """Write into the gradebook what nbgrader's plugin takes off.

    Raises:
        RuntimeError: the plugin, which is the course's own, fails; the message says how.
    """
    for student in students:
        submission = {"student": student, "assignment": name, "notebook": name, "db_url": database}
        try:
            assign.preprocess(NotebookNode(cells=[]), {"nbgrader": submission})
        except Exception as error:
            raise RuntimeError(
                f"{student} is graded, but {assign.plugin_class.__name__}, which nbgrader_config.py names for late "
                f"penalties, failed: {type(error).__name__}: {error}"
            ) from error


def _late(course: Course, name: str, students: Collection[str]) -> list[str]:
    """Those of the students who handed in after the due date, or whom something was taken off before."""
    submission, notebook = nbgrader.SubmittedAssignment, nbgrader.SubmittedNotebook
    wanted = set(map(student_key, students))
    with explained(course.gradebook), nbgrader.Gradebook(course.gradebook_url) as book:
        due = nbgrader.Assignment.duedate
        found = (
            book.db.query(submission.student_id)
            .join(nbgrader.Assignment, nbgrader.Assignment.id == submission.assignment_id)
            .join(notebook, notebook.assignment_id == submission.id)
            .filter(nbgrader.Assignment.name == name)
            .filter(or_(submission.timestamp > due, notebook.late_submission_penalty.isnot(None)))
        )
        return sorted({student for (student,) in found} & wanted)


def _configuration(root: Path) -> Config:
    try:
        loaded: Any = PyFileConfigLoader(CONFIG, path=str(root)).load_config()
    except Exception as error:
        raise RuntimeError(
            f"{root / CONFIG} fails, which says what is taken off late submissions: {type(error).__name__}: {error}"
        ) from error
    return Config(loaded)
