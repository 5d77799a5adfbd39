"""What `latentkit train` does: train a sentence VAE on a corpus or a text, save it, and say how good it is."""

import json
import os
import shlex
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError

from latentkit.checkpoints import Checkpoint, save
from latentkit.commands.exit_codes import FAILED, INTERRUPTED, MISUSED, OK
from latentkit.commands.training_settings import TrainingSettings
from latentkit.data import load_sentences
from latentkit.data.own_text import read_sentences
from latentkit.data.sentences import LOADERS, Sentences
from latentkit.data.text import Vocabulary
from latentkit.decoding import greedy
from latentkit.evaluation.sentences import SentenceEvaluation, evaluate_sentence_vae, reconstruct, reconstruction_bleu
from latentkit.models import SentenceVAE
from latentkit.training.sentences import (
    Measurement,
    Schedule,
    constant,
    cyclical,
    linear,
    logistic,
    train_sentence_model,
)

HELD_OUT = 500  # sentences that are measured during training, and reconstructed after it
EXAMPLES = 5  # sentences that are printed, of each sort
BLOCKS = "▁▂▃▄▅▆▇█"


@dataclass(frozen=True)
class TrainedModel:
    """What a training gave.

    Attributes:
        checkpoint: the model, its vocabulary, and the settings and results as facts.
        history: how the training went.
        test: the model on the whole test split.
        examples: plain data: sentences with their reconstructions, and sentences from the prior.
        seconds: of the training, by the clock.
        stopped: how many steps are sure to have been taken when it was interrupted; None where it ran to its end.
    """

    checkpoint: Checkpoint
    history: list[Measurement]
    test: SentenceEvaluation
    examples: dict[str, Any]
    seconds: float
    stopped: int | None = None


