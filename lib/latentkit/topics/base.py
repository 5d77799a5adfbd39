"""What every topic model of this package does once it has topics: transform, score, name, save."""

import os
from abc import ABC, abstractmethod
from pathlib import Path

import numpy as np
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from latentkit.topics import storage
from latentkit.topics.corpus import Corpus, read_counts
from latentkit.topics.inference import Inference, InferenceSettings, Weights, infer

DEFAULT_ALPHA, DEFAULT_ETA = 0.1, 0.01


class TopicModel(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator, ABC):
    """Base of the estimators; subclasses set `components_` and `alpha_`, and say what weights their words have."""

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.positive_only = True
        tags.transformer_tags.preserves_dtype = []
        return tags

    @property
    def topic_word_(self) -> np.ndarray:
        """E[β], [K, V]: the probability of each word in each topic; rows sum to one."""
        check_is_fitted(self)
        return self.components_ / self.components_.sum(1, keepdims=True)

    @property
    def _n_features_out(self) -> int:
        return len(self.components_)

    def transform(self, X) -> np.ndarray:
        """E[θ] of each document, [D, K]; rows sum to one. The topics stay as they are.

        Args:
            X: counts, [D, V].
        """
        gamma = self._infer(self._read(X)).gamma.astype(float)
        return gamma / gamma.sum(1, keepdims=True)

    def score(self, X, y=None) -> float:
        """A lower bound on log p(X | topics), in nats, summed over documents: how well the topics explain X.

        What the topics themselves cost, KL(q(β) ‖ p(β)), is not in it: that was paid for in training.
        """
        return float(self._infer(self._read(X)).bound(self.alpha_).sum())

    def perplexity(self, X) -> float:
        """exp(−score per token): an upper bound on the perplexity of X. Compare models on documents not trained on.

        To compare with other software, use `evaluation.completion_perplexity`, which asks all of them the same.
        """
        corpus = self._read(X)
        tokens = corpus.lengths.sum()
        if tokens == 0:
            raise ValueError("X holds no word, so it has no perplexity.")
        return float(np.exp(-self._infer(corpus).bound(self.alpha_).sum() / tokens))

    def save(self, folder: Path | str) -> Path:
        """Write the model into a folder, as `weights.safetensors` and `model.json`; `load_topics` reads it."""
        check_is_fitted(self)
        return storage.save(folder, self)

    @abstractmethod
    def _weights(self) -> Weights:
        """What a token of each word weighs in each topic."""

    def _read(self, X) -> Corpus:
        check_is_fitted(self)
        return read_counts(self, X, reset=False)

    def _settings(self) -> InferenceSettings:
        device = getattr(self, "device", None)
        return InferenceSettings(
            max_iter=self.max_doc_iter,
            tol=self.doc_tol,
            dtype=np.dtype(self.dtype),
            n_threads=threads(self.n_jobs),
            device=None if device is None else str(device),
        )

    def _infer(self, corpus: Corpus) -> Inference:
        return infer(corpus, self._weights(), self.alpha_, self._settings())

    def _check(self) -> None:
        """Look at the parameters that all have.

        Raises:
            ValueError: one is out of its range.
        """
        for name, least in {"n_topics": 1, "max_iter": 1, "max_doc_iter": 1}.items():
            value = getattr(self, name)
            if not isinstance(value, (int, np.integer)) or value < least:
                raise ValueError(f"{name} must be a whole number of at least {least}, got {value!r}")
        if str(np.dtype(self.dtype)) not in ("float32", "float64"):
            raise ValueError(f"dtype must be float32 or float64, got {self.dtype!r}")
        if not self.doc_tol >= 0:
            raise ValueError(f"doc_tol must be 0 or more, got {self.doc_tol!r}")
        self._prior_of_topics()
        threads(self.n_jobs)

    def _prior_of_topics(self) -> float:
        """η."""
        eta = DEFAULT_ETA if self.eta is None else self.eta
        if not (np.ndim(eta) == 0 and 0 < eta < np.inf):
            raise ValueError(f"eta must be a positive number, got {eta!r}")
        return float(eta)

    def _prior_of_documents(self) -> np.ndarray:
        """α, [K]."""
        alpha = np.asarray(DEFAULT_ALPHA if self.alpha is None else self.alpha, dtype=float)
        if alpha.shape not in ((), (self.n_topics,)) or not np.all((alpha > 0) & np.isfinite(alpha)):
            raise ValueError(f"alpha must be a positive number, or n_topics = {self.n_topics} of them, got {alpha!r}")
        return np.broadcast_to(alpha, self.n_topics).copy()


def threads(n_jobs: int | None) -> int:
    """The number of threads that n_jobs means, as in scikit-learn: None is 1, −1 all processors."""
    if n_jobs is None:
        return 1
    if not isinstance(n_jobs, (int, np.integer)) or n_jobs == 0:
        raise ValueError(f"n_jobs must be a whole number other than 0, or None, got {n_jobs!r}")
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return int(n_jobs) if n_jobs > 0 else max(1, available + 1 + int(n_jobs))
