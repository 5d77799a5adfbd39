"""The mixture VAE in the plane: points instead of sentences, small networks, and the very same mixture prior.

    c ~ uniform    z | c ~ N(μ_c, diag σ_c²)    x | z ~ N(f(z), s² I)    q(z | x) and q(c | x) from one network

Two dimensions of z can be drawn, so mode collapse and its cure can be watched.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.distributions import Normal

from latentkit.models.base import LatentModel
from latentkit.models.mixture_prior import MixturePrior, MixtureTerms, require_beta


@dataclass(frozen=True)
class PointMixtureVAESizes:
    """What a mixture VAE of points is made of.

    Attributes:
        classes: K.
        hidden_dim: units of encoder and decoder, each with one hidden layer.
        noise: s, the standard deviation of x given z; not learned.
        beta: weight of the dispersion term, in [0, 1].
    Raises:
        ValueError: beta is outside [0, 1].
    """

    classes: int = 5
    hidden_dim: int = 32
    noise: float = 1.2
    beta: float = 0.0

    def __post_init__(self) -> None:
        require_beta(self.beta)


class PointMixtureVAE(LatentModel, sizes=PointMixtureVAESizes):
    """p(x, z, c) of points x in the plane, latent vectors z in another, and one discrete variable c."""

    kind = "point_mixture_vae"

    def __init__(self, *sizes: float, **named: float):
        super().__init__(*sizes, **named)
        classes, hidden_dim = self.sizes.classes, self.sizes.hidden_dim
        self.encoder = nn.Sequential(nn.Linear(2, hidden_dim), nn.Tanh())
        self.w_mu = nn.Linear(hidden_dim, 2)
        self.w_logvar = nn.Linear(hidden_dim, 2)
        self.w_c = nn.Linear(hidden_dim, classes)
        self.mixture = MixturePrior(1, classes, 2)
        self.decoder = nn.Sequential(nn.Linear(2, hidden_dim), nn.Tanh(), nn.Linear(hidden_dim, 2))

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance of q(z | x), each [B, 2], of points [B, 2]."""
        h = self.encoder(x)
        return self.w_mu(h), self.w_logvar(h)

    def codes(self, x: Tensor) -> Tensor:
        """q(c | x), [B, 1, K], of points [B, 2]."""
        return self.w_c(self.encoder(x)).softmax(-1).unsqueeze(1)

    def terms(self, x: Tensor) -> MixtureTerms:
        """The parts of the loss of points [B, 2]."""
        mu, logvar = self.encode(x)
        q_c = self.codes(x)
        z = mu + (0.5 * logvar).exp() * torch.randn_like(mu)
        log_likelihood = Normal(self.decoder(z), self.sizes.noise, validate_args=False).log_prob(x).sum(-1)
        return self.mixture.terms(log_likelihood, q_c, mu, logvar)

    def loss(self, x: Tensor) -> Tensor:
        """What training minimises, averaged over points [B, 2]: -(ELBO + β L_d); scalar, in nats."""
        terms = self.terms(x)
        return -(terms.elbo + self.sizes.beta * terms.dispersion).mean()
