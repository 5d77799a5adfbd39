"""No case bites by luck: a wrong answer fails whatever the seed of the hidden cases, and the public ones too.

Of exercises that are judged by value, and of those judged by a law that was tried on as many seeds.
"""

import functools
from dataclasses import replace

import pytest
import torch
from answers import load_answers

from autograder import rubrics
from autograder.course import Course
from autograder.exercise.solve import examination
from latentkit.check.calling import quiet, respond
from latentkit.check.comparing import complaint, complaint_of_settings
from latentkit.check.laws import LAWS
from latentkit.check.store import load

TRIED_LAWS = ("reparameterize", "word_dropout")
"""Exercises judged by a law of which every wrong answer was tried on all seeds."""

ACCEPTED = {
    ("reparameterize", "log_variance_clipped, worked_on"): "no case has a variance beyond where it clips",
}
"""Wrong answers that pass on every seed, which is no luck, and why."""

PROBLEM_SET_OF = {
    exercise.name: problem_set
    for problem_set in rubrics.names()
    for exercise in rubrics.load(problem_set).exercises
    if not exercise.law or exercise.name in TRIED_LAWS
}
SEEDS, SEEDS_ON_EVERY_RUN = 200, 2


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def exercise_of(name):
    return rubrics.load(PROBLEM_SET_OF[name]).exercise(name)


@functools.cache
def hidden(name, seed):
    """The hidden cases of a seed, solved once for all answers."""
    return examination(replace(exercise_of(name), mistakes=[]), f"luck {seed}".encode())


@functools.cache
def public(name):
    return load(Course.find(__file__).release_cases(PROBLEM_SET_OF[name]))[name]


def wrong_answers(name):
    """What the rubric knows, and what is in stock, by name."""
    known = {f"{mistake.id}, a known mistake": mistake.function for mistake in exercise_of(name).mistakes}
    stocked = {
        f"{answer.name}, {answer.half}": answer.function
        for answer in load_answers("wrong", PROBLEM_SET_OF[name])
        if answer.exercise == name
    }
    return known | stocked


def passes(function, exam):
    judge_case = LAWS[exam.law] if exam.law else complaint
    for solved in exam.cases:
        response = respond(function, solved.case)
        if judge_case(solved, response, exam) or complaint_of_settings(response):
            return False
    return True


def lucky(name, seeds):
    """Which wrong answers pass, and where."""
    found = {}
    with quiet(), torch.random.fork_rng():
        for answer, function in wrong_answers(name).items():
            if (name, answer) in ACCEPTED:
                continue
            torch.manual_seed(0)
            where = [seed for seed in seeds if passes(function, hidden(name, seed))]
            where += ["public"] * passes(function, public(name))
            if where:
                found[answer] = where
    return found


@pytest.mark.parametrize("name", PROBLEM_SET_OF)
def test_every_wrong_answer_fails_on_a_few_seeds_and_on_the_public_cases(name):
    assert lucky(name, range(SEEDS_ON_EVERY_RUN)) == {}


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", PROBLEM_SET_OF)
def test_every_wrong_answer_fails_on_two_hundred_seeds(name):
    assert lucky(name, range(SEEDS)) == {}
