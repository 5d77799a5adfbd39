"""The kernels of the topic models against formulas written out, enumeration and each other."""

import itertools
import os
import subprocess
import sys

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.optimize import minimize
from scipy.special import digamma, gammaln, logsumexp

from latentkit.topics import kernels
from latentkit.topics.compiling import compiled, in_blocks
from latentkit.topics.corpus import Corpus
from latentkit.topics.gibbs import Chain
from latentkit.topics.inference import InferenceSettings, infer, weights_of_posterior, weights_of_topics
from latentkit.topics.prior import fit_asymmetric_alpha, fit_symmetric_alpha
from latentkit.topics.variational import topics_divergence

TIGHT = InferenceSettings(max_iter=2000, tol=1e-9, dtype=np.dtype("float64"))


@compiled
def exp_digamma_of(x, out):
    kernels.exp_digamma(x, out, len(x))


def small_corpus(documents=12, words=30, seed=0) -> Corpus:
    random = np.random.default_rng(seed)
    return Corpus(sp.csr_array(random.poisson(0.6, (documents, words)).astype(float)))


def by_hand(corpus, log_weights, alpha, iterations=2000):
    """γ [D, K] and expected counts [K, V] by plain coordinate ascent in logs."""
    expected = np.zeros(log_weights.shape)
    gammas = []
    for row in corpus.matrix.toarray():
        gamma = alpha + row.sum() / len(alpha)
        for _ in range(iterations):
            log_phi = digamma(gamma)[:, None] + log_weights
            phi = np.exp(log_phi - logsumexp(log_phi, axis=0))
            before, gamma = gamma, alpha + phi @ row
            if np.abs(gamma - before).max() < 1e-10:
                break
        gammas.append(gamma)
        expected += phi * row
    return np.array(gammas), expected


@pytest.mark.parametrize(("dtype", "error"), [("float32", 2e-5), ("float64", 3e-11)])
def test_exp_digamma_is_what_scipy_says(dtype, error):
    x = np.geomspace(0.02, 1e9, 20_000).astype(dtype)
    out = np.empty_like(x)
    exp_digamma_of(x, out)
    expected = np.exp(digamma(x.astype(float)))
    assert np.abs(out / expected - 1).max() < error


@pytest.mark.parametrize(("dtype", "least"), [("float32", 1e-38), ("float64", 1e-280)])
def test_exp_digamma_stays_positive_and_finite_at_the_smallest_arguments(dtype, least):
    x = np.array([1e-30, 1e-12, 1e-5, 1e-3], dtype)
    out = np.empty_like(x)
    exp_digamma_of(x, out)
    assert np.all(np.isfinite(out)) and np.all(out >= least)


def test_log_gamma_sum_is_what_scipy_says():
    x = np.geomspace(1e-6, 1e8, 5000)
    for value in x[::100]:
        assert kernels.log_gamma_sum(np.array([value])) == pytest.approx(gammaln(value), rel=1e-11, abs=1e-10)
    assert kernels.log_gamma_sum(x) == pytest.approx(gammaln(x).sum(), rel=1e-11)


@pytest.mark.parametrize("device", [None, "cpu"])
@pytest.mark.parametrize("topics", [1, 3, 10])
def test_inference_ends_where_plain_coordinate_ascent_does(topics, device):
    corpus = small_corpus()
    random = np.random.default_rng(1)
    lam, alpha = random.gamma(1.0, 1.0, (topics, corpus.n_words)) + 0.01, random.uniform(0.05, 0.8, topics)
    log_weights = digamma(lam) - digamma(lam.sum(1, keepdims=True))
    gamma, expected = by_hand(corpus, log_weights, alpha)
    settings = InferenceSettings(2000, 1e-9, np.dtype("float64"), device=device)
    result = infer(corpus, weights_of_posterior(lam, settings.dtype), alpha, settings, counts=True)
    np.testing.assert_allclose(result.gamma, gamma, rtol=1e-5)
    np.testing.assert_allclose(result.expected_counts, expected, rtol=1e-4, atol=1e-6)


