"""Counts of words in documents, as the kernels read them: by document and by word."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp
from sklearn.utils.validation import validate_data


@dataclass(frozen=True)
class Corpus:
    """Documents as a CSR matrix.

    Attributes:
        matrix: counts, [D, V], duplicates summed, no stored zeros, ids ascending within a document.
    """

    matrix: sp.csr_array

    def __len__(self) -> int:
        return self.matrix.shape[0]

    @property
    def n_words(self) -> int:
        """V, the size of the vocabulary."""
        return self.matrix.shape[1]

    @cached_property
    def by_document(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Pointers [D+1], words [nnz] and counts [nnz], document by document; always of the same types."""
        m = self.matrix
        return m.indptr.astype(np.int64), m.indices.astype(np.int32, copy=False), m.data

    @cached_property
    def lengths(self) -> np.ndarray:
        """Tokens per document, [D]."""
        return np.asarray(self.matrix.sum(axis=1), dtype=float)

    @cached_property
    def by_word(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Pointers [V+1], documents [nnz] and positions in the document order [nnz], word by word."""
        m = self.matrix
        turned = sp.csr_array((np.arange(m.nnz), m.indices, m.indptr), shape=m.shape).tocsc()
        return turned.indptr.astype(np.int64), turned.indices.astype(np.int32, copy=False), turned.data.astype(np.int64)

    def rows(self, which: slice | np.ndarray) -> "Corpus":
        """Some of the documents."""
        return Corpus(self.matrix[which])


def read_counts(estimator, X, *, reset: bool, whole: bool = False) -> Corpus:
    """Check what was given to an estimator as X.

    Args:
        estimator: whose `n_features_in_` and `feature_names_in_` are set (reset) or compared.
        X: counts, [D, V]: any scipy sparse format, array, data frame.
        reset: whether this is the first that the estimator sees.
        whole: whether counts must be whole numbers.
    Raises:
        ValueError: not two-dimensional, no document, another number of words, negative, NaN or infinite counts.
    """
    name = type(estimator).__name__
    X = validate_data(
        estimator, X, reset=reset, accept_sparse="csr", dtype=[np.float64, np.float32], ensure_non_negative=True
    )
    untouched = sp.issparse(X) and X.has_canonical_format and X.data.all() and X.data.flags.writeable
    matrix = sp.csr_array(X, dtype=np.float64, copy=not untouched)
    if not untouched:
        matrix.sum_duplicates()
        matrix.eliminate_zeros()
    if whole and np.any(matrix.data != np.floor(matrix.data)):
        raise ValueError(f"{name} assigns tokens one by one, so counts must be whole numbers; X holds fractions.")
    return Corpus(matrix)
