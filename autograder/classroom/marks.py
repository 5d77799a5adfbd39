"""What stands in the gradebook: automatic scores, what a person changed, and comments."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import nbgrader.api as nbgrader
from sqlalchemy import Column, Connection, Select, Table, create_engine, select

from autograder.course import Course
from autograder.grading.recording.gradebook import explained, student_key


@dataclass
class Marks:
    """A student's marks for one problem set, by cell.

    Attributes:
        scores: what counts: the manual score where there is one, else the automatic; None while it waits for a person.
        max_scores: the points of each graded cell.
        waiting: cells that a person still has to grade.
        by_hand: cells whose score is a person's: another one than the automatic, or extra credit.
        comments: what was written about a cell.
        late_penalty: points that nbgrader's plugin takes off because the submission was late.
    """

    scores: dict[str, float | None] = field(default_factory=dict)
    max_scores: dict[str, float] = field(default_factory=dict)
    waiting: set[str] = field(default_factory=set)
    by_hand: set[str] = field(default_factory=set)
    comments: dict[str, str] = field(default_factory=dict)
    late_penalty: float = 0.0


def read_marks(course: Course, name: str) -> dict[str, Marks]:
    """Every student's marks, by the gradebook's name of the student; none where there is no gradebook yet.

    Raises:
        GradebookError: it is damaged, or held by another program.
    """
    if not course.gradebook.is_file():
        return {}
    engine = create_engine(course.gradebook_url)
    try:
        with explained(course.gradebook), engine.connect() as connection:
            return _read(connection, name)
    finally:
        engine.dispose()


def marks_of(student: str, marks: Mapping[str, Marks]) -> Marks:
    """The marks of the student with a folder of that name; empty where the gradebook has none."""
    return marks.get(student_key(student), Marks())


def _read(connection: Connection, name: str) -> dict[str, Marks]:
    marks: dict[str, Marks] = {}
    cell, points = nbgrader.BaseCell.__table__, nbgrader.GradeCell.__table__
    grade, comment = nbgrader.Grade.__table__, nbgrader.Comment.__table__
    values = (grade.c.auto_score, grade.c.manual_score, grade.c.extra_credit, grade.c.needs_manual_grade)
    graded = _by_student(grade, name, cell.c.name, points.c.max_score, *values).join(points, points.c.id == cell.c.id)
    for student, at, top, automatic, manual, extra, by_hand in connection.execute(graded):
        found = marks.setdefault(student, Marks())
        score = automatic if manual is None else manual
        found.scores[at] = None if score is None else score + (extra or 0.0)
        found.max_scores[at] = top
        if by_hand:
            found.waiting.add(at)
        if (manual is not None and manual != automatic) or extra:
            found.by_hand.add(at)
    said = _by_student(comment, name, cell.c.name, comment.c.auto_comment, comment.c.manual_comment)
    for student, at, automatic, manual in connection.execute(said):
        if text := automatic if manual is None else manual:
            marks.setdefault(student, Marks()).comments[at] = text
    for student, penalty in connection.execute(_penalties(name)):
        marks.setdefault(student, Marks()).late_penalty += penalty or 0.0
    return marks


def _penalties(name: str) -> Select:
    """Each student's notebook with what is taken off for lateness, for one problem set."""
    notebook, submission = nbgrader.SubmittedNotebook.__table__, nbgrader.SubmittedAssignment.__table__
    assignment = nbgrader.Assignment.__table__
    return (
        select(submission.c.student_id, notebook.c.late_submission_penalty)
        .select_from(notebook)
        .join(submission, submission.c.id == notebook.c.assignment_id)
        .join(assignment, assignment.c.id == submission.c.assignment_id)
        .where(assignment.c.name == name)
    )


def _by_student(of: Table, name: str, *columns: Column) -> Select:
    """Rows of a table of grades or comments, each with its student, for one problem set."""
    cell, notebook = nbgrader.BaseCell.__table__, nbgrader.SubmittedNotebook.__table__
    submission, assignment = nbgrader.SubmittedAssignment.__table__, nbgrader.Assignment.__table__
    return (
        select(submission.c.student_id, *columns)
        .select_from(of)
        .join(cell, cell.c.id == of.c.cell_id)
        .join(notebook, notebook.c.id == of.c.notebook_id)
        .join(submission, submission.c.id == notebook.c.assignment_id)
        .join(assignment, assignment.c.id == submission.c.assignment_id)
        .where(assignment.c.name == name)
    )