def test_the_bound_is_the_elbo_written_out():
    corpus = small_corpus()
    random = np.random.default_rng(2)
    lam, alpha = random.gamma(1.0, 1.0, (4, corpus.n_words)) + 0.01, random.uniform(0.05, 0.8, 4)
    log_beta = digamma(lam) - digamma(lam.sum(1, keepdims=True))
    result = infer(corpus, weights_of_posterior(lam, TIGHT.dtype), alpha, TIGHT)
    for row, gamma, bound in zip(corpus.matrix.toarray(), result.gamma, result.bound(alpha), strict=True):
        log_theta = digamma(gamma) - digamma(gamma.sum())
        log_phi = log_theta[:, None] + log_beta
        log_phi -= logsumexp(log_phi, axis=0)
        phi = np.exp(log_phi)
        p_theta = gammaln(alpha.sum()) - gammaln(alpha).sum() + ((alpha - 1) * log_theta).sum()
        q_theta = gammaln(gamma.sum()) - gammaln(gamma).sum() + ((gamma - 1) * log_theta).sum()
        p_z_and_words = (row * phi * (log_theta[:, None] + log_beta)).sum()
        q_z = (row * phi * log_phi).sum()
        assert bound == pytest.approx(p_theta + p_z_and_words - q_theta - q_z, rel=1e-9)


def test_the_bound_is_below_the_evidence_of_an_enumerable_document():
    beta, alpha = np.array([[0.5, 0.3, 0.2], [0.1, 0.2, 0.7]]), np.array([0.4, 0.9])
    tokens = [0, 2, 2, 1]
    evidence = []
    for z in itertools.product(range(2), repeat=len(tokens)):
        n = np.bincount(z, minlength=2)
        prior = gammaln(alpha.sum()) - gammaln(alpha).sum() + gammaln(n + alpha).sum() - gammaln((n + alpha).sum())
        evidence.append(prior + sum(np.log(beta[k, w]) for k, w in zip(z, tokens, strict=True)))
    corpus = Corpus(sp.csr_array([np.bincount(tokens, minlength=3).astype(float)]))
    bound = infer(corpus, weights_of_topics(beta, TIGHT.dtype), alpha, TIGHT).bound(alpha)[0]
    assert logsumexp(evidence) - 1.0 < bound < logsumexp(evidence)


def test_float32_agrees_with_float64():
    corpus = small_corpus(60, 80)
    lam = np.random.default_rng(3).gamma(0.1, 1.0, (6, 80)) + 0.01  # many words nearly absent from a topic
    alpha = np.full(6, 0.01)
    gammas = [
        infer(corpus, weights_of_posterior(lam, dtype), alpha, InferenceSettings(500, 1e-5, dtype)).gamma
        for dtype in (np.dtype("float32"), np.dtype("float64"))
    ]
    np.testing.assert_allclose(gammas[0], gammas[1], atol=2e-2)


def test_a_word_that_no_topic_knows_is_no_underflow():
    lam = np.full((3, 5), 1e-3)
    lam[:, :4] = 1e6
    corpus = Corpus(sp.csr_array([[0, 0, 0, 0, 7.0]]))
    settings = InferenceSettings(100, 1e-4, np.dtype("float32"))
    result = infer(corpus, weights_of_posterior(lam, settings.dtype), np.full(3, 0.1), settings, counts=True)
    assert np.isfinite(result.gamma).all() and np.isfinite(result.log_words).all()
    assert result.gamma.sum() == pytest.approx(7.3, rel=1e-4)
    assert result.expected_counts.sum() == pytest.approx(7.0, rel=1e-4)


@pytest.mark.parametrize("n_threads", [2, 3, 5])
def test_threads_change_no_bit(n_threads):
    corpus = small_corpus(101, 60)
    lam, alpha = np.random.default_rng(4).gamma(0.3, 1.0, (7, 60)) + 0.01, np.full(7, 0.1)
    results = []
    for threads in (1, n_threads):
        settings = InferenceSettings(100, 1e-3, np.dtype("float32"), n_threads=threads)
        weights = weights_of_posterior(lam, settings.dtype, threads)
        results.append(infer(corpus, weights, alpha, settings, counts=True))
    np.testing.assert_array_equal(results[0].gamma, results[1].gamma)
    np.testing.assert_array_equal(results[0].expected_counts, results[1].expected_counts)
    np.testing.assert_array_equal(results[0].log_words, results[1].log_words)


def test_blocks_cover_everything_once():
    for count, n_threads in itertools.product([0, 1, 2, 7, 100], [1, 2, 4]):
        seen = np.zeros(count, int)

        def task(start, stop, seen=seen):
            seen[start:stop] += 1

        in_blocks(task, count, n_threads)
        assert (seen == 1).all()


