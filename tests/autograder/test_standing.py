"""What a person entered in the gradebook stands in report, feedback and export alike, and so does a late penalty."""

import re

import pytest
from nbgrader.api import Gradebook

from autograder.classroom.export import export_rows
from autograder.classroom.feedback import feedback_page, write_feedback
from autograder.classroom.marks import read_marks
from autograder.classroom.overview import overview
from autograder.classroom.report import html_page, text_table
from autograder.grading import batch
from autograder.grading.request import GradingRequest
from autograder.grading.running import sandboxes, warm_process


@pytest.fixture
def graded(class_of_five, monkeypatch, warm):
    """The class, graded, and then: Ana's answer got 3 of 4, Bo's scale 1.5 of 3, Dee's empty file was looked at, and
    Cy is late."""
    monkeypatch.setattr(sandboxes, "choose", lambda wanted: "none")
    monkeypatch.setattr(warm_process, "WarmProcess", lambda *_: warm)
    results = batch.grade(GradingRequest(class_of_five, "toy", progress=False)).results
    with Gradebook(class_of_five.gradebook_url) as book:

        def enter(student, cell, points, extra=None):
            grade = book.find_grade(cell, "toy", "toy", student)
            grade.manual_score, grade.extra_credit, grade.needs_manual_grade = points, extra, False

        enter("ana", "why", 3)
        enter("bo ü", "why", 0)
        enter("bo ü", "check_scale", 1, 0.5)
        for cell in ("check_scale", "check_total", "why"):
            enter("dee", cell, 0)
        book.find_submission_notebook("toy", "toy", "ana").late_submission_penalty = 1
        book.find_submission_notebook("toy", "toy", "cy").late_submission_penalty = 2
        book.db.commit()
    return class_of_five, results


def test_all_three_name_the_same_points(graded, rubric):
    course, results = graded
    marks = read_marks(course, "toy")
    rows = {row["student"]: row["points"] for row in export_rows(results, rubric, marks)}
    assert rows == {"ana": 3 + 2 + 3 - 1, "bo ü": 1.5 + 2, "cy": 0, "dee": 0, "eve": 0}
    assert {student.student: student.total for student in overview(results, rubric, marks).students} == rows
    write_feedback(course, results)
    for student, points in rows.items():
        assert f"{points:g} of 9 points" in feedback_page(course, "toy", student).read_text()


def test_the_report_waits_for_nobody_who_is_graded(graded, rubric):
    course, results = graded
    before, after = overview(results, rubric, {}), overview(results, rubric, read_marks(course, "toy"))
    waiting = {student.student for student in before.students if student.to_grade}
    assert waiting == {"ana", "bo ü", "dee", "eve"}
    assert {student.student for student in after.students if student.to_grade} == {"eve"}
    assert [student.student for student in before.unread] == ["dee", "eve"]
    assert [student.student for student in after.unread] == ["eve"]
    assert "written answers wait for a grade: 1 student" in text_table(after)


def test_points_that_a_person_changed_are_marked(graded, rubric):
    course, results = graded
    found = overview(results, rubric, read_marks(course, "toy"))
    assert {student.student: dict(student.by_hand) for student in found.by_hand} == {"bo ü": {"scale": 1.5}}
    assert "points changed by a person: 1 student" in text_table(found)
    assert re.findall("changed by a person to ([0-9.]+) points", html_page(found)) == ["1.5", "1.5"]
    write_feedback(course, results)
    assert "A person changed the points" in feedback_page(course, "toy", "bo ü").read_text()
    assert "A person changed the points" not in feedback_page(course, "toy", "ana").read_text()


def test_what_is_taken_off_is_told(graded, rubric):
    course, results = graded
    rows = {row["student"]: row for row in export_rows(results, rubric, read_marks(course, "toy"))}
    assert (rows["ana"]["late_penalty"], rows["bo ü"]["late_penalty"]) == (1, 0)
    assert rows["cy"]["points"] == 0, "never less than nothing"
    write_feedback(course, results)
    assert "1 taken off: late" in html_page(overview(results, rubric, read_marks(course, "toy")))
    assert "1 points are taken off" not in feedback_page(course, "toy", "ana").read_text()
    assert "1 point is taken off because you handed in late" in feedback_page(course, "toy", "ana").read_text()
