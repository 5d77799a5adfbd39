"""What a notebook imports, so that the warm process can import it once for all who hand that notebook in.

This module imports nothing heavy: it is asked before the warm process starts.
"""

import ast
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any


def released_imports(notebook: Path) -> list[str]:
    """What `imported_names` finds in an .ipynb file; nothing where it is missing or damaged, which grading tells."""
    try:
        return imported_names(json.loads(notebook.read_text(encoding="utf-8")))
    except (OSError, ValueError, LookupError, TypeError):
        return []


def late_imports(sources: Iterable[str]) -> list[str]:
    """What only some submissions need, as far as their text tells; one that is wrong about it only takes longer.

    Args:
        sources: of the cells that are run.
    """
    return ["torch._dynamo"] if any("optim" in source for source in sources) else []  # the first optimiser imports it


def imported_names(notebook: Mapping[str, Any]) -> list[str]:
    """The dotted names of the modules that a notebook imports, and of what it takes from them, in order.

    Args:
        notebook: the content of an .ipynb file.
    """
    sources = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    return list(dict.fromkeys(name for source in sources for name in _names(source)))


def _names(source: str) -> Iterator[str]:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):  # a cell with magics, or a stub that waits for its body
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None and node.level == 0:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
