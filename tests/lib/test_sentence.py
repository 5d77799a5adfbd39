"""The formulas of ps2 against laws that do not share their code: enumeration, torch.distributions, statistics."""

import itertools
import math

import pytest
import torch
from torch import distributions as D
from torch.autograd import gradcheck

from latentkit.data.text import BOS, EOS, PAD, UNK, collate
from latentkit.reference.sentence import (
    active_units,
    concat_latent,
    cyclical_annealing,
    greedy_decode,
    interpolate,
    last_hidden,
    linear_annealing,
    logistic_annealing,
    posterior_from_hidden,
    sentence_vae_loss,
    sequence_log_likelihood,
    word_dropout,
)
from tests.lib.common import same_place


class TestSequenceLogLikelihood:
    def test_agrees_with_torch(self, place):
        tokens = collate([[4, 5, 6], [5], [6, 6]]).to(place["device"])
        logits = torch.randn(3, 5, 7, **place)
        actual = sequence_log_likelihood(logits, tokens)
        assert same_place(actual, place)
        for row, length in enumerate([4, 2, 3]):  # words and EOS
            step = D.Categorical(logits=logits[row, :length])
            torch.testing.assert_close(actual[row], step.log_prob(tokens[row, 1 : length + 1]).sum())

    def test_sums_to_one_over_all_sentences_that_end_and_those_that_do_not(self):
        """A first-order decoder over EOS and two words: after three steps, a sentence has ended or it has not."""
        table = torch.randn(6, 6, dtype=torch.float64)
        table[:, [PAD, BOS, UNK]] = -math.inf
        probability = 0.0
        for length in range(4):
            for words in itertools.product([4, 5], repeat=length):
                end = [] if length == 3 else [EOS]
                tokens = torch.tensor([[BOS, *words, *end, *[PAD] * (3 - length - len(end))]])
                probability += sequence_log_likelihood(table[tokens], tokens).exp().item()
        assert probability == pytest.approx(1)

    def test_padding_changes_nothing_whatever_the_decoder_says_there(self, place):
        tokens = torch.tensor([[BOS, 4, 5, EOS]], device=place["device"])
        padded = torch.nn.functional.pad(tokens, (0, 3), value=PAD)
        logits = 1e4 * torch.randn(1, 7, 6, **place)
        torch.testing.assert_close(
            sequence_log_likelihood(logits, padded), sequence_log_likelihood(logits[:, :4], tokens)
        )

    def test_is_finite_and_has_a_finite_gradient_where_padding_is_impossible(self, place):
        tokens = torch.tensor([[BOS, 4, EOS, PAD, PAD]], device=place["device"])
        logits = torch.zeros(1, 5, 6, **place)
        logits[..., PAD] = -math.inf
        logits.requires_grad_()
        value = sequence_log_likelihood(logits, tokens)
        value.sum().backward()
        assert value.item() == pytest.approx(-2 * math.log(5))
        assert logits.grad.isfinite().all() and (logits.grad[:, 2:] == 0).all()

    def test_gradient(self):
        tokens = collate([[4, 5], [5]])
        logits = torch.randn(2, 4, 6, dtype=torch.float64, requires_grad=True)
        assert gradcheck(lambda logits: sequence_log_likelihood(logits, tokens), logits)

    def test_names_both_shapes_when_they_differ(self):
        with pytest.raises(ValueError, match=r"logits must be \[B, T, V\] .* got \[2, 3, 6\] and \[2, 4\]"):
            sequence_log_likelihood(torch.zeros(2, 3, 6), torch.zeros(2, 4, dtype=torch.long))


