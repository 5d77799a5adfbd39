"""Examine one submission: run its cells in a child, ask its functions, judge the answers here.

A child that hangs, dies or answers nonsense is ended; a fresh one runs the notebook again without the cell, or asks
on without the exercise, that did it. So each failure costs what it stands for and no more. What was judged stays.
A process that was killed from outside, by a person or for want of memory, is no failure: the same is tried once more.
No cell's output is taken any more once a hidden input has been sent.
"""

import hashlib
import json
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from nbformat import NotebookNode

from autograder.authoring.agreement import check_name
from autograder.authoring.notebook import grade_id, kind
from autograder.grading import sanitise
from autograder.grading.intake.submission import Intake
from autograder.grading.judging.answers import trusted
from autograder.grading.judging.outcomes import Outcome, SubmissionResult
from autograder.grading.recording.executed import executed_notebook
from autograder.grading.running.warm_process import WorkerLost
from autograder.grading.running.workers import Child, Worker
from autograder.worker.limits import Limits
from autograder.worker.protocol import Closed, Late, ProtocolError
from latentkit.check.cases import Examination, Response
from latentkit.check.judging import judge
from latentkit.check.wire import pack, unpack

DEMONSTRATIONS = frozenset({"training", "explore"})
"""Tags of the skeleton's cells that no exercise needs: they train a model or draw a figure."""

KILLED = ("lost", f"signal {signal.SIGKILL:d}")
"""How a child ends that was killed from outside. Not only then: a second time is held against the submission."""

MAX_ANSWER_HEADER = 2**18
"""Bytes that may describe an answer: a forest of empty lists takes thirty times as much once it is read."""


@dataclass
class _Sitting:
    """What is known of a submission so far.

    Attributes:
        end: when its time is over, on time.monotonic's clock.
        skipped: place of a cell that is not run (again), to why in plain words.
        culprits: place of a cell that hung or killed its process, to ("timeout" or "died", why).
        doubted: places of cells, and exercises, whose process was killed, perhaps through no fault of theirs.
        outputs: place of a cell to its outputs, made safe.
        found: exercise to what its name stood for at its check: "function", "value" or "nothing".
        outcomes: exercise to its outcome.
        shown: bytes of the outputs.
        sealed: whether a hidden input was sent.
    """

    end: float
    skipped: dict[int, str] = field(default_factory=dict)
    culprits: dict[int, tuple[str, str]] = field(default_factory=dict)
    doubted: set[int | str] = field(default_factory=set)
    outputs: dict[int, list[NotebookNode]] = field(default_factory=dict)
    found: dict[str, str] = field(default_factory=dict)
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    shown: int = 0
    sealed: bool = False


class _Fault(Exception):
    """A child hung, died or broke the protocol.

    Attributes:
        at: place of the cell, or exercise, that it was at.
        status, reason: what to say of it.
        gone: whether the process is no more, which something else than the submission may have ended.
    """

    def __init__(self, at: int | str, status: str, reason: str, gone: bool = False):
        super().__init__(reason)
        self.at, self.status, self.reason, self.gone = at, status, reason, gone


def examine(
    worker: Worker, intake: Intake, examinations: Mapping[str, Examination], points: Mapping[str, float], limits: Limits
) -> SubmissionResult:
    """Run, ask and judge one submission.

    Args:
        worker: forks the children.
        intake: with a canonical notebook.
        examinations: exercise name to its hidden cases, solved.
        points: exercise name to what it earns where it passes.
        limits: of this submission.
    Raises:
        WorkerLost: no worker could be started, which is no fault of the submission's.
    """
    notebook = intake.canonical
    sitting = _Sitting(end=time.monotonic() + limits.total_seconds)
    _leave_out_demonstrations(notebook, sitting, limits)
    tier = _sit(worker, notebook, examinations, limits, sitting)
    verdicts = {name: _outcome(name, notebook, intake, sitting) for name in examinations}
    notes = (*intake.notes, *_notes(notebook, sitting))
    executed = executed_notebook(notebook, sitting.outputs, sitting.skipped, verdicts, points)
    return SubmissionResult(verdicts, executed, notes, tier)


