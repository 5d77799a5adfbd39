"""The formulas of ps4 against laws that do not share their code: torch, enumeration, integrals, scikit-learn."""

import itertools
import math
from collections import Counter

import pytest
import torch
from sklearn.metrics import homogeneity_score
from torch import distributions as D
from torch.autograd import gradcheck

from latentkit.reference.mixture import (
    batch_prior_kl,
    dem_vae_loss,
    discrete_mutual_information,
    dispersion,
    gumbel_softmax,
    homogeneity,
    kl_between_gaussians,
    mixture_kl,
    mixture_log_density,
    mixture_responsibilities,
)
from latentkit.reference.variational import (
    kl_to_standard_normal,
)
from tests.lib.common import same_place

DOUBLE = {"dtype": torch.float64}


def simplex(*shape, **place):
    return torch.randn(*shape, **place).softmax(-1)


def components(count=4, dim=3, **place):
    """Means and log variances, [K, D] each; the variances are all different."""
    return 2 * torch.randn(count, dim, **place), torch.randn(count, dim, **place)


def gaussian(mu, logvar):
    return D.Independent(D.Normal(mu, (logvar / 2).exp()), 1)


def mixture(weights, means, logvars):
    return D.MixtureSameFamily(D.Categorical(probs=weights), gaussian(means, logvars))


class TestGumbelSoftmax:
    def test_agrees_with_torch_s_relaxed_distribution(self, place):
        """Given the relaxed sample's density, only the right map from noise to simplex has the right quantiles."""
        logits = torch.tensor([[0.3, -0.5]], **place).expand(40_000, 2)
        gumbel = -(-torch.rand(40_000, 2, **place).log()).log()
        ours = gumbel_softmax(logits, 0.7, gumbel)
        theirs = D.RelaxedOneHotCategorical(torch.tensor(0.7, **place), logits=logits).sample()
        assert same_place(ours, place)
        torch.testing.assert_close(ours.sum(-1), torch.ones(40_000, **place))
        quantiles = torch.linspace(0.05, 0.95, 19, **place)
        torch.testing.assert_close(ours[:, 0].quantile(quantiles), theirs[:, 0].quantile(quantiles), atol=0.03, rtol=0)

    def test_cold_it_is_an_exact_categorical_draw(self):
        """The Gumbel-max trick: argmax(logits + g) has the probabilities softmax(logits)."""
        logits = torch.tensor([1.0, 0.0, -1.0, 0.5], **DOUBLE)
        draws = 100_000
        gumbel = D.Gumbel(0.0, 1.0).sample((draws, 4)).double()
        cold = gumbel_softmax(logits.expand(draws, -1), 1e-4, gumbel)
        share, p = cold.mean(0), logits.softmax(0)
        assert ((share - p).abs() < 5 * (p * (1 - p) / draws).sqrt()).all()

    def test_hot_it_is_uniform(self):
        hot = gumbel_softmax(torch.randn(5, 3, **DOUBLE), 1e6, torch.randn(5, 3, **DOUBLE))
        torch.testing.assert_close(hot, torch.full((5, 3), 1 / 3, **DOUBLE), atol=1e-5, rtol=0)

    def test_extreme_logits_and_gradients(self):
        cold = gumbel_softmax(torch.tensor([[1e4, -1e4]]), 0.01, torch.zeros(1, 2))
        torch.testing.assert_close(cold, torch.tensor([[1.0, 0.0]]))
        logits, gumbel = torch.randn(3, 4, **DOUBLE, requires_grad=True), torch.randn(3, 4, **DOUBLE)
        assert gradcheck(lambda logits: gumbel_softmax(logits, 0.5, gumbel), logits)

    def test_refuses_what_makes_no_sense(self):
        with pytest.raises(ValueError, match="temperature must be positive, got 0"):
            gumbel_softmax(torch.zeros(2, 3), 0, torch.zeros(2, 3))
        with pytest.raises(ValueError, match="same shape"):
            gumbel_softmax(torch.zeros(2, 3), 1.0, torch.zeros(3))