def train_and_measure(settings: TrainingSettings, samples: int = 16, label: str = "training") -> TrainedModel:
    """Train a model and measure it on the test split.

    Args:
        settings: what to do.
        samples: of z per sentence, in the final evaluation.
        label: shown before the progress bar.
    Returns:
        The model as it is when its steps are done, or when the training is interrupted (Ctrl-C).
    Raises:
        ValueError: there is no such corpus or device, no sentence of it is short enough, or the training diverges.
        OSError: the corpus has not been downloaded.
    """
    schedule, device = schedule_of(settings), device_of(settings)
    corpus = corpus_of(settings)
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
            vocab_size=len(vocabulary),
            embedding_dim=settings.embedding_dim,
            hidden_dim=settings.hidden_dim,
            latent_dim=settings.latent_dim,
            network=settings.network,
            dropout=settings.dropout,
        ).to(device)
    start, taken = time.perf_counter(), [0]
    history: list[Measurement] = []
    stopped: int | None = None

    def weight(step: int) -> float:
        taken[0] = step
        return schedule(step)

    try:
        train_sentence_model(
            model,
            sentences,
            settings.steps,
            weight,
            settings.word_dropout,
            settings.batch_size,
            settings.learning_rate,
            held_out=valid[:HELD_OUT],
            every=max(50, settings.steps // 20),
            seed=settings.seed,
            label=label,
            measurements=history,
        )
    except KeyboardInterrupt:
        stopped = taken[0]
        model.eval()
    seconds = time.perf_counter() - start
    result = evaluate_sentence_vae(model, test, samples, settings.seed)
    bleu = reconstruction_bleu(model, test[:HELD_OUT])
    prior = torch.randn(EXAMPLES, settings.latent_dim, generator=torch.Generator().manual_seed(settings.seed))
    examples = {
        "reconstructions": [
            {"sentence": vocabulary.decode(sentence), "reconstruction": vocabulary.decode(again)}
            for sentence, again in zip(test[:EXAMPLES], reconstruct(model, test[:EXAMPLES]), strict=True)
        ],
        "from_the_prior": [vocabulary.decode(row) for row in greedy(model.step, prior.to(device))],
    }
    facts: dict[str, Any] = {
        "settings": asdict(settings),
        "test": {
            **asdict(result),
            "elbo": result.elbo,
            "perplexity": result.perplexity,
            "iwae_perplexity": result.iwae_perplexity,
            "reconstruction_bleu": bleu,
        },
        "history": [
            {"step": measured.step, "kl_weight": measured.kl_weight, "loss": measured.loss}
            | {name: getattr(measured.held_out, name) for name in ("elbo", "nll", "kl", "active_units")}
            for measured in history
        ],
        "torch": torch.__version__,
    }
    if stopped is not None:
        facts["stopped"] = stopped
    return TrainedModel(Checkpoint(model, vocabulary, facts), history, result, examples, seconds, stopped)


def corpus_of(settings: TrainingSettings) -> Sentences:
    """The corpus of that name, or the text file.

    Raises:
        ValueError: there is neither, or the file is no text of enough sentences; OSError: it cannot be had.
    """
    name, longest = settings.corpus, settings.max_words or None
    if name in LOADERS:
        return load_sentences(name, longest)
    if not Path(name).exists():
        raise ValueError(f"corpus must be one of {', '.join(LOADERS)} or a text file; there is no file {name}")
    return read_sentences(name, longest)


def schedule_of(settings: TrainingSettings) -> Schedule:
    """The weight of the KL at each step."""
    warmup = settings.warmup or max(1, settings.steps // 2)
    shapes = {
        "none": constant(),
        "linear": linear(warmup),
        "logistic": logistic(warmup),
        "cyclical": cyclical(settings.steps),
    }
    shape = shapes[settings.annealing]
    return lambda step: settings.kl_weight * shape(step)


def device_of(settings: TrainingSettings) -> torch.device:
    """The device to train on.

    Raises:
        ValueError: this machine has no such device.
    """
    available = "cuda" if torch.cuda.is_available() else "cpu"
    if settings.device not in ("auto", "cpu", available):
        raise ValueError(f"device must be auto, cpu or, where torch finds one, cuda; got {settings.device!r}")
    return torch.device(available if settings.device == "auto" else settings.device)


def train_command(settings: TrainingSettings, out: Path | None, as_json: bool = False) -> int:
    """Train, save and print.

    Args:
        settings: what to do.
        out: folder of the checkpoint; None saves nothing. It is made before the training: no model shall be lost.
        as_json: whether to print JSON.
    Returns:
        The exit code: 0, 1 when the corpus cannot be had or the model not be saved, 2 when a setting is impossible,
        130 when the training was interrupted, whose model is saved all the same.
    """
    torch.set_num_threads(settings.threads)
    try:
        if out:
            _make_folder(out)
        trained = train_and_measure(settings)
    except OSError as error:
        print(error, file=sys.stderr)
        return FAILED
    except ValueError as error:
        print(error, file=sys.stderr)
        return MISUSED
    where, code = None, OK
    if out:
        try:
            where = str(save(out, trained.checkpoint))
        except (OSError, SafetensorError) as error:  # the disk is full: what was measured is worth printing
            print(f"the model could not be saved in {out}: {error}", file=sys.stderr)
            code = FAILED
    if trained.stopped is not None:
        code = code or INTERRUPTED
        print(f"stopped after {trained.stopped:,} of {settings.steps:,} steps", file=sys.stderr)
    facts = trained.checkpoint.facts
    if as_json:
        content = {**facts, "examples": trained.examples, "seconds": trained.seconds, "saved": where}
        print(json.dumps(content, indent=2, ensure_ascii=False))
        return code
    test, numbers = trained.test, facts["test"]
    steps = settings.steps if trained.stopped is None else trained.stopped
    print(f"{settings.corpus}: {steps:,} steps in {trained.seconds:.0f} s; {test.sentences:,} test sentences")
    print(f"  ELBO {test.elbo:9.2f} nats per sentence = -(NLL {test.nll:.2f} + KL {test.kl:.2f})")
    print(f"  IWAE {test.iwae:9.2f} nats per sentence, {test.samples} samples")
    print(f"  perplexity per word at most {test.perplexity:.2f} (ELBO), {test.iwae_perplexity:.2f} (IWAE)")
    print(f"  active units {test.active_units} of {settings.latent_dim}")
    information, cap = test.mutual_information, test.mutual_information_cap
    print(f"  mutual information about {information:.2f} nats; by its sample it cannot exceed {cap:.2f}")
    print(f"  BLEU of reconstructions {numbers['reconstruction_bleu']:.1f}")
    for example in trained.examples["reconstructions"]:
        print(f"    {example['sentence']}\n      -> {example['reconstruction']}")
    print("  from the prior:")
    for sentence in trained.examples["from_the_prior"]:
        print(f"    {sentence}")
    for name, values in (
        ("ELBO", [measured.held_out.elbo for measured in trained.history]),
        ("KL", [measured.held_out.kl for measured in trained.history]),
    ):
        if values:
            print(f"  {name:4s} of held-out sentences {values[0]:8.2f} {as_text(values)} {values[-1]:.2f}")
    if where:
        print(f"saved in {where}; let it speak: latentkit sample {shlex.quote(where)}")
    return code


def as_text(values: Sequence[float]) -> str:
    """A curve in one line, a block for each value; the lowest and the highest block stand for the extremes."""
    low, high = min(values), max(values)
    height = (high - low) or 1.0
    return "".join(BLOCKS[round((value - low) / height * (len(BLOCKS) - 1))] for value in values)


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
