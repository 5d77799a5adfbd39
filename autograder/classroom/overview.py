"""What the results say of a class, as plain data: for the table, the page, and whoever asks next."""

import json
import statistics
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from autograder.classroom.marks import Marks, marks_of
from autograder.classroom.standing import Standing, standing
from autograder.exercise.exercise import Rubric
from autograder.grading.judging.outcomes import Status
from autograder.grading.recording.record import ExerciseGrade, Grade, Results
from autograder.roster import Person

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
        counts: status to how many students have it, in the order of the statuses; only those that occur.
        mistakes: the known ones that were made, the most frequent first.
    """

    name: str
    max_points: float
    counts: Mapping[Status, int]
    mistakes: tuple[Slip, ...]

    @property
    def passed(self) -> int:
        return self.counts.get(Status.PASSED, 0)


@dataclass(frozen=True)
class StudentOverview:
    """A student in a class.

    Attributes:
        points: of the exercises, a person's changes included.
        written_points: of the written answers, as far as a person has graded them.
        total: both, less what is taken off for lateness: what the export says.
        late_penalty: points that are taken off.
        statuses: exercise to status, as the grader found it.
        by_hand: exercise to its points, where a person entered them.
        to_grade: written answers that wait for a person.
        unread: whether a person has to look at the notebook.
        review: why a person has to look, in plain words; empty where nobody has to.
        notes: what was odd about the submission.
    """

    student: str
    points: float
    written_points: float
    total: float
    late_penalty: float
    statuses: Mapping[str, Status]
    by_hand: Mapping[str, float]
    to_grade: tuple[str, ...]
    unread: bool
    review: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class ClassOverview:
    """A class; its students and exercises in the order of the results.

    Attributes:
        max_points: of the exercises, which the figures of the class count.
        written_points: that written answers can earn besides.
        students: those who handed in; all figures are of them alone.
        histogram: how many students lie in each tenth of the exercises' points; full marks are in the last.
        absent: those who did not hand in.
        names: student to what people call them, where that is another name than the folder's.
    """

    name: str
    title: str
    max_points: float
    written_points: float
    students: tuple[StudentOverview, ...]
    exercises: tuple[ExerciseOverview, ...]
    histogram: tuple[int, ...]
    absent: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)

    def called(self, student: str) -> str:
        """A student for people to read."""
        return Person(student, self.names.get(student, "")).called

    @property
    def mean(self) -> float:
        return statistics.fmean(student.points for student in self.students)

    @property
    def median(self) -> float:
        return statistics.median(student.points for student in self.students)

    @property
    def unread(self) -> tuple[StudentOverview, ...]:
        """The students whose notebook a person has to look at."""
        return tuple(student for student in self.students if student.unread)

    @property
    def to_grade(self) -> int:
        """How many students wrote an answer that waits for a person."""
        return sum(bool(student.to_grade) for student in self.students)

    @property
    def by_hand(self) -> tuple[StudentOverview, ...]:
        """The students of whom a person changed an exercise's points."""
        return tuple(student for student in self.students if student.by_hand)


def read_results(path: Path, problem_set: str) -> Results:
    """The results of a problem set that `autograder grade` wrote.

    Raises:
        ValueError: there are none, or the file is damaged, or of another problem set, or something else.
    """
    if not path.is_file():
        raise ValueError(f"there are no results in {path}; run: autograder grade {problem_set}")
    try:
        results = Results.from_json(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, RecursionError) as error:
        advice = f"name another file, or make it again: autograder grade {problem_set}"
        raise ValueError(f"{path} does not hold results of autograder grade ({error}); {advice}") from error
    if results.problem_set != problem_set:
        raise ValueError(f"{path} holds results of {results.problem_set}, not of {problem_set}")
    return results


def overview(results: Results, rubric: Rubric, marks: Mapping[str, Marks]) -> ClassOverview:
    """Summarise results.

    Args:
        results: of `autograder grade`.
        marks: from the gradebook, which knows what a person graded.
    Raises:
        ValueError: nobody in them has handed in.
    """
    graded = {student: grade for student, grade in results.students.items() if grade.handed_in}
    if not graded:
        raise ValueError(f"nobody has handed in {results.problem_set} yet")
    total = sum(exercise.points for exercise in rubric.exercises)
    students = tuple(
        _student(name, grade, standing(grade, rubric, marks_of(name, marks))) for name, grade in graded.items()
    )
    hints = {
        exercise.name: {mistake.id: mistake.hint for mistake in exercise.mistakes} for exercise in rubric.exercises
    }
    exercises = tuple(_exercise(e.name, e.points, graded, hints[e.name]) for e in rubric.exercises)
    histogram = Counter(min(BINS - 1, max(0, int(BINS * student.points / total))) for student in students)
    tenths = tuple(histogram[number] for number in range(BINS))
    written = sum(answer.points for answer in rubric.written)
    absent = tuple(student for student in results.students if student not in graded)
    return ClassOverview(
        results.problem_set, rubric.title, total, written, students, exercises, tenths, absent, results.names
    )


def _student(name: str, grade: Grade, standing: Standing) -> StudentOverview:
    statuses = {exercise: found.status for exercise, found in grade.exercises.items()}
    review = []
    if standing.needs_review:
        unread = next(found for found in grade.exercises.values() if found.status is Status.NEEDS_REVIEW)
        review.append(unread.message)
    if standing.written_waiting:
        review.append(f"written answers to grade: {', '.join(standing.written_waiting)}")
    return StudentOverview(
        name,
        standing.exercise_points,
        standing.written_points,
        standing.points or 0.0,
        standing.late_penalty,
        statuses,
        {exercise: standing.exercises[exercise] or 0.0 for exercise in standing.by_hand},
        standing.written_waiting,
        standing.needs_review,
        tuple(review),
        grade.notes,
    )


def _exercise(name: str, points: float, graded: Mapping[str, Grade], hints: Mapping[str, str]) -> ExerciseOverview:
    found: dict[str, ExerciseGrade] = {
        student: grade.exercises[name] for student, grade in graded.items() if name in grade.exercises
    }
    counts = Counter(exercise.status for exercise in found.values())
    made: dict[str, list[str]] = {}
    for student, exercise in found.items():
        if exercise.mistake:
            made.setdefault(exercise.mistake, []).append(student)
    slips = [Slip(mistake, hints.get(mistake, ""), tuple(students)) for mistake, students in made.items()]
    slips.sort(key=lambda slip: (-len(slip.students), slip.id))
    ordered = {status: counts[status] for status in Status if counts[status]}
    return ExerciseOverview(name, points, ordered, tuple(slips))
