"""Random topics and assignments for the cases, rounded to float32."""

import numpy as np
import torch
from torch import Tensor


def log_topics(generator: np.random.Generator, count: int, vocab: int, concentration: float = 0.5) -> Tensor:
    """log β, [count, vocab]; no word has less than about 1e-4."""
    drawn = generator.dirichlet(np.full(vocab, concentration), count) + 1e-4
    return torch.from_numpy(np.log(drawn / drawn.sum(1, keepdims=True)).astype(np.float32)).double()


def soft_assignment(generator: np.random.Generator, words: int, count: int) -> Tensor:
    """φ, [words, count]."""
    return torch.from_numpy(generator.dirichlet(np.ones(count), words).astype(np.float32)).double()


def token_counts(generator: np.random.Generator, words: int) -> Tensor:
    """2 to 6 tokens of each word, [words], float64."""
    return torch.from_numpy(generator.integers(2, 7, words)).double()
