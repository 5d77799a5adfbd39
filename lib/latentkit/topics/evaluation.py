"""Compare topic models, whoever fitted them: held-out words of half-read documents, and distance to known topics."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import scipy.sparse as sp

FOLD_IN_ITERATIONS, FOLD_IN_TOLERANCE = 500, 1e-5  # of γ in a document that is half read


@dataclass(frozen=True)
class Matched:
    """Found topics paired one to one with planted ones, so that the cosines' sum is largest.

    Attributes:
        planted: numbers of the paired planted topics, ascending.
        found: number of the found topic of each.
        cosine: of each pair.
    """

    planted: np.ndarray
    found: np.ndarray
    cosine: np.ndarray


def split_words(X, observed: float = 0.5, random_state=0) -> "tuple[sp.csr_array, sp.csr_array]":
    """Split the tokens of each document at random into those that a model may read and those it has to guess.

    Args:
        X: whole counts, [D, V], sparse or dense.
        observed: probability that a token may be read.
        random_state: a seed or RandomState.
    Returns:
        Counts to read and counts to guess, [D, V] each; their sum is X.
    """
    import scipy.sparse as sp
    from sklearn.utils import check_random_state

    if not 0 < observed < 1:
        raise ValueError(f"observed must be in (0, 1), got {observed!r}")
    matrix = sp.csr_array(X).copy()
    matrix.sum_duplicates()
    if np.any(matrix.data < 0) or np.any(matrix.data != np.floor(matrix.data)):
        raise ValueError("counts must be whole numbers of at least 0; X holds others.")
    seen, unseen = matrix.copy(), matrix.copy()
    seen.data = check_random_state(random_state).binomial(matrix.data.astype(np.int64), observed).astype(float)
    unseen.data = matrix.data - seen.data
    for part in (seen, unseen):
        part.eliminate_zeros()
    return seen, unseen


def completion_perplexity(topics: np.ndarray, alpha, observed, held_out) -> float:
    """Document completion: exp of the mean −log p(held-out token | observed tokens), topics as given.

    Each θ is the mean of the mean-field posterior given the observed half and β, at convergence; p(w) = Σ_k θ_k β_kw.

    Args:
        topics: β, [K, V], rows sum to one; every held-out word must have a positive probability in some topic.
        alpha: of θ's prior, a number or [K].
        observed, held_out: counts, [D, V], as `split_words` returns.
    """
    import scipy.sparse as sp

    from latentkit.topics.corpus import Corpus
    from latentkit.topics.inference import InferenceSettings, infer, weights_of_topics

    topics = np.asarray(topics, dtype=float)
    observed, held_out = sp.csr_array(observed, dtype=float), sp.csr_array(held_out, dtype=float)
    if topics.ndim != 2 or not np.allclose(topics.sum(1), 1.0, atol=1e-4) or topics.min() < 0:
        raise ValueError("topics must be [K, V] with rows that sum to one.")
    if not topics.shape[1] == observed.shape[1] == held_out.shape[1] or len(observed.indptr) != len(held_out.indptr):
        raise ValueError(f"shapes differ: {topics.shape}, {observed.shape}, {held_out.shape}")
    for part in (observed, held_out):
        part.sum_duplicates()
    if held_out.sum() == 0:
        raise ValueError("held_out holds no word.")
    alpha = np.broadcast_to(np.asarray(alpha, dtype=float), len(topics)).copy()
    fold_in = InferenceSettings(FOLD_IN_ITERATIONS, FOLD_IN_TOLERANCE, np.dtype("float64"))
    gamma = infer(Corpus(observed), weights_of_topics(topics, fold_in.dtype), alpha, fold_in).gamma
    theta = gamma / gamma.sum(1, keepdims=True)
    documents = np.repeat(np.arange(held_out.shape[0]), np.diff(held_out.indptr))
    columns = np.ascontiguousarray(topics.T)
    total = 0.0
    for start in range(0, held_out.nnz, 1 << 16):
        part = slice(start, start + (1 << 16))
        p = np.einsum("nk,nk->n", theta[documents[part]], columns[held_out.indices[part]])
        total += float(held_out.data[part] @ np.log(p))
    return float(np.exp(-total / held_out.sum()))


def match_topics(found: np.ndarray, planted: np.ndarray) -> Matched:
    """Pair found topics [K, V] with planted ones [K', V] by cosine (the Hungarian method); min(K, K') pairs."""
    from scipy.optimize import linear_sum_assignment

    found, planted = np.asarray(found, dtype=float), np.asarray(planted, dtype=float)
    if found.ndim != 2 or planted.ndim != 2 or found.shape[1] != planted.shape[1]:
        raise ValueError(f"topics must be [K, V] over one vocabulary, got {found.shape} and {planted.shape}")
    unit = [topics / np.linalg.norm(topics, axis=1, keepdims=True) for topics in (planted, found)]
    cosine = unit[0] @ unit[1].T
    rows, columns = linear_sum_assignment(cosine, maximize=True)
    return Matched(rows, columns, cosine[rows, columns])
