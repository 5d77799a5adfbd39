"""Two donors, one sentence: what is said at the meaning of one sentence and the syntax of another, and the tree of it.

References:
    Bao et al. 2019, Generating Sentences from Disentangled Syntactic and Semantic Spaces, section 4.4: syntax transfer.
"""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from html import escape
from itertools import groupby, takewhile
from typing import Any

import torch
from torch import Tensor, nn

from latentkit.data.construction_grammar import CONSTRUCTIONS, FUNCTION_WORDS, Meaning, Syntax, realise
from latentkit.data.parses import one_line
from latentkit.data.text import Vocabulary
from latentkit.decoding import greedy
from latentkit.explore.figure import Control, Passage, Words
from latentkit.explore.live import LiveFigure, live_figure, pack
from latentkit.explore.reading import (
    EncodedSentence,
    encode_sentence,
    most_probable_sentences,
    packed_networks,
    remark_on_unknown_words,
)
from latentkit.models import SyntaxSemanticsVAE

LONGEST_PARSE = 80
"""How many tokens of a parse are decoded at most."""
MEANINGS = (
    Meaning("teacher", "young", "praised", "film", "splendid", "often", "present"),
    Meaning("nurse", "proud", "painted", "bridge", "ancient", "often", "past"),
    Meaning("guest", "clever", "remembered", "story", "odd", "gladly", "past"),
    Meaning("farmer", "quiet", "watched", "garden", "huge", "again", "present"),
    Meaning("student", "friendly", "copied", "letter", "small", "quickly", "past"),
    Meaning("actor", "famous", "ignored", "play", "cheerful", "openly", "present"),
    Meaning("child", "clever", "followed", "song", "splendid", "gladly", "past"),
    Meaning("doctor", "proud", "described", "hotel", "odd", "secretly", "present"),
)
"""What the sentences say that a reader may choose, one in each construction."""
EXAMPLES = {
    construction: " ".join(realise(meaning, Syntax(construction, number % 2 == 1, number % 4 > 1)).words)
    for number, (meaning, construction) in enumerate(zip(MEANINGS, CONSTRUCTIONS, strict=True))
}
"""By construction, a sentence that is built so."""
FIRST, SECOND = EXAMPLES["active"], EXAMPLES["patient first"]


def two_donors(
    model: SyntaxSemanticsVAE,
    vocabulary: Vocabulary,
    parse_vocabulary: Vocabulary,
    first: str = FIRST,
    second: str = SECOND,
    *,
    examples: Mapping[str, str] = EXAMPLES,
    small_words: Sequence[str] = FUNCTION_WORDS,
) -> LiveFigure:
    """Type or choose two sentences, A and B, and read what is said at the meaning of one and the syntax of the other.

    At first z_sem is that of A and z_syn that of B; a slider each leads from A to B, so that all four exchanges are
    reached, and what lies between them. Beside the sentence stands the tree that the model's parse reader tells of
    z_syn alone. Model and reader are shown with weights rounded to half precision, here and in the browser.

    Args:
        model: trained, whose parse reader tells linearised parses.
        vocabulary: what the tokens of its sentences mean.
        parse_vocabulary: what the tokens of its parses mean, as that of `ParseTokens`: "(NP", tags and ")".
        first, second: A and B, at first.
        examples: sentences that the reader may choose, by a name for each.
        small_words: words that are not asked which sentence they come from.
    Raises:
        ValueError: the model's network is another than an LSTM; or a weight is too large for half precision.
    """
    shown = halved(model)
    controls: list[Control | Words] = [
        Control("semantic", "z_sem from A to B", 0, 1, 0.01, 0),
        Control("syntactic", "z_syn from A to B", 0, 1, 0.01, 1),
        Words("first", "A, donor of meaning", first),
        Words("second", "B, donor of syntax", second),
    ]
    data = {
        "model": packed_networks(shown, "float16"),
        "heads": [_packed_mean(shown.semantic_head), _packed_mean(shown.syntactic_head)],
        "reader": _packed_reader(shown),
        "vocabulary": vocabulary.words,
        "parseVocabulary": parse_vocabulary.words,
        "longestParse": LONGEST_PARSE,
        "smallWords": list(small_words),
        "examples": dict(examples),
    }
    drawn = partial(draw, shown, vocabulary, parse_vocabulary, small_words)
    return live_figure("two_donors", "Two donors, one sentence", drawn, controls, data)


@dataclass(frozen=True)
class Exchange:
    """What is said of two sentences' codes.

    Attributes:
        given: A and B.
        z: what the decoder reads, [M + K].
        said: the most probable words.
        origins: of each word: "first" or "second" where A or B alone has it, "neither", or "plain" where both have it
            or it is a small word.
        parse: the tokens of the tree that the parse reader tells of z_syn.
        corners: what is said with z_sem and z_syn of A and A, A and B, B and A, B and B.
    """

    given: tuple[EncodedSentence, EncodedSentence]
    z: Tensor
    said: Sequence[str]
    origins: Sequence[str]
    parse: Sequence[str]
    corners: Sequence[str]


