"""Whose line in a platform's own table is whose: by id, by what one signs in with, by email, else by a name alone."""

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from autograder.classroom.giving_back.platform import Platform
from autograder.classroom.giving_back.sheet import GradeSheet, Line
from autograder.roster import EMAIL, FIRST_NAME, LAST_NAME

_NAMES = ("student", "full name", "name")

Row = Mapping[str, str]
"""A row of a platform's table, by its headings in lower case."""


def identified(sheet: GradeSheet, platform: Platform, rows: Sequence[Mapping[str, str]]) -> GradeSheet:
    """The sheet with the ids that the platform's own table gives. A row that two students claim is nobody's.

    Raises:
        ValueError: the table has none of the columns that tell.
    """
    table: list[Row] = [{heading.lower(): cell.strip() for heading, cell in row.items()} for row in rows]
    telling = (*platform.id_columns, *platform.login_columns)
    if not any(column in row for row in table for column in telling):
        if not telling:
            raise ValueError(f"{platform.title} needs no table of its own: leave --sheet out")
        there = ", ".join(rows[0]) if rows else "no lines below the headings"
        asked = " or ".join(map(repr, telling))
        raise ValueError(f"a table of {platform.title}'s has a column {asked}; there are: {there}")
    levels: list[tuple[Callable[[Row], Iterable[str]], Callable[[Line], Iterable[str]]]] = [
        (_ids(platform), lambda line: (line.id, line.login, line.student)),
        (_emails, lambda line: (line.email,)),
        (_names, lambda line: (_plain(line.called),)),
    ]
    found: dict[int, Row] = {}
    for keys_of_row, keys_of_line in levels:
        told_by = _by_key(table, keys_of_row)
        claims = {
            number: row
            for number, line in enumerate(sheet.lines)
            if number not in found
            and (row := next((told_by[k] for key in keys_of_line(line) if (k := key.casefold()) in told_by), None))
        }
        claimed = Counter(map(id, (*found.values(), *claims.values())))
        found |= {number: row for number, row in claims.items() if claimed[id(row)] == 1}
    lines = [
        _with_ids(line, platform, found[number]) if number in found else line for number, line in enumerate(sheet.lines)
    ]
    return replace(sheet, lines=tuple(lines))


def _with_ids(line: Line, platform: Platform, row: Row) -> Line:
    return replace(
        line,
        id=_first(row, platform.id_columns) or line.id,
        login=_first(row, platform.login_columns) or line.login,
    )


def _by_key(table: Sequence[Row], keys: Callable[[Row], Iterable[str]]) -> dict[str, Row]:
    """The rows by what tells them apart; where two say the same, neither can be told by it."""
    found = [{key.casefold() for key in keys(row) if key} for row in table]
    often = Counter(key for own in found for key in own)
    return {key: row for row, own in zip(table, found, strict=True) for key in own if often[key] == 1}


def _ids(platform: Platform) -> Callable[[Row], Iterable[str]]:
    def ids(row: Row) -> list[str]:
        cells = [row.get(column, "") for column in (*platform.id_columns, *platform.login_columns)]
        return [*cells, *(cell.rpartition(" ")[2] for cell in cells if " " in cell)]  # "Participant 123"

    return ids


def _emails(row: Row) -> list[str]:
    return [_first(row, EMAIL)]


def _names(row: Row) -> list[str]:
    whole, first, last = _first(row, _NAMES), _first(row, FIRST_NAME), _first(row, LAST_NAME)
    return [_plain(whole), _plain(f"{first} {last}")]


def _plain(name: str) -> str:
    """A name for comparison: `Lovelace, Ada` and `Ada  Lovelace` are one, and so are two spellings of an umlaut."""
    last, comma, first = name.partition(",")
    return " ".join(unicodedata.normalize("NFC", f"{first} {last}" if comma else name).split())


def _first(row: Row, columns: Iterable[str]) -> str:
    return next((row[column] for column in columns if row.get(column)), "")