class TestBatchPriorKl:
    def test_agrees_with_torch(self, place):
        q, prior = simplex(6, 4, **place), simplex(4, **place)
        actual = batch_prior_kl(q, prior)
        assert same_place(actual, place)
        assert actual.shape == ()
        torch.testing.assert_close(actual, D.kl_divergence(D.Categorical(q.mean(0)), D.Categorical(prior)))

    def test_certain_codes_used_as_the_prior_says_cost_nothing(self):
        assert batch_prior_kl(torch.eye(4), torch.full((4,), 0.25)).abs() < 1e-6

    def test_differs_from_the_mean_of_the_kls_by_the_mutual_information(self):
        q, prior = simplex(7, 3, **DOUBLE), simplex(3, **DOUBLE)
        mean_of_kls = D.kl_divergence(D.Categorical(q), D.Categorical(prior.expand(7, 3))).mean()
        torch.testing.assert_close(batch_prior_kl(q, prior), mean_of_kls - discrete_mutual_information(q))

    def test_a_code_that_nobody_uses_is_no_nan(self, place):
        q = torch.tensor([[1.0, 0, 0], [0, 1, 0]], **place).requires_grad_()
        value = batch_prior_kl(q, torch.full((3,), 1 / 3, **place))
        value.backward()
        torch.testing.assert_close(value, torch.tensor(math.log(3 / 2), **place))
        assert q.grad.isfinite().all()

    def test_gradients(self):
        q, prior = simplex(5, 3, **DOUBLE).requires_grad_(), simplex(3, **DOUBLE)
        assert gradcheck(lambda q: batch_prior_kl(q, prior), q)


class TestDiscreteMutualInformation:
    def test_is_the_information_of_the_joint_distribution_by_enumeration(self):
        """x uniform over the batch, c from q(c | x): Σ p(x, c) log p(x, c) / (p(x) p(c))."""
        q = simplex(5, 3, **DOUBLE)
        joint = q / 5
        expected = sum(
            joint[x, c] * math.log(joint[x, c] / (1 / 5 * joint[:, c].sum()))
            for x, c in itertools.product(range(5), range(3))
        )
        torch.testing.assert_close(discrete_mutual_information(q), expected)

    def test_agrees_with_torch(self, place):
        q = simplex(6, 4, **place)
        actual = discrete_mutual_information(q)
        assert same_place(actual, place)
        torch.testing.assert_close(actual, D.Categorical(q.mean(0)).entropy() - D.Categorical(q).entropy().mean())

    @pytest.mark.parametrize(("batch", "codes"), [(8, 4), (4, 8)])
    def test_certain_and_even_codes_reach_the_cap_and_equal_ones_say_nothing(self, batch, codes):
        """ln K, or ln B where the batch is smaller: an estimate from a batch of B cannot exceed ln B."""
        certain = torch.eye(codes, **DOUBLE)[torch.arange(batch) % codes]
        value = discrete_mutual_information(certain)
        torch.testing.assert_close(value, torch.tensor(math.log(min(batch, codes)), **DOUBLE))
        assert discrete_mutual_information(simplex(1, codes, **DOUBLE).expand(batch, -1)).abs() < 1e-12

    def test_zeros_are_no_nan_and_gradients(self):
        q = torch.tensor([[1.0, 0, 0], [0.5, 0.5, 0]], **DOUBLE, requires_grad=True)
        discrete_mutual_information(q).backward()
        assert q.grad.isfinite().all()
        assert gradcheck(discrete_mutual_information, simplex(4, 3, **DOUBLE).requires_grad_())


