"""Each rubric's own promise: right solutions pass whatever the seed, known mistakes are rejected and told apart."""

import dataclasses
import functools
import re
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch

from autograder import rubrics
from autograder.authoring.notebook import grade_id
from autograder.authoring.release import read_skeleton
from autograder.course import Course
from autograder.exercise.solve import PUBLIC_SEED, examination
from latentkit.check import examine
from latentkit.check.calling import quiet, respond
from latentkit.check.cases import Function, Model
from latentkit.check.judging import judge
from latentkit.check.store import load

EXERCISES = {exercise.name: exercise for name in rubrics.names() for exercise in rubrics.load(name).exercises}
HEAVY_LAWS = {"trained_vae": 2, "gibbs_sweep": 10, "document_inference": 7}
QUICK_SEEDS = {name: HEAVY_LAWS.get(exercise.law, 24) for name, exercise in EXERCISES.items()}
"""How many hidden seeds an exercise is tried with on every run; the full number is marked slow."""

MISTAKES = [(name, mistake) for name, exercise in EXERCISES.items() for mistake in exercise.mistakes]
ALTERNATIVES = [(name, function) for name, exercise in EXERCISES.items() for function in exercise.alternatives]


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def cases_only(name):
    """The exercise without its mistakes, whose cases are solved in a fraction of the time."""
    return dataclasses.replace(EXERCISES[name], mistakes=[])


@functools.cache
def with_mistakes(name, seed):
    """The exercise's examination with the answers of its mistakes, which are costly to solve."""
    return examination(EXERCISES[name], seed)


@functools.cache
def released(problem_set):
    return load(Course.find(Path(__file__).parent).release_cases(problem_set))


def failing_seeds(name, functions, seeds):
    """(seed, function, message) of each function that fails the exercise's hidden cases of a seed."""
    exercise = cases_only(name)
    for seed in seeds:
        hidden = examination(exercise, f"seed {seed}".encode())
        for function in functions:
            verdict = examine(hidden, function)
            if not verdict.passed:
                yield seed, function.__name__, verdict.message, verdict.facts


def ids(value):
    return value if isinstance(value, str) else getattr(value, "id", getattr(value, "__name__", str(value)))


@pytest.mark.parametrize("name", EXERCISES)
def test_a_rubric_knows_enough_mistakes_and_other_ways(name):
    assert len(EXERCISES[name].mistakes) >= 5
    assert len(EXERCISES[name].alternatives) >= 3
    assert all(len(mistake.hint) > 20 for mistake in EXERCISES[name].mistakes)


@pytest.mark.parametrize("name", EXERCISES)
def test_right_solutions_pass_whatever_the_hidden_seed(name):
    every, some = range(QUICK_SEEDS[name]), range(0, QUICK_SEEDS[name], 4)
    assert list(failing_seeds(name, [EXERCISES[name].reference], every)) == []
    assert list(failing_seeds(name, EXERCISES[name].alternatives, some)) == []


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("name", EXERCISES)
def test_the_reference_passes_a_thousand_hidden_seeds(name):
    assert list(failing_seeds(name, [EXERCISES[name].reference], range(1000))) == []


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("name", EXERCISES)
def test_right_but_different_solutions_pass_two_hundred_seeds(name):
    assert list(failing_seeds(name, EXERCISES[name].alternatives, range(200))) == []


@functools.cache
def stubs(problem_set):
    """Exercise to the source of the cell that students get."""
    cells = read_skeleton(Course.find(Path(__file__).parent), problem_set).cells
    return {grade_id(cell): cell.source for cell in cells}


@pytest.mark.parametrize("name", EXERCISES)
def test_the_stub_says_differentiable_in_exactly_the_arguments_whose_gradient_is_compared(name):
    source = next(stubs(problem_set)[name] for problem_set in rubrics.names() if name in stubs(problem_set))
    announced = re.findall(r"[Dd]ifferentiable(?: in ([\w, ]+))?", source)
    promised = [argument for words in announced for argument in re.split(r", | and ", words)]
    held_still = re.findall(r"no gradient reaches (\w+)", source)
    cases = examination(cases_only(name), b"hidden one").cases
    compared = {argument for solved in cases for argument in solved.case.gradients}
    by_value = not EXERCISES[name].law
    unreached = {argument for argument in compared if by_value and all(no_gradient(one, argument) for one in cases)}
    assert sorted(held_still) == sorted(unreached)
    assert (len(announced), sorted(promised)) == (bool(compared), sorted(compared - unreached))


def no_gradient(solved, argument):
    gradient = solved.expected.gradients[argument]
    return gradient is None or not bool(gradient.any())


def log_of_the_mean_through_numpy(gamma):
    values = gamma.numpy()
    return torch.from_numpy(np.log(values / values.sum(-1, keepdims=True)))


def test_a_mistake_through_numpy_is_named_where_no_gradient_is_compared():
    verdict = examine(with_mistakes("expected_log_dirichlet", b"hidden one"), log_of_the_mean_through_numpy)
    assert (verdict.status, verdict.mistake) == ("failed", "log_of_mean")


