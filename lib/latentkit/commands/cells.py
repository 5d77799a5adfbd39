"""What of a notebook `latentkit check` runs, and in which order: what the grader would run, told by the marks that a
released notebook carries, where the grader has the release itself.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from nbformat import NotebookNode

from latentkit.check.copies import CODE, Copy, checked, code_answer, written_answer


@dataclass(frozen=True)
class Run:
    """A piece of code to be run.

    Attributes:
        place: of its cell in the notebook.
        source: what is run.
        tags: of its cell.
    """

    place: int
    source: str
    tags: frozenset[str]


@dataclass(frozen=True)
class RunOrder:
    """What is run of a notebook.

    Attributes:
        runs: in order.
        notes: where that is not what JupyterLab runs, in plain words.
    """

    runs: tuple[Run, ...]
    notes: tuple[str, ...] = ()


def run_order(notebook: NotebookNode) -> RunOrder:
    """What is run of a notebook: cells of one name where the first of them stands, a student's own cells after them."""
    cells = notebook.cells
    sources = {place: cell.source for place, cell in enumerate(cells) if cell.cell_type == CODE}
    own: set[int] = set()
    notes: list[tuple[int, str]] = []
    for name, places in _named(cells).items():
        if _marks(cells[places[0]]).get("solution") is not True:
            continue
        copies = _copies(name, places, cells)
        if _marks(cells[places[0]]).get("grade") is True:
            written = written_answer(copies)
            aside, parts = written.own, {}
            left_out = [place for place in written.retyped if place not in written.own]
            notes += [(places[place], _is_text(places[place], name)) for place in left_out]
        else:
            code = code_answer(name, copies)
            aside, parts = code.own, code.parts or _stub(copies)
            left_out = [place for place, one in enumerate(copies) if one.as_released and code.parts]
            notes += [(places[place], _runs(places[place], name, cells)) for place in code.retyped]
            stubs = (place for place in left_out if copies[place].cell_type == CODE)
            notes += [(places[place], _is_stub(places[place], name)) for place in stubs]
        for place in left_out:
            sources.pop(places[place], None)
        sources |= {places[place]: source for place, source in parts.items()}
        own |= {places[place] for place in aside}
    tags = {place: frozenset(cells[place].metadata.get("tags") or ()) for place in sources}
    runs = (Run(place, sources[place], tags[place]) for place in _in_order(cells, own) if place in sources)
    return RunOrder(tuple(runs), tuple(note for _, note in sorted(notes)))


def _named(cells: list[NotebookNode]) -> dict[str, list[int]]:
    """The places of the cells of each name."""
    named: dict[str, list[int]] = {}
    for place, cell in enumerate(cells):
        if (name := _name(cell)) is not None:
            named.setdefault(name, []).append(place)
    return named


def _copies(name: str, places: list[int], cells: list[NotebookNode]) -> list[Copy]:
    checks = [
        place
        for place, cell in enumerate(cells)
        if _name(cell) == f"check_{name}" or (cell.cell_type == CODE and name in checked(cell.source))
    ]
    last = max(checks, default=len(cells))
    return [
        Copy(cells[place].cell_type, cells[place].source, _is_as_released(cells[place]), place > last)
        for place in places
    ]


def _stub(copies: list[Copy]) -> dict[int, str]:
    """The text as it was handed out, where nothing else is there and it is no code any more."""
    if any(one.cell_type == CODE for one in copies):
        return {}
    return next(({place: one.source} for place, one in enumerate(copies) if one.as_released), {})


def _in_order(cells: list[NotebookNode], own: set[int]) -> Iterable[int]:
    """All places, those of one name together, each followed by the cells without a name that stand below it.

    Args:
        own: places of cells that are the student's own although they have a name.
    """
    blocks: dict[str | None, list[int]] = {None: []}
    name = None
    for place, cell in enumerate(cells):
        if place not in own and _name(cell) is not None:
            name = _name(cell)
        blocks.setdefault(name, []).append(place)
    return (place for block in blocks.values() for place in block)


def _marks(cell: NotebookNode) -> dict[str, Any]:
    """What nbgrader notes about a cell."""
    marks = cell.metadata.get("nbgrader")
    return marks if isinstance(marks, dict) else {}


def _name(cell: NotebookNode) -> str | None:
    name = _marks(cell).get("grade_id")
    return name if isinstance(name, str) else None


def _is_as_released(cell: NotebookNode) -> bool:
    """Whether nbgrader's checksum of an answer's cell, made when it was released, is still that of its text."""
    marks = _marks(cell)
    lines = [line.rstrip() for line in cell.source.strip().split("\n")]
    return marks.get("checksum") in {
        _checksum(source, cell.cell_type, marks) for source in (cell.source, "\n".join(lines))
    }


def _checksum(source: str, cell_type: str, marks: dict[str, Any]) -> str:
    """What nbgrader.utils.compute_checksum gives for an answer's cell of that text."""
    graded, points = marks.get("grade", False), marks.get("points")
    parts = [source, str(marks.get("cell_type", cell_type)), str(graded), str(marks.get("solution", False)), "False"]
    parts += [str(marks.get("grade_id")), *([str(float(points))] if graded and isinstance(points, int | float) else [])]
    return hashlib.md5("".join(parts).encode("utf-8", "replace"), usedforsecurity=False).hexdigest()


def _runs(place: int, name: str, cells: list[NotebookNode]) -> str:
    cell_type = "Markdown" if cells[place].cell_type == "markdown" else cells[place].cell_type
    return (
        f"Cell {place + 1}, your answer `{name}`, is a {cell_type} cell. It was run as code, as in grading; JupyterLab "
        "does not run it: select it, press Esc and then Y to make it code again."
    )


def _is_text(place: int, name: str) -> str:
    return (
        f"Cell {place + 1}, your answer `{name}`, is a code cell. It is read as text, and was not run: select it, "
        "press Esc and then M to make it text again."
    )


def _is_stub(place: int, name: str) -> str:
    return (
        f"Cell {place + 1} is a copy of `{name}` as it was handed out. It was left out, as in grading; in JupyterLab "
        "it takes the place of your answer: delete it."
    )
