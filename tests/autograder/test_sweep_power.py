"""What the hidden cases of `gibbs_sweep` can tell, by exact laws: no chance enters here."""

import itertools
import math

import pytest
import torch

from autograder.rubrics.ps5_lda import sweep_laws
from autograder.rubrics.ps5_lda.sweep_cases import ALIKE, CORPUS, SWEEPS
from latentkit.check.laws.gibbs import X
from latentkit.lda import count_topics, log_joint

DRAWN = sweep_laws.conditionals(CORPUS)
RIGHT = sweep_laws.laws_of_all_orders(CORPUS, DRAWN)
MISTAKEN = sweep_laws.mistaken(CORPUS, DRAWN)
TILTS = torch.linspace(0.02, 1.0, 50, dtype=torch.float64)


def log10_of_acceptance(law):
    """Chernoff's bound on the probability that SWEEPS sweeps with that law give less than X nats of evidence."""
    evidence = sweep_laws.log_evidence(law.view(1, -1), RIGHT).view_as(law)
    given = law > 0
    bounds = [tilt * X + SWEEPS * (law[given] * (-tilt * evidence[given]).exp()).sum().log() for tilt in TILTS]
    return float(min(bounds)) / math.log(10)


ARGUMENT_MISTAKEN = ("alpha_doubled", "alpha_halved", "eta_doubled", "eta_halved", "totals_doubled", "totals_halved")
"""Of n_dk twice is half of α, and half of n_k twice V."""
IGNORED = ("words_ignored", "documents_ignored", "denominator_missing", "vocabulary_missing", "priors_swapped")
OTHERS = ("swept_twice", "drawn_with_replacement", "one_random_number", "token_kept_in_counts", "stale_counts")


@pytest.mark.parametrize("mistake", ARGUMENT_MISTAKEN)
def test_twice_or_half_of_an_argument_is_refused(mistake):
    assert log10_of_acceptance(MISTAKEN[mistake]) < -3.9


@pytest.mark.parametrize("mistake", (*IGNORED, *OTHERS, "documents_for_vocabulary"))
def test_an_argument_that_is_ignored_and_a_known_mistake_are_refused(mistake):
    assert log10_of_acceptance(MISTAKEN[mistake]) < -7


def test_two_topics_exchanged_afterwards_are_refused_whichever_they_are():
    for pair in itertools.combinations(range(CORPUS.topics), 2):
        law = MISTAKEN["topics_{}_and_{}_exchanged".format(*pair)]
        assert log10_of_acceptance(law) < (-2 if pair == ALIKE else -25)


def test_the_evidence_is_no_greater_than_one_on_average_under_any_right_order():
    evidence = sweep_laws.log_evidence(torch.stack([law.flatten() for law in MISTAKEN.values()]), RIGHT)
    assert (RIGHT @ evidence.exp().T).max() <= 1 + 1e-9


def test_conditionals_are_those_of_the_joint_density():
    joint = torch.empty_like(DRAWN[0])
    for topics in itertools.product(range(CORPUS.topics), repeat=len(CORPUS.start)):
        n_dk, n_kw, _ = count_topics(CORPUS.words(), CORPUS.by_document(topics), CORPUS.topics, CORPUS.vocab)
        joint[topics] = log_joint(n_dk, n_kw, CORPUS.alpha, CORPUS.eta)
    for token, drawn in enumerate(DRAWN):
        torch.testing.assert_close(drawn, joint.softmax(token))


def test_counts_that_are_right_give_the_right_sweep():
    law = sweep_laws.sweep(CORPUS.place(), DRAWN, range(len(DRAWN)))
    torch.testing.assert_close(sweep_laws.from_other_counts(CORPUS), law)
