"""Blackboard: the Grade Center's table, uploaded in *Work Offline*, *Upload*; commas part its columns.

A student is found by Username, which Blackboard's downloads bear; a column by the number at the end of its heading,
`ps1_elbo [Total Pts: 46 Score] |12345`, as the Grade Center's own download shows it, else by its name. Feedback files
are taken one by one, in a student's attempt, and in no zip.

Source: Blackboard Help, "Work offline with grade data",
https://help.blackboard.com/Learn/Instructor/Original/Grade/Grading_Tasks/Work_Offline_With_Grade_Data.
"""

from typing import Any

from autograder.classroom.giving_back.platform import TakesTable
from autograder.classroom.giving_back.sheet import GradeSheet
from autograder.roster import Person


class Blackboard(TakesTable):
    name, title = "blackboard", "Blackboard"
    login_columns = ("username",)

    def rows(self, sheet: GradeSheet) -> list[list[Any]]:
        column = sheet.column if "[" in sheet.column else f"{sheet.column} [Total Pts: {sheet.max_points:g} Score]"
        lines = []
        for line in sheet.lines:
            first, last = Person(line.student, line.called).first_and_last
            lines.append([last, first, self.identity(line), line.standing.points])
        return [["Last Name", "First Name", "Username", column], *lines]
