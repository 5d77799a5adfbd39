"""Who takes the course: `roster.csv` in the course's folder, which an instructor writes or a platform exports.

One line a student, under a line of headings; commas, semicolons and tabs part columns, and spreadsheets' byte order
mark is skipped. A student is called as the folder in `submitted/` is, by `autograder collect` the platform's id:

    student     the folder's name; or `ID`, as in Canvas's gradebook, `SID`, as in Gradescope's roster, or `Username`
    name        what people call the student, where that is something else; or `Full name`, `Student` beside an `ID`,
                or `First name` with `Last name` or `Surname`; where no other column tells a student, this one does
    email       or `Email address`
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from autograder.course import Course
from autograder.spreadsheet import read_text, rows_of

FILE_NAME = "roster.csv"

# how tables head their columns, in lower case
_STUDENT = ("id", "sid", "username", "student id")
_NAME = ("name", "full name", "student name")
FIRST_NAME, LAST_NAME = ("first name", "firstname"), ("last name", "lastname", "surname")
_TEST_STUDENT = "Student, Test"
"""Whom Canvas adds to every course for the teacher to try things as."""
EMAIL = ("email", "email address", "e-mail")


@dataclass(frozen=True)
class Person:
    """A student of the course.

    Attributes:
        student: the name of the folder in `submitted/`.
        name: what people call them; "" where nothing else is known.
        email: "" where it is not known.
    """

    student: str
    name: str = ""
    email: str = ""

    @property
    def called(self) -> str:
        """The student for people to read: the name, and the folder's where that is another."""
        return self.student if self.student.startswith(self.name) else f"{self.name} ({self.student})"

    @property
    def first_and_last(self) -> tuple[str, str]:
        """The name in two parts, the second of one word unless a comma says otherwise; one word is a last name."""
        last, comma, first = self.name.partition(",")
        if not comma:
            first, _, last = self.name.rpartition(" ")
        return first.strip(), last.strip()


def read_roster(course: Course) -> Mapping[str, Person] | None:
    """The students on the course's roster, by their folder's name, in its order; None where there is no roster.

    Raises:
        ValueError: it cannot be read, names a student twice, or has no column that tells who they are.
    """
    path = course.root / FILE_NAME
    try:
        text = read_text(path)
    except FileNotFoundError:
        return None
    try:
        return parse_roster(text)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def parse_roster(text: str) -> dict[str, Person]:
    """The students that a roster's text lists.

    Raises:
        ValueError: it names a student twice, or has no column that tells who they are.
    """
    try:
        rows = rows_of(text.lstrip("\ufeff"))
    except csv.Error as error:
        raise ValueError(f"it is not a table: {error}") from None
    columns = [cell.strip().lower() for cell in rows[0]] if rows else []
    student = _find(columns, _STUDENT)
    own = "student" in columns and student is None
    if own:
        student = columns.index("student")
    by_name = student is None and (_find(columns, _NAME) is not None or _find(columns, LAST_NAME) is not None)
    if student is None and not by_name:
        raise ValueError(
            f"no column is headed 'student' (or 'ID', 'SID', 'Username', 'Full name'); there are: {', '.join(columns)}"
        )
    name = _find(columns, _NAME if own else ("student", *_NAME))
    first, last, email = _find(columns, FIRST_NAME), _find(columns, LAST_NAME), _find(columns, EMAIL)
    people: dict[str, Person] = {}
    for number, row in enumerate(rows[1:], start=2):
        known_as = _cell(row, name) or f"{_cell(row, first)} {_cell(row, last)}".strip()
        called = known_as if by_name else _cell(row, student)
        if not called or known_as == _TEST_STUDENT:  # blank, or Canvas's line of points possible
            continue
        if called in people:
            raise ValueError(
                f"line {number} names {called!r} again: tell them apart by a column 'student' with the folders' names"
            )
        people[called] = Person(called, known_as, _cell(row, email))
    return people


def _find(columns: Sequence[str], names: Sequence[str]) -> int | None:
    return next((columns.index(name) for name in names if name in columns), None)


def _cell(row: Sequence[str], column: int | None) -> str:
    return row[column].strip() if column is not None and column < len(row) else ""
