"""Examine one submission: run its cells in a child, ask each function at its own check, judge the answers here.

The cells are run twice. The first run, *the display*, is asked nothing; its outputs are what the graded notebook shows.
The second, *the exam*, is asked: where a check stands, the function that has the exercise's name just then gets its
hidden cases, so that it meets the helpers, the imports and the settings that it met when the student ran that check,
and none that later cells put in their place. No output is taken any more once the exam has begun, since from its first
question on the child knows hidden inputs. The exam is held in the display's process, which forgets the notebook and
puts back what it changed; where that cannot be done, in a fresh one.

A child that hangs, dies, uses up its memory or answers nonsense is ended; a fresh one goes on without the cell, or the
exercise, that did it. So each failure costs what it stands for and no more. What was judged stays, and the display has
half of the time at most. A process that was killed from outside, by a person or for want of memory, is no failure: the
same is tried once more.
"""

import json
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from nbformat import NotebookNode

from autograder.authoring.agreement import check_name
from autograder.authoring.notebook import grade_id, kind
from autograder.grading import sanitise
from autograder.grading.intake.submission import Intake
from autograder.grading.judging.asking import ask, judged, taken
from autograder.grading.judging.outcomes import Outcome, Status, SubmissionResult
from autograder.grading.running.warm_process import WorkerLost
from autograder.grading.running.workers import Child, Worker
from autograder.worker.limits import MEBIBYTE, Limits
from autograder.worker.protocol import Closed, Frame, Late, ProtocolError
from latentkit.check.cases import Examination

DEMONSTRATIONS = frozenset({"training", "explore"})
"""Tags of the skeleton's cells that no exercise needs: they train a model or draw a figure."""

KILLED = ("lost", f"signal {signal.SIGKILL:d}")
"""How a child ends that was killed from outside. Not only then: a second time is held against the submission."""

MOST_LOST = 3
"""How often the process that runs notebooks may be lost during one submission."""

DISPLAY_SHARE = 0.5
"""Of a submission's time, what the display may take: the exam has the rest, and what the display left."""

LEFTOVER = 1 / 16
"""A process that holds more than this share before the exam begins is not as good as a fresh one."""

HOARD = 0.25
"""A cell, or an answer, that holds this share of the memory that a submission may have leaves too little to others."""


@dataclass
class _Sitting:
    """What is known of a submission so far.

    Attributes:
        end: when its time is over, on time.monotonic's clock.
        displayed: whether the outputs are sealed: from then on none is taken.
        left_out: place of a cell that is not run (again), to why in plain words.
        culprits: place of a cell that hung or killed its process, or used up its memory, to (status, why).
        doubted: places of cells, and exercises, whose process was killed, perhaps through no fault of theirs.
        shown: place of a cell to its outputs, made safe.
        found: exercise to what its name stood for at its check: "function", "value" or "nothing".
        outcomes: exercise to its outcome.
        shown_bytes, shown_pixels: of the outputs.
    """

    end: float
    displayed: bool = False
    left_out: dict[int, str] = field(default_factory=dict)
    culprits: dict[int, tuple[Status, str]] = field(default_factory=dict)
    doubted: set[int | str] = field(default_factory=set)
    shown: dict[int, list[NotebookNode]] = field(default_factory=dict)
    found: dict[str, str] = field(default_factory=dict)
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    shown_bytes: int = 0
    shown_pixels: int = 0


class _Fault(Exception):
    """A child hung, died, broke the protocol or has no memory left.

    Attributes:
        at: place of the cell, or exercise, that is responsible; an exercise that has its outcome keeps it.
        status, reason: what to say of it.
        gone: whether the process is no more, which something else than the submission may have ended.
    """

    def __init__(self, at: int | str, status: Status, reason: str, gone: bool = False):
        super().__init__(reason)
        self.at, self.status, self.reason, self.gone = at, status, reason, gone


class _OutOfTime(Exception):
    """The submission's time was over before a child had answered: nobody's fault but that of all before it."""


