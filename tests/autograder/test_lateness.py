"""What nbgrader's plugin takes off late submissions counts, whichever command grades."""

from datetime import datetime

import pytest
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from traitlets.config import Config, PyFileConfigLoader

from autograder.classroom.marks import read_marks
from autograder.cli import main
from autograder.course import CONFIG
from autograder.grading import batch
from autograder.grading.recording.lateness import penalise_late
from autograder.grading.request import GradingRequest
from autograder.grading.running import sandboxes, warm_process

LATE, EARLY = "2026-10-09 12:00:00 UTC", "2026-10-01 12:00:00 UTC"


@pytest.fixture
def course(class_of_five, monkeypatch, warm):
    """The class, graded; Ana and Cy handed in late, Bo in time; nbgrader takes all points off whoever is late."""
    monkeypatch.setattr(sandboxes, "choose", lambda wanted: "none")
    monkeypatch.setattr(warm_process, "WarmProcess", lambda *_: warm)
    course = class_of_five
    with open(course.root / CONFIG, "a") as file:
        file.write('\nc.LateSubmissionPlugin.penalty_method = "zero"\n')
    for student, time in (("ana", LATE), ("bo ü", EARLY), ("cy", LATE)):
        (course.submitted / student / "toy" / "timestamp.txt").write_text(time)
    return course


def graded(course):
    batch.grade(GradingRequest(course, "toy", progress=False))


def due(course, day):
    with Gradebook(course.gradebook_url) as book:
        book.update_or_create_assignment("toy", duedate=day and datetime(2026, 10, day))


def penalties(course):
    return {student: marks.late_penalty for student, marks in read_marks(course, "toy").items() if marks.late_penalty}


STUDENTS = ("ana", "bo ü", "cy", "dee", "eve")


def test_both_commands_take_off_the_same(course):
    graded(course)
    assert penalise_late(course, "toy", STUDENTS) == [], "without a due date nobody is late"
    due(course, 5)
    assert penalise_late(course, "toy", STUDENTS) == ["ana", "cy"]
    ours = penalties(course)
    assert ours == {"ana": 5}, "Cy had no points that could be taken off"
    due(course, None)
    assert penalise_late(course, "toy", STUDENTS) == ["ana", "cy"]
    assert penalties(course) == {}, "who is late no more gets them back"
    due(course, 5)
    config = PyFileConfigLoader(CONFIG, path=str(course.root)).load_config()
    answer = NbGraderAPI(config=Config(config)).autograde("toy", "ana")
    assert answer["success"], answer["log"]
    assert penalties(course) == ours


def test_the_command_takes_it_off_and_the_export_says_so(course, capsys):
    graded(course)
    due(course, 5)
    assert main(["--course", str(course.root), "grade", "toy", "--sandbox", "none"]) == 0
    assert main(["--course", str(course.root), "export", "toy"]) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith(('"ana"', '"bo ü"'))]
    assert lines[0].startswith('"ana","",1,0,9,5,'), lines
    assert lines[1].startswith('"bo ü","",1,2,9,0,'), lines


def test_a_plugin_that_fails_is_named(course):
    graded(course)
    due(course, 5)
    with open(course.root / CONFIG, "a") as file:
        file.write("\nfrom nbgrader.plugins import BasePlugin\nclass Strict(BasePlugin):\n")
        file.write("    def late_submission_penalty(self, *given):\n        return 1 / 0\n")
        file.write("c.AssignLatePenalties.plugin_class = Strict\n")
    with pytest.raises(RuntimeError, match=r"ana is graded, but Strict, which .* failed: ZeroDivisionError"):
        penalise_late(course, "toy", STUDENTS)
    (course.root / CONFIG).write_text("c = \n")
    with pytest.raises(RuntimeError, match=r"nbgrader_config\.py fails, .*: SyntaxError"):
        penalise_late(course, "toy", STUDENTS)
