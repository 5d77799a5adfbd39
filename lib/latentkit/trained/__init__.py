"""Small trained models that come with the kit, so that figures start at once; `make checkpoints` trains them afresh."""

from pathlib import Path

from latentkit.checkpoints import Checkpoint, load
from latentkit.models import MixtureVAE
from latentkit.models.response import ResponseGenerator

FOLDER = Path(__file__).parent
KINDS = {
    "language_model": "sentence_vae",
    "sentence_vae": "sentence_vae",
    "text_autoencoder": "sentence_vae",
    "mixture_vae": "mixture_vae",
}
NAMES = tuple(KINDS)


def load_trained(name: str) -> Checkpoint:
    """A model that was trained on the embedded sentences, or on the embedded dialogues.

    Args:
        name: "sentence_vae" (annealing to a weight of 0.3, and word dropout), "text_autoencoder" (the same networks
            with weight 0) or "language_model" (smaller, with weight 2 and word dropout: it has collapsed), all of
            sentences; "mixture_vae" (β = 0.9 and mutual information), of the car assistant's dialogues.
    Raises:
        ValueError: there is no such model.
    """
    if name not in NAMES:
        raise ValueError(f"no trained model {name!r}; there are: {', '.join(NAMES)}")
    return load(FOLDER / name, kind=KINDS[name])


def load_responses(vae: MixtureVAE) -> ResponseGenerator:
    """The car assistant's response generator, on top of `load_trained("mixture_vae").model`.

    Raises:
        ValueError: it was trained on top of another mixture VAE.
    """
    return ResponseGenerator.load(FOLDER / "responses" / "weights.safetensors", vae)
