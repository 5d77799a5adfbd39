"""Hidden cases are solved once a course, kept privately, and solved again when anything that decides them changes."""

import stat
from dataclasses import replace

import pytest

from autograder import rubrics
from autograder.course import Course
from autograder.exercise.exercise import Rubric
from autograder.grading.judging import hidden
from latentkit.check.wire import pack


@pytest.fixture
def course(tmp_path):
    return Course(tmp_path)


@pytest.fixture
def rubric():
    """The first two exercises of problem set 1."""
    return replace(rubrics.load("ps1_elbo"), exercises=rubrics.load("ps1_elbo").exercises[:2])


@pytest.fixture
def solved(monkeypatch):
    """The names of the exercises that were really solved."""
    names, real = [], hidden.examination
    monkeypatch.setattr(
        hidden, "examination", lambda exercise, seed: (names.append(exercise.name), real(exercise, seed))[1]
    )
    return names


def kept(course: Course, rubric: Rubric):
    return list(course.state_dir(rubric.name).glob("hidden_cases_*"))


def as_bytes(examinations):
    header, arrays = pack(list(examinations.values()))
    return header, [array.tobytes() for array in arrays]


def test_the_second_time_nothing_is_solved_and_nothing_differs(course, rubric, solved):
    first = hidden.hidden_examinations(course, rubric)
    assert len(solved) == 2
    assert as_bytes(hidden.hidden_examinations(course, rubric)) == as_bytes(first)
    assert len(solved) == 2


def test_only_the_instructor_can_read_them(course, rubric):
    hidden.hidden_examinations(course, rubric)
    (path,) = kept(course, rubric)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_damaged_file_is_solved_again(course, rubric, solved):
    first = hidden.hidden_examinations(course, rubric)
    (path,) = kept(course, rubric)
    path.write_bytes(path.read_bytes()[:100])
    assert as_bytes(hidden.hidden_examinations(course, rubric)) == as_bytes(first)
    assert len(solved) == 4


def test_another_seed_or_hint_gives_other_cases_and_no_old_ones_stay(course, rubric, solved):
    first = hidden.hidden_examinations(course, rubric)
    (course.state / "hidden_seed").write_bytes(bytes(32))
    assert as_bytes(hidden.hidden_examinations(course, rubric)) != as_bytes(first)
    exercise = rubric.exercises[0]
    mistakes = [replace(exercise.mistakes[0], hint="Another hint."), *exercise.mistakes[1:]]
    changed = replace(rubric, exercises=(replace(exercise, mistakes=mistakes), *rubric.exercises[1:]))
    found = hidden.hidden_examinations(course, changed)
    assert found[exercise.name].hints[mistakes[0].id] == "Another hint."
    assert len(solved) == 6
    assert len(kept(course, rubric)) == 1


def test_functions_that_are_in_no_file_are_solved_each_time(course, rubric, solved):
    def cases(generator):
        return rubric.exercises[0].cases(generator)

    cases.__module__ = None
    exercise = replace(rubric.exercises[0], cases=cases)
    for _ in range(2):
        hidden.hidden_examinations(course, replace(rubric, exercises=(exercise,)))
    assert len(solved) == 2
    assert not kept(course, rubric)


def test_a_change_in_a_file_that_decides_gives_new_cases(course, rubric, solved, monkeypatch):
    hidden.hidden_examinations(course, rubric)
    monkeypatch.setattr(hidden, "decisive_digest", lambda *arguments, **named: "another kit")
    hidden.hidden_examinations(course, rubric)
    assert len(solved) == 4
    assert len(kept(course, rubric)) == 1
