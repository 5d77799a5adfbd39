"""A topic model to leaf through: how large each topic is, which words tell it, and which documents hold it.

References:
    Sievert and Shirley 2014, LDAvis: a method for visualizing and interpreting topics: relevance, and the two bars.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from latentkit.explore.figure import BLUE, ORANGE, SKY, Chosen, Control, Picture, Table, Words, canvas, plain_words
from latentkit.explore.live import LiveFigure, live_figure, pack
from latentkit.topics import top_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WORDS, DOCUMENTS = 15, 5
"""So many are listed of each topic."""
LAMBDAS = tuple(step / 10 for step in range(11))
"""What the slider of the relevance λ can be set to."""
NAMING = 0.6
"""The λ whose first three words name a topic, as Sievert and Shirley found it best."""


def topic_browser(
    topics: NDArray[np.float64],
    theta: NDArray[np.float64],
    counts,
    vocabulary: Sequence[str],
    titles: Sequence[str] | None = None,
    *,
    topic: int = 1,
    relevance: float = NAMING,
) -> LiveFigure:
    """Choose a topic, how much a word's rarity elsewhere counts, a word to see its topics, a document to see its own.

    Outside a notebook, `topic_browser(...)._repr_html_()` is all of it, to be put into a page.

    Args:
        topics: β, [K, V], rows sum to one.
        theta: topic shares of the documents, [D, K].
        counts: the corpus, [D, V], dense or scipy sparse.
        vocabulary: the words, [V].
        titles: of the documents, [D]; those that hold most of the topic are listed.
        topic: shown at first, from 1.
        relevance: λ at first, a multiple of 0.1: 1 ranks words by their probability in the topic, 0 by how much higher
            that is than in the corpus.
    Raises:
        ValueError: the arrays do not fit together, or there is no such topic or λ.
    """
    model = TopicTables(topics, theta, counts, vocabulary, titles)
    if not 1 <= topic <= len(model.topics):
        raise ValueError(f"topic must be between 1 and {len(model.topics)}, got {topic!r}")
    if relevance not in LAMBDAS:
        raise ValueError(f"relevance must be 0, 0.1, 0.2, ... or 1, got {relevance!r}")
    controls: list[Control | Words | Chosen] = [
        Control("relevance", "relevance λ", 0.0, 1.0, 0.1, relevance),
        Chosen("topic", 1, len(model.topics), topic),
        Chosen("word", 0, len(model.columns), 0),
        Chosen("document", 0, len(model.rows), 0),
    ]
    return live_figure(
        "topic_browser",
        "Topics to leaf through",
        lambda relevance, topic, word, document: draw(model, topic - 1, relevance),
        controls,
        model.sent(),
    )


class TopicTables:
    """What is drawn, and what of it is sent to a browser: the words and documents that can be listed, and no others.

    Attributes:
        topics, theta: as given.
        vocabulary, titles: as given.
        frequencies: tokens of each word in the corpus, [V].
        sizes: expected share of the corpus's tokens in each topic, [K].
        tokens: of the corpus.
    """

    def __init__(self, topics, theta, counts, vocabulary, titles):
        if topics.shape[1] != len(vocabulary) or counts.shape[1] != len(vocabulary):
            raise ValueError(f"topics {topics.shape} and counts {counts.shape} need a column for each word")
        if theta.shape != (counts.shape[0], len(topics)):
            raise ValueError(f"theta must be [{counts.shape[0]}, {len(topics)}], got {list(theta.shape)}")
        if titles is not None and len(titles) != counts.shape[0]:
            raise ValueError(f"there are {len(titles)} titles and {counts.shape[0]} documents: one for each")
        self.topics, self.theta = np.asarray(topics), np.asarray(theta)
        self.vocabulary, self.titles = vocabulary, titles
        self.frequencies = np.asarray(counts.sum(axis=0)).ravel()
        lengths = np.asarray(counts.sum(axis=1)).ravel()
        self.tokens = lengths.sum()
        self.sizes = lengths @ self.theta / self.tokens

    @cached_property
    def ranking(self) -> NDArray[np.int64]:
        """The columns of the most relevant words of each topic at each λ of the slider, best first, [K, 11, 15]."""
        columns = [str(column) for column in range(len(self.vocabulary))]
        ranked = [top_words(self.topics, columns, WORDS, value, self.frequencies) for value in LAMBDAS]
        return np.array(ranked).astype(np.int64).transpose(1, 0, 2)

    @cached_property
    def places(self) -> dict[str, int]:
        """The column of each word; the first, where a word has several."""
        return {word: column for column, word in reversed(list(enumerate(self.vocabulary)))}

    @cached_property
    def columns(self) -> NDArray[np.int64]:
        """The words that are sent: those that some topic lists at some λ, ascending."""
        return np.unique(self.ranking)

    @cached_property
    def first(self) -> NDArray[np.int64]:
        """The documents that hold most of each topic, [K, 5]; [K, 0] where they have no titles."""
        count = 0 if self.titles is None else DOCUMENTS
        return np.argsort(-self.theta, axis=0, kind="stable")[:count].T

    @cached_property
    def rows(self) -> NDArray[np.int64]:
        """The documents that are sent: those that are listed for some topic, ascending."""
        return np.unique(self.first)

    def expected(self, columns: Sequence[int] | NDArray[np.int64]) -> NDArray[np.float64]:
        """Expected tokens of words in each topic, [K, number of words]."""
        return self.tokens * self.sizes[:, None] * self.topics[:, columns]

    def names(self) -> list[str]:
        """Three words for each topic."""
        best = self.ranking[:, LAMBDAS.index(NAMING), :3]
        return [" ".join(self.vocabulary[column] for column in columns) for columns in best]

    def sent(self) -> dict[str, Any]:
        """The figure's data; W words and D documents are sent, and referred to by their place among these."""
        titles = [] if self.titles is None else [str(self.titles[row]) for row in self.rows]
        return {
            "names": self.names(),
            "sizes": pack(self.sizes),
            "words": [self.vocabulary[column] for column in self.columns],
            "frequencies": pack(self.frequencies[self.columns]),
            "expected": pack(self.expected(self.columns)),
            "ranking": np.searchsorted(self.columns, self.ranking).tolist(),
            "titles": titles,
            "theta": pack(self.theta[self.rows]),
            "first": np.searchsorted(self.rows, self.first).tolist(),
        }


