"""The export has one table for a class, whatever its students were graded in and are called."""

import copy
import csv
import io
import json

import pytest

from autograder.classroom.export import export_rows, to_csv
from autograder.classroom.marks import Marks
from autograder.files import json_text, write_whole
from autograder.grading.recording.gradebook import student_key
from autograder.grading.recording.record import Results

CAFE = "caf\udce9"
"""A folder whose name is Latin-1, as an old archive leaves it."""


def outcome(points):
    status = "passed" if points else "failed"
    return {"points": points, "max_points": 3, "status": status, "mistake": None, "message": ""}


@pytest.fixture
def results():
    """Ada was graded in both exercises, Bo before the second was added, Cy in one that is no more."""
    exercises = {"total": outcome(2), "scale": outcome(3)}
    bo, cy = {"scale": outcome(3)}, {"old": outcome(1), "total": outcome(2)}
    students = {"ada": exercises, "bo": bo, "cy": cy}
    grades = {name: {"points": 0, "exercises": found, "written": {}} for name, found in students.items()}
    return {"problem_set": "toy", "students": grades}


def table(rows):
    return list(csv.DictReader(io.StringIO(to_csv(rows))))


@pytest.mark.parametrize("first", ["ada", "bo", "cy"])
def test_every_score_stands_in_its_exercises_column(results, rubric, first):
    students = results["students"]
    results["students"] = {first: students.pop(first), **students}
    rows = {row["student"]: row for row in table(export_rows(Results.from_json(results), rubric, {}))}
    names = ("scale", "total", "old", "why")
    assert [rows["ada"][name] for name in names] == ["3", "2", "", ""]
    assert [rows["bo"][name] for name in names] == ["3", "", "", ""]
    assert [rows["cy"][name] for name in names] == ["", "2", "1", ""]
    assert list(rows["ada"])[-4:] == list(names), "the rubric's order first"
    assert [rows[name]["points"] for name in ("ada", "bo", "cy")] == ["5", "3", "3"]


def test_whole_scores_are_written_alike_whatever_type_they_came_in(results, rubric):
    results["students"]["ada"]["exercises"] = {"total": outcome(2.0), "scale": outcome(0)}
    marks = {"ada": Marks(scores={"why": 3.0}, waiting=set())}
    ada = to_csv(export_rows(Results.from_json(results), rubric, marks)[:1]).splitlines()[1]
    assert ".0" not in ada
    marks = {"ada": Marks(scores={"why": 1.5}, waiting=set())}
    assert "1.5" in to_csv(export_rows(Results.from_json(results), rubric, marks)[:1])


def test_what_a_person_graded_counts_whatever_bytes_name_the_folder(results, rubric):
    results["students"] = {CAFE: copy.deepcopy(results["students"]["ada"])}
    (row,) = export_rows(
        Results.from_json(results), rubric, {student_key(CAFE): Marks(scores={"why": 4.0}, waiting={"why"})}
    )
    assert (row["points"], row["why"], row["to_grade_by_hand"]) == (9, 4.0, 1)


def test_any_name_can_be_written_and_printed(results, rubric, tmp_path):
    results["students"] = {CAFE: results["students"]["ada"]}
    rows = export_rows(Results.from_json(results), rubric, {})
    for text in (to_csv(rows), json_text(rows)):
        text.encode("utf-8", "strict")
    written = write_whole(tmp_path / "grades.csv", to_csv(rows)).read_text()
    assert table(rows)[0]["student"] == student_key(CAFE) and student_key(CAFE) in written
    assert json.loads(json_text(rows))[0]["student"] == student_key(CAFE)