def examine_submission(
    worker: Worker, intake: Intake, examinations: Mapping[str, Examination], limits: Limits
) -> SubmissionResult:
    """Run, ask and judge one submission.

    Args:
        worker: forks the children.
        intake: with a canonical notebook.
        examinations: exercise name to its hidden cases, solved.
        limits: of this submission.
    Raises:
        WorkerLost: no worker could be started, which is no fault of the submission's.
    """
    notebook = intake.canonical
    if notebook is None:
        raise ValueError("a submission that could not be read cannot be examined")
    now = time.monotonic()
    sitting = _Sitting(end=now + limits.total_seconds * DISPLAY_SHARE)
    _leave_out_demonstrations(notebook, sitting, limits)

    def display_and_exam(child: Child) -> bool:
        if not sitting.displayed:
            _display(child, notebook, limits, sitting)
            sitting.displayed, sitting.end = True, now + limits.total_seconds
            if not _renewed(child, limits, sitting):
                return False
        _exam(child, notebook, examinations, limits, sitting)
        return True

    examined = _sit(worker, limits, sitting, display_and_exam)
    shown_whole = sitting.displayed
    if not examined:  # the exam has fresh starts of its own
        sitting.displayed, sitting.end = True, now + limits.total_seconds
        examined = _sit(worker, limits, sitting, display_and_exam)
    if not examined:
        _run_out(examinations, sitting)
    outcomes = {name: _outcome(name, notebook, intake, sitting) for name in examinations}
    notes = (*intake.notes, *_notes(notebook, sitting), *(() if shown_whole else (_UNSHOWN,)))
    return SubmissionResult(outcomes, sitting.shown, sitting.left_out, notes, worker.tier)


_UNSHOWN = "the outputs of the last cells are not shown: the submission ran out of time, or of fresh starts"


def _sit(worker: Worker, limits: Limits, sitting: _Sitting, part: Callable[[Child], bool]) -> bool:
    """Let one child after the other do its part until one has done all; False where time or fresh starts end first."""
    lost = failed = 0
    while failed <= limits.restarts and time.monotonic() < sitting.end:
        child = None
        try:
            with worker.child(limits) as child:
                if part(child):
                    return True
        except _Fault as fault:
            if fault.gone and child is not None and child.ended in KILLED and fault.at not in sitting.doubted:
                sitting.doubted.add(fault.at)
            else:
                failed += 1
                _condemn(fault, sitting)
        except _OutOfTime:
            break
        except WorkerLost:
            lost += 1
            if lost > MOST_LOST:
                raise
    return False


def _renewed(child: Child, limits: Limits, sitting: _Sitting) -> bool:
    """Whether the child has forgotten the notebook, so that its cells can be run in it as if for the first time."""
    try:
        answer = child.request({"renew": True}, deadline=min(time.monotonic() + limits.cell_seconds, sitting.end))
    except ProtocolError:
        return False
    return answer.content.get("renewed") is True and taken(answer.content) < LEFTOVER * limits.memory_bytes


def _condemn(fault: _Fault, sitting: _Sitting) -> None:
    """Hold a cell, or an exercise, responsible for what became of its process; it is not tried again."""
    if isinstance(fault.at, str):
        sitting.outcomes.setdefault(fault.at, Outcome(fault.at, fault.status, message=fault.reason))
    else:
        sitting.culprits[fault.at] = (fault.status, fault.reason)
        sitting.left_out[fault.at] = fault.reason


def _run_out(examinations: Mapping[str, Examination], sitting: _Sitting) -> None:
    """Say of the exercises that were not reached why."""
    reason = "The submission ran out of time, or of fresh starts, before this exercise was judged."
    for name in examinations:
        sitting.outcomes.setdefault(name, Outcome(name, Status.TIMEOUT, message=reason))


