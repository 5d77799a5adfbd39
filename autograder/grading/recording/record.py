"""A graded submission as one line of JSON: what the journal keeps, the gradebook stores and the results show."""

from collections.abc import Mapping
from typing import Any

from nbformat import NotebookNode

from autograder.grading.intake.submission import Intake
from autograder.grading.judging.outcomes import NEEDS_REVIEW, PASSED, Outcome
from autograder.grading.judging.plan import Paper
from autograder.grading.judging.session import examine
from autograder.grading.recording.executed import unread_notebook
from autograder.grading.running.workers import Worker

Record = dict[str, Any]
SHOWN = ("points", "max_points", "exercises", "notes", "written", "sandbox")
"""What the results say of a student; the rest of a record is the grader's own bookkeeping."""


def grade_intake(worker: Worker, paper: Paper, intake: Intake) -> tuple[Record, NotebookNode]:
    """Grade one submission.

    Args:
        worker: runs it; not used where the submission could not be read.
        paper: of the problem set.
        intake: the submission.
    Returns:
        Its record and the executed notebook.
    """
    if intake.canonical is None:
        return _unread(paper, intake, f"Not graded yet, a person has to look: {intake.unreadable}.")
    result = examine(worker, intake, paper.examinations, paper.points, paper.limits)
    written = {
        name: {"max_points": points, "status": _written_status(name, intake)} for name, points in paper.written.items()
    }
    return _record(paper, intake, result.verdicts, written, result.notes, result.tier), result.executed


def grade_or_explain(worker: Worker, paper: Paper, intake: Intake) -> tuple[Record, NotebookNode]:
    """As `grade_intake`, but whatever a submission provokes is in its record, so that its neighbours are graded.

    Raises:
        WorkerLost: no process to run notebooks can be started, which is no fault of the submission's.
    """
    if intake.canonical is not None:
        worker.start()
    try:
        return grade_intake(worker, paper, intake)
    except Exception as error:
        return failed_to_grade(paper, intake, error)


def failed_to_grade(paper: Paper, intake: Intake, error: BaseException) -> tuple[Record, NotebookNode]:
    """The record of a submission that the grader itself stumbled over: kept apart, never in the others' way."""
    reason = f"Not graded yet, the grader failed with {type(error).__name__}: a person has to look."
    return _unread(paper, intake, reason)


def shown(record: Record) -> dict[str, Any]:
    """The part of a record that the results show."""
    return {key: record[key] for key in SHOWN}


def _unread(paper: Paper, intake: Intake, reason: str) -> tuple[Record, NotebookNode]:
    verdicts = {name: Outcome(name, NEEDS_REVIEW, message=reason) for name in paper.points}
    written = {name: {"max_points": points, "status": "needs_manual_grade"} for name, points in paper.written.items()}
    record = _record(paper, intake, verdicts, written, (*intake.notes, reason), "")
    return record, unread_notebook(paper.skeleton, verdicts, paper.points)


def _record(
    paper: Paper,
    intake: Intake,
    verdicts: Mapping[str, Outcome],
    written: Mapping[str, Any],
    notes: tuple[str, ...],
    tier: str,
) -> Record:
    exercises = {
        name: {
            "points": points if verdicts[name].status == PASSED else 0.0,
            "max_points": points,
            "status": verdicts[name].status,
            "mistake": verdicts[name].mistake,
            "message": verdicts[name].message,
        }
        for name, points in paper.points.items()
    }
    return {
        "sha256": intake.sha256,
        "fingerprint": paper.fingerprint,
        "points": sum(exercise["points"] for exercise in exercises.values()),
        "max_points": sum(paper.points.values()),
        "exercises": exercises,
        "written": dict(written),
        "unchanged": sorted(intake.unchanged),
        "notes": list(notes),
        "sandbox": tier,
    }


def _written_status(name: str, intake: Intake) -> str:
    untouched = name in intake.unchanged or name in intake.missing
    return "not_attempted" if untouched else "needs_manual_grade"
