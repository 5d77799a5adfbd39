"""The pattern of every figure of the kit: a matplotlib picture as an HTML image, with or without controls.

A picture is drawn to PNG and shown as `<img alt="...">`, because notebooks drop the alt text of image outputs.
Controls are a slider, which the arrow keys move, and a labelled number box; or a labelled box for words. The picture
sits in an HTML widget, never in an Output widget, which can stall a notebook that is executed without a browser.
"""

import base64
import io
import os
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # matplotlib and the widgets take a notebook's first cell longer than all else; a figure brings them
    import ipywidgets
    from IPython.display import HTML
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito's eight colours, told apart by colour-blind readers; use a line style or hatch beside them.
BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
YELLOW, BLUE, VERMILION, PURPLE = "#F0E442", "#0072B2", "#D55E00", "#CC79A7"

WIDE_FONTS = (
    "Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans CJK KR", "Noto Sans SC", "Source Han Sans SC",
    "Hiragino Sans GB", "PingFang SC", "Microsoft YaHei", "Yu Gothic", "Malgun Gothic", "WenQuanYi Zen Hei",
    "WenQuanYi Micro Hei", "Droid Sans Fallback", "Arial Unicode MS",
)  # fmt: skip
"""Fonts of Linux, macOS and Windows with Chinese, Japanese or Korean letters, which matplotlib's own font lacks."""

RESOLUTION = 200
"""Dots per inch of a picture; shown at half its size, it is sharp on a fine screen and in print."""


@dataclass(frozen=True)
class Table:
    """Words in rows and columns.

    Attributes:
        title: above the table.
        header: of the columns.
        rows: cells as text; the first of each row is its heading.
    """

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Picture:
    """A drawn figure and its words.

    Attributes:
        figure: what is seen.
        alt: the same for a reader who cannot see it, the values included.
        caption: one or two lines under the figure; read aloud when they change.
        table: under the caption, where there is one.
    """

    figure: "Figure"
    alt: str
    caption: str = ""
    table: Table | None = None


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


@dataclass(frozen=True)
class Words:
    """Words that the reader types; they count when Enter is pressed or the box is left.

    Attributes:
        name: the argument of the drawing function.
        label: what the reader sees beside the box.
        value: what it holds at first.
    """

    name: str
    label: str
    value: str


@dataclass(frozen=True)
class Chosen:
    """A whole number that the reader chooses in the picture itself, by what is clicked there: it has no row of its own.

    Attributes:
        name: the argument of the drawing function.
        low, high: its range.
        value: where it starts.
    """

    name: str
    low: int
    high: int
    value: int


@dataclass(frozen=True)
class Passage:
    """What stands in place of a picture where all there is to see is text.

    Attributes:
        html: the text, escaped, readable in any theme and without a style sheet.
        alt: what it is, in a sentence or two.
    """

    html: str
    alt: str


def is_static() -> bool:
    """Whether figures are shown without controls: under grading, and with LATENTKIT_STATIC=1."""
    return bool(os.environ.get("NBGRADER_EXECUTION")) or os.environ.get("LATENTKIT_STATIC", "0") not in ("", "0")


