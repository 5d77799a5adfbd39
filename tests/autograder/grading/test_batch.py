"""A class: nothing is lost, nothing is counted twice, and nbgrader's gradebook holds what the results say."""

import dataclasses
import json
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.utils import determine_grade

from autograder import rubrics
from autograder.authoring.notebook import grade_id
from autograder.authoring.release import release
from autograder.grading import batch
from autograder.grading.recording import submissions
from autograder.grading.recording.errors import GradebookError
from autograder.grading.recording.gradebook import GradebookWriter, create
from autograder.grading.recording.journal import Journal
from autograder.grading.recording.record import Record, Results, WrittenGrade, WrittenStatus
from autograder.grading.request import GradingRequest
from autograder.grading.running import sandboxes, warm_process
from autograder.worker.limits import Limits
from tests.autograder.common import answered, gradebook_rows, hand_in


@pytest.fixture(autouse=True)
def _warm_and_without_sandbox(monkeypatch, warm):
    """The sandbox is tested elsewhere; here it would only take time."""
    monkeypatch.setattr(sandboxes, "choose", lambda wanted: "none")
    monkeypatch.setattr(warm_process, "WarmProcess", lambda *_: warm)


@pytest.fixture
def course(class_of_five):
    return class_of_five


def graded(course, **options):
    return batch.grade(GradingRequest(course, "toy", progress=False, **options)).results


def test_workers_wait_for_what_they_have_graded_to_be_written(course, monkeypatch):
    started, lead = [], []
    grade_one, enter = batch._Jobs._one, batch.Ledger.enter

    def counted(*arguments):
        started.append(1)
        return grade_one(*arguments)

    def slow(*arguments):
        time.sleep(0.3)
        lead.append(len(started) - len(lead))
        return enter(*arguments)

    monkeypatch.setattr(batch, "AHEAD", 1)
    monkeypatch.setattr(batch._Jobs, "_one", counted)
    monkeypatch.setattr(batch.Ledger, "enter", slow)
    assert len(graded(course, workers=1).students) == 5
    assert max(lead) == 1, "with room for one, none is begun before the last one is written"


def test_workers_do_not_wait_until_the_gradebook_is_open(course, monkeypatch):
    done, grade_one, open_gradebook = threading.Event(), batch._Jobs._one, batch.Ledger.open_gradebook

    def one(*arguments):
        graded_one = grade_one(*arguments)
        done.set()
        return graded_one

    def late(*arguments):
        assert done.wait(60), "no submission was graded before"
        return open_gradebook(*arguments)

    monkeypatch.setattr(batch._Jobs, "_one", one)
    monkeypatch.setattr(batch.Ledger, "open_gradebook", late)
    assert len(graded(course).students) == 5


def gradebook(course):
    """Everything in the gradebook that grading decides."""
    return gradebook_rows(course, "grade", "auto_score", "manual_score", "needs_manual_grade")


@pytest.fixture
def counted(monkeypatch):
    """Counts the submissions that are really graded."""
    calls, real = [], submissions.grade_intake

    def grade_intake(worker, plan, intake):
        calls.append(intake.sha256)
        return real(worker, plan, intake)

    monkeypatch.setattr(submissions, "grade_intake", grade_intake)
    return calls


def test_a_class_is_graded(course):
    results = graded(course, workers=2)
    students = results.students
    assert list(students) == ["ana", "bo ü", "cy", "dee", "eve"]
    assert {name: entry.points for name, entry in students.items()} == {
        "ana": 5.0, "bo ü": 2.0, "cy": 0.0, "dee": 0.0, "eve": 0.0
    }  # fmt: skip
    assert students["bo ü"].exercises["scale"].mistake == "adds"
    assert students["cy"].exercises["scale"].status == "not_attempted"
    for name in ("dee", "eve"):
        assert {exercise.status for exercise in students[name].exercises.values()} == {"needs_review"}
        assert students[name].notes
    assert students["ana"].written == {"why": WrittenGrade(4.0, WrittenStatus.NEEDS_MANUAL_GRADE)}
    assert students["cy"].written["why"].status is WrittenStatus.NOT_ATTEMPTED
    assert Results.from_json(json.loads(json.dumps(results.to_json()))) == results


