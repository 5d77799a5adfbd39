"""The formulas of ps5 against laws that do not share their code: enumeration, torch.distributions, simulation."""

import itertools
import math

import pytest
import torch
from scipy import optimize, special
from torch import distributions as D
from torch.autograd import gradcheck

from latentkit.reference.topics import (
    document_elbo,
    expected_log_dirichlet,
    gibbs_conditional,
    gibbs_sweep,
    infer_document,
    topic_trend,
    update_alpha,
    update_beta,
    update_gamma,
    update_phi,
)

K, V = 2, 3
FOUR_TOKENS = [torch.tensor([0, 1]), torch.tensor([1, 2])]  # two documents, word 1 in both


def f64(*numbers):
    return torch.tensor(numbers, dtype=torch.float64)


def dirichlet(concentration, *shape):
    return D.Dirichlet(torch.full(shape, concentration, dtype=torch.float64)).sample()


def random_document(topics=3, vocab=8, kinds=5, concentration=0.5):
    """log_beta, word_ids without repetition, counts."""
    log_beta = dirichlet(concentration, topics, vocab).clamp(min=1e-12).log()
    return log_beta, torch.randperm(vocab)[:kinds], torch.randint(1, 5, (kinds,)).double()


def dirichlet_multinomial(counts, concentration):
    """log of the probability of one sequence with these counts, its Dirichlet integrated out."""
    counts, concentration = f64(*counts), torch.as_tensor(concentration, dtype=torch.float64).expand(len(counts))
    return float(
        torch.lgamma(concentration.sum())
        - torch.lgamma(concentration.sum() + counts.sum())
        + (torch.lgamma(concentration + counts) - torch.lgamma(concentration)).sum()
    )


def log_evidence(alpha, log_beta, tokens):
    """log p(w | α, β) by the sum over all K^N assignments."""
    topics = len(log_beta)
    terms = [
        dirichlet_multinomial([z.count(k) for k in range(topics)], alpha)
        + sum(float(log_beta[k, w]) for k, w in zip(z, tokens, strict=True))
        for z in itertools.product(range(topics), repeat=len(tokens))
    ]
    return special.logsumexp(terms)


def log_joint(docs, z, alpha, eta, vocab=V, topics=K):
    """log p(w, z), θ and β integrated out."""
    pairs = [
        (k, w) for words, chosen in zip(docs, z, strict=True) for w, k in zip(words.tolist(), list(chosen), strict=True)
    ]
    in_documents = sum(dirichlet_multinomial([list(chosen).count(k) for k in range(topics)], alpha) for chosen in z)
    in_topics = sum(dirichlet_multinomial([pairs.count((k, w)) for w in range(vocab)], eta) for k in range(topics))
    return in_documents + in_topics


def count(docs, z, topics=K, vocab=V):
    n_dk = torch.stack([torch.bincount(chosen, minlength=topics) for chosen in z])
    n_kw = torch.zeros(topics, vocab, dtype=torch.long)
    for words, chosen in zip(docs, z, strict=True):
        for w, k in zip(words, chosen, strict=True):
            n_kw[k, w] += 1
    return n_dk, n_kw, n_kw.sum(1)


def split(flat):
    return [torch.tensor(flat[:2]), torch.tensor(flat[2:])]


class TestExpectedLogDirichlet:
    def test_is_the_mean_of_draws(self):
        gamma = f64(0.7, 2.0, 5.0)
        draws = D.Dirichlet(gamma).sample((200_000,)).log()
        margin = 6 * draws.std(0) / math.sqrt(len(draws))
        assert ((draws.mean(0) - expected_log_dirichlet(gamma)).abs() < margin).all()

    def test_is_the_gradient_of_the_log_normaliser(self):
        gamma = (torch.rand(4, 3, dtype=torch.float64) * 5 + 0.01).requires_grad_()
        normaliser = torch.lgamma(gamma).sum() - torch.lgamma(gamma.sum(-1)).sum()
        (expected,) = torch.autograd.grad(normaliser, gamma)
        torch.testing.assert_close(expected_log_dirichlet(gamma).detach(), expected)

    def test_takes_any_leading_dimensions_and_small_shares(self):
        assert expected_log_dirichlet(torch.full((2, 3, 4), 1e-8, dtype=torch.float64)).isfinite().all()
        assert gradcheck(expected_log_dirichlet, (torch.rand(2, 3, dtype=torch.float64) + 0.1).requires_grad_())


