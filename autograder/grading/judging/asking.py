"""Ask a kept function its hidden cases and judge the answers here; what the child says is only ever compared."""

import hashlib
import json
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.grading import sanitise
from autograder.grading.judging.answers import kind_of_error, trusted
from autograder.grading.judging.outcomes import Outcome, Status
from autograder.grading.running.clock import Moment
from autograder.grading.running.workers import Child
from autograder.worker.limits import Limits
from autograder.worker.protocol import Body, ProtocolError
from latentkit.check.cases import Examination, Response, SolvedCase, Value
from latentkit.check.judging import judge
from latentkit.check.wire import pack, unpack

MAX_ANSWER_HEADER = 2**19
"""Bytes that may describe the answers of an exercise: a forest of empty lists takes thirty times as much once read."""


@dataclass(frozen=True)
class Answers:
    """What a function answered.

    Attributes:
        found: what its name stood for, as the child says: "function", "value" or "nothing".
        responses: one per case, in order; none where it was no function.
        memory: bytes that the child says it has taken since its start, after the last of them.
    """

    found: str
    responses: tuple[Response, ...]
    memory: int


def ask(child: Child, examination: Examination, limits: Limits, end: Moment) -> Answers:
    """Ask all cases of an exercise at once, which share one time and one amount of memory for answers.

    Args:
        child: has run the cells up to the exercise's check.
        end: when the submission's time is over, on its clock.
    Raises:
        ProtocolError: there is no answer to one of them.
    """
    cases, asked = examination.cases, _questions(examination)
    frame = child.request(
        {"ask": examination.exercise, "cases": asked.header, "seeds": asked.seeds},
        asked.arrays,
        deadline=child.clock.after(limits.ask_seconds).or_sooner(end),
        max_header=MAX_ANSWER_HEADER,
        max_body=limits.answer_bytes,
    )
    found = _found(frame.content.get("found"))
    if found != "function":
        return Answers(found, (), taken(frame.content))
    try:
        with child.clock.charged():
            answers = unpack(frame.content.get("responses"), frame.arrays, limits.answer_bytes)
            if not isinstance(answers, list):
                raise TypeError("not a list")
            responses = [
                trusted(answer, solved.case, _predicted(solved)) for solved, answer in zip(cases, answers, strict=True)
            ]
    except (ValueError, TypeError, OverflowError, RecursionError, MemoryError) as error:
        raise ProtocolError(f"no responses: {error}") from None
    return Answers(found, tuple(responses), taken(frame.content))


def _found(said: object) -> str:
    """What a name stands for, as the child says; anything that is none of our words is as good as nothing."""
    return said if said in ("function", "value") else "nothing"


@dataclass(frozen=True)
class _Questions:
    """An exercise's cases as they are sent.

    Attributes:
        header, arrays: the cases, packed.
        seeds: of the random numbers that a function meets in each of them. They follow from what is asked, so that they
            are those of a variant, and nobody knows them who does not know its cases.
    """

    header: Value
    arrays: Body
    seeds: list[int]


_packed: dict[int, _Questions] = {}
"""Those of each examination that is alive, by its id: a class is asked the same."""


def _questions(examination: Examination) -> _Questions:
    key = id(examination)
    if key not in _packed:
        header, arrays = pack([solved.case for solved in examination.cases])
        asked = _digest(examination.exercise, header, arrays)
        seeds = [_seed(asked, number) for number in range(len(examination.cases))]
        _packed[key] = _Questions(header, Body.of(arrays), seeds)
        weakref.finalize(examination, _packed.pop, key, None)
    return _packed[key]


def _digest(name: str, header: Value, arrays: list[np.ndarray]) -> bytes:
    """Of an exercise's cases: the same whether a tensor that is used twice is one, as when they were just solved."""
    header, arrays = pack(unpack(header, arrays))
    digest = hashlib.sha256(json.dumps([name, header]).encode())
    for array in arrays:
        digest.update(array.tobytes())
    return digest.digest()


def _seed(asked: bytes, number: int) -> int:
    return int.from_bytes(hashlib.sha256(asked + number.to_bytes(4, "little")).digest()[:4], "little")


def taken(content: dict[str, Any]) -> int:
    """The bytes of memory that an answer says the child has taken; 0 where it says nothing that can be."""
    memory = content.get("memory")
    return memory if isinstance(memory, int) and not isinstance(memory, bool) and 0 <= memory < 2**62 else 0


def judged(examination: Examination, responses: Sequence[Response]) -> Outcome:
    """The outcome of an exercise whose cases were answered."""
    asked = zip(examination.cases, responses, strict=True)
    told = [kind_of_error(response.error, _predicted(solved)) for solved, response in asked]
    verdict = judge(examination, responses, reveal=False, told=told)
    message = sanitise.text(verdict.message, 2000)
    return Outcome(examination.exercise, Status(verdict.status), verdict.mistake, message, answered=True)


def _predicted(solved: SolvedCase) -> set[str]:
    """Names of the errors that known mistakes raise in a case."""
    return {mistake.error for mistake in solved.mistakes.values()}
