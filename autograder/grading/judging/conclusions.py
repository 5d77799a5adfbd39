"""What is to be said of a submission after all is run: of each exercise, and of the cells that failed.

Once an exercise was asked, code may fail at a place that it chose by the hidden inputs. So what failed from then on is
said of no cell; an exercise's own outcome says no more than each of them may.
"""

from nbformat import NotebookNode

from autograder.authoring.notebook import grade_id
from autograder.grading import sanitise
from autograder.grading.intake.submission import Intake
from autograder.grading.judging.cells import exercise_of_check
from autograder.grading.judging.outcomes import Outcome, Status
from autograder.grading.judging.sitting import Sitting

UNSHOWN = "the outputs of the last cells are not shown: the submission ran out of time, or of fresh starts"

UNNAMED = (
    "something was left out when the exercises were judged: a cell failed there after the first question was asked. "
    "Which one is not told, since it could stand for a hidden number"
)


def conclude(name: str, notebook: NotebookNode, intake: Intake, sitting: Sitting) -> Outcome:
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


def left_out(sitting: Sitting) -> dict[int, str]:
    """Place of a cell that was left out, as may be told, to the reason."""
    return {place: reason for place, reason in sitting.left_out.items() if place not in sitting.unnamed}


def notes(notebook: NotebookNode, sitting: Sitting) -> list[str]:
    """A word on each cell that failed the whole process and is no exercise's, and on those that took too long."""
    exercises = {exercise_of_check(cell) for cell in notebook.cells} - {None}
    failed = [place for place in sorted(sitting.culprits) if grade_id(notebook.cells[place]) not in exercises]
    named = [place for place in failed if place not in sitting.unnamed]
    passed_over = sorted(sitting.passed_over - sitting.culprits.keys())
    return [
        *([_passed_over_note(passed_over)] if passed_over or sitting.passed_over_unnamed else []),
        *(f"cell {place + 1} was left out. {sitting.culprits[place][1]}" for place in named),
        *([UNNAMED] if len(named) < len(failed) else []),
        *([] if sitting.whole else [UNSHOWN]),
    ]


def _passed_over_note(places: list[int]) -> str:
    """Of the cells at these places, which are named, and of any others."""
    if not places:
        cells = "cells of the student's own"
    elif len(places) == 1:
        cells = f"cell {places[0] + 1}"
    else:
        cells = f"{len(places)} cells of the student's own, from cell {places[0] + 1} to {places[-1] + 1},"
    return (
        f"{cells} did not run again when the exercises were judged, and what they define was missing there: "
        "the student's own cells together take too long"
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
