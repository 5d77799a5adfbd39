"""A function may not leave the process changed: what it changed is told by name, and put back."""

import random
import re
import time

import numpy as np
import pytest
import torch

from latentkit.check import examine
from latentkit.check.calling import respond
from latentkit.check.cases import Case, Examination, SolvedCase
from latentkit.check.comparing import Complaint
from latentkit.check.laws import LAWS
from latentkit.check.settings import MOST_BLOCKS, NAMES, SETTINGS
from latentkit.check.wire import pack, unpack

CASE = Case("a few numbers", {"x": torch.arange(3.0)}, ("x",), torch.ones(3))
CHANGES = {
    "torch's default dtype": lambda: torch.set_default_dtype(torch.float64),
    "torch's gradient mode": lambda: torch.set_grad_enabled(False),
    "torch's number of threads": lambda: torch.set_num_threads(torch.get_num_threads() + 1),
    "torch's anomaly detection": lambda: torch.autograd.set_detect_anomaly(True),
    "torch's choice of deterministic algorithms": lambda: torch.use_deterministic_algorithms(True),
    "numpy's handling of errors": lambda: np.seterr(all="ignore"),
    "torch's random seed": lambda: torch.manual_seed(0),
    "numpy's random seed": lambda: np.random.seed(0),
    "Python's random seed": lambda: random.seed(0),
}


def double(x):
    return 2 * x


def examination(law=""):
    return Examination("double", (SolvedCase(CASE, respond(double, CASE)),), {}, law=law)


def doubling_and(change):
    def answer(x):
        result = 2 * x
        change()
        return result

    return answer


def settings():
    return [setting.get() for setting in SETTINGS]


def test_there_is_a_change_for_every_name():
    assert tuple(CHANGES) == NAMES


@pytest.mark.parametrize("name", CHANGES)
def test_what_was_changed_is_told_and_put_back(name):
    before, seed = settings(), torch.initial_seed()
    verdict = examine(examination(), doubling_and(CHANGES[name]))
    assert (verdict.status, verdict.mistake) == ("failed", None)
    assert verdict.message.startswith(f"Your function changed a global setting: {name}. ")
    assert (settings(), torch.initial_seed()) == (before, seed)


@pytest.mark.parametrize(
    "draw", [torch.Tensor(3).uniform_, lambda: np.random.rand(3), random.random], ids=["torch", "numpy", "Python"]
)
def test_a_seed_is_put_back_with_its_stream(draw):
    torch.manual_seed(1), np.random.seed(1), random.seed(1)
    expected = [str(draw()) for _ in range(2)]
    torch.manual_seed(1), np.random.seed(1), random.seed(1)
    first = str(draw())
    respond(doubling_and(lambda: [change() for change in CHANGES.values()]), CASE)
    assert [first, str(draw())] == expected


SEEDING = {
    "torch's random seed": (torch.manual_seed, lambda: torch.rand(3)),
    "numpy's random seed": (np.random.seed, lambda: np.random.rand(3)),
    "Python's random seed": (random.seed, random.random),
}


@pytest.mark.parametrize("draws", [0, 1, 500])
@pytest.mark.parametrize("name", SEEDING)
def test_the_seed_that_a_notebook_set_is_noticed_when_it_is_set_again(name, draws):
    seed, draw = SEEDING[name]
    seed(0)

    def answer(x):
        seed(0)
        for _ in range(draws):
            draw()
        return 2 * x

    changed = {setting for _ in range(2) for setting in respond(answer, CASE).changed}
    assert changed == {name}


@pytest.mark.parametrize("name", SEEDING)
def test_a_draw_is_no_seed_and_the_seed_is_as_it_was(name):
    seed, draw = SEEDING[name]
    for value in (0, 1, 2**32 - 1):
        seed(value)
        before = torch.initial_seed()
        for draws in (0, 1, 100, 1000):
            assert respond(doubling_and(lambda draws=draws: [draw() for _ in range(draws)]), CASE).changed == ()
        assert torch.initial_seed() == before


