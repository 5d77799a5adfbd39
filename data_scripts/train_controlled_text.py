"""Train the model of controlled text that comes with the kit, on the embedded corpus: six minutes of one CPU core.

    python data_scripts/train_controlled_text.py

It goes to lib/latentkit/trained/controlled_text/, where `latentkit.trained.load_trained` finds it. A run is repeated by
its settings, up to the rounding of the machine.
"""

from typing import Any

import torch

from latentkit.checkpoints import Checkpoint, save
from latentkit.data import load_sentences
from latentkit.data.sentences import Sentences
from latentkit.data.text import Vocabulary, collate
from latentkit.evaluation.controlled_text import ControlEvaluation, conditional_perplexity, evaluate_control
from latentkit.models import ControlledText
from latentkit.reference import controlled_text as formulas
from latentkit.trained import FOLDER
from latentkit.training.controlled_text import Losses, train_base, train_wake_sleep

SIZES = {"embedding_dim": 48, "hidden_dim": 128, "latent_dim": 16}
BASE = {"steps": 17_000}
WAKE_SLEEP = {
    "steps": 400,
    "lambda_c": 1.0,
    "lambda_z": 0.1,
    "temperature": (0.5, 0.1),
    "kl_weight": 1.0,
    "learning_rate": 5e-4,
}
SEED = 0
MEASURED = 500  # sentences that are drawn, and held-out ones that are written again
LOSSES = Losses.of(formulas)


def main() -> None:
    torch.set_num_threads(1)
    corpus = load_sentences("embedded")
    vocabulary = Vocabulary.from_sentences(corpus.train)
    torch.manual_seed(SEED)
    model = ControlledText(len(vocabulary), **SIZES)
    sentences, codes = [vocabulary.encode(words) for words in corpus.train], model.code_of(corpus.labels["train"])
    train_base(model, sentences, codes, **BASE, seed=SEED)
    train_wake_sleep(model, sentences, codes, LOSSES, **WAKE_SLEEP, seed=SEED)
    facts = {"corpus": corpus.name, "base": BASE, "wake and sleep": WAKE_SLEEP, "seed": SEED}
    folder = save(FOLDER / "controlled_text", Checkpoint(model, vocabulary, facts | measure(model, vocabulary, corpus)))
    print(f"saved in {folder}")


def measure(model: ControlledText, vocabulary: Vocabulary, corpus: Sentences) -> dict[str, Any]:
    """Shares of sentences from the prior, and of held-out ones, that obey and that keep the rest; printed, too."""
    originals = corpus.test[:MEASURED]
    encoded = [vocabulary.encode(words) for words in originals]
    given = model.code_of(corpus.labels["test"][:MEASURED])
    generator = torch.Generator().manual_seed(SEED)
    z = torch.randn(MEASURED, model.sizes.latent_dim, generator=generator)
    drawn = evaluate_control(model, vocabulary, z, model.draw_code(MEASURED, generator))
    with torch.no_grad():
        rewritten = evaluate_control(model, vocabulary, model.encode(collate(encoded))[0], given, originals)
    perplexity = conditional_perplexity(model, encoded, given)
    return {"drawn": shares(drawn), "rewritten": shares(rewritten), "perplexity": perplexity}


def shares(found: ControlEvaluation) -> dict[str, Any]:
    """What is worth telling of an evaluation."""
    told = {"obeyed": dict(found.accuracy), "rest kept": dict(found.kept), "fluency": found.fluency}
    print(told, flush=True)
    return told


if __name__ == "__main__":
    main()
