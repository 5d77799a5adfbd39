"""What a student's grade comes to: automatic verdicts, what a person entered, and what is taken off for lateness.

Report, feedback and every export count by these lines, so that they name the same number.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from autograder.authoring.agreement import check_name
from autograder.classroom.marks import Marks
from autograder.exercise.exercise import Rubric
from autograder.grading.judging.outcomes import Status
from autograder.grading.recording.record import Grade, WrittenStatus


@dataclass(frozen=True)
class Standing:
    """A student's points for one problem set.

    Attributes:
        handed_in: whether there is a submission.
        exercises: exercise to its points, the rubric's first, then those that only older results know; None where it
            is not graded.
        written: written answer to its points; None where a person has not given any.
        waiting: exercises and written answers that a person still has to grade; what they have so far counts.
        by_hand: exercises whose points a person entered.
        max_points: of all exercises and written answers of the rubric.
        late_penalty: points that are taken off, by nbgrader's plugin.
        needs_review: whether the notebook could not be read, and no person has given its exercises points yet.
    """

    handed_in: bool
    exercises: Mapping[str, float | None]
    written: Mapping[str, float | None]
    waiting: tuple[str, ...]
    by_hand: tuple[str, ...]
    max_points: float
    late_penalty: float
    needs_review: bool

    @property
    def exercise_points(self) -> float:
        """What the exercises earn together, before anything is taken off."""
        return sum(value or 0.0 for value in self.exercises.values())

    @property
    def written_points(self) -> float:
        """What the written answers earn together, so far."""
        return sum(value or 0.0 for value in self.written.values())

    @property
    def points(self) -> float | None:
        """What counts so far: never less than nothing, as nbgrader has it; None where there is neither a submission
        nor a point that a person gave."""
        known = [value for value in (*self.exercises.values(), *self.written.values()) if value is not None]
        if not known and not self.handed_in:
            return None
        return max(0.0, self.exercise_points + self.written_points - self.late_penalty)

    @property
    def is_final(self) -> bool:
        """Whether no person has to grade anything, or to look at the notebook."""
        return not self.waiting and not self.needs_review

    @property
    def written_waiting(self) -> tuple[str, ...]:
        """The written answers among those that wait."""
        return tuple(name for name in self.waiting if name in self.written)


def standing(grade: Grade, rubric: Rubric, marks: Marks) -> Standing:
    """Bring together what the grader found and what the gradebook knows of a person.

    Args:
        grade: of the results.
        marks: of the same student; empty where the gradebook does not know the student.
    """
    own = [exercise.name for exercise in rubric.exercises]
    names = list(dict.fromkeys([*own, *grade.exercises]))
    automatic = {name: found.points for name, found in grade.exercises.items() if grade.handed_in}
    exercises = {name: _first(marks.scores.get(check_name(name)), automatic.get(name)) for name in names}
    written = {answer.name: marks.scores.get(answer.name) for answer in rubric.written}
    waits = marks.waiting if marks.scores else _ungraded(grade)
    return Standing(
        grade.handed_in,
        exercises,
        written,
        waiting=tuple(name for name in [*names, *written] if name in waits or check_name(name) in waits),
        by_hand=tuple(name for name in names if check_name(name) in marks.by_hand),
        max_points=full_points(rubric),
        late_penalty=marks.late_penalty,
        needs_review=any(
            found.status is Status.NEEDS_REVIEW and (not marks.scores or check_name(name) in marks.waiting)
            for name, found in grade.exercises.items()
        ),
    )


def full_points(rubric: Rubric) -> float:
    """What a right answer to everything earns, exercises and written answers."""
    return sum(part.points for part in rubric.exercises) + sum(answer.points for answer in rubric.written)


def _ungraded(grade: Grade) -> set[str]:
    """The written answers that wait as far as the results know, which see no gradebook."""
    return {name for name, found in grade.written.items() if found.status is WrittenStatus.NEEDS_MANUAL_GRADE}


def _first(value: float | None, otherwise: float | None) -> float | None:
    return otherwise if value is None else value
