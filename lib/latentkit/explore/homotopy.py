"""The sentences between two sentences: what a decoder says on the line from one posterior mean to the other.

References:
    Bowman et al. 2016, Generating Sentences from a Continuous Space, table 8: homotopies.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby

import torch
from torch import Tensor

from latentkit.data.text import Vocabulary
from latentkit.explore.figure import BLACK, BLUE, VERMILION, Control, Picture, Table, Words, canvas
from latentkit.explore.live import LiveFigure, live_figure
from latentkit.explore.reading import (
    EncodedSentence,
    encode_sentence,
    most_probable_sentences,
    packed_weights,
    remark_on_unknown_words,
)
from latentkit.models import SentenceVAE

START = "my sister did not enjoy the film yesterday ."
END = "the old teachers will praise the garden ."
STEPS = 100
"""The way is cut into so many steps."""


def sentence_homotopy(
    model: SentenceVAE, vocabulary: Vocabulary, start: str = START, end: str = END, share: float = 0.5
) -> LiveFigure:
    """Type two sentences, and walk from one to the other through the latent space.

    Args:
        model, vocabulary: a trained sentence VAE, and what its tokens mean.
        start, end, share: the sentences, and how far the way between them has been walked, at first.
    Raises:
        ValueError: the model's network is another than an LSTM.
    """
    controls: list[Control | Words] = [
        Control("share", "share α of the way", 0, 1, 1 / STEPS, share),
        Words("start", "first sentence", start),
        Words("end", "second sentence", end),
    ]
    data = {"model": packed_weights(model), "vocabulary": vocabulary.words, "steps": STEPS}
    return live_figure("sentence_homotopy", "Between two sentences", partial(draw, model, vocabulary), controls, data)


@dataclass(frozen=True)
class Walk:
    """The way from one sentence to another, in STEPS steps.

    Attributes:
        ends: both sentences.
        curves: log p(sentence | z) of each along the way, in nats, [2, STEPS + 1].
        said: the most probable words along the way.
    """

    ends: tuple[EncodedSentence, EncodedSentence]
    curves: Tensor
    said: Sequence[str]

    def stretches(self) -> list[tuple[float, float, str]]:
        """Each sentence once, with the shares of the way from and to which it is said."""
        found = []
        for sentence, stretch in groupby(enumerate(self.said), key=lambda pair: pair[1]):
            steps = [step for step, _ in stretch]
            found.append((steps[0] / STEPS, steps[-1] / STEPS, sentence))
        return found


@torch.no_grad()
def walk(model: SentenceVAE, vocabulary: Vocabulary, start: str, end: str) -> Walk:
    """How probable each of two sentences is on the way between their posterior means, and what the decoder says."""
    first, second = encode_sentence(model, vocabulary, start), encode_sentence(model, vocabulary, end)
    along = torch.linspace(0, 1, STEPS + 1, dtype=first.mu.dtype).unsqueeze(1)  # [STEPS + 1, 1]
    z = (1 - along) * first.mu + along * second.mu  # [STEPS + 1, M]
    curves = [model.log_likelihood(sentence.tokens.expand(len(z), -1), z) for sentence in (first, second)]
    return Walk((first, second), torch.stack(curves), most_probable_sentences(model, vocabulary, z))


def draw(model: SentenceVAE, vocabulary: Vocabulary, start: str, end: str, share: float) -> Picture:
    """How probable each of the two sentences is along the way, and what the decoder says there."""
    way = walk(model, vocabulary, start, end)
    here = way.said[round(share * STEPS)]

    figure, (axes,) = canvas(7.4, 2.8)
    along = [step / STEPS for step in range(STEPS + 1)]
    for name, curve, colour, line in zip(("first", "second"), way.curves, (BLUE, VERMILION), ("-", "--"), strict=True):
        axes.plot(along, curve.tolist(), color=colour, linestyle=line, label=f"the {name} sentence")
    axes.axvline(share, color=BLACK, linestyle=":")
    axes.set(xlabel="share α of the way", ylabel="log p(sentence | z), nats")
    axes.legend(frameon=False, fontsize=9)

    ends = [(curve[0], curve[-1]) for curve in way.curves.tolist()]
    alt = (
        "Log-likelihood of the two sentences along the way. "
        f"The first: {ends[0][0]:.1f} nats at the start, {ends[0][1]:.1f} at the end. "
        f"The second: {ends[1][0]:.1f} at the start, {ends[1][1]:.1f} at the end. "
        f"At the dotted line, α = {share:.2f}, the decoder says: {here}"
    )
    rows = [(f"{a:.2f}" if a == b else f"{a:.2f} to {b:.2f}", sentence) for a, b, sentence in way.stretches()]
    caption = f"α = {share:.2f}: {here}{remark_on_unknown_words(way.ends)}"
    return Picture(figure, alt, caption, Table("along the way", ("α", "the decoder says"), rows))