@torch.no_grad()
def exchange(
    model: SyntaxSemanticsVAE,
    vocabulary: Vocabulary,
    parse_vocabulary: Vocabulary,
    small_words: Sequence[str],
    first: str,
    second: str,
    semantic: float,
    syntactic: float,
) -> Exchange:
    """What is said, and told of its tree, at codes between those of two sentences.

    Args:
        model, vocabulary, parse_vocabulary, small_words: as in `two_donors`.
        first, second: A and B.
        semantic, syntactic: how far z_sem and z_syn have gone from A's posterior mean, 0, to B's, 1.
    """
    given = encode_sentence(model, vocabulary, first), encode_sentence(model, vocabulary, second)
    ends = [model.split(sentence.mu) for sentence in given]  # of A and B: [1, M] and [1, K]

    def between(share: float, which: int) -> Tensor:
        return (1 - share) * ends[0][which] + share * ends[1][which]

    places = [(semantic, syntactic), (0, 0), (0, 1), (1, 0), (1, 1)]
    z = torch.cat([torch.cat([between(a, 0), between(b, 1)], dim=-1) for a, b in places])  # [5, M + K]
    here, *corners = most_probable_sentences(model, vocabulary, z)
    told = greedy(model.parse.step, between(syntactic, 1), LONGEST_PARSE)[0]
    said = here.split()
    origins = [origin_of(word, given[0].words, given[1].words, small_words) for word in said]
    return Exchange(given, z[0], said, origins, parse_vocabulary.decode(told).split(), corners)


def origin_of(word: str, first: Sequence[str], second: Sequence[str], small_words: Sequence[str]) -> str:
    """Which of two sentences has a word, as the origins of `Exchange` tell it."""
    if word in small_words or (word in first and word in second):
        return "plain"
    return "first" if word in first else "second" if word in second else "neither"


Node = tuple[str, Sequence[Any]]
"""A label and the nodes below it; a tag has none."""


def tree_of(parse: Sequence[str]) -> Node | None:
    """The tree that tokens tell; None where they do not tell one: brackets that do not match, or more than a tree."""
    top: list[Node] = []
    open_nodes = [top]
    for token in parse:
        if token == ")":
            if len(open_nodes) == 1 or not open_nodes[-1]:
                return None
            open_nodes.pop()
            continue
        below: list[Node] = []
        open_nodes[-1].append((token.removeprefix("("), below))
        if token.startswith("("):
            open_nodes.append(below)
    return top[0] if len(open_nodes) == len(top) == 1 and top[0][1] else None


def outline(tree: Node, depth: int = 0) -> list[tuple[int, str, list[str]]]:
    """A tree line by line, each with its depth, a phrase, and tags: those that open the phrase stand in its line.

    A phrase that is all of another stands in the line of that.
    """
    label, below = tree
    while len(below) == 1 and below[0][1]:
        label, below = f"{label} {below[0][0]}", below[0][1]
    opening = [tag for tag, _ in takewhile(lambda node: not node[1], below)]
    lines = [(depth, label, opening)]
    for is_phrase, nodes in groupby(below[len(opening) :], key=lambda node: bool(node[1])):
        if is_phrase:
            lines += [line for node in nodes for line in outline(node, depth + 1)]
        else:
            lines.append((depth + 1, "", [tag for tag, _ in nodes]))
    return lines


def draw(
    model: SyntaxSemanticsVAE,
    vocabulary: Vocabulary,
    parse_vocabulary: Vocabulary,
    small_words: Sequence[str],
    first: str,
    second: str,
    semantic: float,
    syntactic: float,
) -> Passage:
    """The sentence, its words marked by where they come from, the tree line by line, and the four exchanges."""
    found = exchange(model, vocabulary, parse_vocabulary, small_words, first, second, semantic, syntactic)
    marks = {"first": "u", "second": "i", "neither": "b"}

    def marked(word: str, origin: str) -> str:
        return f"<{marks[origin]}>{escape(word)}</{marks[origin]}>" if origin in marks else escape(word)

    words = [marked(word, origin) for word, origin in zip(found.said, found.origins, strict=True)]
    tree = tree_of(found.parse)
    shown = "" if tree is None else _outline_html(tree, words)
    left = 'style="text-align: left"'
    rows = "".join(
        f'<tr><th scope="row" {left}>meaning of {donor}</th>'
        f"{''.join(f'<td {left}>{escape(said)}</td>' for said in pair)}</tr>"
        for donor, pair in (("A", found.corners[:2]), ("B", found.corners[2:]))
    )
    unknown = remark_on_unknown_words(found.given)
    places = tell_places(semantic, syntactic)
    html = (
        f'<figure style="margin: 0"><p>A: {escape(" ".join(found.given[0].words))}<br>'
        f"B: {escape(' '.join(found.given[1].words))}</p>"
        f"<p>{escape(places)}: {' '.join(words)}</p>"
        "<p><u>underlined</u>: A alone has it; <i>italic</i>: B alone; <b>bold</b>: neither. "
        f"{escape(tell_tree(found.parse, len(words)))}</p>{shown}"
        f"<table><caption {left}>The four exchanges</caption><thead><tr><td></td>"
        f'<th scope="col" {left}>syntax of A</th><th scope="col" {left}>syntax of B</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>"
        f"<figcaption>{escape(tell_caption(found, places) + unknown)}</figcaption></figure>"
    )
    return Passage(html, tell_all(found, places))


