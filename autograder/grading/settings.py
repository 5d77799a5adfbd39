"""What `autograder.toml` says of grading: the limits of submissions, for all problem sets and for each, and how many
variants of its hidden cases a problem set has.

[limits]
cell_seconds = 30

[limits.ps1_elbo]
memory_bytes = 4294967296

[hidden_cases]
variants = 8
"""

from collections.abc import Mapping
from typing import Any

from autograder import rubrics
from autograder.course import Course
from autograder.course_file import FILE_NAME, table
from autograder.worker.limits import Limits

VARIANTS = 8
"""How many variants a problem set has by default: to solve them all takes seconds, once a course."""

MOST_VARIANTS = 64


def limits_of(course: Course, name: str, given: Mapping[str, Any] | None = None) -> Limits:
    """The limits of a problem set's submissions: the file's general ones, then its own, then those given.

    Raises:
        ValueError: the file cannot be read, or names something that is no limit.
    """
    values = table(course, "limits")
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


def variants_of(course: Course) -> int:
    """How many variants of its hidden cases each problem set has.

    Raises:
        ValueError: the file cannot be read, or asks for a number that there cannot be.
    """
    asked = table(course, "hidden_cases")
    count = asked.pop("variants", VARIANTS)
    if asked:
        raise ValueError(f"{FILE_NAME}: [hidden_cases] has only variants, got {', '.join(sorted(asked))}")
    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= MOST_VARIANTS:
        raise ValueError(f"{FILE_NAME}: variants must be a whole number from 1 to {MOST_VARIANTS}, got {count!r}")
    return count
