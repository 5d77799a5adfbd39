"""The notebook that is graded: the release's skeleton, with what a student may write put into it.

Test cells, points, tags and metadata are the skeleton's. A student's solution and written cells are found by
their grade_id, whatever became of their type; one that has lost it, by the function that it defines. Where a name
stands in several cells, as after JupyterLab's *Split cell*, each part of the answer is a cell and runs as such: so
syntax errors, exceptions, magics and `from __future__` reach no further than in Jupyter. One of them has the name, the
others are the student's own cells. All other cells of the student's stay where they were between those that the
skeleton knows.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from nbformat import NotebookNode

from autograder.authoring.agreement import check_name
from autograder.authoring.notebook import grade_id, kind, name_of, part_of, with_items
from autograder.grading.intake.integrity import answers_below_edits, change_notes
from autograder.grading.intake.reading import SubmittedCell
from latentkit.check.copies import CODE, CodeAnswer, Copy, WrittenAnswer, checked, code_answer, written_answer

LOST = "# This cell was missing from the submission."

Own = tuple[int, NotebookNode]
"""A cell of the student's own and its place in the submission."""


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
    return _Building(cells, skeleton).canonical()


class _Building:
    """A canonical notebook in the making."""

    def __init__(self, cells: list[SubmittedCell], skeleton: NotebookNode):
        self._cells, self._skeleton = cells, skeleton
        self._notes: list[str] = []
        self._missing: dict[str, str] = {}
        self._unchanged: set[str] = set()
        self._places = _places(cells, skeleton, self._notes)
        self._notes += change_notes(cells, skeleton, self._places)
        self._below_edits = answers_below_edits(cells, skeleton, self._places)
        self._last_check = _last_checks(cells, skeleton, self._places)
        self._marks: dict[int, NotebookNode] = {}  # of the student's own cells, by place

    def canonical(self) -> Canonical:
        found: dict[int, list[int]] = {}
        for number, index in self._places.items():
            found.setdefault(index, []).append(number)
        answers = [self._answer(template, found.get(index, [])) for index, template in enumerate(self._skeleton.cells)]
        extras = _extras(self._cells, self._places)
        built = [self._free(number) for number in extras.get(-1, ())]
        for index, (template, cells) in enumerate(zip(self._skeleton.cells, answers, strict=True)):
            own = extras.get(index, [])
            built += _merged(cells, [(number, self._free(number)) for number in own])
            if kind(template) == "written" and name_of(template) in self._unchanged:
                self._look_below(name_of(template), [self._cells[number] for number in own])
        for name in self._unchanged & self._below_edits.keys():
            self._unchanged.discard(name)
            self._notes.append(self._below_edits[name])
        notebook = with_items(self._skeleton, cells=built)
        return Canonical(notebook, tuple(self._notes), self._missing, frozenset(self._unchanged))

    def _answer(self, template: NotebookNode, found: list[int]) -> list[Own]:
        """What stands in the place of one of the skeleton's cells, each with its place in the submission.

        Args:
            found: places of the student's cells that are this one.
        """
        role, first = kind(template), found[0] if found else -1
        match role:
            case "solution":
                return self._solution(template, found)
            case "written":
                return [(first, self._written(template, found))]
            case "free" if found:
                return self._parts(template, _distinct({number: self._cells[number].source for number in found}), first)
        return [(first, _with_source(template, template.source))]

    def _solution(self, template: NotebookNode, found: list[int]) -> list[Own]:
        name = name_of(template)
        answer = code_answer(name, self._copies(template, found))
        if answer.definition is None:
            return [(found[0] if found else -1, self._not_worked_on(template, found))]
        self._say_code(name, [self._cells[number] for number in found], answer)
        for place in answer.own:
            self._marks[found[place]] = part_of(name)
        self._stand_alone(found, [*answer.own, *_prose_beside(self._copies(template, found), answer)])
        parts = {found[place]: source for place, source in answer.parts.items()}
        return self._parts(template, parts, found[answer.definition])

    def _not_worked_on(self, template: NotebookNode, found: list[int]) -> NotebookNode:
        """A solution cell that is missing, as it was released, or empty."""
        name = name_of(template)
        if not found:
            self._missing[name] = f"the cell {name!r} is missing from the notebook"
            return _with_source(template, LOST)
        if not any(self._cells[number].source.strip() for number in found):
            return _with_source(template, "")
        self._unchanged.add(name)
        return _with_source(template, template.source)

    def _written(self, template: NotebookNode, found: list[int]) -> NotebookNode:
        name = name_of(template)
        answer = written_answer(self._copies(template, found))
        if not found:
            self._missing[name] = f"the answer {name!r} is missing from the notebook"
        if not answer.parts:
            self._unchanged.add(name)
        self._say_written(name, [self._cells[number] for number in found], answer)
        self._stand_alone(found, answer.own)
        return _with_source(template, answer.text if answer.parts else template.source)

    def _copies(self, template: NotebookNode, found: list[int]) -> list[Copy]:
        """The student's cells of that name."""
        check = self._last_check.get(name_of(template), len(self._cells))
        cells = [(number, self._cells[number]) for number in found]
        return [
            Copy(cell.kind, cell.source, _same(cell.source, template.source), number > check) for number, cell in cells
        ]

    def _parts(self, template: NotebookNode, parts: Mapping[int, str], named: int) -> list[Own]:
        """A cell for each part: one has the skeleton's name and marks, the others its tags alone."""
        nodes: list[Own] = []
        for number, source in parts.items():
            if number == named:
                nodes.append((number, _with_source(template, source)))
                continue
            node = _code(source, number, part_of(name_of(template)))
            if "tags" in template.metadata:
                node.metadata.tags = list(template.metadata.tags)
            nodes.append((number, node))
        return nodes

    def _stand_alone(self, found: list[int], own: Sequence[int]) -> None:
        """Leave copies where they stand, as cells of the student's own."""
        for place in own:
            del self._places[found[place]]

    def _free(self, number: int) -> NotebookNode:
        """A student's own cell. What is no code is Markdown: a raw cell's text would reach a page as it is."""
        cell, marks = self._cells[number], self._marks.get(number, NotebookNode())
        if cell.kind == CODE:
            return _code(cell.source, number, marks)
        return NotebookNode(cell_type="markdown", id=f"student-{number}", metadata=marks, source=cell.source)

    def _say_code(self, name: str, cells: list[SubmittedCell], answer: CodeAnswer) -> None:
        count = len(answer.parts) + len(answer.own)
        if len(cells) > 1 and count > 1:
            self._notes.append(f"the cell {name!r} is there {len(cells)} times: its parts ran one after the other")
        elif len(cells) > 1:
            self._notes.append(f"the cell {name!r} is there {len(cells)} times: the one that was worked on counts")
        for kind_name in sorted({cells[place].kind for place in answer.retyped}):
            self._notes.append(f"the cell {name!r} was made a {_type(kind_name)} cell: it ran as code all the same")

    def _say_written(self, name: str, cells: list[SubmittedCell], answer: WrittenAnswer) -> None:
        if any(cell.pictures for cell in cells):
            self._notes.append(f"the answer {name!r} holds pictures: see the submitted notebook")
        if len(answer.parts) > 1:
            self._notes.append(f"the answer {name!r} stands in {len(answer.parts)} cells: they are read as one")
        elif len(cells) > 1:
            self._notes.append(f"the answer {name!r} is there {len(cells)} times: the one that was worked on counts")
        if answer.retyped:
            self._notes.append(f"the answer {name!r} was made a code cell: it is read as text all the same")

    def _look_below(self, name: str, own: list[SubmittedCell]) -> None:
        """An answer that was written beside its cell, into a new one, is a person's to find."""
        if any(_is_prose(cell) for cell in own):
            self._unchanged.discard(name)
            self._notes.append(f"the answer {name!r} is empty, but text stands in a cell of the student's own below it")


