"""Topic models of ours and of others behind one function each, so that bench_topics.py can time them alike.

Each fit gets the training counts ready-made in the form that its package reads; making that form is not timed.
A start is λ [K, V] from Gamma(100, 0.01), the same for every variational model.
"""

import logging
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from latentkit.topics import GibbsLDA, OnlineLDA, VariationalLDA

ALPHA, ETA = 0.1, 0.01
DOC_TOL, MAX_DOC_ITER = 1e-3, 100
BATCH, TAU, KAPPA = 256, 10.0, 0.7


@dataclass(frozen=True)
class Fitted:
    """What a fit ends with.

    Attributes:
        topics: E[β], [K, V].
        seconds: CPU time of the fit.
    """

    topics: np.ndarray
    seconds: float


@dataclass(frozen=True)
class Peer:
    """A way to fit topics.

    Attributes:
        name: as in the table.
        fit: (counts [D, V], K, passes or sweeps, seed) → Fitted.
        apart: whether it is outside the comparison: another start, or averaged samples.
    """

    name: str
    fit: Callable[[sp.csr_array, int, int, int], Fitted]
    apart: bool = False


def start(n_topics: int, n_words: int, seed: int) -> np.ndarray:
    """λ at first, as scikit-learn and gensim draw it from the seed."""
    return np.random.RandomState(seed).gamma(100.0, 0.01, (n_topics, n_words))


def _timed(model, counts) -> Fitted:
    begun = time.process_time()
    model.fit(counts)
    seconds = time.process_time() - begun
    topics = model.components_
    return Fitted(topics / topics.sum(1, keepdims=True), seconds)


def _ours(estimator, **schedule):
    """Our variational estimators, by dtype and start."""

    def of(dtype: str, init: str = "flat"):
        def fit(counts, n_topics, passes, seed):
            model = estimator(
                n_topics, alpha=ALPHA, eta=ETA, max_iter=passes, dtype=dtype,
                init=start(n_topics, counts.shape[1], seed) if init == "flat" else init,
                doc_tol=DOC_TOL, max_doc_iter=MAX_DOC_ITER, random_state=seed, **schedule,
            )  # fmt: skip
            return _timed(model, counts)

        return fit

    return of


ours_batch = _ours(VariationalLDA, tol=0, evaluate_every=0)
ours_online = _ours(OnlineLDA, batch_size=BATCH, tau=TAU + 1, kappa=KAPPA, shuffle=False)


def ours_gibbs(n_samples: int):
    def fit(counts, n_topics, sweeps, seed):
        model = GibbsLDA(
            n_topics, alpha=ALPHA, eta=ETA, max_iter=sweeps, n_samples=min(n_samples, 1 + (sweeps - 1) // 5),
            evaluate_every=0, random_state=seed,
        )  # fmt: skip
        return _timed(model, counts)

    return fit


def scikit_learn(method: str):
    from sklearn.decomposition import LatentDirichletAllocation

    def fit(counts, n_topics, passes, seed):
        model = LatentDirichletAllocation(
            n_topics, doc_topic_prior=ALPHA, topic_word_prior=ETA, learning_method=method, max_iter=passes,
            batch_size=BATCH, learning_offset=TAU, learning_decay=KAPPA, evaluate_every=-1, n_jobs=1,
            max_doc_update_iter=MAX_DOC_ITER, mean_change_tol=DOC_TOL, random_state=seed,
        )  # fmt: skip
        return _timed(model, counts)

    return fit


def gensim(method: str):
    from gensim.models import LdaModel

    logging.getLogger("gensim").setLevel(logging.ERROR)

    def fit(counts, n_topics, passes, seed):
        n_words = counts.shape[1]
        documents = [
            list(zip(counts.indices[a:b].tolist(), counts.data[a:b].tolist(), strict=True))
            for a, b in zip(counts.indptr[:-1], counts.indptr[1:], strict=True)
        ]
        schedule = {"chunksize": len(documents), "update_every": 0}
        if method == "online":
            schedule = {"chunksize": BATCH, "update_every": 1, "offset": TAU, "decay": KAPPA}
        begun = time.process_time()
        model = LdaModel(
            documents, n_topics, id2word={v: str(v) for v in range(n_words)}, passes=passes, alpha=[ALPHA] * n_topics,
            eta=ETA, iterations=MAX_DOC_ITER, gamma_threshold=DOC_TOL, eval_every=None, dtype=np.float32,
            random_state=np.random.RandomState(seed), **schedule,
        )  # fmt: skip
        seconds = time.process_time() - begun
        topics = model.get_topics().astype(float)
        return Fitted(topics / topics.sum(1, keepdims=True), seconds)

    return fit


def tomotopy():
    import tomotopy

    warnings.filterwarnings("ignore", message="The training result may differ", category=RuntimeWarning)

    def fit(counts, n_topics, sweeps, seed):
        n_words = counts.shape[1]
        model = tomotopy.LDAModel(k=n_topics, alpha=ALPHA, eta=ETA, seed=seed)
        model.optim_interval, model.burn_in = 0, 0  # α stays
        names = [str(v) for v in range(n_words)]
        for a, b in zip(counts.indptr[:-1], counts.indptr[1:], strict=True):
            model.add_doc([names[v] for v in np.repeat(counts.indices[a:b], counts.data[a:b].astype(int))])
        model.train(0)
        begun = time.process_time()
        model.train(sweeps, workers=1)
        seconds = time.process_time() - begun
        known = [int(name) for name in model.used_vocabs]
        topics = np.empty((n_topics, n_words))
        for k, tokens in enumerate(model.get_count_by_topics()):
            total = tokens + n_words * ETA
            topics[k] = ETA / total  # the words that the training documents lack
            topics[k, known] = model.get_topic_word_dist(k) * ((tokens + len(known) * ETA) / total)
        return Fitted(topics / topics.sum(1, keepdims=True), seconds)

    return fit


def lda_package():
    import lda

    logging.getLogger("lda").setLevel(logging.ERROR)

    def fit(counts, n_topics, sweeps, seed):
        model = lda.LDA(n_topics, n_iter=sweeps, alpha=ALPHA, eta=ETA, random_state=seed, refresh=10**9)
        whole = counts.astype(np.int64).toarray()
        begun = time.process_time()
        model.fit(whole)
        return Fitted(model.topic_word_, time.process_time() - begun)

    return fit


FAMILIES = {
    "batch": {
        "ours, float32": lambda: ours_batch("float32"),
        "ours, float64": lambda: ours_batch("float64"),
        "scikit-learn": lambda: scikit_learn("batch"),
        "gensim": lambda: gensim("batch"),
        "ours, documents as start": lambda: ours_batch("float32", "documents"),
    },
    "online": {
        "ours, float32": lambda: ours_online("float32"),
        "ours, float64": lambda: ours_online("float64"),
        "scikit-learn": lambda: scikit_learn("online"),
        "gensim": lambda: gensim("online"),
        "ours, documents as start": lambda: ours_online("float32", "documents"),
    },
    "gibbs": {
        "ours": lambda: ours_gibbs(1),
        "tomotopy": tomotopy,
        "lda": lda_package,
        "ours, mean of 10 samples": lambda: ours_gibbs(10),
    },
}


def peers(family: str) -> tuple[list[Peer], dict[str, str]]:
    """The peers of a family that are installed, and why the others are not here."""
    here, missing = [], {}
    for name, make in FAMILIES[family].items():
        try:
            here.append(Peer(name, make(), apart="start" in name or "mean" in name))
        except ImportError as error:
            missing[name] = f"not installed ({error.name}); pip install -c constraints.txt -e '.[bench]'"
    return here, missing