def _sit(
    worker: Worker, notebook: NotebookNode, examinations: Mapping[str, Examination], limits: Limits, sitting: _Sitting
) -> str:
    """Let one child after the other run and answer until all is judged, time is over, or too many failed."""
    lost = failed = 0
    while failed <= limits.restarts:
        child = None
        try:
            with worker.child(limits) as child:
                _run_cells(child, notebook, limits, sitting)
                _ask(child, examinations, limits, sitting)
            return worker.tier
        except _Fault as fault:
            if fault.gone and child.ended in KILLED and fault.at not in sitting.doubted:
                sitting.doubted.add(fault.at)
            else:
                failed += 1
                _condemn(fault, sitting)
        except WorkerLost:
            lost += 1
            if lost > 3:
                raise
        if time.monotonic() >= sitting.end:
            break
    for name in examinations:
        if name not in sitting.outcomes:
            reason = "The submission ran out of time, or of fresh starts, before this exercise was judged."
            sitting.outcomes[name] = Outcome(name, "timeout", message=reason)
    return worker.tier


def _condemn(fault: _Fault, sitting: _Sitting) -> None:
    """Hold a cell, or an exercise, responsible for what became of its process; it is not tried again."""
    if isinstance(fault.at, str):
        sitting.outcomes[fault.at] = Outcome(fault.at, fault.status, message=fault.reason)
    else:
        sitting.culprits[fault.at] = (fault.status, fault.reason)
        sitting.skipped[fault.at] = fault.reason


def _run_cells(child: Child, notebook: NotebookNode, limits: Limits, sitting: _Sitting) -> None:
    for place, cell in enumerate(notebook.cells):
        name = _exercise_of_check(cell)
        if name is not None:
            answer = _request(child, {"keep": name}, limits.cell_seconds, sitting, place)
            sitting.found[name] = _found(answer.content.get("found"))
        elif cell.cell_type == "code" and place not in sitting.skipped and cell.source.strip():
            demonstration = DEMONSTRATIONS & set(cell.metadata.get("tags", ()))
            seconds = limits.training_seconds if demonstration else limits.cell_seconds
            content = {"run": cell.source, "budget": min(limits.output_bytes, limits.shown_bytes - sitting.shown)}
            answer = _request(child, content, seconds, sitting, place)
            if not sitting.sealed and place not in sitting.outputs:
                _show(answer.content.get("outputs"), place, limits, sitting)


def _found(said: object) -> str:
    """What a name stands for, as the child says; anything that is none of our words is as good as nothing."""
    return said if said in ("function", "value") else "nothing"


def _show(said: object, place: int, limits: Limits, sitting: _Sitting) -> None:
    """Keep a cell's outputs, unless the notebook's would be more than they may be."""
    outputs = sanitise.outputs(said)
    size = len(json.dumps(outputs)) if outputs else 0
    if sitting.shown + size > limits.shown_bytes:
        note = {"output_type": "stream", "name": "stdout", "text": "... the output was left out: it is too much ...\n"}
        outputs, size = sanitise.outputs([note]), 0
    sitting.outputs[place] = outputs
    sitting.shown += size


def _request(child: Child, content: dict, seconds: float, sitting: _Sitting, place: int):
    """Ask the child to do something with a cell."""
    deadline = min(time.monotonic() + seconds, sitting.end)
    try:
        return child.request(content, deadline=deadline)
    except ProtocolError as error:
        raise _fault(error, seconds, "cell", place) from None


def _ask(child: Child, examinations: Mapping[str, Examination], limits: Limits, sitting: _Sitting) -> None:
    sitting.sealed = True
    for name, examination in examinations.items():
        if name in sitting.outcomes or sitting.found.get(name) != "function":
            continue
        try:
            responses = _responses(child, examination, limits, sitting.end)
        except ProtocolError as error:
            raise _fault(error, limits.ask_seconds, "function", name) from None
        sitting.outcomes[name] = _judged(examination, responses)


