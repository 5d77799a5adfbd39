"""Moodle: the worksheet of *Offline grading worksheet*, and *Upload multiple feedback files in a zip*.

Identifier, Grade and Last modified (grade) have to be there. The identifier is the word for a participant and the
number of the download, which is the student's in this one assignment; Moodle cuts off as many characters as its own
word has, in the site's language (`--sheet` takes them from Moodle's worksheet). With `-` as time of the last change
Moodle keeps a grade that it has: tick *Allow updating records that have been modified more recently in Moodle than in
the spreadsheet* where it is to be replaced. Comments are in no column, and so stay as they are.

A feedback file lies in a folder named as the download's, `Full name_NUMBER_assignsubmission_file_`.

Source: `assignfeedback_offline_grade_importer` in `mod/assign/feedback/offline/importgradeslib.php`, and
`is_valid_filename_for_import` in `mod/assign/feedback/file/importziplib.php` of moodle/moodle.
"""

import re
from typing import Any

from autograder.classroom.giving_back.platform import TakesFeedback, TakesTable, named_part
from autograder.classroom.giving_back.sheet import GradeSheet, Line
from autograder.handins import HandIn

_FOLDER = re.compile(r"(?P<before>.+?_\d{1,20}_assignsubmission_)[a-z]+(?:_.*)?", re.DOTALL)


class Moodle(TakesTable, TakesFeedback):
    name, title = "moodle", "Moodle"
    id_columns = ("identifier",)

    def rows(self, sheet: GradeSheet) -> list[list[Any]]:
        heading = ["Identifier", "Full name", "Email address", "Grade", "Maximum grade", "Last modified (grade)"]
        lines = [
            [self.identity(line), line.called, line.email, line.standing.points, sheet.max_points, "-"]
            for line in sheet.lines
        ]
        return [heading, *lines]

    def identity(self, line: Line) -> str:
        return f"Participant {line.id}" if line.id.isdigit() else line.id

    def feedback_place(self, handin: HandIn, file_name: str) -> str | None:
        found = named_part(handin, _FOLDER)
        return f"{found['before']}file_/{file_name}" if found else None
