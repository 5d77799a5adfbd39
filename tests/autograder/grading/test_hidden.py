"""Hidden cases come in variants, each solved once a course, kept privately, and anew when what decides changes."""

import stat
from dataclasses import replace

import pytest
import torch

from autograder import rubrics
from autograder.course import Course
from autograder.exercise.exercise import Rubric
from autograder.grading.judging import hidden
from latentkit.check.calling import respond
from latentkit.check.cases import Model, Value
from latentkit.check.judging import judge
from latentkit.check.wire import pack

COUNT = 4


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


def cases(course: Course, rubric: Rubric, number: int = 0):
    """A variant's cases, as a batch that begins now has them."""
    return hidden.hidden_variants(course, rubric, COUNT).variant(number).examinations


def kept(course: Course, rubric: Rubric):
    return list(course.state_dir(rubric.name).glob("hidden_cases_*"))


def as_bytes(examinations):
    header, arrays = pack(list(examinations.values()))
    return header, [array.tobytes() for array in arrays]


def numbers(examinations):
    """All numbers of the inputs, as one text each."""
    found = [as_bytes({name: [solved.case for solved in one.cases]}) for name, one in examinations.items()]
    return {array for _, arrays in found for array in arrays if len(array) > 8}


def test_the_second_time_nothing_is_solved_and_nothing_differs(course, rubric, solved):
    first = cases(course, rubric)
    assert len(solved) == 2
    assert as_bytes(cases(course, rubric)) == as_bytes(first)
    assert len(solved) == 2


def test_a_variant_is_solved_when_it_is_wanted_and_not_before(course, rubric, solved):
    variants = hidden.hidden_variants(course, rubric, COUNT)
    assert not solved
    variants.variant(1)
    variants.variant(1)
    assert len(solved) == 2
    assert len(kept(course, rubric)) == 1


def test_no_two_variants_share_an_input(course, rubric):
    found = [numbers(cases(course, rubric, number)) for number in range(COUNT)]
    for number, one in enumerate(found):
        assert len(one) > 10
        others = set().union(*found[:number], *found[number + 1 :])
        assert not one & others


def test_only_the_instructor_can_read_them(course, rubric):
    cases(course, rubric)
    (path,) = kept(course, rubric)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("damage", ["cut short", "one bit", "empty", "a folder", "readable", "of another variant"])
def test_a_file_that_is_not_ours_is_made_again_and_told(course, rubric, solved, capsys, damage):
    first = cases(course, rubric)
    (path,) = kept(course, rubric)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    if damage == "a folder":
        path.unlink()
        path.mkdir()
    elif damage == "of another variant":
        cases(course, rubric, 1)
        (other,) = set(kept(course, rubric)) - {path}
        path.write_bytes(other.read_bytes())
        solved.clear()
        solved += ["", ""]
    elif damage == "readable":
        path.chmod(0o644)
    else:
        path.write_bytes({"cut short": bytes(content[:100]), "one bit": bytes(content), "empty": b""}[damage])
    assert as_bytes(cases(course, rubric)) == as_bytes(first)
    assert len(solved) == 4
    first_line, *further = capsys.readouterr().err.splitlines()
    assert str(path) in first_line and "is made again" in first_line
    if damage == "a folder":
        assert "cannot be kept" in further[0]
    else:
        assert not further
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert as_bytes(cases(course, rubric)) == as_bytes(first)
        assert len(solved) == 4, "the new file is whole"


def test_another_seed_or_hint_gives_other_cases_and_no_old_ones_stay(course, rubric, solved):
    first = cases(course, rubric)
    (course.state / "hidden_seed").write_bytes(bytes(32))
    assert as_bytes(cases(course, rubric)) != as_bytes(first)
    assert len(kept(course, rubric)) == 1
    exercise = rubric.exercises[0]
    mistakes = [replace(exercise.mistakes[0], hint="Another hint."), *exercise.mistakes[1:]]
    changed = replace(rubric, exercises=(replace(exercise, mistakes=mistakes), *rubric.exercises[1:]))
    found = cases(course, changed)
    assert found[exercise.name].hints[mistakes[0].id] == "Another hint."
    assert len(solved) == 6
    assert len(kept(course, rubric)) == 1


def test_functions_that_are_in_no_file_are_solved_each_time(course, rubric, solved):
    def nameless(generator):
        return rubric.exercises[0].cases(generator)

    nameless.__module__ = None
    exercise = replace(rubric.exercises[0], cases=nameless)
    for _ in range(2):
        cases(course, replace(rubric, exercises=(exercise,)))
    assert len(solved) == 2
    assert not kept(course, rubric)


def test_a_change_in_a_file_that_decides_gives_new_cases(course, rubric, solved, monkeypatch):
    cases(course, rubric)
    monkeypatch.setattr(hidden, "decisive_digest", lambda *arguments, **named: "another kit")
    cases(course, rubric)
    assert len(solved) == 4
    assert len(kept(course, rubric)) == 1


def form(value: Value):
    """A value's types and number of dimensions, without its numbers."""
    if isinstance(value, torch.Tensor):
        return str(value.dtype), value.dim()
    if isinstance(value, (list, tuple)):
        return type(value).__name__, sorted({repr(form(item)) for item in value})
    if isinstance(value, Model):
        return value.kind, dict(value.config), {name: weight.shape for name, weight in value.state.items()}
    return type(value).__name__


def size(value: Value) -> int:
    """How many numbers a value holds."""
    if isinstance(value, (list, tuple)):
        return sum(map(size, value))
    return value.numel() if isinstance(value, torch.Tensor) else 1


TINY = 20
"""Numbers: the corpora of which a law enumerates every sweep differ by a few words."""


@pytest.mark.parametrize("name", rubrics.names())
def test_variants_ask_the_same_of_everybody(name, course):
    """The same kinds of cases in the same order; lengths may be drawn, within a quarter unless they are tiny."""
    rubric = rubrics.load(name)
    light = replace(rubric, exercises=tuple(one for one in rubric.exercises if not one.costly))
    first, *others = (cases(course, light, number) for number in range(COUNT))
    for exercise, examination in first.items():
        for other in others:
            assert len(other[exercise].cases) == len(examination.cases)
            for mine, theirs in zip(examination.cases, other[exercise].cases, strict=True):
                one, two = mine.case, theirs.case
                for told in ("name", "calls", "gradients", "edits", "on_cpu"):
                    assert getattr(one, told) == getattr(two, told), (exercise, one.name, told)
                assert list(one.inputs) == list(two.inputs)
                for key in one.inputs:
                    assert form(one.inputs[key]) == form(two.inputs[key]), (exercise, one.name, key)
                    ratio = size(one.inputs[key]) / size(two.inputs[key])
                    tiny = max(size(one.inputs[key]), size(two.inputs[key])) <= TINY
                    assert tiny or 3 / 4 <= ratio <= 4 / 3, (exercise, one.name, key)


@pytest.mark.parametrize("name", rubrics.names())
def test_judging_draws_nothing_from_the_stream_that_solving_draws_from(name, course):
    """One thread solves a variant while others judge: they must not change what it draws."""
    rubric = rubrics.load(name)
    light = replace(rubric, exercises=tuple(one for one in rubric.exercises if not one.costly))
    examinations = cases(course, light)
    answers = {
        exercise.name: [respond(exercise.reference, solved.case) for solved in examinations[exercise.name].cases]
        for exercise in light.exercises
    }
    torch.manual_seed(1)
    before = torch.get_rng_state()
    for exercise, examination in examinations.items():
        judge(examination, answers[exercise], reveal=False)
    assert torch.equal(torch.get_rng_state(), before)