class TestUpdatePhi:
    def test_is_bayes_rule_for_known_shares(self):
        log_beta, ids, _ = random_document()
        gamma = 1e9 * f64(0.2, 0.5, 0.3)  # θ is as good as known
        joint = f64(0.2, 0.5, 0.3) * log_beta[:, ids].exp().T
        torch.testing.assert_close(update_phi(gamma, log_beta, ids), joint / joint.sum(1, keepdim=True))

    def test_no_other_phi_has_a_higher_bound(self):
        log_beta, ids, counts = random_document()
        gamma = f64(0.5, 3.0, 1.5)
        phi = update_phi(gamma, log_beta, ids)
        best = document_elbo(0.4, log_beta, ids, counts, phi, gamma)
        for _ in range(50):
            other = 0.9 * phi + 0.1 * dirichlet(1.0, *phi.shape)
            assert document_elbo(0.4, log_beta, ids, counts, other, gamma) <= best

    def test_tiny_probabilities_do_not_underflow(self):
        log_beta = f64([-2000.0, -1.0], [-2001.0, -2.0])
        phi = update_phi(f64(1.0, 1.0), log_beta, torch.tensor([0]))
        torch.testing.assert_close(phi, f64([math.e, 1.0]) / (math.e + 1))

    def test_a_topic_without_the_word_gets_nothing(self):
        log_beta = f64([0.5, 0.5], [0.0, 1.0]).log()
        assert update_phi(f64(1.0, 9.0), log_beta, torch.tensor([0, 1]))[0].tolist() == [1.0, 0.0]


class TestUpdateGamma:
    def test_conserves_prior_and_tokens(self):
        phi, counts = dirichlet(1.0, 6, 3), torch.randint(1, 9, (6,)).double()
        gamma = update_gamma(f64(0.1, 0.2, 0.3), phi, counts)
        assert float(gamma.sum()) == pytest.approx(0.6 + float(counts.sum()))

    def test_a_count_of_two_is_the_word_twice(self):
        phi = dirichlet(1.0, 2, 3)
        torch.testing.assert_close(
            update_gamma(0.1, phi, f64(2.0, 1.0)), update_gamma(0.1, phi[[0, 0, 1]], f64(1.0, 1.0, 1.0))
        )

    def test_no_other_gamma_has_a_higher_bound(self):
        log_beta, ids, counts = random_document()
        phi = dirichlet(1.0, len(ids), 3)
        gamma = update_gamma(0.4, phi, counts)
        best = document_elbo(0.4, log_beta, ids, counts, phi, gamma)
        for _ in range(50):
            other = gamma * (0.2 * torch.randn(3, dtype=torch.float64)).exp()
            assert document_elbo(0.4, log_beta, ids, counts, phi, other) <= best


