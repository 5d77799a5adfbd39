"""The discrete and the mixture VAEs: the mixture's identity, its terms against integrals, and what beta does."""

import math

import pytest
import torch
from torch import distributions as D

from latentkit.data.dialog import load_dialogs
from latentkit.data.text import UNK, Vocabulary, collate
from latentkit.evaluation.codes import interpretability
from latentkit.evaluation.sentences import reconstruct
from latentkit.models import DiscreteVAE, MixtureVAE, build
from latentkit.models.discrete_vae import kl_to_uniform, mutual_information
from latentkit.models.mixture_prior import MixturePrior, log_partition
from latentkit.training.sentences import linear, train_sentence_model
from tests.lib.common import magnified, skip_unless_here

NETWORKS = ["lstm", "gru", "transformer"]


@pytest.fixture
def prior():
    """Two variables, three classes, four dimensions; the variances differ by a factor of up to ten."""
    torch.manual_seed(0)
    prior = MixturePrior(2, 3, 4).double()
    with torch.no_grad():
        prior.means.normal_(0, 2)
        prior.logvars.uniform_(-1.2, 1.2)
    return prior


@pytest.fixture
def q():
    """q(c), mu and logvar for five sentences."""
    torch.manual_seed(1)
    q_c = torch.randn(5, 2, 3, dtype=torch.float64).mul(2).softmax(-1)
    return q_c, torch.randn(5, 8, dtype=torch.float64), torch.randn(5, 8, dtype=torch.float64)


@pytest.fixture
def tokens():
    return collate([[4, 5, UNK, 4], [5], [], [5, 5, 4]])


def mixture_vae(**options):
    torch.manual_seed(0)
    sizes = {"embedding_dim": 5, "hidden_dim": 8, "latent_dim": 2, "variables": 2, "classes": 3}
    return magnified(MixtureVAE(6, **{**sizes, **options}).double().eval(), 1.5)


def discrete_vae(**options):
    torch.manual_seed(0)
    return DiscreteVAE(6, embedding_dim=5, hidden_dim=8, variables=2, classes=3, **options).double().eval()