def _responses(child: Child, examination: Examination, limits: Limits, end: float) -> list[Response]:
    """The answers to all cases of an exercise, which share one time and one amount of memory.

    Raises:
        ProtocolError: there is no answer to one of them.
    """
    name = examination.exercise
    deadline, left, responses = min(time.monotonic() + limits.ask_seconds, end), limits.answer_bytes, []
    for number, solved in enumerate(examination.cases):
        header, arrays = pack(solved.case)
        seed = int.from_bytes(hashlib.sha256(f"{name} {number}".encode()).digest()[:4], "little")
        content = {"ask": name, "case": header, "seed": seed}
        frame = child.request(content, arrays, deadline=deadline, max_header=MAX_ANSWER_HEADER, max_body=left)
        try:
            responses.append(trusted(unpack(frame.content.get("response"), frame.arrays, left), solved.case))
        except (ValueError, TypeError, OverflowError, RecursionError, MemoryError) as error:
            raise ProtocolError(f"no response: {error}") from None
        left -= sum(array.nbytes for array in frame.arrays)
    return responses


def _judged(examination: Examination, responses: Sequence[Response]) -> Outcome:
    try:
        verdict = judge(examination, responses, reveal=False)
    except Exception as error:  # an answer that the judge was not made for never passes, and never stops the batch
        reason = f"The answers could not be compared ({type(error).__name__}): return what the docstring asks for."
        return Outcome(examination.exercise, "failed", message=reason)
    return Outcome(examination.exercise, verdict.status, verdict.mistake, sanitise.text(verdict.message, 2000))


def _fault(error: ProtocolError, seconds: float, what: str, at: int | str) -> _Fault:
    if isinstance(error, Late):
        reason = f"The {what} was still running after {seconds:g} seconds: is there an endless loop?"
        return _Fault(at, "timeout", reason)
    if isinstance(error, Closed):
        reason = f"The {what} ended its process: it used too much memory or time, or called something like os._exit."
        return _Fault(at, "died", reason, gone=True)
    return _Fault(at, "died", f"The {what} disturbed the grading: its process sent what is no answer.")


def _outcome(name: str, notebook: NotebookNode, intake: Intake, sitting: _Sitting) -> Outcome:
    """What is to be said of an exercise, after all is run."""
    place = next((i for i, cell in enumerate(notebook.cells) if grade_id(cell) == name), None)
    outcome = sitting.outcomes.get(name)
    passed = outcome is not None and outcome.status == "passed"
    if place in sitting.culprits:
        status, reason = sitting.culprits[place]
        return Outcome(name, status, message=reason)
    if not passed and name in intake.missing:
        return Outcome(name, "missing_cell", message=f"{_capital(intake.missing[name])}.")
    if not passed and name in intake.unchanged:
        return Outcome(name, "not_attempted", message="Not attempted: the cell is as it was released.")
    if outcome is not None:
        return outcome
    raised = next((output for output in sitting.outputs.get(place, ()) if output.output_type == "error"), None)
    if raised is not None:
        reason = sanitise.sentence(f"{raised.ename}: {raised.evalue}")
        return Outcome(name, "error", message=f"Your cell stopped before `{name}` was defined: {reason}")
    if sitting.found.get(name) == "value":
        return Outcome(name, "error", message=f"`{name}` is not a function.")
    return Outcome(name, "error", message=f"There is no function `{name}` after your cell: is its name spelt as given?")


def _leave_out_demonstrations(notebook: NotebookNode, sitting: _Sitting, limits: Limits) -> None:
    if limits.training_seconds > 0:
        return
    for place, cell in enumerate(notebook.cells):
        if cell.cell_type == "code" and DEMONSTRATIONS & set(cell.metadata.get("tags", ())):
            sitting.skipped[place] = "This demonstration is not run when grading."


def _notes(notebook: NotebookNode, sitting: _Sitting) -> list[str]:
    """A word on each cell that failed the whole process and is no exercise's."""
    exercises = set(sitting.found)
    return [
        f"cell {place + 1} was left out. {reason}"
        for place, (_, reason) in sorted(sitting.culprits.items())
        if grade_id(notebook.cells[place]) not in exercises
    ]


def _exercise_of_check(cell: NotebookNode) -> str | None:
    return grade_id(cell).removeprefix(check_name("")) if kind(cell) == "check" else None


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
