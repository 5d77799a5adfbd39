"""Examine one submission: run its cells in a child, ask each function at its own check, judge the answers here.

The cells are run twice. The first run, *the display*, is asked nothing; its outputs are what the graded notebook shows.
The second, *the exam*, is asked: where a check stands, the function that has the exercise's name just then gets its
hidden cases, so that it meets the helpers, the imports and the settings that it met when the student ran that check,
and none that later cells put in their place. No output is taken any more once the exam has begun, since from its first
question on the child knows hidden inputs. The exam is held in the display's process, which forgets the notebook and
puts back what it changed; where that cannot be done, in a fresh one.

A child that hangs, dies, uses up its memory or answers nonsense is ended; a fresh one goes on without the cell, or the
exercise, that did it. So each failure costs what it stands for and no more. What was judged stays, and the display has
half of the time at most.

Cells of the student's own may use up half of the exam's time at most: later ones that are slow are left out of it, so
that wherever they stand, they cost their own helpers alone.

Time is the submission's own (`running.clock`): it tells an endless loop, and an endless sleep, whatever else the
machine does. Where the wall clock ran out instead, or a process was killed from outside, by a person or for want of
memory, the machine may be to blame: the same is tried once more, and until it is done no other submission of the batch
runs (`judging.doubts`).
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from nbformat import NotebookNode

from autograder.grading import sanitise
from autograder.grading.intake.submission import Intake
from autograder.grading.judging.asking import ask, judged, taken
from autograder.grading.judging.cells import exercise_of_check, is_demonstration, is_idle, is_own, is_run
from autograder.grading.judging.conclusions import conclude, left_out, notes
from autograder.grading.judging.doubts import ALL
from autograder.grading.judging.faults import Fault, OutOfPatience, OutOfTime, failure, is_doubtful
from autograder.grading.judging.memory import Memory
from autograder.grading.judging.outcomes import Status, SubmissionResult
from autograder.grading.judging.sitting import Sitting
from autograder.grading.running.imports import late_imports
from autograder.grading.running.warm_process import WorkerLost
from autograder.grading.running.workers import Child, Worker
from autograder.worker.limits import Limits
from autograder.worker.protocol import Frame, ProtocolError
from latentkit.check.cases import Examination

MOST_LOST = 3
"""How often the process that runs notebooks may be lost during one submission."""

QUICK = 0.1
"""Seconds: an own cell that took less when it was last run is run again, however many there are."""

MAX_PLAIN_HEADER = 2**12
"""Bytes of an answer that says yes or no, and a number."""

MAX_FRAMING = 2**17
"""Bytes that the answer to a cell may have beyond the texts of its outputs."""

LEFTOVER = 1 / 16
"""A process that holds more than this share before the exam begins is not as good as a fresh one."""


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
    sitting = Sitting.of(limits)
    _leave_out_demonstrations(notebook, sitting, limits)
    run = (cell.source for place, cell in enumerate(notebook.cells) if _runs(cell, place, sitting))
    sitting.imports = late_imports(run)

    def display_and_exam(child: Child) -> bool:
        if not sitting.displayed:
            _display(child, notebook, limits, sitting)
            sitting.begin_exam(limits, whole=True)
            child.slot.share()
            if not _renewed(child, limits, sitting):
                return False
        _exam(child, notebook, examinations, limits, sitting)
        return True

    examined = _sit(worker, limits, sitting, display_and_exam)
    if not examined and not sitting.displayed:
        sitting.begin_exam(limits, whole=False)
        examined = _sit(worker, limits, sitting, display_and_exam)
    if not examined:
        sitting.run_out(examinations)
    outcomes = {name: conclude(name, notebook, intake, sitting) for name in examinations}
    told = (*intake.notes, *notes(notebook, sitting))
    return SubmissionResult(outcomes, sitting.shown, left_out(sitting), told, worker.tier)


def _sit(worker: Worker, limits: Limits, sitting: Sitting, part: Callable[[Child], bool]) -> bool:
    """Let one child after the other do its part until one has done all; False where time or fresh starts end first."""
    lost = 0
    while sitting.may_go_on(limits):
        child = None
        try:
            with worker.child(limits, sitting.clock, sitting.doubts.alone_for, sitting.imports) as child:
                if part(child):
                    return True
        except Fault as fault:
            if not (is_doubtful(fault, child, limits) and sitting.doubts.give(fault.at)):
                sitting.condemn(fault)
        except OutOfPatience:
            if not sitting.doubts.give(ALL):
                break
            sitting.extend()
        except OutOfTime:
            break
        except WorkerLost:
            lost += 1
            if lost > MOST_LOST:
                raise
        finally:
            if child is not None:
                sitting.doubts.spend(child)
    return False


def _renewed(child: Child, limits: Limits, sitting: Sitting) -> bool:
    """Whether the child has forgotten the notebook, so that its cells can be run in it as if for the first time."""
    try:
        deadline = child.clock.after(limits.cell_seconds).or_sooner(sitting.end)
        answer = child.request({"renew": True}, deadline=deadline, max_header=MAX_PLAIN_HEADER)
    except ProtocolError:
        return False
    return answer.content.get("renewed") is True and taken(answer.content) < LEFTOVER * limits.memory_bytes


def _exam(
    child: Child,
    notebook: NotebookNode,
    examinations: Mapping[str, Examination],
    limits: Limits,
    sitting: Sitting,
) -> None:
    """Run the cells, and at each check ask the function that has the exercise's name; nothing is shown."""
    memory = Memory(limits.memory_bytes)
    for place, cell in enumerate(notebook.cells):
        name = exercise_of_check(cell)
        if name is not None and name in examinations and name not in sitting.outcomes:
            _ask(child, examinations[name], limits, sitting, memory)
            sitting.doubts.settle(name, child)
        elif _runs(cell, place, sitting):
            if _is_passed_over(cell, place, sitting):
                sitting.pass_over(place)
                sitting.doubts.settle(place, child)
                continue
            before = sitting.clock.now().own
            try:
                memory.note_run(place, _run(child, cell, place, None, limits, sitting))
            finally:
                sitting.own_left -= sitting.clock.now().own - before if is_own(cell) else 0.0


