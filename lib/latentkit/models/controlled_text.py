"""Controlled generation of text: a sentence VAE whose code has a part with names, and who listens to what it writes.

    z ~ N(0, I)    c_a ~ uniform    p(x | z, c) = Π_t p(x_t | x_<t, z, c)    q_E(z | x) = N(μ, diag σ²)    q_D(c_a | x)

The generator G is the decoder, with z and the one-hot c joined to every step; the encoder E is the sentence VAE's; a
discriminator D for each attribute reads its class off a sentence. E and D read soft sentences, too: at each position
an average of embeddings in the place of a word.

Reference: Hu, Yang, Liang, Salakhutdinov and Xing 2017, Toward Controlled Generation of Text,
https://arxiv.org/abs/1703.00955
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import torch
from torch import Generator, Tensor, nn
from torch.distributions import kl_divergence
from torch.nn.functional import one_hot, pad

from latentkit.data.text import BOS, EOS, PAD
from latentkit.models.sentence_model import IMPOSSIBLE, SentenceSizes
from latentkit.models.sentence_vae import GaussianSentenceModel, GaussianTerms
from latentkit.models.text_classifier import TextClassifier

SoftEmbeddings = Callable[[Tensor, Tensor, float], Tensor]
"""(logits [B, T, V], embedding [V, E], temperature) -> [B, T, E]."""

ATTRIBUTES = {"sentiment": ("negative", "positive"), "tense": ("past", "present", "future")}
LABELS = {"sentiment": "polarity"}  # what the corpora call an attribute, where it is not its name


@dataclass(frozen=True)
class ControlledTextSizes(SentenceSizes):
    """What a model of controlled text is made of.

    Attributes:
        vocab_size, embedding_dim, hidden_dim, network, dropout: as in `SentenceSizes`; the network is recurrent, as the
            generator writes soft sentences step by step.
        latent_dim: M.
        attributes: the classes of each attribute, by its name.
        classifier_dim: the width of each discriminator.
    Raises:
        ValueError: the network is a Transformer, or an attribute has fewer than two classes.
    """

    latent_dim: int = 16
    attributes: Mapping[str, Sequence[str]] = field(default_factory=lambda: dict(ATTRIBUTES), kw_only=True)
    classifier_dim: int = field(default=32, kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.network == "transformer":
            raise ValueError("soft sentences are written by a recurrent decoder; network must be lstm or gru")
        if not isinstance(self.attributes, Mapping) or not self.attributes:
            raise ValueError(f"attributes must give each attribute's classes by its name, got {self.attributes!r}")
        for name, classes in self.attributes.items():
            if isinstance(classes, str) or len(classes) < 2 or len(set(classes)) < len(classes):
                raise ValueError(f"an attribute must have at least two classes, each once, got {name}: {classes!r}")
            if "." in name or hasattr(nn.ModuleDict(), name):
                raise ValueError(f"an attribute cannot be called {name!r}, for its network is called so")
        # from JSON the classes come as lists
        object.__setattr__(self, "attributes", {name: tuple(classes) for name, classes in self.attributes.items()})

    @property
    def z_dim(self) -> int:
        """M + Σ C, how many numbers the decoder is given for a sentence: z and the one-hot codes."""
        return self.latent_dim + sum(map(len, self.attributes.values()))


class ControlledText(GaussianSentenceModel, sizes=ControlledTextSizes):
    """p(x | z, c) of sentences x, q_E(z | x), and a discriminator q_D(c | x) for each attribute.

    A code c is a LongTensor [B, A], one class for each attribute, in the order of `sizes.attributes`. `join(z, c)` is
    what `SentenceModel` calls z, so `greedy(model.step, model.join(z, c))` writes sentences.
    """

    kind = "controlled_text"

    def add_heads(self, hidden_dim: int) -> None:
        super().add_heads(hidden_dim)
        self.discriminators = nn.ModuleDict(
            {
                name: TextClassifier(self.sizes.vocab_size, len(classes), self.sizes.classifier_dim)
                for name, classes in self.sizes.attributes.items()
            }
        )

    def encode(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """The posterior's mean and log variance, each [B, M], of sentences [B, T]."""
        return self.encode_embedded(self.embedding(tokens), tokens != PAD)

    def encode_embedded(self, vectors: Tensor, real: Tensor) -> tuple[Tensor, Tensor]:
        """The posterior's mean and log variance of sentences that are given as vectors.

        Args:
            vectors: of BOS, the words and EOS, [B, T, E].
            real: which of the positions count, [B, T]: those up to EOS.
        Returns:
            Each [B, M].
        """
        h = self.encoder(self.dropout(vectors), real)  # [B, H]
        return self.w_mu(h), self.w_logvar(h)

    def draw_code(self, number: int, generator: Generator | None = None) -> Tensor:
        """Codes from p(c), uniform and independent: [number, A]; from torch's global generator if None is given."""
        drawn = [
            torch.randint(len(classes), (number,), generator=generator) for classes in self.sizes.attributes.values()
        ]
        return torch.stack(drawn, dim=1).to(self.w_mu.weight.device)

    def code_of(self, labels: Sequence[Mapping[str, Any]]) -> Tensor:
        """The codes, [B, A], of a corpus' labels, one dictionary a sentence; a corpus calls the sentiment "polarity".

        Raises:
            ValueError: a label is missing, or none of the attribute's classes.
        """
        rows = []
        for label in labels:
            row = []
            for name, classes in self.sizes.attributes.items():
                found = label.get(LABELS.get(name, name))
                if found not in classes:
                    raise ValueError(
                        f"{name} must be one of {', '.join(map(str, classes))}, got {found!r} in the labels {label}"
                    )
                row.append(tuple(classes).index(found))
            rows.append(row)
        shape = len(rows), len(self.sizes.attributes)
        return torch.tensor(rows, dtype=torch.long, device=self.w_mu.weight.device).view(shape)

    def recognise(self, tokens: Tensor) -> Tensor:
        """The most probable codes by the discriminators, [B, A], of sentences [B, T]."""
        return torch.stack([reads(tokens).argmax(-1) for reads in self.discriminators.values()], dim=1)

    def join(self, z: Tensor, code: Tensor) -> Tensor:
        """What the decoder is given: z [B, M] with the one-hot codes of c [B, A] behind it, [B, M + Σ C]."""
        classes = self.sizes.attributes.values()
        parts = [one_hot(code[:, a], len(names)).to(z.dtype) for a, names in enumerate(classes)]
        return torch.cat([z, *parts], dim=-1)

    def centre(self, tokens: Tensor) -> Tensor:
        """The joined vectors, [B, M + Σ C], that stand for sentences [B, T]: E's mean, and what D hears."""
        return self.join(self.encode(tokens)[0], self.recognise(tokens))

    def terms(self, tokens: Tensor, inputs: Tensor | None = None, code: Tensor | None = None) -> GaussianTerms:
        """log p(x | z, c) at one sample z ~ q_E(z | x), and KL(q_E(z | x) || p(z)).

        Args:
            tokens, inputs: as in `SentenceModel.terms`.
            code: c, [B, A]; drawn from its prior if None, as in the base VAE, which learns to do without it.
        """
        q = self.posterior(tokens)
        code = self.draw_code(len(tokens)) if code is None else code
        log_likelihood = self.log_likelihood(tokens, self.join(q.rsample(), code), inputs)
        return GaussianTerms(log_likelihood, kl_divergence(q, self.prior()))

    def soft_sentence(
        self, z_and_code: Tensor, soft_embeddings: SoftEmbeddings, temperature: float, length: int
    ) -> Tensor:
        """What the generator writes when each next word is a soft one, without dropout.

        Gradients pass from each position's logits to the generator, but not from a word to the one before it, as in
        teacher forcing: through the words that are fed back they explode, to dozens of times the bound's.

        Args:
            z_and_code: as `join` gives it, [B, M + Σ C].
            soft_embeddings: makes the next input of the logits; with the rows of the most probable words instead, the
                sentence is the greedy one.
            temperature: τ, handed to `soft_embeddings`.
            length: T, the steps taken, EOS included.
        Returns:
            Logits, [B, T, V], of the word at each position after BOS.
        """
        network = cast(nn.RNNBase, self.decoder.network)
        words = self.embedding.weight[BOS].expand(len(z_and_code), 1, -1)  # [B, 1, E]
        found, memory = [], None
        for _ in range(length):
            states, memory = network(torch.cat([words, z_and_code.unsqueeze(1)], dim=-1), memory)
            found.append(pad(self.output(states), (EOS, 0), value=IMPOSSIBLE))  # [B, 1, V]
            words = soft_embeddings(found[-1], self.embedding.weight, temperature).detach()
        return torch.cat(found, dim=1)


def until_the_end(logits: Tensor) -> Tensor:
    """Which positions of soft sentences count, [B, T] of logits [B, T, V]: those up to the first where EOS leads."""
    return up_to_the_first_eos(logits.argmax(-1))


def up_to_the_first_eos(words: Tensor) -> Tensor:
    """Which positions of words [B, T] come before an EOS or are the first one, [B, T]."""
    ended = words == EOS
    return ended.cumsum(-1) - ended.long() == 0
