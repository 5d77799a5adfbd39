"""Trained models on disk: the weights as safetensors, everything else as JSON beside them; no pickle.

A folder holds `weights.safetensors` and `model.json`: the model's kind and sizes, the vocabulary of a model of
sentences, and facts about how it was trained and how good it is.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from latentkit.data.text import Vocabulary
from latentkit.models import LatentModel, build

WEIGHTS, FACTS = "weights.safetensors", "model.json"


@dataclass(frozen=True)
class Checkpoint:
    """A trained model of any kind.

    Attributes:
        model: in evaluation mode.
        vocabulary: what its tokens mean; None for a model of images or points.
        facts: plain data: corpus, training, evaluation.
    """

    model: LatentModel
    vocabulary: Vocabulary | None
    facts: Mapping[str, Any]


def save(folder: Path | str, checkpoint: Checkpoint) -> Path:
    """Write a checkpoint into a folder, which is made where it is missing."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    content = {
        "kind": checkpoint.model.kind,
        "config": checkpoint.model.config,
        "vocabulary": checkpoint.vocabulary.words if checkpoint.vocabulary else None,
        "facts": dict(checkpoint.facts),
    }
    save_file({name: tensor.cpu() for name, tensor in checkpoint.model.state_dict().items()}, folder / WEIGHTS)
    (folder / FACTS).write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return folder


def load(folder: Path | str, device: torch.device | str = "cpu", kind: str | None = None) -> Checkpoint:
    """Read what `save` wrote.

    Args:
        folder: of the checkpoint.
        device: where the model shall be.
        kind: what it must be, a name that `latentkit.models.build` knows; None takes any.
    Raises:
        FileNotFoundError: a file is not there; the message says how to make one.
        ValueError: a file holds something else.
    """
    folder = Path(folder)
    for name in (WEIGHTS, FACTS):
        if not (folder / name).is_file():
            raise FileNotFoundError(f"{folder / name} is missing; train a model with: latentkit train --out {folder}")
    try:
        content = json.loads((folder / FACTS).read_text(encoding="utf-8"))
        found, config, words, facts = (content[key] for key in ("kind", "config", "vocabulary", "facts"))
        if kind not in (None, found):
            raise ValueError(f"it holds a {found}")
        model = build(found, config)
        model.load_state_dict(load_file(folder / WEIGHTS))
        vocabulary = None if words is None else Vocabulary.from_words(words)
        words_there, words_needed = len(words or ()), getattr(model.sizes, "vocab_size", 0)
        if words_there != words_needed:
            raise ValueError(f"{words_there} words for a model of {words_needed}")
    except (ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
        raise ValueError(f"{folder} is no checkpoint of a {kind or 'model of the kit'}: {error}") from None
    return Checkpoint(model.to(device).eval(), vocabulary, facts)
