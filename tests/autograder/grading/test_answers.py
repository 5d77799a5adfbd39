"""What a child says back is taken only as far as an exercise could have returned it."""

import builtins

import pytest
import torch

from autograder.grading.judging.answers import trusted
from latentkit.check.cases import Case, Foreign, Function, Response


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


def test_errors_tell_at_most_three_bits_of_the_inputs():
    names = [
        name for name, kind in vars(builtins).items() if isinstance(kind, type) and issubclass(kind, BaseException)
    ]
    told = {trusted(Response(error=name), Case("a case", {})).error for name in [*names, "LinAlgError", "OwnError"]}
    assert len(names) > 60 and len(told) <= 8, sorted(told)
    assert trusted(Response(error="UnboundLocalError"), Case("a case", {})).error == "NameError"


def test_an_error_that_a_known_mistake_raises_keeps_its_name():
    answer = trusted(Response(error="ZeroDivisionError"), Case("a case", {}), {"ZeroDivisionError"})
    assert answer.error == "ZeroDivisionError"
