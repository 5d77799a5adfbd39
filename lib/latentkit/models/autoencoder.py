"""The plain auto-encoder of the lecture: a VAE without distributions, and with holes in its latent space."""

from dataclasses import dataclass

from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from latentkit.models.base import LatentModel


@dataclass(frozen=True)
class AutoEncoderSizes:
    """What an auto-encoder is made of.

    Attributes:
        data_dim, hidden_dim, latent_dim: D pixels, the units of each hidden layer, and M, the length of a code.
    """

    data_dim: int = 64
    hidden_dim: int = 128
    latent_dim: int = 2


class AutoEncoder(LatentModel, sizes=AutoEncoderSizes):
    """Image to code and back: z = encode(x), logits = decode(z)."""

    kind = "autoencoder"

    def __init__(self, *sizes: int, **named: int):
        super().__init__(*sizes, **named)
        data_dim, hidden_dim, latent_dim = self.sizes.data_dim, self.sizes.hidden_dim, self.sizes.latent_dim
        self.encoder = nn.Sequential(
            nn.Linear(data_dim, hidden_dim),
            nn.ReLU(),
            nn.Linear(hidden_dim, latent_dim),
        )
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim, hidden_dim),
            nn.ReLU(),
            nn.Linear(hidden_dim, data_dim),
        )

    def encode(self, x: Tensor) -> Tensor:
        """The codes, [B, M], of images [B, D]."""
        return self.encoder(x)

    def decode(self, z: Tensor) -> Tensor:
        """The pixels' logits, [..., D], at codes [..., M]."""
        return self.decoder(z)

    def loss(self, x: Tensor) -> Tensor:
        """Reconstruction error of images [B, D]: cross-entropy summed over pixels, averaged over images; in nats."""
        logits = self.decode(self.encode(x))
        return binary_cross_entropy_with_logits(logits, x, reduction="none").sum(-1).mean()
