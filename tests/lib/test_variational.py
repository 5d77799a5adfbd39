"""The formulas of ps1 against laws that do not share their code: torch.distributions, sums, integrals, differences."""

import itertools
import math

import pytest
import torch
from torch import distributions as D
from torch.autograd import gradcheck

from latentkit.data import load_digits
from latentkit.evaluation.images import held_out_elbo, independent_bernoulli
from latentkit.models import VAE
from latentkit.reference.variational import (
    bernoulli_log_likelihood,
    elbo,
    elbo_from_joint,
    iwae_bound,
    kl_to_standard_normal,
    kl_to_standard_normal_full,
    reparameterize,
    score_function_surrogate,
    train_vae,
)
from tests.lib.common import same_place


def posterior(place, batch=5, dim=3):
    return torch.randn(batch, dim, **place), torch.randn(batch, dim, **place)


def covariances(place, batch, dim):
    root = torch.randn(batch, dim, dim, **place) / dim**0.5
    return root @ root.mT + 0.1 * torch.eye(dim, **place)


class TestBernoulliLogLikelihood:
    def test_agrees_with_torch(self, place):
        x, logits = torch.randint(2, (5, 7), device=place["device"]).to(place["dtype"]), torch.randn(5, 7, **place)
        actual = bernoulli_log_likelihood(x, logits)
        assert same_place(actual, place)
        torch.testing.assert_close(actual, D.Independent(D.Bernoulli(logits=logits), 1).log_prob(x))

    def test_sums_to_one_over_all_images(self):
        images = torch.tensor(list(itertools.product([0.0, 1.0], repeat=6)), dtype=torch.float64)
        logits = torch.randn(6, dtype=torch.float64).expand_as(images)
        assert bernoulli_log_likelihood(images, logits).exp().sum().item() == pytest.approx(1)

    def test_is_finite_and_exact_at_extreme_logits(self, place):
        x = torch.tensor([[1.0, 0.0, 1.0, 0.0]], **place)
        logits = torch.tensor([[100.0, -100.0, -100.0, 100.0]], **place).requires_grad_()
        value = bernoulli_log_likelihood(x, logits)
        value.sum().backward()
        assert value.item() == pytest.approx(-200)
        torch.testing.assert_close(logits.grad, x - logits.detach().sigmoid())

    def test_gradient(self):
        x, logits = torch.randint(2, (4, 3)).double(), torch.randn(4, 3, dtype=torch.float64, requires_grad=True)
        assert gradcheck(lambda logits: bernoulli_log_likelihood(x, logits), logits)

    def test_names_both_shapes_when_they_differ(self):
        with pytest.raises(ValueError, match=r"x and logits must have the same shape, got \[4, 3\] and \[1, 3\]"):
            bernoulli_log_likelihood(torch.zeros(4, 3), torch.zeros(1, 3))


class TestReparameterize:
    def test_has_the_moments_of_independent_normals(self, place):
        mu, logvar = torch.tensor([[2.0, -1.0]], **place), torch.tensor([[1.0, -2.0]], **place)
        number = 200_000
        z = reparameterize(mu.expand(number, 2), logvar.expand(number, 2))
        noise = (z - mu) / (0.5 * logvar).exp()
        assert same_place(z, place)
        for power, moment in [(1, 0), (2, 1), (3, 0), (4, 3)]:  # uniform noise would give a fourth moment of 1.8
            variance = {1: 1, 2: 2, 3: 15, 4: 96}[power]
            assert (noise**power).mean(0).sub(moment).abs().max() < 6 * math.sqrt(variance / number)
        assert (noise[:, 0] * noise[:, 1]).mean().abs() < 6 / math.sqrt(number), "dimensions are correlated"
        assert (noise[1:] * noise[:-1]).mean(0).abs().max() < 6 / math.sqrt(number), "images are correlated"

    def test_draws_fresh_noise_at_each_call(self):
        mu, logvar = torch.zeros(4, 3), torch.zeros(4, 3)
        assert not torch.isclose(reparameterize(mu, logvar), reparameterize(mu, logvar)).any()

    def test_gradients_are_those_of_a_location_and_a_scale(self, place):
        mu, logvar = (parameter.requires_grad_() for parameter in posterior(place))
        z = reparameterize(mu, logvar)
        z.sum().backward()
        torch.testing.assert_close(mu.grad, torch.ones_like(mu))
        torch.testing.assert_close(logvar.grad, 0.5 * (z - mu).detach())


