"""A document whose words are coloured by their topics, as text: each word also carries the topic's number.

References:
    Blei, Ng and Jordan 2003, Latent Dirichlet Allocation, figure 8.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from latentkit.explore.figure import BLUE, GREEN, ORANGE, PURPLE, SKY, VERMILION, YELLOW, Chosen, Control, Passage
from latentkit.explore.live import LiveFigure, live_figure

COLOURS = (SKY, ORANGE, YELLOW, GREEN, PURPLE, VERMILION, BLUE)
OTHERS = "#B0B0B0"  # of the topics beyond the colours
LINES = ("solid", "dashed", "dotted", "double")


def show_document(
    words: Sequence[str],
    topics: Sequence[int | None],
    names: Sequence[str],
    title: str = "",
    top_words: Sequence[Sequence[str]] | None = None,
) -> None:
    """Display a document, its words coloured by topic; takes what `coloured_document` takes."""
    from IPython.display import display

    display(coloured_document(words, topics, names, title, top_words))


def coloured_document(
    words: Sequence[str],
    topics: Sequence[int | None],
    names: Sequence[str],
    title: str = "",
    top_words: Sequence[Sequence[str]] | None = None,
) -> LiveFigure:
    """A document, its words coloured by topic. Choose a topic to see its words, a word to see its topic.

    The topics are numbered as they are by the model, from 1; colours go by the number of words in this document.

    Args:
        words: in order, as they are to be read, [N].
        topics: of each word, from 0, [N]; None for one that belongs to none, such as a stop word.
        names: of all topics, [K].
        title: above the text.
        top_words: of all topics, best first, [K] lists; told of a topic that is chosen.
    Raises:
        ValueError: there is not one topic for each word, or a topic without a name or a list of words.
    """
    document = Document.of(words, topics, names, title, top_words)
    controls: list[Control | Chosen] = [Chosen("topic", 0, len(document.ranked), 0)]
    if document.marked:
        controls.append(Control("word", "word in a topic", 0, len(document.marked), 1, 0))
    return live_figure(
        "coloured_document", title or "A document, coloured by topic", document.still, controls, document.sent()
    )


@dataclass(frozen=True)
class Document:
    """What is drawn.

    Attributes:
        words, topics, names, title, top_words: as given.
        sizes: words of each topic that occurs.
        ranked: topics that occur, from the one with the most words.
        marked: the places of the words that are in a topic.
    """

    words: Sequence[str]
    topics: Sequence[int | None]
    names: Sequence[str]
    title: str
    top_words: Sequence[Sequence[str]] | None
    sizes: Counter[int]
    ranked: list[int]
    marked: list[int]

    @classmethod
    def of(cls, words, topics, names, title="", top_words=None) -> "Document":
        """Checks that all fits together, and counts."""
        if isinstance(words, str):
            raise ValueError(f"words must be a list of words, got the text {words[:40]!r}: split it first")
        if len(words) != len(topics):
            raise ValueError(f"there are {len(words)} words and {len(topics)} topics: one for each word")
        sizes = Counter(topic for topic in topics if topic is not None)
        for what, given in (("names", names), ("top_words", top_words)):
            if sizes and given is not None and not 0 <= min(sizes) <= max(sizes) < len(given):
                raise ValueError(f"topics go from {min(sizes)} to {max(sizes)}, and there are {len(given)} {what}")
        ranked = [topic for topic, _ in sizes.most_common()]
        marked = [place for place, topic in enumerate(topics) if topic is not None]
        return cls(words, topics, names, title, top_words, sizes, ranked, marked)

    def still(self, topic: int = 0, word: int = 0) -> Passage:
        """The text and its legend, nothing chosen; what is chosen at first is left to the script."""
        styles = {topic: _style(rank) for rank, topic in enumerate(self.ranked)}
        body = " ".join(
            escape(word)
            if topic is None
            else f'<span style="{styles[topic]}">{escape(word)}<sub>{topic + 1}</sub></span>'
            for word, topic in zip(self.words, self.topics, strict=True)
        )
        legend = "".join(
            f'<li><span style="{styles[topic]}">{topic + 1} {escape(self.names[topic])}</span> '
            f"{_words(self.sizes[topic])}</li>"
            for topic in self.ranked
        )
        heading = f"<figcaption><strong>{escape(self.title)}</strong></figcaption>" if self.title else ""
        html = (
            f'<figure style="margin: 0; max-width: 60em">{heading}<p style="line-height: 2">{body}</p>'
            f'<ul style="list-style: none; padding: 0; line-height: 1.8">{legend}</ul></figure>'
        )
        parts = [f"{_words(self.sizes[topic])} in topic {topic + 1} ({self.names[topic]})" for topic in self.ranked]
        alt = f"A text of {_words(len(self.words))}, {len(self.marked)} of them marked with their topics"
        return Passage(html, f"{alt}: {', '.join(parts)}." if parts else f"{alt}.")

    def sent(self) -> dict[str, Any]:
        """The figure's data: R topics occur, and are referred to by their rank, from 1; 0 is none."""
        rank = {topic: place for place, topic in enumerate(self.ranked, start=1)}
        return {
            "title": self.title,
            "words": list(self.words),
            "ranks": [0 if topic is None else rank[topic] for topic in self.topics],
            "numbers": [topic + 1 for topic in self.ranked],
            "names": [self.names[topic] for topic in self.ranked],
            "top": [list(self.top_words[topic]) if self.top_words is not None else [] for topic in self.ranked],
        }

    def numbers(self, topic: int, word: int) -> dict[str, Any]:
        """What the figure states.

        Args:
            topic: its rank in this document, from 1; 0 for none.
            word: among the words in a topic, from 1; 0 for none.
        Returns:
            how many words are in each topic that occurs; the place of the word that is chosen, from 0, or -1; and the
            rank of the topic whose words stand out, 0 for none: the one chosen, or else that of the word.
        """
        place = self.marked[word - 1] if word else -1
        shown = topic or (self.ranked.index(self.topics[place]) + 1 if word else 0)  # type: ignore[arg-type]
        return {"sizes": [self.sizes[topic] for topic in self.ranked], "place": place, "shown": shown}


def _style(rank: int) -> str:
    """A light background and an underline: no topic is told by its colour alone."""
    colour = COLOURS[rank] if rank < len(COLOURS) else OTHERS
    line = LINES[rank % len(LINES)]
    return f"color: #000; background: {_pale(colour)}; border-bottom: 3px {line} {colour}; padding: 0 2px"


def _pale(colour: str) -> str:
    """A third of the colour on white: black words on it can be read in a dark theme, too."""
    parts = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return "#" + "".join(f"{(part + 2 * 255) // 3:02X}" for part in parts)


def _words(count: int) -> str:
    return f"{count} word" if count == 1 else f"{count} words"
