"""What a submission changed that is not the student's to change, and whose notebook it is. Only notes come of it.

What stands in a check, a locked cell or released prose is the release's own, whatever the student made of it. Nothing
that a student wrote there goes without a line, so that a person can find it in the submitted notebook.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from nbformat import NotebookNode

from autograder.authoring.agreement import check_name
from autograder.authoring.notebook import grade_id, kind, name_of
from autograder.authoring.start_cell import without_address
from autograder.course import Course
from autograder.disposable import Lost, apart
from autograder.grading.intake.reading import SubmittedCell
from autograder.screen import plain
from latentkit.check.copies import checked
from latentkit.named_calls import answers_called

SHOWN_LINES, SHOWN_CHARACTERS = 3, 80
"""How much of a dropped edit a note repeats: so many lines, each so long."""

MOST_CHARACTERS = 40_000
"""Of a cell that is searched for calls of the answer: what is longer is no exercise's answer."""

MOST_NOTES = 50
"""On one notebook; a last one says how many more there would be, as of thousands of copies of a cell."""


def change_notes(cells: Sequence[SubmittedCell], skeleton: NotebookNode, places: Mapping[int, int]) -> list[str]:
    """What a student changed in vain, a sentence each; no more than a person reads.

    Args:
        cells: of the submission.
        skeleton: the released notebook.
        places: which of `cells` is which of the skeleton's, by their numbers.
    """
    pairs = [(cells[number], skeleton.cells[index]) for number, index in places.items()]
    notes = [*_points_notes(pairs), *_check_notes(pairs)]
    for cell, template in pairs:
        match kind(template):
            case "locked":
                notes += _locked_notes(cell, template)
            case "text":
                notes += _prose_notes(cell, template)
    if any(cell.pictures for number, cell in enumerate(cells) if number not in places):
        notes.append("a text cell of the student's own holds pictures: see the submitted notebook")
    more = len(notes) - MOST_NOTES
    return notes if more <= 0 else [*notes[:MOST_NOTES], f"and {more} more changes: see the submitted notebook"]


def answers_below_edits(
    cells: Sequence[SubmittedCell], skeleton: NotebookNode, places: Mapping[int, int]
) -> dict[str, str]:
    """The written answers whose question, the released prose above, a student wrote into, each to a note that says so.

    Args:
        cells, skeleton, places: as for `change_notes`.
    """
    edited = {
        index
        for number, index in places.items()
        if kind(skeleton.cells[index]) == "text"
        and (cells[number].pictures or _added(cells[number].source, skeleton.cells[index].source))
    }
    found, above = {}, False
    for index, template in enumerate(skeleton.cells):
        if kind(template) == "text":
            above = above or index in edited
            continue
        if kind(template) == "written" and above:
            name = name_of(template)
            found[name] = f"the answer {name!r} is empty, but the student wrote into the question above it"
        above = False
    return found


def shortcut_notes(notebook: NotebookNode, answered_by: Mapping[str, Sequence[str]]) -> list[str]:
    """Which answers call what computes them, a sentence each. What it costs is the instructor's to say.

    Args:
        notebook: as it is graded.
        answered_by: exercise to the dotted names of such functions.
    """
    code = [cell for cell in notebook.cells if cell.cell_type == "code" and len(cell.source) <= MOST_CHARACTERS]
    answers: dict[str, list[str]] = {}
    for cell in code:
        if kind(cell) == "solution" and (name := name_of(cell)) in answered_by:
            answers.setdefault(name, []).append(cell.source)
    try:
        called = apart(answers_called, [cell.source for cell in code], answers, dict(answered_by))
    except Lost:
        return []
    return [
        f"the answer {name!r} calls what computes it ({', '.join(names)}): it counts as any other, see the notebook"
        for name, names in called.items()
        if names
    ]


def own_names(notebooks: Mapping[str, Sequence[str]]) -> dict[str, frozenset[str]]:
    """The grade_ids that tell each problem set from all others.

    Args:
        notebooks: problem set to the grade_ids in its release.
    """
    return {
        name: frozenset(names).difference(*(others for other, others in notebooks.items() if other != name))
        for name, names in notebooks.items()
    }


def released_names(course: Course) -> dict[str, frozenset[str]]:
    """The grade_ids that tell each released problem set of a course from the others; a damaged release has none."""
    return own_names({name: _grade_ids(course, name) for name in course.names()})