class TestDiagonalKL:
    def test_agrees_with_torch(self, place):
        mu, logvar = posterior(place)
        q = D.Independent(D.Normal(mu, (0.5 * logvar).exp()), 1)
        p = D.Independent(D.Normal(torch.zeros_like(mu), torch.ones_like(mu)), 1)
        actual = kl_to_standard_normal(mu, logvar)
        assert same_place(actual, place)
        torch.testing.assert_close(actual, D.kl_divergence(q, p))

    def test_agrees_with_quadrature(self):
        mu, logvar = torch.tensor([[0.7]], dtype=torch.float64), torch.tensor([[-1.2]], dtype=torch.float64)
        z = torch.linspace(-12, 12, 20_001, dtype=torch.float64)
        q, p = D.Normal(mu.squeeze(), (0.5 * logvar).exp().squeeze()), D.Normal(0.0, 1.0)
        integral = torch.trapezoid(q.log_prob(z).exp() * (q.log_prob(z) - p.log_prob(z)), z)
        assert kl_to_standard_normal(mu, logvar).item() == pytest.approx(integral.item(), abs=1e-9)

    def test_is_zero_at_the_prior_and_positive_elsewhere(self):
        assert kl_to_standard_normal(torch.zeros(1, 4), torch.zeros(1, 4)).item() == 0
        assert (kl_to_standard_normal(torch.randn(500, 1), 3 * torch.randn(500, 1)) > 0).all()

    def test_gradient(self):
        mu, logvar = (parameter.requires_grad_() for parameter in posterior({"dtype": torch.float64}))
        assert gradcheck(kl_to_standard_normal, (mu, logvar))

    def test_names_both_shapes_when_they_differ(self):
        with pytest.raises(ValueError, match=r"mu and logvar must have the same shape, got \[4, 3\] and \[4, 2\]"):
            kl_to_standard_normal(torch.zeros(4, 3), torch.zeros(4, 2))


class TestFullKL:
    def test_agrees_with_torch(self, place):
        mu, cov = torch.randn(4, 6, **place), covariances(place, 4, 6)
        prior = D.MultivariateNormal(torch.zeros(6, **place), torch.eye(6, **place))
        actual = kl_to_standard_normal_full(mu, cov)
        assert same_place(actual, place)
        torch.testing.assert_close(actual, D.kl_divergence(D.MultivariateNormal(mu, cov), prior), rtol=1e-4, atol=1e-4)

    def test_of_a_diagonal_covariance_is_the_diagonal_kl(self, place):
        mu, logvar = posterior(place)
        torch.testing.assert_close(
            kl_to_standard_normal_full(mu, torch.diag_embed(logvar.exp())), kl_to_standard_normal(mu, logvar)
        )

    def test_does_not_change_when_the_latent_space_is_rotated(self):
        mu, cov = torch.randn(3, 5, dtype=torch.float64), covariances({"dtype": torch.float64}, 3, 5)
        rotation = torch.linalg.qr(torch.randn(5, 5, dtype=torch.float64)).Q
        torch.testing.assert_close(
            kl_to_standard_normal_full(mu @ rotation.T, rotation @ cov @ rotation.T),
            kl_to_standard_normal_full(mu, cov),
        )

    @pytest.mark.parametrize("variance", [1e-3, 1e3])
    def test_survives_determinants_outside_the_range_of_floats(self, place, variance):
        dim = 200
        mu, cov = torch.zeros(2, dim, **place), variance * torch.eye(dim, **place).expand(2, dim, dim)
        assert not math.isfinite(torch.linalg.det(cov)[0].log().item())
        expected = 0.5 * dim * (variance - 1 - math.log(variance))
        torch.testing.assert_close(kl_to_standard_normal_full(mu, cov), torch.full((2,), expected, **place))

    def test_correlated_at_200_dimensions(self, place):
        mu, cov = torch.randn(2, 200, **place), covariances(place, 2, 200)
        eigenvalues = torch.linalg.eigvalsh(cov)
        expected = 0.5 * (mu.square() + eigenvalues - 1 - eigenvalues.log()).sum(-1)
        torch.testing.assert_close(kl_to_standard_normal_full(mu, cov), expected, rtol=1e-4, atol=1e-3)

    def test_gradient(self):
        mu = torch.randn(2, 3, dtype=torch.float64, requires_grad=True)
        cov = covariances({"dtype": torch.float64}, 2, 3).requires_grad_()
        assert gradcheck(lambda mu, cov: kl_to_standard_normal_full(mu, (cov + cov.mT) / 2), (mu, cov))

    def test_says_which_matrix_is_not_a_covariance(self):
        cov = torch.eye(2).repeat(3, 1, 1)
        cov[1, 0, 0] = -1
        with pytest.raises(ValueError, match=r"positive definite; matrix \[1\] of the batch is not"):
            kl_to_standard_normal_full(torch.zeros(3, 2), cov)

    def test_says_which_shape_it_needs(self):
        with pytest.raises(ValueError, match=r"cov must have shape \[3, 2, 2\] to fit mu, got \[3, 2\]"):
            kl_to_standard_normal_full(torch.zeros(3, 2), torch.ones(3, 2))


