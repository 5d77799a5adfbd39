"""Small trained models that come with the kit, so that figures start at once; `make checkpoints` trains them afresh."""

from pathlib import Path

from latentkit.checkpoints import Checkpoint, load

FOLDER = Path(__file__).parent
TRAINED = {
    "sentence_vae": "a sentence VAE of the embedded sentences: annealing to a weight of 0.3, and word dropout",
    "text_autoencoder": "the same networks with weight 0: it reconstructs, and has holes in its latent space",
    "language_model": "a smaller one with weight 2 and word dropout: it has collapsed, and its decoder ignores z",
    "controlled_text": "a generator whose sentiment and tense are chosen: wake and sleep on the same sentences",
    "controlled_text_base": "a small sentence VAE of short sentences whose code is thrown by dice: it ignores it",
    "mixture_vae": "a dispersed mixture VAE of the car assistant's dialogues: β = 0.9 and mutual information",
    "response_generator": "the car assistant's responses, on top of the weights of that mixture VAE",
    "vtm": "a template machine of the embedded tables: two thirds of its sentences came with their tables",
    "dss_vae": "a vector for meaning and one for syntax, of the embedded constructions, with tasks and adversaries",
}
"""The models that there are, and what each is."""


def load_trained(name: str) -> Checkpoint:
    """One of the models that come with the kit, ready for use.

    Args:
        name: a key of `TRAINED`.
    Raises:
        ValueError: there is no such model; the message names those that there are.
    """
    if name not in TRAINED:
        raise ValueError(f"no trained model {name!r}; there are: {', '.join(TRAINED)}")
    return load(FOLDER / name)
