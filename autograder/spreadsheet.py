"""Tables that spreadsheets and platforms read: no cell is a formula, whatever a student is called."""

import csv
import io
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a spreadsheet takes for the beginning of a formula, see OWASP, "CSV Injection",
https://owasp.org/www-community/attacks/CSV_Injection."""
MAX_BYTES = 10 * 2**20


def table(rows: Iterable[Sequence[Any]], delimiter: str = ",") -> str:
    """Rows as text: text is quoted, numbers are bare and whole ones have no point, None is an empty cell.

    Text that a spreadsheet would execute gets an apostrophe before it, which spreadsheets do not show: a program that
    reads the table takes it off to have the text again.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n", delimiter=delimiter)
    writer.writerows([_harmless(value) for value in row] for row in rows)
    return buffer.getvalue()


def for_excel(text: str) -> bytes:
    """A table as a file: UTF-8 with the mark by which Excel tells it from the encoding of old Windows programs."""
    return BOM_UTF8 + text.encode("utf-8", "backslashreplace")


def read_table(path: Path) -> list[dict[str, str]]:
    """The rows of a table that a platform or a spreadsheet saved, by the headings.

    Raises:
        ValueError: it cannot be read, or is no table.
    """
    try:
        rows = rows_of(read_text(path), strict=True)
    except FileNotFoundError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from None
    except csv.Error as error:
        raise ValueError(f"{path} is not a table: {error}") from None
    if not rows or len(rows[0]) < 2:
        raise ValueError(f"{path} is not a table of a gradebook: its first line should name columns")
    headings = [heading.strip() for heading in rows[0]]
    return [dict(zip(headings, [*row, *[""] * len(headings)], strict=False)) for row in rows[1:] if any(row)]


def read_text(path: Path) -> str:
    """The text of a table, as programs save it: UTF-8 or UTF-16, or what old spreadsheets write on Windows.

    Raises:
        FileNotFoundError: there is no such file. ValueError: it cannot be read, or is too large for a class.
    """
    try:
        with open(path, "rb") as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from None
    if len(content) > MAX_BYTES:
        raise ValueError(f"{path} is larger than {MAX_BYTES // 2**20} MiB; it should hold a line for each student")
    try:
        utf_16 = content.startswith((BOM_UTF16_LE, BOM_UTF16_BE))
        return content.decode("utf-16" if utf_16 else "utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def rows_of(text: str, strict: bool = False) -> list[list[str]]:
    """The cells of a table's lines, parted by commas, semicolons or tabs, whichever its first line has most of.

    Raises:
        csv.Error: it is no table; with `strict`, also where a quotation mark stands inside a cell.
    """
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=strict))


def _harmless(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and value.lstrip(" ").startswith(STARTS_A_FORMULA):
        return f"'{value}"
    return value