class TestElbo:
    def test_is_the_likelihood_minus_the_weighted_kl(self, place):
        x, logits = torch.ones(5, 7, **place), torch.zeros(5, 7, **place)  # log p(x | z) = -7 log 2
        mu, logvar = torch.full((5, 2), 2.0, **place), torch.zeros(5, 2, **place)  # KL = 4
        for beta in [0.0, 1.0, 2.5]:
            expected = torch.full((5,), -7 * math.log(2) - 4 * beta, **place)
            torch.testing.assert_close(elbo(x, logits, mu, logvar, beta), expected)

    def test_on_average_lies_below_the_evidence_by_the_kl_to_the_true_posterior(self):
        """A one-dimensional z, so that log p(x) and p(z | x) are integrals on a grid."""
        z = torch.linspace(-10, 10, 4_001, dtype=torch.float64)[:, None]
        logits = z * torch.tensor([1.5, -2.0, 0.5], dtype=torch.float64) + 0.3
        x = torch.tensor([1.0, 0.0, 1.0], dtype=torch.float64).expand_as(logits)
        log_joint = bernoulli_log_likelihood(x, logits) + D.Normal(0.0, 1.0).log_prob(z[:, 0])
        evidence = torch.trapezoid(log_joint.exp(), z[:, 0]).log()
        mu, logvar = torch.full_like(z, 0.4), torch.full_like(z, -0.5)
        log_q = D.Normal(mu, (0.5 * logvar).exp()).log_prob(z)[:, 0]
        bound = torch.trapezoid(log_q.exp() * elbo(x, logits, mu, logvar), z[:, 0])
        gap = torch.trapezoid(log_q.exp() * (log_q - (log_joint - evidence)), z[:, 0])
        assert gap > 0.01
        assert (evidence - bound).item() == pytest.approx(gap.item(), abs=1e-9)

    def test_gradient(self):
        x = torch.randint(2, (4, 3)).double()
        parameters = [torch.randn(4, 3, dtype=torch.float64, requires_grad=True) for _ in range(3)]
        assert gradcheck(lambda *parameters: elbo(x, *parameters, beta=0.7), parameters)


class TestMonteCarloBounds:
    """Every value of a discrete z once, under a uniform q: the mean over samples is an exact expectation."""

    @pytest.fixture
    def enumerated(self, place):
        log_joint = torch.randn(6, 4, **place) - 3
        return log_joint, torch.full_like(log_joint, -math.log(6))

    def test_gap_of_the_elbo_is_the_kl_to_the_true_posterior(self, enumerated, place):
        log_joint, log_q = enumerated
        evidence = log_joint.logsumexp(0)
        gap = D.kl_divergence(D.Categorical(logits=log_q.T), D.Categorical(logits=log_joint.T))
        assert same_place(elbo_from_joint(log_joint, log_q), place)
        torch.testing.assert_close(elbo_from_joint(log_joint, log_q), evidence - gap)

    def test_iwae_over_all_values_is_the_evidence(self, enumerated, place):
        log_joint, log_q = enumerated
        assert same_place(iwae_bound(log_joint, log_q), place)
        torch.testing.assert_close(iwae_bound(log_joint, log_q), log_joint.logsumexp(0))

    def test_both_are_exact_at_the_true_posterior(self, enumerated):
        log_joint, _ = enumerated
        evidence = log_joint.logsumexp(0)
        for bound in [elbo_from_joint, iwae_bound]:
            torch.testing.assert_close(bound(log_joint, log_joint - evidence), evidence)

    def test_elbo_is_at_most_iwae_and_equal_for_one_sample(self, enumerated):
        log_joint, log_q = enumerated
        assert (elbo_from_joint(log_joint, log_q) < iwae_bound(log_joint, log_q)).all()
        torch.testing.assert_close(elbo_from_joint(log_joint[:1], log_q[:1]), iwae_bound(log_joint[:1], log_q[:1]))

    def test_iwae_survives_weights_outside_the_range_of_floats(self, place):
        log_joint = torch.tensor([[-5000.0], [-5001.0]], **place)
        expected = torch.tensor([-5000 + math.log((1 + math.exp(-1)) / 2)], **place)
        torch.testing.assert_close(iwae_bound(log_joint, torch.zeros_like(log_joint)), expected)

    @pytest.mark.parametrize("bound", [elbo_from_joint, iwae_bound])
    def test_gradient(self, bound):
        inputs = [torch.randn(5, 3, dtype=torch.float64, requires_grad=True) for _ in range(2)]
        assert gradcheck(bound, inputs)

    @pytest.mark.parametrize("bound", [elbo_from_joint, iwae_bound])
    def test_names_both_shapes_when_they_differ(self, bound):
        with pytest.raises(ValueError, match="log_joint and log_posterior must have the same shape"):
            bound(torch.zeros(5, 3), torch.zeros(5, 1))


