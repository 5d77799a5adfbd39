"""Read a student's notebook as the grader reads it: any Unicode encoding, format 3 or 4, incomplete cells."""

import json
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from latentkit.notebook_text import decoded


class Unreadable(ValueError):
    """The notebook cannot be checked; the message says why."""


def read_notebook(path: Path) -> NotebookNode:
    """The cells of the notebook in a file: their type, source and metadata.

    Raises:
        Unreadable: there is none.
    """
    try:
        notebook = json.loads(decoded(path.read_bytes()))
        cells = [_cell(item) for item in _items(notebook) if isinstance(item, dict)]
    except (FileNotFoundError, NotADirectoryError):
        raise Unreadable(f"there is no file {path}") from None
    except IsADirectoryError:
        raise Unreadable(f"{path} is a folder; name the notebook in it, a file that ends in .ipynb") from None
    except (OSError, ValueError, RecursionError) as error:
        raise Unreadable(
            f"{path} is not a notebook that can be read ({type(error).__name__}); name one that JupyterLab opens"
        ) from None
    return NotebookNode(cells=cells)


def _items(notebook: Any) -> list[Any]:
    """The cells; format 3 kept them on worksheets."""
    match notebook:
        case {"cells": list(items)}:
            return items
        case {"worksheets": list(sheets)}:
            return [cell for sheet in sheets if isinstance(sheet, dict) for cell in sheet.get("cells") or ()]
    raise ValueError("it holds no cells")


def _cell(item: dict[str, Any]) -> NotebookNode:
    source = item.get("source", item.get("input", ""))
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    kind, metadata = item.get("cell_type"), item.get("metadata")
    return NotebookNode(
        cell_type=kind if kind in ("code", "raw") else "markdown",
        source=source.replace("\r\n", "\n").replace("\r", "\n") if isinstance(source, str) else "",
        metadata=NotebookNode(metadata if isinstance(metadata, dict) else {}),
    )
