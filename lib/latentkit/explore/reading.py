"""Between a reader's words and a model's latent vectors."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from latentkit.data.text import UNK, Vocabulary, collate, tokenize
from latentkit.decoding import greedy
from latentkit.explore.live import pack
from latentkit.models.sentence_vae import GaussianSentenceModel
from latentkit.models.text_classifier import WIDTHS

LONGEST = 25
"""How many words are decoded at most."""


@dataclass(frozen=True)
class EncodedSentence:
    """A sentence as a model sees it.

    Attributes:
        words: as the tokeniser splits them.
        tokens: BOS, words, EOS, [1, T].
        unknown: the words that the model has never seen; each is UNK among the tokens.
        mu: the posterior mean, [1, M].
    """

    words: list[str]
    tokens: Tensor
    unknown: list[str]
    mu: Tensor


def encode_sentence(model: GaussianSentenceModel, vocabulary: Vocabulary, sentence: str) -> EncodedSentence:
    """Tokenise and encode a sentence."""
    return encode_words(model, vocabulary, tokenize(sentence))


@torch.no_grad()
def encode_words(model: GaussianSentenceModel, vocabulary: Vocabulary, words: list[str]) -> EncodedSentence:
    """Encode a sentence that is split into words."""
    ids = vocabulary.encode(words)
    tokens = collate([ids]).to(model.embedding.weight.device)
    mu, _ = model.encode(tokens)
    return EncodedSentence(words, tokens, [word for word, number in zip(words, ids, strict=True) if number == UNK], mu)


def most_probable_sentences(model: GaussianSentenceModel, vocabulary: Vocabulary, z: Tensor) -> list[str]:
    """The most probable words at each of the vectors that the decoder is given, [B, M], as text; LONGEST at most."""
    return [vocabulary.decode(row) for row in greedy(model.step, z, LONGEST)]


def remark_on_unknown_words(sentences: Sequence[EncodedSentence]) -> str:
    """A remark on the words that the model does not know; nothing where it knows all."""
    unknown = dict.fromkeys(word for sentence in sentences for word in sentence.unknown)
    return f" The model has never seen: {', '.join(unknown)}." if unknown else ""


def packed_weights(model: GaussianSentenceModel) -> dict[str, Any]:
    """The model as front/sentence_model.js reads it.

    Raises:
        ValueError: its network is another than an LSTM.
    """
    if model.sizes.network != "lstm":
        raise ValueError(
            f"the figure computes with a model of sentences whose network is lstm, got one with {model.sizes.network}"
        )
    weights = {name: weight.detach().cpu() for name, weight in model.state_dict().items()}

    def cell(name: str) -> dict[str, Any]:
        return {
            "input": pack(weights[f"{name}.network.weight_ih_l0"]),
            "state": pack(weights[f"{name}.network.weight_hh_l0"]),
            "bias": pack(weights[f"{name}.network.bias_ih_l0"] + weights[f"{name}.network.bias_hh_l0"]),
        }

    return {
        "embedding": pack(weights["embedding.weight"]),
        "encoder": cell("encoder"),
        "decoder": cell("decoder"),
        "mu": pack(weights["w_mu.weight"]),
        "logvar": pack(weights["w_logvar.weight"]),
        "output": {"weight": pack(weights["output.weight"]), "bias": pack(weights["output.bias"])},
    }


def packed_classifier(classifier: nn.Module) -> dict[str, Any]:
    """A `TextClassifier` as front/attribute_switches.js reads it; filters come word by word, [F, words · E]."""
    weights = {name: weight.detach().cpu() for name, weight in classifier.state_dict().items()}
    return {
        "embedding": pack(weights["embedding.weight"]),
        "filters": [
            {
                "weight": pack(weights[f"filters.{i}.weight"].transpose(1, 2).flatten(1)),
                "bias": pack(weights[f"filters.{i}.bias"]),
            }
            for i in range(len(WIDTHS))
        ],
        "output": {"weight": pack(weights["output.weight"]), "bias": pack(weights["output.bias"])},
    }
