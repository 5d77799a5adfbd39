"""The options of `latentkit train`, each stated once: its flag, its default, its help and what it may be.

This module imports nothing heavy, so that `latentkit --help` answers at once.
"""

import argparse
from dataclasses import dataclass, field, fields
from typing import Any

ANNEALING = ("none", "linear", "logistic", "cyclical")
MANY = 1_000_000_000  # only keeps out what no machine could train


def _option(
    default: Any,
    metavar: str,
    meaning: str,
    between: tuple[float, float] | None = None,
    choices: tuple[str, ...] | None = None,
) -> Any:
    """A field of `TrainingSettings` and its flag.

    Args:
        default: its value where the flag is not given; its type is the flag's.
        metavar, meaning: what `--help` says.
        between: the smallest and the largest value of a number.
        choices: the values of a word, where this module knows them.
    """
    facts = {"metavar": metavar, "meaning": meaning, "between": between, "choices": choices}
    return field(default=default, metadata=facts)


@dataclass(frozen=True)
class TrainingSettings:
    """Everything that decides the training of a sentence VAE; a run is repeated by its settings.

    Raises:
        ValueError: a setting is impossible; the message says what was given and what is allowed.
    """

    corpus: str = _option(
        "embedded",
        "NAME",
        "embedded, constructions, reversible, sentence_polarity, sst, ptb, treebank or dailydialog, or a text file, a "
        "sentence a line",
    )
    max_words: int = _option(0, "N", "leave longer sentences out; 0 keeps all", (0, 1_000_000))
    max_vocabulary: int = _option(0, "N", "entries of the vocabulary at most; 0 keeps all", (0, 1_000_000))
    network: str = _option("lstm", "NAME", "lstm, gru or transformer")
    embedding_dim: int = _option(64, "E", "dimensions of a word", (1, 8_192))
    hidden_dim: int = _option(128, "H", "dimensions of a state", (1, 8_192))
    latent_dim: int = _option(16, "M", "dimensions of the latent vector", (1, 8_192))
    dropout: float = _option(0.0, "RATE", "of the networks' units", (0, 0.99))
    steps: int = _option(3000, "N", "gradient steps", (1, MANY))
    batch_size: int = _option(32, "B", "sentences per step", (1, 65_536))
    learning_rate: float = _option(1e-3, "RATE", "of Adam", (1e-8, 1))
    annealing: str = _option("linear", "SHAPE", "of the weight of the KL", choices=ANNEALING)
    warmup: int = _option(0, "N", "steps until the weight is full; 0 for half of all steps", (0, MANY))
    kl_weight: float = _option(
        0.3, "WEIGHT", "full weight of the KL; 1 trains the ELBO, and z is soon ignored", (0, 1_000_000)
    )
    word_dropout: float = _option(0.4, "RATE", "of the decoder's input", (0, 1))
    seed: int = _option(0, "N", "of weights, batches and noise", (0, 2**32 - 1))
    device: str = _option("auto", "NAME", "cpu, cuda, or auto for cuda where there is one")
    threads: int = _option(1, "N", "of the processor; few models of this size gain from more", (1, 1024))

    def __post_init__(self) -> None:
        from latentkit.data.text import SPECIALS  # torch comes with it, and only who trains should wait for that
        from latentkit.models.sentence_model import SentenceSizes

        for option in fields(self):
            value, between, choices = getattr(self, option.name), option.metadata["between"], option.metadata["choices"]
            if between and not between[0] <= value <= between[1]:  # so written, it refuses NaN, too
                raise ValueError(f"{option.name} must be in [{between[0]}, {between[1]}], got {value}")
            if choices and value not in choices:
                raise ValueError(f"{option.name} must be one of {', '.join(choices)}, got {value!r}")
        SentenceSizes(vocab_size=1, hidden_dim=self.hidden_dim, network=self.network)  # refuses what is no network
        if 0 < self.max_vocabulary <= len(SPECIALS):
            least = len(SPECIALS) + 1
            raise ValueError(
                f"max_vocabulary must be 0, which keeps all, or at least {least}: {len(SPECIALS)} entries are special "
                f"tokens ({', '.join(SPECIALS)}); got {self.max_vocabulary}"
            )


def add_options(parser: argparse.ArgumentParser) -> None:
    """Give a parser a flag for each setting."""
    for option in fields(TrainingSettings):
        choices = option.metadata["choices"]
        values = f": {', '.join(choices[:-1])} or {choices[-1]}" if choices else ""
        parser.add_argument(
            f"--{option.name.replace('_', '-')}",
            type=type(option.default),
            default=option.default,
            metavar=option.metadata["metavar"],
            help=f"{option.metadata['meaning']}{values} (default: %(default)s)",
        )


def from_options(options: argparse.Namespace) -> TrainingSettings:
    """The settings that a command line gave.

    Raises:
        ValueError: as `TrainingSettings`.
    """
    return TrainingSettings(**{option.name: getattr(options, option.name) for option in fields(TrainingSettings)})
