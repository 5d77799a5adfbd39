"""What goes back of a class, before any platform's format: who, by which name and id, and with how many points."""

from collections.abc import Mapping
from dataclasses import dataclass

from autograder.classroom.marks import Marks, marks_of
from autograder.classroom.standing import Standing, full_points, standing
from autograder.exercise.exercise import Rubric
from autograder.grading.recording.gradebook import student_key
from autograder.grading.recording.record import Grade, Results
from autograder.handins import HandIn
from autograder.roster import Person


@dataclass(frozen=True)
class Line:
    """One student's line.

    Attributes:
        student: the name of the folder in `submitted/`.
        name: what people call the student; "" where nothing else is known.
        email: "" where it is not known.
        id: the platform's own of the student; "" where it is not known.
        login: what the student signs in with; "" where it is not known.
        grade: of the results.
        standing: what it comes to.
        handin: as it came from this platform; None where it did not.
    """

    student: str
    name: str
    email: str
    id: str
    login: str
    grade: Grade
    standing: Standing
    handin: HandIn | None

    @property
    def called(self) -> str:
        """The student for people to read."""
        return self.name or self.student


@dataclass(frozen=True)
class GradeSheet:
    """A class on its way to a platform.

    Attributes:
        problem_set: its name.
        column: what the platform calls the assignment.
        max_points: of all exercises and written answers.
        lines: one for each student, in the order of the results.
        rubric: of the problem set.
    """

    problem_set: str
    column: str
    max_points: float
    lines: tuple[Line, ...]
    rubric: Rubric

    @property
    def unfinished(self) -> tuple[Line, ...]:
        """The students whose points are not final."""
        return tuple(line for line in self.lines if line.standing.handed_in and not line.standing.is_final)


def grade_sheet(
    results: Results,
    rubric: Rubric,
    marks: Mapping[str, Marks],
    handins: Mapping[str, HandIn],
    roster: Mapping[str, Person],
    platform: str,
    ids_in_downloads: bool = True,
    column: str = "",
) -> GradeSheet:
    """Bring together what is known of a class.

    Args:
        results: of `autograder grade`.
        marks: from the gradebook.
        handins: as `autograder collect` found them, by student.
        roster: of the course, by student; empty where there is none.
        platform: where the grades go, as `autograder collect` calls it.
        ids_in_downloads: whether its tables bear the ids of its downloads.
        column: what the platform calls the assignment (default: the problem set's name).
    """
    lines = []
    for student, grade in results.students.items():
        handin, person = handins.get(student), roster.get(student, Person(student))
        here = handin is not None and handin.platform == platform
        identity, login = _identity(student, handin, handins, platform)
        identity = identity if ids_in_downloads else ""
        called = results.names.get(student) or person.name or (handin.name if handin else "")
        lines.append(
            Line(
                student_key(student),
                "" if called == student else called,
                person.email or (handin.email if handin else ""),
                identity,
                login,
                grade,
                standing(grade, rubric, marks_of(student, marks)),
                handin if here else None,
            )
        )
    top, name = full_points(rubric), results.problem_set
    return GradeSheet(name, column or name, top, tuple(lines), rubric)


def _identity(student: str, handin: HandIn | None, handins: Mapping[str, HandIn], platform: str) -> tuple[str, str]:
    """What the platform calls a student: its id, and what the student signs in with; each "" where it is not known.

    A student who handed nothing in is called as the others are: where collect has made the platform's ids the names of
    their folders, the roster's name is the id. Where nothing came from a platform, folders are called by logins, as on
    a JupyterHub. An id of another platform is none of this one's.
    """
    if handin is not None:
        return (handin.id, "") if handin.platform == platform else ("", "")
    from_here = [one for one in handins.values() if one.platform == platform]
    if from_here and all(one.id == one.student for one in from_here):
        return student_key(student), ""
    return "", "" if handins else student_key(student)
