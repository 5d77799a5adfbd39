"""Words of a text are drawn as they are: a dollar is no mathematics, an underscore hides nothing, 星 makes no noise."""

import warnings

import numpy as np
import pytest
import torch

from latentkit.explore import pictures
from latentkit.explore.browser import TopicTables
from latentkit.explore.browser import draw as draw_browser
from latentkit.explore.figure import Picture, canvas, plain_words, to_html
from latentkit.explore.trends import Trend, draw_trends

HOSTILE = ["$x$", r"$\frac$", "_start", "星 and 별", "a $ b", "<b>", "back\\slash"]
"""As mathematics the second is an error."""


def shown_words(figure) -> dict[str, bool]:
    """All words of the figure, and whether they are read as mathematics."""
    from matplotlib.text import Text

    return {text.get_text(): text.get_parse_math() for text in figure.findobj(Text) if text.get_text()}


def draws_without_a_word(figure) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert to_html(Picture(figure, "alt")).count("<img") == 1


@pytest.fixture
def drawn(monkeypatch):
    """The figures that the module shows."""
    figures = []
    monkeypatch.setattr(pictures, "show", lambda figure, alt, caption="": figures.append(figure))
    return figures


def of_curves() -> None:
    curves = {word: [1.0, 2.0, 3.0] for word in HOSTILE[:3]}
    pictures.show_curves(
        [1, 2, 3], curves, level=(HOSTILE[3], 2), mark=(HOSTILE[4], 2), xlabel=HOSTILE[5], ylabel=HOSTILE[6]
    )


def of_training() -> None:
    curves = {word: [1.0, 2.0] for word in HOSTILE[:4]}
    pictures.show_training([1, 2], {HOSTILE[4]: curves, HOSTILE[5]: curves}, xlabel=HOSTILE[6])


def of_clouds() -> None:
    pictures.show_clouds({word: torch.zeros(3, 2) for word in HOSTILE})


def of_histograms() -> None:
    groups = {word: torch.zeros(3) for word in HOSTILE[:3]}
    pictures.show_histograms(groups, level=("a", 0.0), reach=1, xlabel=HOSTILE[3])


def of_images() -> None:
    pictures.show_images({word: torch.zeros(2, 16) for word in HOSTILE})


@pytest.mark.parametrize("show", [of_curves, of_training, of_clouds, of_histograms, of_images])
def test_a_plain_figure_draws_its_names_as_they_are(drawn, show):
    show()
    (figure,) = drawn
    found = shown_words(figure)
    names = [word for word in HOSTILE if word in found]
    assert len(names) >= 4 and not any(found[word] for word in names)
    draws_without_a_word(figure)


@pytest.mark.parametrize("show", [of_curves, of_training])
def test_a_legend_names_what_begins_with_an_underscore(drawn, show):
    show()
    named = [text.get_text() for text in drawn[0].legends[0].get_texts()]
    assert "_start" in named and named[:3] == HOSTILE[:3]


def test_trends_draw_their_titles_as_they_are():
    trend = Trend([0.1, 0.2], [0.1, 0.1], [0.2, 0.3])
    figure = draw_trends([2020, 2021], dict.fromkeys(HOSTILE, trend))
    assert not any(shown_words(figure)[word] for word in HOSTILE)
    draws_without_a_word(figure)


def test_the_topic_browsers_picture_draws_words_as_they_are():
    count = len(HOSTILE)
    model = TopicTables(np.full((1, count), 1 / count), np.ones((2, 1)), np.ones((2, count)), HOSTILE, None)
    picture = draw_browser(model, 0, 1.0)
    assert not any(shown_words(picture.figure)[word] for word in HOSTILE)
    draws_without_a_word(picture.figure)


def test_the_numbers_of_a_logarithmic_axis_stay_mathematics():
    figure, (axes,) = canvas(3, 3)
    axes.plot([1, 1e6], [1, 1e6])
    axes.set(yscale="log", xlabel="$x$")
    plain_words(figure)
    assert all(label.get_parse_math() for label in axes.yaxis.get_majorticklabels())
    assert not axes.xaxis.label.get_parse_math()
