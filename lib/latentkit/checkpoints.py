"""Trained models on disk: the weights as safetensors, everything else as JSON beside them; no pickle.

A folder holds `weights.safetensors` and `model.json`: the model's kind and sizes, the vocabulary, and facts about how
it was trained and how good it is.
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
from latentkit.models import KINDS, build
from latentkit.models.sentence_vae import SentenceModel

WEIGHTS, FACTS = "weights.safetensors", "model.json"


@dataclass(frozen=True)
class Checkpoint:
    """A trained model of sentences.

    Attributes:
        model: in evaluation mode.
        vocabulary: what its tokens mean.
        facts: plain data: corpus, training, evaluation.
    """

    model: SentenceModel
    vocabulary: Vocabulary
    facts: Mapping[str, Any]


def save(folder: Path | str, checkpoint: Checkpoint) -> Path:
    """Write a checkpoint into a folder, which is made where it is missing."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    content = {
        "kind": next(kind for kind, made in KINDS.items() if type(checkpoint.model) is made),
        "config": checkpoint.model.config,
        "vocabulary": checkpoint.vocabulary.words,
        "facts": dict(checkpoint.facts),
    }
    save_file({name: tensor.cpu() for name, tensor in checkpoint.model.state_dict().items()}, folder / WEIGHTS)
    (folder / FACTS).write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return folder


def load(folder: Path | str, device: torch.device | str = "cpu", kind: str = "sentence_vae") -> Checkpoint:
    """Read what `save` wrote.

    Args:
        folder: of the checkpoint.
        device: where the model shall be.
        kind: what it must be: "sentence_vae", "discrete_vae" or "mixture_vae".

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
        if found != kind:
            raise ValueError(f"it holds a {found}")
        model = build(found, config)
        model.load_state_dict(load_file(folder / WEIGHTS))
        vocabulary = Vocabulary.from_words(words)
        if len(vocabulary) != model.config["vocab_size"]:
            raise ValueError(f"{len(vocabulary)} words for a model of {model.config['vocab_size']}")
    except (ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
        raise ValueError(f"{folder} is no checkpoint of a {kind.replace('_vae', ' VAE')}: {error}") from None
    return Checkpoint(model.to(device).eval(), vocabulary, facts)
