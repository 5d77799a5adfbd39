"""A call of the library's own answer is told, whatever it was imported as; a right answer that writes it is not."""

from dataclasses import replace

import pytest
import torch

from latentkit import decoding, lda
from latentkit.check import examine
from latentkit.check.calling import respond
from latentkit.check.card import as_html, as_text
from latentkit.check.cases import Case, Examination, SolvedCase
from latentkit.check.shortcuts import answers_called_by
from latentkit.check.trying import Outcome
from latentkit.decoding import greedy as best_first
from latentkit.named_calls import answers_named_in, imports_of
from latentkit.topics import VariationalLDA
from latentkit.training.sentences import linear

IMPORTS = """
import sklearn.metrics
import sklearn.metrics as sm
from sklearn.metrics import homogeneity_score as score
from sklearn import metrics
import latentkit.lda
from torch.nn import functional as F
"""
SCORE = "sklearn.metrics.homogeneity_score"


@pytest.mark.parametrize(
    "code",
    [
        "score(a, b)",
        "sm.homogeneity_score(a, b)",
        "metrics.homogeneity_score(a, b)",
        "sklearn.metrics.homogeneity_score",
    ],
)
def test_a_name_is_followed_to_where_it_was_imported(code):
    assert answers_named_in([f"def f(a, b):\n    return {code}"], [SCORE], imports_of([IMPORTS])) == (SCORE,)


@pytest.mark.parametrize(
    "code", ["homogeneity_score(a, b)", "sm.v_measure_score(a)", "score = 1", "a.homogeneity_score", "1 +"]
)
def test_another_name_is_not_taken_for_it(code):
    assert (
        answers_named_in([f"def f(a, b):\n    {code}"], [SCORE], imports_of([IMPORTS.replace(" as score", " as s")]))
        == ()
    )


def test_an_import_inside_the_answer_counts():
    assert answers_named_in([f"def f(a, b):\n    {IMPORTS.splitlines()[3]}\n    return score(a, b)"], [SCORE]) == (
        SCORE,
    )


def test_all_of_a_module_may_be_the_answer():
    source = "import latentkit.topics.prior as p\np.fit_symmetric_alpha(1)"
    assert answers_named_in([source], ["latentkit.topics"]) == ("latentkit.topics",)


def test_a_long_chain_of_attributes_takes_no_time():
    assert answers_named_in(["import latentkit\nlatentkit" + ".a" * 500], ["latentkit.decoding"]) == ()


def by_an_alias(step_fn, z, max_length):
    return best_first(step_fn, z, max_length)


def by_its_module(step_fn, z, max_length):
    return decoding.greedy(step_fn, z, max_length)


def by_a_schedule(step, warmup):
    return linear(warmup)(step)


def by_a_fit(counts):
    return VariationalLDA(2).fit(counts)


def with_torch_alone(x, weight):
    return torch.nn.functional.linear(x, weight)


@pytest.mark.parametrize(
    ("function", "answer", "told"),
    [
        (by_an_alias, "latentkit.decoding", True),
        (by_its_module, "latentkit.decoding.greedy", True),
        (by_a_schedule, "latentkit.training.sentences.linear", True),
        (by_a_fit, "latentkit.topics", True),
        (with_torch_alone, "latentkit.training.sentences.linear", False),
        (torch.add, "latentkit.decoding", False),
    ],
)
def test_a_function_is_read_with_the_names_that_it_knows(function, answer, told):
    assert answers_called_by(function, [answer]) == (answer,) * told


def shares(alpha, phi, counts):
    return lda.document_shares(alpha, phi, counts)


def written(alpha, phi, counts):
    return alpha + counts @ phi


def test_the_check_passes_and_says_so():
    case = Case("a document", {"alpha": 0.5, "phi": torch.rand(3, 2), "counts": torch.ones(3)})
    examination = Examination("shares", (SolvedCase(case, respond(written, case)),), {}, answered_by=("latentkit.lda",))
    verdict = examine(examination, shares)
    assert verdict.passed
    for card in (as_text(Outcome(verdict), examination), as_html(Outcome(verdict), examination)):
        assert "this calls the answer (latentkit.lda): write it" in card
    assert examine(examination, written).facts == examine(replace(examination, answered_by=()), shares).facts == ()
