"""Limits are configured in autograder.toml, and a slip in it is told in plain words."""

import pytest

from autograder.course import Course
from autograder.grading.settings import limits_of, parsed, variants_of
from autograder.worker.limits import Limits


def course(tmp_path, text):
    (tmp_path / "autograder.toml").write_text(text)
    return Course(tmp_path)


def test_without_a_file_the_defaults_hold(tmp_path):
    assert limits_of(Course(tmp_path), "ps1_elbo") == Limits()


def test_a_problem_set_overrides_the_course_and_the_command_line_both(tmp_path):
    text = "[limits]\ncell_seconds = 30\nrestarts = 3\n[limits.ps1_elbo]\ncell_seconds = 60\n"
    found = limits_of(course(tmp_path, text), "ps1_elbo", {"restarts": 5})
    assert (found.cell_seconds, found.restarts) == (60, 5)
    assert limits_of(course(tmp_path, text), "ps9").cell_seconds == 30


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[limits]\nspeed = 3", "no limit is called 'speed'"),
        ("[limits]\nrestarts = 'many'", "restarts must be a non-negative int"),
        ("[limits]\ncell_seconds = nan", "cell_seconds must be a non-negative float, got nan"),
        ("[limits]\nask_seconds = inf", "ask_seconds must be a non-negative float, got inf"),
        ("[limits]\nopen_files = 3", "open_files must be at least 32"),
        ("[limits]\nmemory_bytes = 99999999999999999999", "less than 2\\*\\*62"),
        ("[limits]\ncell_seconds = 0", "cell_seconds must be at least 0.1"),
        ("[limits.ps1_elb]\nrestarts = 3", "\\[limits.ps1_elb\\]: no problem set is called that"),
        ("[limits", "is not TOML"),
        ("[limit]\nrestarts = 3", r"there is only \[limits\], \[hidden_cases\] and \[release\]"),
        ("[limits]\nps1_elbo = 3", "must be a table"),
    ],
)
def test_a_slip_is_told_in_plain_words(tmp_path, text, words):
    with pytest.raises(ValueError, match=words):
        limits_of(course(tmp_path, text), "ps1_elbo")


def test_a_folder_in_the_files_place_is_told(tmp_path):
    (tmp_path / "autograder.toml").mkdir()
    with pytest.raises(ValueError, match="cannot be read"):
        limits_of(Course(tmp_path), "ps1_elbo")


def test_a_limit_on_the_command_line(tmp_path):
    assert parsed("cell_seconds=2.5") == ("cell_seconds", 2.5)
    assert parsed("restarts=3") == ("restarts", 3)
    with pytest.raises(ValueError, match="NAME=NUMBER"):
        parsed("restarts")


def test_how_many_variants_of_the_hidden_cases_there_are(tmp_path):
    assert variants_of(Course(tmp_path)) == 8
    assert variants_of(course(tmp_path, "[hidden_cases]\nvariants = 1")) == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("variants = 0", "a whole number from 1 to 64, got 0"),
        ("variants = 65", "from 1 to 64, got 65"),
        ("variants = true", "got True"),
        ("variants = 2.5", "got 2.5"),
        ("variant = 3", "has only variants, got variant"),
    ],
)
def test_a_slip_in_their_number_is_told(tmp_path, text, words):
    with pytest.raises(ValueError, match=words):
        variants_of(course(tmp_path, f"[hidden_cases]\n{text}"))
    with pytest.raises(ValueError, match="must be a table"):
        variants_of(course(tmp_path, "hidden_cases = 3"))
