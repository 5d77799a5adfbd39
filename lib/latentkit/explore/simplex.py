"""The Dirichlet on the triangle of three shares: where its density is, and what its draws look like.

Every draw keeps its random numbers while α changes, so that the dots move instead of being drawn anew.

References:
    Blei, Ng and Jordan 2003, Latent Dirichlet Allocation, section 3 and figure 2.
    Marsaglia and Tsang 2000, A simple method for generating gamma variables, ACM Transactions on Mathematical Software.
    Appleby 2011, MurmurHash3: the last steps of its 32-bit hash.
"""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from latentkit.explore.figure import BLACK, BLUE, VERMILION, Control, Picture, canvas
from latentkit.explore.live import LiveFigure, live_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CORNERS = np.array([[0.0, 0.0], [1.0, 0.0], [0.5, np.sqrt(3) / 2]])
NAMES = ("topic 1", "topic 2", "topic 3")
DRAWS = 300
COLUMNS = 120
"""The density is shown at so many points across, and as many up."""
INSIDE = 1e-3
"""The smallest share at which the density is shown: with α < 1 it is infinite at the edge."""
STRIDE = 64
"""Random numbers of one gamma variate."""
START = 5_000_015
"""Where in the random sequence the draws begin: there they are typical of small, middle and large α."""


def dirichlet_simplex(first: float = 2.0, second: float = 2.0, third: float = 2.0) -> LiveFigure:
    """Move the three concentrations, or drag the mean: all alike or not, above 1 or below.

    Args:
        first, second, third: α₁, α₂ and α₃ at first.
    """
    controls = [
        Control(name, f"α{number}", 0.05, 10.0, 0.05, value)
        for name, number, value in zip(("first", "second", "third"), "₁₂₃", (first, second, third), strict=True)
    ]
    return live_figure("dirichlet_simplex", "The Dirichlet on the triangle of shares", draw, controls)


