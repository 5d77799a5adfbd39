"""From results to what a platform takes, a file of grades or a zip of feedback, and what to know before the upload."""

from collections.abc import Sequence
from pathlib import Path

from autograder.classroom.giving_back.matching import identified
from autograder.classroom.giving_back.platform import Platform, TakesFeedback
from autograder.classroom.giving_back.platforms import PLATFORMS
from autograder.classroom.giving_back.sheet import GradeSheet, grade_sheet
from autograder.classroom.marks import read_marks
from autograder.course import Course
from autograder.exercise.exercise import Rubric
from autograder.grading.recording.record import Results
from autograder.handins import read_handins
from autograder.roster import read_roster
from autograder.spreadsheet import read_table
from autograder.zips import zipped

SHOWN = 10
"""Students that a line names; of the others it says how many they are."""


def sheet_for(
    course: Course,
    results: Results,
    rubric: Rubric,
    platform: Platform,
    column: str = "",
    own_table: Path | None = None,
) -> GradeSheet:
    """What goes back to a platform of a class.

    Args:
        column: what the platform calls the assignment (default: the problem set's name).
        own_table: a table that the platform gave, with its ids.
    Raises:
        ValueError: a file of the course is damaged, or the platform's table is none of its.
    """
    name = results.problem_set
    handins, roster = read_handins(course, name), read_roster(course) or {}
    marks = read_marks(course, name)
    sheet = grade_sheet(
        results,
        rubric,
        marks,
        handins,
        roster,
        platform.name,
        ids_in_downloads=platform.ids_in_downloads,
        column=column,
    )
    return sheet if own_table is None else identified(sheet, platform, read_table(own_table))


def notes_on(sheet: GradeSheet, platform: Platform) -> list[str]:
    """What a person should know before the grades are uploaded."""
    notes = []
    nameless = [line.called for line in sheet.lines if not platform.identity(line)]
    if nameless and (columns := (*platform.id_columns, *platform.login_columns)):
        notes.append(
            f"{platform.title}'s id is not known of {_listed(nameless)}, and the cell is empty; "
            f"name a table that {platform.title} exports, with {' or '.join(columns)}: --sheet FILE.csv"
        )
    if unfinished := [line.called for line in sheet.unfinished]:
        notes.append(f"not final, as a person has to grade something: {_listed(unfinished)}")
    if absent := [line.called for line in sheet.lines if line.standing.points is None]:
        notes.append(f"handed nothing in, and the points are empty: {_listed(absent)}")
    return notes


def feedback_zip(course: Course, name: str, platform: TakesFeedback, pages: dict[str, Path]) -> tuple[bytes, list[str]]:
    """Feedback pages as a zip that a platform takes, and the students whom it does not hold, as the platform did not
    bring their hand-ins.

    Args:
        pages: student to page.
    Raises:
        ValueError: the platform brought none of them.
    """
    handins = read_handins(course, name)
    files, left = {}, []
    for student, page in pages.items():
        handin = handins.get(student)
        place = None
        if handin is not None and handin.platform == platform.name:
            place = platform.feedback_place(handin, f"{name}_feedback.html")
        if place is None:
            left.append(student)
        else:
            files[place] = page.read_bytes()
    if not files:
        came = sorted({handin.platform for handin in handins.values()})
        raise ValueError(
            f"none of the pages can be named as {platform.title}'s downloads are: the hand-ins of {name} came from "
            f"{', '.join(came) or 'no platform that is known'}; collect the download of {platform.title} first"
        )
    return zipped(files), left


def takes_feedback(name: str) -> TakesFeedback:
    """The platform of that name, where it takes a zip of feedback.

    Raises:
        ValueError: it takes none, or is none.
    """
    takers = {one.name: one for one in PLATFORMS if isinstance(one, TakesFeedback)}
    if name not in takers:
        raise ValueError(f"{name} takes no zip of feedback files; these do: {', '.join(takers)}")
    return takers[name]


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    count = f"{len(names)} student{'' if len(names) == 1 else 's'}"
    return f"{count} ({', '.join(names[:SHOWN])}{more})"
