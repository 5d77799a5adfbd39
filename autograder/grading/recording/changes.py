"""What a regrade would change, before it is written: each student's old and new score, exercise by exercise."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from autograder.grading.recording.record import ExerciseGrade, Record
from autograder.screen import plain


@dataclass(frozen=True)
class Change:
    """One exercise of one student whose grade moves.

    Attributes:
        student, exercise: whose.
        old, new: points.
        old_status, new_status: as in the results.
    """

    student: str
    exercise: str
    old: float
    new: float
    old_status: str
    new_status: str


@dataclass(frozen=True)
class Changes:
    """All that a batch would change.

    Attributes:
        exercises: what moves, students in order.
        totals: student to (old, new) points, for the students above.
        new: students who had no grade before, to their points.
        other_cases: those of the first whose hidden cases are others than before, as a new file's may be.
    """

    exercises: tuple[Change, ...]
    totals: Mapping[str, tuple[float, float]]
    new: Mapping[str, float]
    other_cases: tuple[str, ...] = ()

    @property
    def nothing(self) -> bool:
        return not self.exercises and not self.new

    def to_text(self) -> str:
        """A line for each student, and one for each of their exercises that moves."""
        lines = []
        for student, (old, new) in self.totals.items():
            cases = ", on other hidden cases" if student in self.other_cases else ""
            lines.append(f"{plain(student)}: {old:g} → {new:g} points ({new - old:+g}){cases}")
            lines += [
                f"  {plain(change.exercise)}: {change.old:g} {change.old_status} → {change.new:g} {change.new_status}"
                for change in self.exercises
                if change.student == student
            ]
        lines += [f"{plain(student)}: not graded before → {points:g} points" for student, points in self.new.items()]
        return "\n".join(lines or ["no score changes"])


def compare(before: Mapping[str, Record], after: Iterable[Record]) -> Changes:
    """Hold new records against those that stand.

    Args:
        before: student to the record that stands.
        after: the new records.
    """
    exercises: list[Change] = []
    totals, new, other_cases = {}, {}, []
    for record in sorted(after, key=lambda record: record.student):
        student = record.student
        last = before.get(student)
        if last is None:
            new[student] = record.points
            continue
        moved = [
            Change(student, name, old[0], now[0], old[1], now[1])
            for name, found in record.exercises.items()
            if (old := _grade(last.exercises.get(name))) != (now := _grade(found))
        ]
        if moved:
            exercises += moved
            totals[student] = (last.points, record.points)
            if last.variant and record.variant and last.variant != record.variant:
                other_cases.append(student)
    return Changes(tuple(exercises), totals, new, tuple(other_cases))


def _grade(found: ExerciseGrade | None) -> tuple[float, str]:
    """Points and status; of an exercise that the rubric did not have yet, none."""
    return (0.0, "not graded") if found is None else (found.points, found.status)