class TestKlBetweenGaussians:
    def test_agrees_with_torch(self, place):
        mu_q, logvar_q, mu_p, logvar_p = torch.randn(4, 5, 3, **place)
        actual = kl_between_gaussians(mu_q, logvar_q, mu_p, logvar_p)
        assert same_place(actual, place)
        expected = D.kl_divergence(gaussian(mu_q, logvar_q), gaussian(mu_p, logvar_p))
        torch.testing.assert_close(actual, expected)

    def test_is_an_integral(self):
        mu_q, logvar_q, mu_p, logvar_p = torch.tensor([[[0.4]], [[-0.3]], [[-1.1]], [[0.6]]], **DOUBLE)
        grid = torch.linspace(-30, 30, 60_001, **DOUBLE).unsqueeze(1)
        log_q, log_p = gaussian(mu_q, logvar_q).log_prob(grid), gaussian(mu_p, logvar_p).log_prob(grid)
        integral = torch.trapezoid(log_q.exp() * (log_q - log_p), grid[:, 0])
        torch.testing.assert_close(kl_between_gaussians(mu_q, logvar_q, mu_p, logvar_p)[0], integral)

    def test_problem_set_1_is_a_special_case_and_equal_ones_are_no_distance_apart(self):
        mu, logvar = torch.randn(2, 4, 3, **DOUBLE)
        zero = torch.zeros(4, 3, **DOUBLE)
        torch.testing.assert_close(kl_between_gaussians(mu, logvar, zero, zero), kl_to_standard_normal(mu, logvar))
        torch.testing.assert_close(kl_between_gaussians(mu, logvar, mu, logvar), zero[:, 0])

    def test_gradients(self):
        inputs = [torch.randn(2, 3, **DOUBLE, requires_grad=True) for _ in range(4)]
        assert gradcheck(kl_between_gaussians, inputs)


class TestMixtureLogDensity:
    def test_agrees_with_torch(self, place):
        weights, (means, logvars), z = simplex(4, **place), components(**place), torch.randn(6, 3, **place)
        actual = mixture_log_density(z, weights, means, logvars)
        assert same_place(actual, place)
        torch.testing.assert_close(actual, mixture(weights, means, logvars).log_prob(z))

    def test_integrates_to_one(self):
        weights, (means, logvars) = simplex(3, **DOUBLE), components(3, 1, **DOUBLE)
        grid = torch.linspace(-40, 40, 80_001, **DOUBLE).unsqueeze(1)
        density = mixture_log_density(grid, weights, means, logvars).exp()
        assert torch.trapezoid(density, grid[:, 0]).item() == pytest.approx(1)

    def test_far_away_it_is_the_nearest_component_s_tail(self, place):
        """At a distance of 200 standard deviations every density is 0 in floats, and its logarithm is not."""
        z, means = torch.tensor([[200.0], [-200.0]], **place), torch.tensor([[-1.0], [1.0]], **place)
        log_p = mixture_log_density(z, torch.tensor([0.25, 0.75], **place), means, torch.zeros(2, 1, **place))
        tail = -0.5 * 199.0**2 - 0.5 * math.log(2 * math.pi)
        expected = torch.tensor([tail + math.log(0.75), tail + math.log(0.25)], **place)
        torch.testing.assert_close(log_p, expected)

    def test_gradients(self):
        weights, (means, logvars), z = simplex(3, **DOUBLE), components(3, 2, **DOUBLE), torch.randn(2, 2, **DOUBLE)
        inputs = [tensor.requires_grad_() for tensor in (z, weights, means, logvars)]
        assert gradcheck(mixture_log_density, inputs)


