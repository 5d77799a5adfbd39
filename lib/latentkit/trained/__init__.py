"""Small trained models that come with the kit, so that figures start at once; `make checkpoints` trains them afresh."""

from pathlib import Path

from latentkit.checkpoints import Checkpoint, load

FOLDER = Path(__file__).parent
NAMES = ("language_model", "sentence_vae", "text_autoencoder")


def load_trained(name: str) -> Checkpoint:
    """A model that was trained on the embedded corpus.

    Args:
        name: "sentence_vae" (annealing to a weight of 0.3, and word dropout), "text_autoencoder" (the same networks
            with weight 0) or "language_model" (smaller, with weight 2 and word dropout: it has collapsed).
    Raises:
        ValueError: there is no such model.
    """
    if name not in NAMES:
        raise ValueError(f"no trained model {name!r}; there are: {', '.join(NAMES)}")
    return load(FOLDER / name)
