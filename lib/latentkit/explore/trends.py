"""Curves over the years with a band of uncertainty, a small panel each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from latentkit.explore.figure import BLACK, BLUE, SKY, canvas, plain_words, show

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Trend:
    """A share over the years.

    Attributes:
        middle, low, high: the curve and the ends of its band, [Y], shares between 0 and 1.
        truth: what is known to be right, [Y], drawn as a dashed line; None where nothing is known.
    """

    middle: Sequence[float]
    low: Sequence[float]
    high: Sequence[float]
    truth: Sequence[float] | None = None


def draw_trends(years: Sequence[int], trends: Mapping[str, Trend], columns: int = 3) -> "Figure":
    """A panel for each trend, on one scale, in the order given.

    Args:
        years: ascending, [Y].
        trends: title to trend.
        columns: panels side by side.
    """
    rows = -(-len(trends) // columns)
    figure, panels = canvas(3.1 * columns, 1.75 * rows + 0.3, rows=rows, columns=columns, sharex=True, sharey=True)
    for axes, (title, trend) in zip(panels, trends.items(), strict=False):
        axes.fill_between(years, 100 * np.asarray(trend.low), 100 * np.asarray(trend.high), color=SKY, alpha=0.5, lw=0)
        axes.plot(years, 100 * np.asarray(trend.middle), color=BLUE, marker="o", ms=3)
        if trend.truth is not None:
            axes.plot(years, 100 * np.asarray(trend.truth), color=BLACK, linestyle="--")
        axes.set_title(title, fontsize=9, loc="left")
    for axes in panels[len(trends) :]:
        axes.set_axis_off()
    for axes in panels[: len(trends) : columns]:
        axes.set_ylabel("share, %")
    panels[0].set_ylim(bottom=0)  # of all panels, once everything is drawn
    first, last = min(years), max(years)
    panels[0].set_xticks([first, (first + last) // 2, last])
    return plain_words(figure)


def describe_trends(years: Sequence[int], trends: Mapping[str, Trend]) -> str:
    """The figure in words: each trend's first and last year with the ends of the band."""
    parts = []
    for title, trend in trends.items():
        ends = [
            f"{year}: {100 * trend.middle[at]:.1f}% ({100 * trend.low[at]:.1f} to {100 * trend.high[at]:.1f})"
            for at, year in ((0, years[0]), (-1, years[-1]))
        ]
        parts.append(f"{title}, {', '.join(ends)}")
    return f"Small panels of shares over the years, with bands. {'. '.join(parts)}."


def show_trends(years: Sequence[int], trends: Mapping[str, Trend], columns: int = 3, caption: str = "") -> None:
    """Display the panels with their description as alt text, and a caption below."""
    show(draw_trends(years, trends, columns), describe_trends(years, trends), caption)