class TestLastHidden:
    def test_takes_each_sentences_own_last_state(self, place):
        outputs = torch.randn(3, 4, 2, **place)
        lengths = torch.tensor([1, 4, 2], device=place["device"])
        actual = last_hidden(outputs, lengths)
        assert same_place(actual, place)
        torch.testing.assert_close(actual, torch.stack([outputs[0, 0], outputs[1, 3], outputs[2, 1]]))

    def test_is_what_a_recurrent_network_says_without_the_padding(self):
        network = torch.nn.GRU(3, 5, batch_first=True).double()
        sentences = [torch.randn(length, 3, dtype=torch.float64) for length in [2, 6, 1]]
        padded = torch.nn.utils.rnn.pad_sequence(sentences, batch_first=True, padding_value=9.0)
        actual = last_hidden(network(padded)[0], torch.tensor([2, 6, 1]))
        torch.testing.assert_close(actual, torch.cat([network(sentence[None])[1][0] for sentence in sentences]))

    @pytest.mark.parametrize("lengths", [[0, 1], [1, 4]])
    def test_refuses_a_length_out_of_range(self, lengths):
        with pytest.raises(ValueError, match=r"lengths must be 1 to 3, the positions of outputs"):
            last_hidden(torch.zeros(2, 3, 4), torch.tensor(lengths))


class TestPosteriorFromHidden:
    def test_agrees_with_linear_layers(self, place):
        h, w_mu, w_logvar = torch.randn(4, 5, **place), torch.randn(3, 5, **place), torch.randn(3, 5, **place)
        mu, var = posterior_from_hidden(h, w_mu, w_logvar)
        assert same_place(mu, place) and same_place(var, place)
        torch.testing.assert_close(mu, torch.nn.functional.linear(h, w_mu))
        torch.testing.assert_close(var.log(), torch.nn.functional.linear(h, w_logvar))

    def test_is_the_standard_normal_at_zero(self):
        mu, var = posterior_from_hidden(torch.zeros(2, 5), torch.randn(3, 5), torch.randn(3, 5))
        assert (mu == 0).all() and (var == 1).all()


class TestConcatLatent:
    def test_every_step_of_a_sentence_gets_its_own_z(self, place):
        embedded, z = torch.randn(3, 4, 2, **place), torch.randn(3, 5, **place)
        joined = concat_latent(embedded, z)
        assert joined.shape == (3, 4, 7) and same_place(joined, place)
        assert torch.equal(joined[..., :2], embedded)
        for row, step in itertools.product(range(3), range(4)):
            assert torch.equal(joined[row, step, 2:], z[row])

    def test_z_gets_the_gradient_of_all_steps(self):
        z = torch.zeros(2, 3, requires_grad=True)
        concat_latent(torch.zeros(2, 4, 1), z).sum().backward()
        assert (z.grad == 4).all()

    def test_refuses_another_batch_size(self):
        with pytest.raises(ValueError, match="as many sentences, got 3 and 1"):
            concat_latent(torch.zeros(3, 4, 2), torch.zeros(1, 5))


class TestAnnealing:
    def test_linear_rises_evenly_to_one_and_stays(self):
        assert [linear_annealing(step, 4) for step in range(7)] == [0, 0.25, 0.5, 0.75, 1, 1, 1]

    def test_logistic_is_the_sigmoid_of_the_distance_to_the_middle(self):
        for step in [0, 1_000, 2_499, 2_500, 3_000]:
            expected = torch.tensor(0.0025 * (step - 2_500), dtype=torch.float64).sigmoid().item()
            assert logistic_annealing(step, 0.0025, 2_500) == pytest.approx(expected, rel=1e-12)
        assert logistic_annealing(7, 3.0, 7) == 0.5

    def test_logistic_is_symmetric_about_its_middle_and_survives_any_distance(self):
        for distance in [0, 1, 50, 1e3, 1e6]:
            left, right = logistic_annealing(-distance, 1.0, 0), logistic_annealing(distance, 1.0, 0)
            assert left + right == pytest.approx(1)
        assert logistic_annealing(0, 1.0, 1e6) == 0 and logistic_annealing(10**7, 1.0, 1e6) == 1
        assert logistic_annealing(0, 1.0, 700) > 0, "rounded to zero too early"

    def test_cyclical_repeats_a_warm_up(self):
        weights = [cyclical_annealing(step, 20, 2, 0.5) for step in range(20)]
        assert weights[:10] == pytest.approx([0, 0.2, 0.4, 0.6, 0.8, 1, 1, 1, 1, 1])
        assert weights[10:] == weights[:10]

    def test_cyclical_restarts_at_zero_though_a_cycle_is_no_whole_number_of_steps(self):
        assert [cyclical_annealing(step, 10, 3, 1.0) for step in (0, 10, 20)] == [0, 0, 0]
        assert cyclical_annealing(4, 10, 3, 1.0) == pytest.approx(0.2)

    def test_cyclical_with_one_cycle_is_linear(self):
        assert all(cyclical_annealing(step, 8, 1, 0.5) == linear_annealing(step, 4) for step in range(8))

    @pytest.mark.parametrize(
        "call, message",
        [
            (lambda: linear_annealing(1, 0), "warmup must be at least 1, got 0"),
            (lambda: cyclical_annealing(1, 10, 0, 0.5), "must be at least 1, got 10 and 0"),
            (lambda: cyclical_annealing(1, 10, 2, 1.5), r"ratio must be in \(0, 1\], got 1.5"),
        ],
    )
    def test_impossible_schedules_are_refused(self, call, message):
        with pytest.raises(ValueError, match=message):
            call()


