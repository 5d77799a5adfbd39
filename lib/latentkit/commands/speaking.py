"""What `latentkit sample`, `reconstruct` and `interpolate` do: let a trained sentence VAE speak."""

import json
import sys
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, cast

import torch
from torch import Generator, Tensor

from latentkit.checkpoints import Checkpoint, load
from latentkit.commands.exit_codes import FAILED, MISUSED, OK
from latentkit.commands.telling import EXAMPLE, TELLER
from latentkit.data.own_text import read_text
from latentkit.data.text import Vocabulary
from latentkit.decoding import beam, greedy, sample
from latentkit.explore.reading import EncodedSentence, encode_sentence
from latentkit.models import SentenceVAE
from latentkit.trained import TRAINED, load_trained

SPEAKERS = ("sentence_vae", "text_autoencoder", "language_model")
"""The sentence VAEs among the models that come with the kit."""


def load_speaker(name: str) -> Checkpoint:
    """A sentence VAE: one that comes with the kit, by name, or one from a folder that `latentkit train` wrote.

    Raises:
        ValueError: there is no such model, or it is none of sentences; the message names those that there are.
    """
    folder = Path(name)
    if not folder.is_dir():
        if name in SPEAKERS:
            return load_trained(name)
        of_the_kit = f"with the kit: {', '.join(SPEAKERS)}"
        if name == TELLER:
            raise ValueError(f"{name} tells tables; give it one: latentkit sample --model {name} {EXAMPLE}")
        if name in TRAINED:
            raise ValueError(f"{name} is no sentence VAE; those that come {of_the_kit}")
        raise ValueError(
            f"there is no model {name!r}: name a folder that `latentkit train --out FOLDER` wrote, or one that comes "
            f"{of_the_kit}"
        )
    try:
        return load(folder, kind=SentenceVAE.kind)
    except OSError as error:
        raise ValueError(str(error)) from None


def sample_command(name: str, count: int, temperature: float, seed: int, as_json: bool) -> int:
    """Print sentences from the prior.

    Args:
        name: of the model, as `load_speaker` takes it.
        count: how many.
        temperature: of the words; 0 takes the most probable one each time, so that only z is random.
        seed: of z and of the words.
        as_json: whether to print JSON.
    Returns:
        The exit code.
    """
    return _speak(name, as_json, lambda checkpoint: _sampled(checkpoint, count, temperature, seed))


def reconstruct_command(name: str, sentences: Sequence[str], file: Path | None, width: int, as_json: bool) -> int:
    """Print what is left of sentences after they have gone through z, the posterior's mean.

    Args:
        name: of the model.
        sentences: each as text.
        file: of more sentences, one a line; None for no more.
        width: of the beam; 1 is greedy.
        as_json: whether to print JSON.
    """

    def reconstructed(checkpoint: Checkpoint) -> list[dict[str, Any]]:
        texts = [*sentences, *_lines(file)]
        if not texts:
            raise ValueError('there is no sentence; give some: latentkit reconstruct "she liked the film ."')
        model, vocabulary = _parts(checkpoint)
        found = []
        for text in texts:
            sentence = _encoded(model, vocabulary, text)
            said = _said(model, vocabulary, sentence.mu, width)[0]
            found.append({"sentence": text, "text": said, "unknown": sentence.unknown})
        return found

    return _speak(name, as_json, reconstructed)


def interpolate_command(name: str, start: str, end: str, points: int, width: int, as_json: bool) -> int:
    """Print what the decoder says on the straight line from one sentence's posterior mean to the other's.

    Args:
        name: of the model.
        start, end: the two sentences as text.
        points: of the line, both ends among them.
        width: of the beam; 1 is greedy.
        as_json: whether to print JSON.
    """

    def interpolated(checkpoint: Checkpoint) -> list[dict[str, Any]]:
        model, vocabulary = _parts(checkpoint)
        first, second = (_encoded(model, vocabulary, text) for text in (start, end))
        share = torch.linspace(0, 1, points).unsqueeze(1)  # [P, 1]
        z = (1 - share) * first.mu + share * second.mu  # [P, M]
        said = zip(share[:, 0].tolist(), _said(model, vocabulary, z, width), strict=True)
        rows: list[dict[str, Any]] = [{"share": round(at, 4), "text": text, "unknown": []} for at, text in said]
        rows[0]["unknown"], rows[-1]["unknown"] = first.unknown, second.unknown
        return rows

    return _speak(name, as_json, interpolated)


def _speak(name: str, as_json: bool, speak: Any) -> int:
    try:
        with torch.no_grad():
            rows = speak(load_speaker(name))
    except OSError as error:
        print(error, file=sys.stderr)
        return FAILED
    except ValueError as error:
        print(error, file=sys.stderr)
        return MISUSED
    if as_json:
        print(json.dumps({"model": name, "sentences": rows}, indent=2, ensure_ascii=False))
        return OK
    for text, group in groupby(rows, key=lambda row: row["text"] if "share" in row else id(row)):
        together = list(group)
        if "share" in together[0]:  # what is said along a stretch is said once
            ends = [f"{row['share']:.2f}" for row in (together[0], together[-1])]
            print(f"{ends[0]} to {ends[1]}  {text}" if len(together) > 1 else f"{ends[0]:12s}  {text}")
        elif "sentence" in together[0]:
            print(f"{together[0]['sentence']}\n  -> {together[0]['text']}")
        else:
            print(together[0]["text"])
    if unknown := dict.fromkeys(word for row in rows for word in row.get("unknown", ())):
        print(f"the model has never seen: {', '.join(unknown)}", file=sys.stderr)
    return OK


def _sampled(checkpoint: Checkpoint, count: int, temperature: float, seed: int) -> list[dict[str, Any]]:
    model, vocabulary = _parts(checkpoint)
    generator = Generator().manual_seed(seed)
    z = torch.randn(count, model.sizes.latent_dim, generator=generator)
    if temperature == 0:
        rows = greedy(model.step, z)
    else:
        rows = sample(model.step, z, temperature=temperature, generator=generator)
    return [{"text": vocabulary.decode(row)} for row in rows]


def _parts(checkpoint: Checkpoint) -> tuple[SentenceVAE, Vocabulary]:
    return cast(SentenceVAE, checkpoint.model), cast(Vocabulary, checkpoint.vocabulary)


def _said(model: SentenceVAE, vocabulary: Vocabulary, z: Tensor, width: int) -> list[str]:
    rows = greedy(model.step, z) if width == 1 else beam(model.step, z, width=width)
    return [vocabulary.decode(row) for row in rows]


def _encoded(model: SentenceVAE, vocabulary: Vocabulary, text: str) -> EncodedSentence:
    found = encode_sentence(model, vocabulary, text)
    if not found.words:
        raise ValueError("a sentence must have at least one word; one that was given has none")
    return found


def _lines(file: Path | None) -> list[str]:
    return [] if file is None else [line.strip() for line in read_text(file).splitlines() if line.strip()]
