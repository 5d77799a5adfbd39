"""`autograder.toml` in the course's folder: the limits of submissions, for all problem sets and for each.

[limits]
cell_seconds = 30

[limits.ps1_elbo]
memory_bytes = 4294967296
"""

import tomllib
from collections.abc import Mapping
from typing import Any

from autograder import rubrics
from autograder.course import Course
from autograder.worker.limits import Limits

FILE_NAME = "autograder.toml"


def limits_of(course: Course, name: str, given: Mapping[str, Any] | None = None) -> Limits:
    """The limits of a problem set's submissions: the file's general ones, then its own, then those given.

    Raises:
        ValueError: the file cannot be read, or names something that is no limit.
    """
    values = _table(course)
    own = values.pop(name, {})
    general = {key: value for key, value in values.items() if not isinstance(value, dict)}
    if strangers := sorted({key for key, value in values.items() if isinstance(value, dict)} - set(rubrics.names())):
        there = ", ".join(rubrics.names())
        raise ValueError(f"{FILE_NAME}: [limits.{strangers[0]}]: no problem set is called that; there are: {there}")
    if not isinstance(own, dict):
        raise ValueError(f"{FILE_NAME}: [limits.{name}] must be a table")
    try:
        return Limits.from_dict({**general, **own, **(given or {})})
    except ValueError as error:
        raise ValueError(f"{error} (from {FILE_NAME} or --limit)") from None


def changed(limits: Limits) -> dict[str, float]:
    """The limits that are not the default, by name."""
    usual = Limits().to_dict()
    return {name: value for name, value in limits.to_dict().items() if value != usual[name]}


def parsed(text: str) -> tuple[str, float]:
    """One limit of the command line, NAME=VALUE.

    Raises:
        ValueError: it is not of that form.
    """
    name, sign, value = text.partition("=")
    try:
        number = float(value)
    except ValueError:
        sign = ""
    if not sign:
        raise ValueError(f"a limit is given as NAME=NUMBER, got {text!r}")
    return name.strip(), int(number) if number.is_integer() else number  # is_integer: not of nan and infinity


def _table(course: Course) -> dict[str, Any]:
    path = course.root / FILE_NAME
    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is not TOML: {error}") from None
    table = settings.get("limits", {})
    if unknown := set(settings) - {"limits"}:
        raise ValueError(f"{path}: unknown {', '.join(sorted(unknown))}; there is only [limits]")
    if not isinstance(table, dict):
        raise ValueError(f"{path}: [limits] must be a table")
    return dict(table)
