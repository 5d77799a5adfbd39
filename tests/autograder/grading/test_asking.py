"""What a function is asked: hidden cases, each with random numbers that differ between variants and never change."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch

from autograder import rubrics
from autograder.course import Course
from autograder.grading.judging import hidden
from autograder.grading.judging.asking import ask
from autograder.grading.running.clock import NEVER, Clock
from autograder.worker.child import _responses
from autograder.worker.limits import Limits
from autograder.worker.protocol import Closed
from latentkit.check.cases import Case, Examination, SolvedCase
from latentkit.check.wire import pack, unpack


def seeds(examination: Examination) -> list[int]:
    """Those that are sent with an exercise's cases."""
    sent = []

    def request(content, *_, **__):
        sent.extend(content["seeds"])
        raise Closed("that was all")

    with pytest.raises(Closed):
        ask(SimpleNamespace(clock=Clock(), request=request), examination, Limits(), NEVER)
    return sent


def test_another_variant_meets_other_random_numbers(tmp_path):
    rubric = rubrics.load("ps1_elbo")
    samplers = replace(rubric, exercises=(rubric.exercise("reparameterize"),))
    variants = hidden.hidden_variants(Course(tmp_path), samplers, 4)
    met = [seeds(variants.variant(number).examinations["reparameterize"]) for number in range(4)]
    assert len(met[0]) > 1
    assert len({seed for numbers in met for seed in numbers}) == sum(map(len, met)), "each case of each has its own"
    again = hidden.hidden_variants(Course(tmp_path), samplers, 4)
    assert seeds(again.variant(2).examinations["reparameterize"]) == met[2], "read from the disk as when it was solved"


def test_a_tensor_that_is_used_twice_changes_no_seed():
    shared = torch.arange(3.0)
    solved = Examination("add", (SolvedCase(Case("twice", {"a": shared, "b": shared})),), {})
    assert seeds(solved) == seeds(unpack(*pack(solved)))


@pytest.mark.parametrize(
    ("body", "error", "calls"), [(NotImplementedError, "NotAttempted", 1), (KeyError, "KeyError", 3)]
)
def test_a_function_that_is_not_written_yet_is_called_once(body, error, calls):
    called = []

    def total(x):
        called.append(x)
        raise body

    cases = [Case(f"case {number}", {"x": torch.arange(float(number))}) for number in range(3)]
    assert [response.error for response in _responses(total, cases, [1, 2, 3], "cpu")] == [error] * 3
    assert len(called) == calls
