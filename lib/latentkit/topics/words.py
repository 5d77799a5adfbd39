"""The words that tell a topic."""

from collections.abc import Sequence

import numpy as np


def top_words(
    topics: np.ndarray,
    vocabulary: Sequence[str],
    count: int = 10,
    relevance: float = 1.0,
    frequencies: np.ndarray | None = None,
) -> list[list[str]]:
    """The most relevant words of each topic, best first.

    Relevance is λ log β_kw + (1 − λ) log(β_kw / p_w): λ = 1 ranks by probability, λ = 0 by how special a word is.

    Args:
        topics: β, [K, V]; rows are scaled to sum to one.
        vocabulary: the words, [V].
        count: words per topic.
        relevance: λ in [0, 1].
        frequencies: p_w or counts of the words in the corpus, [V]; needed where λ < 1.
    Returns:
        K lists of `count` words.
    Source: Sievert and Shirley 2014, equation 1.
    """
    topics = np.asarray(topics, dtype=float)
    if topics.ndim != 2 or topics.shape[1] != len(vocabulary):
        raise ValueError(f"topics {topics.shape} must have a column for each of the {len(vocabulary)} words")
    if not 0 <= relevance <= 1:
        raise ValueError(f"relevance must be in [0, 1], got {relevance!r}")
    if relevance < 1 and frequencies is None:
        raise ValueError("relevance below 1 compares with the corpus: give the words' frequencies")
    tiny = np.finfo(float).tiny
    with np.errstate(under="ignore"):
        score = np.log(np.maximum(topics / topics.sum(1, keepdims=True), tiny))
    if relevance < 1:
        frequencies = np.asarray(frequencies, dtype=float)
        if frequencies.shape != (len(vocabulary),):
            raise ValueError(f"frequencies must be [{len(vocabulary)}], got {frequencies.shape}")
        seen = frequencies > 0
        lift = score - np.log(np.maximum(frequencies / frequencies.sum(), tiny))
        score = np.where(seen, relevance * score + (1 - relevance) * lift, -np.inf)
    order = np.argsort(-score, axis=1, kind="stable")[:, :count]
    return [[vocabulary[w] for w in row] for row in order]
