"""A page for each student: what passed, what did not and where to look, with their own code beside it.

The pages hold messages and points, never an input or an expected value of a hidden case: those stay in the judge's
memory and reach no result. `nbgrader generate_feedback` makes its own pages, of the whole notebook.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Template
from markupsafe import Markup
from pygments.formatters import HtmlFormatter

from autograder import rubrics
from autograder.classroom.marks import Marks, marks_of, read_marks
from autograder.classroom.report import environment
from autograder.classroom.showing import shown_code, shown_prose, written_sources
from autograder.classroom.standing import Standing, standing
from autograder.course import Course
from autograder.disposable import Lost
from autograder.exercise.exercise import Exercise, Rubric, Written
from autograder.files import write_whole
from autograder.grading.judging.outcomes import Status
from autograder.grading.recording.ledger import autograded
from autograder.grading.recording.receipts import copy_receipts
from autograder.grading.recording.record import ExerciseGrade, Grade, Results

_NOT_GRADED = ExerciseGrade(0.0, 0.0, Status.NEEDS_REVIEW, None, "Not graded yet.")
"""Of an exercise that the rubric got after the student was graded."""


def feedback_page(course: Course, name: str, student: str) -> Path:
    """Where a student's page lies: nbgrader's own place for it."""
    return course.feedback / student / name / f"{name}.html"


def write_feedback(course: Course, results: Results, only: Iterable[str] | None = None) -> list[Path]:
    """Write the pages of a graded class.

    Args:
        results: of `autograder grade`.
        only: these students alone.
    Returns:
        The pages, in the students' order; whoever handed nothing in gets none.
    Raises:
        ValueError: one of the students that are named has no results, or handed nothing in; or all pages are written,
            but some without the student's work, because the graded notebook is damaged.
    """
    name = results.problem_set
    graded = {student: grade for student, grade in results.students.items() if grade.handed_in}
    chosen = list(graded) if only is None else list(only)
    if unknown := [student for student in chosen if student not in results.students]:
        raise ValueError(f"no results for {', '.join(unknown)}; grade them first")
    if absent := [student for student in chosen if student not in graded]:
        raise ValueError(f"{', '.join(absent)} handed nothing in, and there is nothing to say to that")
    rubric, marks = rubrics.load(name), read_marks(course, name)
    template = environment().get_template("feedback.html")
    pages, damaged = [], []
    for student in chosen:
        notebook, notes = autograded(course, name, student), list(graded[student].notes)
        try:
            sources = written_sources(notebook)
        except Lost:
            sources = {}
            notes.append("its graded copy is damaged, so that your work is not shown here")
            damaged.append(notebook)
        html = _page(
            template, rubric, results.called(student), graded[student], marks_of(student, marks), sources, notes
        )
        pages.append(write_whole(feedback_page(course, name, student), html))
        copy_receipts(notebook.parent, pages[-1].parent)
    if damaged:
        raise ValueError(
            f"{len(damaged)} of the {len(pages)} pages are written without the student's work, as these notebooks are "
            f"damaged: {', '.join(map(str, damaged))}. Mend them with: autograder grade {name}; then run this again"
        )
    return pages


def _page(
    template: Template,
    rubric: Rubric,
    student: str,
    grade: Grade,
    marks: Marks,
    sources: Mapping[str | None, str],
    notes: list[str],
) -> str:
    found = standing(grade, rubric, marks)
    exercises = [_exercise(exercise, grade, found, marks, sources) for exercise in rubric.exercises]
    written = [_written(answer, found, marks, sources) for answer in rubric.written]
    return template.render(
        rubric=rubric,
        student=student,
        exercises=exercises,
        written=written,
        notes=notes,
        standing=found,
        code_style=Markup(HtmlFormatter(style="friendly").get_style_defs("pre")),
    )


def _exercise(
    exercise: Exercise, grade: Grade, standing: Standing, marks: Marks, sources: Mapping[str | None, str]
) -> dict[str, Any]:
    found = grade.exercises.get(exercise.name, _NOT_GRADED)
    return {
        "name": exercise.name,
        "status": found.status,
        "points": standing.exercises[exercise.name] or 0.0,
        "max_points": exercise.points,
        "by_hand": exercise.name in standing.by_hand,
        "message": found.message,
        "look": "" if found.status.earns_points else exercise.look,
        "comment": _prose(marks.comments.get(exercise.name)),
        "code": _code(sources.get(exercise.name)),
    }


def _written(answer: Written, standing: Standing, marks: Marks, sources: Mapping[str | None, str]) -> dict[str, Any]:
    return {
        "name": answer.name,
        "points": standing.written[answer.name],
        "waits": answer.name in standing.waiting,
        "max_points": answer.points,
        "comment": _prose(marks.comments.get(answer.name)),
        "answer": _prose(sources.get(answer.name)),
    }


def _code(source: str | None) -> Markup | None:
    return None if source is None else Markup(shown_code(source))


def _prose(source: str | None) -> Markup | None:
    return None if source is None else Markup(shown_prose(source))
