"""Interpretability: homogeneity by hand, its chance level, information, and the trap of argmaxes."""

import itertools
import math

import pytest
import torch
from sklearn.metrics import mutual_info_score

from latentkit.data.dialog import Turn
from latentkit.data.text import Vocabulary, collate
from latentkit.evaluation.codes import (
    chance_homogeneity,
    homogeneity,
    interpretability,
    joint_mutual_information,
    most_probable_joint_codes,
    number_of_joint_code,
)
from latentkit.models import DiscreteVAE, MixtureVAE
from latentkit.models.discrete_vae import joint_probabilities


@pytest.fixture
def turns():
    said = [("where", "is", "it", "?"), ("go", "home", "."), ("play", "jazz", "."), ("is", "it", "far", "?")]
    return [
        Turn((), words, {"act": "ask" if "?" in words else "tell", "slots": {}}) for words in said for _ in range(50)
    ]


@pytest.fixture
def vocabulary(turns):
    return Vocabulary.from_sentences(turn.words for turn in turns)


def mixture(vocabulary, scale=1.0):
    torch.manual_seed(0)
    model = MixtureVAE(len(vocabulary), 8, 12, latent_dim=2, variables=2, classes=3)
    with torch.no_grad():
        model.w_c.weight.mul_(scale)
        model.w_c.bias.zero_()
    return model


def test_homogeneity_of_a_table_by_hand():
    """Code 0 holds a a b, code 1 holds b: H(label) = ln 2, H(label | code) = 3/4 · (ln 3 - 2/3 ln 2)."""
    expected = 1 - 0.75 * (math.log(3) - 2 / 3 * math.log(2)) / math.log(2)
    assert homogeneity(["a", "a", "b", "b"], [0, 0, 0, 1]) == pytest.approx(expected)
    assert homogeneity(["a", "a"], [0, 1]) == 1.0


def test_chance_rises_with_the_number_of_codes_and_is_nothing_for_one():
    torch.manual_seed(0)
    labels = [str(n) for n in torch.randint(4, (1000,)).tolist()]
    levels = [chance_homogeneity(labels, torch.randint(count, (1000,))) for count in (1, 5, 125)]
    assert levels[0] == pytest.approx((0, 0), abs=1e-12)
    assert levels[1][0] < 0.02 < 0.1 < levels[2][0]
    for (mean, sd), count in zip(levels[1:], (5, 125), strict=True):
        expected = (4 - 1) * (count - 1) / (2 * 1000 * math.log(4))  # the bias of the information, to first order
        assert mean == pytest.approx(expected, rel=0.25) and 0 < sd < mean


def test_joint_codes_number_all_choices():
    choices = torch.tensor(list(itertools.product(range(3), repeat=2)))
    assert number_of_joint_code(choices, 3).tolist() == list(range(9))
    q_c = torch.randn(7, 2, 3).softmax(-1)
    assert most_probable_joint_codes(q_c).tolist() == joint_probabilities(q_c).argmax(-1).tolist()


def test_information_of_sure_codes_is_that_of_the_counts():
    choices = torch.randint(3, (300, 2), generator=torch.Generator().manual_seed(0))
    q_c = torch.nn.functional.one_hot(choices, 3).float()
    codes = number_of_joint_code(choices, 3).tolist()
    information, cap = joint_mutual_information(q_c)
    assert information == pytest.approx(mutual_info_score(codes, codes), abs=1e-5), "H(code)"
    assert cap == pytest.approx(math.log(9))


def test_information_is_counted_once_and_capped_by_the_utterances():
    alike = torch.eye(3)[torch.arange(3).repeat(10)].unsqueeze(1).expand(-1, 2, -1)
    assert joint_mutual_information(alike)[0] == pytest.approx(math.log(3), abs=1e-5), "not 2 ln 3"
    few = torch.eye(6).unsqueeze(1).expand(-1, 2, -1)
    information, cap = joint_mutual_information(few)
    assert information == pytest.approx(cap) and cap == pytest.approx(math.log(6))


def test_a_nearly_uniform_q_has_homogeneous_argmaxes_but_no_information(turns, vocabulary):
    """The trap: the most probable of equally probable codes still sorts utterances."""
    result = interpretability(mixture(vocabulary, scale=1e-3), vocabulary, turns, "act")
    assert result.mutual_information == pytest.approx(0, abs=1e-4)
    assert result.homogeneity > 0.4 > 10 * result.homogeneity_sampled
    assert result.homogeneity_sampled == pytest.approx(result.chance_sampled, abs=0.03)


def test_sure_codes_give_both_alike(turns, vocabulary):
    result = interpretability(mixture(vocabulary, scale=1e3), vocabulary, turns, "act")
    assert result.homogeneity == pytest.approx(result.homogeneity_sampled, abs=0.05)
    assert result.mutual_information > 0.5


def test_the_numbers_are_those_of_the_models_terms(turns, vocabulary):
    model = mixture(vocabulary)
    result = interpretability(model, vocabulary, turns, "act")
    tokens = collate([vocabulary.encode(turn.words) for turn in turns])
    with torch.no_grad():
        terms = model.terms(tokens)
    kl = (terms.kl_z + terms.dispersion + terms.kl_c).mean().item()
    assert result.kl == pytest.approx(kl, rel=1e-4)
    assert result.dispersion == pytest.approx(terms.dispersion.mean().item(), rel=1e-4)
    assert result.nll == pytest.approx(-terms.log_likelihood.mean().item(), abs=0.2)
    assert result.question_mark == pytest.approx(1.0), "here the question mark is the label"
    assert result.utterances == 200 and not model.training


def test_a_discrete_vae_has_no_components(turns, vocabulary):
    result = interpretability(DiscreteVAE(len(vocabulary), 8, 12), vocabulary, turns, "act")
    assert result.dispersion is result.spread is result.dispersion_at_prior is result.collapsed is None
    assert 0 <= result.bleu <= 100


def test_variables_with_components_alike_are_counted(turns, vocabulary):
    model = mixture(vocabulary)
    assert interpretability(model, vocabulary, turns, "act", reconstructed=1).collapsed == 0
    with torch.no_grad():
        model.mixture.means[1] = model.mixture.means[1, 0].clone() + 0.01 * torch.randn(3, 2)
    assert interpretability(model, vocabulary, turns, "act", reconstructed=1).collapsed == 1


def test_too_many_codes_and_no_utterances_are_refused(turns, vocabulary):
    with pytest.raises(ValueError, match=r"4,096 joint codes at most; got 200 and 5\^20"):
        interpretability(DiscreteVAE(len(vocabulary), variables=20), vocabulary, turns, "act")
    with pytest.raises(ValueError, match="needs utterances"):
        interpretability(mixture(vocabulary), vocabulary, [], "act")
