"""The terms of the formulas, from the arguments of each exercise; their sum is what the exercise asks for."""

import torch
from torch import Tensor

from latentkit.data.text import UNK

Terms = dict[str, Tensor]


def bag_of_words_loss(logits: Tensor, tokens: Tensor) -> Terms:
    """Of the mean over the sentences of −Σ log softmax(logits) at the words."""
    words = tokens > UNK
    return {
        "−Σ the logits of the words": -torch.where(words, logits.gather(-1, tokens), 0).sum(-1).mean(),
        "the number of words times log Σ exp of the logits": (words.sum(-1) * logits.logsumexp(-1)).mean(),
    }


def leaked_information(logits: Tensor, labels: Tensor) -> Terms:
    """Of H(y) minus the cross-entropy."""
    shares = labels.bincount(minlength=logits.shape[-1]).to(logits.dtype) / len(labels)
    return {
        "the entropy H(y)": -torch.special.xlogy(shares, shares).sum(),
        "the mean logit of the label": logits.gather(-1, labels.unsqueeze(-1)).mean(),
        "−the mean log Σ exp of the logits": -logits.logsumexp(-1).mean(),
    }