def canvas(width: float, height: float, rows: int = 1, columns: int = 1, **options) -> "tuple[Figure, list[Axes]]":
    """An empty figure and its axes, row by row.

    Args:
        width, height: in inches.
        rows, columns: the grid of axes.
        options: passed to `Figure.subplots`.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=100, layout="constrained")
    panels = list(figure.subplots(rows, columns, squeeze=False, **options).flat)
    for axes in panels:
        axes.spines[["top", "right"]].set_visible(False)
    return figure, panels


def plain_words(figure: "Figure") -> "Figure":
    """The figure, its words drawn as they are: `$x$` with its dollars, 星 by a font that has it, where there is one.

    For a figure that shows words of a text; call it when all are drawn.
    """
    from matplotlib.font_manager import fontManager
    from matplotlib.text import Text
    from matplotlib.ticker import FixedFormatter, FuncFormatter

    installed = {font.name for font in fontManager.ttflist}
    others = [name for name in WIDE_FONTS if name in installed]
    numbers = set()  # beside ticks, written by matplotlib: 10² is mathematics
    for axis in (axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)):
        if not isinstance(axis.get_major_formatter(), FixedFormatter | FuncFormatter):
            numbers.update(axis.get_majorticklabels())
        numbers.update([*axis.get_minorticklabels(), axis.get_offset_text()])
    for text in set(figure.findobj(Text)) - numbers:
        text.set_parse_math(False)
        if not text.get_text().isascii():
            text.set_fontfamily([*text.get_fontfamily(), *others])
    return figure


def to_html(picture: Picture | Passage) -> str:
    """The picture as HTML: the image with its alt text, the caption that screen readers announce, and the table."""
    if isinstance(picture, Passage):
        return picture.html
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        # Where no font has a letter a box is drawn, and the alt text has the word.
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        picture.figure.savefig(buffer, format="png", facecolor="white", dpi=RESOLUTION)
    image = base64.b64encode(buffer.getvalue()).decode("ascii")
    caption = f'<figcaption role="status" aria-live="polite">{escape(picture.caption)}</figcaption>'
    return (
        '<figure style="margin: 0">'
        f'<img style="width: {100 * picture.figure.get_figwidth():.0f}px; max-width: 100%" '
        f'alt="{escape(picture.alt, quote=True)}" src="data:image/png;base64,{image}">'
        f"{caption if picture.caption else ''}</figure>"
        f"{table_html(picture.table) if picture.table else ''}"
    )


def table_html(table: Table) -> str:
    """The table as HTML, its headings marked as such."""
    head = "".join(f'<th scope="col" style="text-align: left">{escape(title)}</th>' for title in table.header)
    body = "".join(
        f'<tr><th scope="row" style="text-align: left">{escape(first)}</th>'
        + "".join(f'<td style="text-align: left">{escape(cell)}</td>' for cell in others)
        + "</tr>"
        for first, *others in table.rows
    )
    title = f'<caption style="text-align: left">{escape(table.title)}</caption>'
    return f"<table>{title}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def show(figure: "Figure", alt: str, caption: str = "") -> None:
    """Display a figure of your own, with the alt text that `plt.show()` would drop."""
    show_html(to_html(Picture(figure, alt, caption)))


def show_table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Display words in rows and columns; the first cell of a row is its heading."""
    show_html(table_html(Table(title, header, rows)))


def show_html(html: str) -> None:
    """Display HTML below the cell that runs."""
    from IPython.display import HTML, display

    display(HTML(html))


class Panel:
    """Controls above their picture. Saved notebooks also hold the first picture as plain HTML.

    Attributes:
        inputs: what the reader moves or types in, by name.
        picture: what follows them.
        box: all of it, as it is displayed.
    """

    def __init__(self, draw: Callable[..., Picture], controls: Sequence[Control | Words]):
        import ipywidgets

        self.inputs = {control.name: _input(control) for control in controls}
        self.picture = ipywidgets.HTML()
        rows = [_row(control, self.inputs[control.name]) for control in controls]

        def redraw(_change=None) -> None:
            self.picture.value = to_html(draw(**{name: _tidy(box.value) for name, box in self.inputs.items()}))

        for box in self.inputs.values():
            box.observe(redraw, names="value")
        redraw()
        self.box = ipywidgets.VBox([*rows, self.picture])

    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]:
        return {**self.box._repr_mimebundle_(**options), "text/html": self.picture.value}


def explore(draw: Callable[..., Picture], controls: Sequence[Control | Words]) -> "Panel | HTML":
    """A figure that follows its controls; the figure alone, at the starting values, where figures are static.

    Args:
        draw: takes the controls' values by name and returns the picture.
        controls: in the order shown.
    """
    from IPython.display import HTML

    if is_static():
        return HTML(to_html(draw(**{control.name: control.value for control in controls})))
    return Panel(draw, controls)


def _input(control: Control | Words) -> "ipywidgets.FloatSlider | ipywidgets.Text":
    import ipywidgets

    if isinstance(control, Words):
        return ipywidgets.Text(
            value=control.value, description=control.label, continuous_update=False,
            style={"description_width": "12em"}, layout={"width": "46em", "max_width": "98%"},
        )  # fmt: skip
    return ipywidgets.FloatSlider(
        value=control.value, min=control.low, max=control.high, step=control.step,
        readout=False, tooltip=control.label,
    )  # fmt: skip


def _row(control: Control | Words, given: "ipywidgets.Widget") -> "ipywidgets.Widget":
    """A box for words carries its own label; a slider has a number box that carries it, and each follows the other."""
    if isinstance(control, Words):
        return given
    import ipywidgets

    box = ipywidgets.BoundedFloatText(
        value=control.value, min=control.low, max=control.high, step=control.step, description=control.label,
        style={"description_width": "12em"}, layout={"width": "20em"},
    )  # fmt: skip
    ipywidgets.link((given, "value"), (box, "value"), transform=(_tidy, _tidy))
    return ipywidgets.HBox([box, given])


def _tidy(value: float | str) -> float | str:
    """Without the last digits that a slider's arithmetic leaves: 0.2, not 0.19999999999999996."""
    return value if isinstance(value, str) else round(value, 6)
