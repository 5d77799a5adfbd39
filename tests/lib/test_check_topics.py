"""The laws of the topic models: what they refuse before any statistics, and what they let pass."""

import pytest
import torch

from latentkit.check.cases import Case, Examination, Response, SolvedCase
from latentkit.check.laws.gibbs import gibbs_sweep
from latentkit.check.laws.inference import document_inference, reached
from latentkit.lda import count_topics as count

EXAMINATION = Examination("an exercise", (), {})


@pytest.fixture
def sweep():
    """Two documents whose four tokens have all changed their topic, with the counts that belong to it."""
    docs = [torch.tensor([0, 1]), torch.tensor([2, 2])]
    before, after = ([torch.tensor([a, a]), torch.tensor([b, b])] for a, b in ((0, 1), (1, 0)))
    inputs = {"docs": docs, "z": before, **dict(zip(("n_dk", "n_kw", "n_k"), count(docs, before, 2, 3), strict=True))}
    edited = {"z": after, **dict(zip(("n_dk", "n_kw", "n_k"), count(docs, after, 2, 3), strict=True))}
    case = Case("a case", inputs | {"alpha": 0.1, "eta": 0.1}, edits=("z", "n_dk", "n_kw", "n_k"))
    return SolvedCase(case, numbers={"planted": torch.tensor([1, 1, 0, 0]), "least_agreement": 0.9}), edited


def verdict(sweep, **changes):
    solved, edited = sweep
    return gibbs_sweep(solved, Response((None,), edited=edited | changes), EXAMINATION)


def test_counts_are_those_of_the_assignment(sweep):
    solved, _ = sweep
    n_dk, n_kw, n_k = count(solved.case.inputs["docs"], solved.case.inputs["z"], 2, 3)
    assert n_dk.tolist() == [[2, 0], [0, 2]]
    assert n_kw.tolist() == [[1, 1, 0], [0, 0, 2]]
    assert n_k.tolist() == [2, 2]


def test_a_consistent_sweep_to_the_planted_topics_passes(sweep):
    assert verdict(sweep) is None


@pytest.mark.parametrize(
    "junk",
    [
        {"n_k": torch.tensor([2.0, 2.0])},
        {"n_k": [2, 2]},
        {"n_kw": torch.zeros(2, 2, dtype=torch.long)},
        {"z": None},
        {"z": []},
        {"z": [torch.tensor([1, 1]), torch.tensor([0])]},
        {"z": [torch.tensor([1, 1]), torch.tensor([0, 2])]},
        {"z": [torch.tensor([1, 1]), torch.tensor([-1, 0])]},
        {"z": [torch.tensor([1, 1]), torch.tensor([0.0, float("nan")])]},
        {"z": [torch.tensor([1, 1]), "0, 0"]},
    ],
    ids=str,
)
def test_what_is_no_assignment_is_told_so(sweep, junk):
    assert "no longer" in verdict(sweep, **junk).message


def test_a_count_that_does_not_belong_to_z_never_passes(sweep):
    _, edited = sweep
    for name in ("n_dk", "n_kw", "n_k"):
        assert name in verdict(sweep, **{name: edited[name] + 1}).message
    for name in ("n_dk", "n_kw"):
        assert name in verdict(sweep, **{name: edited[name].flip(0)}).message


@pytest.fixture
def document():
    beta = torch.tensor([[0.7, 0.2, 0.1], [0.1, 0.3, 0.6]], dtype=torch.float64)
    counts = torch.tensor([3.0, 1.0, 2.0], dtype=torch.float64)
    return {"alpha": 0.8, "log_beta": beta.log(), "word_ids": torch.arange(3), "counts": counts}


def ascend(document, iterations):
    gamma = torch.full((2,), 3.8, dtype=torch.float64)
    for _ in range(iterations):
        phi = (torch.digamma(gamma) + document["log_beta"].T).softmax(1)
        gamma = document["alpha"] + document["counts"] @ phi
    return gamma, phi


def inferred(document, gamma, phi):
    solved = SolvedCase(Case("a document", document), numbers={"best": reached(document, *ascend(document, 500))})
    return document_inference(solved, Response(((gamma, phi),)), EXAMINATION)


def test_the_optimum_passes_and_nothing_is_better(document):
    gamma, phi = ascend(document, 500)
    assert inferred(document, gamma, phi) is None
    best = reached(document, gamma, phi)
    for _ in range(100):
        other = torch.distributions.Dirichlet(torch.ones(2, dtype=torch.float64)).sample((3,))
        assert reached(document, document["alpha"] + document["counts"] @ other, other) < best


def test_an_early_end_and_impossible_pairs_fail(document):
    gamma, phi = ascend(document, 500)
    assert inferred(document, *ascend(document, 1)).message.startswith("The bound is not the best")
    assert "add up" in inferred(document, gamma + 1, phi).message
    assert "add up" in inferred(document, torch.tensor([-1.0, 8.6], dtype=torch.float64), phi).message
    assert "distributions" in inferred(document, gamma, 2 * phi).message
    assert inferred(document, phi, gamma).mistake == "results_swapped"
    assert inferred(document, gamma * float("nan"), phi) is not None
    assert inferred(document, gamma, None) is not None


def update(document, gamma, words=lambda gamma: torch.digamma(gamma)):
    return (words(gamma) + document["log_beta"][:, document["word_ids"]].T).softmax(-1)


def settled(document, words):
    """Where updates with another function of γ end."""
    gamma = document["alpha"] + torch.ones(len(document["log_beta"]), dtype=torch.float64)
    for _ in range(2000):
        phi = update(document, gamma, words)
        gamma = document["alpha"] + document["counts"] @ phi
    return gamma, phi


def test_a_pair_that_ends_too_low_is_told_why(document):
    gamma, phi = ascend(document, 1000)
    told = {
        "the loop ends too early": ascend(document, 1),
        "The topics come back in reverse order": (gamma.flip(0), phi.flip(1)),
        "The rows of φ have moved by one word": (gamma, phi.roll(1, 0)),
        "wholly to one topic": (gamma, torch.nn.functional.one_hot(phi.argmax(1), phi.shape[1]).double()),
        "All rows of φ are the same": (gamma, phi.mean(0).expand_as(phi)),
        "φ is not the update that follows from γ": settled(document, lambda gamma: 0.2 * torch.digamma(gamma)),
    }
    for words, pair in told.items():
        assert words in inferred(document, *pair).message


def test_sums_are_named_where_they_are_that_mistake(document):
    gamma, phi = ascend(document, 1000)
    assert inferred(document, gamma / gamma.sum(), phi).mistake == "shares_returned"
    assert inferred(document, gamma - document["alpha"], phi).mistake == "prior_missing"
    assert inferred(document, gamma.softmax(0), phi).mistake is None
    doubled = inferred(document, 2 * gamma, phi)
    assert doubled.mistake is None
    assert "times a number" in doubled.message
    assert "the mere sum" in inferred(document, phi.sum(0), phi).message
    assert "normalised over the words" in inferred(document, gamma, phi / phi.sum(0)).message
    assert "logarithms" in inferred(document, gamma, phi.log()).message