def numbers(model: TopicTables, relevance: float, topic: int, word: int, document: int) -> dict[str, Any]:
    """What the figure states.

    Args:
        model: what `topic_browser` was given.
        relevance: λ.
        topic: from 1.
        word, document: of those that are sent, from 1; 0 for none.
    Returns:
        the listed words with their tokens in the topic and in the corpus; the listed documents with their shares; and
        what share of the word's tokens each topic has, or each topic's share of the document; none without either.
    """
    words = top_words(model.topics, model.vocabulary, WORDS, relevance, model.frequencies)[topic - 1]
    places = [model.places[word] for word in words]
    shares: list[float] = []
    if word:
        inside = model.expected([int(model.columns[word - 1])])[:, 0]
        shares = (inside / inside.sum()).tolist()
    if document:
        shares = model.theta[model.rows[document - 1]].tolist()
    return {
        "words": words,
        "inside": model.expected(places)[topic - 1].tolist(),
        "overall": model.frequencies[places].tolist(),
        "documents": model.theta[model.first[topic - 1], topic - 1].tolist(),
        "shares": shares,
    }


def draw(model: TopicTables, topic: int, relevance: float) -> Picture:
    """The sizes of all topics, and the words of one.

    Args:
        model: what `topic_browser` was given.
        topic: from 0.
        relevance: λ.
    """
    found = numbers(model, relevance, topic + 1, 0, 0)
    words, inside, overall = found["words"], found["inside"], found["overall"]

    figure, (left, right) = canvas(8.8, 4.2, columns=2, width_ratios=[1, 2.2])
    _draw_sizes(left, model.sizes, topic)
    rows = np.arange(len(words))
    right.barh(rows, np.maximum(overall, inside), color=SKY, label="in the corpus")
    right.barh(rows, inside, color=ORANGE, hatch="//", edgecolor="white", label="in this topic (expected)")
    right.set_yticks(rows, words)
    right.invert_yaxis()
    right.set(xlabel="tokens", title=f"topic {topic + 1}, λ = {relevance:.1f}")
    right.legend(frameon=False, fontsize=9, loc="lower right")

    share = f"topic {topic + 1} holds {model.sizes[topic]:.1%} of the tokens"
    listed = ", ".join(f"{word} {n:.0f} of {total:.0f}" for word, n, total in zip(words, inside, overall, strict=True))
    alt = (
        f"Bars of the sizes of {len(model.topics)} topics; {share}. Its {len(words)} most relevant words at λ = "
        f"{relevance:.1f}, with their tokens in the topic and in the corpus: {listed}."
    )
    caption = f"{share[0].upper()}{share[1:]}: {', '.join(words[:8])}."
    return Picture(plain_words(figure), alt, caption, _documents(model, topic))


def _draw_sizes(axes: "Axes", sizes: NDArray[np.float64], topic: int) -> None:
    rows = np.arange(1, len(sizes) + 1)
    bars = axes.barh(rows, 100 * sizes, color=SKY)
    bars[topic].set(color=BLUE, hatch="//", edgecolor="white")
    axes.set_yticks(rows if len(sizes) <= 20 else rows[::5])
    axes.invert_yaxis()
    axes.set(xlabel="share of the tokens, %", ylabel="topic", title="sizes")


def _documents(model: TopicTables, topic: int) -> Table | None:
    if model.titles is None:
        return None
    rows = [(f"{model.theta[d, topic]:.0%}", str(model.titles[d])) for d in model.first[topic]]
    return Table(f"documents with most of topic {topic + 1}", ("share", "document"), rows)
