"""Train the template machine that comes with the kit, on the embedded tables: six minutes of one CPU core.

    python data_scripts/train_vtm.py

Two thirds of the training sentences come with their tables, one third is raw text. It goes to
lib/latentkit/trained/vtm/, where `latentkit.trained.load_trained` finds it. A run is repeated by its settings, up to
the rounding of the machine.
"""

from dataclasses import asdict
from typing import Any

import torch

from latentkit.checkpoints import Checkpoint, save
from latentkit.data.tables import TableTexts, collate_tables, load_tables
from latentkit.data.text import Vocabulary, collate
from latentkit.decoding import greedy, sample
from latentkit.evaluation.data_to_text import evaluate_tables, evaluate_transfer, template_agreement
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
TEMPERATURES = (0.0, 0.3, 0.5, 0.7, 1.0)
LONGEST = 60  # words of a sentence


def main() -> None:
    torch.set_num_threads(1)
    corpus = load_tables("embedded")
    vocabulary = table_vocabulary(corpus.train)
    torch.manual_seed(SEED)
    model = TemplateMachine(len(vocabulary), len(corpus.fields))
    pairs, raw = corpus.train[:PAIRED], [text.words for text in corpus.train[PAIRED:]]
    train_template_machine(model, vocabulary, pairs, raw, Losses.of(formulas), **TRAINING, seed=SEED)
    print(f"saved in {save(FOLDER / 'vtm', Checkpoint(model, vocabulary, facts_of(model, vocabulary, corpus)))}")


def facts_of(model: TemplateMachine, vocabulary: Vocabulary, corpus: TableTexts) -> dict[str, Any]:
    """How it was trained, and how good it is on the test tables; the latter is printed, too."""
    measured = {
        "drawn": {str(temperature): drawn(model, vocabulary, corpus, temperature) for temperature in TEMPERATURES},
        **read_again(model, vocabulary, corpus),
    }
    print(measured, flush=True)
    told = {"corpus": corpus.name, "fields": list(corpus.fields), "paired": PAIRED, "raw": len(corpus.train) - PAIRED}
    return told | {"training": TRAINING, "seed": SEED} | measured


@torch.no_grad()
def drawn(model: TemplateMachine, vocabulary: Vocabulary, corpus: TableTexts, temperature: float) -> dict[str, float]:
    """What is said of each test table, at a z from the prior and words of a temperature; 0 for the most probable."""
    tables, generator = [text.table for text in corpus.test], torch.Generator().manual_seed(SEED)
    step = model.writer(model.encode_tables(collate_tables(tables, vocabulary)))
    z = torch.randn(len(tables), model.sizes.template_dim, generator=generator)
    options = {"temperature": temperature, "generator": generator}
    rows = sample(step, z, LONGEST, **options) if temperature else greedy(step, z, LONGEST)
    found = evaluate_tables([vocabulary.decode(row).split() for row in rows], tables)
    names = ("exact", "coverage", "hallucination", "fluency", "templates", "effective_templates")
    return {name: round(getattr(found, name), 4) for name in names}


@torch.no_grad()
def read_again(model: TemplateMachine, vocabulary: Vocabulary, corpus: TableTexts) -> dict[str, Any]:
    """What z and c of the test sentences hold."""
    texts = corpus.test
    records = collate_tables([text.table for text in texts], vocabulary)
    torch.manual_seed(SEED)
    terms = model.terms(collate([vocabulary.encode(text.words) for text in texts]), records)
    rows = greedy(model.writer(terms.table), terms.reading.template_mu.roll(1, 0), LONGEST)
    donors = [texts[number - 1] for number in range(len(texts))]
    said = [vocabulary.decode(row).split() for row in rows]
    content, table = terms.reading.content_mu, terms.table.content
    away = (content - table).square().sum(-1).mean() / (table - table.mean(0)).square().sum(-1).mean()
    moved = evaluate_transfer(said, donors, [text.table for text in texts])
    agreement = template_agreement(terms.reading.template_mu, texts)
    return {
        "transfer": {name: round(share, 4) for name, share in asdict(moved).items()},
        "agreement": {name: round(value, 4) for name, value in asdict(agreement).items()},
        "content": round(1 - away.item(), 4),
        "elbo": round(terms.elbo.mean().item(), 3),
        "kl_template": round(terms.kl_template.mean().item(), 3),
    }


if __name__ == "__main__":
    main()
