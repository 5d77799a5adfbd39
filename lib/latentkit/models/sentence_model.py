"""What the lecture's models of sentences share: an encoder, a decoder p(x | z), the bound and the loss.

z is joined to the decoder's input at every step, and is the Transformer decoder's memory besides. Training reads whole
sentences at once (teacher forcing); there is no loop over time. A batch is a LongTensor [B, T] of rows BOS, words, EOS,
PAD; how much padding there is changes nothing.
"""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import torch
from torch import Tensor, nn
from torch.distributions import Independent, Normal
from torch.nn.functional import cross_entropy, pad

from latentkit.data.text import EOS, PAD
from latentkit.models.base import LatentModel
from latentkit.models.networks import HEADS, NETWORKS, make_encoder_and_decoder

IMPOSSIBLE = -1e9  # the logit of PAD and BOS, which never follow: finite, so that 0 · it is 0


@dataclass(frozen=True)
class SentenceSizes:
    """What every model of sentences is made of.

    Attributes:
        vocab_size: V, the special tokens included.
        embedding_dim, hidden_dim: E and H; H is a multiple of 4 in a Transformer.
        network: "lstm", "gru" or "transformer", for encoder and decoder.
        dropout: rate at which embeddings and the decoder's states lose entries in training.
    Raises:
        ValueError: there is no such network, or H does not fit it.
    """

    vocab_size: int
    embedding_dim: int = 64
    hidden_dim: int = 128
    network: str = field(default="lstm", kw_only=True)
    dropout: float = field(default=0.0, kw_only=True)

    def __post_init__(self) -> None:
        if self.network not in NETWORKS:
            raise ValueError(f"network must be one of {', '.join(NETWORKS)}, got {self.network!r}")
        if self.network == "transformer" and self.hidden_dim % HEADS:
            raise ValueError(f"hidden_dim must be a multiple of {HEADS} in a transformer, got {self.hidden_dim}")

    if TYPE_CHECKING:  # each heir has it; these alone are no model's

        @property
        def z_dim(self) -> int:
            """M, how many numbers the decoder is given for a sentence."""
            ...


class ElboTerms:
    """What the bound of B sentences consists of; an heir holds `log_likelihood` and `kl`, each [B], in nats."""

    if TYPE_CHECKING:  # an heir that is a dataclass would take a property for its field's default

        @property
        def log_likelihood(self) -> Tensor: ...

        @property
        def kl(self) -> Tensor: ...

    @property
    def elbo(self) -> Tensor:
        """log p(x | z) - KL of q and prior over all latent variables: [B], however the model was trained."""
        return self.log_likelihood - self.kl


Terms = TypeVar("Terms", bound=ElboTerms)


class SentenceModel(LatentModel, Generic[Terms]):
    """p(x | z) of sentences x, and the encoder that reads them; what z is, and q(z | x), the heir decides."""

    def __init__(self, *sizes: Any, **named: Any):
        super().__init__(*sizes, **named)
        made_of = self.sizes
        self.embedding = nn.Embedding(made_of.vocab_size, made_of.embedding_dim, padding_idx=PAD)
        self.dropout = nn.Dropout(made_of.dropout)
        self.encoder, self.decoder = make_encoder_and_decoder(
            made_of.network, made_of.embedding_dim, made_of.hidden_dim, made_of.z_dim, made_of.dropout
        )
        self.add_heads(made_of.hidden_dim)
        self.output = nn.Linear(made_of.hidden_dim, made_of.vocab_size - EOS)  # EOS, UNK and the words

    @abstractmethod
    def add_heads(self, hidden_dim: int) -> None:
        """Make the layers by which q(z | x) follows from the encoder's state h [B, H], and what the prior learns."""

    @abstractmethod
    def centre(self, tokens: Tensor) -> Tensor:
        """The latent vectors, [B, M], that stand for sentences [B, T]."""

    @abstractmethod
    def terms(self, tokens: Tensor, inputs: Tensor | None = None) -> Terms:
        """The parts of the bound of sentences [B, T] at one sample of q each.

        Args:
            tokens: the sentences.
            inputs: what the decoder sees of them, [B, T]; `tokens` themselves if None, or with words hidden.
        """

    def regulariser(self, terms: Terms) -> Tensor:
        """What the loss holds besides the likelihood, averaged over sentences: the KL, if the heir says nothing else.

        Scalar, in nats per sentence.
        """
        return terms.kl.mean()

    def elbo(self, tokens: Tensor, kl_weight: float = 1.0) -> Tensor:
        """log p(x | z) - `kl_weight` · KL of sentences [B, T] from one sample each: [B], in nats."""
        terms = self.terms(tokens)
        return terms.log_likelihood - kl_weight * terms.kl

    def loss(self, tokens: Tensor, kl_weight: float = 1.0, inputs: Tensor | None = None) -> Tensor:
        """What training minimises, averaged over sentences [B, T]: scalar, in nats per sentence.

        Args:
            tokens: the sentences.
            kl_weight: of the regulariser, which is everything but the likelihood; below 1 while it is annealed.
            inputs: what the decoder sees of the sentences, as in `terms`.
        """
        terms = self.terms(tokens, inputs)
        return kl_weight * self.regulariser(terms) - terms.log_likelihood.mean()

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
            inputs: what the decoder sees of the sentences, as in `terms`.
        """
        inputs = tokens if inputs is None else inputs
        states = self._states(z, inputs[:, :-1])  # [B, T - 1, H]
        return log_likelihood_of(tokens[:, 1:], lambda rows, steps: self.output(states[rows, steps]))

    def _states(self, z: Tensor, inputs: Tensor) -> Tensor:
        """The decoder's state after each of the inputs [B, T], at latent vectors [B, M]: [B, T, H]."""
        words = self.dropout(self.embedding(inputs))  # [B, T, E]
        joined = torch.cat([words, z[:, None].expand(-1, inputs.shape[1], -1)], dim=-1)  # [B, T, E + M]
        return self.dropout(self.decoder(joined, z))


def log_likelihood_of(targets: Tensor, logits_at: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
    """Σ_t log softmax(logits_t) at the token t, over the tokens of each row that are not PAD, in nats: [B].

    Args:
        targets: what was to be told, [B, T].
        logits_at: (rows [N], steps [N]) -> logits [N, V - EOS] of EOS, UNK and the words, at those N places alone.
    """
    rows, steps = (targets != PAD).nonzero(as_tuple=True)  # [N] real tokens
    nll = cross_entropy(logits_at(rows, steps), targets[rows, steps] - EOS, reduction="none")
    return nll.new_zeros(len(targets)).index_add(0, rows, -nll)


def diagonal_gaussian(mu: Tensor, logvar: Tensor) -> Independent:
    """N(μ, diag exp(logvar)), of parameters [..., M]: batch shape [...], event shape [M].

    Unchecked, so weights of NaN give NaN, not an exception.
    """
    return Independent(Normal(mu, (0.5 * logvar).exp(), validate_args=False), 1, validate_args=False)
