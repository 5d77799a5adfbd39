"""The demonstration proves the grader on known scores, in a folder of its own, and says where it fails."""

from pathlib import Path

import pytest

from autograder.classroom import demo
from autograder.classroom.demo import MARK, compare, run_demo
from autograder.course import Course
from autograder.grading.judging.outcomes import Status
from autograder.grading.recording.record import ExerciseGrade, Grade

COURSE = Course.find(Path(__file__).parent)
TRUE = {
    "kind": "known_mistakes",
    "points": 2,
    "exercises": {"scale": 0, "total": 2},
    "statuses": {"total": "passed"},
    "mistakes": {"scale": "adds"},
}


def graded(points=0.0, status=Status.FAILED, mistake="adds"):
    scale = ExerciseGrade(points, 3.0, status, mistake, "")
    return Grade({"scale": scale, "total": ExerciseGrade(2.0, 2.0, Status.PASSED, None, "")}, {})


def test_equal_grades_match():
    assert compare("ada", TRUE, graded()).matches


@pytest.mark.parametrize("wrong", [{"points": 3.0, "status": "passed", "mistake": None}, {"mistake": "ignores_factor"}])
def test_another_score_or_another_mistake_is_shown(wrong):
    found = compare("ada", TRUE, graded(**wrong))
    assert not found.matches
    assert found.differences[0].startswith("scale: ")


def test_a_student_who_is_absent_from_the_results_is_a_mismatch():
    assert not compare("ada", TRUE, None).matches


def test_every_kind_of_student_gets_the_true_score(toy_course):
    outcome = run_demo(toy_course, "toy", students=30, seed=0, workers=2, quiet=True)
    assert outcome.all_match, outcome.to_text()
    assert "30 of 30 students have their true score" in outcome.to_text()
    assert (toy_course.root / outcome.report).is_file()
    assert len(list((toy_course.root / "demo" / "feedback").glob("*/toy/toy.html"))) == 30
    assert not toy_course.gradebook.exists(), "a rehearsal leaves the course's own gradebook alone"


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("name", COURSE.names())
def test_every_kind_of_student_gets_the_true_score_in_each_problem_set(name, tmp_path):
    outcome = run_demo(COURSE.excerpt(name, tmp_path), name, students=30, seed=1, workers=2, quiet=True)
    assert outcome.all_match, outcome.to_text()


def test_a_folder_that_is_not_its_own_is_left_alone(toy_course):
    (toy_course.root / "demo").mkdir()
    (toy_course.root / "demo" / "thesis.txt").write_text("precious")
    with pytest.raises(ValueError, match="was not made by autograder demo"):
        run_demo(toy_course, "toy", 1, 0, 1)
    assert (toy_course.root / "demo" / "thesis.txt").read_text() == "precious"


def test_its_own_folder_is_made_afresh(toy_course):
    (toy_course.root / "demo").mkdir()
    (toy_course.root / "demo" / MARK).touch()
    (toy_course.root / "demo" / "old.txt").touch()
    assert not (demo._fresh_course(toy_course, "toy").root / "old.txt").exists()