class TestMixtureResponsibilities:
    def test_is_bayes_rule(self, place):
        weights, (means, logvars), z = simplex(4, **place), components(**place), torch.randn(6, 3, **place)
        actual = mixture_responsibilities(z, weights, means, logvars)
        assert same_place(actual, place)
        prior = mixture(weights, means, logvars)
        for c in range(4):
            likelihood = gaussian(means[c], logvars[c]).log_prob(z)
            torch.testing.assert_close(actual[:, c], (weights[c].log() + likelihood - prior.log_prob(z)).exp())

    def test_is_the_gradient_of_the_log_density_in_the_log_weights(self):
        weights, (means, logvars), z = simplex(4, **DOUBLE), components(**DOUBLE), torch.randn(1, 3, **DOUBLE)
        log_weights = weights.log().requires_grad_()
        mixture_log_density(z, log_weights.exp(), means, logvars).sum().backward()
        torch.testing.assert_close(mixture_responsibilities(z, weights, means, logvars)[0], log_weights.grad)

    def test_far_away_they_are_still_probabilities(self, place):
        means, logvars = components(**place)
        far = mixture_responsibilities(1e4 * torch.randn(5, 3, **place), simplex(4, **place), means, logvars)
        torch.testing.assert_close(far.sum(-1), torch.ones(5, **place))

    def test_gradients(self):
        weights, (means, logvars), z = simplex(3, **DOUBLE), components(3, 2, **DOUBLE), torch.randn(2, 2, **DOUBLE)
        inputs = [tensor.requires_grad_() for tensor in (z, weights, means, logvars)]
        assert gradcheck(mixture_responsibilities, inputs)


class TestMixtureKl:
    def test_is_the_expected_kl(self, place):
        q_c, (mu, logvar), (means, logvars) = simplex(5, 4, **place), torch.randn(2, 5, 3, **place), components(**place)
        actual = mixture_kl(q_c, mu, logvar, means, logvars)
        assert same_place(actual, place)
        q = gaussian(mu, logvar)
        expected = sum(q_c[:, c] * D.kl_divergence(q, gaussian(means[c], logvars[c])) for c in range(4))
        torch.testing.assert_close(actual, expected)

    def test_is_kl_to_the_mean_component_plus_dispersion(self):
        """The identity that shows what the ELBO of a mixture does to its components."""
        q_c, (mu, logvar) = simplex(6, 4, **DOUBLE), torch.randn(2, 6, 3, **DOUBLE)
        means, logvars = components(**DOUBLE)
        precision = q_c @ (-logvars).exp()  # -2 E η₂
        mean_mu = q_c @ (means * (-logvars).exp()) / precision
        kl_z = D.kl_divergence(gaussian(mu, logvar), gaussian(mean_mu, -precision.log()))
        expected = kl_z + dispersion(q_c, means, logvars)
        torch.testing.assert_close(mixture_kl(q_c, mu, logvar, means, logvars), expected)

    def test_bounds_the_kl_to_the_mixture(self):
        """KL is convex in its second argument: the KL to Σ_c q_c p_c is at most the mean of the KLs to p_c."""
        weights, (means, logvars) = simplex(3, **DOUBLE), components(3, 1, **DOUBLE)
        mu, logvar = torch.randn(2, 1, 1, **DOUBLE)
        grid = torch.linspace(-40, 40, 80_001, **DOUBLE).unsqueeze(1)
        log_q = gaussian(mu, logvar).log_prob(grid)
        log_p = mixture(weights, means, logvars).log_prob(grid)
        to_mixture = torch.trapezoid(log_q.exp() * (log_q - log_p), grid[:, 0])
        assert to_mixture < mixture_kl(weights.unsqueeze(0), mu, logvar, means, logvars)[0]

    def test_gradients(self):
        inputs = [simplex(2, 3, **DOUBLE), *torch.randn(2, 2, 2, **DOUBLE), *components(3, 2, **DOUBLE)]
        assert gradcheck(mixture_kl, [tensor.requires_grad_() for tensor in inputs])


