"""The common evaluator of topic models."""

import numpy as np
import pytest
import scipy.sparse as sp

from latentkit.topics.evaluation import completion_perplexity, match_topics, split_words
from tests.lib.planted_topics import planted


def test_tokens_are_split_once_each_and_in_the_share_asked_for():
    counts, _, _ = planted(documents=300)
    observed, held_out = split_words(counts, 0.8, random_state=0)
    assert abs(observed + held_out - counts).sum() == 0
    assert observed.data.min() >= 1 and held_out.data.min() >= 1
    assert observed.sum() / counts.sum() == pytest.approx(0.8, abs=0.02)
    again, _ = split_words(counts, 0.8, random_state=0)
    assert abs(again - observed).sum() == 0


def test_perplexity_is_that_of_plain_coordinate_ascent():
    from scipy.special import digamma

    counts, beta, _ = planted(documents=15, topics=4, words=40)
    observed, held_out = split_words(counts, random_state=1)
    total = 0.0
    for seen, unseen in zip(observed.toarray(), held_out.toarray(), strict=True):
        gamma = np.full(4, 0.1 + seen.sum() / 4)
        for _ in range(3000):
            phi = np.exp(digamma(gamma))[:, None] * beta + 1e-300
            gamma = 0.1 + (phi / phi.sum(0)) @ seen
        total += unseen @ np.log(gamma @ beta / gamma.sum())
    expected = np.exp(-total / held_out.sum())
    assert completion_perplexity(beta, 0.1, observed, held_out) == pytest.approx(expected, rel=1e-3)


def test_a_uniform_topic_has_the_size_of_the_vocabulary_as_perplexity():
    counts, _, _ = planted(documents=20)
    observed, held_out = split_words(counts, random_state=0)
    assert completion_perplexity(np.full((3, 300), 1 / 300), 0.1, observed, held_out) == pytest.approx(300)


def test_the_true_topics_beat_perturbed_ones():
    counts, beta, _ = planted(documents=200)
    halves = split_words(counts, random_state=0)
    blurred = 0.7 * beta + 0.3 * beta.mean(0)
    assert completion_perplexity(beta * 0.999999 + 1e-6 / 300, 0.1, *halves) < completion_perplexity(
        blurred, 0.1, *halves
    )


def test_bad_halves_and_topics_are_refused():
    counts, beta, _ = planted(documents=20)
    halves = split_words(counts)
    with pytest.raises(ValueError, match="sum to one"):
        completion_perplexity(beta * 2, 0.1, *halves)
    with pytest.raises(ValueError, match="shapes"):
        completion_perplexity(np.full((2, 3), 1 / 3), 0.1, *halves)
    with pytest.raises(ValueError, match="no word"):
        completion_perplexity(beta, 0.1, counts, sp.csr_array(counts.shape))
    with pytest.raises(ValueError, match="whole"):
        split_words(counts * 0.5)
    with pytest.raises(ValueError, match="observed"):
        split_words(counts, 1.0)


def test_matching_undoes_a_permutation():
    random = np.random.default_rng(0)
    planted_topics = random.dirichlet(np.full(50, 0.1), 6)
    order = random.permutation(6)
    matched = match_topics(planted_topics[order] * 7.0, planted_topics)
    np.testing.assert_array_equal(order[matched.found], matched.planted)
    np.testing.assert_allclose(matched.cosine, 1.0)
    assert len(match_topics(planted_topics[:4], planted_topics).planted) == 4


def test_matching_gives_every_planted_topic_another_found_one():
    planted_topics = np.array([[1.0, 0.0, 0.0], [0.9, 0.1, 0.0]])
    matched = match_topics(np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]), planted_topics)
    assert sorted(matched.found) == [0, 1]
    with pytest.raises(ValueError, match="vocabulary"):
        match_topics(np.ones((2, 3)), np.ones((2, 4)))