def _is_passed_over(cell: NotebookNode, place: int, sitting: Sitting) -> bool:
    """Whether a cell of the student's own is left out of the exam, in which such cells have taken too long already."""
    took = sitting.took.get(place)
    if not is_own(cell) or (took is not None and took < QUICK):
        return False
    return sitting.own_left <= (took or 0.0)


def _ask(child: Child, examination: Examination, limits: Limits, sitting: Sitting, memory: Memory) -> None:
    name = examination.exercise
    sitting.asked = True
    try:
        answers = ask(child, examination, limits, sitting.end)
    except ProtocolError as error:
        raise failure(error, limits.ask_seconds, "function", name, child, sitting.end) from None
    sitting.found[name] = answers.found
    if answers.found != "function":
        return
    if any(response.error == "MemoryError" for response in answers.responses):
        memory.blame()  # a cell above may have left it none
    sitting.outcomes[name] = judged(examination, answers.responses)
    memory.note(name, answers.memory)
    if memory.hoards(name):
        raise Fault(name, Status.DIED, "")  # it has its outcome: the others are judged in fresh memory


def _display(child: Child, notebook: NotebookNode, limits: Limits, sitting: Sitting) -> None:
    """Run the cells for their outputs."""
    memory = Memory(limits.memory_bytes)
    for place, cell in enumerate(notebook.cells):
        if _runs(cell, place, sitting):
            left = max(0, limits.shown_bytes - sitting.shown_bytes)
            budget = min(limits.output_bytes, left)
            answer = _run(child, cell, place, budget, limits, sitting)
            memory.note_run(place, answer)
            if place not in sitting.shown:
                _show(answer, place, limits, sitting)
    sitting.hoarder = memory.hoarder()


def _run(child: Child, cell: NotebookNode, place: int, budget: int | None, limits: Limits, sitting: Sitting) -> Frame:
    """Run a cell, whose outputs may have so many bytes; None where there shall be none."""
    before = sitting.clock.now().own
    content = {"run": cell.source, "budget": budget, "idle": is_idle(cell)}
    most = 0 if budget is None else MAX_FRAMING + budget
    answer = _request(child, content, _seconds(cell, limits), sitting, place, most)
    sitting.took[place] = sitting.clock.now().own - before
    sitting.doubts.settle(place, child)
    return answer


def _runs(cell: NotebookNode, place: int, sitting: Sitting) -> bool:
    """Whether a cell is run: not a check, whose place is ours to fill, nor one that is left out."""
    return is_run(cell) and place not in sitting.left_out


def _seconds(cell: NotebookNode, limits: Limits) -> float:
    """How long a cell may run."""
    return limits.training_seconds if is_demonstration(cell) else limits.cell_seconds


def _show(answer: Frame, place: int, limits: Limits, sitting: Sitting) -> None:
    """Keep a cell's outputs, unless the notebook's would be more than they may be."""
    said = answer.arrays[0].tobytes() if answer.arrays else b""
    with sitting.clock.charged():
        outputs = sanitise.outputs_apart(said, sanitise.MAX_PIXELS - sitting.shown_pixels)
    size = len(json.dumps(outputs)) if outputs else 0
    if sitting.shown_bytes + size > limits.shown_bytes:
        note = {"output_type": "stream", "name": "stdout", "text": "... the output was left out: it is too much ...\n"}
        outputs, size = sanitise.outputs([note]), 0
    sitting.shown[place] = outputs
    sitting.shown_bytes += size
    sitting.shown_pixels += sanitise.pixels_of(outputs)


def _request(
    child: Child,
    content: dict[str, Any],
    seconds: float,
    sitting: Sitting,
    at: int,
    max_body: int = 0,
) -> Frame:
    """Ask the child to do something with a cell."""
    deadline = child.clock.after(seconds).or_sooner(sitting.end)
    try:
        return child.request(content, deadline=deadline, max_header=MAX_PLAIN_HEADER, max_body=max_body)
    except ProtocolError as error:
        raise failure(error, seconds, "cell", at, child, sitting.end) from None


def _leave_out_demonstrations(notebook: NotebookNode, sitting: Sitting, limits: Limits) -> None:
    if limits.training_seconds > 0:
        return
    for place, cell in enumerate(notebook.cells):
        if is_demonstration(cell):
            sitting.left_out[place] = "This demonstration is not run when grading."