class TestScoreFunctionSurrogate:
    """Every value of a discrete z once, under a uniform q: the estimate is the gradient of E_q[r] itself."""

    @staticmethod
    def reward(theta):
        values = torch.arange(5, dtype=theta.dtype, device=theta.device)
        return (values - 1) ** 2 + values * theta.sin().sum()

    @pytest.mark.parametrize("baseline", [0.0, 3.5, "mean"])
    def test_gradient_is_that_of_the_expected_reward(self, place, baseline):
        theta = torch.zeros(5, **place, requires_grad=True)
        (expected,) = torch.autograd.grad((theta.softmax(0) * self.reward(theta)).sum(), theta)
        reward, log_q = self.reward(theta), theta.log_softmax(0)
        if baseline == "mean":
            baseline = reward.mean()
        surrogate = score_function_surrogate(reward, log_q, baseline)
        assert surrogate.shape == () and same_place(surrogate, place)
        (actual,) = torch.autograd.grad(surrogate, theta)
        torch.testing.assert_close(actual, expected, rtol=1e-4, atol=1e-5)

    @pytest.mark.parametrize("leave_one_out", [False, True])
    def test_gradient_has_the_two_terms_of_the_lecture(self, place, leave_one_out):
        reward, log_q = (torch.randn(7, **place).requires_grad_() for _ in range(2))
        baseline = (reward.sum() - reward) / 6 if leave_one_out else 0.5
        score_function_surrogate(reward, log_q, baseline).backward()
        torch.testing.assert_close(reward.grad, torch.full_like(reward, 1 / 7))
        torch.testing.assert_close(log_q.grad, (reward - baseline).detach() / 7)

    def test_no_gradient_flows_into_the_baseline(self):
        reward, log_q = torch.randn(4, requires_grad=True), torch.randn(4, requires_grad=True)
        baseline = torch.tensor(0.5, requires_grad=True)
        score_function_surrogate(reward, log_q, baseline).backward()
        assert baseline.grad is None

    def test_refuses_a_baseline_that_would_make_a_table(self):
        with pytest.raises(ValueError, match=r"baseline must broadcast to \[4\], got \[4, 1\]"):
            score_function_surrogate(torch.zeros(4), torch.zeros(4), torch.zeros(4, 1))


class TestTrainVae:
    def test_beats_the_model_without_a_latent_variable(self, device):
        digits = load_digits()
        train, test = digits.train.to(device), digits.test.to(device)
        model = VAE()
        trained = train_vae(model, train, steps=400, batch_size=128, beta=1.0)
        assert trained is model
        assert held_out_elbo(trained, test) > independent_bernoulli(train, test) + 2

    def test_a_large_beta_leaves_the_posterior_at_the_prior(self, device):
        train = load_digits().train.to(device)
        kl = {
            beta: kl_to_standard_normal(*train_vae(VAE(), train, steps=200, batch_size=64, beta=beta).encode(train))
            for beta in [0.1, 20.0]
        }
        assert kl[20.0].mean() < 0.1 < 2 < kl[0.1].mean()

    def test_is_repeated_by_a_seed(self, device):
        weights = []
        for _ in range(2):
            torch.manual_seed(3)
            trained = train_vae(VAE(), load_digits().train.to(device), steps=5, batch_size=16, beta=1.0)
            weights.append(torch.nn.utils.parameters_to_vector(trained.parameters()))
        torch.testing.assert_close(*weights, rtol=0, atol=0)


def test_nothing_modifies_its_inputs(place):
    x, logits = torch.ones(5, 7, **place), torch.randn(5, 7, **place)
    mu, logvar = posterior(place)
    calls = [
        (bernoulli_log_likelihood, [x, logits]),
        (reparameterize, [mu, logvar]),
        (kl_to_standard_normal, [mu, logvar]),
        (kl_to_standard_normal_full, [mu, covariances(place, 5, 3)]),
        (elbo, [x, logits, mu, logvar]),
        (elbo_from_joint, [mu, logvar]),
        (iwae_bound, [mu, logvar]),
        (score_function_surrogate, [mu[0], logvar[0]]),
    ]
    for function, inputs in calls:
        before = [tensor.clone() for tensor in inputs]
        function(*inputs)
        for tensor, copy in zip(inputs, before, strict=True):
            assert torch.equal(tensor, copy), function.__name__
