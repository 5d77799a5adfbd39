"""The variational auto-encoder of the lecture: Gaussian prior, Gaussian posterior, Bernoulli decoder.

Nothing here is a formula: the distributions are torch's, so that your own formulas have something to agree with.

Reference: Kingma and Welling 2014, Auto-Encoding Variational Bayes, https://arxiv.org/abs/1312.6114
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.distributions import Bernoulli, Distribution, Independent, Normal, kl_divergence

from latentkit.models.base import LatentModel


@dataclass(frozen=True)
class VAESizes:
    """What a VAE is made of.

    Attributes:
        data_dim, hidden_dim, latent_dim: D pixels, the units of each hidden layer, and M, the dimension of z.
    """

    data_dim: int = 64
    hidden_dim: int = 128
    latent_dim: int = 2


class VAE(LatentModel, sizes=VAESizes):
    """p(x, z) = N(z; 0, I) · Bernoulli(x; decode(z)), with q(z | x) = N(mu, diag exp(logvar)) from encode(x)."""

    kind = "vae"

    def __init__(self, *sizes: int, **named: int):
        super().__init__(*sizes, **named)
        data_dim, hidden_dim, latent_dim = self.sizes.data_dim, self.sizes.hidden_dim, self.sizes.latent_dim
        self.encoder = nn.Sequential(
            nn.Linear(data_dim, hidden_dim),
            nn.ReLU(),
            nn.Linear(hidden_dim, 2 * latent_dim),
        )
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim, hidden_dim),
            nn.ReLU(),
            nn.Linear(hidden_dim, data_dim),
        )

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The posterior's mean and log variance, each [B, M], of images [B, D]."""
        mu, logvar = self.encoder(x).chunk(2, dim=-1)
        return mu, logvar

    def decode(self, z: Tensor) -> Tensor:
        """The pixels' logits, [..., D], at latent points [..., M]."""
        return self.decoder(z)

    def posterior(self, x: Tensor) -> Independent:
        """q(z | x) for images [B, D]: batch shape [B], event shape [M]."""
        mu, logvar = self.encode(x)
        return _factorised(Normal, loc=mu, scale=(0.5 * logvar).exp())

    def prior(self) -> Independent:
        """p(z) = N(0, I): event shape [M]; on the device of the weights."""
        zero = next(self.parameters()).new_zeros(self.sizes.latent_dim)
        return _factorised(Normal, loc=zero, scale=zero + 1)

    def likelihood(self, z: Tensor) -> Independent:
        """p(x | z) at latent points [..., M]: batch shape [...], event shape [D]."""
        return _factorised(Bernoulli, logits=self.decode(z))

    def log_joint(self, x: Tensor, z: Tensor) -> Tensor:
        """log p(x, z) of images [B, D] at latent points [..., B, M]: [..., B], in nats."""
        return self.prior().log_prob(z) + self.likelihood(z).log_prob(x)

    def elbo(self, x: Tensor, kl_weight: float = 1.0) -> Tensor:
        """E_q[log p(x | z)] - KL(q(z | x) || p(z)) of images [B, D] from one sample each: [B], in nats.

        The KL is multiplied by `kl_weight`, the β of a β-VAE; only with a weight of 1 or more is this a lower bound.
        """
        q = self.posterior(x)
        z = q.rsample()  # [B, M]
        return self.likelihood(z).log_prob(x) - kl_weight * kl_divergence(q, self.prior())

    def loss(self, x: Tensor, kl_weight: float = 1.0) -> Tensor:
        """What training minimises: the negative ELBO, averaged over images [B, D]; scalar, in nats per image."""
        return -self.elbo(x, kl_weight).mean()

    @torch.no_grad()
    def sample(self, num: int) -> Tensor:
        """Pixel probabilities, [num, D], of images drawn from the model: z from the prior, then the decoder."""
        return self.likelihood(self.prior().sample((num,))).mean


def _factorised(family: Callable[..., Distribution], **parameters: Tensor) -> Independent:
    """A distribution whose last dimension is independent; unchecked, so weights of NaN give NaN, not an exception."""
    return Independent(family(**parameters, validate_args=False), 1, validate_args=False)
