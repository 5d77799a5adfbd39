"""A regrade says what it would change before it changes anything, and --changed spares whom nothing concerns."""

import pytest

from autograder.authoring.release import release
from autograder.grading import batch
from autograder.grading.judging.outcomes import Status
from autograder.grading.recording.changes import compare
from autograder.grading.recording.record import ExerciseGrade, Record
from autograder.grading.request import GradingRequest
from autograder.grading.running import sandboxes
from tests.autograder.common import hand_in


def record(student, **points):
    return Record(
        {
            name: ExerciseGrade(earned, 3.0, Status.PASSED if earned else Status.FAILED, None, "")
            for name, earned in points.items()
        },
        {},
        student=student,
    )


def test_each_exercise_that_moves_is_told():
    before = {"ana": record("ana", scale=3.0, total=0.0), "bo": record("bo", scale=3.0, total=2.0)}
    after = [
        record("bo", scale=3.0, total=2.0),
        record("ana", scale=0.0, total=2.0),
        record("cy", scale=3.0, total=0.0),
    ]
    changes = compare(before, after)
    assert changes.to_text().splitlines() == [
        "ana: 3 → 2 points (-1)",
        "  scale: 3 passed → 0 failed",
        "  total: 0 failed → 2 passed",
        "cy: not graded before → 3 points",
    ]


def test_where_nothing_moves_it_says_so():
    changes = compare({"ana": record("ana", scale=3.0)}, [record("ana", scale=3.0)])
    assert changes.nothing
    assert changes.to_text() == "no score changes"


@pytest.fixture
def course(toy_course, monkeypatch):
    monkeypatch.setattr(sandboxes, "choose", lambda wanted: "none")  # the sandbox is tested elsewhere
    built = release(toy_course, "toy")
    for student in ("ana", "bo"):
        hand_in(toy_course, student, built.solved)
    batch.grade(GradingRequest(toy_course, "toy", progress=False))
    return toy_course


def state(course):
    """Every file that a grade is written to."""
    files = [course.gradebook, course.state_dir("toy") / "journal.jsonl", *course.autograded.rglob("*.ipynb")]
    return {path: path.read_bytes() for path in files}


def test_what_is_not_approved_is_not_written(course):
    hand_in(course, "bo", release(course, "toy").notebook)
    before, asked = state(course), []

    def refuse(changes):
        asked.append(changes)
        return False

    results = batch.grade(GradingRequest(course, "toy", regrade=True, approve=refuse, progress=False)).results
    assert [(change.student, change.new_status) for change in asked[0].exercises] == [
        ("bo", "not_attempted"),
        ("bo", "not_attempted"),
    ]
    assert results.students["bo"].points == 5
    assert state(course) == before


def test_what_is_approved_is_written(course):
    hand_in(course, "bo", release(course, "toy").notebook)
    results = batch.grade(
        GradingRequest(course, "toy", regrade=True, approve=lambda changes: True, progress=False)
    ).results
    assert results.students["bo"].points == 0
    assert batch.grade(GradingRequest(course, "toy", progress=False)).results == results


def test_changed_leaves_alone_whom_only_the_rubric_concerns(course, rubric, monkeypatch):
    hand_in(course, "bo", release(course, "toy").notebook)
    rubric.exercises[0].points = 7
    release(course, "toy")
    results = batch.grade(GradingRequest(course, "toy", changed=True, progress=False)).results
    assert results.students["ana"].max_points == 5
    assert results.students["bo"].max_points == 9
