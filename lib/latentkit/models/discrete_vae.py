"""The discrete VAE of the lecture: a sentence's latent variables are N choices among K classes each.

    c_n ~ uniform    p(x | c) = Π_t p(x_t | x_<t, c)    q(c | x) = Π_n softmax(W_c h)_n

A sample of q is relaxed by Gumbel's trick, so that gradients pass: softmax((logits + g) / τ). What is minimised is
-log p(x | c) + Σ_n KL(q̄(c_n) || p(c_n)), where q̄ is q averaged over the batch. As KL(q̄ || p) = E KL(q(c | x) || p) -
I(x; c), that is minus the ELBO and minus the mutual information: sentences may be told apart, classes must all be used.
Inside a batch of B sentences the mutual information of one variable cannot exceed ln B, nor ln K.

References:
    Zhao, Lee and Eskenazi 2018, Unsupervised Discrete Sentence Representation Learning for Interpretable Neural Dialog
    Generation, https://arxiv.org/abs/1804.08069
    Jang, Gu and Poole 2017, Categorical Reparameterization with Gumbel-Softmax, https://arxiv.org/abs/1611.01144
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import gumbel_softmax, one_hot

from latentkit.models.sentence_model import ElboTerms, SentenceModel, SentenceSizes


@dataclass(frozen=True)
class DiscreteVAESizes(SentenceSizes):
    """What a discrete VAE is made of.

    Attributes:
        vocab_size, embedding_dim, hidden_dim, network, dropout: as in `SentenceSizes`.
        variables, classes: N and K.
        temperature: τ of the relaxed samples; lower is closer to a choice, and its gradients vary more.
    Raises:
        ValueError: the temperature is not positive.
    """

    embedding_dim: int = 48
    hidden_dim: int = 96
    variables: int = 3
    classes: int = 5
    temperature: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.temperature <= 0:
            raise ValueError(f"temperature must be positive, got {self.temperature}")

    @property
    def z_dim(self) -> int:
        """M, how many numbers the decoder is given for a sentence."""
        return self.variables * self.classes


@dataclass(frozen=True)
class DiscreteTerms(ElboTerms):
    """What the loss of B sentences consists of, in nats.

    Attributes:
        log_likelihood: log p(x | c) at one sample of q, [B].
        kl: KL(q(c | x) || p(c)), summed over the variables, [B].
        mutual_information: I(x; c) within the batch, summed over the variables; scalar.
    """

    log_likelihood: Tensor
    kl: Tensor
    mutual_information: Tensor

    @property
    def batch_prior_kl(self) -> Tensor:
        """KL(q̄(c) || p(c)) of the batch's average q̄, summed over the variables; scalar."""
        return self.kl.mean() - self.mutual_information


class DiscreteVAE(SentenceModel[DiscreteTerms], sizes=DiscreteVAESizes):
    """p(x, c) of sentences x and N discrete variables c, and q(c | x)."""

    kind = "discrete_vae"

    def add_heads(self, hidden_dim: int) -> None:
        self.w_c = nn.Linear(hidden_dim, self.sizes.variables * self.sizes.classes)

    def logits(self, tokens: Tensor) -> Tensor:
        """Of q(c | x), for sentences [B, T]: [B, N, K]."""
        return self.w_c(self.read(tokens)).unflatten(-1, (self.sizes.variables, self.sizes.classes))

    def codes(self, tokens: Tensor) -> Tensor:
        """The probabilities q(c | x), for sentences [B, T]: [B, N, K]."""
        return self.logits(tokens).softmax(-1)

    def sample(self, logits: Tensor) -> Tensor:
        """One sample of each variable, [B, N · K], of logits [B, N, K]: relaxed in training, else one-hot."""
        return gumbel_softmax(logits, self.sizes.temperature, hard=not self.training).flatten(1)

    def centre(self, tokens: Tensor) -> Tensor:
        """The codes that stand for sentences [B, T]: one-hot at the most probable classes, [B, N · K]."""
        logits = self.logits(tokens)
        return one_hot(logits.argmax(-1), logits.shape[-1]).to(logits.dtype).flatten(1)

    def terms(self, tokens: Tensor, inputs: Tensor | None = None) -> DiscreteTerms:
        """The parts of the loss of sentences [B, T]; the decoder sees `inputs`, or the sentences themselves."""
        logits = self.logits(tokens)
        q_c = logits.softmax(-1)
        log_likelihood = self.log_likelihood(tokens, self.sample(logits), inputs)
        return DiscreteTerms(log_likelihood, kl_to_uniform(q_c), mutual_information(q_c))

    def regulariser(self, terms: DiscreteTerms) -> Tensor:
        """KL(q̄(c) || p(c)), of the batch's average q̄: that no class is left unused is all that is asked."""
        return terms.batch_prior_kl


def kl_to_uniform(q_c: Tensor) -> Tensor:
    """KL(q || uniform) summed over the variables, [B], of probabilities [B, N, K]; zeros are allowed."""
    return (math.log(q_c.shape[-1]) - torch.special.entr(q_c).sum(-1)).sum(-1)


def joint_probabilities(q_c: Tensor) -> Tensor:
    """q(a | x) = Π_n q(c_n | x) of all K^N joint codes, [B, K^N], of probabilities [B, N, K].

    The codes are in the order of numbers with N digits in base K, the first variable's digit in front.
    """
    joint = q_c[:, 0]
    for n in range(1, q_c.shape[1]):
        joint = (joint.unsqueeze(-1) * q_c[:, n].unsqueeze(1)).flatten(1)
    return joint


def mutual_information(q_c: Tensor) -> Tensor:
    """I(x; c_n) = H(q̄) - mean H(q) summed over the variables, of probabilities [B, N, K]: scalar, in nats.

    Each variable's part is at most ln K, and at most ln B, however much its codes say about the sentences.
    """
    return (torch.special.entr(q_c.mean(0)).sum(-1) - torch.special.entr(q_c).sum(-1).mean(0)).sum()
