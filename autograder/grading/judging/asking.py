"""Ask a kept function its hidden cases and judge the answers here; what the child says is only ever compared."""

import hashlib
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.grading import sanitise
from autograder.grading.judging.answers import trusted
from autograder.grading.judging.outcomes import Outcome, Status
from autograder.grading.running.clock import Moment
from autograder.grading.running.workers import Child
from autograder.worker.limits import Limits
from autograder.worker.protocol import ProtocolError
from latentkit.check.cases import Examination, Response, Value
from latentkit.check.judging import judge
from latentkit.check.wire import pack, unpack

MAX_ANSWER_HEADER = 2**19
"""Bytes that may describe the answers of an exercise: a forest of empty lists takes thirty times as much once read."""


@dataclass(frozen=True)
class Answers:
    """What a function answered.

    Attributes:
        responses: one per case, in order.
        memory: bytes that the child says it has taken since its start, after the last of them.
    """

    responses: tuple[Response, ...]
    memory: int


def ask(child: Child, examination: Examination, limits: Limits, end: Moment) -> Answers:
    """Ask all cases of an exercise at once, which share one time and one amount of memory for answers.

    Args:
        child: has kept the exercise's function.
        end: when the submission's time is over, on its clock.
    Raises:
        ProtocolError: there is no answer to one of them.
    """
    name, cases = examination.exercise, examination.cases
    header, arrays = _questions(examination)
    frame = child.request(
        {"ask": name, "cases": header, "seeds": [_seed(name, number) for number in range(len(cases))]},
        arrays,
        deadline=child.clock.after(limits.ask_seconds).or_sooner(end),
        max_header=MAX_ANSWER_HEADER,
        max_body=limits.answer_bytes,
    )
    try:
        answers = unpack(frame.content.get("responses"), frame.arrays, limits.answer_bytes)
        if not isinstance(answers, list):
            raise TypeError("not a list")
        responses = [
            trusted(answer, solved.case, {mistake.error for mistake in solved.mistakes.values()})
            for solved, answer in zip(cases, answers, strict=True)
        ]
    except (ValueError, TypeError, OverflowError, RecursionError, MemoryError) as error:
        raise ProtocolError(f"no responses: {error}") from None
    return Answers(tuple(responses), taken(frame.content))


_packed: dict[int, tuple[Value, list[np.ndarray]]] = {}
"""The cases of each examination that is alive, by its id, as they are sent: a class is asked the same."""


def _questions(examination: Examination) -> tuple[Value, list[np.ndarray]]:
    """The cases as header and arrays."""
    key = id(examination)
    if key not in _packed:
        _packed[key] = pack([solved.case for solved in examination.cases])
        weakref.finalize(examination, _packed.pop, key, None)
    return _packed[key]


def _seed(name: str, number: int) -> int:
    """Of the random numbers that a function meets in one of its cases."""
    return int.from_bytes(hashlib.sha256(f"{name} {number}".encode()).digest()[:4], "little")


def taken(content: dict[str, Any]) -> int:
    """The bytes of memory that an answer says the child has taken; 0 where it says nothing that can be."""
    memory = content.get("memory")
    return memory if isinstance(memory, int) and not isinstance(memory, bool) and 0 <= memory < 2**62 else 0


def judged(examination: Examination, responses: Sequence[Response]) -> Outcome:
    """The outcome of an exercise whose cases were answered."""
    try:
        verdict = judge(examination, responses, reveal=False)
    except Exception as error:  # an answer that the judge was not made for never passes, and never stops the batch
        reason = f"The answers could not be compared ({type(error).__name__}): return what the docstring asks for."
        return Outcome(examination.exercise, Status.FAILED, message=reason)
    message = sanitise.text(verdict.message, 2000)
    return Outcome(examination.exercise, Status(verdict.status), verdict.mistake, message)
