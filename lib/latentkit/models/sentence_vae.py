"""The sentence VAE of the lecture, with a recurrent network or a Transformer at both ends.

    z ~ N(0, I)    p(x | z) = Π_t p(x_t | x_<t, z)    q(z | x) = N(μ, diag σ²), μ = W₁h, σ² = exp(W₂h)

h is the encoder's state at the last real token. z is joined to the decoder's input at every step, and is the
Transformer decoder's memory besides. Training reads whole sentences at once (teacher forcing); there is no loop over
time. A batch is a LongTensor [B, T] of rows BOS, words, EOS, PAD; how much padding there is changes nothing.

References:
    Bowman et al. 2016, Generating Sentences from a Continuous Space, https://arxiv.org/abs/1511.06349
    Vaswani et al. 2017, Attention Is All You Need, https://arxiv.org/abs/1706.03762
"""

import math

import torch
from torch import Tensor, nn
from torch.distributions import Independent, Normal, kl_divergence
from torch.nn.functional import cross_entropy, pad

from latentkit.data.text import EOS, PAD

IMPOSSIBLE = -1e9  # the logit of PAD and BOS, which never follow: finite, so that 0 · it is 0
BLOCKS, HEADS = 2, 4  # of the Transformer
SLOTS = 4  # vectors that its memory of z consists of: attention to a single one would have nothing to choose
KINDS = ("lstm", "gru", "transformer")


class SentenceModel(nn.Module):
    """p(x | z) of sentences x, and the `encoder` that reads them; what z is, the heir decides.

    An heir makes `embedding`, `dropout`, `encoder`, `decoder` and `output`.
    """

    def read(self, tokens: Tensor) -> Tensor:
        """h, the encoder's state at the last real token of sentences [B, T]: [B, H]."""
        return self.encoder(self.dropout(self.embedding(tokens)), tokens != PAD)

    def decode(self, z: Tensor, inputs: Tensor) -> Tensor:
        """The logits, [B, T, V], of the token after each of the inputs [B, T], at latent vectors [B, M]."""
        return pad(self.output(self._states(z, inputs)), (EOS, 0), value=IMPOSSIBLE)

    def step(self, prefix: Tensor, z: Tensor) -> Tensor:
        """The logits, [B, V], of the token after prefixes [B, t] that begin with BOS; for `latentkit.decoding`."""
        return pad(self.output(self._states(z, prefix)[:, -1]), (EOS, 0), value=IMPOSSIBLE)

    def log_likelihood(self, tokens: Tensor, z: Tensor, inputs: Tensor | None = None) -> Tensor:
        """log p(x | z) of sentences [B, T] at latent vectors [B, M], in nats: [B].

        The softmax over the vocabulary, most of the work, is taken at real tokens only.

        Args:
            tokens: the sentences.
            z: one latent vector each.
            inputs: what the decoder sees of them, [B, T]; `tokens` themselves if None, or with words hidden.
        """
        inputs = tokens if inputs is None else inputs
        states = self._states(z, inputs[:, :-1])  # [B, T - 1, H]
        targets = tokens[:, 1:]
        rows, steps = (targets != PAD).nonzero(as_tuple=True)  # [N] real tokens
        logits = self.output(states[rows, steps])  # [N, V - EOS]
        nll = cross_entropy(logits, targets[rows, steps] - EOS, reduction="none")
        return nll.new_zeros(len(tokens)).index_add(0, rows, -nll)

    def _states(self, z: Tensor, inputs: Tensor) -> Tensor:
        """The decoder's state after each of the inputs [B, T], at latent vectors [B, M]: [B, T, H]."""
        words = self.dropout(self.embedding(inputs))  # [B, T, E]
        joined = torch.cat([words, z[:, None].expand(-1, inputs.shape[1], -1)], dim=-1)  # [B, T, E + M]
        return self.dropout(self.decoder(joined, z))


