"""A chapter of the book: a solved notebook in the order that a reader wants who would like to try first.

Of each exercise: the text, what is to be written, the hints, and below them the solution, folded, and its check.
"""

import copy
import re

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

from autograder.authoring.notebook import grade_id, kind
from autograder.authoring.release import student_version
from autograder.authoring.start_cell import NAME as START

HINTS = "<details><summary>Hint"
UNFOLD, FOLD = "Show a solution", "Hide the solution"


def chapter(solved: NotebookNode) -> NotebookNode:
    """The notebook of a chapter.

    Args:
        solved: with its solutions, as `autograder.authoring.release.build_solved` gives it.
    Returns:
        Another one that runs the same code in the same order. A solution stands below its hints, folded: code by the
        book's own fold, a derivation in a `details` element. The code of figures is folded, too.
    """
    given = student_version(solved)
    cells: list[NotebookNode] = []
    waiting: list[NotebookNode] = []  # what goes below the hints
    for cell, stub in zip(copy.deepcopy(solved).cells, given.cells, strict=True):
        if kind(cell) == "solution":
            cells += [*waiting, new_markdown_cell(f"```python\n{stub.source.strip()}\n```", id=f"stub-{cell.id}"[:64])]
            waiting = [_folded(cell)]
        elif kind(cell) == "check":
            waiting.append(cell)
        elif kind(cell) == "written":
            cells += waiting
            waiting = [_details(cell)]
        elif grade_id(cell) == START:
            cell.metadata.tags = [*cell.metadata.get("tags", ()), "remove-cell"]
            cells.append(cell)
        elif cell.source.startswith(HINTS):
            cells += [cell, *waiting]
            waiting = []
        else:
            cells += [*waiting, _folded(cell, "Show the code", "Hide the code") if _draws(cell) else cell]
            waiting = []
    return NotebookNode({**solved, "cells": [*cells, *waiting]})


def _draws(cell: NotebookNode) -> bool:
    return "explore" in cell.metadata.get("tags", ())


def _folded(cell: NotebookNode, unfold: str = UNFOLD, fold: str = FOLD) -> NotebookNode:
    """The cell with its code folded away, and without the marks around a solution."""
    cell.source = re.sub(r"^ *### (BEGIN|END) SOLUTION\n?", "", cell.source, flags=re.MULTILINE).rstrip()
    cell.metadata.tags = [*cell.metadata.get("tags", ()), "hide-input"]
    cell.metadata.mystnb = {"code_prompt_show": unfold, "code_prompt_hide": fold}
    return cell


def _details(cell: NotebookNode) -> NotebookNode:
    cell.source = f"<details><summary>{UNFOLD}</summary>\n\n{cell.source}\n\n</details>"
    return cell
