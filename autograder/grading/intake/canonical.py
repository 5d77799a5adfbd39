"""The notebook that is graded: the release's skeleton, with what a student may write put into it.

Test cells, points, tags and metadata are the skeleton's. A student's solution and written cells are found by
their grade_id; one that has lost it, by the function that it defines. All other cells of the student's stay where
they were between those that the skeleton knows.
"""

import copy
import re
from dataclasses import dataclass, field

from nbformat import NotebookNode

from autograder.authoring.notebook import grade_id, kind
from autograder.grading.intake.reading import SubmittedCell

LOST = "# This cell was missing from the submission."


@dataclass(frozen=True)
class Canonical:
    """A notebook to be graded.

    Attributes:
        notebook: its cells in order, without outputs.
        notes: what was odd, in plain words.
        missing: grade_id of each solution or written cell that was not found, to the reason.
        unchanged: grade_ids of the solution and written cells that are as they were released.
    """

    notebook: NotebookNode
    notes: tuple[str, ...] = ()
    missing: dict[str, str] = field(default_factory=dict)
    unchanged: frozenset[str] = frozenset()


def canonicalise(cells: list[SubmittedCell], skeleton: NotebookNode) -> Canonical:
    """Put a student's cells into the skeleton."""
    notes: list[str] = []
    places = _places(cells, skeleton, notes)
    extras = _extras(cells, places)
    missing: dict[str, str] = {}
    unchanged: set[str] = set()
    built = [_free(cell, number) for number, cell in extras.get(-1, ())]
    for index, template in enumerate(skeleton.cells):
        node = copy.deepcopy(template)
        name, role = grade_id(template), kind(template)
        found = [cells[place] for place, known in places.items() if known == index]
        if role in ("solution", "written", "free"):
            chosen = _chosen(found, template, role)
            if chosen is not None:
                node.source = chosen.source
            elif role == "solution":
                missing[name] = f"the cell {name!r} is missing from the notebook"
                node.source = LOST
            elif role == "written":
                missing[name] = f"the answer {name!r} is missing from the notebook"
            if _same(node.source, template.source):
                unchanged.add(name)
            if role == "written" and any(cell.pictures for cell in found):
                notes.append(f"the answer {name!r} holds pictures: see the submitted notebook")
            if role != "free" and len(found) > 1:
                notes.append(f"the cell {name!r} is there {len(found)} times: the last one that was worked on counts")
        built.append(node)
        built += [_free(cell, number) for number, cell in extras.get(index, ())]
    notebook = copy.deepcopy(skeleton)
    notebook.cells = built
    return Canonical(notebook, tuple(notes), missing, frozenset(unchanged))


def _places(cells: list[SubmittedCell], skeleton: NotebookNode, notes: list[str]) -> dict[int, int]:
    """Which of the student's cells is which of the skeleton's: by grade_id, else by id or text, else by function."""
    by_name = {grade_id(cell): index for index, cell in enumerate(skeleton.cells) if grade_id(cell)}
    by_id = {cell.id: index for index, cell in enumerate(skeleton.cells) if "id" in cell and not grade_id(cell)}
    by_text = {(cell.cell_type, cell.source.strip()): index for index, cell in enumerate(skeleton.cells)}
    places: dict[int, int] = {}
    for number, cell in enumerate(cells):
        index = by_name.get(cell.grade_id) if cell.grade_id else by_id.get(cell.id)
        if index is None:
            index = by_text.get((cell.kind, cell.source.strip()))
        if index is not None and skeleton.cells[index].cell_type == cell.kind:
            places[number] = index
    for name, index in by_name.items():
        if kind(skeleton.cells[index]) == "solution" and index not in places.values():
            definition = re.compile(rf"^(?:async\s+)?def\s+{re.escape(name)}\b", re.MULTILINE)
            for number, cell in enumerate(cells):
                if number not in places and cell.kind == "code" and definition.search(cell.source):
                    places[number] = index
            if index in places.values():
                notes.append(f"the cell {name!r} had lost its name: it was found by its function")
    return places


def _extras(cells: list[SubmittedCell], places: dict[int, int]) -> dict[int, list[tuple[int, SubmittedCell]]]:
    """The student's own cells, by the skeleton cell that they come after; -1 is the start."""
    extras: dict[int, list[tuple[int, SubmittedCell]]] = {}
    after = -1
    for number, cell in enumerate(cells):
        if number in places:
            after = places[number]
        elif cell.source.strip():
            extras.setdefault(after, []).append((number, cell))
    return extras


def _chosen(found: list[SubmittedCell], template: NotebookNode, role: str) -> SubmittedCell | None:
    """Of several copies the last one that was worked on; a free cell's copies are all kept, one after the other."""
    if role == "free" and len(found) > 1:
        return SubmittedCell("code", "\n\n".join(dict.fromkeys(cell.source for cell in found)))
    worked_on = [cell for cell in found if not _same(cell.source, template.source)]
    return (worked_on or found or [None])[-1]


def _free(cell: SubmittedCell, number: int) -> NotebookNode:
    node = NotebookNode(cell_type=cell.kind, id=f"student-{number}", metadata=NotebookNode(), source=cell.source)
    if cell.kind == "code":
        node |= {"execution_count": None, "outputs": []}
    return node


def _same(one: str, other: str) -> bool:
    return _lines(one) == _lines(other)


def _lines(source: str) -> list[str]:
    return [line.rstrip() for line in source.strip().split("\n")]
