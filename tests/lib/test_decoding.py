"""Decoding against exhaustive search and exact probabilities."""

import itertools
import math

import pytest
import torch

from latentkit.data.text import BOS, EOS, PAD
from latentkit.decoding import beam, greedy, sample
from latentkit.models import SentenceVAE
from latentkit.reference.sentence import (
    greedy_decode,
)

VOCAB = 6
WAYS = {
    "greedy": greedy,
    "sample": sample,
    "sample, top 2": lambda *arguments: sample(*arguments, temperature=0.7, top_k=2),
    "beam": beam,
    "beam of 1": lambda *arguments: beam(*arguments, width=1),
}


def decoder(seed=0, latent=2):
    """A second-order decoder over EOS, UNK and two words, steered by z."""
    generator = torch.Generator().manual_seed(seed)
    table = 2 * torch.randn(VOCAB, VOCAB, VOCAB, generator=generator, dtype=torch.float64)
    projection = torch.randn(latent, VOCAB, generator=generator, dtype=torch.float64)
    table[..., [PAD, BOS]] = -1e9

    def step_fn(prefix, z):
        before = prefix[:, -2] if prefix.shape[1] > 1 else torch.zeros_like(prefix[:, -1])
        return table[before, prefix[:, -1]] + z @ projection

    return step_fn


def score(step_fn, z, sentence):
    """log p of a sentence, word by word."""
    total, prefix = 0.0, [BOS]
    for word in sentence:
        total += step_fn(torch.tensor([prefix]), z)[0].log_softmax(-1)[word].item()
        prefix.append(word)
    return total


def best_of_all(step_fn, z, max_length):
    """Every sentence that ends within max_length, and every beginning of that length."""
    alphabet = range(EOS + 1, VOCAB)
    ended = [[*words, EOS] for length in range(max_length) for words in itertools.product(alphabet, repeat=length)]
    cut = [list(words) for words in itertools.product(alphabet, repeat=max_length)]
    return max(ended + cut, key=lambda sentence: score(step_fn, z, sentence))


class TestEveryWay:
    @pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
    @pytest.mark.parametrize("network", ["lstm", "transformer"])
    def test_nothing_but_padding_follows_the_end_and_padding_comes_nowhere_else(self, way, network):
        model = SentenceVAE(9, 4, 8, 3, network=network).eval()
        sentences = way(model.step, torch.randn(200, 3), 12)
        assert sentences.shape[0] == 200 and sentences.shape[1] <= 12
        ends = (sentences == EOS).cumsum(-1)
        assert ((ends > 0) & (sentences != EOS) == (sentences == PAD)).all()
        assert (ends[:, -1] <= 1).all() and (sentences != BOS).all()
        assert (sentences != PAD).any(0).all(), "a column of nothing but padding"

    @pytest.mark.parametrize("way", [greedy, beam])
    def test_rows_do_not_depend_on_each_other(self, way):
        step_fn, z = decoder(), torch.randn(8, 2, dtype=torch.float64)
        together = way(step_fn, z, 6)
        for row in range(8):
            alone = way(step_fn, z[row : row + 1], 6)[0]
            assert torch.equal(together[row, : len(alone)], alone)
            assert (together[row, len(alone) :] == PAD).all()

    @pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
    def test_needs_no_gradient(self, way):
        assert not way(decoder(), torch.zeros(1, 2, dtype=torch.float64, requires_grad=True), 3).requires_grad


class TestGreedy:
    def test_agrees_with_the_course_formula(self):
        for seed in range(5):
            step_fn, z = decoder(seed), torch.randn(16, 2, dtype=torch.float64)
            assert torch.equal(greedy(step_fn, z, 7), greedy_decode(step_fn, z, 7))


class TestSample:
    def frequencies(self, number=40_000, **options):
        """How often each sentence of at most two tokens was drawn, and its exact probability without options."""
        step_fn, z = decoder(), torch.tensor([[0.5, -0.5]], dtype=torch.float64)
        drawn = sample(step_fn, z.expand(number, -1), 2, **options).tolist()
        possible = [[EOS, PAD], *([word, last] for word in (3, 4, 5) for last in (2, 3, 4, 5))]
        exact = [math.exp(score(step_fn, z, [word for word in sentence if word != PAD])) for sentence in possible]
        return [drawn.count(sentence) / number for sentence in possible], exact

    def test_sentences_come_as_often_as_they_are_probable(self):
        drawn, exact = self.frequencies()
        assert sum(exact) == pytest.approx(1) and sum(drawn) == pytest.approx(1)
        for frequency, p in zip(drawn, exact, strict=True):
            assert abs(frequency - p) < 6 * math.sqrt(p * (1 - p) / 40_000) + 1e-4

    def test_a_low_temperature_or_one_candidate_is_greedy(self):
        step_fn, z = decoder(), torch.randn(50, 2, dtype=torch.float64)
        for options in [{"temperature": 1e-4}, {"top_k": 1}]:
            assert torch.equal(sample(step_fn, z, 5, **options), greedy(step_fn, z, 5))

    def test_only_the_top_k_are_drawn(self):
        step_fn, z = decoder(), torch.zeros(2_000, 2, dtype=torch.float64)
        first = sample(step_fn, z, 1, top_k=2)[:, 0]
        allowed = step_fn(torch.tensor([[BOS]]), z[:1])[0].topk(2).indices
        assert set(first.tolist()) == set(allowed.tolist())

    def test_a_generator_decides(self):
        step_fn, z = decoder(), torch.zeros(100, 2, dtype=torch.float64)
        first, again = (sample(step_fn, z, 5, generator=torch.Generator().manual_seed(3)) for _ in range(2))
        assert torch.equal(first, again)

    @pytest.mark.parametrize("options, message", [({"temperature": 0}, "temperature must"), ({"top_k": 0}, "top_k")])
    def test_impossible_options_are_refused(self, options, message):
        with pytest.raises(ValueError, match=message):
            sample(decoder(), torch.zeros(1, 2), **options)


class TestBeam:
    @pytest.mark.parametrize("seed", range(8))
    def test_wide_enough_it_finds_the_most_probable_sentence(self, seed):
        step_fn, z = decoder(seed), torch.randn(1, 2, dtype=torch.float64)
        found = beam(step_fn, z, 4, width=3**4)[0].tolist()
        assert found == best_of_all(step_fn, z, 4)

    def test_width_one_is_greedy(self):
        step_fn, z = decoder(), torch.randn(20, 2, dtype=torch.float64)
        assert torch.equal(beam(step_fn, z, 6, width=1), greedy(step_fn, z, 6))

    def test_wider_is_better_on_average(self):
        scores = {}
        for width in [1, 3, 30]:
            found = []
            for seed in range(20):
                step_fn, z = decoder(seed), torch.zeros(1, 2, dtype=torch.float64)
                sentence = [word for word in beam(step_fn, z, 5, width)[0].tolist() if word != PAD]
                found.append(score(step_fn, z, sentence))
            scores[width] = sum(found)
        assert scores[1] < scores[3] <= scores[30]

    def test_impossible_width_is_refused(self):
        with pytest.raises(ValueError, match="width must be at least 1, got 0"):
            beam(decoder(), torch.zeros(1, 2), width=0)
