"""Random inputs that several exercises of this set share."""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from autograder.exercise.random_inputs import normal


def classes(generator: np.random.Generator, count: int, of: int) -> Tensor:
    """Classes of sentences, [count], not all of them alike where there are two sentences or more."""
    first = [0, 1][: min(count, 2)]
    drawn = np.concatenate([first, generator.integers(0, of, count - len(first))])
    return torch.from_numpy((generator.permutation(drawn) + generator.integers(of)) % of)


def far_apart(
    generator: np.random.Generator, count: int, of: int, apart: float, dtype: torch.dtype
) -> tuple[Tensor, Tensor]:
    """Logits [count, of] of which one a row lies far above the others, and which one that is, [count]."""
    sure = classes(generator, count, of)
    return normal(generator, count, of, dtype=dtype) + apart * F.one_hot(sure, of).to(dtype), sure


def one(dtype: torch.dtype) -> Tensor:
    """The cotangent of a scalar."""
    return torch.ones((), dtype=dtype)
