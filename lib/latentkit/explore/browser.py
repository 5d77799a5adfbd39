"""A topic model to leaf through: how large each topic is, and which words tell it.

References:
    Sievert and Shirley 2014, LDAvis: a method for visualizing and interpreting topics: relevance, and the two bars.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from latentkit.explore.figure import BLUE, ORANGE, SKY, Control, Picture, Table, canvas, explore
from latentkit.topics import top_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WORDS = 15


def topic_browser(
    topics: NDArray[np.float64],
    theta: NDArray[np.float64],
    counts,
    vocabulary: Sequence[str],
    titles: Sequence[str] | None = None,
    *,
    topic: int = 1,
    relevance: float = 0.6,
):
    """Choose a topic, and how much a word's rarity elsewhere counts.

    Args:
        topics: β, [K, V], rows sum to one.
        theta: topic shares of the documents, [D, K].
        counts: the corpus, [D, V], dense or scipy sparse.
        vocabulary: the words, [V].
        titles: of the documents; the three that hold most of the topic are listed.
        topic: shown at first, from 1.
        relevance: λ at first: 1 ranks words by their probability in the topic, 0 by how much higher that is than in
            the corpus.
    """
    model = _Model(topics, theta, counts, vocabulary, titles)
    controls = [
        Control("topic", "topic", 1, len(topics), 1, topic),
        Control("relevance", "relevance λ", 0.0, 1.0, 0.1, relevance),
    ]
    return explore(lambda topic, relevance: draw(model, int(topic) - 1, relevance), controls)


class _Model:
    """What is drawn.

    Attributes:
        topics, theta, vocabulary, titles: as given.
        frequencies: tokens of each word in the corpus, [V].
        sizes: expected share of the corpus's tokens in each topic, [K].
        tokens: of the corpus.
    """

    def __init__(self, topics, theta, counts, vocabulary, titles):
        if topics.shape[1] != len(vocabulary) or counts.shape[1] != len(vocabulary):
            raise ValueError(f"topics {topics.shape} and counts {counts.shape} need a column for each word")
        if theta.shape != (counts.shape[0], len(topics)):
            raise ValueError(f"theta must be [{counts.shape[0]}, {len(topics)}], got {list(theta.shape)}")
        self.topics, self.theta, self.vocabulary, self.titles = (
            np.asarray(topics),
            np.asarray(theta),
            vocabulary,
            titles,
        )
        self.frequencies = np.asarray(counts.sum(axis=0)).ravel()
        lengths = np.asarray(counts.sum(axis=1)).ravel()
        self.tokens = lengths.sum()
        self.sizes = lengths @ self.theta / self.tokens


def draw(model: _Model, topic: int, relevance: float) -> Picture:
    """The sizes of all topics, and the words of one.

    Args:
        model: what `topic_browser` was given.
        topic: from 0.
        relevance: λ.
    """
    words = top_words(model.topics, model.vocabulary, WORDS, relevance, model.frequencies)[topic]
    column = {word: number for number, word in enumerate(model.vocabulary)}
    places = [column[word] for word in words]
    inside = model.tokens * model.sizes[topic] * model.topics[topic, places]  # expected tokens of the topic
    overall = model.frequencies[places]

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
    return Picture(figure, alt, caption, _documents(model, topic))


def _draw_sizes(axes: "Axes", sizes: NDArray[np.float64], topic: int) -> None:
    rows = np.arange(1, len(sizes) + 1)
    bars = axes.barh(rows, 100 * sizes, color=SKY)
    bars[topic].set(color=BLUE, hatch="//", edgecolor="white")
    axes.set_yticks(rows if len(sizes) <= 20 else rows[::5])
    axes.invert_yaxis()
    axes.set(xlabel="share of the tokens, %", ylabel="topic", title="sizes")


def _documents(model: _Model, topic: int) -> Table | None:
    if model.titles is None:
        return None
    first = np.argsort(-model.theta[:, topic], kind="stable")[:3]
    rows = [(f"{model.theta[d, topic]:.0%}", model.titles[d]) for d in first]
    return Table(f"documents with most of topic {topic + 1}", ("share", "document"), rows)
