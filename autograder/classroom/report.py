"""The class at a glance: a table for the terminal, and one HTML page that needs nothing but itself."""

import re
import unicodedata
from collections.abc import Sequence

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from autograder.classroom.overview import ClassOverview
from autograder.grading.judging.outcomes import Status
from autograder.grading.recording.record import Results
from autograder.screen import plain


def environment() -> Environment:
    """The templates of class report and feedback; whatever they print is escaped."""
    templates = Environment(
        loader=PackageLoader("autograder.classroom"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.globals["Status"] = Status
    templates.filters["inline"] = inline
    templates.filters["students"] = counted_students
    return templates


def inline(text: str) -> Markup:
    """A hint or message, escaped, with its `code` and *stress* shown as such."""
    shown = re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text)))
    return Markup(re.sub(r"(?<!\S)\*(\w[^*<]*)\*(?!\w)", r"<em>\1</em>", shown))


def counted_students(count: int) -> str:
    """How many students, in words that fit one, too."""
    return f"{count} student{'' if count == 1 else 's'}"


def html_page(overview: ClassOverview) -> str:
    """The class report."""
    return environment().get_template("report.html").render(overview=overview)


def text_table(overview: ClassOverview) -> str:
    """Exercises with their pass rates and most frequent mistake, then the class's figures and who needs review."""
    count = len(overview.students)
    rows = [["exercise", "points", "passed", "", "most frequent mistake"]]
    for exercise in overview.exercises:
        slip = exercise.mistakes[0] if exercise.mistakes else None
        rows.append([
            exercise.name,
            f"{exercise.max_points:g}",
            f"{exercise.passed}/{count}",
            _bar(exercise.passed / count),
            f"{slip.count} × {slip.id}" if slip else "",
        ])  # fmt: skip
    lines = [f"{overview.name}: {overview.title}", "", columns(rows, right=(1, 2)), ""]
    lines.append(
        f"{counted_students(count)}, {overview.max_points:g} points: "
        f"mean {overview.mean:.1f}, median {overview.median:g}"
    )
    if overview.absent:
        names = ", ".join(plain(overview.called(student)) for student in overview.absent)
        lines.append(f"not handed in, and in none of these figures: {counted_students(len(overview.absent))}: {names}")
    lines += [f"needs review: {plain(overview.called(s.student))}: {plain(s.review[0])}" for s in overview.unread]
    if overview.by_hand:
        lines.append(f"points changed by a person: {counted_students(len(overview.by_hand))}")
    if overview.to_grade:
        lines.append(f"written answers wait for a grade: {counted_students(overview.to_grade)} (open the formgrader)")
    return "\n".join(lines)


def sandboxes_used(results: Results) -> str:
    """The sandboxes that results were made in."""
    return ", ".join(sorted({grade.sandbox for grade in results.students.values()} - {""})) or "none was needed"


def columns(rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> str:
    """Rows of text in aligned columns under a ruled heading."""
    cells = [[plain(cell) for cell in row] for row in rows]
    widths = [max(_width(row[column]) for row in cells) for column in range(len(cells[0]))]
    lines = ["  ".join(_padded(cell, widths[i], i in right) for i, cell in enumerate(row)).rstrip() for row in cells]
    return "\n".join([lines[0], "─" * max(map(_width, lines)), *lines[1:]])


def _bar(share: float, width: int = 12) -> str:
    full = round(share * width)
    return "█" * full + "░" * (width - full)


def _width(text: str) -> int:
    """Columns of a terminal: wide characters take two, accents none."""
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return len(text) + wide - sum(unicodedata.combining(character) > 0 for character in text)


def _padded(text: str, width: int, right: bool) -> str:
    space = " " * (width - _width(text))
    return space + text if right else text + space