def _exam(
    child: Child,
    notebook: NotebookNode,
    examinations: Mapping[str, Examination],
    limits: Limits,
    sitting: _Sitting,
) -> None:
    """Run the cells, and at each check ask the function that has the exercise's name; nothing is shown."""
    memory = _Memory(limits.memory_bytes)
    for place, cell in enumerate(notebook.cells):
        name = _exercise_of_check(cell)
        if name is not None and name in examinations and name not in sitting.outcomes:
            kept = _request(child, {"keep": name}, limits.cell_seconds, sitting, place)
            sitting.found[name] = _found(kept.content.get("found"))
            if sitting.found[name] == "function":
                _ask(child, examinations[name], limits, sitting, memory)
        elif _runs(cell, place, sitting):
            answer = _request(child, {"run": cell.source, "budget": 0}, _seconds(cell, limits), sitting, place)
            memory.note_run(place, answer)


def _ask(child: Child, examination: Examination, limits: Limits, sitting: _Sitting, memory: "_Memory") -> None:
    name = examination.exercise
    try:
        answers = ask(child, examination, limits, sitting.end)
    except ProtocolError as error:
        raise _fault(error, limits.ask_seconds, "function", name, sitting.end) from None
    if any(response.error == "MemoryError" for response in answers.responses):
        memory.blame()  # a cell above may have left it none
    sitting.outcomes[name] = judged(examination, answers.responses)
    memory.note(name, answers.memory)
    if memory.hoards(name):
        raise _Fault(name, Status.DIED, "")  # it has its outcome: the others are judged in fresh memory


class _Memory:
    """What the cells and answers of one child hold on to, as the child says: a lie only harms who tells it.

    Args:
        allowed: bytes that the child may take.
    """

    def __init__(self, allowed: int):
        self._allowed, self._taken = allowed, 0
        self._grown: dict[int | str, int] = {}

    def note(self, at: int | str, memory: int) -> None:
        """Take note of the child's memory, in bytes, after that cell or exercise."""
        self._grown[at] = memory - self._taken
        self._taken = memory

    def note_run(self, place: int, answer: Frame) -> None:
        """Take note of the child's memory after a cell; where that wanted more than there is, raise as `blame` does."""
        self.note(place, taken(answer.content))
        if answer.content.get("memory_error") is True:
            self.blame()

    def hoards(self, at: int | str) -> bool:
        """Whether that cell or exercise holds so much that others may fail for want of memory."""
        return self._grown.get(at, 0) > HOARD * self._allowed

    def blame(self) -> None:
        """Memory has run out: hold the cell responsible that holds most, unless none holds much.

        Raises:
            _Fault: there is one.
        """
        most = max(self._grown, key=self._grown.__getitem__, default=None)
        if most is not None and self.hoards(most):
            allowed = self._allowed // MEBIBYTE  # how much it kept is what the child says, and could be a hidden input
            reason = f"The cell kept much of the {allowed} MiB of memory: does it fill a list for ever?"
            raise _Fault(most, Status.ERROR, reason)


def _display(child: Child, notebook: NotebookNode, limits: Limits, sitting: _Sitting) -> None:
    """Run the cells for their outputs."""
    memory = _Memory(limits.memory_bytes)
    for place, cell in enumerate(notebook.cells):
        if _runs(cell, place, sitting):
            budget = min(limits.output_bytes, limits.shown_bytes - sitting.shown_bytes)
            answer = _request(child, {"run": cell.source, "budget": budget}, _seconds(cell, limits), sitting, place)
            memory.note_run(place, answer)
            if place not in sitting.shown:
                _show(answer.content.get("outputs"), place, limits, sitting)


def _runs(cell: NotebookNode, place: int, sitting: _Sitting) -> bool:
    """Whether a cell is run: not a check, whose place is ours to fill, nor one that is left out."""
    code = cell.cell_type == "code" and kind(cell) != "check"
    return code and place not in sitting.left_out and bool(cell.source.strip())


def _seconds(cell: NotebookNode, limits: Limits) -> float:
    """How long a cell may run."""
    return limits.training_seconds if _is_demonstration(cell) else limits.cell_seconds


def _found(said: object) -> str:
    """What a name stands for, as the child says; anything that is none of our words is as good as nothing."""
    return said if said in ("function", "value") else "nothing"


