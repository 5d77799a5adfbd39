"""The networks at both ends of the models of sentences: LSTM, GRU or Transformer.

An encoder reads a sentence and gives its state at the last real token; a decoder gives a state after each word that
it is shown, which has seen that word, the words before and the latent vector z.

Reference: Vaswani et al. 2017, Attention Is All You Need, https://arxiv.org/abs/1706.03762
"""

import math

import torch
from torch import Tensor, nn

NETWORKS = ("lstm", "gru", "transformer")
BLOCKS, HEADS = 2, 4  # of the Transformer
SLOTS = 4  # vectors that its memory of z consists of: attention to a single one would have nothing to choose


class RecurrentEncoder(nn.Module):
    """Reads left to right and keeps the state at the last real token."""

    def __init__(self, network: str, input_dim: int, hidden_dim: int):
        super().__init__()
        self.network = _recurrent(network, input_dim, hidden_dim)

    def forward(self, words: Tensor, real: Tensor) -> Tensor:
        """[B, H] of words [B, T, E] of which `real` [B, T] counts."""
        return _last(self.network(words)[0], real)


class RecurrentDecoder(nn.Module):
    """The state after each word, with z beside every word."""

    def __init__(self, network: str, input_dim: int, hidden_dim: int):
        super().__init__()
        self.network = _recurrent(network, input_dim, hidden_dim)

    def forward(self, joined: Tensor, z: Tensor) -> Tensor:
        """[B, T, H] of words joined with z, [B, T, E + M]."""
        return self.network(joined)[0]


class TransformerEncoder(nn.Module):
    """Every word looks at every real word; the state at the last one stands for the sentence."""

    def __init__(self, input_dim: int, hidden_dim: int, dropout: float):
        super().__init__()
        self.project = nn.Linear(input_dim, hidden_dim)
        block = nn.TransformerEncoderLayer(
            hidden_dim, HEADS, 4 * hidden_dim, dropout, batch_first=True, norm_first=True
        )
        self.blocks = nn.TransformerEncoder(block, BLOCKS, nn.LayerNorm(hidden_dim), enable_nested_tensor=False)

    def forward(self, words: Tensor, real: Tensor) -> Tensor:
        """[B, H] of words [B, T, E] of which `real` [B, T] counts."""
        x = _with_positions(self.project(words))
        return _last(self.blocks(x, src_key_padding_mask=~real), real)


class TransformerDecoder(nn.Module):
    """Every word looks at itself, at the words before it, and at z as the memory."""

    def __init__(self, input_dim: int, hidden_dim: int, latent_dim: int, dropout: float):
        super().__init__()
        self.project = nn.Linear(input_dim, hidden_dim)
        self.remember = nn.Linear(latent_dim, SLOTS * hidden_dim)
        block = nn.TransformerDecoderLayer(
            hidden_dim, HEADS, 4 * hidden_dim, dropout, batch_first=True, norm_first=True
        )
        self.blocks = nn.TransformerDecoder(block, BLOCKS, nn.LayerNorm(hidden_dim))

    def forward(self, joined: Tensor, z: Tensor) -> Tensor:
        """[B, T, H] of words joined with z, [B, T, E + M], and of z itself, [B, M]."""
        x = _with_positions(self.project(joined))
        steps = x.shape[1]
        later = torch.ones(steps, steps, dtype=torch.bool, device=x.device).triu(1)  # True: must not be seen
        memory = self.remember(z).unflatten(-1, (SLOTS, -1))  # [B, SLOTS, H]
        return self.blocks(x, memory, tgt_mask=later, tgt_is_causal=True)


def make_encoder_and_decoder(
    network: str, embedding_dim: int, hidden_dim: int, latent_dim: int, dropout: float
) -> tuple[nn.Module, nn.Module]:
    """Fresh networks for both ends of a model.

    Args:
        network: one of NETWORKS.
        embedding_dim, hidden_dim, latent_dim: E, H and M; H is a multiple of HEADS in a Transformer.
        dropout: rate within the Transformer's blocks.
    """
    if network == "transformer":
        encoder = TransformerEncoder(embedding_dim, hidden_dim, dropout)
        return encoder, TransformerDecoder(embedding_dim + latent_dim, hidden_dim, latent_dim, dropout)
    recurrent = RecurrentEncoder(network, embedding_dim, hidden_dim)
    return recurrent, RecurrentDecoder(network, embedding_dim + latent_dim, hidden_dim)


def _recurrent(network: str, input_dim: int, hidden_dim: int) -> nn.Module:
    return {"lstm": nn.LSTM, "gru": nn.GRU}[network](input_dim, hidden_dim, batch_first=True)


def _last(states: Tensor, real: Tensor) -> Tensor:
    """The state [B, H], of states [B, T, H], at each row's last real token."""
    last = real.sum(-1) - 1  # [B]
    return states.take_along_dim(last[:, None, None], dim=1).squeeze(1)


def _with_positions(x: Tensor) -> Tensor:
    """Add sines and cosines of the position to [B, T, H]."""
    _, steps, width = x.shape
    position = torch.arange(steps, device=x.device, dtype=x.dtype)[:, None]
    angle = position * torch.exp(torch.arange(0, width, 2, device=x.device, dtype=x.dtype) * (-math.log(1e4) / width))
    return x + torch.stack([angle.sin(), angle.cos()], dim=-1).flatten(1)
