"""Between a reader's words and a model's latent vectors."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from latentkit.data.text import UNK, Vocabulary, collate, tokenize
from latentkit.decoding import greedy
from latentkit.explore.live import pack
from latentkit.models.sentence_model import SentenceModel
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


def encode_sentence(model: SentenceModel[Any], vocabulary: Vocabulary, sentence: str) -> EncodedSentence:
    """Tokenise and encode a sentence."""
    return encode_words(model, vocabulary, tokenize(sentence))


@torch.no_grad()
def encode_words(model: SentenceModel[Any], vocabulary: Vocabulary, words: list[str]) -> EncodedSentence:
    """Encode a sentence that is split into words."""
    ids = vocabulary.encode(words)
    tokens = collate([ids]).to(model.embedding.weight.device)
    mu = model.encode(tokens)[0] if isinstance(model, GaussianSentenceModel) else model.centre(tokens)
    return EncodedSentence(words, tokens, [word for word, number in zip(words, ids, strict=True) if number == UNK], mu)


def most_probable_sentences(model: SentenceModel[Any], vocabulary: Vocabulary, z: Tensor) -> list[str]:
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
    heads = {"mu": pack(model.w_mu.weight.detach().cpu()), "logvar": pack(model.w_logvar.weight.detach().cpu())}
    return packed_networks(model) | heads


def packed_networks(model: SentenceModel[Any], dtype: str = "float32") -> dict[str, Any]:
    """What front/sentence_model.js reads of any model of sentences: all but the layers that make z.

    Args:
        model: of sentences.
        dtype: of the matrices, as `pack` takes it; biases, which are few, are always float32.
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
            "input": pack(weights[f"{name}.network.weight_ih_l0"], dtype),
            "state": pack(weights[f"{name}.network.weight_hh_l0"], dtype),
            "bias": pack(weights[f"{name}.network.bias_ih_l0"] + weights[f"{name}.network.bias_hh_l0"]),
        }

    return {
        "embedding": pack(weights["embedding.weight"], dtype),
        "encoder": cell("encoder"),
        "decoder": cell("decoder"),
        "output": {"weight": pack(weights["output.weight"], dtype), "bias": pack(weights["output.bias"])},
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