def tell_places(semantic: float, syntactic: float) -> str:
    """Where both codes are, in words."""

    def place(share: float) -> str:
        return "of A" if share == 0 else "of B" if share == 1 else f"{share:.2f} of the way to B"

    return f"z_sem {place(semantic)}, z_syn {place(syntactic)}"


def tell_tree(parse: Sequence[str], count: int) -> str:
    """What the parse reader tells of z_syn, and whether it is a tree with a leaf for each of so many words."""
    tree = tree_of(parse)
    if tree is None:
        return f"What the parse reader tells of z_syn is no tree: {' '.join(parse)}"
    leaves = sum(len(tags) for _, _, tags in outline(tree))
    return "The tree that the parse reader tells of z_syn" + (
        ":" if leaves == count else f" has {leaves} leaves, the sentence {count} words:"
    )


def tell_caption(found: Exchange, places: str) -> str:
    """Where the codes are, and what is said there."""
    return f"{places}: “{' '.join(found.said)}”"


def tell_all(found: Exchange, places: str) -> str:
    """The whole figure in words."""
    named = {"first": "Of A alone", "second": "of B alone", "neither": "of neither"}
    origins = "; ".join(
        f"{name}: {', '.join(words) or 'nothing'}"
        for key, name in named.items()
        for words in [[word for word, origin in zip(found.said, found.origins, strict=True) if origin == key]]
    )
    pairs = ("A and A", "A and B", "B and A", "B and B")
    corners = ", ".join(f"{pair}: “{said}”" for pair, said in zip(pairs, found.corners, strict=True))
    return (
        f"{tell_caption(found, places)} {origins}. {tell_tree(found.parse, len(found.said))} "
        f"{one_line(found.parse) if tree_of(found.parse) else ''} With meaning and syntax of {corners}."
    )


def halved(model: SyntaxSemanticsVAE) -> SyntaxSemanticsVAE:
    """A copy, in evaluation mode, whose matrices hold what half precision keeps of them."""
    copy = deepcopy(model).eval()
    with torch.no_grad():
        for parameter in copy.parameters():
            if parameter.dim() > 1:
                parameter.copy_(parameter.half())
    return copy


def _outline_html(tree: Node, words: Sequence[str]) -> str:
    """The outline with a word behind each tag, where there are as many."""
    lines = outline(tree)
    count = sum(len(tags) for _, _, tags in lines)
    left = iter(words if count == len(words) else [""] * count)
    shown = [
        "   " * depth
        + " ".join(filter(None, [escape(label), *(f"{escape(tag)} {next(left)}".strip() for tag in tags)]))
        for depth, label, tags in lines
    ]
    return "<pre>" + "\n".join(shown) + "</pre>"


def _packed_mean(head: nn.Linear) -> dict[str, Any]:
    """The half of a posterior's layer that makes its mean."""
    weight, bias = head.weight.detach().cpu(), head.bias.detach().cpu()
    count = len(weight) // 2
    return {"weight": pack(weight[:count], "float16"), "bias": pack(bias[:count])}


def _packed_reader(model: SyntaxSemanticsVAE) -> dict[str, Any]:
    """The GRU that tells parses, as front/two_donors.js reads it."""
    weights = {name: weight.detach().cpu() for name, weight in model.parse.state_dict().items()}
    return {
        "embedding": pack(weights["embedding.weight"], "float16"),
        "input": {
            "weight": pack(weights["network.network.weight_ih_l0"], "float16"),
            "bias": pack(weights["network.network.bias_ih_l0"]),
        },
        "state": {
            "weight": pack(weights["network.network.weight_hh_l0"], "float16"),
            "bias": pack(weights["network.network.bias_hh_l0"]),
        },
        "output": {"weight": pack(weights["output.weight"], "float16"), "bias": pack(weights["output.bias"])},
    }
