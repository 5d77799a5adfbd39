"""Brightspace: the table of *Grades*, *Enter Grades*, *Import*; feedback by *Add Feedback Files* of an assignment.

A student is found by Username or OrgDefinedId, which the downloads of assignments do not bear: the table that *Export*
gives, with both keys, tells them (`--sheet`). The points of an item stand under its name and `Points Grade`, and `#` at
the end of each line. A feedback file lies in a folder named as the download's.

Source: D2L, "Importing grades", https://community.d2l.com/brightspace/kb/articles/3538-importing-grades, and "Leave
feedback for an assignment" there.
"""

import re
from typing import Any

from autograder.classroom.giving_back.platform import TakesFeedback, TakesTable, named_part
from autograder.classroom.giving_back.sheet import GradeSheet
from autograder.handins import HandIn

_FOLDER = re.compile(r"\d{1,20}-\d{1,20} ?- .+", re.DOTALL)


class Brightspace(TakesTable, TakesFeedback):
    name, title = "brightspace", "Brightspace"
    id_columns, login_columns = ("orgdefinedid",), ("username",)
    ids_in_downloads = False

    def rows(self, sheet: GradeSheet) -> list[list[Any]]:
        heading = ["OrgDefinedId", "Username", f"{sheet.column} Points Grade", "End-of-Line Indicator"]
        lines = [[line.id, line.login, line.standing.points, "#"] for line in sheet.lines]
        return [heading, *lines]

    def feedback_place(self, handin: HandIn, file_name: str) -> str | None:
        found = named_part(handin, _FOLDER)
        return f"{found[0]}/{file_name}" if found and handin.place.rpartition("/")[2] != found[0] else None
