"""The pattern of every figure of the kit: a matplotlib picture as an HTML image, with or without controls.

A picture is drawn to PNG and shown as `<img alt="...">`, because notebooks drop the alt text of image outputs.
Controls are a slider, which the arrow keys move, and a labelled number box. The picture sits in an HTML widget, never
in an Output widget, which can stall a notebook that is executed without a browser.
"""

import base64
import io
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

import ipywidgets
from IPython.display import HTML, display
from matplotlib.axes import Axes
from matplotlib.figure import Figure

# Okabe and Ito's eight colours, told apart by colour-blind readers; use a line style or hatch beside them.
BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
YELLOW, BLUE, VERMILION, PURPLE = "#F0E442", "#0072B2", "#D55E00", "#CC79A7"


@dataclass(frozen=True)
class Picture:
    """A drawn figure and its words.

    Attributes:
        figure: what is seen.
        alt: the same for a reader who cannot see it, the values included.
        caption: one or two lines under the figure; read aloud when they change.
    """

    figure: Figure
    alt: str
    caption: str = ""


@dataclass(frozen=True)
class Control:
    """A number that the reader moves.

    Attributes:
        name: the argument of the drawing function.
        label: what the reader sees beside the number box.
        low, high, step: its range.
        value: where it starts.
    """

    name: str
    label: str
    low: float
    high: float
    step: float
    value: float


def is_static() -> bool:
    """Whether figures are shown without controls: under grading, and with LATENTKIT_STATIC=1."""
    return bool(os.environ.get("NBGRADER_EXECUTION")) or os.environ.get("LATENTKIT_STATIC", "0") not in ("", "0")


def canvas(width: float, height: float, rows: int = 1, columns: int = 1, **options) -> tuple[Figure, list[Axes]]:
    """An empty figure and its axes, row by row.

    Args:
        width, height: in inches.
        rows, columns: the grid of axes.
        options: passed to `Figure.subplots`.
    """
    figure = Figure(figsize=(width, height), dpi=100, layout="constrained")
    panels = list(figure.subplots(rows, columns, squeeze=False, **options).flat)
    for axes in panels:
        axes.spines[["top", "right"]].set_visible(False)
    return figure, panels


def to_html(picture: Picture) -> str:
    """The picture as an HTML figure: the image with its alt text, and the caption that screen readers announce."""
    buffer = io.BytesIO()
    picture.figure.savefig(buffer, format="png", facecolor="white")
    image = base64.b64encode(buffer.getvalue()).decode("ascii")
    caption = f'<figcaption role="status" aria-live="polite">{escape(picture.caption)}</figcaption>'
    return (
        '<figure style="margin: 0">'
        f'<img style="max-width: 100%" alt="{escape(picture.alt, quote=True)}" src="data:image/png;base64,{image}">'
        f"{caption if picture.caption else ''}</figure>"
    )


def show(figure: Figure, alt: str, caption: str = "") -> None:
    """Display a figure of your own, with the alt text that `plt.show()` would drop."""
    display(HTML(to_html(Picture(figure, alt, caption))))


class Panel(ipywidgets.VBox):
    """Controls above their picture. Saved notebooks also hold the first picture as plain HTML."""

    def __init__(self, draw: Callable[..., Picture], controls: Sequence[Control]):
        self.sliders = {control.name: _slider(control) for control in controls}
        self.picture = ipywidgets.HTML()
        rows = [_row(control, self.sliders[control.name]) for control in controls]

        def redraw(_change=None) -> None:
            values = {name: _tidy(slider.value) for name, slider in self.sliders.items()}
            self.picture.value = to_html(draw(**values))

        for slider in self.sliders.values():
            slider.observe(redraw, names="value")
        redraw()
        super().__init__([*rows, self.picture])

    def _repr_mimebundle_(self, **kwargs):
        return {**super()._repr_mimebundle_(**kwargs), "text/html": self.picture.value}


def explore(draw: Callable[..., Picture], controls: Sequence[Control]) -> Panel | HTML:
    """A figure that follows its controls; the figure alone, at the starting values, where figures are static.

    Args:
        draw: takes the controls' values by name and returns the picture.
        controls: in the order shown.
    """
    if is_static():
        return HTML(to_html(draw(**{control.name: control.value for control in controls})))
    return Panel(draw, controls)


def _slider(control: Control) -> ipywidgets.FloatSlider:
    return ipywidgets.FloatSlider(
        value=control.value, min=control.low, max=control.high, step=control.step,
        readout=False, tooltip=control.label,
    )  # fmt: skip


def _row(control: Control, slider: ipywidgets.FloatSlider) -> ipywidgets.HBox:
    """The number box, which carries the label, and the slider; each follows the other."""
    box = ipywidgets.BoundedFloatText(
        value=control.value, min=control.low, max=control.high, step=control.step, description=control.label,
        style={"description_width": "12em"}, layout={"width": "20em"},
    )  # fmt: skip
    ipywidgets.link((slider, "value"), (box, "value"), transform=(_tidy, _tidy))
    return ipywidgets.HBox([box, slider])


def _tidy(value: float) -> float:
    """Without the last digits that a slider's arithmetic leaves: 0.2, not 0.19999999999999996."""
    return round(value, 6)