def _places(cells: list[SubmittedCell], skeleton: NotebookNode, notes: list[str]) -> dict[int, int]:
    """Which of the student's cells is which of the skeleton's: by grade_id, else by id or text, else by function."""
    by_name = {name: index for index, cell in enumerate(skeleton.cells) if (name := grade_id(cell))}
    by_id = {cell.id: index for index, cell in enumerate(skeleton.cells) if "id" in cell and not grade_id(cell)}
    by_text = {(cell.cell_type, cell.source.strip()): index for index, cell in enumerate(skeleton.cells)}
    answers = {index for index, cell in enumerate(skeleton.cells) if kind(cell) in ("solution", "written")}
    places: dict[int, int] = {}
    for number, cell in enumerate(cells):
        index = by_name.get(cell.grade_id) if cell.grade_id else by_id.get(cell.id)
        if index is None:
            index = by_text.get((cell.kind, cell.source.strip()))
        if index is not None and (index in answers or skeleton.cells[index].cell_type == cell.kind):
            places[number] = index
    for name, index in by_name.items():
        if kind(skeleton.cells[index]) == "solution" and index not in places.values():
            definition = re.compile(rf"^(?:async\s+)?def\s+{re.escape(name)}\b", re.MULTILINE)
            for number, cell in enumerate(cells):
                if number not in places and cell.kind == CODE and definition.search(cell.source):
                    places[number] = index
            if index in places.values():
                notes.append(f"the cell {name!r} had lost its name: it was found by its function")
    return places


