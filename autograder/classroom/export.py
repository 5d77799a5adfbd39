"""Grades for other programs: CSV that no spreadsheet executes, and JSON with everything."""

from collections.abc import Mapping
from typing import Any

from autograder.classroom.marks import Marks, marks_of
from autograder.classroom.standing import standing
from autograder.exercise.exercise import Rubric
from autograder.grading.recording.gradebook import student_key
from autograder.grading.recording.record import Results
from autograder.spreadsheet import table


def export_rows(results: Results, rubric: Rubric, marks: Mapping[str, Marks]) -> list[dict[str, Any]]:
    """One row per student: what counts, a person's changes included, and what still waits for a person.

    All rows have the same columns: the rubric's exercises, and others that results still hold of an older one. Of a
    student who handed nothing in they are empty, which a spreadsheet's mean leaves out, but for what a person gave.

    Args:
        results: of `autograder grade`.
        marks: from the gradebook, which knows what a person graded.
    """
    standings = {
        student: standing(grade, rubric, marks_of(student, marks)) for student, grade in results.students.items()
    }
    columns = list(dict.fromkeys(name for found in standings.values() for name in found.exercises))
    return [
        {
            "student": student_key(student),
            "name": results.names.get(student, ""),
            "handed_in": found.handed_in,
            "points": found.points,
            "max_points": found.max_points,
            "late_penalty": found.late_penalty,
            "to_grade_by_hand": len(found.waiting),
            "needs_review": found.needs_review,
            **{name: found.exercises.get(name) for name in columns},
            **found.written,
        }
        for student, found in standings.items()
    ]


def to_csv(rows: list[dict[str, Any]]) -> str:
    """Rows as CSV, under a line of headings; none where there is no row."""
    return table([list(rows[0]), *(list(row.values()) for row in rows)]) if rows else ""
