"""The notebooks' plain figures in words, made of the numbers that they show.

No notebook holds these words in its source: they would answer what a reader is to predict before running the cell.
"""

import math
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

Numbers = Sequence[float]

PLACES = 5
"""So many values of a curve are told, from the first to the last."""

CLEAR = 0.1
"""A pixel is clearly black below this, and clearly white above one less this."""


def of_curves(
    x: Numbers,
    curves: Mapping[str, Numbers],
    level: tuple[str, float] | None,
    title: str,
    axes: str,
    mark: tuple[str, float] | None = None,
) -> str:
    """Curves over a common axis: each at five places, its extremes, and where it has no finite value."""
    count = "One curve" if len(curves) == 1 else f"{len(curves)} curves"
    head = f"{title}{'' if title.endswith(('?', '!')) else '.'} {count}, {axes}." if title else f"{count}, {axes}."
    line = f" Horizontal line, {level[0]}: {number(level[1])}." if level is not None else ""
    line += f" Vertical line, {mark[0]}: at {number(mark[1])}." if mark is not None else ""
    return " ".join([head, *(of_curve(label, x, values) for label, values in curves.items())]) + line


def of_curve(label: str, x: Numbers, values: Numbers) -> str:
    """One curve in one sentence."""
    finite = [place for place, value in enumerate(values) if math.isfinite(value)]
    if not finite:
        return f"{label}: no finite value."
    if len(finite) == len(values) > 1 and min(values) == max(values):
        return f"{label}: {number(values[0])} everywhere."
    places = sorted({finite[round(step * (len(finite) - 1) / (PLACES - 1))] for step in range(PLACES)})
    told = ", ".join(f"{number(values[place])} at {number(x[place])}" for place in places)
    lowest, highest = min(finite, key=values.__getitem__), max(finite, key=values.__getitem__)
    low, high = (f"{number(values[place])} at {number(x[place])}" for place in (lowest, highest))
    ends = f"lowest {low}, highest {high}"
    gaps = [place for place in range(len(values)) if not math.isfinite(values[place])]
    gone = f"; not finite at {len(gaps)} of {len(values)} places, the first at {number(x[gaps[0]])}" if gaps else ""
    return f"{label}: {told}; {ends}{gone}."


def of_training(steps: Numbers, panels: Mapping[str, Mapping[str, Numbers]], xlabel: str) -> str:
    """Several quantities over the same steps, panel by panel."""
    head = f"{len(panels)} panels over the {xlabel}."
    bodies = [
        f"{title}: " + " ".join(of_curve(label, steps, values) for label, values in curves.items())
        for title, curves in panels.items()
    ]
    return " ".join([head, *bodies])


def of_clouds(clouds: Mapping[str, Tensor]) -> str:
    """Clouds of points: where each lies, how wide it is, and whether it is tilted."""
    parts = []
    for title, points in clouds.items():
        at, spread = points.mean(dim=0), points.std(dim=0)
        tilt = torch.corrcoef(points.T)[0, 1]
        parts.append(
            f"{title}: {len(points)} points about ({at[0]:.2f}, {at[1]:.2f}), standard deviations {spread[0]:.2f} and "
            f"{spread[1]:.2f}, correlation {tilt:.2f}."
        )
    return f"{len(clouds)} clouds of points in one plane. " + " ".join(parts)


def of_histograms(groups: Mapping[str, Tensor], level: tuple[str, float]) -> str:
    """Samples: the mean and the spread of each group."""
    parts = [
        f"{label}: mean {number(float(values.mean()))}, standard deviation {number(float(values.std()))}, the middle "
        f"half between {number(float(values.quantile(0.25)))} and {number(float(values.quantile(0.75)))}."
        for label, values in groups.items()
    ]
    return f"{len(groups)} histograms about {level[0]}. " + " ".join(parts)


def of_images(rows: Mapping[str, Tensor]) -> str:
    """Rows of images: how white they are, how sure of their pixels, and how much they differ among each other."""
    parts = []
    for label, images in rows.items():
        unsure = ((images > CLEAR) & (images < 1 - CLEAR)).float().mean()
        apart = (images - images.mean(dim=0)).abs().mean()
        parts.append(
            f"{label}: {len(images)} images, mean brightness {images.mean():.2f}, {unsure:.0%} of the pixels grey, "
            f"mean distance of a pixel from the row's average image {apart:.2f}."
        )
    return ("One row" if len(rows) == 1 else f"{len(rows)} rows") + " of images. " + " ".join(parts)


def of_latent_space(codes: Tensor, labels: Tensor, atlas: Tensor) -> str:
    """Codes of labelled images beside the decoder's map: where each kind lies, and how sure the decoder is."""
    distance = codes.norm(dim=1)
    kinds = []
    for digit in labels.unique().tolist():
        own = codes[labels == digit]
        at, spread = own.mean(dim=0), own.std(dim=0).mean()
        kinds.append(f"{digit} about ({at[0]:.1f}, {at[1]:.1f}) ± {spread:.1f}")
    unsure = ((atlas > CLEAR) & (atlas < 1 - CLEAR)).float().mean()
    return (
        f"Left: the codes of {len(codes)} images, {(distance < 2).float().mean():.0%} of them within |z| = 2, "
        f"the farthest at {distance.max():.1f}; by digit, mean and spread: {', '.join(kinds)}. Right: the decoder's "
        f"drawings over the same square, {unsure:.0%} of their pixels grey."
    )


def number(value: float) -> str:
    """With three digits, or whole where it is large: what can be read aloud."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value + 0.0:.3g}"  # a negative zero is a zero