def _last_checks(cells: list[SubmittedCell], skeleton: NotebookNode, places: Mapping[int, int]) -> dict[str, int]:
    """The place of the last cell that checks each exercise; no entry where none does."""
    last: dict[str, int] = {}
    for number, cell in enumerate(cells):
        here = checked(cell.source) if cell.kind == CODE else []
        if number in places and kind(skeleton.cells[places[number]]) == "check":
            here.append(name_of(skeleton.cells[places[number]]).removeprefix(check_name("")))
        last |= dict.fromkeys(here, number)
    return last


def _extras(cells: list[SubmittedCell], places: dict[int, int]) -> dict[int, list[int]]:
    """The places of the student's own cells, by the skeleton cell that they come after; -1 is the start."""
    extras: dict[int, list[int]] = {}
    after = -1
    for number, cell in enumerate(cells):
        if number in places:
            after = places[number]
        elif cell.source.strip():
            extras.setdefault(after, []).append(number)
    return extras


def _merged(parts: list[Own], own: list[Own]) -> list[NotebookNode]:
    """An answer's parts and the student's own cells between and after them, in the order of the submission."""
    first, *others = parts
    return [first[1], *(node for _, node in sorted([*others, *own], key=lambda cell: cell[0]))]


def _prose_beside(copies: list[Copy], answer: CodeAnswer) -> list[int]:
    """The copies that are no code beside a part that is: what a student wrote there stays as it is."""
    return [
        place
        for place, one in enumerate(copies)
        if one.cell_type != CODE and one.source.strip() and not one.as_released and place not in answer.parts
    ]


def _is_prose(cell: SubmittedCell) -> bool:
    """Whether it is text: no code cell, or one that holds but comments, or begins with a string."""
    if cell.kind != CODE:
        return True
    lines = [line.strip() for line in cell.source.strip().split("\n") if line.strip()]
    return all(line.startswith("#") for line in lines) or re.match("[rR]?(\"\"\"|''')", lines[0]) is not None


def _distinct(sources: dict[int, str]) -> dict[int, str]:
    """Sources by place, each text at its first place only."""
    first = {source: number for number, source in reversed(sources.items())}
    return {number: source for number, source in sources.items() if first[source] == number}


def _with_source(template: NotebookNode, source: str) -> NotebookNode:
    return with_items(template, source=source)


def _code(source: str, number: int, metadata: NotebookNode) -> NotebookNode:
    """A code cell of the student's own."""
    node = {"cell_type": CODE, "id": f"student-{number}", "metadata": metadata, "source": source}
    return NotebookNode(node | {"execution_count": None, "outputs": []})


def _type(cell_type: str) -> str:
    return "Markdown" if cell_type == "markdown" else cell_type


def _same(one: str, other: str) -> bool:
    return one == other or _lines(one) == _lines(other)


def _lines(source: str) -> list[str]:
    return [line.rstrip() for line in source.strip().split("\n")]