def test_expected_counts_share_out_every_token():
    corpus = small_corpus(40, 50)
    lam = np.random.default_rng(5).gamma(1.0, 1.0, (4, 50)) + 0.01
    result = infer(corpus, weights_of_posterior(lam, TIGHT.dtype), np.full(4, 0.1), TIGHT, counts=True)
    np.testing.assert_allclose(result.expected_counts.sum(0), corpus.matrix.sum(0), rtol=1e-9)


def test_the_divergence_of_the_topics_is_that_of_dirichlets():
    torch = pytest.importorskip("torch")
    lam = np.random.default_rng(6).gamma(2.0, 1.0, (3, 9)) + 0.01
    q = torch.distributions.Dirichlet(torch.tensor(lam))
    p = torch.distributions.Dirichlet(torch.full((3, 9), 0.3, dtype=torch.float64))
    expected = torch.distributions.kl_divergence(q, p).sum().item()
    assert topics_divergence(lam, 0.3) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("start", [1e-3, 0.1, 1.0, 50.0])
def test_a_symmetric_alpha_is_at_the_maximum(start):
    gamma = np.random.default_rng(7).dirichlet(np.full(5, 0.3), 400) * 80 + 0.3

    def bound(a):
        log_theta = (digamma(gamma) - digamma(gamma.sum(1, keepdims=True))).sum()
        return len(gamma) * (gammaln(5 * a) - 5 * gammaln(a)) + (a - 1) * log_theta

    best = fit_symmetric_alpha(gamma, start)
    assert 0.1 < best < 1.0
    assert bound(best) > max(bound(best * 1.01), bound(best * 0.99))


def bound_in_alpha(gamma, alpha) -> tuple[float, np.ndarray]:
    """The part of the bound that depends on α [K], given γ [D, K], and its gradient."""
    log_theta = (digamma(gamma) - digamma(gamma.sum(1, keepdims=True))).sum(0)
    value = len(gamma) * (gammaln(alpha.sum()) - gammaln(alpha).sum()) + ((alpha - 1) * log_theta).sum()
    return value, len(gamma) * (digamma(alpha.sum()) - digamma(alpha)) + log_theta


@pytest.mark.parametrize("topics", [2, 5, 40])
@pytest.mark.parametrize("start", [1e-5, 0.1, 1.0, 1e4])
def test_an_asymmetric_alpha_is_where_another_optimiser_finds_the_maximum(topics, start):
    random = np.random.default_rng(topics)
    true = random.gamma(0.5, 1.0, topics) + 0.02
    gamma = random.dirichlet(true, 400) * random.poisson(80, (400, 1)) + true
    best = fit_asymmetric_alpha(gamma, np.full(topics, start))

    def negative(log_alpha):
        value, slope = bound_in_alpha(gamma, np.exp(log_alpha))
        return -value, -slope * np.exp(log_alpha)

    other = minimize(negative, np.zeros(topics), jac=True, method="L-BFGS-B", options={"maxiter": 5000, "ftol": 1e-15})
    np.testing.assert_allclose(best, np.exp(other.x), rtol=1e-4)
    assert bound_in_alpha(gamma, best)[0] >= -other.fun - 1e-9 * abs(other.fun)


@pytest.mark.parametrize("start", [1e-5, 0.1, 30.0])
def test_no_step_towards_an_asymmetric_alpha_lowers_the_bound(start):
    gamma = np.random.default_rng(8).dirichlet([0.05, 0.4, 2.0, 0.1], 200) * 50 + 0.1
    path = [fit_asymmetric_alpha(gamma, np.full(4, start), max_iter=steps) for steps in range(25)]
    values = np.array([bound_in_alpha(gamma, alpha)[0] for alpha in path])
    assert (np.diff(values) >= -1e-12 * abs(values[:-1])).all()
    assert values[-1] > values[0] + 1


@pytest.mark.parametrize("gamma", [np.full((50, 3), 7.0), np.full((50, 1), 7.0), np.array([[80.0, 0.1, 0.1]] * 50)])
def test_an_asymmetric_alpha_stays_finite_where_the_bound_has_no_maximum(gamma):
    """Documents that are all alike: the more certain the prior, the better."""
    start = np.full(gamma.shape[1], 0.1)
    alpha = fit_asymmetric_alpha(gamma, start)
    assert np.isfinite(alpha).all() and (alpha > 0).all()
    assert bound_in_alpha(gamma, alpha)[0] >= bound_in_alpha(gamma, start)[0]


