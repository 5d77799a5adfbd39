"""The Dirichlet on the triangle of three shares: where its density is, and what its draws look like.

References:
    Blei, Ng and Jordan 2003, Latent Dirichlet Allocation, section 3 and figure 2.
"""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from latentkit.explore.figure import BLACK, BLUE, VERMILION, Control, Picture, canvas, explore

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CORNERS = np.array([[0.0, 0.0], [1.0, 0.0], [0.5, np.sqrt(3) / 2]])
NAMES = ("topic 1", "topic 2", "topic 3")
DRAWS, GRID = 300, 181
INSIDE = 1e-3  # how far from the edge the density is shown: with α < 1 it is infinite there


def dirichlet_simplex(first: float = 2.0, second: float = 2.0, third: float = 2.0):
    """Move the three concentrations: all alike or not, above 1 or below.

    Args:
        first, second, third: α₁, α₂ and α₃ at first.
    """
    controls = [
        Control(name, f"α{number}", 0.1, 10.0, 0.1, value)
        for name, number, value in zip(("first", "second", "third"), "₁₂₃", (first, second, third), strict=True)
    ]
    return explore(draw, controls)


def draw(first: float, second: float, third: float) -> Picture:
    """The density on the left, draws on the right; the cross is the mean."""
    from scipy.special import digamma

    alpha = np.array([first, second, third])
    mean = alpha / alpha.sum()
    draws = np.random.default_rng(0).dirichlet(alpha, DRAWS)  # [DRAWS, 3]

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
    expected_log = digamma(alpha) - digamma(alpha.sum())
    numbers = (
        f"mean shares {_numbers(mean)}; E[log θ] {_numbers(expected_log)}, below the log of the mean "
        f"{_numbers(np.log(mean))}; the largest share of a document is {largest:.2f} on average"
    )
    alt = (
        f"Two triangles for α = {_numbers(alpha, 1)}. {_shape(alpha)} The mean is marked by a cross. "
        f"{numbers[0].upper()}{numbers[1:]}."
    )
    return Picture(figure, alt, f"{numbers[0].upper()}{numbers[1:]}.")


def _paint_density(axes: "Axes", alpha: NDArray[np.float64]) -> None:
    """Ranks of the density, so that a peak does not leave all else dark."""
    from scipy.stats import dirichlet  # half a second, which other figures do not need

    x, y = np.meshgrid(np.linspace(0, 1, GRID), np.linspace(0, CORNERS[2, 1], GRID))
    top = y / CORNERS[2, 1]
    shares = np.stack([1 - x - top / 2, x - top / 2, top])  # [3, GRID, GRID]
    inside = (shares > INSIDE).all(axis=0)
    density = np.full(x.shape, np.nan)
    density[inside] = dirichlet.logpdf(shares[:, inside] / shares[:, inside].sum(axis=0), alpha)
    values = density[inside]
    spread = values.max() - values.min()
    ranks = np.searchsorted(np.sort(values), values) / len(values) if spread > 1e-9 else np.full(len(values), 0.5)
    density[inside] = ranks
    axes.imshow(density, origin="lower", extent=(0, 1, 0, CORNERS[2, 1]), cmap="cividis", vmin=0, vmax=1)


def _shape(alpha: NDArray[np.float64]) -> str:
    if np.allclose(alpha, 1):
        return "Every mixture is equally probable."
    if (alpha < 1).all():
        return "The density is high at the corners: a document is mostly about one topic."
    if (alpha > 1).all():
        mode = (alpha - 1) / (alpha.sum() - 3)
        return f"The density has one peak, at shares {_numbers(mode)}: documents mix the topics alike."
    return "The density is high along some edges or corners, and low at the others."


def _numbers(values: NDArray[np.float64], digits: int = 2) -> str:
    return f"({', '.join(f'{value:.{digits}f}' for value in values)})"