class TestWordDropout:
    @pytest.fixture
    def tokens(self):
        return collate([[4, 5, 6, 7, 8]] * 4_000 + [[4, 5]])

    def test_hides_words_at_the_rate_and_independently(self, tokens):
        hidden = (word_dropout(tokens, 0.3) == UNK)[:-1, 1:6].double()  # [4000, 5]
        number = len(hidden)
        assert (hidden.mean(0) - 0.3).abs().max() < 6 * math.sqrt(0.21 / number)
        centred = hidden - 0.3
        for first, second in itertools.combinations(range(5), 2):
            correlation = (centred[:, first] * centred[:, second]).mean()
            assert abs(correlation) < 6 * 0.21 / math.sqrt(number), "positions are correlated"
        assert abs((centred[1:] * centred[:-1]).mean()) < 6 * 0.21 / math.sqrt(5 * number), "sentences are correlated"

    def test_special_tokens_stay_even_at_rate_one(self, tokens):
        dropped = word_dropout(tokens, 1.0)
        special = (tokens == PAD) | (tokens == BOS) | (tokens == EOS)
        assert torch.equal(dropped[special], tokens[special])
        assert (dropped[~special] == UNK).all()

    def test_leaves_its_input_and_other_words_alone(self, tokens):
        before = tokens.clone()
        dropped = word_dropout(tokens, 0.5)
        assert torch.equal(tokens, before)
        assert dropped.dtype == torch.int64
        assert torch.equal(dropped[dropped != UNK], tokens[dropped != UNK])

    def test_does_nothing_at_rate_zero_or_at_evaluation(self, tokens):
        assert torch.equal(word_dropout(tokens, 0.0), tokens)
        assert torch.equal(word_dropout(tokens, 0.9, training=False), tokens)

    def test_draws_afresh_at_each_call(self, tokens):
        assert not torch.equal(word_dropout(tokens, 0.5), word_dropout(tokens, 0.5))

    @pytest.mark.gpu
    def test_follows_the_device(self, tokens):
        assert word_dropout(tokens.cuda(), 0.5).device.type == "cuda"

    @pytest.mark.parametrize("rate", [-0.1, 1.5, math.nan])
    def test_refuses_what_is_no_probability(self, tokens, rate):
        with pytest.raises(ValueError, match=r"rate must be in \[0, 1\], got"):
            word_dropout(tokens, rate)


class TestSentenceVaeLoss:
    def test_is_the_mean_of_minus_the_weighted_bound(self, place):
        log_likelihood, kl = torch.tensor([-10.0, -30.0], **place), torch.tensor([2.0, 4.0], **place)
        for weight in [0.0, 0.5, 1.0]:
            loss = sentence_vae_loss(log_likelihood, kl, weight)
            assert loss.shape == () and same_place(loss, place)
            assert loss.item() == pytest.approx(20 + 3 * weight)

    def test_gradient_of_each_sentence_is_its_share(self):
        log_likelihood, kl = torch.zeros(4, requires_grad=True), torch.zeros(4, requires_grad=True)
        sentence_vae_loss(log_likelihood, kl, 0.2).backward()
        torch.testing.assert_close(log_likelihood.grad, torch.full((4,), -0.25))
        torch.testing.assert_close(kl.grad, torch.full((4,), 0.05))

    def test_names_both_shapes_when_they_differ(self):
        with pytest.raises(ValueError, match=r"must have the same shape, got \[4\] and \[\]"):
            sentence_vae_loss(torch.zeros(4), torch.tensor(0.0), 1.0)


