"""The student's check: `check("kl_to_standard_normal", kl_to_standard_normal)`.

It reads the public cases of a problem set from `cases.npz`, which holds numbers and no line of a solution,
calls the student's function, and shows what is right or names the likely mistake.
"""

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from latentkit.check.cases import Examination, Verdict
from latentkit.check.failure import last_failure
from latentkit.check.showing import showing

if TYPE_CHECKING:
    from latentkit.check.standing import Standing
    from latentkit.check.trying import Outcome

__all__ = [
    "CheckFailed",
    "case_files",
    "check",
    "examine",
    "find_examination",
    "last_failure",
    "recording",
    "showing",
]

LIMIT = 60.0
"""Seconds that a check may take, unless it is told otherwise; see `latentkit.check.time_limit`."""

STRIP = "latentkit-standing"
"""The display that tells how many exercises are done: one in each check's output, all brought up to date by each."""

_recorded: dict[str, Callable[..., Any]] | None = None


class CheckFailed(Exception):
    """The exercise does not pass yet. Its traceback is its message: the library's frames help nobody."""

    def _render_traceback_(self) -> list[str]:
        return [f"CheckFailed: {self}"]


def check(name: str, function: Callable[..., Any], *, limit: float = LIMIT) -> None:
    """Check one exercise and say how it went: once.

    In a notebook that a person runs, a card says it, and the cells below go on. Elsewhere (in a script, a terminal,
    nbgrader) an answer that does not pass raises what the card would say.

    Args:
        name: the exercise, as in the notebook.
        function: your function itself, not the result of calling it.
        limit: seconds; a function that takes longer is stopped, and does not pass. While other programs hold the
            processor, they do not count.
    Raises:
        CheckFailed: it does not pass yet, and no person runs this cell by cell; or there is no such exercise.
    """
    if _recorded is not None:
        _recorded[name] = function
        return
    from latentkit.check.card import as_text
    from latentkit.check.failure import remember
    from latentkit.check.live import is_live, why_not_run
    from latentkit.check.standing import note
    from latentkit.check.trying import try_out

    path, examinations = _find(name)
    outcome = try_out(examinations[name], function, limit, longer=f'check("{name}", {name}, limit={5 * limit:g})')
    if outcome.failure is not None:
        remember(outcome.failure)
    why = why_not_run(name, function)
    if why is not None:
        outcome = _of_earlier_version(outcome, why)
    standing = note(str(path), list(examinations), name, outcome.verdict.passed)
    if outcome.verdict.passed or is_live():
        _show(outcome, examinations[name], standing)
    else:
        raise CheckFailed(as_text(outcome, examinations[name])) from None


def examine(examination: Examination, function: Callable[..., Any], limit: float = LIMIT) -> Verdict:
    """Try a function on an examination's cases, on the CPU and, where there is one, on CUDA.

    What the function prints, its warnings and its progress bars are swallowed: they never cost anything.
    """
    from latentkit.check.trying import try_out

    return try_out(examination, function, limit).verdict


def find_examination(name: str) -> Examination:
    """The public cases of an exercise: `cases.npz` beside the notebook, or in `assignments/` of a parent folder.

    Raises:
        CheckFailed: there is no such file, or no exercise of that name in it.
    """
    return _find(name)[1][name]


def _find(name: str) -> tuple[Path, dict[str, Examination]]:
    """The file that holds an exercise, and all that it holds."""
    known: list[str] = []
    for path in case_files():
        try:
            examinations = _load(path, path.stat().st_mtime_ns)
        except (OSError, ValueError) as error:
            raise CheckFailed(str(error)) from None
        if name in examinations:
            return path, examinations
        known += examinations
    if known:
        raise CheckFailed(f"there is no exercise {name!r}; there are: {', '.join(known)}")
    raise CheckFailed(
        f"cases.npz was not found in {Path.cwd()} or the folders above it. It comes with the notebook: "
        "put both into one folder, or set LATENTKIT_CASES to its path."
    )


@contextlib.contextmanager
def recording() -> Iterator[dict[str, Callable[..., Any]]]:
    """While active, `check` only notes which function was handed in for which exercise: what grading asks for."""
    global _recorded
    before, _recorded = _recorded, {}
    try:
        yield _recorded
    finally:
        _recorded = before


def case_files(start: Path | None = None) -> Iterator[Path]:
    """Where cases are looked for, from a folder (default: the working directory) upwards, the nearest first.

    A path given by LATENTKIT_CASES is the only one, and may not exist.
    """
    if chosen := os.environ.get("LATENTKIT_CASES"):
        yield Path(chosen)
        return
    here = start or Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "cases.npz").is_file():
            yield folder / "cases.npz"
        yield from sorted(folder.glob("assignments/*/cases.npz"))


@lru_cache(maxsize=16)
def _load(path: Path, _modified: int) -> dict[str, Examination]:
    from latentkit.check.store import load

    return load(path)


def _of_earlier_version(outcome: "Outcome", why: str) -> "Outcome":
    """The outcome, where the cell above has not run: what was tried is an earlier version, and does not count."""
    from dataclasses import replace

    verdict = outcome.verdict
    said = "It passes." if verdict.passed else verdict.message
    if verdict.status == "not_attempted":
        said = "It is still the cell as it was handed out."
    message = f"{why}; this is your earlier version. {said}"
    return replace(outcome, verdict=replace(verdict, status="not_run", message=message))


def _show(outcome: "Outcome", examination: Examination, standing: "Standing") -> None:
    from latentkit.check.card import as_html, as_text
    from latentkit.check.live import in_notebook

    text = as_text(outcome, examination)
    if not in_notebook():
        print(f"{text}\n  {standing.text}")
        return
    display = sys.modules["IPython"].display.display
    strip = {"text/html": standing.html(), "text/plain": standing.text}
    display({"text/html": as_html(outcome, examination), "text/plain": text}, raw=True)
    display(strip, raw=True, display_id=STRIP, update=True)  # those of the checks above
    display(strip, raw=True, display_id=STRIP)
