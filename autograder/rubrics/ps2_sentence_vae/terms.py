"""The terms of the formulas, from the arguments of each exercise; their sum is what the exercise asks for."""

import torch
from torch import Tensor

from latentkit.data.text import EOS, PAD

Terms = dict[str, Tensor]


def sequence_log_likelihood(logits: Tensor, tokens: Tensor) -> Terms:
    """Of Σ_t log p(x_t | x_<t, z): the first word, the other ones, and the end."""
    targets = tokens[:, 1:]
    chosen = logits[:, :-1].log_softmax(-1).gather(-1, targets[..., None])[..., 0]
    first = torch.zeros_like(targets, dtype=torch.bool)
    first[:, :1] = True
    ends, words = targets == EOS, (targets != PAD) & (targets != EOS)
    return {
        "of the first word": (chosen * (words & first)).sum(-1),
        "of the words after the first": (chosen * (words & ~first)).sum(-1),
        "of EOS": (chosen * ends).sum(-1),
    }


def sentence_vae_loss(log_likelihood: Tensor, kl: Tensor, kl_weight: float) -> Terms:
    """Of the batch mean of −(log-likelihood − weight·KL)."""
    return {"−the mean log-likelihood": -log_likelihood.mean(), "the weighted mean KL": kl_weight * kl.mean()}


def interpolate(z_start: Tensor, z_end: Tensor, num: int) -> Terms:
    """Of (1 − t)·z_start + t·z_end."""
    t = torch.linspace(0, 1, num, dtype=z_start.dtype)[:, None]
    return {"(1 − t)·z_start": (1 - t) * z_start, "t·z_end": t * z_end}
