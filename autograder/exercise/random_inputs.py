"""Random inputs for cases, from a numpy generator: its streams are the same on every platform.

Every number is a float32, whatever the dtype: half the digits of a float64 need no room in `cases.npz`.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor


def normal(
    generator: np.random.Generator, *shape: int, scale: float = 1.0, dtype: torch.dtype = torch.float64
) -> Tensor:
    """Normal numbers of mean 0 and the given standard deviation."""
    return _tensor(scale * generator.standard_normal(shape), dtype)


def uniform(
    generator: np.random.Generator, low: float, high: float, *shape: int, dtype: torch.dtype = torch.float64
) -> Tensor:
    """Uniform numbers between two bounds."""
    return _tensor(generator.uniform(low, high, shape), dtype)


def bits(generator: np.random.Generator, *shape: int, dtype: torch.dtype = torch.float64) -> Tensor:
    """Zeros and ones, equally likely."""
    return torch.from_numpy(generator.integers(0, 2, shape)).to(dtype)


def covariance(
    generator: np.random.Generator, batch: int, dim: int, scale: float = 1.0, dtype: torch.dtype = torch.float64
) -> Tensor:
    """Correlated covariance matrices, [batch, dim, dim], well conditioned, with entries of the order of `scale`."""
    factor = generator.standard_normal((batch, dim, 2 * dim + 2))
    return _tensor(scale * factor @ factor.transpose(0, 2, 1) / (2 * dim + 2), dtype)


def sentences(
    generator: np.random.Generator, lengths: Sequence[int] | np.ndarray, width: int, vocabulary: int
) -> Tensor:
    """Sentences as token ids, [len(lengths), width]: BOS, words from UNK on, EOS, then PAD.

    Args:
        lengths: of the sentences, BOS and EOS included, so 2 or more and at most `width`.
        vocabulary: the number of ids, the four special ones included.
    """
    ends = torch.as_tensor(lengths)[:, None] - 1
    place = torch.arange(width)
    rows = torch.from_numpy(generator.integers(3, vocabulary, (len(lengths), width)))
    rows[:, 0] = 1
    return rows.masked_fill(place == ends, 2).masked_fill(place > ends, 0)


def _tensor(numbers: np.ndarray, dtype: torch.dtype) -> Tensor:
    return torch.from_numpy(numbers.astype(np.float32)).to(dtype)
