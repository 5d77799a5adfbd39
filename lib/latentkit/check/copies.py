"""Which cells make up an answer: the rule that `latentkit check` and the grader share.

An answer's cell is told by its name (nbgrader's grade_id). JupyterLab's *Split cell* and *Duplicate cell* give that
name to a second cell, and one key makes a code cell a Markdown cell. So a name may stand in several cells of any type.
What counts is what the exercise's check sees when the notebook is run from top to bottom:

- cells that were worked on count, one after the other; copies of the stub and empty ones do not;
- the answer ends with the last cell above its check that defines the exercise, or with the last one at all where none
  stands above; what follows is an experiment of the student's own;
- a code answer that is no code cell any more is code again, unless a code cell defines the exercise.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

CODE = "code"


@dataclass(frozen=True)
class Copy:
    """One of the cells that carry an answer's name.

    Attributes:
        cell_type: "code", "markdown" or "raw".
        source: its text.
        as_released: whether that is what was handed out.
        below_check: whether it stands below the last check of its exercise.
    """

    cell_type: str
    source: str
    as_released: bool = False
    below_check: bool = False


@dataclass(frozen=True)
class CodeAnswer:
    """What is run for a code answer; cells are told by their place among the copies.

    Attributes:
        parts: the cells that make it up, in order, each with the source to be run; empty where nobody worked on it.
        own: the other code cells that were worked on; they are run where they stand.
        definition: the part that says what the exercise's function is; None where there are no parts.
        retyped: the parts that are no code cells in the notebook.
    """

    parts: dict[int, str]
    own: tuple[int, ...] = ()
    definition: int | None = None
    retyped: tuple[int, ...] = ()


@dataclass(frozen=True)
class WrittenAnswer:
    """What a person reads as a written answer; cells are told by their place among the copies.

    Attributes:
        parts: the cells that make it up, in order; empty where nobody worked on it.
        text: theirs, joined; a repeated one counts once.
        own: those of them that are code beside a part that is text: they are run where they stand, too.
        retyped: the parts that are code cells in the notebook.
    """

    parts: tuple[int, ...]
    text: str = ""
    own: tuple[int, ...] = ()
    retyped: tuple[int, ...] = ()


def code_answer(name: str, copies: Sequence[Copy]) -> CodeAnswer:
    """What is run for the exercise `name`.

    Args:
        copies: the cells that carry its name, in the notebook's order.
    """
    worked_on = _worked_on(copies)
    if not worked_on:
        return CodeAnswer({})
    sources = {place: _as_code(copies[place], name) for place in worked_on}
    defining = [place for place in worked_on if defines(sources[place], name)]
    code = [place for place in worked_on if copies[place].cell_type == CODE]
    above = [place for place in code if not copies[place].below_check]
    chosen = next((some for some in (above, code) if set(some) & set(defining)), worked_on)
    last = max(set(chosen) & set(defining), default=chosen[-1])
    parts = {place: sources[place] for place in chosen if place <= last}
    retyped = tuple(place for place in parts if copies[place].cell_type != CODE)
    return CodeAnswer(parts, tuple(place for place in code if place not in parts), last, retyped)


def written_answer(copies: Sequence[Copy]) -> WrittenAnswer:
    """What is read as a written answer.

    Args:
        copies: the cells that carry its name, in the notebook's order.
    """
    parts = _worked_on(copies)
    retyped = tuple(place for place in parts if copies[place].cell_type == CODE)
    text = "\n\n".join(dict.fromkeys(copies[place].source.strip("\n") for place in parts))
    return WrittenAnswer(parts, text, retyped if len(retyped) < len(parts) else (), retyped)


def checked(source: str) -> list[str]:
    """The exercises that a cell calls `check` for."""
    return re.findall(r"""^[ \t]*check\(\s*["'](\w+)["']""", source, re.MULTILINE)


def defines(source: str, name: str) -> bool:
    """Whether a cell gives `name` a meaning, as far as its text tells."""
    name = re.escape(name)
    definition = rf"^[ \t]*(?:(?:async[ \t]+)?def|class)[ \t]+{name}\b|^{name}[ \t]*(?::[^=\n]*)?=(?!=)"
    return re.search(definition, source, re.MULTILINE) is not None


def _worked_on(copies: Sequence[Copy]) -> tuple[int, ...]:
    return tuple(place for place, copy in enumerate(copies) if copy.source.strip() and not copy.as_released)


def _as_code(copy: Copy, name: str) -> str:
    """The source of a code answer, without what a Markdown cell put around it: a fence, or a heading's sign.

    JupyterLab's keys 1 to 6 make a cell a heading and write the sign before its first line.
    """
    if copy.cell_type == CODE:
        return copy.source
    source, lines = copy.source, copy.source.strip().split("\n")
    fence = re.match("`{3,}|~{3,}", lines[0])
    if fence and "`" not in lines[0][fence.end() :] and lines[-1].strip() == fence[0]:
        source = "\n".join(lines[1:-1])
    return re.sub(rf"\A#{{1,6}} (?=(?:(?:async )?def|class) {re.escape(name)}\b)", "", source)
