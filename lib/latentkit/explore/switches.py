"""A table of switches: one z, and what a generator of controlled text writes of it with each code.

References:
    Hu et al. 2017, Toward Controlled Generation of Text, section 4: sentences at the same z with other codes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from html import escape
from math import prod

import torch
from torch import Tensor

from latentkit.data.text import EOS, Vocabulary, collate
from latentkit.decoding import greedy
from latentkit.explore.figure import Chosen, Control, Passage, Words
from latentkit.explore.live import LiveFigure, live_figure, pack
from latentkit.explore.reading import (
    LONGEST,
    EncodedSentence,
    encode_sentence,
    packed_classifier,
    packed_weights,
    remark_on_unknown_words,
)
from latentkit.models import ControlledText

SENTENCE = "my sister did not enjoy the film yesterday ."
OTHERS = 6
"""How many other z, drawn from the prior, the way of z leads to after that of the reader's sentence."""


def attribute_switches(model: ControlledText, vocabulary: Vocabulary, sentence: str = SENTENCE) -> LiveFigure:
    """Type a sentence, and read it as the generator writes it with each code, at the same z.

    The first attribute of the model's has a row for each class, the second a column; a model's only attribute has the
    columns of a single row, and what is beyond two is chosen below the table. A slider moves z from the posterior mean
    of the sentence to others, drawn from the prior: in every cell another sentence, with the code that it had.

    Args:
        model, vocabulary: a trained model of controlled text, and what its tokens mean.
        sentence: at first; the cell of the classes that are heard in it is the first to be chosen.
    Raises:
        ValueError: the model's network is another than an LSTM.
    """
    attributes = model.sizes.attributes
    first = encode_sentence(model, vocabulary, sentence)
    code = sum(k * stride for k, stride in zip(loudest(hear(model, first.tokens)[0]), strides(attributes), strict=True))
    controls: list[Control | Words | Chosen] = [
        Words("sentence", "your sentence", sentence),
        Control("walk", "z: yours, then others", 0, OTHERS, 0.1, 0),
        Chosen("code", 0, prod(map(len, attributes.values())) - 1, code),
    ]
    data = {
        "model": packed_weights(model),
        "vocabulary": vocabulary.words,
        "attributes": [
            {
                "name": name,
                "classes": list(classes),
                "stride": stride,
                "discriminator": packed_classifier(model.discriminators[name]),
            }
            for (name, classes), stride in zip(attributes.items(), strides(attributes), strict=True)
        ],
        "rest": beyond_the_table(attributes),
        "others": pack(other_z(model.sizes.latent_dim)),
    }
    return live_figure("attribute_switches", "One z, every code", partial(draw, model, vocabulary), controls, data)


@dataclass(frozen=True)
class Cell:
    """A sentence that the generator writes.

    Attributes:
        asked: the class of each attribute in its code.
        said: the most probable words.
        heard: the probabilities that each attribute's discriminator gives to its classes.
    """

    asked: Sequence[int]
    said: str
    heard: Sequence[Sequence[float]]


@dataclass(frozen=True)
class Written:
    """What is written at one z.

    Attributes:
        given: the reader's sentence.
        heard: what the discriminators hear in it.
        cells: row by row.
        here: the place of the one that is chosen among them.
    """

    given: EncodedSentence
    heard: Sequence[Sequence[float]]
    cells: Sequence[Cell]
    here: int