def test_the_gradebook_and_the_notebooks_agree_with_the_results(course):
    students = graded(course).students
    with Gradebook(course.gradebook_url) as book:
        for student, entry in students.items():
            assert book.find_submission("toy", student).score == entry.points
            assert book.find_submission("toy", student).max_score == 9
            executed = nbformat.read(course.autograded / student / "toy" / "toy.ipynb", 4)
            nbformat.validate(executed)
            for cell in executed.cells:
                name = (grade_id(cell) or "").removeprefix("check_")
                if name in entry.exercises and grade_id(cell) != name:
                    exercise = entry.exercises[name]
                    assert determine_grade(cell) == (exercise.points, exercise.max_points)
        why = {student: book.find_grade("why", "toy", "toy", student) for student in students}
        assert (why["ana"].auto_score, why["ana"].needs_manual_grade) == (None, True)
        assert (why["cy"].auto_score, why["cy"].needs_manual_grade) == (0, False)
        assert book.find_grade("check_scale", "toy", "toy", "dee").needs_manual_grade
        assert book.find_comment("scale", "toy", "toy", "cy").auto_comment == "No response."


def test_grading_twice_runs_nothing_twice_and_changes_nothing(course, counted):
    first = graded(course)
    before, times = gradebook(course), len(counted)
    assert graded(course, workers=1) == first
    assert gradebook(course) == before
    assert len(counted) - times == 2  # the two that could not be read: they may have been mended outside


def test_results_do_not_depend_on_the_number_of_workers(course):
    assert graded(course, workers=1, regrade=True) == graded(course, workers=3, regrade=True)


def test_only_what_changed_is_graded_again(course, counted):
    graded(course)
    counted.clear()
    hand_in(course, "cy", release(course, "toy").solved)
    assert graded(course, only=["ana", "cy"]).students["cy"].points == 5
    assert len(counted) == 1
    with Gradebook(course.gradebook_url) as book:
        assert book.find_submission("toy", "cy").score == 5
        assert book.find_grade("why", "toy", "toy", "cy").needs_manual_grade


def test_a_changed_rubric_grades_all_again(course, rubric, counted):
    graded(course)
    counted.clear()
    rubric.exercises[0].points = 7
    release(course, "toy")
    assert graded(course).students["ana"].points == 9
    assert len(counted) == 5


def test_what_a_person_graded_stays(course):
    graded(course)
    with Gradebook(course.gradebook_url) as book:
        grade = book.find_grade("why", "toy", "toy", "ana")
        grade.manual_score, grade.needs_manual_grade = 3, False
        override = book.find_grade("check_scale", "toy", "toy", "bo ü")
        override.manual_score, override.extra_credit = 1, 0.5
        book.find_comment("why", "toy", "toy", "ana").manual_comment = "Well said."
        book.db.commit()
    before = gradebook(course)
    graded(course, regrade=True)
    after = gradebook(course)
    assert [row[:4] for row in after] == [row[:4] for row in before]
    with Gradebook(course.gradebook_url) as book:
        assert book.find_submission("toy", "ana").score == 8
        assert book.find_submission("toy", "bo ü").score == 3.5
        assert not book.find_grade("why", "toy", "toy", "ana").needs_manual_grade
        assert book.find_comment("why", "toy", "toy", "ana").comment == "Well said."


def test_a_batch_that_is_stopped_anywhere_goes_on(course, monkeypatch, counted):
    expected = graded(course)
    book = gradebook(course)
    for stop_at in range(1, 5):
        course.gradebook.unlink()
        (course.state_dir("toy") / "journal.jsonl").unlink()
        appended = []

        def append(self, entry, appended=appended, stop_at=stop_at, append=Journal.append):
            if len(appended) == stop_at:
                raise KeyboardInterrupt
            append(self, entry)
            appended.append(entry)

        with monkeypatch.context() as patch:
            patch.setattr(Journal, "append", append)
            with pytest.raises(KeyboardInterrupt):
                graded(course, workers=1)
        counted.clear()
        assert graded(course, workers=1) == expected
        assert gradebook(course) == book
        assert len(counted) <= 5 - min(stop_at, 3) + 2


