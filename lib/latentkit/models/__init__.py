"""The lecture's systems as modules, one file a system."""

from collections.abc import Mapping
from typing import Any

from torch import nn

from latentkit.models.autoencoder import AutoEncoder
from latentkit.models.discrete_vae import DiscreteVAE
from latentkit.models.mixture_vae import MixtureVAE
from latentkit.models.sentence_vae import SentenceVAE
from latentkit.models.vae import VAE

KINDS = {
    "autoencoder": AutoEncoder,
    "discrete_vae": DiscreteVAE,
    "mixture_vae": MixtureVAE,
    "sentence_vae": SentenceVAE,
    "vae": VAE,
}


def build(kind: str, config: Mapping[str, Any]) -> nn.Module:
    """Make a fresh model from plain data.

    Args:
        kind: its name, a key of `KINDS`.
        config: its sizes, as its `config` attribute gives them.
    Raises:
        ValueError: the kind or a size is unknown.
    """
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}, got {kind!r}")
    try:
        return KINDS[kind](**config)
    except TypeError as error:
        raise ValueError(f"config does not fit a {kind}: {error}") from None


__all__ = ["KINDS", "VAE", "AutoEncoder", "DiscreteVAE", "MixtureVAE", "SentenceVAE", "build"]