def other_set_note(cells: Sequence[SubmittedCell], name: str, released: Mapping[str, frozenset[str]]) -> str | None:
    """That the notebook is another problem set's, where more of its cells are that one's than this one's.

    Args:
        cells: of the submission.
        name: the problem set that it was handed in for.
        released: what `released_names` gives.
    """
    there = {cell.grade_id for cell in cells}
    counts = {other: len(there & names) for other, names in released.items()}
    likeliest = max(counts, key=counts.__getitem__, default=name)
    if counts.get(likeliest, 0) <= counts.get(name, 0):
        return None
    return (
        f"this looks like the notebook of {likeliest!r}: {counts[likeliest]} of its cells are there, "
        f"and {counts.get(name, 0)} that only {name!r} has"
    )


def _grade_ids(course: Course, name: str) -> list[str]:
    try:
        cells = json.loads(course.release_notebook(name).read_text(encoding="utf-8"))["cells"]
        return [cell["metadata"]["nbgrader"]["grade_id"] for cell in cells if "nbgrader" in cell["metadata"]]
    except (OSError, ValueError, KeyError, TypeError):  # not released yet, or damaged: `autograder release` says so
        return []


Pair = tuple[SubmittedCell, NotebookNode]
"""A student's cell and the released one that it is."""


def _check_notes(pairs: Sequence[Pair]) -> Iterator[str]:
    emptied: list[Pair] = []
    changed: list[Pair] = []
    for cell, template in pairs:
        if kind(template) != "check" or not _differs(cell.source, template.source):
            continue
        name = name_of(template)
        (changed if name in map(check_name, checked(cell.source)) else emptied).append((cell, template))
    if emptied:
        names = _listed([name_of(template) for _, template in emptied])
        yield f"checks were emptied or replaced, to no effect: the released ones count: {names}"
    for cell, template in changed:
        changes = _quoted(cell, template)
        yield f"the check {name_of(template)!r} was changed, to no effect: the released one counts{changes}"


def _points_notes(pairs: Sequence[Pair]) -> Iterator[str]:
    raised = [grade_id(template) for cell, template in pairs if cell.points and cell.points != _points(template)]
    if raised:
        yield f"points were written into cells, to no effect: the released ones count: {_listed(raised)}"


def _locked_notes(cell: SubmittedCell, template: NotebookNode) -> Iterator[str]:
    if _differs(without_address(cell.source), without_address(template.source)):
        yield f"the locked cell {grade_id(template)!r} was changed: it ran as released{_quoted(cell, template)}"


def _prose_notes(cell: SubmittedCell, template: NotebookNode) -> Iterator[str]:
    if _added(cell.source, template.source):
        quoted = _quoted(cell, template)
        yield f"the student wrote into the prose {_title(template)!r}, which is shown as released{quoted}"
    if cell.pictures:
        yield f"the student put pictures into the prose {_title(template)!r}: see the submitted notebook"


def _quoted(cell: SubmittedCell, template: NotebookNode) -> str:
    """What a student added, as the end of a note; where nothing was, lines are gone."""
    added = _added(cell.source, template.source)
    if not added:
        return " (lines are gone)"
    shown = "; ".join(f"`{plain(line[:SHOWN_CHARACTERS])}`" for line in added[:SHOWN_LINES])
    cut = len(added) > SHOWN_LINES or any(len(line) > SHOWN_CHARACTERS for line in added[:SHOWN_LINES])
    return f" (added: {shown}{', and more in the submitted notebook' if cut else ''})"


def _title(template: NotebookNode) -> str:
    first = next(iter(_lines(template.source)), "")
    return first.lstrip("# ")[:40]


def _added(source: str, released: str) -> list[str]:
    if source == released:
        return []
    known = set(_lines(released))
    return [line for line in _lines(source) if line not in known]


def _differs(source: str, released: str) -> bool:
    return source != released and _lines(source) != _lines(released)


def _lines(source: str) -> list[str]:
    """Its lines that hold something, however they are spaced."""
    return [" ".join(line.split()) for line in source.split("\n") if line.strip()]


def _points(template: NotebookNode) -> Any:
    return template.metadata.get("nbgrader", {}).get("points")


def _listed(names: Sequence[str | None]) -> str:
    return ", ".join(repr(name) for name in dict.fromkeys(names))
