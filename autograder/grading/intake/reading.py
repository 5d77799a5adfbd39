"""Read a submitted file without trusting it: bytes from a regular file, cells from whatever notebook they hold."""

import base64
import json
import os
import re
import stat
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

from autograder.disposable import Lost, apart
from autograder.worker.limits import MEBIBYTE
from latentkit.notebook_text import decoded

MAX_CELLS = 5_000
MAX_SOURCE = 500_000

MAX_BYTES_HERE = MEBIBYTE // 2
"""Of a file that is read where it is: what an empty list takes, once read, is thirty times its text."""

PARSE_SECONDS = 10
PARSE_BYTES = 384 * MEBIBYTE
"""Processor time and memory that reading a larger file may take."""


class Unreadable(ValueError):
    """A submission that a person has to look at; the message says why, in plain words.

    Args:
        reason: may hold a file's name, which may hold anything: what cannot be printed is replaced.
    """

    def __init__(self, reason: str):
        super().__init__("".join(character if character.isprintable() else "\ufffd" for character in reason))


@dataclass(frozen=True)
class SubmittedCell:
    """What is taken from a student's cell. Outputs, tags and attachments are not.

    Attributes:
        kind: "code", "markdown" or "raw".
        source: its text; newlines as \\n, no NUL, no lone surrogate.
        grade_id: nbgrader's name of it, or None.
        id: the notebook format's own id, or None.
        pictures: whether it held attachments, which a person may want to see.
        points: what the file says that it is worth, for a note alone; None where it says no number.
    """

    kind: str
    source: str
    grade_id: str | None = None
    id: str | None = None
    pictures: bool = False
    points: float | None = None


def read_bytes(root: Path, parts: Sequence[str], max_bytes: int) -> bytes:
    """The content of the regular file root/part/part/..., no part of which may be a link.

    Raises:
        FileNotFoundError: there is no such file. Unreadable: it is none that may be read.
    """
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for part in parts[:-1]:
            inner = _open(part, folder, os.O_DIRECTORY)
            os.close(folder)
            folder = inner
        with open(_open(parts[-1], folder, os.O_NONBLOCK), "rb") as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode):
                raise Unreadable(f"{parts[-1]} is not a regular file")
            content = file.read(max_bytes + 1)
    finally:
        os.close(folder)
    if len(content) > max_bytes:
        raise Unreadable(f"{parts[-1]} is larger than {max_bytes // 2**20} MiB; are there large outputs in it?")
    return content


def notebooks_in(root: Path, parts: Sequence[str]) -> list[str]:
    """The names of the notebooks in a folder that is no link, sorted; empty where there is no such folder."""
    folder = root.joinpath(*parts)
    if any(root.joinpath(*parts[: depth + 1]).is_symlink() for depth in range(len(parts))) or not folder.is_dir():
        return []
    with os.scandir(folder) as entries:
        return sorted(entry.name for entry in entries if entry.name.endswith(".ipynb"))


def parse(content: bytes) -> list[SubmittedCell]:
    """The cells of a notebook of format 3 or 4, in whatever Unicode encoding it was saved.

    Raises:
        Unreadable: it is none.
    """
    text = _decode(content)
    try:
        notebook = json.loads(text)
    except RecursionError:
        raise Unreadable("the file is nested too deeply to be a notebook") from None
    except ValueError as error:
        raise Unreadable(f"the file is not a notebook: {str(error)[:200]}") from None
    return [cell for item in _cell_items(notebook) if (cell := _cell(item)) is not None]


def parse_apart(content: bytes) -> list[SubmittedCell]:
    """As `parse`; what is large is read in a disposable process, so that it costs the others no time and no memory.

    Raises:
        Unreadable: it is no notebook, or takes too long, or too much memory, to read.
    """
    if len(content) <= MAX_BYTES_HERE:
        return parse(content)
    encoded = base64.b64encode(content).decode()
    try:
        found = apart(_parsed, encoded, cpu_seconds=PARSE_SECONDS, memory_bytes=PARSE_BYTES)
    except Lost as lost:
        raise Unreadable(f"the file is {len(content) // MEBIBYTE} MiB and could not be read: {lost}") from None
    if "unreadable" in found:
        raise Unreadable(found["unreadable"])
    return [SubmittedCell(*fields) for fields in found["cells"]]


def _parsed(encoded: str) -> dict[str, Any]:
    """What `parse` finds, as JSON has it."""
    try:
        cells = parse(base64.b64decode(encoded))
    except Unreadable as error:
        return {"unreadable": str(error)}
    return {"cells": [astuple(cell) for cell in cells]}


def _open(name: str, folder: int, flags: int) -> int:
    try:
        return os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | flags, dir_fd=folder)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise Unreadable(f"{name} is a link, or cannot be opened ({error.strerror})") from None


def _decode(content: bytes) -> str:
    if not content.strip():
        raise Unreadable("the file is empty")
    return decoded(content)


def _cell_items(notebook: Any) -> list[Any]:
    match notebook:
        case {"cells": list(items)}:
            pass
        case {"worksheets": list(sheets)}:
            items = [item for sheet in sheets if isinstance(sheet, dict) for item in _list(sheet.get("cells"))]
        case _:
            raise Unreadable("the file holds no cells; it is JSON, but not a notebook")
    if len(items) > MAX_CELLS:
        raise Unreadable(f"the notebook has {len(items)} cells, more than {MAX_CELLS}")
    return items


def _cell(item: Any) -> SubmittedCell | None:
    if not isinstance(item, dict):
        return None
    kind = item.get("cell_type")
    kind = kind if kind in ("code", "raw") else "markdown"
    source = item.get("source", item.get("input", ""))
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    if not isinstance(source, str):
        source = ""
    if len(source) > MAX_SOURCE:
        raise Unreadable(f"one cell holds {len(source)} characters, more than {MAX_SOURCE}")
    marks = item.get("metadata")
    marks = marks.get("nbgrader") if isinstance(marks, dict) else {}
    marks = marks if isinstance(marks, dict) else {}
    name, points, own = marks.get("grade_id"), marks.get("points"), item.get("id")
    return SubmittedCell(
        kind,
        _tidy(source),
        name if isinstance(name, str) else None,
        own if isinstance(own, str) else None,
        bool(item.get("attachments")),
        points if isinstance(points, (int, float)) else None,
    )


def _tidy(source: str) -> str:
    source = source.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    return re.sub("[\ud800-\udfff]", "\ufffd", source)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
