"""What every platform's class can do; the platforms are in `platforms.py`."""

import re
from abc import ABC, abstractmethod
from typing import Any, ClassVar

from autograder.classroom.giving_back.sheet import GradeSheet, Line
from autograder.handins import HandIn
from autograder.spreadsheet import for_excel, table

_NO_NAME = re.compile(r'[\x00-\x1f\\/:*?"<>|]')
"""What no file can be called on one system or another."""


class Platform(ABC):
    """A learning platform that takes grades.

    Attributes:
        name, title: as `--for` calls it, the same as in `autograder collect`; and as people do.
        suffix: of the file that it takes.
        ids_in_downloads: whether the numbers in the names of its downloads are those that its tables bear.
        id_columns, login_columns: how its own tables head the id, and what students sign in with; in lower case.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    suffix: ClassVar[str] = ".csv"
    ids_in_downloads: ClassVar[bool] = True
    id_columns: ClassVar[tuple[str, ...]] = ()
    login_columns: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def content(self, sheet: GradeSheet) -> bytes:
        """The grades as a file that the platform takes."""

    def identity(self, line: Line) -> str:
        """How the platform finds the student; "" where nothing that is known tells."""
        return line.id or line.login


class TakesTable(Platform):
    """A platform that takes grades as a table."""

    @abstractmethod
    def rows(self, sheet: GradeSheet) -> list[list[Any]]:
        """The lines of the table, the headings first."""

    def text(self, sheet: GradeSheet) -> str:
        """The table, for the screen or another program."""
        return table(self.rows(sheet))

    def content(self, sheet: GradeSheet) -> bytes:
        """The table as a file."""
        return for_excel(self.text(sheet))


class TakesFeedback(ABC):
    """A platform that takes a zip of feedback files, each named as its own download was."""

    name: ClassVar[str]
    title: ClassVar[str]

    @abstractmethod
    def feedback_place(self, handin: HandIn, file_name: str) -> str | None:
        """Where in the zip a student's file lies; None where the hand-in's name does not tell."""


def named_part(handin: HandIn, pattern: re.Pattern[str]) -> re.Match[str] | None:
    """The outermost part of a hand-in's place in the download that is named so, whatever folders lie around it."""
    return next((found for part in handin.place.split("/") if (found := pattern.fullmatch(part))), None)


def file_name(text: str) -> str:
    """A text as part of a file's name."""
    return _NO_NAME.sub("_", text)
