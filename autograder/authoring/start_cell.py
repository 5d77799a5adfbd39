"""The cell at the top of a notebook that makes it run on a computer without the library: the address in it.

The cell is the same in each problem set, but for the set's name. It is read-only, and does nothing where the library
and the cases are there. Its first line holds the address of the course's kit.zip, which a release fills in.
"""

import copy
import json
import re

from nbformat import NotebookNode

from autograder.authoring.notebook import grade_id, with_items

NAME = "start"
"""Its grade_id."""

_ADDRESS = re.compile(r'^(KIT_URL = )"[^"\n]*"', re.MULTILINE)


def with_address(notebook: NotebookNode, url: str) -> NotebookNode:
    """A copy of a notebook whose start cell has the address; one without such a cell needs none.

    nbgrader's checksum of the cell, where there is one, is another then: the copy has none.

    Raises:
        ValueError: there is an address, and no cell to hold it.
    """
    cells = copy.copy(notebook.cells)
    place = next((place for place, cell in enumerate(cells) if grade_id(cell) == NAME), None)
    if place is not None and _ADDRESS.search(cells[place].source):
        source, metadata = _addressed(cells[place].source, url), copy.deepcopy(cells[place].metadata)
        metadata.nbgrader.pop("checksum", None)
        cells[place] = with_items(cells[place], source=source, metadata=metadata)
    elif url:
        raise ValueError(
            f'the notebook has no cell {NAME!r} with a line KIT_URL = "" to hold the kit\'s address: take the cell '
            "over from another problem set, or release without an address: --kit-url ''"
        )
    return with_items(notebook, cells=cells)


def without_address(source: str) -> str:
    """The text of a cell as it would be without an address: that is no change of a student's."""
    return _addressed(source, "")


def _addressed(source: str, url: str) -> str:
    return _ADDRESS.sub(lambda line: line[1] + json.dumps(url), source, count=1)
