"""The sentences between two sentences: what a decoder says on the line from one posterior mean to the other.

References:
    Bowman et al. 2016, Generating Sentences from a Continuous Space, table 8: homotopies.
"""

from itertools import groupby

import torch

from latentkit.data.text import Vocabulary
from latentkit.explore.figure import BLACK, BLUE, VERMILION, Control, Picture, Table, Words, canvas, explore
from latentkit.explore.reading import encode_sentence, most_probable_sentences, remark_on_unknown_words
from latentkit.models import SentenceVAE

START = "my sister did not enjoy the film yesterday ."
END = "the old teachers will praise the garden ."
POINTS = 41  # of the curves


def sentence_homotopy(model: SentenceVAE, vocabulary: Vocabulary, start: str = START, end: str = END):
    """Type two sentences, and walk from one to the other through the latent space.

    Args:
        model, vocabulary: a trained sentence VAE and what its tokens mean.
        start, end: the sentences at first.
    """
    controls: list[Control | Words] = [
        Words("start", "first sentence", start),
        Words("end", "second sentence", end),
        Control("share", "share α of the way", 0, 1, 0.05, 0.5),
    ]
    return explore(lambda start, end, share: draw(model, vocabulary, start, end, share), controls)


@torch.no_grad()
def draw(model: SentenceVAE, vocabulary: Vocabulary, start: str, end: str, share: float) -> Picture:
    """How probable each of the two sentences is along the way, and what the decoder says there."""
    first, second = encode_sentence(model, vocabulary, start), encode_sentence(model, vocabulary, end)
    along = torch.linspace(0, 1, POINTS).unsqueeze(1)  # [P, 1]
    z = (1 - along) * first.mu + along * second.mu  # [P, M]
    curves = [model.log_likelihood(sentence.tokens.expand(POINTS, -1), z) for sentence in (first, second)]
    here = most_probable_sentences(model, vocabulary, (1 - share) * first.mu + share * second.mu)[0]

    figure, (axes,) = canvas(7.4, 2.8)
    for name, curve, colour, line in zip(("first", "second"), curves, (BLUE, VERMILION), ("-", "--"), strict=True):
        axes.plot(along[:, 0].tolist(), curve.tolist(), color=colour, linestyle=line, label=f"the {name} sentence")
    axes.axvline(share, color=BLACK, linestyle=":")
    axes.set(xlabel="share α of the way", ylabel="log p(sentence | z), nats")
    axes.legend(frameon=False, fontsize=9)

    ends = [(curve[0].item(), curve[-1].item()) for curve in curves]
    alt = (
        "Log-likelihood of the two sentences along the way. "
        f"The first: {ends[0][0]:.1f} nats at the start, {ends[0][1]:.1f} at the end. "
        f"The second: {ends[1][0]:.1f} at the start, {ends[1][1]:.1f} at the end. "
        f"At the dotted line, α = {share:.2f}, the decoder says: {here}"
    )
    caption = f"α = {share:.2f}: {here}{remark_on_unknown_words([first, second])}"
    return Picture(figure, alt, caption, Table("along the way", ("α", "the decoder says"), _rows(model, vocabulary, z)))


def _rows(model: SentenceVAE, vocabulary: Vocabulary, z: torch.Tensor) -> list[tuple[str, str]]:
    """What is said along the way, [P, M]: each sentence once, with the stretch where it is said."""
    said = zip(torch.linspace(0, 1, len(z)).tolist(), most_probable_sentences(model, vocabulary, z), strict=True)
    rows = []
    for sentence, stretch in groupby(said, key=lambda pair: pair[1]):
        shares = [share for share, _ in stretch]
        where = f"{shares[0]:.2f}" if len(shares) == 1 else f"{shares[0]:.2f} to {shares[-1]:.2f}"
        rows.append((where, sentence))
    return rows