def _show(said: object, place: int, limits: Limits, sitting: _Sitting) -> None:
    """Keep a cell's outputs, unless the notebook's would be more than they may be."""
    outputs = sanitise.outputs_apart(said, sanitise.MAX_PIXELS - sitting.shown_pixels)
    size = len(json.dumps(outputs)) if outputs else 0
    if sitting.shown_bytes + size > limits.shown_bytes:
        note = {"output_type": "stream", "name": "stdout", "text": "... the output was left out: it is too much ...\n"}
        outputs, size = sanitise.outputs([note]), 0
    sitting.shown[place] = outputs
    sitting.shown_bytes += size
    sitting.shown_pixels += sanitise.pixels_of(outputs)


def _request(child: Child, content: dict[str, Any], seconds: float, sitting: _Sitting, place: int) -> Frame:
    """Ask the child to do something with a cell."""
    deadline = min(time.monotonic() + seconds, sitting.end)
    try:
        return child.request(content, deadline=deadline)
    except ProtocolError as error:
        raise _fault(error, seconds, "cell", place, sitting.end) from None


def _fault(error: ProtocolError, seconds: float, what: str, at: int | str, end: float) -> _Fault | _OutOfTime:
    """What to make of a child that did not answer at a cell or exercise; the submission's time ends at `end`."""
    if isinstance(error, Late):
        if time.monotonic() >= end:
            return _OutOfTime()
        reason = f"The {what} was still running after {seconds:g} seconds: is there an endless loop?"
        return _Fault(at, Status.TIMEOUT, reason)
    if isinstance(error, Closed):
        reason = f"The {what} ended its process: it used too much memory or time, or called something like os._exit."
        return _Fault(at, Status.DIED, reason, gone=True)
    return _Fault(at, Status.DIED, f"The {what} disturbed the grading: its process sent what is no answer.")


def _outcome(name: str, notebook: NotebookNode, intake: Intake, sitting: _Sitting) -> Outcome:
    """What is to be said of an exercise, after all is run."""
    place = next((i for i, cell in enumerate(notebook.cells) if grade_id(cell) == name), -1)
    outcome = sitting.outcomes.get(name)
    passed = outcome is not None and outcome.status.earns_points
    if place in sitting.culprits and not passed:
        status, reason = sitting.culprits[place]
        return Outcome(name, status, message=reason)
    if not passed and name in intake.missing:
        return Outcome(name, Status.MISSING_CELL, message=f"{_capital(intake.missing[name])}.")
    if not passed and name in intake.unchanged:
        return Outcome(name, Status.NOT_ATTEMPTED, message="Not attempted: the cell is as it was released.")
    if outcome is not None:
        return outcome
    raised = next((output for output in sitting.shown.get(place, ()) if output.output_type == "error"), None)
    if raised is not None:
        reason = sanitise.sentence(f"{raised.ename}: {raised.evalue}")
        return Outcome(name, Status.ERROR, message=f"Your cell stopped before `{name}` was defined: {reason}")
    if sitting.found.get(name) == "value":
        return Outcome(name, Status.ERROR, message=f"`{name}` is not a function.")
    reason = f"There is no function `{name}` after your cell: is its name spelt as given?"
    return Outcome(name, Status.ERROR, message=reason)


def _leave_out_demonstrations(notebook: NotebookNode, sitting: _Sitting, limits: Limits) -> None:
    if limits.training_seconds > 0:
        return
    for place, cell in enumerate(notebook.cells):
        if _is_demonstration(cell):
            sitting.left_out[place] = "This demonstration is not run when grading."


def _is_demonstration(cell: NotebookNode) -> bool:
    return cell.cell_type == "code" and bool(DEMONSTRATIONS & set(cell.metadata.get("tags", ())))


def _notes(notebook: NotebookNode, sitting: _Sitting) -> list[str]:
    """A word on each cell that failed the whole process and is no exercise's."""
    exercises = {_exercise_of_check(cell) for cell in notebook.cells} - {None}
    return [
        f"cell {place + 1} was left out. {reason}"
        for place, (_, reason) in sorted(sitting.culprits.items())
        if grade_id(notebook.cells[place]) not in exercises
    ]


def _exercise_of_check(cell: NotebookNode) -> str | None:
    return (grade_id(cell) or "").removeprefix(check_name("")) if kind(cell) == "check" else None


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
