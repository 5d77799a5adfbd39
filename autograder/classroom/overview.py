"""What the results say of a class, as plain data: for the table, the page, and whoever asks next."""

import json
import statistics
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.exercise.exercise import Rubric
from autograder.grading.judging.outcomes import NEEDS_REVIEW, PASSED, STATUSES
from autograder.grading.recording.wellformed import is_entry

BINS = 10


@dataclass(frozen=True)
class Slip:
    """A known mistake in a class.

    Attributes:
        id, hint: from the rubric.
        students: who made it, in order.
    """

    id: str
    hint: str
    students: tuple[str, ...]

    @property
    def count(self) -> int:
        return len(self.students)


@dataclass(frozen=True)
class ExerciseOverview:
    """An exercise in a class.

    Attributes:
        counts: status to how many students have it; only those that occur.
        mistakes: the known ones that were made, the most frequent first.
    """

    name: str
    max_points: float
    counts: Mapping[str, int]
    mistakes: tuple[Slip, ...]

    @property
    def passed(self) -> int:
        return self.counts.get(PASSED, 0)


@dataclass(frozen=True)
class StudentOverview:
    """A student in a class.

    Attributes:
        statuses: exercise to status.
        review: why a person has to look, in plain words; empty where nobody has to.
        notes: what was odd about the submission.
    """

    student: str
    points: float
    statuses: Mapping[str, str]
    review: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class ClassOverview:
    """A class; its students and exercises in the order of the results.

    Attributes:
        histogram: how many students lie in each tenth of the points; full marks are in the last.
    """

    name: str
    title: str
    max_points: float
    students: tuple[StudentOverview, ...]
    exercises: tuple[ExerciseOverview, ...]
    histogram: tuple[int, ...]

    @property
    def mean(self) -> float:
        return statistics.fmean(student.points for student in self.students)

    @property
    def median(self) -> float:
        return statistics.median(student.points for student in self.students)

    @property
    def unread(self) -> tuple[StudentOverview, ...]:
        """The students whose notebook a person has to look at."""
        return tuple(student for student in self.students if NEEDS_REVIEW in student.statuses.values())

    @property
    def to_grade(self) -> int:
        """How many students wrote an answer that waits for a person."""
        return sum("written answers" in reason for student in self.students for reason in student.review)


def read_results(path: Path) -> dict[str, Any]:
    """The results that `autograder grade` wrote.

    Raises:
        ValueError: there are none, or the file is something else, or damaged.
    """
    if not path.is_file():
        raise ValueError(f"there are no results in {path}; run: autograder grade NAME")
    try:
        results = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise _other(path, repr(error)) from error
    match results:
        case {"problem_set": str(), "students": dict(students)}:
            if damaged := [student for student, entry in students.items() if not is_entry(entry)]:
                raise _other(path, f"the entry of {', '.join(map(repr, damaged[:3]))} is damaged")
            return results
    raise _other(path, "it names no problem set and students")


def _other(path: Path, reason: str) -> ValueError:
    advice = "name another file, or make it again: autograder grade NAME"
    return ValueError(f"{path} does not hold results of autograder grade ({reason}); {advice}")


def overview(results: Mapping[str, Any], rubric: Rubric) -> ClassOverview:
    """Summarise results.

    Raises:
        ValueError: there is no student in them.
    """
    graded = results["students"]
    if not graded:
        raise ValueError(f"nobody has handed in {results['problem_set']} yet")
    total = sum(exercise.points for exercise in rubric.exercises)
    students = tuple(_student(name, entry) for name, entry in graded.items())
    hints = {
        exercise.name: {mistake.id: mistake.hint for mistake in exercise.mistakes} for exercise in rubric.exercises
    }
    exercises = tuple(_exercise(e.name, e.points, graded, hints[e.name]) for e in rubric.exercises)
    histogram = Counter(min(BINS - 1, int(BINS * student.points / total)) for student in students)
    tenths = tuple(histogram[number] for number in range(BINS))
    return ClassOverview(results["problem_set"], rubric.title, total, students, exercises, tenths)


def _student(name: str, entry: Mapping[str, Any]) -> StudentOverview:
    statuses = {exercise: found["status"] for exercise, found in entry["exercises"].items()}
    review = []
    if unread := [exercise for exercise, status in statuses.items() if status == NEEDS_REVIEW]:
        review.append(entry["exercises"][unread[0]]["message"])
    if waiting := [answer for answer, found in entry["written"].items() if found["status"] == "needs_manual_grade"]:
        review.append(f"written answers to grade: {', '.join(waiting)}")
    return StudentOverview(name, entry["points"], statuses, tuple(review), tuple(entry.get("notes", ())))


def _exercise(name: str, points: float, graded: Mapping[str, Any], hints: Mapping[str, str]) -> ExerciseOverview:
    found = {student: entry["exercises"][name] for student, entry in graded.items() if name in entry["exercises"]}
    counts = Counter(outcome["status"] for outcome in found.values())
    made: dict[str, list[str]] = {}
    for student, outcome in found.items():
        if outcome["mistake"]:
            made.setdefault(outcome["mistake"], []).append(student)
    slips = [Slip(mistake, hints.get(mistake, ""), tuple(students)) for mistake, students in made.items()]
    slips.sort(key=lambda slip: (-len(slip.students), slip.id))
    ordered = {status: counts[status] for status in STATUSES if counts[status]}
    return ExerciseOverview(name, points, ordered, tuple(slips))
