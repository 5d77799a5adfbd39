"""A small convolutional network that tells the class of a sentence: which group of words occurs, not where.

    h_f = max_t relu(w_f · [e_t, …, e_{t+k−1}] + b_f)    logits = W h

It has an embedding of its own, and reads vectors as well as words, so that the gradient of what it hears in a soft
sentence reaches whoever wrote that.

Reference: Kim 2014, Convolutional Neural Networks for Sentence Classification, https://arxiv.org/abs/1408.5882
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from latentkit.data.text import BOS, PAD

WIDTHS = (2, 3, 4)  # words that a filter sees


class TextClassifier(nn.Module):
    """q(c | x) of sentences x, for one attribute of C classes."""

    def __init__(self, vocab_size: int, classes: int, width: int = 32):
        """Make the network.

        Args:
            vocab_size: V, the special tokens included.
            classes: C.
            width: dimensions of the embedding, and filters of each of the WIDTHS.
        """
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, width, padding_idx=PAD)
        self.filters = nn.ModuleList(nn.Conv1d(width, width, words) for words in WIDTHS)
        self.output = nn.Linear(width * len(WIDTHS), classes)

    def forward(self, tokens: Tensor) -> Tensor:
        """Class logits, [B, C], of sentences [B, T]: rows BOS, words, EOS, PAD."""
        real = (tokens != PAD) & (tokens != BOS)
        return self.forward_embedded(self.embedding(tokens), real)

    def forward_embedded(self, vectors: Tensor, real: Tensor) -> Tensor:
        """Class logits of sentences that are given as vectors, such as averages of embeddings.

        Args:
            vectors: [B, T, E].
            real: which of the positions count, [B, T]; what stands at others changes nothing.
        Returns:
            [B, C].
        """
        x = (vectors * real.unsqueeze(-1)).transpose(1, 2)  # [B, E, T]
        x = pad(x, (max(WIDTHS), max(WIDTHS) - 1))  # beyond both ends; in front also where BOS would stand, unheard
        found = [torch.relu(filters(x)).amax(-1) for filters in self.filters]
        return self.output(torch.cat(found, dim=-1))