def test_a_locked_gradebook_loses_nothing(course, monkeypatch):
    expected = graded(course)
    book = gradebook(course)
    monkeypatch.setattr("autograder.grading.recording.gradebook.LOCK_SECONDS", 0.1)
    hand_in(course, "fay", release(course, "toy").solved)
    holder = sqlite3.connect(course.gradebook)
    writer = GradebookWriter.register
    monkeypatch.setattr(GradebookWriter, "register", lambda self, skeleton: holder.execute("begin exclusive"))
    with pytest.raises(GradebookError, match="run again"):
        graded(course)
    holder.rollback()
    holder.close()
    monkeypatch.setattr(GradebookWriter, "register", writer)
    assert "fay" in Journal(course.state_dir("toy") / "journal.jsonl").read()
    results = graded(course)
    assert results.students.pop("fay").points == 5 and results == expected
    assert [row for row in gradebook(course) if row[0] != "fay"] == book


def test_the_graders_own_failure_stops_nobody_else(course, monkeypatch):
    def stumble(worker, plan, intake, grade_intake=submissions.grade_intake):
        if "scale" not in intake.unchanged and not intake.unreadable and "why" in intake.unchanged:
            raise RecursionError
        return grade_intake(worker, plan, intake)

    built = release(course, "toy")
    hand_in(course, "zoe", answered(built.solved, why=built.notebook.cells[-1].source))
    monkeypatch.setattr(submissions, "grade_intake", stumble)
    students = graded(course).students
    assert students["zoe"].exercises["total"].status == "needs_review"
    assert students["ana"].points == 5


def test_a_second_batch_waits_for_the_first(course):
    with batch._only_batch(course.state_dir("toy")), pytest.raises(ValueError, match="another batch"):
        graded(course)


def test_an_unknown_student_is_named(course):
    with pytest.raises(ValueError, match="nobody"):
        graded(course, only=["nobody"])


def test_a_journal_survives_a_torn_line(tmp_path):
    journal = Journal(tmp_path / "state" / "journal.jsonl")
    assert journal.read() == {}
    first, second, other = (Record({}, {}, student=name, sha256=sha) for name, sha in
                            (("ana", "1"), ("ana", "3"), ("cy \udcff", "2")))  # fmt: skip
    journal.append(first)
    with open(tmp_path / "state" / "journal.jsonl", "a") as file:
        file.write('{"student": "bo", "poi')
    journal.append(other)
    journal.append(second)
    assert journal.read() == {"ana": second, "cy \udcff": other}


def test_a_new_gradebook_is_whole_without_alembic_on_the_path(tmp_path):
    create(tmp_path / "gradebook.db")
    assert [path.name for path in tmp_path.iterdir()] == ["gradebook.db"]
    with Gradebook(f"sqlite:///{tmp_path / 'gradebook.db'}") as book:
        assert book.assignments == []
    upgrade = subprocess.run(
        [sys.executable, "-m", "nbgrader", "db", "upgrade"],
        cwd=tmp_path,
        env={"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert upgrade.returncode == 0, upgrade.stderr


def test_limits_are_checked():
    assert Limits.from_dict({"cell_seconds": 5}).cell_seconds == 5
    assert Limits.from_dict(Limits().to_dict()) == Limits()
    for wrong in (
        {"cell_second": 5},
        {"cell_seconds": -1},
        {"restarts": 1.5},
        {"restarts": True},
        {"cpu_seconds": "9"},
    ):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            Limits.from_dict(wrong)


def test_who_calls_the_answer_keeps_the_points_and_the_instructor_reads_of_it(course, rubric, monkeypatch):
    listed = [dataclasses.replace(exercise, answered_by=("torch.mul",)) for exercise in rubric.exercises]
    answering = dataclasses.replace(rubric, exercises=tuple(listed))
    monkeypatch.setattr(rubrics, "load", lambda name: answering)
    source = "import torch\ndef scale(x, factor=2.0):\n    return torch.mul(x, factor)"
    hand_in(course, "fay", answered(release(course, "toy").solved, scale=source))
    students = graded(course).students
    [note] = students["fay"].notes
    assert "'scale' calls what computes it (torch.mul)" in note
    assert students["fay"].exercises == students["ana"].exercises
    assert students["ana"].notes == ()
