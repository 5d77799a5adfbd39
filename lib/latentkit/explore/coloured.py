"""A document whose words are coloured by their topics, as text: each word also carries the topic's number.

References:
    Blei, Ng and Jordan 2003, Latent Dirichlet Allocation, figure 8.
"""

from collections import Counter
from collections.abc import Sequence
from html import escape

from latentkit.explore.figure import BLUE, GREEN, ORANGE, PURPLE, SKY, VERMILION, YELLOW, show_html

COLOURS = (SKY, ORANGE, YELLOW, GREEN, PURPLE, VERMILION, BLUE)
OTHERS = "#D0D0D0"  # of the topics beyond the colours
LINES = ("solid", "dashed", "dotted", "double")


def show_document(words: Sequence[str], topics: Sequence[int | None], names: Sequence[str], title: str = "") -> None:
    """Display a document, its words coloured by topic.

    Args:
        words: in order, as they are to be read.
        topics: of each word, from 0; None for one that belongs to none, such as a stop word.
        names: of all topics.
        title: above the text.
    """
    show_html(document_html(words, topics, names, title))


def document_html(words: Sequence[str], topics: Sequence[int | None], names: Sequence[str], title: str = "") -> str:
    """The document and its legend as HTML; every word is escaped.

    The topics are numbered as they are by the model, from 1; colours go by the number of words in this document.
    """
    if len(words) != len(topics):
        raise ValueError(f"there are {len(words)} words and {len(topics)} topics: one for each word")
    sizes = Counter(topic for topic in topics if topic is not None)
    ranked = [topic for topic, _ in sizes.most_common()]
    styles = {topic: _style(rank) for rank, topic in enumerate(ranked)}
    body = " ".join(
        escape(word) if topic is None else f'<span style="{styles[topic]}">{escape(word)}<sub>{topic + 1}</sub></span>'
        for word, topic in zip(words, topics, strict=True)
    )
    legend = "".join(
        f'<li><span style="{styles[topic]}">{topic + 1} {escape(names[topic])}</span> {_words(sizes[topic])}</li>'
        for topic in ranked
    )
    heading = f"<figcaption><strong>{escape(title)}</strong></figcaption>" if title else ""
    return (
        f'<figure style="margin: 0; max-width: 60em">{heading}<p style="line-height: 2">{body}</p>'
        f'<ul style="list-style: none; padding: 0; line-height: 1.8">{legend}</ul></figure>'
    )


def _style(rank: int) -> str:
    """A light background and an underline: no topic is told by its colour alone."""
    colour = COLOURS[rank] if rank < len(COLOURS) else OTHERS
    line = LINES[rank % len(LINES)]
    return f"color: #000; background: {colour}55; border-bottom: 3px {line} {colour}; padding: 0 2px"


def _words(count: int) -> str:
    return f"{count} word" if count == 1 else f"{count} words"