class TestPrior:
    def test_expected_kl_is_kl_to_the_mean_component_plus_dispersion(self, prior, q):
        q_c, mu, logvar = q
        whole = prior.kl(q_c, mu, logvar)
        torch.testing.assert_close(whole, prior.kl_to_mean_component(q_c, mu, logvar) + prior.dispersion(q_c))
        assert whole.shape == (5,) and (prior.dispersion(q_c) > 0.1).all()

    def test_kl_agrees_with_full_gaussians_of_another_family(self, prior, q):
        q_c, mu, logvar = q
        expected = torch.zeros(5, dtype=torch.float64)
        for b in range(5):
            for n in range(2):
                part = slice(4 * n, 4 * n + 4)
                one = D.MultivariateNormal(mu[b, part], logvar[b, part].exp().diag())
                for k in range(3):
                    other = D.MultivariateNormal(prior.means[n, k], prior.logvars[n, k].exp().diag())
                    expected[b] += q_c[b, n, k] * D.kl_divergence(one, other)
        torch.testing.assert_close(prior.kl(q_c, mu, logvar), expected)

    def test_the_mean_component_is_the_normalised_geometric_mean(self, prior, q):
        """log p_E[η](z) = Σ_c q(c) log p(z | c) up to a constant; the constant is -L_d."""
        q_c = q[0]
        mean, logvar = prior.mean_component(q_c)
        z = torch.randn(7, 1, 2, 4, dtype=torch.float64)
        geometric = (
            q_c.unsqueeze(-1) * D.Normal(prior.means, (prior.logvars / 2).exp()).log_prob(z.unsqueeze(-2))
        ).sum((-1, -2, -3))
        own = D.Normal(mean, (logvar / 2).exp()).log_prob(z).sum((-1, -2))  # [7, 5]
        torch.testing.assert_close(own - geometric, prior.dispersion(q_c).expand(7, 5))

    def test_log_partition_normalises_the_exponential_family(self):
        """A(η) = log ∫ exp(η₁z + η₂z²) dz - ½ log 2π, by quadrature."""
        mean, logvar = torch.tensor([1.3], dtype=torch.float64), torch.tensor([-0.7], dtype=torch.float64)
        z = torch.linspace(-20, 20, 200_001, dtype=torch.float64)
        eta1, eta2 = mean / logvar.exp(), -0.5 / logvar.exp()
        integral = torch.trapezoid((eta1 * z + eta2 * z.square()).exp(), z)
        torch.testing.assert_close(log_partition(mean, logvar), integral.log() - 0.5 * math.log(2 * math.pi))

    def test_dispersion_vanishes_where_one_component_is_meant_or_all_are_alike(self, prior, q):
        sure = torch.eye(3, dtype=torch.float64)[[0, 2]].expand(5, 2, 3)
        torch.testing.assert_close(prior.dispersion(sure), torch.zeros(5, dtype=torch.float64))
        with torch.no_grad():
            prior.means.copy_(prior.means[:, :1].expand(2, 3, 4).clone())
        assert (prior.dispersion(q[0]) > 1e-3).all(), "the variances still differ"
        with torch.no_grad():
            prior.logvars.zero_()
        torch.testing.assert_close(prior.dispersion(q[0]), torch.zeros(5, dtype=torch.float64))
        assert prior.spread().item() == pytest.approx(0)

    def test_gradients_reach_means_and_log_variances(self, prior, q):
        q_c, mu, logvar = (value.requires_grad_() for value in q)
        torch.autograd.gradcheck(prior.kl_to_mean_component, (q_c, mu, logvar))
        prior.dispersion(q_c).sum().backward()
        for parameter in (prior.means, prior.logvars):
            assert (parameter.grad.abs() > 1e-6).all()

    def test_the_marginal_and_the_responsibilities_are_bayes_rule(self, prior):
        z = torch.randn(6, 8, dtype=torch.float64)
        joint = D.Normal(prior.means, (prior.logvars / 2).exp()).log_prob(z.view(6, 2, 1, 4)).sum(-1) - math.log(3)
        log_p = prior.distribution().log_prob(z.view(6, 2, 4))
        torch.testing.assert_close(log_p, joint.logsumexp(-1).sum(-1))
        expected = (joint - joint.logsumexp(-1, keepdim=True)).exp()
        torch.testing.assert_close(prior.responsibilities(z), expected)

    def test_spread_counts_standard_deviations(self, prior):
        before = prior.spread()
        with torch.no_grad():
            prior.means.mul_(3)
            prior.logvars.add_(2 * math.log(3))
        torch.testing.assert_close(prior.spread(), before)
        with torch.no_grad():
            prior.means.mul_(2)
        torch.testing.assert_close(prior.spread(), 2 * before)

    def test_the_spread_of_all_hides_a_variable_that_has_collapsed(self, prior):
        with torch.no_grad():
            prior.means[1] = prior.means[1, 0].clone()
        assert prior.spreads()[1] == 0 < prior.spread() < prior.spreads()[0]


class TestCategorical:
    def test_information_of_sure_codes_is_their_entropy_and_capped_by_the_batch(self):
        q_c = torch.eye(4)[[0, 0, 1, 2]].unsqueeze(1)  # [4, 1, 4]
        counts = torch.tensor([0.5, 0.25, 0.25])
        torch.testing.assert_close(mutual_information(q_c), D.Categorical(counts).entropy())
        many = torch.eye(50).unsqueeze(1)[:8]
        assert mutual_information(many).item() == pytest.approx(math.log(8)), "ln B, not ln K"

    def test_kl_minus_information_is_the_kl_of_the_average(self):
        torch.manual_seed(0)
        q_c = torch.randn(16, 3, 5).softmax(-1)
        average = D.kl_divergence(D.Categorical(q_c.mean(0)), D.Categorical(torch.full((3, 5), 0.2))).sum()
        torch.testing.assert_close(kl_to_uniform(q_c).mean() - mutual_information(q_c), average)

    def test_zeros_are_no_nan(self):
        q_c = torch.eye(3).unsqueeze(1)
        assert kl_to_uniform(q_c).tolist() == pytest.approx([math.log(3)] * 3)