def test_a_change_is_put_back_where_the_function_raises():
    before = settings()

    def answer(x):
        torch.set_default_dtype(torch.float64)
        raise ValueError

    response = respond(answer, CASE)
    assert (response.error, response.changed) == ("ValueError", ("torch's default dtype",))
    assert settings() == before


def test_a_change_in_one_call_does_not_reach_the_next():
    case = Case(CASE.name, CASE.inputs, CASE.gradients, CASE.cotangent, calls=2)
    response = respond(doubling_and(lambda: torch.set_grad_enabled(False)), case)
    assert torch.equal(response.gradients["x"], torch.full((3,), 2.0))


def no_gradient_for_a_while(x):
    with torch.no_grad():
        torch.exp(x)
    return 2 * x


def generators_of_its_own(x):
    torch.Generator().manual_seed(0)
    np.random.default_rng(0).random(3)
    random.Random(0).random()
    return 2 * x


def seeds_put_back(x):
    with torch.random.fork_rng():
        torch.manual_seed(0)
    return 2 * x


def draws_much(x):
    torch.rand(3), np.random.rand(700_000), [random.random() for _ in range(2000)]
    return 2 * x


@pytest.mark.parametrize("answer", [no_gradient_for_a_while, generators_of_its_own, seeds_put_back, draws_much])
def test_a_right_answer_that_leaves_all_as_it_was_passes(answer):
    assert examine(examination(), answer).passed


def test_more_draws_than_are_followed_would_take_long():
    assert MOST_BLOCKS * 624 > 5_000_000


def test_a_wrong_value_is_told_first():
    def answer(x):
        torch.set_default_dtype(torch.float64)
        return 3 * x

    assert examine(examination(), answer).message.startswith("The value is wrong.")


def test_an_exercise_that_is_judged_by_law_is_no_exception(monkeypatch):
    monkeypatch.setitem(LAWS, "anything", lambda solved, response, examination: None)
    assert examine(examination("anything"), double).passed
    verdict = examine(examination("anything"), doubling_and(lambda: torch.manual_seed(0)))
    assert re.search("torch's random seed.* a generator of your own", verdict.message)


def test_a_law_is_told_first(monkeypatch):
    monkeypatch.setitem(LAWS, "nothing", lambda solved, response, examination: Complaint("It is not random."))
    verdict = examine(examination("nothing"), doubling_and(lambda: torch.manual_seed(0)))
    assert verdict.message.startswith("It is not random.")


def test_it_survives_the_wire_and_only_words_pass():
    response = respond(doubling_and(CHANGES["torch's gradient mode"]), CASE)
    header, arrays = pack(response)
    assert unpack(header, arrays).changed == ("torch's gradient mode",)
    header["fields"]["changed"] = {"tuple": [1]}
    with pytest.raises(ValueError, match="not a response"):
        unpack(header, arrays)


def test_a_seed_is_told_from_many_draws_at_once():
    before = np.random.RandomState(3).get_state()
    np.random.set_state(before)
    begin = time.process_time()
    assert respond(doubling_and(lambda: np.random.seed(3)), CASE).changed == ("numpy's random seed",)
    assert respond(doubling_and(lambda: np.random.seed(4)), CASE).changed == ("numpy's random seed",)
    assert respond(doubling_and(lambda: np.random.rand(2_000_000)), CASE).changed == ()
    assert time.process_time() - begin < 1


def test_another_kind_of_generator_of_numpys_is_left_alone():
    generator = np.random.get_bit_generator()
    try:
        response = respond(doubling_and(lambda: np.random.set_bit_generator(np.random.PCG64(1))), CASE)
        assert response.changed == ()
        assert respond(doubling_and(lambda: np.random.rand(3)), CASE).changed == ()
    finally:
        np.random.set_bit_generator(generator)
