"""Points in the plane in five clusters, for models whose latent space one wants to look at."""

import math

import torch
from torch import Generator, Tensor

CLUSTERS = 5
RADIUS, WIDTH = 3.0, 0.35


def ring_of_clusters(count: int = 500, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Draw points about five centres on a circle of radius 3, each cluster with a standard deviation of 0.35.

    Args:
        count: N.
        seed: of the draws.
    Returns:
        The points, [N, 2], and the number of each one's cluster, [N].
    """
    generator = Generator().manual_seed(seed)
    labels = torch.randint(CLUSTERS, (count,), generator=generator)
    angles = 2 * math.pi * labels / CLUSTERS
    centres = RADIUS * torch.stack([angles.cos(), angles.sin()], dim=-1)
    return centres + WIDTH * torch.randn(count, 2, generator=generator), labels
