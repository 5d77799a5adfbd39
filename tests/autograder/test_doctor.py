"""`autograder doctor` says what this machine and this course give, and what to do."""

import pytest

from autograder.classroom.doctor import look_at_grader
from autograder.course import Course
from autograder.course_file import FILE_NAME
from autograder.grading.running import sandboxes
from autograder.worker import landlock


@pytest.fixture
def finding(toy_course):
    return lambda name: next(found for found in look_at_grader(toy_course) if found.name == name)


def test_the_sandbox_is_named_with_what_it_protects(finding):
    sandbox = finding("sandbox")
    assert sandbox.serious or any(sandbox.value == f"{tier.name}: {tier.protects}" for tier in sandboxes.confining())


def test_what_the_kernel_does_less_well_is_told(finding, monkeypatch):
    monkeypatch.setattr(sandboxes, "obstacle", lambda tier: "" if tier == "landlock" else "not here")
    monkeypatch.setattr(landlock, "abi", lambda: 2)
    assert "ABI 2" in finding("sandbox").advice and "Linux 6.2" in finding("sandbox").advice
    assert sandboxes.cautions({"landlock, cuda open"}) and not sandboxes.cautions({"none"})


def test_limits_are_told_with_those_that_are_a_sets_own(finding, toy_course):
    assert finding("limits").value.startswith("a submission has 240 s, 2 GiB of memory and 24 processes; a cell 20 s")
    assert "toy" not in finding("limits").value
    (toy_course.root / FILE_NAME).write_text("[limits.toy]\ncell_seconds = 30\n")
    assert finding("limits").value.endswith("; toy: cell_seconds = 30")


def test_limits_that_cannot_be_read_are_serious(finding, toy_course):
    (toy_course.root / FILE_NAME).write_text("[limits]\nspeed = 3\n")
    assert finding("limits").serious
    assert "no limit is called 'speed'" in finding("limits").value


def test_outside_a_course_it_says_where_to_go(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError):
        Course.find()
    assert "autograder --course" in look_at_grader(None)[-1].advice
