"""A reader's own documents: text files of a folder, lines of a file, a column of a table, or JSON lines."""

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from latentkit.data.own_text import read_text
from latentkit.notebook_text import decoded

TABLES, JSON_LINES = (".csv", ".tsv"), (".jsonl", ".ndjson")
LONGEST_FIELD = 2**27  # characters of a table's field
TEXT, TITLE, NAME = "text", "title", "name"


@dataclass(frozen=True)
class OwnDocuments:
    """Documents as they were found.

    Attributes:
        texts: one string a document, [D].
        titles: what to call each, [D].
        years: of each, [D]; None where none was asked for.
        skipped: why documents were left out, a line each.
    """

    texts: list[str]
    titles: list[str]
    years: list[int] | None
    skipped: list[str]


def read_documents(path: Path | str, column: str | None = None, by_year: str | None = None) -> OwnDocuments:
    """Read documents, each with a title, and a year where a column of years or dates is named.

    Args:
        path: a folder (every .txt file in it, at any depth, is a document), a .csv or .tsv table or a .jsonl file (a
            row is a document), or any other text file (a line is a document).
        column: of a table or a JSON object, that holds the text; by default "text", or the only one.
        by_year: of a table or a JSON object: holds the year, or a date with one; "name" takes it from the names of the
            files in a folder.
    Raises:
        ValueError: there is nothing to read, or no such column; the message says what there is.
        OSError: a file cannot be read.
    """
    path = Path(path)
    rows = _rows(path)
    is_table = path.suffix.lower() in TABLES + JSON_LINES
    if path.is_dir() and (column or by_year not in (None, NAME)):
        raise ValueError(f"{path} has no columns; a folder goes with --by-year {NAME}, for years in the files' names")
    if not path.is_dir() and not is_table and (column or by_year):
        raise ValueError(f"{path} has no columns; --column and --by-year go with a .csv, .tsv or .jsonl file")
    found = OwnDocuments([], [], [] if by_year else None, [])
    for where, row in rows:
        name = column or _column_of_text(row) if is_table else TEXT
        missing = [wanted for wanted in (name, by_year) if wanted is not None and wanted not in row]
        if missing:
            hint = "; name one: --column NAME" if column is None and missing[0] == name else ""
            raise ValueError(f"{where}: no column {missing[0]!r}; there are: {', '.join(map(repr, row))}{hint}")
        text, year = row[name], _year(row[by_year]) if by_year else None
        if not isinstance(text, str) or not text.strip():
            found.skipped.append(f"{where}: no text")
        elif by_year and year is None:
            found.skipped.append(f"{where}: no year in {str(row[by_year])[:40]!r}")
        else:
            found.texts.append(text)
            title = row.get(TITLE)
            found.titles.append(title.strip() if isinstance(title, str) and title.strip() and name != TITLE else where)
            if found.years is not None and year is not None:
                found.years.append(year)
    if not found.texts:
        raise ValueError(f"{path} holds no document" + (f"; {found.skipped[0]}" if found.skipped else ""))
    return found


def _rows(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Where each document stands, and its columns; a document without columns has one, "text"."""
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.suffix.lower() == ".txt" and file.is_file())
        if not files:
            raise ValueError(f"{path} holds no .txt file")
        return (
            (str(file.relative_to(path)), {TEXT: decoded(file.read_bytes()), NAME: str(file.relative_to(path))})
            for file in files
        )
    text = read_text(path)
    if path.suffix.lower() in TABLES:
        return _rows_of_table(path, text)
    if path.suffix.lower() in JSON_LINES:
        return _rows_of_json(path, text)
    return ((f"line {number}", {TEXT: line}) for number, line in enumerate(text.splitlines(), 1) if line.strip())


def _rows_of_table(path: Path, text: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    header = text.split("\n", 1)[0]
    delimiter = max("\t" if path.suffix.lower() == ".tsv" else ",;\t", key=header.count)
    csv.field_size_limit(LONGEST_FIELD)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for number, row in enumerate(reader, 1):
            yield f"row {number}", {name: value for name, value in row.items() if isinstance(name, str)}
    except csv.Error as error:
        raise ValueError(f"{path}, line {reader.line_num}: {error}") from None


def _rows_of_json(path: Path, text: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for number, line in enumerate(text.split("\n"), 1):  # JSON may hold what else ends a line
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"{path}, line {number} is not JSON: {error}") from None
        if not isinstance(row, dict):
            raise ValueError(f'{path}, line {number} must be a JSON object with a text, such as {{"text": "..."}}')
        yield f"line {number}", row


def _column_of_text(row: Mapping[str, Any]) -> str:
    return next(iter(row)) if len(row) == 1 else TEXT


def _year(value: Any) -> int | None:
    """The first number of four digits that can be a year."""
    found = re.search(r"(?<!\d)(1[0-9]{3}|20[0-9]{2})(?!\d)", str(value))
    return int(found[1]) if found else None
