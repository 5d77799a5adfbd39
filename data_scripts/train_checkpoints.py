"""Train the three small models that come with the kit, on the embedded corpus: about six minutes of one CPU core.

    python data_scripts/train_checkpoints.py [NAME ...]

They go to lib/latentkit/trained/, where `latentkit.trained.load_trained` finds them. A run is repeated by its settings,
up to the rounding of the machine.
"""

import argparse
import sys

import torch

from latentkit.checkpoints import save
from latentkit.commands.train import train_and_measure
from latentkit.commands.training_settings import TrainingSettings
from latentkit.trained import FOLDER

COMMON = {"learning_rate": 3e-3, "device": "cpu"}
SIZES = {"embedding_dim": 48, "hidden_dim": 128, "latent_dim": 16, **COMMON}
SMALL = {"embedding_dim": 32, "hidden_dim": 64, "latent_dim": 2, **COMMON}
MODELS = {
    "text_autoencoder": TrainingSettings(**SIZES, steps=8000, annealing="none", kl_weight=0.0, word_dropout=0.0),
    "sentence_vae": TrainingSettings(**SIZES, steps=12_000, annealing="linear", kl_weight=0.3, word_dropout=0.4),
    "language_model": TrainingSettings(**SMALL, steps=8000, annealing="none", kl_weight=2.0, word_dropout=0.4),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", choices=[[], *MODELS], metavar="NAME", help=f"of {', '.join(MODELS)}")
    names = parser.parse_args().names or list(MODELS)
    torch.set_num_threads(1)
    for name in names:
        trained = train_and_measure(MODELS[name], label=name)
        folder = save(FOLDER / name, trained.checkpoint)
        test = trained.checkpoint.facts["test"]
        print(f"{name}: ELBO {test['elbo']:.2f}, KL {test['kl']:.2f} nats, BLEU {test['reconstruction_bleu']:.1f}")
        print(f"  saved in {folder}")
        for pair in trained.examples["reconstructions"]:
            print(f"  {pair['sentence']}\n    -> {pair['reconstruction']}")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
