"""The curve of a training: what it keeps, what it draws, and when."""

import math
import re

import pytest
import torch

from latentkit import training_curve
from latentkit.progress import Bar
from latentkit.training_curve import MOST_POINTS, TrainingCurve, to_html


class Shown:
    """Stands in for a notebook: holds what is displayed, and what replaces it."""

    def __init__(self):
        self.drawings = []

    def __call__(self, html, display_id):
        assert display_id
        self.drawings.append(html.data)
        return self

    def update(self, html):
        self.drawings.append(html.data)


@pytest.fixture
def shown(monkeypatch):
    found = Shown()
    monkeypatch.setattr("IPython.display.display", found)
    return found


def test_few_numbers_are_drawn_as_they_are():
    curve = TrainingCurve("training")
    for step in range(1, 5):
        curve.record(step, loss=torch.tensor(1.0 / step, requires_grad=True), KL=step)
    assert curve.points()["loss"] == [(step, pytest.approx(1 / step)) for step in range(1, 5)]
    assert curve.points()["KL"] == [(step, step) for step in range(1, 5)]


def test_of_many_numbers_neighbours_are_averaged_and_none_is_lost():
    curve = TrainingCurve("training")
    for step in range(1, 10 * MOST_POINTS + 1):
        curve.record(step, loss=float(step))
        if step % 77 == 0:
            curve.points()
    points = curve.points()["loss"]
    assert len(points) == MOST_POINTS
    assert points == [(10 * place + 5.5, 10 * place + 5.5) for place in range(MOST_POINTS)]


def test_what_is_not_finite_is_left_out_and_nothing_at_all_is_said():
    curve = TrainingCurve("training")
    for step, value in enumerate([1.0, math.nan, math.inf, 2.0], start=1):
        curve.record(step, loss=value)
    assert curve.points()["loss"] == [(1, 1.0), (4, 2.0)]
    assert "training: loss from 1 to 2 after 4 steps" in to_html("training", curve.points())
    assert "no finite number" in to_html("training", {"loss": []})


def test_a_drawing_says_in_words_what_it_shows_and_escapes_them():
    html = to_html('a <b> "model"', {"loss < 1": [(1, -2.0), (2, 3.5)], "KL": [(1, 0.0)]}, total=4)
    assert (
        'aria-label="a &lt;b&gt; &quot;model&quot;: loss &lt; 1 from −2 to 3.5, KL from 0 to 0 after 2 steps"' in html
    )
    assert "<b>" not in html and html.count("<svg") == 2 and "step 4" in html
    numbers = [float(number) for pair in re.findall(r'points="([^"]+)"', html) for number in re.split("[ ,]", pair)]
    assert all(0 <= number <= training_curve.WIDTH for number in numbers)


def test_it_is_drawn_now_and_then_and_at_the_end(shown, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(training_curve.time, "monotonic", lambda: now[0])
    monkeypatch.setattr("latentkit.progress._in_notebook", lambda: True)
    bar = Bar(range(100), desc="training", disable=False)
    for _ in bar:
        now[0] += 0.1
        bar.record(loss=1.0)
    assert 15 <= len(shown.drawings) <= 25
    assert "after 100 steps" in shown.drawings[-1]


def test_a_silent_bar_draws_nothing(shown, monkeypatch):
    monkeypatch.setattr("latentkit.progress._in_notebook", lambda: True)
    bar = Bar(range(3), disable=True)
    for _ in bar:
        bar.record(loss=1.0)
    assert shown.drawings == []