class TestMixtureVAE:
    @pytest.mark.parametrize("network", NETWORKS)
    def test_shapes_config_and_gradients(self, tokens, network):
        model = mixture_vae(network=network, beta=0.5, mi_weight=1.0)
        mu, logvar = model.encode(tokens)
        assert mu.shape == logvar.shape == model.centre(tokens).shape == (4, 4)
        assert model.codes(tokens).shape == (4, 2, 3)
        assert model.elbo(tokens).shape == (4,)
        again = build("mixture_vae", model.config).double().eval()
        again.load_state_dict(model.state_dict())
        torch.testing.assert_close(again.codes(tokens), model.codes(tokens))
        model.loss(tokens).backward()
        for name, parameter in model.named_parameters():
            assert parameter.grad is not None and parameter.grad.abs().sum() > 0, name

    @pytest.mark.parametrize("beta", [0.0, 0.4, 1.0])
    @pytest.mark.parametrize("mi_weight", [0.0, 0.7])
    def test_the_loss_is_minus_elbo_minus_beta_times_dispersion(self, tokens, beta, mi_weight):
        model = mixture_vae(beta=beta, mi_weight=mi_weight)
        torch.manual_seed(3)
        terms = model.terms(tokens)
        torch.manual_seed(3)
        loss = model.loss(tokens)
        objective = terms.elbo.mean() + beta * terms.dispersion.mean() + mi_weight * terms.mutual_information
        torch.testing.assert_close(loss, -objective)

    def test_the_elbo_is_an_expectation_under_q_of_the_joint(self, tokens):
        """E_q [log p(x, z, c) - log q(z, c | x)], with c summed over all codes and z sampled."""
        model = mixture_vae()
        torch.manual_seed(0)
        with torch.no_grad():
            mean = torch.stack([model.elbo(tokens) for _ in range(3000)])
            q_c, q_z, prior = model.codes(tokens), model.posterior(tokens), model.mixture
            samples = []
            for _ in range(3000):
                z = q_z.sample()
                log_p = D.Normal(prior.means, (prior.logvars / 2).exp()).log_prob(z.view(4, 2, 1, 2)).sum(-1)
                over_codes = (q_c * (log_p - math.log(3) - q_c.log())).sum((1, 2))
                samples.append(model.log_likelihood(tokens, z) + over_codes - q_z.log_prob(z))
            other = torch.stack(samples)
        error = (mean.var(0) / 3000 + other.var(0) / 3000).sqrt()
        assert ((mean.mean(0) - other.mean(0)).abs() < 6 * error).all()

    def test_the_elbo_is_below_the_evidence(self, tokens):
        """Importance sampling of log p(x) with many samples stays above the ELBO."""
        model = mixture_vae()
        torch.manual_seed(0)
        with torch.no_grad():
            q_z = model.posterior(tokens)
            weights = []
            for _ in range(2000):
                z = q_z.sample()
                weights.append(model.log_joint(tokens, z) - q_z.log_prob(z))
            evidence = torch.stack(weights).logsumexp(0) - math.log(2000)
            elbo = torch.stack([model.elbo(tokens) for _ in range(500)]).mean(0)
        assert (elbo < evidence).all()

    @pytest.mark.parametrize("beta", [-0.1, 1.5, math.nan])
    def test_a_beta_without_a_maximum_is_refused_with_the_reason(self, beta):
        with pytest.raises(ValueError, match=r"beta must be in \[0, 1\], got .* has no maximum"):
            mixture_vae(beta=beta)

    def test_beyond_one_the_objective_has_no_bound(self, prior, q):
        """Why: with q fixed, what beta > 1 rewards grows without end as the means move apart; at 1 it is bounded."""
        q_c, _, logvar = q
        rewards = {1.0: [], 1.5: []}
        for scale in (1, 10, 100):
            with torch.no_grad():
                prior.means.mul_(scale)
            for beta, values in rewards.items():
                mean, _ = prior.mean_component(q_c)
                centred = mean.flatten(1)  # q(z) where the mixture's middle is
                kl = prior.kl(q_c, centred, logvar)
                values.append((beta * prior.dispersion(q_c) - kl).mean().item())
        assert rewards[1.5][2] > 100 * rewards[1.5][1] / 2 > 0
        assert rewards[1.0][2] == pytest.approx(rewards[1.0][0])

    def test_word_averages_are_read_like_words(self, tokens):
        model = mixture_vae()
        words = model.embedding(tokens)
        torch.testing.assert_close(model.codes_of_words(words, tokens != 0), model.codes(tokens))


