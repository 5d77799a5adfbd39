"""Train the base of problem set 3, and record what short trainings from it come to: six minutes of one CPU core.

    python data_scripts/record_controlled_text.py           # over λ_c, λ_z and the last temperature
    python data_scripts/record_controlled_text.py --base    # the base itself: one minute more

The base goes to lib/latentkit/trained/controlled_text_base/, the numbers to lib/latentkit/trained/control_runs/, where
`latentkit.trained` and `latentkit.training.control_runs` find them.
"""

import argparse
import copy

import torch

from latentkit.checkpoints import Checkpoint, save
from latentkit.data import load_sentences
from latentkit.data.text import Vocabulary
from latentkit.evaluation.controlled_text import evaluate_control
from latentkit.models import ControlledText
from latentkit.reference import controlled_text as formulas
from latentkit.trained import FOLDER, load_trained
from latentkit.training.control_runs import RECORDED, ControlRun, save_control_runs
from latentkit.training.controlled_text import Losses, train_wake_sleep
from latentkit.training.sentences import linear, train_sentence_model

LONGEST = 8  # words of a sentence: what the base reads
BASE = {"steps": 8000, "kl_weight": 0.4, "word_dropout": 0.3, "learning_rate": 3e-3, "seed": 0}
DRAWN = 200  # sentences that are measured, and each of their flips
USUAL = {"lambda_c": 1.0, "lambda_z": 0.3, "temperature": 0.3}  # those of the notebook, as is all below
TRIED = {
    "lambda_c": (0.0, 0.1, 0.3, 1.0, 3.0, 10.0),
    "lambda_z": (0.0, 0.1, 0.3, 1.0, 3.0),
    "temperature": (0.03, 0.1, 0.3, 1.0),
}
SETTINGS = {
    "steps": 450,
    "prepared": 100,
    "learning_rate": 4e-3,
    "kl_weight": 0.8,
    "lambda_u": 0.1,
    "beta": 0.1,
    "length": 11,
}
LOSSES = Losses.of(formulas)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--base", action="store_true", help="train the base afresh, and record nothing")
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.base:
        train()
    else:
        record_all()


def train() -> None:
    """A small sentence VAE whose code is thrown by dice at each step, so that it ignores it."""
    vocabulary = Vocabulary.from_sentences(load_sentences("embedded").train)
    torch.manual_seed(BASE["seed"])
    model = ControlledText(len(vocabulary), embedding_dim=48, hidden_dim=96, latent_dim=16)
    sentences = [vocabulary.encode(words) for words in load_sentences("embedded", max_words=LONGEST).train]
    rises = linear(BASE["steps"] // 2)
    train_sentence_model(
        model,
        sentences,
        BASE["steps"],
        lambda step: BASE["kl_weight"] * rises(step),
        BASE["word_dropout"],
        learning_rate=BASE["learning_rate"],
        seed=BASE["seed"],
        label="base",
    )
    facts = {"corpus": f"embedded, at most {LONGEST} words", **BASE}
    print(f"saved in {save(FOLDER / 'controlled_text_base', Checkpoint(model, vocabulary, facts))}")


def record_all() -> None:
    """Train with one of the three settings changed, the others as in the notebook; save."""
    settings = {tuple((USUAL | {name: value}).items()) for name, values in TRIED.items() for value in values}
    runs = [record(**dict(setting), seed=0) for setting in sorted(settings)]
    save_control_runs(runs)
    print(f"saved in {RECORDED}: {RECORDED.stat().st_size:,} bytes")


def record(lambda_c: float, lambda_z: float, temperature: float, seed: int) -> ControlRun:
    """Train from the base, measure, print."""
    trained, corpus = load_trained("controlled_text_base"), load_sentences("embedded", max_words=LONGEST)
    model = copy.deepcopy(trained.model)
    went = train_wake_sleep(
        model,
        [trained.vocabulary.encode(words) for words in corpus.train],
        model.code_of(corpus.labels["train"]),
        LOSSES,
        **SETTINGS,
        lambda_c=lambda_c,
        lambda_z=lambda_z,
        temperature=(1.0, temperature),
        seed=seed,
        label=f"λ_c = {lambda_c:g}, λ_z = {lambda_z:g}, τ to {temperature:g}, seed {seed}",
    )
    torch.manual_seed(seed)
    z, code = model.prior().sample((DRAWN,)), model.draw_code(DRAWN)
    found = evaluate_control(model, trained.vocabulary, z, code)
    run = ControlRun(
        lambda_c=lambda_c,
        lambda_z=lambda_z,
        temperature=temperature,
        steps=len(went.vae),
        seed=seed,
        sentiment=found.accuracy["sentiment"],
        tense=found.accuracy["tense"],
        sentiment_kept=found.kept["sentiment"],
        tense_kept=found.kept["tense"],
        fluency=found.fluency,
        attribute_loss=went.attribute[-max(1, len(went.vae) // 10) :].mean().item(),
    )
    print(run, flush=True)
    return run


if __name__ == "__main__":
    main()
