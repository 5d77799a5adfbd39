"""What `latentkit train` does: train a sentence VAE on a named corpus, save it, and say how good it is."""

import json
import os
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError

from latentkit.checkpoints import Checkpoint, save
from latentkit.data import load_sentences
from latentkit.data.text import SPECIALS, Vocabulary
from latentkit.decoding import greedy
from latentkit.evaluation.sentences import Evaluation, evaluate, reconstruct, reconstruction_bleu
from latentkit.models import SentenceVAE
from latentkit.models.sentence_vae import HEADS, KINDS
from latentkit.training.sentences import Moment, Schedule, constant, cyclical, linear, logistic, train

SCHEDULES = ("none", "linear", "logistic", "cyclical")
WATCHED = 500  # held-out sentences that are measured during training, and reconstructed after it
SHOWN = 5  # examples

RANGES: dict[str, tuple[float, float]] = {
    "max_words": (0, 1_000_000),
    "max_vocabulary": (0, 1_000_000),
    "embedding": (1, 8_192),
    "hidden": (1, 8_192),
    "latent": (1, 8_192),
    "dropout": (0, 0.99),
    "steps": (1, 1_000_000_000),
    "batch_size": (1, 65_536),
    "learning_rate": (1e-8, 1),
    "warmup": (0, 1_000_000_000),
    "beta": (0, 1_000_000),
    "word_dropout": (0, 1),
    "seed": (0, 2**32 - 1),
}
"""The smallest and the largest value of each number; the large ones only keep out what no machine could train."""


