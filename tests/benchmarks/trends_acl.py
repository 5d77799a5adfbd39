"""What do papers of computational linguistics write about, 2016 to 2021? Topics that come back, with their trends.

    python tests/benchmarks/trends_acl.py [--topics 25] [--fits 24] [--out docs]

One fit names the topics; each other fit has its own seed and its own sample of the abstracts, drawn with replacement,
and its topics are matched to the first one's by the cosine of their words. A band is the middle 90% over these fits, so
it holds what depends on which abstracts were written and on where the sampler ended; not what depends on K, the priors
or the words that were left out. Writes _static/topics_acl.png and tables/topics_acl.md below --out. About three minutes
of one CPU core; the abstracts come from the cache or the mirror: `latentkit data get acl`.

References:
    Griffiths and Steyvers 2004, Finding scientific topics: trends from mean shares per year
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from latentkit.data import Counts, count_words, load_documents
from latentkit.explore.trends import Trend, describe_trends, draw_trends
from latentkit.progress import progress
from latentkit.topics import GibbsLDA, top_words
from latentkit.topics.evaluation import match_topics

SAME = 0.7  # cosine from which a matched topic counts as the same one
STABLE = 0.75  # share of the fits in which a topic must come back to be drawn
DRAWN = 12
PRIORS = {"alpha": 0.1, "eta": 0.05}
SWEEPS = 300


@dataclass(frozen=True)
class Result:
    """What the fits agree on.

    Attributes:
        words: the most relevant words of each topic, [K] lists.
        returns: share of the other fits in which it came back, [K].
        years: ascending, [Y].
        shares: the first fit's mean share of each year, [Y, K].
        draws: those of the fits in which the topic came back, NaN for the others, [F, Y, K].
    """

    words: list[list[str]]
    returns: NDArray[np.float64]
    years: NDArray[np.int64]
    shares: NDArray[np.float64]
    draws: NDArray[np.float64]

    def band(self, topic: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The ends of the middle 90%, [Y] each."""
        low, high = np.nanpercentile(self.draws[:, :, topic], (5, 95), axis=0)
        return low, high

    def change(self, topic: int) -> tuple[float, float, float]:
        """From the first to the last year: the first fit's, and the middle 90%."""
        changes = self.draws[:, -1, topic] - self.draws[:, 0, topic]
        low, high = np.nanpercentile(changes, (5, 95))
        return float(self.shares[-1, topic] - self.shares[0, topic]), float(low), float(high)


def measure(counts: Counts, years: NDArray[np.int64], topics: int, fits: int) -> Result:
    """Fit, fit again on resampled documents, and match."""
    found = np.unique(years)
    first = GibbsLDA(topics, **PRIORS, max_iter=SWEEPS, random_state=0).fit(counts.matrix)
    words = np.asarray(counts.matrix.sum(axis=0)).ravel()
    returns, draws = np.zeros((fits, topics)), np.full((fits, len(found), topics), np.nan)
    for fit in progress(range(fits), "fits"):
        chosen = np.random.default_rng(fit).integers(0, len(years), len(years))
        other = GibbsLDA(topics, **PRIORS, max_iter=SWEEPS, random_state=fit + 1).fit(counts.matrix[chosen])
        match = match_topics(other.topic_word_, first.topic_word_)
        returns[fit, match.planted] = match.cosine >= SAME
        trend = yearly(other.doc_topic_, years[chosen], found)
        draws[fit][:, match.planted] = np.where(match.cosine >= SAME, trend[:, match.found], np.nan)
    best = top_words(first.topic_word_, counts.words, 8, 0.6, words)
    return Result(best, returns.mean(axis=0), found, yearly(first.doc_topic_, years, found), draws)


def yearly(theta: NDArray[np.float64], years: NDArray[np.int64], found: NDArray[np.int64]) -> NDArray[np.float64]:
    """Mean shares of the documents of each year, [Y, K]."""
    return np.stack([theta[years == year].mean(axis=0) for year in found])


def write(result: Result, folder: Path) -> None:
    """The figure of the topics that change most among those that come back, and the table of all that do."""
    stable = [topic for topic in range(len(result.words)) if result.returns[topic] >= STABLE]
    ranked = sorted(stable, key=lambda topic: -result.change(topic)[0])
    half = DRAWN // 2
    drawn = ranked if len(ranked) <= DRAWN else ranked[:half] + ranked[-half:]
    trends = {
        ", ".join(result.words[topic][:3]): Trend(result.shares[:, topic], *result.band(topic)) for topic in drawn
    }
    (folder / "_static").mkdir(parents=True, exist_ok=True)
    (folder / "tables").mkdir(exist_ok=True)
    years = result.years.tolist()
    draw_trends(years, trends, columns=3).savefig(folder / "_static" / "topics_acl.png", facecolor="white")
    lines = [
        "```{image} /_static/topics_acl.png",
        f":alt: {describe_trends(years, trends)}",
        "```",
        "",
        f"| most relevant words (λ = 0.6) | comes back | {years[0]} | {years[-1]} | change, in points |",
        "|---|---|---|---|---|",
    ]
    for topic in ranked:
        change, low, high = (100 * value for value in result.change(topic))
        first, last = (100 * result.shares[at, topic] for at in (0, -1))
        lines.append(
            f"| {', '.join(result.words[topic])} | {result.returns[topic]:.0%} | {first:.1f}% | {last:.1f}% "
            f"| {change:+.1f} ({low:+.1f} to {high:+.1f}) |"
        )
    lost = len(result.words) - len(stable)
    lines += ["", f"{lost} of {len(result.words)} topics came back in fewer than {STABLE:.0%} of the fits; not shown."]
    (folder / "tables" / "topics_acl.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--topics", type=int, default=25, help="K (default: %(default)s)")
    parser.add_argument("--fits", type=int, default=24, help="fits beside the first (default: %(default)s)")
    parser.add_argument("--out", type=Path, default=Path("docs"), help="folder of the pages (default: %(default)s)")
    options = parser.parse_args()
    papers = load_documents("acl")
    counts = count_words(papers.texts, min_documents=10, max_share=0.3)
    print(counts.dropped)
    write(measure(counts, papers.years[counts.kept], options.topics, options.fits), options.out)


if __name__ == "__main__":
    main()