def test_the_gibbs_kernel_visits_states_as_often_as_enumeration_says():
    """Two documents of two tokens: the 3⁴ assignments against their exact posterior probabilities."""
    corpus = Corpus(sp.csr_array([[1.0, 1.0, 0.0], [0.0, 1.0, 1.0]]))
    alpha, eta, sweeps = np.array([0.7, 0.4, 1.1]), 0.6, 60_000
    chain = Chain.start(corpus, alpha, eta, np.random.RandomState(0))
    exact = {}
    for z in itertools.product(range(3), repeat=4):
        n_dk, n_kw = np.zeros((2, 3)), np.zeros((3, 3))
        for i, k in enumerate(z):
            n_dk[i // 2, k] += 1
            n_kw[k, chain.words[i]] += 1
        exact[z] = gammaln(n_dk + alpha).sum() + gammaln(n_kw + eta).sum() - gammaln(n_kw.sum(1) + 3 * eta).sum()
    total = logsumexp(list(exact.values()))
    seen = dict.fromkeys(exact, 0)
    for _ in range(sweeps):
        chain.sweep()
        seen[tuple(map(int, chain.z))] += 1
    p = np.array([np.exp(value - total) for value in exact.values()])
    q = np.array(list(seen.values())) / sweeps
    # Successive sweeps are correlated; 8 standard deviations of independent draws leave room for that.
    assert np.all(np.abs(p - q) < 8 * np.sqrt(p * (1 - p) / sweeps))


@pytest.mark.parametrize("topics", [1, 2, 7, 8, 9, 20])
def test_the_counts_of_gibbs_stay_those_of_its_assignments(topics):
    corpus = small_corpus(20, 40)
    chain = Chain.start(corpus, np.full(topics, 0.1), 0.01, np.random.RandomState(1))
    for _ in range(20):
        chain.sweep()
    documents = np.repeat(np.arange(20), np.diff(chain.ptr))
    n_dk, n_wk = np.zeros(chain.n_dk.shape), np.zeros(chain.n_wk.shape)
    np.add.at(n_dk, (documents, chain.z), 1)
    np.add.at(n_wk, (chain.words, chain.z), 1)
    assert chain.z.min() >= 0 and chain.z.max() < topics
    np.testing.assert_array_equal(chain.n_dk, n_dk)
    np.testing.assert_array_equal(chain.n_wk, n_wk)
    np.testing.assert_array_equal(chain.n_k, n_wk.sum(0))


def test_the_joint_probability_of_gibbs_sums_to_one():
    """Over every pair of words and topics of one document of two tokens."""
    alpha, eta, total = np.array([0.3, 0.8]), 0.5, 0.0
    for words in itertools.product(range(2), repeat=2):
        corpus = Corpus(sp.csr_array([np.bincount(words, minlength=2).astype(float)]))
        chain = Chain.start(corpus, alpha, eta, np.random.RandomState(0))
        for z in itertools.product(range(2), repeat=2):
            chain.z[:] = z
            for counts in (chain.n_dk, chain.n_wk, chain.n_k):
                counts[:] = 0
            for w, k in zip(chain.words, z, strict=True):
                chain.n_dk[0, k] += 1
                chain.n_wk[w, k] += 1
                chain.n_k[k] += 1
            total += np.exp(chain.log_joint())
    assert total == pytest.approx(1.0, rel=1e-9)


@pytest.mark.slow
def test_kernels_run_where_no_folder_can_be_written(tmp_path):
    """As in a sandbox: numba finds no place to keep machine code, and compiles for the process."""
    code = (
        "import numba.core.caching as c\n"
        "c.CacheImpl._locator_classes = []\n"
        "import numpy as np\n"
        "from latentkit.topics import VariationalLDA\n"
        "print(VariationalLDA(2, max_iter=2, random_state=0).fit(np.eye(4)).components_.shape)\n"
    )
    env = os.environ | {"HOME": str(tmp_path / "nowhere")}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, check=True)
    assert done.stdout.strip() == "(2, 4)"
