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
memory, the machine may be to blame: the same is tried once more, while no other submission of the batch runs.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from nbformat import NotebookNode

from autograder.authoring.agreement import check_name
from autograder.authoring.notebook import grade_id, kind
from autograder.grading import sanitise
from autograder.grading.intake.submission import Intake
from autograder.grading.judging.asking import ask, judged, taken
from autograder.grading.judging.faults import Fault, OutOfPatience, OutOfTime, failure, is_doubtful
from autograder.grading.judging.memory import Memory
from autograder.grading.judging.outcomes import Outcome, Status, SubmissionResult
from autograder.grading.running.clock import Clock, Moment
from autograder.grading.running.imports import late_imports
from autograder.grading.running.warm_process import WorkerLost
from autograder.grading.running.workers import Child, Worker
from autograder.worker.limits import Limits
from autograder.worker.protocol import Frame, ProtocolError
from latentkit.check.cases import Examination

DEMONSTRATIONS = frozenset({"training", "explore"})
"""Tags of the skeleton's cells that no exercise needs: they train a model or draw a figure."""

MOST_DOUBTS = 3
"""How often a submission is given the benefit of the doubt, for which all others wait."""

MOST_LOST = 3
"""How often the process that runs notebooks may be lost during one submission."""

DISPLAY_SHARE = 0.5
"""Of a submission's time, what the display may take: the exam has the rest, and what the display left."""

OWN_CELLS_SHARE = 0.5
"""Of the exam's time, what cells of the student's own may take: the rest is for the exercises."""

QUICK = 0.1
"""Seconds: an own cell that took less when it was last run is run again, however many there are."""

MAX_PLAIN_HEADER = 2**12
"""Bytes of an answer that says yes or no, and a number."""

LEFTOVER = 1 / 16
"""A process that holds more than this share before the exam begins is not as good as a fresh one."""


@dataclass
class _Sitting:
    """What is known of a submission so far.

    Attributes:
        clock: of the submission.
        end: when its time is over, on that clock.
        displayed: whether the outputs are sealed: from then on none is taken.
        left_out: place of a cell that is not run (again), to why in plain words.
        culprits: place of a cell that hung or killed its process, or used up its memory, to (status, why).
        doubted: places of cells, and exercises, whose process failed, perhaps through no fault of theirs; "" stands for
            the submission as a whole.
        took: place of a cell to the seconds that it took when it was last run.
        own_left: seconds that such cells may still take in the exam.
        passed_over: places of those that were left out of it.
        shown: place of a cell to its outputs, made safe.
        found: exercise to what its name stood for at its check: "function", "value" or "nothing".
        outcomes: exercise to its outcome.
        shown_bytes, shown_pixels: of the outputs.
        imports: what its processes need beyond what all do.
    """

    clock: Clock
    end: Moment
    displayed: bool = False
    left_out: dict[int, str] = field(default_factory=dict)
    culprits: dict[int, tuple[Status, str]] = field(default_factory=dict)
    doubted: set[int | str] = field(default_factory=set)
    took: dict[int, float] = field(default_factory=dict)
    own_left: float = 0.0
    passed_over: set[int] = field(default_factory=set)
    shown: dict[int, list[NotebookNode]] = field(default_factory=dict)
    found: dict[str, str] = field(default_factory=dict)
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    shown_bytes: int = 0
    shown_pixels: int = 0
    imports: list[str] = field(default_factory=list)


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
    clock = Clock(limits.patience)
    sitting = _Sitting(clock, end=clock.after(limits.total_seconds * DISPLAY_SHARE))
    _leave_out_demonstrations(notebook, sitting, limits)
    run = (cell.source for place, cell in enumerate(notebook.cells) if _runs(cell, place, sitting))
    sitting.imports = late_imports(run)

    def display_and_exam(child: Child) -> bool:
        if not sitting.displayed:
            _display(child, notebook, limits, sitting)
            _begin_exam(limits, sitting)
            if not _renewed(child, limits, sitting):
                return False
        _exam(child, notebook, examinations, limits, sitting)
        return True

    examined = _sit(worker, limits, sitting, display_and_exam)
    shown_whole = sitting.displayed
    if not examined:  # the exam has fresh starts of its own
        _begin_exam(limits, sitting)
        examined = _sit(worker, limits, sitting, display_and_exam)
    if not examined:
        _run_out(examinations, sitting)
    outcomes = {name: _outcome(name, notebook, intake, sitting) for name in examinations}
    notes = (*intake.notes, *_notes(notebook, sitting), *(() if shown_whole else (_UNSHOWN,)))
    return SubmissionResult(outcomes, sitting.shown, sitting.left_out, notes, worker.tier)


_UNSHOWN = "the outputs of the last cells are not shown: the submission ran out of time, or of fresh starts"


def _begin_exam(limits: Limits, sitting: _Sitting) -> None:
    """Seal the outputs; what the display left of the submission's time is the exam's."""
    left = limits.total_seconds - sitting.clock.now().own
    sitting.displayed, sitting.end = True, sitting.clock.after(left)
    sitting.own_left = left * OWN_CELLS_SHARE


def _sit(worker: Worker, limits: Limits, sitting: _Sitting, part: Callable[[Child], bool]) -> bool:
    """Let one child after the other do its part until one has done all; False where time or fresh starts end first."""
    lost = failed = 0
    alone = False
    while failed <= limits.restarts and sitting.clock.now().is_before(sitting.end):
        child = None
        try:
            with worker.child(limits, sitting.clock, alone, sitting.imports) as child:
                alone = False  # the next one
                if part(child):
                    return True
        except Fault as fault:
            alone = is_doubtful(fault, child, limits) and _doubt(fault.at, sitting)
            if not alone:
                failed += 1
                _condemn(fault, sitting)
        except OutOfPatience:
            alone = _doubt("", sitting)
            if not alone:
                break
            sitting.end = sitting.clock.after(sitting.end.own - sitting.clock.now().own)
        except OutOfTime:
            break
        except WorkerLost:
            lost += 1
            if lost > MOST_LOST:
                raise
    return False


