"""LDA by stochastic variational inference, for corpora that come in pieces."""

import numpy as np
from sklearn.utils import check_random_state

from latentkit.progress import progress
from latentkit.topics.corpus import Corpus, read_counts
from latentkit.topics.inference import infer
from latentkit.topics.inference import weights_of_posterior as weights_of
from latentkit.topics.variational import VariationalTopics


class OnlineLDA(VariationalTopics):
    """Latent Dirichlet allocation by online variational Bayes (Hoffman et al. 2010).

    Args:
        n_topics: K.
        alpha: parameter of the prior of θ, a number or [K]; None is 0.1.
        eta: parameter of the prior of the topics β; None is 0.01.
        max_iter: passes of `fit` over the corpus.
        batch_size: documents per update, S.
        tau, kappa: the step of update t is ρ_t = (τ + t)^(−κ), t = 0, 1, …; τ ≥ 1, κ in (0.5, 1].
        total_documents: D, the size of the whole corpus that `partial_fit` sees in pieces; None takes what was seen
            so far. `fit` knows it.
        shuffle: whether each pass of `fit` takes the documents in another order.
        max_doc_iter, doc_tol, init, dtype, device, n_jobs, progress, random_state: as in `VariationalLDA`; the
            documents of init="documents" come from the first batch.
    Attributes:
        components_: λ [K, V].
        topic_word_: E[β] [K, V].
        alpha_: α [K].
        n_iter_: passes of `fit`.
        n_batches_: updates so far, t.
        n_documents_seen_: documents so far, repeats counted.
    Source: Hoffman, Blei, Bach 2010, algorithm 2; λ ← (1 − ρ) λ + ρ (η + D/S Σ_d c φ).
    """

    def __init__(
        self, n_topics=10, *, alpha=None, eta=None, max_iter=5, batch_size=256, tau=10.0, kappa=0.7,
        total_documents=None, shuffle=True, max_doc_iter=100, doc_tol=1e-3, init="documents", dtype="float32",
        device=None, n_jobs=None, progress=False, random_state=None,
    ):  # fmt: skip
        self.n_topics = n_topics
        self.alpha = alpha
        self.eta = eta
        self.max_iter = max_iter
        self.batch_size = batch_size
        self.tau = tau
        self.kappa = kappa
        self.total_documents = total_documents
        self.shuffle = shuffle
        self.max_doc_iter = max_doc_iter
        self.doc_tol = doc_tol
        self.init = init
        self.dtype = dtype
        self.device = device
        self.n_jobs = n_jobs
        self.progress = progress
        self.random_state = random_state

    def fit(self, X, y=None) -> "OnlineLDA":
        """Fit topics to counts X [D, V], from a fresh start, in `max_iter` passes."""
        corpus = read_counts(self, X, reset=True)
        self._check()
        self._begin()
        passes = [
            self._random.permutation(len(corpus)) if self.shuffle else np.arange(len(corpus))
            for _ in range(self.max_iter)
        ]
        batches = [
            order[start : start + self.batch_size]
            for order in passes
            for start in range(0, len(order), self.batch_size)
        ]
        for rows in progress(batches, "online LDA") if self.progress else batches:
            self._update(corpus.rows(rows), len(corpus))
        self.n_iter_ = self.max_iter
        return self

    def partial_fit(self, X, y=None) -> "OnlineLDA":
        """Learn from more documents X [D, V], in batches of `batch_size`, in their order."""
        fresh = not hasattr(self, "components_")
        corpus = read_counts(self, X, reset=fresh)
        self._check()
        if fresh:
            self._begin()
            self.n_iter_ = 1
        for start in range(0, len(corpus), self.batch_size):
            batch = corpus.rows(slice(start, start + self.batch_size))
            self._update(batch, self.total_documents or self.n_documents_seen_ + len(batch))
        return self

    def _begin(self) -> None:
        self._random = check_random_state(self.random_state)
        self.alpha_ = self._prior_of_documents()
        self.n_batches_, self.n_documents_seen_ = 0, 0
        self.__dict__.pop("components_", None)

    def _update(self, batch: Corpus, total: int) -> None:
        """One step along the natural gradient of the bound of a corpus of `total` documents like these."""
        if not hasattr(self, "components_"):
            self.components_ = self._first_topics(batch, self._random)
        settings = self._settings()
        weights = weights_of(self.components_, settings.dtype, settings.n_threads)
        inference = infer(batch, weights, self.alpha_, settings, counts=True)
        rate = (self.tau + self.n_batches_) ** -self.kappa
        target = inference.expected_counts
        target *= rate * total / len(batch)
        target += rate * self._prior_of_topics()
        self.components_ *= 1 - rate
        self.components_ += target
        self.n_batches_ += 1
        self.n_documents_seen_ += len(batch)

    def _check(self) -> None:
        super()._check()
        if not isinstance(self.batch_size, (int, np.integer)) or self.batch_size < 1:
            raise ValueError(f"batch_size must be a whole number of at least 1, got {self.batch_size!r}")
        if not 0.5 < self.kappa <= 1:
            raise ValueError(f"kappa must be in (0.5, 1], or the steps do not converge; got {self.kappa!r}")
        if not self.tau >= 1:
            raise ValueError(f"tau must be at least 1, got {self.tau!r}")
        if self.total_documents is not None and not self.total_documents >= 1:
            raise ValueError(f"total_documents must be at least 1 or None, got {self.total_documents!r}")
