"""log p(x) = ELBO + KL, in the one model where every term has a closed form.

    z ~ N(0, 1),    x | z ~ N(z, s^2),    q(z | x) = N(m, v)

References:
    M. I. Jordan, Z. Ghahramani, T. S. Jaakkola, L. K. Saul. An introduction to variational methods for graphical
    models. Machine Learning 37, 1999.
"""

import math
from dataclasses import asdict, dataclass
from functools import partial

import numpy as np

from latentkit.explore.figure import BLACK, BLUE, ORANGE, SKY, VERMILION, Control, Picture, canvas
from latentkit.explore.live import LiveFigure, live_figure


@dataclass(frozen=True)
class GaussianModel:
    """One observation of the conjugate model above.

    Attributes:
        x: what was observed.
        noise: s^2, the variance of x given z.
    """

    x: float = 2.0
    noise: float = 1.0

    @property
    def log_evidence(self) -> float:
        """log p(x), in nats: the log density of N(0, 1 + s^2) at x."""
        total = 1 + self.noise
        return -0.5 * (math.log(2 * math.pi * total) + self.x**2 / total)

    @property
    def posterior(self) -> tuple[float, float]:
        """Mean and variance of p(z | x)."""
        return self.x / (1 + self.noise), self.noise / (1 + self.noise)

    def reconstruction(self, mean: float, variance: float) -> float:
        """E_q log p(x | z), in nats, of q = N(mean, variance)."""
        return -0.5 * (math.log(2 * math.pi * self.noise) + ((self.x - mean) ** 2 + variance) / self.noise)

    def elbo(self, mean: float, variance: float) -> float:
        """E_q log p(x | z) - KL(q || p(z)), in nats."""
        return self.reconstruction(mean, variance) - kl_between_normals(mean, variance, 0.0, 1.0)

    def gap(self, mean: float, variance: float) -> float:
        """KL(q || p(z | x)), in nats; zero only where q is the posterior."""
        return kl_between_normals(mean, variance, *self.posterior)


def kl_between_normals(mean_q: float, variance_q: float, mean_p: float, variance_p: float) -> float:
    """KL(N(mean_q, variance_q) || N(mean_p, variance_p)) of one variable, in nats."""
    ratio = variance_q / variance_p
    return 0.5 * ((mean_q - mean_p) ** 2 / variance_p + ratio - 1 - math.log(ratio))


def elbo_gap(mean: float = 0.0, variance: float = 1.0) -> LiveFigure:
    """Move q's mean and variance, or drag its curve: log p(x) stays, the ELBO rises to it as the gap closes.

    Args:
        mean, variance: where q starts.
    """
    model = GaussianModel()
    controls = [
        Control("mean", "mean of q", -1.0, 3.0, 0.05, mean),
        Control("variance", "variance of q", 0.05, 3.0, 0.05, variance),
    ]
    return live_figure("elbo_gap", "The gap of the ELBO", partial(draw, model), controls, asdict(model))


def draw(model: GaussianModel, mean: float, variance: float) -> Picture:
    """The densities, and log p(x) split into ELBO and gap."""
    evidence, elbo, gap = model.log_evidence, model.elbo(mean, variance), model.gap(mean, variance)
    figure, (left, right) = canvas(8.4, 3.4, columns=2, width_ratios=[3, 2])

    z = np.linspace(-3.5, 4.5, 400)
    left.plot(z, _density(z, mean, variance), color=BLUE, linewidth=3.5, label="q(z | x)")
    left.plot(
        z, _density(z, *model.posterior), color=VERMILION, linestyle="--", linewidth=1.8, label="posterior p(z | x)"
    )
    left.plot(z, _density(z, 0.0, 1.0), color=BLACK, linestyle=":", label="prior p(z)")
    left.set(xlabel="z", ylabel="density", ylim=(0, 0.85), title=f"x = {model.x:g} was observed")
    left.legend(frameon=False, loc="upper left", fontsize=9)

    floor = evidence - 6
    right.bar(0, elbo - floor, bottom=floor, color=SKY, width=0.5)
    right.bar(0, gap, bottom=elbo, color=ORANGE, hatch="//", edgecolor="white", width=0.5)
    right.axhline(evidence, color=BLACK, linewidth=1.5)
    right.annotate(f"log p(x) = {evidence:.4f}", (0.35, evidence), xytext=(0, 4), textcoords="offset points")
    right.annotate(
        f"gap = KL(q ‖ p(z | x))\n= {gap:.4f}", (0.35, evidence), xytext=(0, -5), textcoords="offset points", va="top"
    )
    right.annotate(f"ELBO = {elbo:.4f}", (0.35, floor + 0.4), va="center")
    right.set(xlim=(-0.35, 1.6), ylim=(floor, evidence + 0.8), ylabel="nats", xticks=[])
    right.spines["bottom"].set_visible(False)

    numbers = f"log p(x) = {evidence:.4f} = ELBO {elbo:.4f} + gap {gap:.4f}"
    posterior_mean, posterior_variance = model.posterior
    alt = (
        f"Two panels. Left: the prior N(0, 1), the posterior N({posterior_mean:g}, {posterior_variance:g}) "
        f"and q = N({mean:.2f}, {variance:.2f}). Right: one bar; {numbers}, in nats."
    )
    closed = " q is the posterior: the bound is tight." if gap < 5e-5 else ""
    return Picture(figure, alt, f"q = N({mean:.2f}, {variance:.2f}): {numbers}.{closed}")


def _density(z: np.ndarray, mean: float, variance: float) -> np.ndarray:
    return np.exp(-0.5 * (z - mean) ** 2 / variance) / math.sqrt(2 * math.pi * variance)
