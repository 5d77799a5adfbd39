"""Try a student's function on the cases of an exercise: the verdict, what it printed, and what it failed on."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch

from latentkit.check.calling import Printed, quiet, respond, torch_defaults
from latentkit.check.cases import Case, Examination, Response, SolvedCase, Verdict
from latentkit.check.failure import Failure
from latentkit.check.frames import text_of_lines
from latentkit.check.judging import judge, until_first_failure
from latentkit.check.shortcuts import answers_called_by
from latentkit.check.time_limit import OutOfTime, Spent, time_limit


@dataclass(frozen=True)
class Outcome:
    """What came of a check.

    Attributes:
        verdict: the judgement.
        printed: what the function printed while the cases were tried; "" for nothing.
        failure: what it failed on, for `last_failure`; None where it passed or nothing was tried.
    """

    verdict: Verdict
    printed: str = ""
    failure: Failure | None = None


def try_out(examination: Examination, function: Callable[..., Any], limit: float, longer: str = "") -> Outcome:
    """Try a function on the CPU and, where there is one, on CUDA.

    Warnings and progress bars are dropped, and what it prints is kept apart: they never cost anything.

    Args:
        limit: seconds of the function's own; one that takes longer is stopped.
        longer: what to type to give it longer.
    """
    if not callable(function):
        message = f"Pass the function itself: check({examination.exercise!r}, {examination.exercise})."
        return Outcome(Verdict(examination.exercise, "error", message=message))
    outcome = Outcome(Verdict(examination.exercise, "passed"))
    for device in ("cpu", "cuda") if torch.cuda.is_available() else ("cpu",):
        printed = Printed()
        try:
            with time_limit(limit):
                outcome = _try_on(device, examination, function, printed)
        except OutOfTime as stopped:
            return Outcome(_too_slow(examination.exercise, limit, longer, stopped), printed.text)
        if not outcome.verdict.passed:
            return outcome
    return replace(outcome, verdict=_with_shortcuts(outcome.verdict, examination, function))


def _with_shortcuts(verdict: Verdict, examination: Examination, function: Callable[..., Any]) -> Verdict:
    """The verdict, and a fact that says so where the function calls what computes the answer."""
    called = answers_called_by(function, examination.answered_by)
    if not called:
        return verdict
    fact = ("mind", f"this calls the answer ({', '.join(called)}): write it, that is the exercise")
    return replace(verdict, facts=(*verdict.facts, fact))


def _try_on(device: str, examination: Examination, function: Callable[..., Any], printed: Printed) -> Outcome:
    def ask(cases: Sequence[Case], kept: Printed | None = None) -> list[Response]:
        with quiet(kept), _own_random_stream():
            return [respond(function, case, device) for case in cases]

    if examination.law:  # a law judges each case by itself, and one may take seconds
        responses = list(until_first_failure(examination, lambda cases: ask(cases, printed)))
    else:
        responses = ask([solved.case for solved in examination.cases], printed)
    with torch_defaults():
        verdict = judge(examination, responses, ask=ask)
    failure = None
    if verdict.case is not None and verdict.case < len(responses) and verdict.status != "not_attempted":
        failure = _failure(examination, examination.cases[verdict.case], responses[verdict.case])
    return Outcome(verdict, printed.text, failure)


def _failure(examination: Examination, solved: SolvedCase, response: Response) -> Failure:
    expected, actual = solved.expected, response
    if solved.case.edits:
        return Failure(examination.exercise, solved.case, expected.edited, actual.edited, actual.error)
    right = expected.outputs[-1] if expected.outputs else None
    given = actual.outputs[-1] if actual.outputs else None
    return Failure(examination.exercise, solved.case, right, given, actual.error)


def _too_slow(exercise: str, limit: float, longer: str, stopped: OutOfTime) -> Verdict:
    message = f"Your function did not answer within {limit:g} s on this machine, so the check stopped it."
    message = f"{message} {_what_it_did(stopped.spent, limit)}"
    if longer:
        message += f" If it is only slow, give it longer: {longer}"
    where = text_of_lines(stopped)
    return Verdict(exercise, "stopped", message=message, facts=(("it was at", where),) if where else ())


MOST = 0.7
"""Of a time: what is said of so much of it is said of all."""


def _what_it_did(spent: Spent, limit: float) -> str:
    """What the clocks tell. That a loop never ends they cannot tell: it may be slow."""
    if spent.computed >= MOST * limit:
        return "It was computing all the while: can every loop in it end?"
    if spent.waited is None:
        told = "the rest of the time it slept, or other programs held the processor"
    elif spent.waited < spent.passed - limit / 2:
        told = "it slept, or waited for something that did not come, such as an input or a lock"
    else:
        told = "other programs held the processor, so try again when the machine is quieter"
    return f"It computed for {spent.computed:.2g} of {spent.passed:.2g} s; {told}."


@contextlib.contextmanager
def _own_random_stream() -> Iterator[None]:
    """Fresh noise for the function, while the notebook's own random stream stays as it was."""
    with torch.random.fork_rng():
        torch.seed()
        yield