class TestDiscreteVAE:
    @pytest.mark.parametrize("network", NETWORKS)
    def test_shapes_config_and_gradients(self, tokens, network):
        model = discrete_vae(network=network).train()
        assert model.codes(tokens).shape == (4, 2, 3)
        assert model.sample(model.logits(tokens)).shape == model.centre(tokens).shape == (4, 6)
        again = build("discrete_vae", model.config).double()
        again.load_state_dict(model.state_dict())
        torch.testing.assert_close(again.codes(tokens), model.codes(tokens))
        model.loss(tokens).backward()
        for name, parameter in model.named_parameters():
            assert parameter.grad is not None and parameter.grad.abs().sum() > 0, name

    def test_samples_are_relaxed_in_training_and_choices_outside(self, tokens):
        model = discrete_vae()
        chosen = model.sample(model.logits(tokens)).unflatten(1, (2, 3))
        assert set(chosen.flatten().tolist()) == {0.0, 1.0} and (chosen.sum(-1) == 1).all()
        relaxed = model.train().sample(model.logits(tokens)).unflatten(1, (2, 3))
        assert ((relaxed > 0) & (relaxed < 1)).all()
        torch.testing.assert_close(relaxed.sum(-1), torch.ones(4, 2, dtype=torch.float64))

    def test_choices_have_the_probabilities_of_q(self):
        model = discrete_vae()
        logits = torch.tensor([[[0.0, 1.0, 2.0], [3.0, 0.0, 0.0]]]).expand(20_000, 2, 3)
        torch.manual_seed(0)
        frequency = model.sample(logits).unflatten(1, (2, 3)).mean(0)
        expected = logits[0].softmax(-1)
        assert ((frequency - expected).abs() < 6 * (expected * (1 - expected) / 20_000).sqrt()).all()

    def test_the_loss_is_nll_plus_kl_of_the_average(self, tokens):
        model = discrete_vae()
        q_c = model.codes(tokens)
        average = D.kl_divergence(D.Categorical(q_c.mean(0)), D.Categorical(torch.ones(2, 3))).sum()
        torch.manual_seed(1)
        log_likelihood = model.terms(tokens).log_likelihood
        torch.manual_seed(1)
        torch.testing.assert_close(model.loss(tokens, 0.3), 0.3 * average - log_likelihood.mean())

    def test_a_temperature_of_zero_is_refused(self):
        with pytest.raises(ValueError, match="temperature must be positive, got 0"):
            discrete_vae(temperature=0)


@pytest.mark.parametrize(
    "make", [lambda: mixture_vae(beta=0.9, mi_weight=1.0), discrete_vae], ids=["mixture", "discrete"]
)
def test_trains_like_the_sentence_vae(make):
    model, watched = make(), []
    sentences = [[4, 4, 4], [5, 5, 5, 5]] * 32
    before = model.loss(collate(sentences)).item()
    train_sentence_model(model, sentences, 300, linear(200), 0.5, 16, 0.02, every=150, watch=watched.append)
    assert model.loss(collate(sentences)).item() < before / 2
    assert watched == [150, 300]
    assert reconstruct(model, [[4, 4, 4], [5, 5, 5, 5]]) == [[4, 4, 4], [5, 5, 5, 5]]


@pytest.mark.gpu
def test_large_networks_train_on_the_whole_of_dailydialog():
    """The sizes of `results_mixture_vae.py --full`, for a few steps."""
    skip_unless_here("dailydialog")
    corpus = load_dialogs("dailydialog")
    vocabulary = Vocabulary.from_sentences((turn.words for turn in corpus.train), max_size=10_000)
    torch.manual_seed(0)
    model = MixtureVAE(len(vocabulary), 200, 512, latent_dim=5, beta=0.9, mi_weight=1.0).cuda()
    train_sentence_model(
        model, [vocabulary.encode(turn.words) for turn in corpus.train], 300, linear(150), 0.4, 32, 1e-3
    )
    result = interpretability(model, vocabulary, corpus.test[:2000], "act", reconstructed=50)
    assert result.nll < 12 * 9 and result.homogeneity > result.chance
