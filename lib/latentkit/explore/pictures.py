"""The plain figures of the notebooks: curves, images, and a latent space with its codes."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from latentkit.explore import alt_text
from latentkit.explore.figure import BLACK, BLUE, ORANGE, PURPLE, SKY, VERMILION, canvas, plain_words, show
from latentkit.explore.manifold import decoded_map

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

STYLES = [(BLUE, "-", "o"), (VERMILION, "--", "s"), (BLACK, ":", "^"), (PURPLE, "-.", "D"), (SKY, "-", "v")]
"""Colour, line style and marker of the first, second, ... curve."""
WIDTHS = (3.4, 2.0, 1.6, 1.6, 1.6)
"""Of the lines: where a later curve lies on the first, both are seen."""
NEAR_ZERO = 0.4
"""An axis begins at 0 unless all that it shows lies higher than this share of its height."""
MOST_LABELS = 14
"""So many places on a logarithmic axis are named each."""


def show_curves(
    x: Sequence[float] | Tensor,
    curves: Mapping[str, Sequence[float] | Tensor],
    *,
    markers: bool = False,
    joined: bool = True,
    level: tuple[str, float] | None = None,
    mark: tuple[str, float] | None = None,
    **axis,
) -> None:
    """Display curves over a common axis; their values are the alt text.

    Args:
        x: where they are given, [N].
        curves: label to values, [N]; values that are not finite are left out.
        markers: whether to mark the points.
        joined: whether neighbours are joined by a line; not where the axis has no order.
        level: label and height of a horizontal line.
        mark: label and place of a vertical line.
        axis: passed to `Axes.set`: xlabel, ylabel, xscale, ...; the title stands below, as the caption.
    """
    figure, (axes,) = canvas(6.4, 3.6)
    for (label, values), (colour, line, marker), width in zip(curves.items(), STYLES, WIDTHS, strict=False):
        axes.plot(
            _list(x), _list(values), label=label, color=colour, linestyle=line if joined else "", linewidth=width,
            marker=marker if markers or not joined else "", markersize=4 + width, markerfacecolor="none",
        )  # fmt: skip
    if level is not None:
        axes.axhline(level[1], color=ORANGE, linestyle=(0, (6, 2)), label=level[0])
    if mark is not None:
        axes.axvline(mark[1], color=BLACK, linestyle=(0, (1, 2)), linewidth=1.2, label=mark[0])
    axes.set(**{name: value for name, value in axis.items() if name != "title"})
    if axis.get("xscale") == "log" and len(x) <= MOST_LABELS:
        axes.set_xticks(_list(x), [f"{value:g}" for value in _list(x)], fontsize=9)
        axes.tick_params(axis="x", which="minor", bottom=False, labelbottom=False)
    _name_lines(figure, axes, ncols=2, fontsize=9)
    named = " over ".join(str(axis[name]) for name in ("ylabel", "xlabel") if axis.get(name))
    lists = {label: _list(values) for label, values in curves.items()}
    title = str(axis.get("title", ""))
    words = alt_text.of_curves(_list(x), lists, level, title, named or "without names", mark)
    show(plain_words(figure), words, _sentence(title or named))


def show_training(
    steps: Sequence[float],
    panels: Mapping[str, Mapping[str, Sequence[float]]],
    *,
    xlabel: str = "gradient step",
    caption: str = "",
) -> None:
    """Display several quantities over the same steps, one panel each.

    Args:
        steps: where they were measured, [N].
        panels: title of the panel to its curves, label to values [N]; the labels are alike in all.
        xlabel: of every panel.
        caption: below the figure.
    """
    figure, axes = canvas(3.4 * len(panels), 3.4, columns=len(panels))
    for panel, (title, curves) in zip(axes, panels.items(), strict=True):
        for (label, values), (colour, line, marker) in zip(curves.items(), STYLES, strict=False):
            panel.plot(list(steps), list(values), color=colour, linestyle=line, marker=marker, ms=4, label=label)
        panel.set(title=title, xlabel=xlabel)
        low, high = panel.get_ylim()
        if low < high * NEAR_ZERO:
            panel.set_ylim(bottom=min(0, low))
    _name_lines(figure, axes[0], ncols=len(STYLES))
    show(plain_words(figure), alt_text.of_training(steps, panels, xlabel), caption)


def show_clouds(clouds: Mapping[str, Tensor], *, reach: float = 4.0, caption: str = "") -> None:
    """Display clouds of points, one panel each, all on the same square.

    Args:
        clouds: title to points, [N, 2].
        reach: the square is [-reach, reach] on both axes.
        caption: below the figure.
    """
    figure, panels = canvas(3.2 * len(clouds), 3.3, columns=len(clouds))
    for axes, (title, points) in zip(panels, clouds.items(), strict=True):
        axes.plot(*_list(points.T), linestyle="", marker=".", markersize=3, color=BLUE, alpha=0.5)
        axes.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal", title=title, xlabel="z₁", ylabel="z₂")
    words = alt_text.of_clouds({title: points.detach().cpu() for title, points in clouds.items()})
    show(plain_words(figure), words, caption)


def show_histograms(
    groups: Mapping[str, Tensor], *, level: tuple[str, float], reach: float, caption: str = "", **axis
) -> None:
    """Display the spread of samples, one histogram above the other.

    Args:
        groups: label to samples, [N].
        level: label and position of a vertical line: the value they should scatter about.
        reach: the axis shows [level - reach, level + reach]; samples outside are not drawn.
        caption: below the figure.
        axis: passed to `Axes.set` of the lowest panel.
    """
    figure, panels = canvas(6.4, 1.15 * len(groups) + 0.5, rows=len(groups), sharex=True)
    for axes, (label, values), (colour, _, _) in zip(panels, groups.items(), STYLES, strict=False):
        axes.hist(values.detach().tolist(), bins=81, range=(level[1] - reach, level[1] + reach), color=colour)
        axes.axvline(level[1], color=ORANGE, linestyle="--", linewidth=2)
        axes.set(yticks=[], title=label)
        axes.title.set(size=9, position=(0, 1))
        axes.title.set_horizontalalignment("left")
    panels[-1].set(**axis)
    panels[0].annotate(f"dashed: {level[0]}", (1, 0.8), xycoords="axes fraction", ha="right", color=BLACK, fontsize=9)
    words = alt_text.of_histograms({label: values.detach().cpu() for label, values in groups.items()}, level)
    show(plain_words(figure), words, caption)


def show_images(rows: Mapping[str, Tensor], *, caption: str = "") -> None:
    """Display rows of square images.

    Args:
        rows: label to images, [N, D], values in [0, 1].
        caption: below the figure.
    """
    figure, panels = canvas(8, 0.52 * len(rows) + 0.1, rows=len(rows))
    for axes, (label, images) in zip(panels, rows.items(), strict=True):
        side = round(images.shape[-1] ** 0.5)
        framed = torch.nn.functional.pad(images.detach().cpu().reshape(-1, side, side), (0, 1), value=torch.nan)
        axes.imshow(torch.cat(list(framed), dim=1)[:, :-1].numpy(), cmap="cividis", vmin=0, vmax=1)
        axes.set(xticks=[], yticks=[])
        axes.spines[:].set_visible(False)
        axes.set_ylabel(label, rotation=0, horizontalalignment="right", verticalalignment="center")
    words = alt_text.of_images({label: images.detach().cpu() for label, images in rows.items()})
    show(plain_words(figure), words, caption)


def show_latent_space(model: nn.Module, codes: Tensor, labels: Tensor, *, caption: str = "") -> None:
    """Display the codes of labelled images, and what the decoder draws over the smallest square that holds them.

    Args:
        model: has `decode`: z [B, 2] -> Bernoulli logits [B, D].
        codes: of the images, [N, 2].
        labels: the digit on each image, [N].
        caption: below the figure.
    """
    from matplotlib.patches import Circle

    codes = codes.detach().cpu()
    low, high = codes.min(dim=0).values, codes.max(dim=0).values
    (z1, z2), reach = ((low + high) / 2).tolist(), 0.53 * (high - low).max().item()
    square = (z1 - reach, z1 + reach, z2 - reach, z2 + reach)

    figure, (left, right) = canvas(9.6, 4.9, columns=2)
    _scatter_digits(left, codes, labels)
    for radius in (1, 2):
        left.add_patch(Circle((0, 0), radius, fill=False, color=BLACK, linestyle="--", zorder=3))
    left.set(xlim=square[:2], ylim=square[2:], aspect="equal", title="codes; dashed: |z| = 1 and 2")
    atlas = decoded_map(model, reach=reach, centre=(z1, z2))
    right.imshow(atlas.numpy(), cmap="cividis", vmin=0, vmax=1, extent=square)
    right.set(title="the decoder's map of the same square")
    for axes in (left, right):
        axes.set(xlabel="z₁", ylabel="z₂")
    show(plain_words(figure), alt_text.of_latent_space(codes, labels.cpu(), atlas), caption)


def _scatter_digits(axes: "Axes", codes: Tensor, labels: Tensor) -> None:
    """Each code as its own digit, so that colour is not needed to read it."""
    import matplotlib

    colours = matplotlib.colormaps["viridis"](torch.linspace(0, 0.9, 10).numpy())
    for (z1, z2), label in zip(codes.tolist(), labels.tolist(), strict=True):
        axes.text(z1, z2, str(label), color=colours[label], fontsize=8, ha="center", va="center", clip_on=True)


def _name_lines(figure: "Figure", axes: "Axes", **options) -> None:
    """A legend of all lines of the axes; by itself matplotlib leaves out a name that begins with an underscore."""
    names = [str(line.get_label()) for line in axes.lines]
    figure.legend(axes.lines, names, loc="outside lower center", frameon=False, **options)


def _sentence(words: str) -> str:
    """With a capital and an end."""
    return words[:1].upper() + words[1:] + ("" if words.endswith((".", "?", "!")) else ".")


def _list(values: Sequence[float] | Tensor) -> list:
    return values.detach().cpu().tolist() if isinstance(values, Tensor) else list(values)
