"""Topics of a reader's own documents as a page to leaf through."""

import numpy as np

from latentkit.commands.pages import Section, page
from latentkit.commands.topics import Found, as_data, trends
from latentkit.explore import topic_browser
from latentkit.explore.figure import Picture, table_html, to_html
from latentkit.explore.figure import Table as WordTable
from latentkit.explore.trends import Trend, describe_trends, draw_trends

COLUMNS = 3  # of the trends
DRAWS, BAND = 200, (5, 95)  # samples of the documents, and the percentiles that bound a band


def topics_page(found: Found, name: str) -> str:
    """The topic browser, the trends where years are known, and a table of all topics.

    Args:
        found: the topics.
        name: of the documents, as a reader knows them.
    """
    content, order = as_data(found), found.order
    browser = topic_browser(
        found.model.topic_word_[order], found.model.doc_topic_[:, order], found.counts.matrix, found.counts.words,
        found.titles,
    )  # fmt: skip
    sections = [
        Section(
            "Topics to leaf through",
            "Choose a topic; λ near 1 ranks its words by probability, near 0 by how special they are.",
            browser._repr_html_(),
        )
    ]
    if found.years is not None and len(set(found.years.tolist())) > 1:
        words = (
            "Mean share of each topic in the documents of a year; the band holds the middle "
            f"{BAND[1] - BAND[0]} % over {DRAWS} samples of the documents with replacement, of one fit."
        )
        sections.append(Section("Topics over time", words, _trends_html(found)))
    rows = [
        (
            str(number),
            f"{topic['size']:.1%}",
            " ".join(topic["words"]),
            "; ".join(d["title"] for d in topic["documents"]),
        )
        for number, topic in enumerate(content["topics"], 1)
    ]
    header = ("topic", "share", "words", "documents with most of it")
    table = table_html(WordTable("from the largest to the smallest", header, rows))
    sections.append(Section("All topics", "A share is of the words in the documents.", table))
    size = f"{content['documents']:,} documents, {content['tokens']:,} tokens of {content['words']:,} words."
    return page(f"Topics of {name}", size, sections)


def _trends_html(found: Found) -> str:
    years, shares = trends(found)
    random, draws = np.random.default_rng(0), []
    theta, dates = found.model.doc_topic_, found.years
    assert dates is not None
    groups = [theta[dates == year] for year in years]
    for _ in range(DRAWS):
        draws.append(np.stack([group[random.integers(len(group), size=len(group))].mean(0) for group in groups]))
    low, high = np.percentile(draws, BAND, axis=0)
    names = [" ".join(words[:3]) for words in found.words]
    curves = {
        f"{number}  {names[k]}": Trend(shares[:, k].tolist(), low[:, k].tolist(), high[:, k].tolist())
        for number, k in enumerate(found.order.tolist(), 1)
    }
    return to_html(Picture(draw_trends(years, curves, COLUMNS), describe_trends(years, curves)))
