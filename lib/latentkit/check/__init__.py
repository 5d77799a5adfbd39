"""The student's check: `check("kl_to_standard_normal", kl_to_standard_normal)`.

It reads the public cases of a problem set from `cases.npz`, which holds numbers and no line of a solution,
calls the student's function, and shows what is right or names the likely mistake.
"""

import contextlib
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from latentkit.check.cases import Case, Examination, Response, Verdict

__all__ = ["CheckFailed", "case_files", "check", "examine", "find_examination", "recording"]

_recorded: dict[str, Callable[..., Any]] | None = None


class CheckFailed(Exception):
    """The exercise does not pass yet. Its traceback is its message: the library's frames help nobody."""

    def _render_traceback_(self) -> list[str]:
        return [f"CheckFailed: {self}"]


def check(name: str, function: Callable[..., Any]) -> None:
    """Check one exercise and show a card.

    Args:
        name: the exercise, as in the notebook.
        function: your function itself, not the result of calling it.
    Raises:
        CheckFailed: it does not pass yet; the message says why and where to look.
    """
    if _recorded is not None:
        _recorded[name] = function
        return
    examination = find_examination(name)
    verdict = examine(examination, function)
    _show(verdict, examination)
    if not verdict.passed:
        raise CheckFailed(f"{name}: {verdict.message}") from None


def examine(examination: Examination, function: Callable[..., Any]) -> Verdict:
    """Try a function on an examination's cases, on the CPU and, where there is one, on CUDA.

    What the function prints, its warnings and its progress bars are swallowed: they never cost anything.
    """
    import torch

    from latentkit.check.calling import quiet, respond, torch_defaults
    from latentkit.check.judging import judge, until_first_failure

    if not callable(function):
        message = f"Pass the function itself: check({examination.exercise!r}, {examination.exercise})."
        return Verdict(examination.exercise, "error", message=message)
    verdict = Verdict(examination.exercise, "passed")
    for device in ("cpu", "cuda") if torch.cuda.is_available() else ("cpu",):

        def ask(cases: Sequence[Case], device: str = device) -> list[Response]:
            with quiet(), torch.random.fork_rng():  # the notebook's own random stream stays as it was
                torch.seed()
                return [respond(function, case, device) for case in cases]

        if examination.law:  # a law judges each case by itself, and one may take seconds
            responses = list(until_first_failure(examination, ask))
        else:
            responses = list(ask([solved.case for solved in examination.cases]))
        with torch_defaults():
            verdict = judge(examination, responses, ask=ask)
        if not verdict.passed:
            break
    return _with_shortcuts(verdict, examination, function) if verdict.passed else verdict


def _with_shortcuts(verdict: Verdict, examination: Examination, function: Callable[..., Any]) -> Verdict:
    """The verdict, and a fact that says so where the function calls what computes the answer."""
    from latentkit.check.shortcuts import answers_called_by

    called = answers_called_by(function, examination.answered_by)
    if not called:
        return verdict
    fact = ("mind", f"this calls the answer ({', '.join(called)}): write it, that is the exercise")
    return replace(verdict, facts=(*verdict.facts, fact))


def find_examination(name: str) -> Examination:
    """The public cases of an exercise: `cases.npz` beside the notebook, or in `assignments/` of a parent folder.

    Raises:
        CheckFailed: there is no such file, or no exercise of that name in it.
    """
    known: list[str] = []
    for path in case_files():
        try:
            examinations = _load(path, path.stat().st_mtime_ns)
        except (OSError, ValueError) as error:
            raise CheckFailed(str(error)) from None
        if name in examinations:
            return examinations[name]
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


def _show(verdict: Verdict, examination: Examination) -> None:
    from latentkit.check.card import as_html, as_text

    text = as_text(verdict, examination)
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if ipython is not None and shell is not None and type(shell).__name__ != "TerminalInteractiveShell":
        ipython.display.display({"text/html": as_html(verdict, examination), "text/plain": text}, raw=True)
    else:
        print(text)