class TestDocumentElbo:
    @pytest.mark.parametrize("alpha", [0.1, 1.0, torch.tensor([0.3, 2.0], dtype=torch.float64)])
    def test_never_exceeds_the_enumerated_evidence(self, alpha):
        log_beta = dirichlet(1.0, K, V).log()
        ids, counts = torch.tensor([0, 2, 1]), f64(2.0, 1.0, 1.0)  # four tokens
        evidence = log_evidence(alpha, log_beta, [0, 0, 2, 1])
        bounds = [
            float(document_elbo(alpha, log_beta, ids, counts, dirichlet(0.5, 3, K), torch.rand(K).double() * 6 + 0.05))
            for _ in range(200)
        ]
        assert max(bounds) < evidence
        assert float(
            document_elbo(alpha, log_beta, ids, counts, *reversed(infer_document(alpha, log_beta, ids, counts)))
        ) > max(bounds)

    def test_the_gap_is_the_divergence_to_the_posterior(self):
        """log p(w) − ELBO = KL(q(θ, z) ‖ p(θ, z | w)), for one token by quadrature over θ and enumeration of z."""
        alpha, gamma, phi = f64(0.8, 1.7), f64(1.3, 2.1), f64([0.3, 0.7])
        log_beta = f64([0.2, 0.5, 0.3], [0.6, 0.1, 0.3]).log()
        nodes, weights = special.roots_jacobi(200, 0, 0)
        share = torch.tensor((nodes + 1) / 2)
        theta = torch.stack([share, 1 - share], -1)
        q, p = D.Dirichlet(gamma).log_prob(theta), D.Dirichlet(alpha).log_prob(theta)
        evidence = log_evidence(alpha, log_beta, [1])
        gap = 0.0
        for k in range(K):
            log_q, log_posterior = q + phi[0, k].log(), p + theta[:, k].log() + log_beta[k, 1] - evidence
            gap += float((torch.tensor(weights) / 2 * log_q.exp() * (log_q - log_posterior)).sum())
        bound = document_elbo(alpha, log_beta, torch.tensor([1]), f64(1.0), phi, gamma)
        assert evidence - float(bound) == pytest.approx(gap, abs=1e-4)

    def test_is_tight_where_the_posterior_is_in_the_family(self):
        """Topics without a common word leave no doubt about z: then q can be the posterior itself."""
        log_beta = f64([0.4, 0.6, 0.0], [0.0, 0.0, 1.0]).log()
        ids, counts = torch.tensor([0, 1, 2]), f64(1.0, 2.0, 1.0)
        phi = f64([1.0, 0.0], [1.0, 0.0], [0.0, 1.0])  # hard
        gamma = update_gamma(0.3, phi, counts)
        bound = document_elbo(0.3, log_beta, ids, counts, phi, gamma)
        assert float(bound) == pytest.approx(log_evidence(0.3, log_beta, [0, 1, 1, 2]))

    def test_a_count_of_two_is_the_word_twice(self):
        log_beta, ids, _ = random_document(kinds=2)
        phi, gamma = dirichlet(1.0, 2, 3), f64(1.0, 2.0, 3.0)
        once = document_elbo(0.2, log_beta, ids, f64(2.0, 1.0), phi, gamma)
        twice = document_elbo(0.2, log_beta, ids[[0, 0, 1]], f64(1.0, 1.0, 1.0), phi[[0, 0, 1]], gamma)
        torch.testing.assert_close(once, twice)

    def test_its_gradient_vanishes_at_the_optimum(self):
        log_beta, ids, counts = random_document()
        gamma, phi = infer_document(0.5, log_beta, ids, counts, max_iters=5000, tol=1e-13)
        gamma = gamma.requires_grad_()
        (slope,) = torch.autograd.grad(document_elbo(0.5, log_beta, ids, counts, phi, gamma), gamma)
        assert slope.abs().max() < 1e-8


class TestInferDocument:
    @pytest.mark.parametrize("alpha", [0.05, 1.0, torch.tensor([0.1, 1.0, 3.0], dtype=torch.float64)])
    def test_the_bound_never_falls(self, alpha):
        for _ in range(10):
            log_beta, ids, counts = random_document(kinds=7)
            bounds = []
            for iterations in range(1, 30):
                gamma, phi = infer_document(alpha, log_beta, ids, counts, iterations, 0.0)
                bounds.append(document_elbo(alpha, log_beta, ids, counts, phi, gamma))
            steps = torch.stack(bounds).diff()
            assert (steps > -1e-9).all()
            assert steps[0] > 1e-4

    def test_converges_to_a_fixed_point(self):
        log_beta, ids, counts = random_document()
        gamma, phi = infer_document(0.3, log_beta, ids, counts, 10_000, 1e-12)
        torch.testing.assert_close(update_phi(gamma, log_beta, ids), phi, rtol=0, atol=1e-9)
        torch.testing.assert_close(update_gamma(0.3, phi, counts), gamma)

    def test_obeys_its_limits(self):
        log_beta, ids, counts = random_document(kinds=7)
        one, _ = infer_document(0.3, log_beta, ids, counts, 1)
        rough, _ = infer_document(0.3, log_beta, ids, counts, 1000, 0.1)
        fine, _ = infer_document(0.3, log_beta, ids, counts, 1000, 1e-12)
        assert (one - fine).abs().max() > (rough - fine).abs().max() > 1e-6

    def test_a_repeated_id_is_a_larger_count(self):
        log_beta, ids, _ = random_document(kinds=2)
        together, _ = infer_document(0.3, log_beta, ids, f64(3.0, 1.0))
        apart, phi = infer_document(0.3, log_beta, ids[[0, 1, 0]], f64(1.0, 1.0, 2.0))
        torch.testing.assert_close(together, apart)
        torch.testing.assert_close(phi[0], phi[2])


