"""Pictures to play with: matplotlib figures with sliders, alt text and a spoken caption."""

from latentkit.explore.gap import elbo_gap
from latentkit.explore.manifold import latent_manifold

__all__ = ["elbo_gap", "latent_manifold"]
