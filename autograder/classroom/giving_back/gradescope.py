"""Gradescope: a `results.json` for each submission, as its autograders write it.

In the zip it lies in `submission_NUMBER/`, named as the download's folders. Gradescope reads such a file where an
autograder leaves it: `autograder package gradescope` makes one that grades, and writes the same.

Source: https://gradescope-autograders.readthedocs.io/en/latest/specs/, "Output format".
"""

import re
from typing import Any

from autograder.classroom.giving_back.platform import Platform, file_name, named_part
from autograder.classroom.giving_back.sheet import GradeSheet, Line
from autograder.classroom.standing import Standing
from autograder.exercise.exercise import Rubric
from autograder.files import json_text
from autograder.grading.judging.outcomes import Status
from autograder.grading.recording.record import Grade
from autograder.zips import zipped

RESULTS = "results.json"
_SUBMISSION = re.compile(r"submission_\d{1,20}")


class Gradescope(Platform):
    name, title, suffix = "gradescope", "Gradescope", ".zip"

    def content(self, sheet: GradeSheet) -> bytes:
        handed_in = [line for line in sheet.lines if line.standing.handed_in]
        places = [_folder(line) for line in handed_in]
        told = [json_text(results_of(line.grade, line.standing, sheet.rubric)).encode() for line in handed_in]
        return zipped({f"{place}/{RESULTS}": content for place, content in zip(places, told, strict=True)})


def _folder(line: Line) -> str:
    """The name of the submission's folder in the download; the student's where it came otherwise."""
    found = named_part(line.handin, _SUBMISSION) if line.handin else None
    return found[0] if found else file_name(line.student)


def results_of(grade: Grade, standing: Standing, rubric: Rubric, written: bool = True) -> dict[str, Any]:
    """One submission's results: a test for each exercise, named with its known mistake, and for each written answer.

    Args:
        grade: what the grader found.
        standing: what it comes to.
        written: whether written answers count, which an autograder leaves to a person.
    """
    tests = []
    for number, exercise in enumerate(rubric.exercises, start=1):
        found = grade.exercises.get(exercise.name)
        status = found.status if found else Status.NEEDS_REVIEW
        points = standing.exercises[exercise.name]
        mistake = f" ({found.mistake})" if found and found.mistake else ""
        test = {
            "name": f"{exercise.name}: {status.word}{mistake}",
            "number": str(number),
            "score": points or 0.0,
            "max_score": exercise.points,
            "status": "passed" if (points or 0.0) >= exercise.points else "failed",
            "output": _output(found.message if found else "", status, exercise.look, exercise.name in standing.by_hand),
            "visibility": "visible",
        }
        tests.append(test)
    for number, answer in enumerate(rubric.written if written else (), start=len(tests) + 1):
        waits = answer.name in standing.waiting
        points = standing.written[answer.name]
        tests.append(
            {
                "name": f"{answer.name}: {'waits for a person' if waits else 'graded by a person'}",
                "number": str(number),
                "score": points or 0.0,
                "max_score": answer.points,
                "output": "",
                "visibility": "visible",
            }
        )
    by_person = [] if written or not rubric.written else ["The written answers are graded by a person."]
    return {
        "score": (standing.points if written else standing.exercise_points) or 0.0,
        "output": "\n".join([*grade.notes, *by_person]),
        "output_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": tests,
    }


def _output(message: str, status: Status, look: str, by_hand: bool) -> str:
    """What a student reads below a test."""
    lines = [message, f"Read on: {look}" if look and not status.earns_points else ""]
    return "\n".join([line for line in lines if line] + (["A person changed these points."] if by_hand else []))
