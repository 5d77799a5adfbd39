"""Figures to play with: most compute in the reader's browser, with alt text and a spoken caption."""

from latentkit.explore.browser import topic_browser
from latentkit.explore.donors import two_donors
from latentkit.explore.gap import elbo_gap
from latentkit.explore.homotopy import sentence_homotopy
from latentkit.explore.manifold import latent_manifold
from latentkit.explore.mixing import mix_templates
from latentkit.explore.mixture import collapse_and_cure
from latentkit.explore.schedules import annealing_schedules
from latentkit.explore.simplex import dirichlet_simplex
from latentkit.explore.switches import attribute_switches
from latentkit.explore.words import hidden_words

__all__ = [
    "annealing_schedules",
    "attribute_switches",
    "collapse_and_cure",
    "dirichlet_simplex",
    "elbo_gap",
    "hidden_words",
    "latent_manifold",
    "mix_templates",
    "sentence_homotopy",
    "topic_browser",
    "two_donors",
]
