"""The sentence VAE of the lecture, with a recurrent network or a Transformer at both ends.

    z ~ N(0, I)    p(x | z) = Π_t p(x_t | x_<t, z)    q(z | x) = N(μ, diag σ²), μ = W₁h, σ² = exp(W₂h)

h is the encoder's state at the last real token.

Reference: Bowman et al. 2016, Generating Sentences from a Continuous Space, https://arxiv.org/abs/1511.06349
"""

from dataclasses import dataclass

from torch import Tensor, nn
from torch.distributions import Independent, kl_divergence

from latentkit.models.sentence_model import ElboTerms, SentenceModel, SentenceSizes, diagonal_gaussian


@dataclass(frozen=True)
class SentenceVAESizes(SentenceSizes):
    """What a sentence VAE is made of.

    Attributes:
        vocab_size, embedding_dim, hidden_dim, network, dropout: as in `SentenceSizes`.
        latent_dim: M.
    """

    latent_dim: int = 16

    @property
    def z_dim(self) -> int:
        """M, how many numbers the decoder is given for a sentence."""
        return self.latent_dim


@dataclass(frozen=True)
class GaussianTerms(ElboTerms):
    """What the bound of B sentences consists of, in nats.

    Attributes:
        log_likelihood: log p(x | z) at one sample of q, [B].
        kl: KL(q(z | x) || p(z)), [B].
    """

    log_likelihood: Tensor
    kl: Tensor


class GaussianSentenceModel(SentenceModel[GaussianTerms]):
    """A model of sentences with z ~ N(0, I) and a Gaussian q(z | x), whose sizes have a `latent_dim`, M."""

    def add_heads(self, hidden_dim: int) -> None:
        self.w_mu = nn.Linear(hidden_dim, self.sizes.latent_dim, bias=False)  # W₁
        self.w_logvar = nn.Linear(hidden_dim, self.sizes.latent_dim, bias=False)  # W₂

    def encode(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """The posterior's mean and log variance, each [B, M], of sentences [B, T]."""
        h = self.read(tokens)  # [B, H]
        return self.w_mu(h), self.w_logvar(h)

    def posterior(self, tokens: Tensor) -> Independent:
        """q(z | x) of sentences [B, T]: batch shape [B], event shape [M]."""
        return diagonal_gaussian(*self.encode(tokens))

    def prior(self) -> Independent:
        """p(z) = N(0, I): event shape [M]; on the device of the weights."""
        zero = self.w_mu.weight.new_zeros(self.sizes.latent_dim)
        return diagonal_gaussian(zero, zero)


class SentenceVAE(GaussianSentenceModel, sizes=SentenceVAESizes):
    """p(x, z) of sentences x and latent vectors z, and the approximate posterior q(z | x)."""

    kind = "sentence_vae"

    def centre(self, tokens: Tensor) -> Tensor:
        """The latent vectors, [B, M], that stand for sentences [B, T]: the posterior's means."""
        return self.encode(tokens)[0]

    def log_joint(self, tokens: Tensor, z: Tensor) -> Tensor:
        """log p(x, z) of sentences [B, T] at latent vectors [B, M]: [B], in nats."""
        return self.prior().log_prob(z) + self.log_likelihood(tokens, z)

    def terms(self, tokens: Tensor, inputs: Tensor | None = None) -> GaussianTerms:
        """log p(x | z) at one sample z ~ q(z | x), and KL(q(z | x) || p(z)), of sentences [B, T]."""
        q = self.posterior(tokens)
        return GaussianTerms(self.log_likelihood(tokens, q.rsample(), inputs), kl_divergence(q, self.prior()))
