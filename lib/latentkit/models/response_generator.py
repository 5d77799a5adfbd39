"""Responses by action: the context decides what to do; how to say it, a mixture VAE has learned already.

The mixture VAE lends its recognition network q(c | x), its components and its decoder; all of it is frozen. An action
is a joint code: one class of each variable, so there are A = K^N. Learned are a context encoder, a policy over actions,
and the place within the component:

    s = encoder(context)    π(a | s) = softmax(W_π s)    z = μ_a + 2 σ_a ⊙ tanh(V [s, a])

The loss of contexts and responses x is the average over pairs of

    -E_q(a | x) log π(a | s) - log p(x | z(s, a)) - λ log q(a | x̃),    a ~ q(a | x)

The last part is the attribute loss: what is said must be recognised as the action that was chosen. x̃ is the decoder's
own speech, in which it hears averages of the words that it might have said, so that gradients pass to z. With the
decoder frozen, all that they can do is move z.

References:
    Shi, Zhou, Miao and Li 2020, Dispersed Exponential Family Mixture VAEs for Interpretable Text Generation
    Zhao, Lee and Eskenazi 2018, Unsupervised Discrete Sentence Representation Learning: policy network and attribute
    forcing
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self, cast

import torch
from torch import Tensor, nn
from torch.distributions import OneHotCategorical
from torch.nn.functional import one_hot

from latentkit.data.text import BOS, EOS, PAD
from latentkit.decoding import greedy
from latentkit.models.base import LatentModel
from latentkit.models.discrete_vae import joint_probabilities
from latentkit.models.mixture_vae import MixtureVAE, MixtureVAESizes
from latentkit.models.networks import RecurrentEncoder

REACH = 2.0  # standard deviations that z may move within its component
SPOKEN = 12  # words that the attribute loss listens to
MOST_ACTIONS = 4096


@dataclass(frozen=True)
class ResponseGeneratorSizes:
    """What a response generator is made of.

    Attributes:
        vae: of the mixture VAE; its decoder must be recurrent.
        hidden_dim: of the context encoder.
        temperature: of the averages of words in the attribute loss.
    Raises:
        ValueError: the decoder is a Transformer, or there are too many actions.
    """

    vae: MixtureVAESizes
    hidden_dim: int = 64
    temperature: float = 0.3

    def __post_init__(self) -> None:
        if self.vae.network == "transformer":
            raise ValueError("the attribute loss steps through a recurrent decoder; got a transformer")
        if self.num_actions > MOST_ACTIONS:
            raise ValueError(
                f"there may be {MOST_ACTIONS:,} actions at most, got {self.vae.classes}^{self.vae.variables}"
            )

    @property
    def num_actions(self) -> int:
        """A = K^N."""
        return self.vae.classes**self.vae.variables

    @property
    def vocab_size(self) -> int:
        """V, of contexts and responses alike."""
        return self.vae.vocab_size


@dataclass(frozen=True)
class ResponseTerms:
    """What the loss of B pairs of context and response consists of, each [B], in nats.

    Attributes:
        choice: -E_q(a | x) log π(a | s); never below the entropy of q(a | x).
        nll: -log p(x | z(s, a)).
        attribute: -log q(a | x̃).
    """

    choice: Tensor
    nll: Tensor
    attribute: Tensor


class ResponseGenerator(LatentModel):
    """π(a | context) and p(response | context, a), on top of a frozen mixture VAE."""

    kind = "response_generator"
    actions: Tensor
    Sizes = ResponseGeneratorSizes

    def __init__(self, vae: MixtureVAE, hidden_dim: int = 64, temperature: float = 0.3):
        """Make the networks.

        Args:
            vae: a trained mixture VAE; its parameters are frozen, here and for everybody.
            hidden_dim, temperature: as in `ResponseGeneratorSizes`.
        """
        super().__init__(vae.sizes, hidden_dim, temperature)
        variables, classes = vae.sizes.variables, vae.sizes.classes
        self.vae = vae.requires_grad_(False).eval()
        self.encoder = RecurrentEncoder("gru", vae.sizes.embedding_dim, hidden_dim)
        self.w_policy = nn.Linear(hidden_dim, self.sizes.num_actions)
        self.place = nn.Linear(hidden_dim + variables * classes, vae.sizes.z_dim)
        every = torch.cartesian_prod(*[torch.arange(classes)] * variables).view(-1, variables)
        self.register_buffer("actions", every, persistent=False)  # classes of the actions, [A, N]

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """A fresh generator on top of a fresh mixture VAE."""
        rest = {name: value for name, value in config.items() if name != "vae"}
        return cls(MixtureVAE.from_config(config["vae"]), **rest)

    def train(self, mode: bool = True):
        """Switch this module's mode; the mixture VAE stays in evaluation mode."""
        super().train(mode)
        self.vae.eval()
        return self

    def policy(self, context: Tensor) -> Tensor:
        """log π(a | s), [B, A], of contexts [B, T]: rows BOS, words, EOS, PAD, with EOS between utterances, too."""
        return self.w_policy(self._read(context)).log_softmax(-1)

    def terms(self, context: Tensor, response: Tensor) -> ResponseTerms:
        """The three parts of the loss of contexts [B, T] and responses [B, T']."""
        s = self._read(context)
        q_c = self.vae.codes(response)  # [B, N, K]
        c = OneHotCategorical(q_c).sample()
        z = self._latent(s, c)
        heard = self.vae.codes_of_words(*self._speak(z))
        return ResponseTerms(
            choice=-(joint_probabilities(q_c) * self.w_policy(s).log_softmax(-1)).sum(-1),
            nll=-self.vae.log_likelihood(response, z),
            attribute=-(c * heard.clamp_min(1e-9).log()).sum((1, 2)),
        )

    def loss(self, context: Tensor, response: Tensor, attribute_weight: float = 1.0) -> Tensor:
        """What training minimises: scalar, in nats per pair."""
        terms = self.terms(context, response)
        return (terms.choice + terms.nll + attribute_weight * terms.attribute).mean()

    @torch.no_grad()
    def respond(self, context: Tensor, codes: Tensor | None = None, max_length: int = 20) -> Tensor:
        """Say something, the most probable word after the other.

        Args:
            context: [B, T].
            codes: the actions, as classes [B, N]; the policy's most probable ones if None.
            max_length: of the responses.
        Returns:
            Tokens after BOS, [B, L]: words, EOS, then PAD.
        """
        s = self._read(context)
        if codes is None:
            codes = self.actions[self.w_policy(s).argmax(-1)]
        c = one_hot(codes, self.vae.sizes.classes).to(s.dtype)
        return greedy(self.vae.step, self._latent(s, c), max_length)

    def _read(self, context: Tensor) -> Tensor:
        """s, [B, H]."""
        return self.encoder(self.vae.embedding(context), context != PAD)

    def _latent(self, s: Tensor, c: Tensor) -> Tensor:
        """z, [B, N · D], of states s [B, H] and one-hot classes [B, N, K]."""
        mean = torch.einsum("bnk,nkd->bnd", c, self.vae.mixture.means)
        deviation = torch.einsum("bnk,nkd->bnd", c, (0.5 * self.vae.mixture.logvars).exp())
        offset = self.place(torch.cat([s, c.flatten(1)], dim=-1)).tanh().view_as(mean)
        return (mean + REACH * deviation * offset).flatten(1)

    def _speak(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """What the decoder says at z [B, M]: averages of embedded words [B, L, E], and which are real, [B, L].

        A sentence ends where EOS has become the most probable word; that step is its last.
        """
        vae = self.vae
        network = cast(nn.RNNBase, vae.decoder.network)
        words = [vae.embedding.weight[BOS].expand(len(z), -1)]
        ended = torch.zeros(len(z), dtype=torch.bool, device=z.device)
        real, memory = [~ended], None
        for _ in range(SPOKEN):
            states, memory = network(torch.cat([words[-1], z], dim=-1).unsqueeze(1), memory)
            logits = vae.output(states[:, 0])  # [B, V - EOS]
            words.append((logits / self.sizes.temperature).softmax(-1) @ vae.embedding.weight[EOS:])
            real.append(~ended)
            ended = ended | (logits.argmax(-1) == 0)
        return torch.stack(words, dim=1), torch.stack(real, dim=1)
