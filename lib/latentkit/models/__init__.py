"""The lecture's systems as modules, one file a system; `build` makes each from its name and its sizes."""

from collections.abc import Mapping
from typing import Any

from latentkit.models.autoencoder import AutoEncoder
from latentkit.models.base import LatentModel
from latentkit.models.controlled_text import ControlledText
from latentkit.models.discrete_vae import DiscreteVAE
from latentkit.models.mixture_vae import MixtureVAE
from latentkit.models.point_mixture_vae import PointMixtureVAE
from latentkit.models.response_generator import ResponseGenerator
from latentkit.models.sentence_vae import SentenceVAE
from latentkit.models.syntax_semantics import SyntaxSemanticsVAE
from latentkit.models.template_machine import TemplateMachine
from latentkit.models.vae import VAE

_CLASSES = (
    AutoEncoder,
    VAE,
    SentenceVAE,
    DiscreteVAE,
    MixtureVAE,
    PointMixtureVAE,
    ResponseGenerator,
    ControlledText,
    TemplateMachine,
    SyntaxSemanticsVAE,
)
MODELS: dict[str, type[LatentModel]] = {model.kind: model for model in _CLASSES}


def build(kind: str, config: Mapping[str, Any]) -> LatentModel:
    """Make a fresh model from plain data.

    Args:
        kind: its name, a key of `MODELS`.
        config: its sizes, as its `config` attribute gives them.
    Raises:
        ValueError: the kind or a size is unknown.
    """
    if kind not in MODELS:
        raise ValueError(f"kind must be one of {', '.join(MODELS)}, got {kind!r}")
    try:
        return MODELS[kind].from_config(config)
    except (TypeError, KeyError) as error:
        raise ValueError(f"config does not fit a {kind}: {error}") from None


__all__ = [
    "MODELS",
    "VAE",
    "AutoEncoder",
    "ControlledText",
    "DiscreteVAE",
    "LatentModel",
    "MixtureVAE",
    "PointMixtureVAE",
    "ResponseGenerator",
    "SentenceVAE",
    "SyntaxSemanticsVAE",
    "TemplateMachine",
    "build",
]