def uniform(places: NDArray[np.int64]) -> NDArray[np.float64]:
    """Numbers in (0, 1) of a random sequence, by their places in it: hashes of the places."""
    bits = (places + START).astype(np.uint32) * np.uint32(0x9E3779B9)
    bits = (bits ^ (bits >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    bits = (bits ^ (bits >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return ((bits ^ (bits >> np.uint32(16))) + 0.5) / 2.0**32


def gamma_draws(alpha: NDArray[np.float64]) -> NDArray[np.float64]:
    """Gamma variates of the shapes `alpha`, [N], the n-th from its own random numbers, [N].

    One of shape α + 1 by rejection, times the α-th root of a uniform one: continuous in α but where a proposal that was
    rejected is accepted.
    """
    d, first = alpha + 2 / 3, STRIDE * np.arange(len(alpha))
    found = np.full(len(alpha), np.nan)
    for k in range(1, STRIDE, 3):
        normal = np.sqrt(-2 * np.log(uniform(first + k))) * np.cos(2 * np.pi * uniform(first + k + 1))
        v = (1 + normal / np.sqrt(9 * d)) ** 3
        with np.errstate(invalid="ignore"):
            accepted = np.log(uniform(first + k + 2)) < 0.5 * normal**2 + d * (1 - v + np.log(v))
        found = np.where(np.isnan(found) & accepted, d * v, found)
        if not np.isnan(found).any():
            break
    return found * uniform(first) ** (1 / alpha)


def share_draws(alpha: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shares of DRAWS documents under Dirichlet(alpha), [DRAWS, 3]."""
    variates = gamma_draws(np.tile(alpha, DRAWS)).reshape(DRAWS, 3)
    return variates / variates.sum(axis=1, keepdims=True)


def shown_points() -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Which points of the square grid show a density, [COLUMNS, COLUMNS], rows downwards, and their shares, [3, N].

    They reach a step beyond the triangle, so that its edge is painted; the shares there are INSIDE.
    """
    steps = (np.arange(COLUMNS) + 0.5) / COLUMNS
    third, across = np.meshgrid(1 - steps, steps, indexing="ij")
    shares = np.stack([1 - across - third / 2, across - third / 2, third])
    shown: NDArray[np.bool_] = np.all(shares > -1.5 / COLUMNS, axis=0)
    return shown, np.maximum(shares[:, shown], INSIDE)


def log_density(alpha: NDArray[np.float64]) -> NDArray[np.float64]:
    """log p(θ | alpha) up to its constant at the shown points, [N]."""
    return (alpha - 1) @ np.log(shown_points()[1])


def expected_log(alpha: NDArray[np.float64]) -> NDArray[np.float64]:
    """E[log θ] under Dirichlet(alpha), [3]."""
    from scipy.special import digamma  # half a second, which other figures do not need

    return digamma(alpha) - digamma(alpha.sum())


def draw(first: float, second: float, third: float) -> Picture:
    """The density on the left, draws on the right; the cross is the mean."""
    alpha = np.array([first, second, third])
    mean = alpha / alpha.sum()
    draws = share_draws(alpha)

    figure, (left, right) = canvas(8.6, 3.9, columns=2)
    _paint_density(left, alpha)
    right.plot(*(draws @ CORNERS).T, linestyle="", marker=".", markersize=4, color=BLUE, alpha=0.6)
    left.set_title("density, light is high")
    right.set_title(f"{DRAWS} documents' shares")
    for axes in (left, right):
        axes.plot(*np.vstack([CORNERS, CORNERS[:1]]).T, color=BLACK, linewidth=1)
        axes.plot(*(mean @ CORNERS), marker="x", markersize=10, markeredgewidth=2.5, color=VERMILION)
        for corner, name, shift in zip(CORNERS, NAMES, (-0.06, -0.06, 0.03), strict=True):
            axes.text(corner[0], corner[1] + shift, name, ha="center", va="bottom" if shift > 0 else "top", fontsize=9)
        axes.set(xlim=(-0.12, 1.12), ylim=(-0.16, 1.0), aspect="equal", xticks=[], yticks=[])
        axes.spines[:].set_visible(False)

    largest = draws.max(axis=1).mean()
    numbers = (
        f"mean shares {_numbers(mean)}; E[log θ] {_numbers(expected_log(alpha))}, below the log of the mean "
        f"{_numbers(np.log(mean))}; the largest share of a document is {largest:.2f} on average"
    )
    alt = (
        f"Two triangles for α = {_numbers(alpha)}. {_shape(alpha)} The mean is marked by a cross. "
        f"{numbers[0].upper()}{numbers[1:]}."
    )
    return Picture(figure, alt, f"{numbers[0].upper()}{numbers[1:]}.")


def _paint_density(axes: "Axes", alpha: NDArray[np.float64]) -> None:
    """Ranks of the density, so that a peak does not leave all else dark."""
    shown, _ = shown_points()
    values = log_density(alpha)
    spread = values.max() - values.min()
    ranks = np.searchsorted(np.sort(values), values) / len(values) if spread > 1e-9 else np.full(len(values), 0.5)
    density = np.full(shown.shape, np.nan)
    density[shown] = ranks
    image = axes.imshow(density, extent=(0, 1, 0, CORNERS[2, 1]), cmap="cividis", vmin=0, vmax=1)
    image.set_clip_path(axes.fill(*CORNERS.T, facecolor="none")[0])


def _shape(alpha: NDArray[np.float64]) -> str:
    if np.allclose(alpha, 1):
        return "Every mixture is equally probable."
    if (alpha < 1).all():
        return "The density is high at the corners: a document is mostly about one topic."
    if (alpha > 1).all():
        mode = (alpha - 1) / (alpha.sum() - 3)
        return f"The density has one peak, at shares {_numbers(mode)}: documents mix the topics alike."
    return "The density is high along some edges or corners, and low at the others."


def _numbers(values: NDArray[np.float64]) -> str:
    return f"({', '.join(f'{value:.2f}' for value in values)})"
