"""Canvas: the gradebook's own CSV, imported in *Grades*, *Import*; feedback by *Upload Submissions* of an assignment.

The first cells of the heading have to be Student, ID, SIS User ID, SIS Login ID and Section; a line of points possible
follows. A student is found by ID, else by the SIS's ids, else by name; an assignment by `title (id)`, else by its
title, and a new one is offered where there is none. An empty cell changes nothing.

Feedback files are found by `…_USERID_FILEID_…`, the numbers of the download.

Source: `process_header` and `process_student` in `lib/gradebook_importer.rb`, and `infer_comment_context_from_filename`
in `app/models/abstract_assignment.rb` of instructure/canvas-lms.
"""

import re
from typing import Any

from autograder.classroom.giving_back.platform import TakesFeedback, TakesTable, named_part
from autograder.classroom.giving_back.sheet import GradeSheet
from autograder.handins import HandIn

_NAME = re.compile(r"(?P<before>(?:.*?_)??(?:LATE_)?(?:\d{1,20})_\d{1,20}_).+", re.DOTALL)


class Canvas(TakesTable, TakesFeedback):
    name, title = "canvas", "Canvas"
    id_columns, login_columns = ("id",), ("sis login id",)

    def rows(self, sheet: GradeSheet) -> list[list[Any]]:
        heading = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", sheet.column]
        possible = ["    Points Possible", "", "", "", "", sheet.max_points]
        lines = [[line.called, _number(line.id), "", line.login, "", line.standing.points] for line in sheet.lines]
        return [heading, possible, *lines]

    def feedback_place(self, handin: HandIn, file_name: str) -> str | None:
        found = named_part(handin, _NAME)
        return f"{found['before']}{file_name}" if found else None


def _number(text: str) -> int | str:
    """Canvas's ids are numbers; those of an anonymous download are none, and stay text."""
    return int(text) if text.isascii() and text.isdigit() else text