class TestUpdateBeta:
    def test_no_other_beta_has_a_higher_bound(self):
        documents = [random_document()[1:] for _ in range(4)]
        phis = [dirichlet(1.0, len(ids), 3) for ids, _ in documents]
        gammas = [update_gamma(0.3, phi, counts) for phi, (_, counts) in zip(phis, documents, strict=True)]

        def bound(beta):
            return sum(
                document_elbo(0.3, beta.log(), ids, counts, phi, gamma)
                for (ids, counts), phi, gamma in zip(documents, phis, gammas, strict=True)
            )

        beta = update_beta(documents, phis, 8)
        for _ in range(50):
            assert bound(0.95 * beta + 0.05 * dirichlet(1.0, 3, 8)) < bound(beta)

    def test_adds_up_an_id_that_recurs_in_one_document(self):
        phi = f64([0.5, 0.5], [1.0, 0.0], [0.25, 0.75])
        beta = update_beta([(torch.tensor([2, 0, 2]), f64(1.0, 3.0, 2.0))], [phi], 3)
        torch.testing.assert_close(beta, f64([3 / 4, 0, 1 / 4], [0, 0, 1]))

    def test_eta_is_a_pseudo_count_of_every_word(self):
        docs, phis = [(torch.tensor([0]), f64(4.0))], [f64([1.0, 0.0])]
        torch.testing.assert_close(
            update_beta(docs, phis, 3, 0.5), f64([4.5, 0.5, 0.5], [1.5, 1.5, 1.5]) / f64([5.5], [4.5])
        )
        with pytest.raises(ValueError, match="eta"):
            update_beta(docs, phis, 3)


class TestUpdateAlpha:
    @pytest.mark.parametrize("init", [1e-3, 0.05, 1.0, 40.0])
    @pytest.mark.parametrize(
        ("docs", "topics", "mean"), [(1, 2, -0.75), (50, 3, -2.0), (2000, 20, -40.0), (9, 5, -1.62)]
    )
    def test_finds_the_root_that_bisection_finds(self, docs, topics, mean, init):
        """mean: of E[log θ_dk] over documents and topics."""
        sum_log = mean * docs * topics
        slope = lambda alpha: topics * (special.digamma(topics * alpha) - special.digamma(alpha)) + topics * mean  # noqa: E731
        root = optimize.brentq(slope, 1e-6, 1e6, xtol=1e-14, rtol=1e-13)
        assert update_alpha(sum_log, docs, topics, init) == pytest.approx(root, rel=1e-9)

    def test_recovers_the_concentration_of_many_draws(self):
        theta = D.Dirichlet(torch.full((4,), 0.3, dtype=torch.float64)).sample((20_000,))
        assert update_alpha(theta.log().sum(), len(theta), 4) == pytest.approx(0.3, rel=0.02)

    def test_refuses_what_has_no_maximum(self):
        with pytest.raises(ValueError, match="equal shares"):
            update_alpha(10 * 2 * math.log(0.5), 10, 2)
        with pytest.raises(ValueError, match="positive"):
            update_alpha(-100.0, 10, 2, 0.0)


