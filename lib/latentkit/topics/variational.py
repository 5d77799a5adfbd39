"""LDA by mean-field variational EM over the whole corpus."""

from typing import cast

import numpy as np
from scipy.special import gammaln, psi
from sklearn.utils import check_random_state

from latentkit.progress import progress
from latentkit.topics.base import TopicModel
from latentkit.topics.corpus import Corpus, read_counts
from latentkit.topics.inference import Inference, Weights, infer, weights_of_posterior
from latentkit.topics.kernels import log_gamma_sum
from latentkit.topics.prior import fit_asymmetric_alpha, fit_symmetric_alpha

INITS = ("flat", "documents")


class VariationalTopics(TopicModel):
    """What batch and online variational LDA share: q(β_k) = Dirichlet(λ_k), and how λ starts."""

    def _weights(self) -> Weights:
        return weights_of_posterior(self.components_, np.dtype(self.dtype))

    def _first_topics(self, corpus: Corpus, random: np.random.RandomState) -> np.ndarray:
        """λ before the first pass, [K, V]."""
        shape = (self.n_topics, corpus.n_words)
        if not isinstance(self.init, str):
            topics = np.array(self.init, dtype=float)
            if topics.shape != shape or not np.all((topics > 0) & np.isfinite(topics)):
                raise ValueError(f"init must hold positive numbers of shape {shape}, got shape {topics.shape}")
            return topics
        if self.init not in INITS:
            raise ValueError(f"init must be one of {INITS} or an array of λ, got {self.init!r}")
        if self.init == "flat":
            return random.gamma(100.0, 0.01, shape)
        topics = random.gamma(100.0, 0.01, shape)
        candidates = np.flatnonzero(corpus.lengths)
        if len(candidates):
            few = len(candidates) < self.n_topics
            topics *= 1.0 + corpus.matrix[random.choice(candidates, self.n_topics, replace=few)].toarray()
        return topics

    def _check(self) -> None:
        super()._check()
        if isinstance(self.init, str) and self.init not in INITS:
            raise ValueError(f"init must be one of {INITS} or an array of λ, got {self.init!r}")
        self._prior_of_documents()


class VariationalLDA(VariationalTopics):
    """Latent Dirichlet allocation by batch variational EM (Blei et al. 2003), with Dirichlet posteriors of the topics.

    Args:
        n_topics: K.
        alpha: parameter of the prior of θ, a number or [K]; None is 0.1.
        eta: parameter of the prior of the topics β; None is 0.01.
        max_iter: most passes over the corpus.
        tol: stop when a pass raises the bound by less than this share; 0 never stops.
        max_doc_iter, doc_tol: a document's inference stops after so many updates, or when the mean |Δγ_k| is smaller.
        init: λ at first: "documents", one plus the counts of a random document each, times noise; "flat", the noise
            alone, Gamma(100, 0.01) as in scikit-learn, the same numbers for the same seed; or an array [K, V].
        n_init: runs from so many starts; that with the highest bound is kept.
        learn_alpha: whether α is fitted, from `alpha` on: one for all topics where `alpha` is a number or None, one for
            each topic where it is [K].
        evaluate_every: compute the bound each so many passes; 0 never, which also ignores `tol`.
        dtype: of the inner loops, "float32" or "float64".
        device: None for the numba kernel on the CPU, else a torch device such as "cuda".
        n_jobs: threads of the numba kernel; −1 is all processors. Results do not depend on it.
        progress: whether to show a progress bar.
        random_state: a seed or a RandomState.
    Attributes:
        components_: λ [K, V], parameters of q(β_k), the pseudo-counts of words.
        topic_word_: E[β] [K, V].
        doc_topic_: E[θ] [D, K] of the training documents, as their last inference left it.
        alpha_: α [K].
        bound_: the last ELBO, in nats; nan without evaluation.
        bound_history_: ELBO of each evaluated pass.
        n_iter_: passes of the run that was kept.
    Source: Blei, Ng, Jordan 2003, section 5; Hoffman, Blei, Bach 2010, section 2; for α see `topics.prior`.
    """

    def __init__(
        self, n_topics=10, *, alpha=None, eta=None, max_iter=50, tol=1e-5, max_doc_iter=100, doc_tol=1e-3,
        init="documents", n_init=1, learn_alpha=False, evaluate_every=1, dtype="float32", device=None, n_jobs=None,
        progress=False, random_state=None,
    ):  # fmt: skip
        self.n_topics = n_topics
        self.alpha = alpha
        self.eta = eta
        self.max_iter = max_iter
        self.tol = tol
        self.max_doc_iter = max_doc_iter
        self.doc_tol = doc_tol
        self.init = init
        self.n_init = n_init
        self.learn_alpha = learn_alpha
        self.evaluate_every = evaluate_every
        self.dtype = dtype
        self.device = device
        self.n_jobs = n_jobs
        self.progress = progress
        self.random_state = random_state

    def fit(self, X, y=None) -> "VariationalLDA":
        """Fit topics to counts X [D, V]."""
        corpus = read_counts(self, X, reset=True)
        self._check()
        random = check_random_state(self.random_state)
        runs = []
        for start in range(self.n_init):
            run = _Run(self, corpus, self._first_topics(corpus, random))
            passes = range(self.max_iter)
            for _ in progress(passes, f"LDA, start {start + 1} of {self.n_init}") if self.progress else passes:
                if run.step():
                    break
            if self.n_init > 1 and not (run.history and run.evaluated):
                run.evaluate()
            runs.append(run)
        best = max(runs, key=lambda run: run.history[-1]) if self.n_init > 1 else runs[0]
        self.components_, self.alpha_ = best.topics, best.alpha
        self.doc_topic_ = best.gamma / best.gamma.sum(1, keepdims=True)
        self.bound_history_ = np.array(best.history)
        self.bound_ = best.history[-1] if best.history else float("nan")
        self.n_iter_ = best.passes
        return self

    def fit_transform(self, X, y=None) -> np.ndarray:
        """Fit, and return E[θ] [D, K] as `transform` computes it."""
        return self.fit(X).transform(X)

    def _check(self) -> None:
        super()._check()
        if not isinstance(self.n_init, (int, np.integer)) or self.n_init < 1:
            raise ValueError(f"n_init must be a whole number of at least 1, got {self.n_init!r}")
        if not isinstance(self.evaluate_every, (int, np.integer)) or self.evaluate_every < 0:
            raise ValueError(f"evaluate_every must be a whole number, 0 for never, got {self.evaluate_every!r}")
        if not self.tol >= 0:
            raise ValueError(f"tol must be 0 or more, got {self.tol!r}")