class TestActiveUnits:
    def test_counts_the_dimensions_that_vary_over_the_data(self, place):
        scale = torch.tensor([1.0, 0.5, 0.0, 0.01], **place)
        mu = torch.randn(2_000, 4, **place) * scale + torch.tensor([0.0, 3.0, 5.0, -7.0], **place)
        count = active_units(mu)
        assert count == 2 and type(count) is int
        assert active_units(mu, threshold=0.5) == 1
        assert active_units(mu, threshold=1e-5) == 3

    def test_a_large_constant_mean_is_not_active(self):
        assert active_units(torch.full((10, 3), 100.0)) == 0


def bigram(table):
    return lambda prefix, z: table.to(z)[prefix[:, -1]]


class TestGreedyDecode:
    def test_follows_the_best_word_and_pads_after_the_end(self, place):
        """Row 0 says 4 5 EOS, row 1 ends at once, row 2 never does: z chooses."""

        def step_fn(prefix, z):
            logits = torch.zeros(len(prefix), 7, **place)
            length = prefix.shape[1]
            for row, plan in enumerate([[4, 5, EOS, 6, 6], [EOS, 6, 6, 6, 6], [6, 6, 6, 6, 6]]):
                logits[row, plan[length - 1]] = 1
            return logits

        sentences = greedy_decode(step_fn, torch.zeros(3, 2, **place), max_length=5)
        assert sentences.dtype == torch.int64 and sentences.device.type == place["device"]
        assert sentences.tolist() == [[4, 5, EOS, PAD, PAD], [EOS, PAD, PAD, PAD, PAD], [6] * 5]

    def test_every_word_is_the_best_after_its_prefix(self):
        step_fn = bigram(torch.randn(9, 9))
        z = torch.randn(1, 2)
        sentence = greedy_decode(step_fn, z, max_length=12)[0].tolist()
        prefix = [BOS]
        for word in sentence:
            logits = step_fn(torch.tensor([prefix]), z)[0]
            assert word == max(range(9), key=lambda candidate: logits[candidate].item())
            prefix.append(word)
        assert EOS not in sentence[:-1]

    def test_rows_do_not_depend_on_each_other(self):
        projection = torch.randn(2, 9)
        table = torch.randn(9, 9)

        def step_fn(prefix, z):
            return table[prefix[:, -1]] + z @ projection

        z = torch.randn(6, 2)
        together = greedy_decode(step_fn, z, max_length=8)
        for row in range(6):
            alone = greedy_decode(step_fn, z[row : row + 1], max_length=8)[0]
            assert torch.equal(together[row, : len(alone)], alone)
            assert (together[row, len(alone) :] == PAD).all()

    def test_stops_when_all_have_ended(self):
        table = torch.zeros(6, 6)
        table[:, EOS] = 1
        assert greedy_decode(bigram(table), torch.zeros(3, 1), max_length=50).tolist() == [[EOS]] * 3


class TestInterpolate:
    def test_goes_evenly_from_end_to_end(self, place):
        start, end = torch.tensor([0.0, 3.0], **place), torch.tensor([4.0, -1.0], **place)
        points = interpolate(start, end, 5)
        assert same_place(points, place)
        assert points.tolist() == [[0, 3], [1, 2], [2, 1], [3, 0], [4, -1]]

    def test_ends_are_exact(self, place):
        start, end = torch.randn(16, **place), 1e3 * torch.randn(16, **place)
        points = interpolate(start, end, 7)
        assert torch.equal(points[0], start) and torch.equal(points[-1], end)

    def test_backwards_is_the_way_back(self):
        start, end = torch.randn(4, dtype=torch.float64), torch.randn(4, dtype=torch.float64)
        torch.testing.assert_close(interpolate(start, end, 6).flip(0), interpolate(end, start, 6))

    def test_one_point_cannot_be_both_ends(self):
        with pytest.raises(ValueError, match="num must be at least 2"):
            interpolate(torch.zeros(2), torch.ones(2), 1)
