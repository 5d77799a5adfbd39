"""A grade as plain data: what the journal keeps of a submission, and what the results of a class say of a student.

`from_json` is the only way in from a file: files get damaged, and people edit them, so whatever is not a grade that we
could have written is refused as a whole.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from autograder.grading.judging.outcomes import Status
from autograder.roster import Person

MOST_POINTS = 1e9


class WrittenStatus(StrEnum):
    """What became of an answer that a person grades."""

    NOT_ATTEMPTED = "not_attempted"
    NEEDS_MANUAL_GRADE = "needs_manual_grade"


@dataclass(frozen=True)
class ExerciseGrade:
    """One exercise of one student.

    Attributes:
        points, max_points: earned, and of a right answer.
        status: what became of it.
        mistake: id of the known mistake, or None.
        message: for the student, in plain words.
    """

    points: float
    max_points: float
    status: Status
    mistake: str | None
    message: str

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """What JSON says; raises ValueError where it says something else."""
        match value:
            case {"points": points, "status": str(status), "mistake": None | str() as mistake, "message": str(message)}:
                top = value.get("max_points", points)
                return cls(_number(points), _number(top), Status(status), mistake, message)
        raise ValueError("that is no exercise's grade")


@dataclass(frozen=True)
class WrittenGrade:
    """One written answer of one student, as far as the grader knows: its points are a person's to give.

    Attributes:
        max_points: of a full answer.
        status: whether it waits for a person.
    """

    max_points: float
    status: WrittenStatus

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """What JSON says; raises ValueError where it says something else."""
        match value:
            case {"status": str(status)}:
                return cls(_number(value.get("max_points", 0.0)), WrittenStatus(status))
        raise ValueError("that is no written answer's grade")


@dataclass(frozen=True)
class Grade:
    """What the results say of a student.

    Attributes:
        exercises: exercise name to its grade, in the order of the notebook.
        written: name of each answer that a person grades to what became of it.
        notes: what was odd about the submission, in plain words.
        sandbox: the one it ran in; "" where nothing was run.
    """

    exercises: Mapping[str, ExerciseGrade]
    written: Mapping[str, WrittenGrade]
    notes: tuple[str, ...] = ()
    sandbox: str = ""

    @classmethod
    def of_nothing(cls, exercises: Mapping[str, float], written: Mapping[str, float]) -> Self:
        """The grade of a student who handed nothing in.

        Args:
            exercises, written: of the problem set, each with its points.
        """
        found = {
            name: ExerciseGrade(0.0, points, Status.NOT_HANDED_IN, None, Status.NOT_HANDED_IN.word)
            for name, points in exercises.items()
        }
        return cls(found, {name: WrittenGrade(points, WrittenStatus.NOT_ATTEMPTED) for name, points in written.items()})

    @property
    def handed_in(self) -> bool:
        """Whether there is a submission that this is the grade of."""
        return all(exercise.status is not Status.NOT_HANDED_IN for exercise in self.exercises.values())

    @property
    def points(self) -> float:
        """What the exercises earn together."""
        return sum(exercise.points for exercise in self.exercises.values())

    @property
    def max_points(self) -> float:
        """What all exercises together can earn."""
        return sum(exercise.max_points for exercise in self.exercises.values())

    def to_json(self) -> dict[str, Any]:
        """As results hold it."""
        return {
            "points": self.points,
            "max_points": self.max_points,
            "exercises": {name: dict(vars(exercise)) for name, exercise in self.exercises.items()},
            "notes": list(self.notes),
            "written": {name: dict(vars(answer)) for name, answer in self.written.items()},
            "sandbox": self.sandbox,
        }

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """What JSON says; raises ValueError where it is none of ours, or damaged."""
        return cls(**_grade_fields(value))


@dataclass(frozen=True)
class Record(Grade):
    """A graded submission: a grade, and what the grader has to know to tell whether it still holds.

    Attributes:
        student: whose, as the folder is called.
        sha256: of the bytes as submitted; "" where there are none.
        fingerprint: of all that decided the grade.
        unchanged: grade_ids of the cells that are as they were released, in order.
        timestamp: when it was handed in, as ISO 8601; None where that is not known.
        executed: digest of the executed notebook, once that is written.
        variant: name of the hidden cases that it met; "" where it met none, or by an older grader.
    """

    student: str = ""
    sha256: str = ""
    fingerprint: str = ""
    unchanged: tuple[str, ...] = ()
    timestamp: str | None = None
    executed: str | None = None
    variant: str = ""

    @property
    def grade(self) -> Grade:
        """The part that the results show."""
        return Grade(**{one.name: getattr(self, one.name) for one in fields(Grade)})

    def to_json(self) -> dict[str, Any]:
        """As a line of the journal holds it."""
        own = {one.name: getattr(self, one.name) for one in fields(self)[len(fields(Grade)) :]}
        return own | {"unchanged": list(self.unchanged)} | super().to_json()

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """What a line of the journal says; raises ValueError where it is none of ours, or damaged."""
        match value:
            case {
                "student": str(student),
                "sha256": str(sha256),
                "fingerprint": str(fingerprint),
                "unchanged": unchanged,
                "notes": list(),
                "sandbox": str(),
                "max_points": _,
            }:
                return cls(
                    **_grade_fields(value),
                    student=student,
                    sha256=sha256,
                    fingerprint=fingerprint,
                    unchanged=_texts(unchanged),
                    timestamp=_time(value.get("timestamp")),
                    executed=_text(value.get("executed")),
                    variant=_text(value.get("variant")) or "",
                )
        raise ValueError("that is no record of a submission")


@dataclass(frozen=True)
class Results:
    """The grades of a class.

    Attributes:
        problem_set: its name.
        students: each student's grade; exercises may differ from student to student where the rubric has changed.
        names: student to what people call them, where that is another name than the folder's.
    """

    problem_set: str
    students: Mapping[str, Grade]
    names: Mapping[str, str] = field(default_factory=dict)

    def called(self, student: str) -> str:
        """A student for people to read."""
        return Person(student, self.names.get(student, "")).called

    def to_json(self) -> dict[str, Any]:
        """As the results file holds it."""
        return {
            "problem_set": self.problem_set,
            "students": {student: grade.to_json() for student, grade in self.students.items()},
            "names": dict(self.names),
        }

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """What a results file says.

        Raises:
            ValueError: it is none, or damaged; the message says which entries are.
        """
        match value:
            case {"problem_set": str(name), "students": dict(entries)}:
                students, damaged = {}, []
                for student, entry in entries.items():
                    try:
                        students[student] = Grade.from_json(entry)
                    except ValueError:
                        damaged.append(student)
                if damaged:
                    more = f" and {len(damaged) - 3} more" if len(damaged) > 3 else ""
                    raise ValueError(f"the entry of {', '.join(map(repr, damaged[:3]))}{more} is damaged")
                names = value.get("names", {})
                if not (isinstance(names, dict) and all(isinstance(known_as, str) for known_as in names.values())):
                    raise ValueError("the students' names are damaged")
                return cls(name, students, names)
        raise ValueError("it names no problem set and students")


def _grade_fields(value: Any) -> dict[str, Any]:
    """The fields of a Grade."""
    match value:
        case {"points": points, "exercises": dict(exercises), "written": dict(written)}:
            _number(points)
            return {
                "exercises": {name: ExerciseGrade.from_json(found) for name, found in exercises.items()},
                "written": {name: WrittenGrade.from_json(found) for name, found in written.items()},
                "notes": _texts(value.get("notes", [])),
                "sandbox": _text(value.get("sandbox")) or "",
            }
    raise ValueError("that is no grade")


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("not a number")
    if not abs(value) < MOST_POINTS:  # nor is NaN, nor an infinity, which JSON may hold
        raise ValueError("not points")
    return value


def _text(value: Any) -> str | None:
    if value is not None and not isinstance(value, str):
        raise ValueError("not a text")
    return value


def _texts(value: Any) -> tuple[str, ...]:
    if not (isinstance(value, list) and all(isinstance(item, str) for item in value)):
        raise ValueError("not a list of texts")
    return tuple(value)


def _time(value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise ValueError("not a time")
    datetime.fromisoformat(value)
    return value