def _doubt(at: int | str, sitting: _Sitting) -> bool:
    """Whether a cell, an exercise or ("") all of the submission is given the benefit of the doubt, which it is once."""
    if at in sitting.doubted or len(sitting.doubted) >= MOST_DOUBTS:
        return False
    sitting.doubted.add(at)
    return True


def _renewed(child: Child, limits: Limits, sitting: _Sitting) -> bool:
    """Whether the child has forgotten the notebook, so that its cells can be run in it as if for the first time."""
    try:
        deadline = child.clock.after(limits.cell_seconds).or_sooner(sitting.end)
        answer = child.request({"renew": True}, deadline=deadline, max_header=MAX_PLAIN_HEADER)
    except ProtocolError:
        return False
    return answer.content.get("renewed") is True and taken(answer.content) < LEFTOVER * limits.memory_bytes


def _condemn(fault: Fault, sitting: _Sitting) -> None:
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
    memory = Memory(limits.memory_bytes)
    for place, cell in enumerate(notebook.cells):
        name = _exercise_of_check(cell)
        if name is not None and name in examinations and name not in sitting.outcomes:
            kept = _request(child, {"keep": name}, limits.cell_seconds, sitting, place)
            sitting.found[name] = _found(kept.content.get("found"))
            if sitting.found[name] == "function":
                _ask(child, examinations[name], limits, sitting, memory)
        elif _runs(cell, place, sitting) and not _is_passed_over(cell, place, sitting):
            before = sitting.clock.now().own
            try:
                memory.note_run(place, _run(child, cell, place, 0, limits, sitting))
            finally:
                sitting.own_left -= sitting.clock.now().own - before if _is_own(cell) else 0.0


def _is_passed_over(cell: NotebookNode, place: int, sitting: _Sitting) -> bool:
    """Whether a cell of the student's own is left out of the exam, in which such cells have taken too long already."""
    took = sitting.took.get(place)
    if not _is_own(cell) or (took is not None and took < QUICK):
        return False
    over = sitting.own_left <= (took or 0.0)
    if over:
        sitting.passed_over.add(place)
    return over


def _ask(child: Child, examination: Examination, limits: Limits, sitting: _Sitting, memory: Memory) -> None:
    name = examination.exercise
    try:
        answers = ask(child, examination, limits, sitting.end)
    except ProtocolError as error:
        raise failure(error, limits.ask_seconds, "function", name, child.clock.now(), sitting.end) from None
    if any(response.error == "MemoryError" for response in answers.responses):
        memory.blame()  # a cell above may have left it none
    sitting.outcomes[name] = judged(examination, answers.responses)
    memory.note(name, answers.memory)
    if memory.hoards(name):
        raise Fault(name, Status.DIED, "")  # it has its outcome: the others are judged in fresh memory


def _display(child: Child, notebook: NotebookNode, limits: Limits, sitting: _Sitting) -> None:
    """Run the cells for their outputs."""
    memory = Memory(limits.memory_bytes)
    for place, cell in enumerate(notebook.cells):
        if _runs(cell, place, sitting):
            budget = min(limits.output_bytes, limits.shown_bytes - sitting.shown_bytes)
            answer = _run(child, cell, place, budget, limits, sitting)
            memory.note_run(place, answer)
            if place not in sitting.shown:
                _show(answer.content.get("outputs"), place, limits, sitting)


def _run(child: Child, cell: NotebookNode, place: int, budget: int, limits: Limits, sitting: _Sitting) -> Frame:
    """Run a cell, whose outputs may have so many bytes."""
    before = sitting.clock.now().own
    answer = _request(child, {"run": cell.source, "budget": budget}, _seconds(cell, limits), sitting, place)
    sitting.took[place] = sitting.clock.now().own - before
    return answer


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
    try:
        return child.request(content, deadline=child.clock.after(seconds).or_sooner(sitting.end))
    except ProtocolError as error:
        raise failure(error, seconds, "cell", place, child.clock.now(), sitting.end) from None


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
    """A word on each cell that failed the whole process and is no exercise's, and on those that took too long."""
    exercises = {_exercise_of_check(cell) for cell in notebook.cells} - {None}
    passed_over = sorted(sitting.passed_over - sitting.culprits.keys())
    slow = [_passed_over_note(passed_over)] if passed_over else []
    return slow + [
        f"cell {place + 1} was left out. {reason}"
        for place, (_, reason) in sorted(sitting.culprits.items())
        if grade_id(notebook.cells[place]) not in exercises
    ]


def _passed_over_note(places: list[int]) -> str:
    first, last = places[0] + 1, places[-1] + 1
    cells = (
        f"cell {first}" if first == last else f"{len(places)} cells of the student's own, from cell {first} to {last},"
    )
    return (
        f"{cells} did not run again when the exercises were judged, and what they define was missing there: "
        "the student's own cells together take too long"
    )


def _is_own(cell: NotebookNode) -> bool:
    """Whether a cell is the student's own: it stands in no place of the skeleton's."""
    return bool(cell.id.startswith("student-"))


def _exercise_of_check(cell: NotebookNode) -> str | None:
    return (grade_id(cell) or "").removeprefix(check_name("")) if kind(cell) == "check" else None


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
