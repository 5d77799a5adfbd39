"""A course folder is found from inside it, and its secret is drawn once and kept to its owner."""

import stat

import pytest

from autograder.course import Course


@pytest.fixture
def course(tmp_path):
    (tmp_path / "solutions").mkdir()
    (tmp_path / "nbgrader_config.py").touch()
    return Course(tmp_path)


def test_it_is_found_from_any_folder_inside(course):
    inside = course.root / "assignments" / "ps1_elbo"
    inside.mkdir(parents=True)
    assert Course.find(inside) == Course.find(course.root) == course


def test_outside_a_course_the_error_says_what_to_do(tmp_path):
    with pytest.raises(ValueError, match="change to the course folder"):
        Course.find(tmp_path)


def test_a_course_that_is_not_there_is_not_looked_for_above_it(course):
    with pytest.raises(ValueError, match=r"there is no folder .*mistyped"):
        Course.find(course.root / "mistyped")


def test_an_unknown_problem_set_is_answered_with_the_known_ones(course):
    (course.root / "solutions" / "ps1_elbo.py").touch()
    with pytest.raises(ValueError, match="ps1_elbo"):
        course.source("ps7")


@pytest.mark.parametrize("name", ["../ps1", "", "ps1/..", "ps 1", "/etc/passwd"])
def test_a_name_cannot_leave_the_course(course, name):
    with pytest.raises(ValueError, match="letters, digits and underscores"):
        course.release_dir(name)


def test_the_hidden_seed_is_drawn_once_and_is_its_owners_alone(course):
    seed = course.hidden_seed()
    assert len(seed) == 32
    assert course.hidden_seed() == seed
    assert stat.S_IMODE((course.state / "hidden_seed").stat().st_mode) == 0o600
    assert stat.S_IMODE(course.state.stat().st_mode) == 0o700
    assert [path.name for path in course.state.iterdir()] == ["hidden_seed"], "no draft is left behind"


def test_two_courses_have_different_seeds(course, tmp_path_factory):
    assert course.hidden_seed() != Course(tmp_path_factory.mktemp("other")).hidden_seed()


def test_a_seed_that_others_can_read_is_refused(course):
    course.hidden_seed()
    (course.state / "hidden_seed").chmod(0o644)
    with pytest.raises(ValueError, match="chmod 600"):
        course.hidden_seed()


def test_a_damaged_seed_is_refused(course):
    course.hidden_seed()
    (course.state / "hidden_seed").write_bytes(b"half")
    with pytest.raises(ValueError, match="4 bytes instead of 32"):
        course.hidden_seed()


def test_a_problem_set_can_have_a_course_of_its_own(course, tmp_path):
    for name in ("ps1_elbo", "ps2_sentence_vae"):
        (course.root / "solutions" / f"{name}.py").write_text(f"# {name}\n")
    other = course.excerpt("ps1_elbo", tmp_path / "elsewhere")
    assert Course.find(other.root) == other
    assert other.names() == ["ps1_elbo"]
    assert other.source("ps1_elbo").read_text() == "# ps1_elbo\n"
    with pytest.raises(ValueError):
        course.excerpt("ps9", tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()