class TestDispersion:
    def test_is_the_jensen_gap_of_the_log_partition_function(self, place):
        """A(η) = μ²/(2σ²) + ½ log σ², written in the usual parameters; the mean component by its own μ and σ²."""
        q_c, (means, logvars) = simplex(5, 4, **place), components(**place)
        actual = dispersion(q_c, means, logvars)
        assert same_place(actual, place)
        precision = q_c @ (-logvars).exp()
        mu = q_c @ (means / logvars.exp()) / precision
        of_each = q_c @ (0.5 * means**2 / logvars.exp() + 0.5 * logvars).sum(-1)
        expected = of_each - (0.5 * mu**2 * precision - 0.5 * precision.log()).sum(-1)
        torch.testing.assert_close(actual, expected, rtol=1e-4, atol=1e-4)

    def test_is_the_expected_kl_from_the_mean_component(self):
        """E_q KL(p_{E_q η} || p_c) = L_d: a Bregman divergence, and so never negative."""
        q_c, (means, logvars) = simplex(5, 4, **DOUBLE), components(**DOUBLE)
        precision = q_c @ (-logvars).exp()
        centre = gaussian(q_c @ (means / logvars.exp()) / precision, -precision.log())
        expected = sum(q_c[:, c] * D.kl_divergence(centre, gaussian(means[c], logvars[c])) for c in range(4))
        torch.testing.assert_close(dispersion(q_c, means, logvars), expected)

    def test_its_slope_at_a_certain_code_knows_the_partition_function_and_its_gradient(self):
        """At q = (1 - t, t) the slope in t = 0 is A(η₂) - A(η₁) - ∇A(η₁)·(η₂ - η₁), where ∇A = E[(z, z²)] and A is
        the logarithm of an integral."""
        mu, var = torch.tensor([0.7, -0.2], **DOUBLE), torch.tensor([1.8, 0.5], **DOUBLE)
        first, second = torch.stack([mu / var, -0.5 / var], dim=-1)
        statistics = torch.tensor([mu[0], var[0] + mu[0] ** 2], **DOUBLE)

        def log_partition(eta):
            z = torch.linspace(-60, 60, 200_001, **DOUBLE)
            return torch.trapezoid((eta[0] * z + eta[1] * z**2).exp(), z).log()

        t = torch.zeros((), **DOUBLE, requires_grad=True)
        dispersion(torch.stack([1 - t, t]).view(1, 2), mu.view(2, 1), var.log().view(2, 1)).sum().backward()
        torch.testing.assert_close(t.grad, log_partition(second) - log_partition(first) - statistics @ (second - first))

    def test_is_never_negative_and_zero_where_there_is_nothing_to_disperse(self):
        q_c = simplex(200, 4, **DOUBLE)
        assert (dispersion(q_c, *components(**DOUBLE)) > 0).all()
        same = [row.expand(4, 3) for row in torch.randn(2, 3, **DOUBLE)]
        torch.testing.assert_close(dispersion(q_c, *same), torch.zeros(200, **DOUBLE))
        certain = torch.eye(4, **DOUBLE)
        torch.testing.assert_close(dispersion(certain, *components(**DOUBLE)), torch.zeros(4, **DOUBLE))

    def test_equal_variances_give_the_spread_of_the_means(self):
        """With one σ² for all, L_d = Var_q(μ)/(2σ²), summed over D: why unequal ones must be tested."""
        q_c, means = simplex(5, 4, **DOUBLE), torch.randn(4, 3, **DOUBLE)
        variance = q_c @ means**2 - (q_c @ means) ** 2
        expected = (variance / (2 * math.exp(0.4))).sum(-1)
        torch.testing.assert_close(dispersion(q_c, means, torch.full((4, 3), 0.4, **DOUBLE)), expected)

    def test_grows_as_the_means_move_apart(self):
        q_c, (means, logvars) = simplex(5, 4, **DOUBLE), components(**DOUBLE)
        near, far = (dispersion(q_c, scale * means, logvars) for scale in (1, 3))
        assert (far > near).all()

    def test_gradients_reach_the_prior_and_the_classifier(self):
        inputs = [simplex(3, 4, **DOUBLE), *components(**DOUBLE)]
        assert gradcheck(dispersion, [tensor.requires_grad_() for tensor in inputs])
        dispersion(*inputs).sum().backward()
        assert all(tensor.grad.abs().min() > 0 for tensor in inputs)


