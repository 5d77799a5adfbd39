"""The sentence VAE: likelihoods against enumeration and integrals, and what must not depend on what."""

import itertools
import math

import pytest
import torch
from torch import distributions as D
from torch.nn.functional import pad

from latentkit.data.text import BOS, EOS, PAD, UNK, collate
from latentkit.models import SentenceVAE, build
from tests.lib.common import magnified

NETWORKS = ["lstm", "gru", "transformer"]
WORDS = [4, 5]


@pytest.fixture(params=NETWORKS)
def model(request):
    """A small untrained model over two words, with weights large enough to make its choices differ."""
    torch.manual_seed(0)
    model = SentenceVAE(6, embedding_dim=5, hidden_dim=8, latent_dim=3, network=request.param).double().eval()
    return magnified(model, 1.5)


@pytest.fixture
def tokens():
    return collate([[4, 5, UNK, 4], [5], [], [5, 5, 4]])


def shapes(model, tokens):
    return len(tokens), tokens.shape[1], model.sizes.vocab_size, model.sizes.latent_dim


class TestShapes:
    @pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
    def test_of_every_part(self, model, tokens, device, dtype):
        model, tokens = model.to(device, dtype), tokens.to(device)
        batch, steps, vocab, latent = shapes(model, tokens)
        mu, logvar = model.encode(tokens)
        assert mu.shape == logvar.shape == (batch, latent)
        assert model.decode(mu, tokens).shape == (batch, steps, vocab)
        assert model.step(tokens[:, :1], mu).shape == (batch, vocab)
        for value in [model.log_likelihood(tokens, mu), model.log_joint(tokens, mu), model.elbo(tokens)]:
            assert value.shape == (batch,) and value.dtype == dtype and value.device.type == device

    def test_comes_back_from_its_config(self, model, tokens):
        again = build("sentence_vae", model.config).double().eval()
        again.load_state_dict(model.state_dict())
        torch.testing.assert_close(again.encode(tokens), model.encode(tokens))

    def test_an_unknown_network_is_refused(self):
        with pytest.raises(ValueError, match="network must be one of lstm, gru, transformer, got 'rnn'"):
            SentenceVAE(10, network="rnn")

    def test_every_parameter_gets_a_gradient(self, model, tokens):
        model.loss(tokens).backward()
        for name, parameter in model.named_parameters():
            assert parameter.grad is not None and parameter.grad.abs().sum() > 0, name


class TestLikelihood:
    def test_sums_to_one_over_all_sentences(self, model):
        """Sentences of up to three words that end, and all of four words that have not ended yet."""
        alphabet = [UNK, *WORDS]
        ended = [list(words) for length in range(4) for words in itertools.product(alphabet, repeat=length)]
        open_ended = [list(words) for words in itertools.product(alphabet, repeat=4)]
        z = torch.randn(1, 3, dtype=torch.float64)
        total = model.log_likelihood(collate(ended), z.expand(len(ended), -1)).exp().sum()
        inputs = torch.tensor([[BOS, *words] for words in open_ended])
        log_p = model.decode(z.expand(len(inputs), -1), inputs[:, :-1]).log_softmax(-1)
        total += log_p.gather(-1, inputs[:, 1:, None]).sum((1, 2)).exp().sum()
        assert total.item() == pytest.approx(1)

    def test_is_that_of_the_whole_softmax(self, model, tokens):
        z = torch.randn(len(tokens), 3, dtype=torch.float64)
        log_p = D.Categorical(logits=model.decode(z, tokens)[:, :-1]).log_prob(tokens[:, 1:])
        expected = (log_p * (tokens[:, 1:] != PAD)).sum(-1)
        torch.testing.assert_close(model.log_likelihood(tokens, z), expected)

    def test_step_agrees_with_decode(self, model, tokens):
        z = torch.randn(len(tokens), 3, dtype=torch.float64)
        whole = model.decode(z, tokens)
        for length in range(1, 4):
            torch.testing.assert_close(model.step(tokens[:, :length], z), whole[:, length - 1])

    def test_a_word_depends_on_what_came_before_and_not_on_itself(self, model):
        z = torch.randn(1, 3, dtype=torch.float64)
        one, other = torch.tensor([[BOS, 4, 4, 4, 4]]), torch.tensor([[BOS, 4, 5, 4, 4]])
        first, second = model.decode(z, one), model.decode(z, other)
        torch.testing.assert_close(first[:, :2], second[:, :2])
        assert (first[:, 2:, EOS:] != second[:, 2:, EOS:]).all(), "a later word must see the change"

    def test_padding_and_beginning_never_follow(self, model, tokens):
        p = model.decode(torch.zeros(len(tokens), 3, dtype=torch.float64), tokens).softmax(-1)
        assert (p[..., [PAD, BOS]] == 0).all()

    def test_z_reaches_every_step(self, model, tokens):
        z = torch.zeros(len(tokens), 3, dtype=torch.float64, requires_grad=True)
        for step in range(tokens.shape[1]):
            (gradient,) = torch.autograd.grad(model.decode(z, tokens)[:, step].log_softmax(-1)[:, EOS].sum(), z)
            assert (gradient.abs().sum(-1) > 0).all()

    def test_hidden_words_change_the_input_and_not_the_target(self, model, tokens):
        z = torch.randn(len(tokens), 3, dtype=torch.float64)
        inputs = tokens.masked_fill(tokens >= 4, UNK)
        log_p = D.Categorical(logits=model.decode(z, inputs)[:, :-1]).log_prob(tokens[:, 1:])
        expected = (log_p * (tokens[:, 1:] != PAD)).sum(-1)
        torch.testing.assert_close(model.log_likelihood(tokens, z, inputs), expected)