@pytest.mark.parametrize(("name", "mistake"), MISTAKES, ids=ids)
@pytest.mark.parametrize("seed", [PUBLIC_SEED, b"hidden one", b"hidden two"], ids=["public", "one", "two"])
def test_a_known_mistake_is_rejected_and_named(name, mistake, seed):
    verdict = examine(with_mistakes(name, seed), mistake.function)
    assert verdict.status in ("failed", "error")
    assert verdict.mistake == mistake.id, f"taken for {verdict.mistake}: {verdict.message} {verdict.facts}"
    assert mistake.hint in verdict.message


def passes(cases, function):
    """Whether a function passes. Of an exercise judged by value nothing else is asked: a diagnosis takes far longer."""
    if cases.law:
        return examine(cases, function).passed
    with quiet():
        responses = [respond(function, solved.case, reveal=False) for solved in cases.cases]
    return judge(cases, responses, reveal=False).passed


def accepted(name, functions, seeds):
    """(seed, mistake) of each known mistake that passes the cases of a seed: the public ones and hidden ones."""
    exercise = cases_only(name)
    public = examination(exercise, PUBLIC_SEED)
    for seed in seeds:
        for cases in (public, examination(exercise, f"seed {seed}".encode())):
            for function in functions:
                if passes(cases, function):
                    yield seed, cases is public, function.__name__


BY_LAW = [name for name, exercise in EXERCISES.items() if exercise.law]


@pytest.mark.parametrize("name", EXERCISES)
def test_no_known_mistake_passes_by_luck(name):
    mistakes = [mistake.function for mistake in EXERCISES[name].mistakes]
    seeds = range(1000, 1001 if name in BY_LAW else 1004)
    assert list(accepted(name, mistakes, seeds)) == []


@pytest.mark.slow
@pytest.mark.timeout(14400)
@pytest.mark.parametrize("name", EXERCISES)
def test_no_known_mistake_passes_any_of_two_hundred_seeds(name):
    mistakes = [mistake.function for mistake in EXERCISES[name].mistakes]
    assert list(accepted(name, mistakes, range(200))) == []


@pytest.mark.parametrize("name", EXERCISES)
def test_the_released_file_holds_what_the_student_needs(name):
    public = next(cases[name] for cases in map(released, rubrics.names()) if name in cases)
    assert examine(public, EXERCISES[name].reference).passed
    for mistake in EXERCISES[name].mistakes:
        assert examine(public, mistake.function).mistake == mistake.id


@pytest.mark.parametrize("name", EXERCISES)
def test_the_same_seed_gives_the_same_cases_and_another_seed_others(name):
    exercise = cases_only(name)
    first, again, other = (examination(exercise, seed) for seed in (b"a", b"a", b"b"))
    for left, right in zip(first.cases, again.cases, strict=True):
        assert all(same(left.case.inputs[key], right.case.inputs[key]) for key in left.case.inputs)
    assert not all(
        same(left.case.inputs[key], right.case.inputs[key])
        for left, right in zip(first.cases, other.cases, strict=True)
        for key in left.case.inputs
    )


def same(left, right):
    if isinstance(left, torch.Tensor):
        return torch.equal(left, right)
    if isinstance(left, Model):
        return same(left.state, right.state)
    if isinstance(left, Function):
        return same(left.tensors, right.tensors)
    if isinstance(left, dict):
        return all(same(left[key], right[key]) for key in left)
    if isinstance(left, (list, tuple)):
        return len(left) == len(right) and all(map(same, left, right))
    return left == right


@pytest.mark.parametrize("name", EXERCISES)
def test_noise_on_every_channel_costs_nothing(name, capsys):
    reference = EXERCISES[name].reference

    def noisy(*arguments):
        print("working on it")
        warnings.warn("something is deprecated", stacklevel=2)
        return reference(*arguments)

    assert examine(examination(cases_only(name), PUBLIC_SEED), noisy).passed
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("name", EXERCISES)
def test_hidden_cases_stay_hidden(name):
    exercise = EXERCISES[name]
    hidden = examination(exercise, b"secret")
    for function in (exercise.mistakes[0].function, lambda *arguments: 1 / 0, lambda *arguments: None):
        responses = [respond(function, solved.case, reveal=False) for solved in hidden.cases]
        verdict = judge(hidden, responses, reveal=False)
        assert not verdict.passed
        assert verdict.facts == ()
        assert any(f"(hidden case: {solved.case.name})" in verdict.message for solved in hidden.cases)


@pytest.mark.gpu
@pytest.mark.parametrize("name", EXERCISES)
def test_reference_and_alternatives_pass_on_cuda(name):
    public = examination(cases_only(name), PUBLIC_SEED)
    for function in (EXERCISES[name].reference, *EXERCISES[name].alternatives):
        responses = [respond(function, solved.case, "cuda") for solved in public.cases]
        verdict = judge(public, responses)
        assert verdict.passed, f"{function.__name__}: {verdict.message} {verdict.facts}"