@torch.no_grad()
def write(model: ControlledText, vocabulary: Vocabulary, sentence: str, walk: float, code: int) -> Written:
    """What the generator writes with each code that the table shows.

    Args:
        model, vocabulary: of controlled text.
        sentence: the reader's.
        walk: the place of z: 0 at the posterior mean of the sentence, k at the k-th other, between them on the line.
        code: the number of the chosen code; the last attribute's class counts ones.
    """
    attributes = model.sizes.attributes
    given = encode_sentence(model, vocabulary, sentence)
    way = torch.cat([given.mu, other_z(model.sizes.latent_dim).to(given.mu)])  # [OTHERS + 1, M]
    start = min(int(walk), OTHERS - 1)
    share = walk - start
    z = (1 - share) * way[start] + share * way[start + 1]  # [M]

    sizes = tuple(map(len, attributes.values()))
    rest = beyond_the_table(attributes)
    every = torch.cartesian_prod(*map(torch.arange, sizes)).view(-1, len(sizes))  # [ΠC, A], also of one attribute
    asked = every.to(z.device)[code % rest :: rest]  # [B, A]
    tokens = greedy(model.step, model.join(z.expand(len(asked), -1), asked), LONGEST)
    heard = hear(model, collate([[token for token in row if token > EOS] for row in tokens.tolist()]).to(z.device))
    cells = [Cell(*cell) for cell in zip(asked.tolist(), map(vocabulary.decode, tokens), heard, strict=True)]
    return Written(given, hear(model, given.tokens)[0], cells, code // rest)


@torch.no_grad()
def hear(model: ControlledText, tokens: Tensor) -> list[list[list[float]]]:
    """Of each of the sentences [B, T], and each attribute, the probabilities of its classes."""
    shares = [reads(tokens).softmax(-1).tolist() for reads in model.discriminators.values()]
    return [list(each) for each in zip(*shares, strict=True)]


def draw(model: ControlledText, vocabulary: Vocabulary, sentence: str, walk: float, code: int) -> Passage:
    """The table as text; words that the chosen sentence lacks are underlined."""
    attributes = model.sizes.attributes
    found = write(model, vocabulary, sentence, walk, code)
    chosen = found.cells[found.here]
    words = chosen.said.split()
    *above, columns = list(attributes.values())[:2]
    rows = above[0] if above else ("",)
    left = 'style="text-align: left"'

    def marked(cell: Cell) -> str:
        said = " ".join(
            escape(word) if word in words else f"<b><u>{escape(word)}</u></b>" for word in cell.said.split()
        )
        return f"<td {left}>{said}</td>"

    head = "".join(f'<th scope="col" {left}>{escape(name)}</th>' for name in columns)
    body = "".join(
        f'<tr><th scope="row" {left}>{escape(row)}</th>'
        f"{''.join(map(marked, found.cells[i * len(columns) : (i + 1) * len(columns)]))}</tr>"
        for i, row in enumerate(rows)
    )
    code_of = partial(name_classes, attributes=attributes)
    hearing = f"heard as {tell(chosen.heard, attributes)}; your sentence as {tell(found.heard, attributes)}."
    place = f"z at {walk:.1f} on its way" if walk else "z of your sentence"
    unknown = remark_on_unknown_words([found.given])
    caption = f"{place}, c = ({code_of(chosen.asked)}): “{chosen.said}”, {hearing}{unknown}"
    html = (
        f'<figure style="margin: 0"><table><caption {left}>The same z with each code. A line under a word: what is '
        f"written with ({escape(code_of(chosen.asked))}) does not have it.</caption>"
        f"<thead><tr><td></td>{head}</tr></thead><tbody>{body}</tbody></table>"
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )
    told = ", ".join(f"{code_of(cell.asked)}: “{cell.said}”" for cell in found.cells)
    alt = f"What the generator writes at the same z with each code. {told}. Chosen: {code_of(chosen.asked)}, {hearing}"
    return Passage(html, alt)


def strides(attributes: Mapping[str, Sequence[str]]) -> list[int]:
    """How far apart the numbers of two codes are that differ by one class of each attribute."""
    sizes = [len(classes) for classes in attributes.values()]
    return [prod(sizes[a + 1 :]) for a in range(len(sizes))]


def beyond_the_table(attributes: Mapping[str, Sequence[str]]) -> int:
    """How many codes there are of the attributes from the third on."""
    return prod(map(len, list(attributes.values())[2:]))


def other_z(latent_dim: int) -> Tensor:
    """Where the way of z leads: draws from the prior, always the same, [OTHERS, M]."""
    return torch.randn(OTHERS, latent_dim, generator=torch.Generator().manual_seed(0))


def loudest(heard: Sequence[Sequence[float]]) -> list[int]:
    """The most probable class of each attribute."""
    return [max(range(len(shares)), key=shares.__getitem__) for shares in heard]


def name_classes(chosen: Sequence[int], attributes: Mapping[str, Sequence[str]]) -> str:
    """One class of each attribute, by name."""
    return ", ".join(classes[k] for k, classes in zip(chosen, attributes.values(), strict=True))


def tell(heard: Sequence[Sequence[float]], attributes: Mapping[str, Sequence[str]]) -> str:
    """The most probable class of each attribute, and its probability."""
    return ", ".join(
        f"{classes[k]} {100 * shares[k]:.0f}\u00a0%"
        for k, shares, classes in zip(loudest(heard), heard, attributes.values(), strict=True)
    )
