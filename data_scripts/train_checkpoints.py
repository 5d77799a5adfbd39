"""Train the three small models that come with the kit, on the embedded corpus: about six minutes of one CPU core.

    python data_scripts/train_checkpoints.py [NAME ...]

They go to lib/latentkit/trained/, where `latentkit.trained.load_trained` finds them. A run is repeated by its settings,
up to the rounding of the machine.
"""

import argparse
import sys

import torch

from latentkit.checkpoints import save
from latentkit.commands.train import Settings, run
from latentkit.trained import FOLDER

COMMON = {"learning_rate": 3e-3, "device": "cpu"}
SIZES = {"embedding": 48, "hidden": 128, "latent": 16, **COMMON}
SMALL = {"embedding": 32, "hidden": 64, "latent": 2, **COMMON}
MODELS = {
    "text_autoencoder": Settings(**SIZES, steps=8000, beta=0.0),
    "sentence_vae": Settings(**SIZES, steps=12_000, annealing="linear", beta=0.3, word_dropout=0.4),
    "language_model": Settings(**SMALL, steps=8000, beta=2.0, word_dropout=0.4),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", choices=[[], *MODELS], metavar="NAME", help=f"of {', '.join(MODELS)}")
    names = parser.parse_args().names or list(MODELS)
    torch.set_num_threads(1)
    for name in names:
        outcome = run(MODELS[name], label=name)
        folder = save(FOLDER / name, outcome.checkpoint)
        test = outcome.checkpoint.facts["test"]
        print(f"{name}: ELBO {test['elbo']:.2f}, KL {test['kl']:.2f} nats, BLEU {test['reconstruction_bleu']:.1f}")
        print(f"  saved in {folder}")
        for pair in outcome.examples["reconstructions"]:
            print(f"  {pair['sentence']}\n    -> {pair['reconstruction']}")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
