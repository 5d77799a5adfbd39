"""Topics of a reader's own documents, and what there is to tell of them."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from latentkit.data.counting import Counts, count_words
from latentkit.data.own_documents import OwnDocuments, read_documents
from latentkit.topics import GibbsLDA, VariationalLDA, top_words
from latentkit.topics.base import TopicModel

WORDS, TITLES = 10, 3
RELEVANCE = 0.6  # Sievert and Shirley's choice


@dataclass(frozen=True)
class Found:
    """Topics of some documents.

    Attributes:
        documents: as they were read.
        counts: of their words; `counts.kept` says which documents have a row.
        model: fitted.
        sizes: share of the tokens in each topic, [K].
        order: the topics from the largest to the smallest, [K].
    """

    documents: OwnDocuments
    counts: Counts
    model: TopicModel
    sizes: NDArray[np.float64]
    order: NDArray[np.int64]

    @property
    def titles(self) -> list[str]:
        """Of the documents that have a row, [D]."""
        return [self.documents.titles[place] for place in self.counts.kept]

    @cached_property
    def years(self) -> NDArray[np.int64] | None:
        """Of the documents that have a row, [D]."""
        years = self.documents.years
        return None if years is None else np.array(years)[self.counts.kept]

    @cached_property
    def words(self) -> list[list[str]]:
        """The words that tell each topic, in the model's order."""
        frequencies = np.asarray(self.counts.matrix.sum(axis=0)).ravel()
        return top_words(self.model.topic_word_, self.counts.words, WORDS, RELEVANCE, frequencies)


def find_topics(
    path: Path | str,
    k: int = 10,
    method: str = "gibbs",
    column: str | None = None,
    by_year: str | None = None,
    min_documents: int = 2,
    max_share: float = 0.5,
    seed: int = 0,
    progress: bool = False,
) -> Found:
    """Read documents, count their words and fit LDA.

    Args:
        path, column, by_year: as `latentkit.data.own_documents.read_documents` takes them.
        k: how many topics.
        method: "gibbs" (collapsed Gibbs sampling) or "variational" (mean-field EM).
        min_documents: a word must be in as many documents.
        max_share: a word must not be in a larger share of the documents.
        seed: of the fit.
        progress: whether to show a bar.
    Raises:
        ValueError: there is nothing to read or to count, or a number is out of its range; OSError: it cannot be read.
    """
    documents = read_documents(path, column, by_year)
    counts = count_words(documents.texts, min_documents=min_documents, max_share=max_share)
    kinds: dict[str, Any] = {"gibbs": GibbsLDA, "variational": VariationalLDA}
    model = kinds[method](k, progress=progress, random_state=seed).fit(counts.matrix)
    lengths = np.asarray(counts.matrix.sum(axis=1)).ravel()
    sizes = lengths @ model.doc_topic_ / lengths.sum()
    return Found(documents, counts, model, sizes, np.argsort(-sizes, kind="stable"))


def trends(found: Found) -> tuple[list[int], NDArray[np.float64]]:
    """The mean share of each topic in the documents of each year: the years, and the shares, [Y, K].

    Raises:
        ValueError: no years were read.
    """
    dates = found.years
    if dates is None:
        raise ValueError("the documents have no years")
    years = sorted(set(dates.tolist()))
    return years, np.stack([found.model.doc_topic_[dates == year].mean(0) for year in years])


def as_data(found: Found) -> dict[str, Any]:
    """The topics as plain data, from the largest to the smallest."""
    words, titles, theta = found.words, found.titles, found.model.doc_topic_
    topics = []
    for k in found.order.tolist():
        first = np.argsort(-theta[:, k], kind="stable")[:TITLES]
        topics.append(
            {
                "size": round(float(found.sizes[k]), 6),
                "words": words[k],
                "documents": [{"title": titles[d], "share": round(float(theta[d, k]), 6)} for d in first],
            }
        )
    content: dict[str, Any] = {
        "documents": len(titles),
        "words": len(found.counts.words),
        "tokens": int(found.counts.matrix.sum()),
        "left_out": found.documents.skipped,
        "topics": topics,
    }
    if found.years is not None:
        years, shares = trends(found)
        content["years"] = years
        for topic, k in zip(topics, found.order.tolist(), strict=True):
            topic["share_by_year"] = [round(float(share), 6) for share in shares[:, k]]
    return content
