"""LDA by collapsed Gibbs sampling."""

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln
from sklearn.utils import check_random_state

from latentkit.progress import progress
from latentkit.topics import gibbs_kernels
from latentkit.topics.base import TopicModel
from latentkit.topics.corpus import Corpus, read_counts
from latentkit.topics.inference import Weights, weights_of_topics
from latentkit.topics.vectors import LANES

EXACT = 1 << 24  # float32 counts every whole number up to here


@dataclass
class Chain:
    """The state of the sampler: a topic for every token, and the counts that follow from them.

    Attributes:
        ptr: where documents start, [D+1].
        words: word of each token, [N].
        z: topic of each token, [N].
        n_dk, n_wk, n_k: counts, [D, P], [V, P], [P], zero from column K on.
        alpha: [K], and eta: a number.
        state: of the random numbers, one uint64.
    """

    ptr: np.ndarray
    words: np.ndarray
    z: np.ndarray
    n_dk: np.ndarray
    n_wk: np.ndarray
    n_k: np.ndarray
    alpha: np.ndarray
    eta: float
    state: np.ndarray

    @classmethod
    def start(cls, corpus: Corpus, alpha: np.ndarray, eta: float, random: np.random.RandomState) -> "Chain":
        """Topics at random, every one equally probable."""
        m, n_topics = corpus.matrix, len(alpha)
        repeats = m.data.astype(np.int64)
        words = np.repeat(m.indices, repeats).astype(np.int32)
        ptr = np.concatenate([[0], np.cumsum(corpus.lengths.astype(np.int64))])
        if len(words) >= EXACT and max(corpus.lengths.max(), m.sum(0).max()) >= EXACT:
            raise ValueError(f"a word or a document has {EXACT:,} tokens or more, which the sampler cannot count")
        padded = -(-n_topics // LANES) * LANES
        z = random.randint(0, n_topics, len(words)).astype(np.int32)
        n_dk, n_wk = (np.zeros((rows, padded), np.float32) for rows in (len(corpus), corpus.n_words))
        n_k = np.zeros(padded)
        state = np.array([random.randint(0, 2**31)], np.uint64)
        gibbs_kernels.count_topics(ptr, words, z, n_dk, n_wk, n_k)
        return cls(ptr, words, z, n_dk, n_wk, n_k, alpha, eta, state)

    def sweep(self) -> None:
        """Draw every token's topic once."""
        alpha = np.zeros(len(self.n_k), np.float32)
        alpha[: len(self.alpha)] = self.alpha
        gibbs_kernels.sweep(
            self.ptr, self.words, self.z, self.n_dk, self.n_wk, self.n_k, alpha, np.float32(self.eta),
            len(self.alpha), self.state,
        )  # fmt: skip

    def log_joint(self) -> float:
        """log p(w, z | α, η), in nats (Griffiths and Steyvers 2004, equations 2 and 3, for any α)."""
        n_topics, n_words = len(self.alpha), len(self.n_wk)
        n_dk, n_wk, n_k = (c[..., :n_topics].astype(float) for c in (self.n_dk, self.n_wk, self.n_k))
        topics = n_topics * (gammaln(n_words * self.eta) - n_words * gammaln(self.eta))
        topics += gammaln(n_wk + self.eta).sum() - gammaln(n_k + n_words * self.eta).sum()
        total = self.alpha.sum()
        documents = len(n_dk) * (gammaln(total) - gammaln(self.alpha).sum())
        documents += gammaln(n_dk + self.alpha).sum() - gammaln(n_dk.sum(1) + total).sum()
        return float(topics + documents)


@dataclass(frozen=True)
class _Run:
    """What is kept of a chain: counts summed over its samples, [K, V] and [D, K], and log p(w, z)."""

    words: np.ndarray
    documents: np.ndarray
    history: list[float]
    log_joint: float


class GibbsLDA(TopicModel):
    """Latent Dirichlet allocation by collapsed Gibbs sampling (Griffiths and Steyvers 2004).

    Args:
        n_topics: K.
        alpha: parameter of the prior of θ, a number or [K]; None is 0.1.
        eta: parameter of the prior of the topics β; None is 0.01.
        max_iter: sweeps over all tokens.
        n_samples: how many states of the chain are averaged.
        thin: sweeps from one of these to the next; the last sweep is the last of them, and those before the first are
            the burn-in.
        n_init: chains from so many random starts; that which ends with the highest log p(w, z) is kept. A single chain
            may merge two topics, and not part them in any number of sweeps that one would wait for.
        evaluate_every: compute log p(w, z) each so many sweeps; 0 never.
        max_doc_iter, doc_tol, dtype, n_jobs: of `transform`, which infers documents by mean field, topics as they are.
        progress: whether to show a progress bar.
        random_state: a seed or a RandomState.
    Attributes:
        components_: [K, V]: n_wk + η, the mean over the samples.
        topic_word_: E[β] [K, V].
        doc_topic_: E[θ] [D, K] of the training documents, from the samples.
        alpha_: α [K].
        log_likelihood_history_: log p(w, z) of the evaluated sweeps, in nats.
        n_iter_: sweeps.
    Samples are averaged topic by topic, which is sound while topics keep their numbers, as they do late in one chain.
    """

    def __init__(
        self, n_topics=10, *, alpha=None, eta=None, max_iter=300, n_samples=10, thin=5, n_init=1, evaluate_every=10,
        max_doc_iter=100, doc_tol=1e-3, dtype="float32", n_jobs=None, progress=False, random_state=None,
    ):  # fmt: skip
        self.n_topics = n_topics
        self.alpha = alpha
        self.eta = eta
        self.max_iter = max_iter
        self.n_samples = n_samples
        self.thin = thin
        self.n_init = n_init
        self.evaluate_every = evaluate_every
        self.max_doc_iter = max_doc_iter
        self.doc_tol = doc_tol
        self.dtype = dtype
        self.n_jobs = n_jobs
        self.progress = progress
        self.random_state = random_state

    def fit(self, X, y=None) -> "GibbsLDA":
        """Sample topics of whole counts X [D, V]."""
        corpus = read_counts(self, X, reset=True, whole=True)
        self._check()
        random = check_random_state(self.random_state)
        runs = [self._run(corpus, random, number) for number in range(self.n_init)]
        best = runs[0] if self.n_init == 1 else max(runs, key=lambda run: run.log_joint)
        self.alpha_ = self._prior_of_documents()
        self.components_ = best.words / self.n_samples + self._prior_of_topics()
        theta = best.documents / self.n_samples + self.alpha_
        self.doc_topic_ = theta / theta.sum(1, keepdims=True)
        self.log_likelihood_history_ = np.array(best.history)
        self.n_iter_ = self.max_iter
        return self

    def _run(self, corpus: Corpus, random: np.random.RandomState, number: int) -> "_Run":
        """One chain, from start to end."""
        chain = Chain.start(corpus, self._prior_of_documents(), self._prior_of_topics(), random)
        kept = {self.max_iter - 1 - back * self.thin for back in range(self.n_samples)}
        words, documents, history = np.zeros(chain.n_wk.shape), np.zeros(chain.n_dk.shape), []
        sweeps = range(self.max_iter)
        label = f"Gibbs, chain {number + 1} of {self.n_init}"
        for sweep in progress(sweeps, label) if self.progress else sweeps:
            chain.sweep()
            if sweep in kept:
                words += chain.n_wk
                documents += chain.n_dk
            if self.evaluate_every and (sweep % self.evaluate_every == 0 or sweep == self.max_iter - 1):
                history.append(chain.log_joint())
        log_joint = chain.log_joint() if self.n_init > 1 else float("nan")
        k = self.n_topics
        return _Run(np.ascontiguousarray(words[:, :k].T), documents[:, :k], history, log_joint)

    def fit_transform(self, X, y=None) -> np.ndarray:
        """Fit, and return E[θ] [D, K] as `transform` computes it."""
        return self.fit(X).transform(X)

    def _weights(self) -> Weights:
        return weights_of_topics(self.topic_word_, np.dtype(self.dtype))

    def _check(self) -> None:
        super()._check()
        self._prior_of_documents()
        for name, least in {"n_samples": 1, "thin": 1, "n_init": 1, "evaluate_every": 0}.items():
            value = getattr(self, name)
            if not isinstance(value, (int, np.integer)) or value < least:
                raise ValueError(f"{name} must be a whole number of at least {least}, got {value!r}")
        if (self.n_samples - 1) * self.thin >= self.max_iter:
            raise ValueError(
                f"{self.n_samples} samples, {self.thin} sweeps apart, do not fit into max_iter = {self.max_iter} sweeps"
            )
