"""Train the template machine that comes with the kit, on the embedded tables: six minutes of one CPU core.

    python data_scripts/train_vtm.py

Two thirds of the training sentences come with their tables, one third is raw text. It goes to
lib/latentkit/trained/vtm/, where `latentkit.trained.load_trained` finds it. A run is repeated by its settings, up to
the rounding of the machine.
"""

import torch

from latentkit.checkpoints import Checkpoint, save
from latentkit.data.tables import load_tables
from latentkit.models import TemplateMachine
from latentkit.reference import template_machine as formulas
from latentkit.trained import FOLDER
from latentkit.training.template_machine import Losses, table_vocabulary, train_template_machine

PAIRED = 8_000  # sentences whose tables training sees
TRAINING = {
    "steps": 5000,
    "kl_template": (0.1, 1.0),
    "kl_content": (0.01, 0.1),
    "content_weight": 1.0,
    "template_weight": 0.5,
    "paired_share": 0.75,
    "batch_size": 40,
    "learning_rate": 3e-3,
}
SEED = 0


def main() -> None:
    torch.set_num_threads(1)
    corpus = load_tables("embedded")
    vocabulary = table_vocabulary(corpus.train)
    torch.manual_seed(SEED)
    model = TemplateMachine(len(vocabulary), len(corpus.fields))
    pairs, raw = corpus.train[:PAIRED], [text.words for text in corpus.train[PAIRED:]]
    train_template_machine(model, vocabulary, pairs, raw, Losses.of(formulas), **TRAINING, seed=SEED)
    facts = {"corpus": corpus.name, "fields": corpus.fields, "paired": PAIRED, "raw": len(raw)}
    facts |= {"training": TRAINING, "seed": SEED}
    print(f"saved in {save(FOLDER / 'vtm', Checkpoint(model, vocabulary, facts))}")


if __name__ == "__main__":
    main()