class TestGibbs:
    alpha, eta = 0.4, 0.3

    def posterior(self):
        """The sixteen assignments and their probabilities."""
        states = list(itertools.product(range(K), repeat=4))
        joint = f64(*[log_joint(FOUR_TOKENS, [z[:2], z[2:]], self.alpha, self.eta) for z in states])
        return states, joint.softmax(0)

    def test_the_conditional_is_the_enumerated_one(self):
        states, probabilities = self.posterior()
        share = dict(zip(states, probabilities.tolist(), strict=True))
        for state in states:
            counts = count(FOUR_TOKENS, split(state))
            for place in range(4):
                d, n = divmod(place, 2)
                before = [table.clone() for table in counts]
                w = int(FOUR_TOKENS[d][n])
                actual = gibbs_conditional(*counts, d, w, state[place], self.alpha, self.eta)
                options = f64(*[share[(*state[:place], k, *state[place + 1 :])] for k in range(K)])
                torch.testing.assert_close(actual, options / options.sum())
                assert all(map(torch.equal, before, counts)), "the counts were not left as they were"

    def test_a_sweep_leaves_the_posterior_as_it_is(self):
        """π T = π, with the kernel T of a sweep composed from the conditionals of its four steps."""
        states, posterior = self.posterior()
        kernel = torch.eye(len(states), dtype=torch.float64)
        for place in range(4):
            step = torch.zeros_like(kernel)
            for i, state in enumerate(states):
                d, n = divmod(place, 2)
                counts = count(FOUR_TOKENS, split(state))
                options = gibbs_conditional(*counts, d, int(FOUR_TOKENS[d][n]), state[place], self.alpha, self.eta)
                for k in range(K):
                    step[i, states.index((*state[:place], k, *state[place + 1 :]))] += options[k]
            kernel = kernel @ step
        torch.testing.assert_close(posterior @ kernel, posterior)

        start = states[5]  # and gibbs_sweep draws from that kernel
        draws = torch.zeros(len(states), dtype=torch.float64)
        for _ in range(4000):
            z = split(start)
            gibbs_sweep(FOUR_TOKENS, z, *count(FOUR_TOKENS, z), self.alpha, self.eta)
            draws[states.index(tuple(torch.cat(z).tolist()))] += 1
        expected = kernel[5] * draws.sum()
        assert ((draws - expected) ** 2 / expected).sum() < 60  # chi-square with 15 degrees: 1e-6 above 57

    def test_a_sweep_keeps_the_counts_of_z(self):
        docs = [torch.randint(0, 6, (length,)) for length in (5, 0, 12, 1)]
        z = [torch.randint(0, 3, doc.shape) for doc in docs]
        n_dk, n_kw, n_k = count(docs, z, 3, 6)
        before = [doc.clone() for doc in docs]
        assert gibbs_sweep(docs, z, n_dk, n_kw, n_k, 0.5, 0.1) is None
        for actual, expected in zip((n_dk, n_kw, n_k), count(docs, z, 3, 6), strict=True):
            assert torch.equal(actual, expected)
        assert all(map(torch.equal, docs, before))

    def test_both_roads_lead_to_the_planted_topics(self):
        topics, vocab, alpha, eta = 3, 15, 0.2, 0.1
        beta = torch.full((topics, vocab), 0.01, dtype=torch.float64)
        for k in range(topics):
            beta[k, 5 * k : 5 * k + 5] = 1
        beta /= beta.sum(1, keepdim=True)
        docs = [D.Categorical(dirichlet(alpha, topics) @ beta).sample((20,)) for _ in range(60)]

        z = [torch.randint(0, topics, doc.shape) for doc in docs]
        n_dk, n_kw, n_k = count(docs, z, topics, vocab)
        for _ in range(15):
            gibbs_sweep(docs, z, n_dk, n_kw, n_k, alpha, eta)
        by_gibbs = (n_kw + eta) / (n_kw + eta).sum(1, keepdim=True)

        bags = [(doc, torch.ones(len(doc), dtype=torch.float64)) for doc in docs]
        by_em, bounds = dirichlet(5.0, topics, vocab), []
        for _ in range(25):
            found = [infer_document(alpha, by_em.log(), *bag, max_iters=20, tol=1e-3) for bag in bags]
            bounds.append(
                sum(document_elbo(alpha, by_em.log(), *bag, phi, g) for bag, (g, phi) in zip(bags, found, strict=True))
            )
            by_em = update_beta(bags, [phi for _, phi in found], vocab)
        assert (torch.stack(bounds).diff() > -1e-2).all(), "EM lost some of its bound"

        for found in (by_gibbs, by_em.clamp(min=1e-12)):
            cosine = torch.nn.functional.cosine_similarity(found[:, None], beta, dim=-1)
            rows, columns = optimize.linear_sum_assignment(-cosine.numpy())
            assert cosine[rows, columns].min() > 0.9


class TestTopicTrend:
    def test_is_the_mean_of_each_year_in_order(self):
        theta = f64([0.2, 0.8], [0.6, 0.4], [1.0, 0.0], [0.4, 0.6])
        years, share = topic_trend(theta, torch.tensor([2020, 2016, 2020, 2016]))
        assert years.tolist() == [2016, 2020]
        torch.testing.assert_close(share, f64([0.5, 0.5], [0.6, 0.4]))

    def test_shares_sum_to_one(self):
        years, share = topic_trend(dirichlet(0.3, 50, 4), torch.randint(1990, 2000, (50,)))
        assert (years.diff() > 0).all()
        torch.testing.assert_close(share.sum(1), torch.ones(len(years), dtype=torch.float64))
