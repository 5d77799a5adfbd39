"""Not handed in is a status of its own, told from a roster or from folders: nobody reviews it, no mean counts it."""

import os

import pytest
from nbgrader.api import Gradebook, MissingEntry

from autograder.grading import batch
from autograder.grading.judging.outcomes import Status
from autograder.grading.recording.record import Grade
from autograder.grading.request import GradingRequest
from autograder.grading.running import sandboxes, warm_process
from autograder.handins import HandIn, read_handins, write_handins
from tests.autograder.common import gradebook_rows, hand_in


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


def absent(results):
    return [student for student, grade in results.students.items() if not grade.handed_in]


def test_a_student_of_another_set_has_not_handed_in_this_one(course):
    (course.submitted / "fay" / "other").mkdir(parents=True)
    results = graded(course)
    assert absent(results) == ["fay"]
    fay = results.students["fay"]
    assert {exercise.status for exercise in fay.exercises.values()} == {Status.NOT_HANDED_IN}
    assert (fay.points, fay.max_points) == (0, 5)
    assert results.students["eve"].exercises["scale"].status is Status.NEEDS_REVIEW, (
        "a folder without a notebook is not"
    )


def test_a_roster_says_who_is_missing_and_what_people_are_called(course):
    (course.submitted / "left the course" / "other").mkdir(parents=True)
    (course.root / "roster.csv").write_text("student,name,email\nana,Ana Lee,a@x.org\ngus,Gus Ek,\nbo ü,,\n")
    results = graded(course)
    assert absent(results) == ["gus"]
    assert results.names == {"ana": "Ana Lee", "gus": "Gus Ek"}
    assert results.students["dee"].handed_in, "who is not on the roster is graded all the same"
    with Gradebook(course.gradebook_url) as book:
        ana, gus, cy = (book.find_student(student) for student in ("ana", "gus", "cy"))
        assert (ana.first_name, ana.last_name, ana.email) == ("Ana", "Lee", "a@x.org")
        assert (gus.last_name, cy.last_name) == ("Ek", None)
        with pytest.raises(MissingEntry):
            book.find_submission("toy", "gus")


def test_what_the_platform_calls_people_is_shown_unless_the_roster_knows_better(course):
    handins = [HandIn("ana", "canvas", "ana", "leeana"), HandIn("dee", "moodle", "3", "dee")]
    write_handins(course, "toy", [*handins, HandIn("bo ü", "gradescope", "bo ü", "Bo U", "b@x.org")])
    (course.root / "roster.csv").write_text("student,name\nana,Ana Lee\nbo ü,\n")
    assert graded(course).names == {"ana": "Ana Lee", "bo ü": "Bo U"}
    with Gradebook(course.gradebook_url) as book:
        bo = book.find_student("bo ü")
        assert (bo.first_name, bo.last_name, bo.email) == ("Bo", "U", "b@x.org")


def test_hand_ins_are_remembered_until_the_student_hands_in_again(course):
    first, again = HandIn("ana", "canvas", "1", "a", late=True), HandIn("ana", "moodle", "2", "b", "e", "p", "f", "w")
    bo = HandIn("bo", "canvas", "3", "bo")
    write_handins(course, "toy", [first, bo])
    write_handins(course, "toy", [again])
    assert read_handins(course, "toy") == {"ana": again, "bo": bo}
    assert read_handins(course, "other") == {}


def test_a_roster_says_nothing_of_another_class(course, tmp_path):
    (course.root / "roster.csv").write_text("student\ngus\n")
    elsewhere = course.submitted.rename(tmp_path / "rehearsal")
    assert absent(graded(course, submitted=elsewhere)) == []


def test_who_hands_in_late_is_graded_then(course):
    (course.submitted / "fay").mkdir()
    first = graded(course)
    hand_in(course, "fay", (course.submitted / "ana" / "toy" / "toy.ipynb").read_text())
    second = graded(course)
    assert (first.students["fay"].handed_in, second.students["fay"].points) == (False, 5)


def test_a_folder_that_cannot_be_looked_into_is_nobodys_absence(course, monkeypatch):
    def forbidden(path, lstat=os.lstat):
        if str(path).endswith("ana/toy"):
            raise PermissionError(13, "Permission denied")
        return lstat(path)

    monkeypatch.setattr(os, "lstat", forbidden)
    assert absent(graded(course)) == []


def test_a_submission_that_there_never_was_leaves_the_gradebook_unless_a_person_graded_it(course):
    for student in ("fay", "gus"):
        (course.submitted / student / "toy").mkdir(parents=True)
    graded(course)
    with Gradebook(course.gradebook_url) as book:
        book.find_grade("why", "toy", "toy", "gus").manual_score = 3
        book.db.commit()
    for student in ("fay", "gus"):
        (course.submitted / student / "toy").rmdir()
    assert absent(graded(course)) == ["fay", "gus"]
    students = {row[0] for row in gradebook_rows(course, "grade", "manual_score")}
    assert "fay" not in students and "gus" in students


def test_the_grade_of_nothing_can_be_written_and_read():
    grade = Grade.of_nothing({"scale": 3.0}, {"why": 4.0})
    assert Grade.from_json(grade.to_json()) == grade
    assert not grade.handed_in and Grade({}, {}).handed_in