@dataclass(frozen=True)
class Settings:
    """Everything that decides a training; a run is repeated by its settings.

    Attributes:
        corpus: a name that `load_sentences` knows.
        max_words: longer sentences are left out; 0 keeps all.
        max_vocabulary: entries of the vocabulary at most; 0 keeps every word.
        kind, embedding, hidden, latent, dropout: of the model.
        steps, batch_size, learning_rate: of the training.
        annealing: one of SCHEDULES; "none" keeps the weight at `beta`.
        warmup: steps of a linear or logistic schedule; 0 for half of all steps.
        beta: the final weight of the KL.
        word_dropout: probability that a word of the decoder's input is hidden.
        seed: of weights, batches and noise.
        device: "cpu", "cuda", or "auto" for cuda where there is one.
    Raises:
        ValueError: a setting is impossible; the message says what was given and what is allowed.
    """

    corpus: str = "embedded"
    max_words: int = 0
    max_vocabulary: int = 0
    kind: str = "lstm"
    embedding: int = 64
    hidden: int = 128
    latent: int = 16
    dropout: float = 0.0
    steps: int = 3000
    batch_size: int = 32
    learning_rate: float = 1e-3
    annealing: str = "none"
    warmup: int = 0
    beta: float = 1.0
    word_dropout: float = 0.0
    seed: int = 0
    device: str = "auto"

    def __post_init__(self) -> None:
        for name, (least, most) in RANGES.items():
            value = getattr(self, name)
            if not least <= value <= most:  # so written, it refuses NaN, too
                raise ValueError(f"{name} must be in [{least}, {most}], got {value}")
        for name, choices in [("kind", KINDS), ("annealing", SCHEDULES)]:
            if getattr(self, name) not in choices:
                raise ValueError(f"{name} must be one of {', '.join(choices)}, got {getattr(self, name)!r}")
        if self.kind == "transformer" and self.hidden % HEADS:
            raise ValueError(f"hidden must be a multiple of {HEADS} in a transformer, got {self.hidden}")
        if 0 < self.max_vocabulary <= len(SPECIALS):
            least = len(SPECIALS) + 1
            raise ValueError(
                f"max_vocabulary must be 0, which keeps all, or at least {least}: {len(SPECIALS)} entries are special "
                f"tokens ({', '.join(SPECIALS)}); got {self.max_vocabulary}"
            )

    def schedule(self) -> Schedule:
        """The weight of the KL at each step."""
        warmup = self.warmup or max(1, self.steps // 2)
        shapes = {
            "none": constant(),
            "linear": linear(warmup),
            "logistic": logistic(warmup),
            "cyclical": cyclical(self.steps),
        }
        shape = shapes[self.annealing]
        return lambda step: self.beta * shape(step)

    def place(self) -> torch.device:
        """The device to train on.

        Raises:
            ValueError: this machine has no such device.
        """
        available = "cuda" if torch.cuda.is_available() else "cpu"
        if self.device not in ("auto", "cpu", available):
            raise ValueError(f"device must be auto, cpu or, where torch finds one, cuda; got {self.device!r}")
        return torch.device(available if self.device == "auto" else self.device)


@dataclass(frozen=True)
class Outcome:
    """What a training gave.

    Attributes:
        checkpoint: the model, its vocabulary, and the settings and results as facts.
        moments: how the training went.
        test: the model on the whole test split.
        examples: plain data: sentences with their reconstructions, and sentences from the prior.
        seconds: of the training, by the clock.
    """

    checkpoint: Checkpoint
    moments: list[Moment]
    test: Evaluation
    examples: dict[str, Any]
    seconds: float


def run(settings: Settings, samples: int = 16, label: str = "training") -> Outcome:
    """Train and measure.

    Args:
        settings: what to do.
        samples: of z per sentence, in the final evaluation.
        label: shown before the progress bar.
    Raises:
        ValueError: there is no such corpus or device, no sentence of it is short enough, or the training diverges.
        OSError: the corpus has not been downloaded.
    """
    schedule, device = settings.schedule(), settings.place()
    corpus = load_sentences(settings.corpus, settings.max_words or None)
    if not (corpus.train and corpus.valid and corpus.test):
        raise ValueError(
            f"max_words must leave sentences to train, validate and test on; {settings.corpus} has none for each "
            f"of at most {settings.max_words} words"
        )
    vocabulary = Vocabulary.from_sentences(corpus.train, max_size=settings.max_vocabulary or None)
    sentences, valid, test = (
        [vocabulary.encode(words) for words in part] for part in (corpus.train, corpus.valid, corpus.test)
    )
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        torch.manual_seed(settings.seed)
        model = SentenceVAE(
            len(vocabulary), settings.embedding, settings.hidden, settings.latent, settings.kind, settings.dropout
        ).to(device)
    start = time.perf_counter()
    moments = train(
        model,
        sentences,
        settings.steps,
        schedule,
        settings.word_dropout,
        settings.batch_size,
        settings.learning_rate,
        held_out=valid[:WATCHED],
        every=max(50, settings.steps // 20),
        seed=settings.seed,
        label=label,
    )
    seconds = time.perf_counter() - start
    result = evaluate(model, test, samples, settings.seed)
    bleu = reconstruction_bleu(model, test[:WATCHED])
    prior = torch.randn(SHOWN, settings.latent, generator=torch.Generator().manual_seed(settings.seed))
    examples = {
        "reconstructions": [
            {"sentence": vocabulary.decode(sentence), "reconstruction": vocabulary.decode(again)}
            for sentence, again in zip(test[:SHOWN], reconstruct(model, test[:SHOWN]), strict=True)
        ],
        "from_the_prior": [vocabulary.decode(row) for row in greedy(model.step, prior.to(device))],
    }
    facts = {
        "settings": asdict(settings),
        "test": {
            **asdict(result),
            "elbo": result.elbo,
            "perplexity": result.perplexity,
            "iwae_perplexity": result.iwae_perplexity,
            "reconstruction_bleu": bleu,
        },
        "history": [
            {"step": moment.step, "kl_weight": moment.kl_weight, "loss": moment.loss}
            | {name: getattr(moment.held_out, name) for name in ("elbo", "nll", "kl", "active_units")}
            for moment in moments
        ],
        "torch": torch.__version__,
    }
    return Outcome(Checkpoint(model, vocabulary, facts), moments, result, examples, seconds)


def train_command(settings: Settings, out: Path | None, as_json: bool = False) -> int:
    """Train, save and print.

    Args:
        settings: what to do.
        out: folder of the checkpoint; None saves nothing. It is made before the training: no model shall be lost.
        as_json: whether to print JSON.
    Returns:
        The exit code: 0, 1 when the corpus cannot be had or the model not be saved, 2 when a setting is impossible.
    """
    try:
        if out:
            _make_folder(out)
        outcome = run(settings)
    except OSError as error:
        print(error, file=sys.stderr)
        return 1
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    where, code = None, 0
    if out:
        try:
            where = str(save(out, outcome.checkpoint))
        except (OSError, SafetensorError) as error:  # the disk is full: what was measured is worth printing
            print(f"the model could not be saved in {out}: {error}", file=sys.stderr)
            code = 1
    facts = outcome.checkpoint.facts
    if as_json:
        content = {**facts, "examples": outcome.examples, "seconds": outcome.seconds, "saved": where}
        print(json.dumps(content, indent=2, ensure_ascii=False))
        return code
    test, numbers = outcome.test, facts["test"]
    print(f"{settings.corpus}: {settings.steps:,} steps in {outcome.seconds:.0f} s; {test.sentences:,} test sentences")
    print(f"  ELBO {test.elbo:9.2f} nats per sentence = -(NLL {test.nll:.2f} + KL {test.kl:.2f})")
    print(f"  IWAE {test.iwae:9.2f} nats per sentence, {test.samples} samples")
    print(f"  perplexity per word at most {test.perplexity:.2f} (ELBO), {test.iwae_perplexity:.2f} (IWAE)")
    print(f"  active units {test.active_units} of {settings.latent}")
    information, cap = test.mutual_information, test.mutual_information_cap
    print(f"  mutual information about {information:.2f} nats; by its sample it cannot exceed {cap:.2f}")
    print(f"  BLEU of reconstructions {numbers['reconstruction_bleu']:.1f}")
    for example in outcome.examples["reconstructions"]:
        print(f"    {example['sentence']}\n      -> {example['reconstruction']}")
    print("  from the prior:")
    for sentence in outcome.examples["from_the_prior"]:
        print(f"    {sentence}")
    if where:
        print(f"saved in {where}")
    return code


def _make_folder(out: Path) -> None:
    """Make the folder of `--out`, or see that it can be written.

    Raises:
        ValueError: it is a file, or lies where nothing can be written.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ValueError(f"--out must be a folder, old or new; {out} cannot be made: {error.strerror}") from None
    if not os.access(out, os.W_OK):
        raise ValueError(f"--out must be a folder that can be written; {out} cannot")
