"""Say more of an exercise that failed: ask its function the released cases, in a process that never met hidden ones.

What a function does with hidden inputs could stand for them in every word that is said of it. So the words of a
diagnosis are found with the cases that every student has, by a fresh process that runs the notebook once more; of
hidden cases no more is told than before. What it cannot do in its time is left as it was.
"""

import contextlib
import io
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from nbformat import NotebookNode

from autograder.grading import sanitise
from autograder.grading.judging.answers import kind_of_error
from autograder.grading.judging.asking import ask
from autograder.grading.judging.cells import exercise_of_check, is_demonstration, is_run
from autograder.grading.judging.outcomes import Outcome, Status
from autograder.grading.running.clock import Clock, Moment
from autograder.grading.running.imports import late_imports
from autograder.grading.running.warm_process import WorkerLost
from autograder.grading.running.workers import Child, Worker
from autograder.worker.limits import Limits
from autograder.worker.protocol import ProtocolError
from latentkit.check.cases import Case, Examination, Response, SolvedCase, Verdict
from latentkit.check.judging import judge
from latentkit.check.store import read

SECONDS = 20.0
"""Of the submission's own time, beyond what it had for the exam."""

MOST_QUESTIONS = 8
"""How often a function is asked."""

_READING = threading.Lock()

PASSES = "It is right on the released cases, which `check` tries: look at what they do not hold."


def explained(
    worker: Worker,
    notebook: NotebookNode,
    outcomes: Mapping[str, Outcome],
    left_out: Mapping[int, str],
    released_cases: bytes,
    limits: Limits,
) -> dict[str, Outcome]:
    """The outcomes, with what could be found out of the exercises that failed for no reason that has a name.

    Args:
        worker: forks the child.
        notebook: as canonical.
        outcomes: exercise name to outcome.
        left_out: place of a cell that is not to be run, to why.
        released_cases: the content of the problem set's `cases.npz`; nothing is said more where it is empty.
        limits: of the submission.
    """
    nameless = [name for name, outcome in outcomes.items() if _is_nameless(outcome)]
    known = _known(released_cases) if nameless and released_cases else {}
    asked = {name: known[name] for name in nameless if name in known}
    told = dict(outcomes)
    if asked:
        with contextlib.suppress(ProtocolError, WorkerLost):
            for name, words in _found_out(worker, notebook, asked, left_out, limits):
                message = f"{outcomes[name].message} {words}"
                told[name] = replace(outcomes[name], message=sanitise.text(message, 2000))
    return told


def _is_nameless(outcome: Outcome) -> bool:
    return outcome.answered and outcome.mistake is None and outcome.status in (Status.FAILED, Status.ERROR)


def _known(released_cases: bytes) -> dict[str, Examination]:
    """As `_examinations`, for one worker at a time: the first reads the file, the others find it read."""
    with _READING:
        return _examinations(released_cases)


@lru_cache(maxsize=4)
def _examinations(released_cases: bytes) -> dict[str, Examination]:
    """Those of a file; none where it is not of this version, which release and doctor tell of."""
    try:
        return read(io.BytesIO(released_cases))
    except ValueError:
        return {}


def _found_out(
    worker: Worker,
    notebook: NotebookNode,
    examinations: Mapping[str, Examination],
    left_out: Mapping[int, str],
    limits: Limits,
) -> Iterator[tuple[str, str]]:
    """What is found out of each exercise, in the order of their checks.

    Raises:
        ProtocolError: the child hung or ended. WorkerLost: no child could be had.
    """
    clock = Clock(limits.patience)
    end = clock.after(SECONDS)
    sources = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    remaining = set(examinations)
    with worker.child(limits, clock, imports=late_imports(sources)) as child:
        for place, cell in enumerate(notebook.cells):
            name = exercise_of_check(cell)
            if name in remaining and name is not None:
                remaining.remove(name)
                yield from _of_function(child, examinations[name], limits, end)
                if not remaining:
                    return
            elif is_run(cell) and not is_demonstration(cell) and place not in left_out:
                deadline = clock.after(limits.cell_seconds).or_sooner(end)
                child.request({"run": cell.source, "budget": None}, deadline=deadline)


def _of_function(child: Child, examination: Examination, limits: Limits, end: Moment) -> Iterator[tuple[str, str]]:
    """The exercise and what is found out of its function, if it is one and something is."""
    asked = _Asker(child, examination, limits, end)
    responses = asked([solved.case for solved in examination.cases])
    if not responses:
        return
    with child.clock.charged():
        verdict = judge(examination, responses, ask=asked)
    if words := _words(verdict):
        yield examination.exercise, words


def _words(verdict: Verdict) -> str:
    if verdict.passed:
        return PASSES
    return f"On the released cases: {verdict.message}" if verdict.status in ("failed", "error") else ""


class _Asker:
    """Asks a kept function any cases, a few times.

    Args:
        child: has run the cells up to its check.
        examination: its exercise.
        limits, end: as in `asking.ask`.
    """

    def __init__(self, child: Child, examination: Examination, limits: Limits, end: Moment) -> None:
        self._child, self._name, self._limits, self._end = child, examination.exercise, limits, end
        known = (mistake.error for solved in examination.cases for mistake in solved.mistakes.values())
        self._predicted = frozenset(known)
        self._left = MOST_QUESTIONS

    def __call__(self, cases: Sequence[Case]) -> tuple[Response, ...]:
        """The responses to cases, none where it is no function; ProtocolError where it was asked often enough."""
        if not cases:
            return ()
        if not self._left:
            raise ProtocolError("it was asked often enough")
        self._left -= 1
        questions = Examination(self._name, tuple(SolvedCase(case) for case in cases), {})
        responses = ask(self._child, questions, self._limits, self._end).responses
        return tuple(replace(one, error=kind_of_error(one.error, self._predicted)) for one in responses)