class SentenceVAE(SentenceModel):
    """p(x, z) of sentences x and latent vectors z, and the approximate posterior q(z | x)."""

    def __init__(
        self,
        vocab_size: int,
        embedding_dim: int = 64,
        hidden_dim: int = 128,
        latent_dim: int = 16,
        kind: str = "lstm",
        dropout: float = 0.0,
    ):
        """Make the networks.

        Args:
            vocab_size: V, the special tokens included.
            embedding_dim, hidden_dim, latent_dim: E, H and M; H is a multiple of 4 in a Transformer.
            kind: "lstm", "gru" or "transformer", for encoder and decoder.
            dropout: rate at which embeddings and the decoder's states lose entries in training.
        """
        super().__init__()
        self.config = {
            "vocab_size": vocab_size,
            "embedding_dim": embedding_dim,
            "hidden_dim": hidden_dim,
            "latent_dim": latent_dim,
            "kind": kind,
            "dropout": dropout,
        }
        self.embedding = nn.Embedding(vocab_size, embedding_dim, padding_idx=PAD)
        self.dropout = nn.Dropout(dropout)
        self.encoder, self.decoder = make_ends(kind, embedding_dim, hidden_dim, latent_dim, dropout)
        self.w_mu = nn.Linear(hidden_dim, latent_dim, bias=False)  # W₁
        self.w_logvar = nn.Linear(hidden_dim, latent_dim, bias=False)  # W₂
        self.output = nn.Linear(hidden_dim, vocab_size - EOS)  # EOS, UNK and the words

    def encode(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """The posterior's mean and log variance, each [B, M], of sentences [B, T]."""
        h = self.read(tokens)  # [B, H]
        return self.w_mu(h), self.w_logvar(h)

    def centre(self, tokens: Tensor) -> Tensor:
        """The latent vectors, [B, M], that stand for sentences [B, T]: the posterior's means."""
        return self.encode(tokens)[0]

    def posterior(self, tokens: Tensor) -> Independent:
        """q(z | x) of sentences [B, T]: batch shape [B], event shape [M]."""
        mu, logvar = self.encode(tokens)
        return Independent(Normal(mu, (0.5 * logvar).exp(), validate_args=False), 1, validate_args=False)

    def prior(self) -> Independent:
        """p(z) = N(0, I): event shape [M]; on the device of the weights."""
        zero = self.w_mu.weight.new_zeros(self.config["latent_dim"])
        return Independent(Normal(zero, zero + 1, validate_args=False), 1, validate_args=False)

    def log_joint(self, tokens: Tensor, z: Tensor) -> Tensor:
        """log p(x, z) of sentences [B, T] at latent vectors [B, M]: [B], in nats."""
        return self.prior().log_prob(z) + self.log_likelihood(tokens, z)

    def terms(self, tokens: Tensor, inputs: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """log p(x | z) at one sample z ~ q(z | x), and KL(q(z | x) || p(z)): each [B], in nats."""
        q = self.posterior(tokens)
        return self.log_likelihood(tokens, q.rsample(), inputs), kl_divergence(q, self.prior())

    def elbo(self, tokens: Tensor, beta: float = 1.0) -> Tensor:
        """E_q[log p(x | z)] - β KL(q(z | x) || p(z)) of sentences [B, T] from one sample each: [B], in nats."""
        log_likelihood, kl = self.terms(tokens)
        return log_likelihood - beta * kl

    def loss(self, tokens: Tensor, beta: float = 1.0, inputs: Tensor | None = None) -> Tensor:
        """What training minimises, averaged over sentences [B, T]: -(log p(x | z) - β KL); scalar, in nats."""
        log_likelihood, kl = self.terms(tokens, inputs)
        return (beta * kl - log_likelihood).mean()


class RecurrentReader(nn.Module):
    """Reads left to right and keeps the state at the last real token."""

    def __init__(self, kind: str, input_dim: int, hidden_dim: int):
        super().__init__()
        self.network = _recurrent(kind, input_dim, hidden_dim)

    def forward(self, words: Tensor, real: Tensor) -> Tensor:
        """[B, H] of words [B, T, E] of which `real` [B, T] counts."""
        return _last(self.network(words)[0], real)


class RecurrentWriter(nn.Module):
    """The state after each word, which has seen that word, z and everything before."""

    def __init__(self, kind: str, input_dim: int, hidden_dim: int):
        super().__init__()
        self.network = _recurrent(kind, input_dim, hidden_dim)

    def forward(self, joined: Tensor, z: Tensor) -> Tensor:
        """[B, T, H] of words joined with z, [B, T, E + M]."""
        return self.network(joined)[0]


class TransformerReader(nn.Module):
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


class TransformerWriter(nn.Module):
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


def make_ends(
    kind: str, embedding_dim: int, hidden_dim: int, latent_dim: int, dropout: float
) -> tuple[nn.Module, nn.Module]:
    """The encoder and the decoder of a `SentenceModel`.

    Raises:
        ValueError: there are none of that kind.
    """
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}, got {kind!r}")
    if kind == "transformer":
        reader = TransformerReader(embedding_dim, hidden_dim, dropout)
        return reader, TransformerWriter(embedding_dim + latent_dim, hidden_dim, latent_dim, dropout)
    reader = RecurrentReader(kind, embedding_dim, hidden_dim)
    return reader, RecurrentWriter(kind, embedding_dim + latent_dim, hidden_dim)


def _recurrent(kind: str, input_dim: int, hidden_dim: int) -> nn.Module:
    return {"lstm": nn.LSTM, "gru": nn.GRU}[kind](input_dim, hidden_dim, batch_first=True)


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
