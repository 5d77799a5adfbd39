"""The curve of a training while it runs: a small drawing in the notebook that is replaced as numbers come in.

It is plain HTML with an SVG inside, so that the last drawing stays in the saved notebook and needs no kernel.
"""

import math
import time
from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

SECONDS_BETWEEN = 0.5
MOST_POINTS = 120
WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 300, 150, 52, 24, 20
"""Of one panel and its margins, in pixels."""


class TrainingCurve:
    """Numbers of a training, one panel for each name, drawn at most twice a second.

    Args:
        label: what is trained.
        total: steps that it will take, if that is known.
    """

    def __init__(self, label: str, total: int | None = None):
        self.label, self.total = label, total
        self._steps: dict[str, list[int]] = {}
        self._numbers: dict[str, list[float]] = {}  # of all steps but those that wait
        self._waiting: dict[str, list[Any]] = {}
        self._handle: Any = None
        self._drawn = time.monotonic()

    def record(self, step: int, **values: Any) -> None:
        """Keep numbers of a step, and draw when the last drawing is old enough.

        Args:
            step: how many steps were taken.
            values: numbers or tensors of one element, by what they are called. Tensors are read when they are drawn.
        """
        for name, value in values.items():
            self._steps.setdefault(name, []).append(step)
            self._waiting.setdefault(name, []).append(value.detach() if torch.is_tensor(value) else value)
        if time.monotonic() - self._drawn >= SECONDS_BETWEEN:
            self.draw()

    def draw(self) -> None:
        """Show the curve, or replace the one that is shown."""
        from IPython.display import HTML, display

        self._drawn = time.monotonic()
        html = HTML(to_html(self.label, self.points(), self.total))
        if self._handle is None:
            self._handle = display(html, display_id=True)
        else:
            self._handle.update(html)

    def points(self) -> dict[str, list[tuple[float, float]]]:
        """At most `MOST_POINTS` of each name: the means of neighbouring steps, but for those that are not finite."""
        found = {}
        for name, steps in self._steps.items():
            numbers = self._numbers.setdefault(name, [])
            numbers += [float(value) for value in self._waiting.pop(name, ())]
            parts = zip(_parts(steps), _parts(numbers), strict=True)
            means = [(float(part.mean()), float(values.mean())) for part, values in parts if len(part)]
            found[name] = [pair for pair in means if math.isfinite(pair[1])]
        return found


def _parts(numbers: Sequence[float]) -> list[NDArray[np.float64]]:
    return np.array_split(np.asarray(numbers, dtype=np.float64), MOST_POINTS)


def to_html(label: str, points: dict[str, list[tuple[float, float]]], total: int | None = None) -> str:
    """The panels beside each other, with what they show in words.

    Args:
        label: what is trained.
        points: of each name, step and value.
        total: where the axis of the steps ends; at the last step if None.
    """
    panels = "".join(_panel(name, pairs, total) for name, pairs in points.items() if pairs)
    words = ", ".join(f"{name} from {_short(p[0][1])} to {_short(p[-1][1])}" for name, p in points.items() if p)
    last = max((pairs[-1][0] for pairs in points.values() if pairs), default=0)
    alt = f"{label}: {words or 'no finite number'} after {last:.0f} steps"
    return (
        f'<div role="img" aria-label="{escape(alt, quote=True)}" style="display: flex; flex-wrap: wrap">{panels}</div>'
    )


def _panel(name: str, pairs: Sequence[tuple[float, float]], total: int | None) -> str:
    values = [value for _, value in pairs]
    low, high = min(values), max(values)
    if low == high:
        low, high = low - 0.5, high + 0.5
    end = total or pairs[-1][0] or 1
    inner_width, inner_height = WIDTH - LEFT - 12, HEIGHT - TOP - BOTTOM

    def place(step: float, value: float) -> str:
        return f"{LEFT + inner_width * step / end:.1f},{TOP + inner_height * (high - value) / (high - low):.1f}"

    line = " ".join(place(step, value) for step, value in pairs)
    text = 'fill="currentColor" font-size="11"'
    return (
        f'<svg aria-hidden="true" viewBox="0 0 {WIDTH} {HEIGHT}" style="width: {WIDTH}px; max-width: 100%; '
        'color: var(--jp-ui-font-color1, currentColor); font-family: sans-serif">'
        f'<path d="M{LEFT} {TOP}V{HEIGHT - BOTTOM}H{WIDTH - 12}" fill="none" stroke="currentColor" opacity="0.5"/>'
        f'<polyline points="{line}" fill="none" stroke="#0072B2" stroke-width="2"/>'
        f'<text x="{LEFT}" y="13" {text} font-weight="bold">{escape(name)} {escape(_short(values[-1]))}</text>'
        f'<text x="{LEFT - 5}" y="{TOP + 8}" {text} text-anchor="end">{_short(high)}</text>'
        f'<text x="{LEFT - 5}" y="{HEIGHT - BOTTOM}" {text} text-anchor="end">{_short(low)}</text>'
        f'<text x="{LEFT}" y="{HEIGHT - 8}" {text}>0</text>'
        f'<text x="{WIDTH - 12}" y="{HEIGHT - 8}" {text} text-anchor="end">step {end:.0f}</text></svg>'
    )


def _short(value: float) -> str:
    return f"{value:.4g}".replace("-", "−")
