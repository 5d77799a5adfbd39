"""From a source in jupytext's percent format to a notebook: every cell with its identity, nothing else added.

An author marks a cell in its `# %%` line; what is left out has a default:

    # %% nbgrader={"grade_id": "elbo", "solution": true}                            an exercise's solution
    # %% nbgrader={"grade_id": "check_elbo", "grade": true}                         its check
    # %% nbgrader={"grade_id": "imports", "locked": true}                           read-only for the student
    # %% [markdown] nbgrader={"grade_id": "why", "grade": true, "solution": true}   an answer that a person grades
    # %% tags=["training"]                                                          all else is the student's to edit
"""

import hashlib
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

NBGRADER_FLAGS = {
    "solution": {"grade": False, "solution": True, "locked": False},
    "check": {"grade": True, "solution": False, "locked": True},
    "written": {"grade": True, "solution": True, "locked": False},
    "locked": {"grade": False, "solution": False, "locked": True},
    "free": {"grade": False, "solution": False, "locked": False},
}
"""What nbgrader's flags say of a cell, by the name that we give to it."""

_OWN_MARKS = "latentkit"

_METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def read_source(path: Path) -> NotebookNode:
    """The solved notebook of a source: cells in order, with nbgrader metadata, derived ids and no outputs.

    The same text gives the same notebook: a cell's id is its grade_id, or else comes from a hash of its content.

    Raises:
        ValueError: it cannot be read as a percent script; OSError: it cannot be read at all.
    """
    import jupytext  # grading reads no source

    text = path.read_text(encoding="utf-8")
    try:
        raw = jupytext.reads(text, fmt="py:percent")
    except Exception as error:  # jupytext raises whatever its parsers do
        raise ValueError(f"{path} is not a notebook in jupytext's percent format: {error}") from error
    cells = [_identified(cell, own_id) for cell, own_id in zip(raw.cells, _ids(raw.cells), strict=True)]
    return NotebookNode(cells=cells, metadata=_node(_METADATA), nbformat=4, nbformat_minor=5)


def kind(cell: NotebookNode) -> str:
    """What a cell is for: "solution", "check", "written", "locked", "free", or "text" for prose."""
    marks = cell["metadata"].get("nbgrader")  # grading asks a thousand times for each submission: no attributes
    if marks is None:
        return "text" if cell["cell_type"] != "code" else "free"
    if marks.get("solution"):
        return "written" if marks.get("grade") else "solution"
    if marks.get("grade"):
        return "check"
    return "locked" if marks.get("locked") else "free"


def grade_id(cell: NotebookNode) -> str | None:
    """A cell's name for nbgrader, None for prose."""
    name: str | None = cell["metadata"].get("nbgrader", {}).get("grade_id")
    return name


def name_of(cell: NotebookNode) -> str:
    """The grade_id of a cell that nbgrader marks; KeyError for prose."""
    name: str = cell.metadata["nbgrader"]["grade_id"]
    return name


def answer_of(cell: NotebookNode) -> str | None:
    """The answer that a cell belongs to: its own name, or that of the cell that a student split it from."""
    name: str | None = grade_id(cell) or cell.metadata.get(_OWN_MARKS, {}).get("part_of")
    return name


def part_of(name: str) -> NotebookNode:
    """The metadata of a cell that belongs to the answer `name` without being its cell."""
    return _node({_OWN_MARKS: {"part_of": name}})


def with_items(node: NotebookNode, **items: Any) -> NotebookNode:
    """A node with some items of its own; it shares the others, such as its metadata, with the one that it is made from.

    To copy a notebook through and through takes as long as to grade half of it.
    """
    made = NotebookNode()
    dict.update(made, node, **items)  # NotebookNode's own way looks at each item again
    return made


def _ids(cells: list[NotebookNode]) -> list[str]:
    """One id per cell, unique even where two cells have the same content or, wrongly, the same grade_id."""
    seen: Counter[str] = Counter()
    ids = []
    for cell in cells:
        content = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:12]
        own = re.sub(r"[^A-Za-z0-9_-]", "-", grade_id(cell) or f"cell-{content}")[:56]
        seen[own] += 1
        ids.append(own if seen[own] == 1 else f"{own}-{seen[own]}")
    return ids


def _identified(cell: NotebookNode, own_id: str) -> NotebookNode:
    """The cell with its id, complete nbgrader marks and the tags of its author; all other metadata dropped."""
    metadata: dict[str, Any] = {}
    if tags := cell.metadata.get("tags"):
        metadata["tags"] = list(tags)
    if cell.cell_type == "code" or "nbgrader" in cell.metadata:
        metadata["nbgrader"] = _marks(cell, own_id)
    node = {"cell_type": cell.cell_type, "id": own_id, "metadata": metadata, "source": cell.source}
    if cell.cell_type == "code":
        node |= {"execution_count": None, "outputs": []}
    return _node(node)


def _marks(cell: NotebookNode, own_id: str) -> dict[str, Any]:
    given = cell.metadata.get("nbgrader", {})
    return NBGRADER_FLAGS[kind(cell)] | {"grade_id": given.get("grade_id", own_id), "schema_version": 3, "task": False}


def _node(value: Mapping[str, Any]) -> NotebookNode:
    """Dictionaries as nbformat wants them, through and through."""
    return NotebookNode({key: _nodes(item) for key, item in value.items()})


def _nodes(value: Any) -> Any:
    if isinstance(value, dict):
        return _node(value)
    return [_nodes(item) for item in value] if isinstance(value, list) else value
