"""What does z save, word by word, when the decoder sees fewer and fewer of the words before? And what does z cost?

References:
    Bowman et al. 2016, Generating Sentences from a Continuous Space, section 3.1: word dropout.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor
from torch.distributions import kl_divergence

from latentkit.data.text import UNK, Vocabulary, tokenize
from latentkit.explore.figure import ORANGE, SKY, Control, Picture, Words, canvas, plain_words
from latentkit.explore.live import LiveFigure, live_figure
from latentkit.explore.reading import EncodedSentence, encode_words, packed_weights, remark_on_unknown_words
from latentkit.models import SentenceVAE

SENTENCE = "the old doctors did not enjoy the film last week because it was boring ."
THRESHOLDS = torch.rand(65, generator=torch.Generator().manual_seed(1))[1:].tolist()
"""The rate above which the first word is hidden, the second, and so on; after the last they begin again."""


def hidden_words(
    model: SentenceVAE,
    collapsed: SentenceVAE,
    vocabulary: Vocabulary,
    sentence: str = SENTENCE,
    rate: float = 0.0,
) -> LiveFigure:
    """Type a sentence and hide its words from the decoder: how many nats does each word cost with and without z?

    Args:
        model: a trained sentence VAE that uses z.
        collapsed: one that does not, which makes it a language model.
        vocabulary: what the tokens of both mean.
        sentence, rate: at first; words in (brackets) are hidden at every rate.
    Raises:
        ValueError: a model's network is another than an LSTM.
    """
    controls: list[Control | Words] = [
        Control("rate", "word-dropout rate", 0.0, 1.0, 0.1, rate),
        Words("sentence", "sentence", sentence),
    ]
    data = {
        "model": packed_weights(model),
        "collapsed": packed_weights(collapsed),
        "vocabulary": vocabulary.words,
        "thresholds": THRESHOLDS,
    }
    drawn = partial(draw, model, collapsed, vocabulary)
    return live_figure("hidden_words", "What words cost with z and without", drawn, controls, data)


@dataclass(frozen=True)
class Costs:
    """What one sentence costs, in nats.

    Attributes:
        given: the sentence, as the model with z encodes it.
        hidden: whether each word is hidden from what comes after it.
        without, with_z: -log p of each word and of EOS, [T - 1].
        price: KL(q(z | x) || p(z)).
    """

    given: EncodedSentence
    hidden: Sequence[bool]
    without: Tensor
    with_z: Tensor
    price: float


@torch.no_grad()
def costs(model: SentenceVAE, collapsed: SentenceVAE, vocabulary: Vocabulary, sentence: str, rate: float) -> Costs:
    """-log p(word | the words before that are in sight, z), of both models at their posterior means."""
    words, bracketed = read_brackets(tokenize(sentence))
    hidden = [own or at_random for own, at_random in zip(bracketed, hidden_at(rate, len(words)), strict=True)]
    given = encode_words(model, vocabulary, words)
    inputs = given.tokens.masked_fill(torch.tensor([[False, *hidden, False]]), UNK)
    return Costs(
        given,
        hidden,
        surprisal(collapsed, given.tokens, inputs, collapsed.encode(given.tokens)[0]),
        surprisal(model, given.tokens, inputs, given.mu),
        kl_divergence(model.posterior(given.tokens), model.prior()).item(),
    )


def draw(model: SentenceVAE, collapsed: SentenceVAE, vocabulary: Vocabulary, sentence: str, rate: float) -> Picture:
    """Two bars for each word: what it costs without z, and with it."""
    found = costs(model, collapsed, vocabulary, sentence, rate)
    words, without, with_z = found.given.words, found.without, found.with_z
    labels = [*(f"({word})" if gone else word for word, gone in zip(words, found.hidden, strict=True)), "end"]
    figure, (axes,) = canvas(8.4, 3.2)
    places = torch.arange(len(labels))
    axes.bar(places - 0.2, without.tolist(), 0.4, color=ORANGE, hatch="//", edgecolor="white", label="without z")
    axes.bar(places + 0.2, with_z.tolist(), 0.4, color=SKY, label="with z")
    axes.set_xticks(places.tolist(), labels, rotation=40, ha="right")
    axes.set(ylabel="-log p(word), nats", title="a word in brackets is hidden from what comes after it")
    axes.legend(frameon=False, fontsize=9)

    total, price = with_z.sum().item(), found.price
    numbers = (
        f"Rate {rate:.1f}: {sum(found.hidden)} of {len(words)} words hidden. Without z the sentence costs "
        f"{without.sum().item():.1f} nats; with z {total:.1f} for the words and {price:.1f} for z, "
        f"which is {total + price:.1f}"
    )
    bars = ", ".join(
        f"{label} {a:.1f} and {b:.1f}" for label, a, b in zip(labels, without.tolist(), with_z.tolist(), strict=True)
    )
    alt = f"Bars of nats per word, without z and with it: {bars}. {numbers}."
    return Picture(plain_words(figure), alt, f"{numbers}.{remark_on_unknown_words([found.given])}")


def read_brackets(words: Sequence[str]) -> tuple[list[str], list[bool]]:
    """The words without the brackets among them, and whether each stood within brackets."""
    kept, within, open_ = [], [], False
    for word in words:
        if word in ("(", ")"):
            open_ = word == "("
        else:
            kept.append(word)
            within.append(open_)
    return kept, within


def hidden_at(rate: float, count: int) -> list[bool]:
    """Which of so many words are hidden, as word dropout does, but so that a higher rate hides the same and more."""
    return [THRESHOLDS[place % len(THRESHOLDS)] < rate for place in range(count)]


def surprisal(model: SentenceVAE, tokens: Tensor, inputs: Tensor, z: Tensor) -> Tensor:
    """-log p of each token after BOS of one sentence [1, T], in nats, [T - 1], when the decoder sees `inputs`."""
    log_p = model.decode(z, inputs[:, :-1]).log_softmax(-1)
    return -log_p.gather(-1, tokens[:, 1:, None])[0, :, 0]
