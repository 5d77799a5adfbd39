"""Between a reader's words and a model's latent vectors."""

from dataclasses import dataclass

import torch
from torch import Tensor

from latentkit.data.text import UNK, Vocabulary, collate, tokenize
from latentkit.decoding import greedy
from latentkit.models import SentenceVAE


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


@torch.no_grad()
def encode_sentence(model: SentenceVAE, vocabulary: Vocabulary, sentence: str) -> EncodedSentence:
    """Tokenise and encode a sentence."""
    words = tokenize(sentence)
    ids = vocabulary.encode(words)
    tokens = collate([ids])
    mu, _ = model.encode(tokens)
    return EncodedSentence(words, tokens, [word for word, number in zip(words, ids, strict=True) if number == UNK], mu)


def most_probable_sentences(model: SentenceVAE, vocabulary: Vocabulary, z: Tensor, max_length: int = 25) -> list[str]:
    """The most probable words at each of the latent vectors, [B, M], as text."""
    return [vocabulary.decode(row) for row in greedy(model.step, z, max_length)]


def remark_on_unknown_words(sentences: list[EncodedSentence]) -> str:
    """A remark on the words that the model does not know; nothing where it knows all."""
    unknown = dict.fromkeys(word for sentence in sentences for word in sentence.unknown)
    return f" The model has never seen: {', '.join(unknown)}." if unknown else ""