class TestBatches:
    def test_padding_changes_nothing(self, model, tokens):
        z = torch.randn(len(tokens), 3, dtype=torch.float64)
        padded = pad(tokens, (0, 4), value=PAD)
        torch.testing.assert_close(model.encode(padded), model.encode(tokens))
        torch.testing.assert_close(model.log_likelihood(padded, z), model.log_likelihood(tokens, z))

    def test_sentences_do_not_mix(self, model, tokens):
        z = torch.randn(len(tokens), 3, dtype=torch.float64)
        mu, logvar = model.encode(tokens)
        log_likelihood = model.log_likelihood(tokens, z)
        for row in range(len(tokens)):
            alone = tokens[row : row + 1, : int((tokens[row] != PAD).sum())]
            torch.testing.assert_close(model.encode(alone), (mu[row : row + 1], logvar[row : row + 1]))
            torch.testing.assert_close(model.log_likelihood(alone, z[row : row + 1]), log_likelihood[row : row + 1])

    def test_the_encoder_reads_every_word(self, model):
        sentence = [4, 5, 4, 5]
        means = [model.encode(collate([sentence]))[0]]
        for position in range(4):
            changed = [9 - word if index == position else word for index, word in enumerate(sentence)]
            means.append(model.encode(collate([changed]))[0])
        assert len(torch.cat(means).unique(dim=0)) == 5


class TestBounds:
    """One latent dimension, so that log p(x) and the expectations under q are integrals on a grid."""

    @pytest.fixture(params=NETWORKS)
    def setting(self, request):
        torch.manual_seed(1)
        model = SentenceVAE(6, embedding_dim=4, hidden_dim=8, latent_dim=1, network=request.param).double().eval()
        magnified(model, 2)
        z = torch.linspace(-9, 9, 1_201, dtype=torch.float64)[:, None]
        sentence = collate([[4, 5, 5]])
        with torch.no_grad():
            log_joint = model.log_joint(sentence.expand(len(z), -1), z)
        return model, sentence, z, log_joint

    def test_elbo_lies_below_the_evidence_by_the_kl_to_the_true_posterior(self, setting):
        model, sentence, z, log_joint = setting
        evidence = torch.trapezoid(log_joint.exp(), z[:, 0]).log()
        with torch.no_grad():
            q = model.posterior(sentence)
            log_q = q.log_prob(z[:, None]).squeeze(-1)
            kl = D.kl_divergence(q, model.prior()).item()
        log_likelihood = log_joint - model.prior().log_prob(z)
        elbo = torch.trapezoid(log_q.exp() * log_likelihood, z[:, 0]).item() - kl
        gap = torch.trapezoid(log_q.exp() * (log_q - (log_joint - evidence)), z[:, 0]).item()
        assert gap > 0 and elbo == pytest.approx(evidence.item() - gap, abs=1e-6)

    def test_one_sample_is_right_on_average(self, setting):
        model, sentence, z, log_joint = setting
        number = 20_000
        with torch.no_grad():
            q = model.posterior(sentence)
            weights = q.log_prob(z[:, None]).squeeze(-1).exp()
            expected = torch.trapezoid(weights * (log_joint - model.prior().log_prob(z)), z[:, 0])
            terms = model.terms(sentence.expand(number, -1))
            log_likelihood, kl = terms.log_likelihood, terms.kl
            elbo = model.elbo(sentence.expand(number, -1), kl_weight=0.3)
        error = 6 * log_likelihood.std() / math.sqrt(number) + 1e-6
        assert (log_likelihood.mean() - expected).abs() < error
        assert (elbo.mean() - (expected - 0.3 * kl[0])).abs() < error
        torch.testing.assert_close(kl, D.kl_divergence(q, model.prior()).expand(number))


class TestDropout:
    def test_is_off_at_evaluation(self, tokens):
        model = SentenceVAE(6, 4, 8, 3, dropout=0.5)
        z = torch.zeros(len(tokens), 3)
        assert not torch.equal(model.decode(z, tokens), model.decode(z, tokens))
        model.eval()
        assert torch.equal(model.decode(z, tokens), model.decode(z, tokens))
