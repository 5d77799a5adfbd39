"""From responses to a verdict: is it right, and if not, which known mistake is it?

Pure functions of plain data. The student's check and the judge of submissions both end here.
"""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import replace

from latentkit.check.calling import torch_defaults
from latentkit.check.cases import Ask, Examination, Response, Verdict
from latentkit.check.comparing import (
    Complaint,
    complaint,
    complaint_of_settings,
    count,
    same_response,
    text_of_inputs,
)
from latentkit.check.laws import LAWS


def judge(
    examination: Examination,
    responses: Sequence[Response],
    reveal: bool = True,
    told: Sequence[str] | None = None,
    ask: Ask | None = None,
) -> Verdict:
    """Judge one exercise.

    Args:
        examination: its solved cases.
        responses: one per case, in order; fewer where the student's process ended early, which never passes.
        reveal: whether inputs and outputs may be shown: True for public cases; False for hidden ones, of which only the
            name of the case that went wrong is told.
        told: how a message names the error of each response; by its own name where this is None. Known mistakes are
            recognised by the own name all the same.
        ask: calls the function again, to find out what it does where no known mistake explains it; public cases only.
    """
    try:
        return _verdict(examination, responses, reveal, told, ask)
    except Exception as error:  # an answer that the judge was not made for never passes, and stops nothing else
        message = f"The answers could not be compared ({type(error).__name__}): return what the docstring asks for."
        return Verdict(examination.exercise, "failed", message=message)


def _verdict(
    examination: Examination,
    responses: Sequence[Response],
    reveal: bool,
    told: Sequence[str] | None,
    ask: Ask | None,
) -> Verdict:
    named_so = responses if told is None else [replace(r, error=e) for r, e in zip(responses, told, strict=True)]
    complaints = _complaints(examination, named_so)
    if len(responses) < len(examination.cases):
        complaints.append((len(responses), Complaint("Not every case was answered.", status="error")))
    if not complaints:
        return Verdict(examination.exercise, "passed")
    index, first = _smallest(examination, complaints) if reveal else complaints[0]
    named = first.mistake if first.mistake in examination.hints else _recognise(examination, responses)
    message = f"{first.message} {examination.hints[named]}" if named else first.message
    if not named and reveal and first.about_the_answer:
        from latentkit.check.diagnosis.explain import explain  # a right answer needs none of it

        with contextlib.suppress(Exception):  # what was returned may be anything, and the verdict stands without
            found = explain(examination, responses, ask)
            if found is not None:
                named, message = found.mistake, f"{first.message} {found.text}"
    facts: tuple[tuple[str, str], ...] = ()
    if reveal and first.status != "not_attempted" and index < len(responses):
        facts = (("tried", text_of_inputs(examination.cases[index].case)), *first.facts)
        if examination.look:
            facts = (*facts, ("look at", examination.look))
    elif not reveal and first.status in ("failed", "error"):
        message = f"{message} (hidden case: {examination.cases[index].case.name})"
    return Verdict(examination.exercise, first.status, named, message, facts, index if reveal else None)


def until_first_failure(examination: Examination, ask: Ask) -> Iterator[Response]:
    """The responses to the cases of a law, each judged as it comes, up to the first that fails or cannot be judged.

    Args:
        examination: its solved cases.
        ask: calls the function.
    """
    for solved in examination.cases:
        (response,) = ask([solved.case])
        yield response
        try:
            with torch_defaults():
                wrong = LAWS[examination.law](solved, response, examination)
        except Exception:  # which `judge` will say
            return
        if wrong is not None:
            return


def _smallest(examination: Examination, complaints: Sequence[tuple[int, Complaint]]) -> tuple[int, Complaint]:
    """Of the cases that fail as the first one does, the one with the fewest numbers: easiest to try by hand.

    A gradient is spoken of only where the value passes in every case.
    """
    told = [(index, found) for index, found in complaints if not found.value_passes] or complaints
    alike = [(index, found) for index, found in told if found.message == told[0][1].message]
    cases = examination.cases
    return min(alike, key=lambda found: count(cases[found[0]].case) if found[0] < len(cases) else 0)


def _complaints(examination: Examination, responses: Sequence[Response]) -> list[tuple[int, Complaint]]:
    """What is wrong with each case, by its index; a law may look at all cases, so errors come first.

    Of settings of the process it is only spoken where all else is right.
    """
    judge_case = LAWS[examination.law] if examination.law else complaint
    found = []
    for index, (solved, response) in enumerate(zip(examination.cases, responses, strict=False)):
        wrong = judge_case(solved, response, examination)
        if wrong is not None:
            found.append((index, wrong))
    return found or [
        (index, left)
        for index, response in enumerate(responses)
        if (left := complaint_of_settings(response)) is not None
    ]


def _recognise(examination: Examination, responses: Sequence[Response]) -> str | None:
    """The first known mistake whose predicted responses are the student's, case by case."""
    for mistake in examination.hints:
        pairs = zip(examination.cases, responses, strict=False)
        if responses and all(
            mistake in solved.mistakes and same_response(response, solved.mistakes[mistake], examination)
            for solved, response in pairs
        ):
            return mistake
    return None
