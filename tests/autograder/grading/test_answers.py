"""What a child says back is taken only as far as an exercise could have returned it."""

import builtins
from collections.abc import Collection

import pytest
import torch

from autograder import rubrics
from autograder.exercise.solve import examination
from autograder.grading.judging.answers import kind_of_error, trusted
from autograder.grading.judging.asking import judged
from latentkit.check.cases import Case, Examination, Foreign, Function, Response, SolvedCase


@pytest.mark.parametrize("value", [3, 0.5, True, None, torch.tensor([1, 2]), (torch.ones(2), torch.ones(3))], ids=str)
def test_plain_results_pass(value):
    assert trusted(Response((value,)), Case("a case", {})).outputs[0] is value or isinstance(value, tuple)


def test_a_function_never_comes_back():
    function = Function("markov_decoder", {"transition": torch.eye(2)})
    with pytest.raises(ValueError, match="not a value"):
        trusted(Response((function,)), Case("a decoder", {"step_fn": function}))


def test_the_name_of_an_unknown_type_is_not_repeated():
    answer = trusted(Response((Foreign("secret.input_was_3"),)), Case("a case", {}))
    assert answer.outputs[0] == Foreign("an object of its own")


def test_only_what_was_to_be_edited_comes_back_without_made_up_names():
    case = Case("a sweep", {"z": [torch.ones(1)], "docs": []}, edits=("z",))
    answer = trusted(Response((None,), edited={"z": [Foreign("secret.input_was_3")]}), case)
    assert answer.edited == {"z": [Foreign("an object of its own")]}
    for edited in ({}, {"z": [], "docs": []}, {"docs": []}):
        with pytest.raises(ValueError, match="edited"):
            trusted(Response((None,), edited=edited), case)
    assert trusted(Response(error="ValueError"), case).edited == {}


@pytest.mark.parametrize("known", ["NotAttempted", "WrongArguments", "MemoryError", "TypeError"])
def test_an_error_that_says_what_to_do_keeps_its_name(known):
    assert trusted(Response(error=known), Case("a case", {})).error == known


def test_an_exception_of_the_students_own_does_not():
    assert trusted(Response(error="SecretInputWas3"), Case("a case", {})).error == "another kind of error"


def told(error: str, predicted: Collection[str] = ()) -> str:
    """What a message says of an error that a child names."""
    return kind_of_error(trusted(Response(error=error), Case("a case", {}), predicted).error, predicted)


def test_errors_tell_at_most_three_bits_of_the_inputs():
    names = [
        name for name, kind in vars(builtins).items() if isinstance(kind, type) and issubclass(kind, BaseException)
    ]
    kinds = {told(name) for name in [*names, "LinAlgError", "OwnError"]}
    assert len(names) > 60 and len(kinds) <= 8, sorted(kinds)
    assert told("UnboundLocalError") == "NameError"


def test_an_error_that_a_known_mistake_raises_keeps_its_name():
    assert told("ZeroDivisionError", {"ZeroDivisionError"}) == "ZeroDivisionError"


@pytest.mark.parametrize(
    ("error", "mistake", "said"),
    [
        ("RuntimeError", "adds_a_dimension", "raised RuntimeError. Mind the dimensions. (hidden case"),
        ("RecursionError", None, "raised RuntimeError. (hidden case"),
        ("NotImplementedError", None, "raised RuntimeError. (hidden case"),
        ("SecretInputWas3", None, "raised another kind of error. (hidden case"),
    ],
)
def test_a_mistake_is_recognised_by_the_error_s_own_name_and_told_by_its_kind(error, mistake, said):
    case = Case("a vector", {"x": torch.ones(2)})
    solved = SolvedCase(case, Response((torch.ones(2),)), {"adds_a_dimension": Response(error="RuntimeError")})
    exam = Examination("double", (solved,), {"adds_a_dimension": "Mind the dimensions."})
    outcome = judged(exam, [trusted(Response(error=error), case, {"RuntimeError"})])
    assert outcome.mistake == mistake and said in outcome.message


def test_an_endless_recursion_is_no_known_mistake_of_the_kit():
    """It is a RuntimeError, which three mistakes in `concat_latent` raise."""
    exam = examination(rubrics.load("ps2_sentence_vae").exercise("concat_latent"), b"a seed")
    raised = [trusted(Response(error="RecursionError"), solved.case, {"RuntimeError"}) for solved in exam.cases]
    assert judged(exam, raised).mistake is None


def test_of_changed_settings_only_known_names_pass():
    answer = Response((1.0,), changed=("secret.input_was_3", "torch's random seed", "torch's default dtype"))
    assert trusted(answer, Case("a case", {})).changed == ("torch's default dtype", "torch's random seed")


def test_a_hidden_case_tells_which_setting_was_changed():
    solved = SolvedCase(Case("a case", {}), Response((1.0,)))
    changed = ("torch's default dtype", "torch's random seed")
    outcome = judged(Examination("one", (solved,), {}), [Response((1.0,), changed=changed)])
    assert outcome.message.startswith("Your function changed a global setting: torch's default dtype. Put it back")
    assert outcome.status == "failed"
    assert "seed" not in outcome.message, "each further name would be a bit that a function could choose by its inputs"