class _Run:
    """Variational EM from one start."""

    def __init__(self, model: VariationalLDA, corpus: Corpus, topics: np.ndarray):
        self.model, self.corpus, self.topics = model, corpus, topics
        self.eta, self.alpha = model._prior_of_topics(), model._prior_of_documents()
        self.settings = model._settings()
        self.history: list[float] = []
        self.passes, self.evaluated = 0, False
        self.gamma = np.empty(0)

    def step(self) -> bool:
        """One E step and one M step. Returns whether the bound has settled."""
        inference = self._infer()
        every = self.model.evaluate_every
        self.evaluated = bool(every) and (self.passes % every == 0 or self.passes + 1 == self.model.max_iter)
        if self.evaluated:
            self.history.append(self._bound(inference))
        self.gamma = inference.gamma.astype(float)
        self.topics = np.asarray(self.eta + cast(np.ndarray, inference.expected_counts))
        if self.model.learn_alpha:
            self.alpha = self._fitted_alpha()
        self.passes += 1
        return self.evaluated and len(self.history) > 1 and self._settled()

    def evaluate(self) -> None:
        """Append the bound of the topics as they are."""
        self.history.append(self._bound(self._infer()))

    def _fitted_alpha(self) -> np.ndarray:
        if np.ndim(self.model.alpha):
            return fit_asymmetric_alpha(self.gamma, self.alpha)
        return np.full_like(self.alpha, fit_symmetric_alpha(self.gamma, self.alpha[0]))

    def _infer(self) -> Inference:
        weights = weights_of_posterior(self.topics, self.settings.dtype, self.settings.n_threads)
        return infer(self.corpus, weights, self.alpha, self.settings, counts=True)

    def _bound(self, inference: Inference) -> float:
        return float(inference.bound(self.alpha).sum()) - topics_divergence(self.topics, self.eta)

    def _settled(self) -> bool:
        before, now = self.history[-2:]
        return self.model.tol > 0 and now - before < self.model.tol * abs(before)


def topics_divergence(topics: np.ndarray, eta: float) -> float:
    """KL(q(β) ‖ p(β)) of λ [K, V], summed over topics, in nats."""
    n_topics, n_words = topics.shape
    totals = topics.sum(1)
    log_beta_sums = ((topics - eta) * psi(topics)).sum(1) - (totals - eta * n_words) * psi(totals)
    prior = gammaln(eta * n_words) - n_words * gammaln(eta)
    return float(log_beta_sums.sum() + gammaln(totals).sum() - log_gamma_sum(topics.ravel()) - n_topics * prior)
