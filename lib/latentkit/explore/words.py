"""What does z save, word by word, when the decoder sees fewer and fewer of the words before? And what does z cost?

References:
    Bowman et al. 2016, Generating Sentences from a Continuous Space, section 3.1: word dropout.
"""

import torch
from torch import Tensor
from torch.distributions import kl_divergence

from latentkit.data.text import BOS, EOS, PAD, UNK, Vocabulary
from latentkit.explore.figure import ORANGE, SKY, Control, Picture, Words, canvas, explore
from latentkit.explore.reading import encode_sentence, remark_on_unknown_words
from latentkit.models import SentenceVAE

SENTENCE = "the old doctors did not enjoy the film last week because it was boring ."


def hidden_words(
    model: SentenceVAE,
    collapsed: SentenceVAE,
    vocabulary: Vocabulary,
    sentence: str = SENTENCE,
    rate: float = 0.0,
):
    """Type a sentence and hide its words from the decoder: how many nats does each word cost with and without z?

    Args:
        model: a trained sentence VAE that uses z.
        collapsed: one that does not, which makes it a language model.
        vocabulary: what the tokens of both mean.
        sentence, rate: at first.
    """
    controls: list[Control | Words] = [
        Words("sentence", "sentence", sentence),
        Control("rate", "word-dropout rate", 0.0, 1.0, 0.1, rate),
    ]
    return explore(lambda sentence, rate: draw(model, collapsed, vocabulary, sentence, rate), controls)


@torch.no_grad()
def draw(model: SentenceVAE, collapsed: SentenceVAE, vocabulary: Vocabulary, sentence: str, rate: float) -> Picture:
    """-log p(word | the words before that are in sight, z), of both models at their posterior means."""
    given = encode_sentence(model, vocabulary, sentence)
    inputs = hide(given.tokens, rate)
    with_z = surprisal(model, given.tokens, inputs, given.mu)
    without = surprisal(collapsed, given.tokens, inputs, collapsed.encode(given.tokens)[0])
    price = kl_divergence(model.posterior(given.tokens), model.prior()).item()

    hidden = [token == UNK for token in inputs[0, 1:].tolist()]
    labels = [f"({word})" if gone else word for word, gone in zip([*given.words, "end"], hidden, strict=True)]
    figure, (axes,) = canvas(8.4, 3.2)
    places = torch.arange(len(labels))
    axes.bar(places - 0.2, without.tolist(), 0.4, color=ORANGE, hatch="//", edgecolor="white", label="without z")
    axes.bar(places + 0.2, with_z.tolist(), 0.4, color=SKY, label="with z")
    axes.set_xticks(places.tolist(), labels, rotation=40, ha="right")
    axes.set(ylabel="-log p(word), nats", title="a word in brackets is hidden from what comes after it")
    axes.legend(frameon=False, fontsize=9)

    words, language_model = with_z.sum().item(), without.sum().item()
    numbers = (
        f"{sum(hidden)} of {len(given.words)} words hidden. Without z the sentence costs {language_model:.1f} nats; "
        f"with z {words:.1f} for the words and {price:.1f} for z, which is {words + price:.1f}"
    )
    bars = ", ".join(
        f"{label} {a:.1f} and {b:.1f}" for label, a, b in zip(labels, without.tolist(), with_z.tolist(), strict=True)
    )
    alt = f"Bars of nats per word, without z and with it: {bars}. {numbers}."
    return Picture(figure, alt, f"{numbers}.{remark_on_unknown_words([given])}")


def hide(tokens: Tensor, rate: float) -> Tensor:
    """Hide words of [1, T] as word dropout does, but so that a higher rate hides the same words and more."""
    order = torch.rand(tokens.shape, generator=torch.Generator().manual_seed(1))
    special = (tokens == PAD) | (tokens == BOS) | (tokens == EOS)
    return tokens.masked_fill((order < rate) & ~special, UNK)


def surprisal(model: SentenceVAE, tokens: Tensor, inputs: Tensor, z: Tensor) -> Tensor:
    """-log p of each token after BOS of one sentence [1, T], in nats, [T - 1], when the decoder sees `inputs`."""
    log_p = model.decode(z, inputs[:, :-1]).log_softmax(-1)
    return -log_p.gather(-1, tokens[:, 1:, None])[0, :, 0]
