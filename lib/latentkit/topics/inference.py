"""Where documents meet topics: γ and evidence of each document, and expected counts for the M step."""

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln, psi

from latentkit.topics import kernels
from latentkit.topics.compiling import in_blocks
from latentkit.topics.corpus import Corpus


@dataclass(frozen=True)
class Weights:
    """What the topics say of each word.

    Attributes:
        table: W, [K, V]: exp(E[log β_kv]), or β itself, over its maximum in each word.
        log_scale: the logarithm of that maximum, [V].
    """

    table: np.ndarray
    log_scale: np.ndarray


@dataclass(frozen=True)
class InferenceSettings:
    """How documents are inferred.

    Attributes:
        max_iter: most updates of γ in a document.
        tol: stop a document when the mean |Δγ_k| falls below.
        dtype: of the kernels, float32 or float64.
        n_threads: on the CPU; results do not depend on it.
        device: a torch device for the torch kernels; None for numba's on the CPU.
    """

    max_iter: int
    tol: float
    dtype: np.dtype
    n_threads: int = 1
    device: str | None = None


@dataclass(frozen=True)
class Inference:
    """Mean-field posteriors of documents.

    Attributes:
        gamma: parameters of q(θ_d), [D, K].
        log_words: Σ_n c_dn log Σ_k exp(E[log θ_dk]) W_kn, [D], scale included: the bound without q(θ)'s terms.
        expected_counts: Σ_d c_dv φ_dvk, [K, V] float64; None where it was not asked for.
    """

    gamma: np.ndarray
    log_words: np.ndarray
    expected_counts: np.ndarray | None

    def bound(self, alpha: np.ndarray) -> np.ndarray:
        """Each document's part of the ELBO, [D], in nats: E log p(w, z, θ | β) − E log q(z, θ), φ at its optimum."""
        gamma = self.gamma.astype(float)
        log_theta = psi(gamma) - psi(gamma.sum(1, keepdims=True))
        prior = gammaln(alpha.sum()) - gammaln(alpha).sum() - gammaln(gamma.sum(1)) + gammaln(gamma).sum(1)
        return self.log_words + prior + ((alpha - gamma) * log_theta).sum(1)


def weights_of_posterior(topics: np.ndarray, dtype: np.dtype, n_threads: int = 1) -> Weights:
    """W from the parameters λ [K, V] of q(β)."""
    topics = np.ascontiguousarray(topics, dtype=float)
    table, scale = np.empty(topics.shape, dtype), np.empty(topics.shape[1])
    totals = np.exp(-psi(topics.sum(1)))
    in_blocks(
        lambda start, stop: kernels.weigh_words(start, stop, topics, totals, table, scale), topics.shape[1], n_threads
    )
    return Weights(table, scale)


def weights_of_topics(topics: np.ndarray, dtype: np.dtype) -> Weights:
    """W from fixed topics β [K, V], whose rows sum to one. A word that no topic has gets equal weights of 1e-300."""
    largest = np.maximum(topics.max(0), 1e-300)
    table = np.where(topics.max(0) > 0, topics / largest, 1.0)
    return Weights(table.astype(dtype), np.log(largest))


def infer(
    corpus: Corpus, weights: Weights, alpha: np.ndarray, settings: InferenceSettings, *, counts: bool = False
) -> Inference:
    """Mean-field inference of every document, started at γ = α + N_d / K.

    Args:
        corpus: the documents.
        weights: of the topics.
        alpha: parameters of θ's prior, [K].
        counts: whether to return the expected counts of the M step.
    """
    if settings.device is not None:
        from latentkit.topics.torch_kernels import infer_on_device

        gamma, evidence, expected = infer_on_device(corpus, weights.table, alpha, settings, counts=counts)
    else:
        gamma, evidence, expected = _infer_on_cpu(corpus, weights.table, alpha, settings, counts=counts)
    log_words = evidence + corpus.matrix @ weights.log_scale - corpus.lengths * psi(gamma.sum(1, dtype=float))
    return Inference(gamma, log_words, expected)


def first_gamma(corpus: Corpus, alpha: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Where the inference of each document starts: no topic preferred, [D, K]."""
    return (alpha + corpus.lengths[:, None] / len(alpha)).astype(dtype)


def _infer_on_cpu(corpus, weights, alpha, settings, *, counts):
    dtype, by_document = settings.dtype, corpus.by_document
    gamma = first_gamma(corpus, alpha, dtype)
    theta, ratio, evidence = np.empty_like(gamma), np.empty(corpus.matrix.nnz, dtype), np.empty(len(corpus))
    alpha, tol = alpha.astype(dtype), dtype.type(settings.tol)

    def documents(start: int, stop: int) -> None:
        kernels.infer_documents(
            start, stop, *by_document, weights, alpha, settings.max_iter, tol, gamma, theta, ratio, evidence
        )  # fmt: skip

    in_blocks(documents, len(corpus), settings.n_threads)
    if not counts:
        return gamma, evidence, None
    expected = np.empty(weights.shape)
    by_word = corpus.by_word
    in_blocks(
        lambda start, stop: kernels.sum_by_word(start, stop, *by_word, theta, ratio, weights, expected),
        corpus.n_words,
        settings.n_threads,
    )
    return gamma, evidence, expected
