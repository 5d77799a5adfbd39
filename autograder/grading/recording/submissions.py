"""Grade one submission: from what was taken in to its record and its executed notebook."""

from dataclasses import replace

from nbformat import NotebookNode

from autograder.grading.intake.submission import Intake
from autograder.grading.judging.explaining import explained
from autograder.grading.judging.outcomes import Outcome, Status
from autograder.grading.judging.plan import GradingPlan
from autograder.grading.judging.session import examine_submission
from autograder.grading.recording.executed import executed_notebook, unread_notebook
from autograder.grading.recording.record import ExerciseGrade, Record, WrittenGrade, WrittenStatus
from autograder.grading.running.workers import Worker


def grade_intake(worker: Worker, plan: GradingPlan, intake: Intake) -> tuple[Record, NotebookNode]:
    """Grade one submission.

    Args:
        worker: runs it; not used where the submission could not be read.
        plan: of the problem set.
        intake: the submission.
    Returns:
        Its record, of no student yet, and the executed notebook.
    """
    if intake.canonical is None:
        return _unread(plan, intake, f"Not graded yet, a person has to look: {intake.unreadable}.")
    hidden = plan.variants.met_by(intake.student, intake.sha256)
    result = examine_submission(worker, intake, hidden.examinations, plan.limits)
    outcomes = explained(worker, intake.canonical, result.outcomes, result.left_out, plan.released_cases, plan.limits)
    executed = executed_notebook(intake.canonical, result.outputs, result.left_out, outcomes, plan.points)
    written = {name: WrittenGrade(points, _written_status(name, intake)) for name, points in plan.written.items()}
    record = _record(plan, intake, outcomes, written, result.notes, result.sandbox)
    return replace(record, variant=hidden.name), executed


def grade_or_explain(worker: Worker, plan: GradingPlan, intake: Intake) -> tuple[Record, NotebookNode]:
    """As `grade_intake`, but whatever a submission provokes is in its record, so that its neighbours are graded.

    Raises:
        WorkerLost: no process to run notebooks can be started, which is no fault of the submission's.
        RuntimeError: the reference fails on a hidden case, which is the rubric's fault.
    """
    if intake.canonical is not None:
        worker.start()
        plan.variants.met_by(intake.student, intake.sha256)  # solved before the submission's time begins
    try:
        return grade_intake(worker, plan, intake)
    except Exception as error:
        return failed_to_grade(plan, intake, error)


def failed_to_grade(plan: GradingPlan, intake: Intake, error: BaseException) -> tuple[Record, NotebookNode]:
    """The record of a submission that the grader itself stumbled over: kept apart, never in the others' way."""
    reason = f"Not graded yet, the grader failed with {type(error).__name__}: a person has to look."
    return _unread(plan, intake, reason)


def _unread(plan: GradingPlan, intake: Intake, reason: str) -> tuple[Record, NotebookNode]:
    outcomes = {name: Outcome(name, Status.NEEDS_REVIEW, message=reason) for name in plan.points}
    written = {name: WrittenGrade(points, WrittenStatus.NEEDS_MANUAL_GRADE) for name, points in plan.written.items()}
    record = _record(plan, intake, outcomes, written, (*intake.notes, reason), "")
    return record, unread_notebook(plan.skeleton, outcomes, plan.points)


def _record(
    plan: GradingPlan,
    intake: Intake,
    outcomes: dict[str, Outcome],
    written: dict[str, WrittenGrade],
    notes: tuple[str, ...],
    sandbox: str,
) -> Record:
    return Record(
        exercises={name: _exercise(outcomes[name], points) for name, points in plan.points.items()},
        written=written,
        notes=notes,
        sandbox=sandbox,
        sha256=intake.sha256,
        fingerprint=plan.fingerprint,
        unchanged=tuple(sorted(intake.unchanged)),
    )


def _exercise(outcome: Outcome, points: float) -> ExerciseGrade:
    earned = points if outcome.status.earns_points else 0.0
    return ExerciseGrade(earned, points, outcome.status, outcome.mistake, outcome.message)


def _written_status(name: str, intake: Intake) -> WrittenStatus:
    untouched = name in intake.unchanged or name in intake.missing
    return WrittenStatus.NOT_ATTEMPTED if untouched else WrittenStatus.NEEDS_MANUAL_GRADE
