"""Grades for other programs: CSV that no spreadsheet executes, and JSON with everything."""

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

from autograder.authoring.agreement import check_name
from autograder.classroom.marks import Marks, marks_of
from autograder.exercise.exercise import Exercise, Rubric, Written
from autograder.grading.judging.outcomes import Status
from autograder.grading.recording.gradebook import student_key
from autograder.grading.recording.record import Results

_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def export_rows(results: Results, rubric: Rubric, marks: Mapping[str, Marks]) -> list[dict[str, Any]]:
    """One row per student: what counts, a person's changes included, and what still waits for a person.

    All rows have the same columns: the rubric's exercises, and others that results still hold of an older one. Of a
    student who handed nothing in they are empty, which a spreadsheet's mean leaves out, but for what a person gave.

    Args:
        results: of `autograder grade`.
        marks: from the gradebook, which knows what a person graded.
    """
    rows = []
    parts: list[Exercise | Written] = [*rubric.exercises, *rubric.written]
    graded = results.students
    own = [exercise.name for exercise in rubric.exercises]
    exercises = list(dict.fromkeys([*own, *(name for grade in graded.values() for name in grade.exercises)]))
    for student, grade in graded.items():
        found = marks_of(student, marks)
        automatic = {name: exercise.points for name, exercise in grade.exercises.items() if grade.handed_in}
        points = {name: _first(found.scores.get(check_name(name)), automatic.get(name)) for name in exercises}
        points |= {answer.name: found.scores.get(answer.name) for answer in rubric.written}
        rows.append({
            "student": student_key(student),
            "name": results.names.get(student, ""),
            "handed_in": grade.handed_in,
            "points": _sum(points.values(), grade.handed_in),
            "max_points": sum(part.points for part in parts),
            "to_grade_by_hand": len(found.waiting),
            "needs_review": any(exercise.status is Status.NEEDS_REVIEW for exercise in grade.exercises.values()),
            **points,
        })  # fmt: skip
    return rows


def to_csv(rows: list[dict[str, Any]]) -> str:
    """Rows as CSV.

    Text is quoted, numbers are bare and whole ones have no point, an unknown score is empty, and there is no text that
    a spreadsheet would execute.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
    if rows:
        writer.writerow(rows[0])
    writer.writerows([_harmless(value) for value in row.values()] for row in rows)
    return buffer.getvalue()


def _harmless(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and value.lstrip(" ").startswith(_STARTS_A_FORMULA):
        return f"'{value}"
    return value


def _sum(points: Iterable[float | None], handed_in: bool) -> float | None:
    """What is known of the points, added; None where there is neither a submission nor a point."""
    known = [value for value in points if value is not None]
    return sum(known) if known or handed_in else None


def _first(value: float | None, otherwise: float | None) -> float | None:
    return otherwise if value is None else value