class TestDemVaeLoss:
    def test_is_minus_the_elbo_with_the_dispersion_added_back(self, place):
        q_c, (mu, logvar), (means, logvars) = simplex(5, 4, **place), torch.randn(2, 5, 3, **place), components(**place)
        nll, kl_c = torch.rand(2, 5, **place)
        l_d = dispersion(q_c, means, logvars)
        expected_kl = mixture_kl(q_c, mu, logvar, means, logvars)
        elbo = -nll - expected_kl - kl_c
        for beta in (0.0, 0.4, 1.0):
            actual = dem_vae_loss(nll, expected_kl - l_d, l_d, kl_c, beta)
            assert same_place(actual, place)
            torch.testing.assert_close(actual, -(elbo + beta * l_d).mean())

    def test_at_beta_1_the_components_are_no_longer_pulled_together(self):
        """With q(z | x) on the mean component, moving the means apart is free at β = 1 and costs something below."""
        q_c, zero = torch.full((1, 2), 0.5, **DOUBLE), torch.zeros(1, **DOUBLE)
        for beta, pulled in ((0.0, True), (0.5, True), (1.0, False)):
            apart = torch.ones(1, **DOUBLE, requires_grad=True)
            l_d = dispersion(q_c, torch.stack([apart, -apart]), torch.zeros(2, 1, **DOUBLE))
            dem_vae_loss(zero, zero, l_d, zero, beta).backward()
            assert (apart.grad > 0).item() is pulled

    def test_above_beta_1_the_components_are_pushed_apart_without_a_floor(self):
        far, farther = (
            dem_vae_loss(*torch.zeros(2, 1), torch.tensor([l_d]), torch.zeros(1), 1.5) for l_d in (1e3, 1e6)
        )
        assert (far.item(), farther.item()) == (-500, -500_000)


class TestHomogeneity:
    @pytest.mark.parametrize(("labels", "codes"), [(3, 4), (5, 2), (2, 30), (6, 6)])
    def test_agrees_with_sklearn(self, labels, codes):
        for _ in range(5):
            golden, found = torch.randint(labels, (40,)), torch.randint(codes, (40,))
            assert homogeneity(golden, found) == pytest.approx(homogeneity_score(golden, found))

    def test_is_a_share_of_entropy_by_counting(self):
        golden, found = torch.randint(3, (30,)), torch.randint(4, (30,))

        def entropy(items):
            counts = Counter(items)
            return -sum(n / 30 * math.log(n / 30) for n in counts.values())

        pairs = list(zip(golden.tolist(), found.tolist(), strict=True))
        given_code = entropy(pairs) - entropy(found.tolist())  # the chain rule
        assert homogeneity(golden, found) == pytest.approx(1 - given_code / entropy(golden.tolist()))

    def test_perfect_constant_and_split_codes(self):
        labels = torch.tensor([0, 0, 1, 1, 2, 2])
        assert homogeneity(labels, torch.tensor([9, 9, 4, 4, 7, 7])) == pytest.approx(1)
        assert homogeneity(labels, torch.zeros(6, dtype=torch.long)) == pytest.approx(0)
        assert homogeneity(labels, torch.arange(6)) == pytest.approx(1)  # the trap: more codes cost nothing
        assert homogeneity(torch.full((6,), 3), torch.arange(6)) == 1.0

    def test_names_do_not_matter(self):
        labels, codes = torch.randint(3, (30,)), torch.randint(4, (30,))
        renamed = torch.tensor([70, -2, 5, 1_000_000_007])[codes]
        assert homogeneity(labels - 5, renamed) == homogeneity(labels, codes)
        assert type(homogeneity(labels, codes)) is float

    def test_refuses_lengths_that_differ(self):
        with pytest.raises(ValueError, match=r"got \[3\] and \[4\]"):
            homogeneity(torch.zeros(3), torch.zeros(4))
