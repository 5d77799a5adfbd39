"""A sentence VAE with two latent vectors, one for what a sentence says and one for how it says it (DSS-VAE).

    z_sem, z_syn ~ N(0, I)    p(x | z_sem, z_syn)    q(z_sem | x) and q(z_syn | x) diagonal Gaussians

Nothing in the bound tells the two apart. Two more decoders do: one tells the bag of words from z_sem alone, the other
the linearised parse from z_syn alone. And four adversaries try what must not succeed: the bag from z_syn, the parse
from z_sem, and the whole sentence from either alone.

Reference: Bao et al. 2019, Generating Sentences from Disentangled Syntactic and Semantic Spaces,
https://arxiv.org/abs/1907.05789
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.distributions import Independent, kl_divergence
from torch.nn.functional import pad

from latentkit.data.text import EOS, PAD
from latentkit.models.networks import RecurrentDecoder
from latentkit.models.sentence_model import (
    IMPOSSIBLE,
    ElboTerms,
    SentenceModel,
    SentenceSizes,
    diagonal_gaussian,
    log_likelihood_of,
)


@dataclass(frozen=True)
class SyntaxSemanticsSizes(SentenceSizes):
    """What a model with a vector for meaning and one for syntax is made of.

    Attributes:
        vocab_size, embedding_dim, hidden_dim, network, dropout: as in `SentenceSizes`.
        semantic_dim, syntactic_dim: M and K, of z_sem and z_syn.
        parse_vocab_size: V', of the tokens of linearised parses, the special ones included.
        side_dim: of the networks beside the sentence's own: those that tell parses, and the adversaries.
    """

    semantic_dim: int = 24
    syntactic_dim: int = 8
    parse_vocab_size: int = 4
    side_dim: int = 64

    @property
    def z_dim(self) -> int:
        """How many numbers the decoder is given for a sentence: M + K."""
        return self.semantic_dim + self.syntactic_dim


@dataclass(frozen=True)
class SyntaxSemanticsTerms(ElboTerms):
    """What the bound of B sentences consists of, in nats, and the codes that it was found with.

    Attributes:
        log_likelihood: log p(x | z_sem, z_syn) at one sample of each q, [B].
        kl_semantic, kl_syntactic: of each q from its prior, [B].
        z_semantic, z_syntactic: the samples, [B, M] and [B, K].
    """

    log_likelihood: Tensor
    kl_semantic: Tensor
    kl_syntactic: Tensor
    z_semantic: Tensor
    z_syntactic: Tensor

    @property
    def kl(self) -> Tensor:
        """Of both vectors, [B]."""
        return self.kl_semantic + self.kl_syntactic


class SyntaxSemanticsVAE(SentenceModel[SyntaxSemanticsTerms], sizes=SyntaxSemanticsSizes):
    """p(x | z_sem, z_syn), the two posteriors, what tells bag and parse, and the adversaries."""

    kind = "dss_vae"

    def add_heads(self, hidden_dim: int) -> None:
        made_of = self.sizes
        semantic, syntactic, side = made_of.semantic_dim, made_of.syntactic_dim, made_of.side_dim
        self.semantic_head = nn.Linear(hidden_dim, 2 * semantic)  # μ and log σ² of q(z_sem | x)
        self.syntactic_head = nn.Linear(hidden_dim, 2 * syntactic)  # and of q(z_syn | x)
        self.bag = BagReader(semantic, side, made_of.vocab_size)
        self.parse = SequenceReader(syntactic, side, made_of.parse_vocab_size)
        self.adversaries = nn.ModuleDict(
            {
                "bag": BagReader(syntactic, side, made_of.vocab_size),
                "parse": SequenceReader(semantic, side, made_of.parse_vocab_size),
                "sentence_semantic": SequenceReader(semantic, side, made_of.vocab_size),
                "sentence_syntactic": SequenceReader(syntactic, side, made_of.vocab_size),
            }
        )

    def posteriors(self, tokens: Tensor) -> tuple[Independent, Independent]:
        """q(z_sem | x) and q(z_syn | x) of sentences [B, T]: batch shape [B], event shapes [M] and [K]."""
        h = self.read(tokens)
        semantic, syntactic = self.semantic_head(h).chunk(2, -1), self.syntactic_head(h).chunk(2, -1)
        return diagonal_gaussian(*semantic), diagonal_gaussian(*syntactic)

    def priors(self) -> tuple[Independent, Independent]:
        """p(z_sem) and p(z_syn), both N(0, I): event shapes [M] and [K]; on the device of the weights."""
        dims = (self.sizes.semantic_dim, self.sizes.syntactic_dim)
        semantic, syntactic = (self.semantic_head.weight.new_zeros(dim) for dim in dims)
        return diagonal_gaussian(semantic, semantic), diagonal_gaussian(syntactic, syntactic)

    def centre(self, tokens: Tensor) -> Tensor:
        """The posteriors' means, one behind the other, [B, M + K], that stand for sentences [B, T]."""
        return torch.cat([posterior.mean for posterior in self.posteriors(tokens)], dim=-1)

    def split(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """z_sem [B, M] and z_syn [B, K] of what the decoder reads, [B, M + K]."""
        semantic, syntactic = z.split([self.sizes.semantic_dim, self.sizes.syntactic_dim], dim=-1)
        return semantic, syntactic

    def terms(self, tokens: Tensor, inputs: Tensor | None = None) -> SyntaxSemanticsTerms:
        """The bound's parts of sentences [B, T] at one sample of each q; see `SentenceModel.terms`."""
        codes, divergences = [], []
        for q, p in zip(self.posteriors(tokens), self.priors(), strict=True):
            codes.append(q.rsample())
            divergences.append(kl_divergence(q, p))
        log_likelihood = self.log_likelihood(tokens, torch.cat(codes, dim=-1), inputs)
        return SyntaxSemanticsTerms(log_likelihood, *divergences, *codes)


class BagReader(nn.Module):
    """Which words a sentence has, told from a code: the logits of its words, in no order."""

    def __init__(self, code_dim: int, hidden_dim: int, vocab_size: int):
        super().__init__()
        self.network = nn.Sequential(
            nn.Linear(code_dim, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, vocab_size - EOS - 1)
        )

    def forward(self, code: Tensor) -> Tensor:
        """Logits [B, V] of codes [B, D]; the special tokens are no words."""
        return pad(self.network(code), (EOS + 1, 0), value=IMPOSSIBLE)


class SequenceReader(nn.Module):
    """Tokens, a linearised parse or a sentence, told from a code alone: a GRU with the code beside every token."""

    def __init__(self, code_dim: int, hidden_dim: int, vocab_size: int):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, hidden_dim // 2, padding_idx=PAD)
        self.network = RecurrentDecoder("gru", hidden_dim // 2 + code_dim, hidden_dim)
        self.output = nn.Linear(hidden_dim, vocab_size - EOS)

    def step(self, prefix: Tensor, code: Tensor) -> Tensor:
        """The logits, [B, V], of the token after prefixes [B, t] that begin with BOS; for `latentkit.decoding`."""
        return pad(self.output(self._states(prefix, code)[:, -1]), (EOS, 0), value=IMPOSSIBLE)

    def log_likelihood(self, tokens: Tensor, code: Tensor) -> Tensor:
        """log p(tokens | code) of [B, T], rows BOS, tokens, EOS, PAD, at codes [B, D], in nats: [B]."""
        states = self._states(tokens[:, :-1], code)
        return log_likelihood_of(tokens[:, 1:], lambda rows, steps: self.output(states[rows, steps]))

    def _states(self, tokens: Tensor, code: Tensor) -> Tensor:
        joined = torch.cat([self.embedding(tokens), code[:, None].expand(-1, tokens.shape[1], -1)], dim=-1)
        states: Tensor = self.network(joined, code)
        return states
