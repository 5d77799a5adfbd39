"""Mode collapse and its cure: a Gaussian mixture over the latent plane, while a mixture VAE is trained.

References:
    Shi, Zhou, Miao and Li 2020, Dispersed Exponential Family Mixture VAEs for Interpretable Text Generation
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

import torch

from latentkit.explore.figure import (
    BLACK,
    BLUE,
    GREEN,
    ORANGE,
    PURPLE,
    SKY,
    VERMILION,
    Chosen,
    Control,
    Picture,
    Table,
    Words,
    canvas,
)
from latentkit.explore.live import LiveFigure, live_figure, pack
from latentkit.training.points import EVERY, STEPS, RecordedTraining, recorded_runs

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.gridspec import SubplotSpec

LOOKS = [(BLUE, "-"), (VERMILION, "--"), (GREEN, "-."), (PURPLE, ":"), (ORANGE, (0, (6, 2, 1, 2, 1, 2)))]
"""Colour and line style of each component."""
MARKERS = "osD^v"
"""Of the points' clusters, which the model does not know."""
REACH = 4.5


def collapse_and_cure(beta: float = 0.0, step: int = STEPS) -> LiveFigure:
    """Move the weight β of the dispersion term, and the training step: do the components part, or fall together?

    Play a training, drag along its curves, or choose a component to see the points that it claims.

    Args:
        beta: where its slider starts: 0, the plain Gaussian-mixture VAE, to 1; trainings at five values are recorded.
        step: where the slider of gradient steps starts.
    """
    runs = recorded_runs()
    betas = sorted(runs)
    controls: list[Control | Words | Chosen] = [
        Control("beta", "dispersion weight β", betas[0], betas[-1], betas[1] - betas[0], beta),
        Control("step", "gradient step", 0, STEPS, EVERY, step),
        Chosen("component", 0, runs[betas[0]].means.shape[1], 0),
    ]
    return live_figure(
        "collapse_and_cure",
        "Mode collapse, and its cure",
        lambda beta, step, component: draw(runs, beta, step),
        controls,
        recorded(runs),
    )


def recorded(runs: Mapping[float, RecordedTraining]) -> dict[str, Any]:
    """The trainings for the browser: B weights β, S times, and at each of the [B, S] what was measured there."""
    betas = sorted(runs)

    def packed(name: str, dtype: str) -> dict[str, Any]:
        return pack(torch.stack([getattr(runs[beta], name) for beta in betas]).numpy(), dtype)

    first = runs[betas[0]]
    dtypes = {
        "means": "float32", "logvars": "float32", "posterior": "float16", "codes": "uint8",
        "dispersion": "float32", "spread": "float32", "mutual_information": "float32",
    }  # fmt: skip
    return {
        "betas": betas,
        "steps": first.steps.tolist(),
        "labels": pack(first.labels.numpy(), "uint8"),
        **{name: packed(name, dtype) for name, dtype in dtypes.items()},
    }


def numbers(runs: Mapping[float, RecordedTraining], beta: float, step: float) -> dict[str, Any]:
    """What the figure states: which training and step it found, what was measured there, and what one sees."""
    beta, at = _nearest(runs, beta, step)
    run = runs[beta]
    return {
        "beta": beta,
        "step": int(run.steps[at]),
        "dispersion": run.dispersion[at].item(),
        "spread": run.spread[at].item(),
        "information": run.mutual_information[at].item(),
        "counts": _counts(run, at),
        "seen": _in_words(run, at),
    }


def draw(runs: Mapping[float, RecordedTraining], beta: float, step: float) -> Picture:
    """Components and codes after some steps of one training, and how L_d and the spread came there.

    Args:
        runs: trainings by their β.
        beta, step: which training, and after which step; the nearest ones are taken.
    """
    beta, at = _nearest(runs, beta, step)
    run = runs[beta]

    figure, (plane, above, below) = _panels()
    _draw_plane(plane, run, at)
    steps = run.steps.tolist()
    for axes, values, name in [(above, run.dispersion, "L_d, nats"), (below, run.spread, "spread")]:
        for other, training in runs.items():
            here = other == beta
            axes.plot(
                training.steps.tolist(), (training.dispersion if axes is above else training.spread).tolist(),
                color=BLACK if here else SKY, linewidth=2 if here else 1, zorder=3 if here else 2,
            )  # fmt: skip
        axes.plot(steps[at], values[at].item(), marker="o", color=BLACK, zorder=4)
        axes.set_ylabel(name)
    above.set(yscale="symlog", title=f"black: β = {beta:g}; blue: the others")
    above.set_ylim(bottom=0)
    below.set_ylim(bottom=0)
    below.set_xlabel("gradient step")

    measured = (
        f"L_d {run.dispersion[at]:.2f} nats, spread of the means {run.spread[at]:.2f} standard deviations, "
        f"I(x; c) {run.mutual_information[at]:.2f} of at most {_most_information(run):.2f} nats"
    )
    centres = "; ".join(
        f"{number} at ({mean[0]:.1f}, {mean[1]:.1f})" for number, mean in enumerate(run.means[at].tolist(), start=1)
    )
    alt = (
        f"Left: the latent plane after {steps[at]} steps with β = {beta:g}: 200 posterior means and five components, "
        f"ellipses of two standard deviations, {centres}. Right: L_d and the spread of the means over the training, "
        f"for five values of β. {measured}."
    )
    return Picture(figure, alt, f"β = {beta:g}, step {steps[at]}: {_in_words(run, at)}; {measured}.", _table(run, at))


def _nearest(runs: Mapping[float, RecordedTraining], beta: float, step: float) -> tuple[float, int]:
    """The weight of the training that was meant, and the place of its step among the recorded ones."""
    beta = min(runs, key=lambda known: abs(known - beta))
    return beta, int((runs[beta].steps - step).abs().argmin())


def _panels() -> tuple:
    """A square, and two small panels above each other to its right."""
    figure, (plane, right) = canvas(8.6, 4.3, columns=2, width_ratios=[4.2, 3])
    spec = cast("SubplotSpec", right.get_subplotspec()).subgridspec(2, 1)
    right.remove()
    above = figure.add_subplot(spec[0])
    below = figure.add_subplot(spec[1], sharex=above)
    above.tick_params(labelbottom=False)
    for axes in (above, below):
        axes.spines[["top", "right"]].set_visible(False)
    return figure, (plane, above, below)


def _draw_plane(axes: "Axes", run: RecordedTraining, at: int) -> None:
    """The means of q(z | x) by cluster, and the components; some may lie outside the square."""
    from matplotlib.patches import Ellipse

    for cluster, marker in enumerate(MARKERS):
        positions = run.posterior[at][run.labels == cluster]
        axes.plot(*positions.T.tolist(), linestyle="", marker=marker, markersize=3.5, color="0.55", alpha=0.7)
    deviations = (0.5 * run.logvars[at]).exp()
    for number, (mean, deviation, (colour, line)) in enumerate(
        zip(run.means[at].tolist(), deviations.tolist(), LOOKS, strict=True), start=1
    ):
        axes.add_patch(
            Ellipse(
                mean, 4 * deviation[0], 4 * deviation[1], fill=False, edgecolor=colour, linestyle=line, linewidth=1.8
            )
        )
        x, y = mean
        axes.text(x, y, str(number), color=colour, fontsize=12, weight="bold", ha="center", va="center", clip_on=True)
    axes.set(
        xlim=(-REACH, REACH), ylim=(-REACH, REACH), aspect="equal", xlabel="z₁", ylabel="z₂",
        title="components (2 sd) over posterior means",
    )  # fmt: skip


def _in_words(run: RecordedTraining, at: int) -> str:
    """What one sees."""
    if int(run.steps[at]) == 0:
        return "the start, alike for every β"
    if run.spread[at] < 0.1:
        return "the components have collapsed into one"
    if run.mutual_information[at] < 0.1:
        return "the components are far apart, but c says next to nothing about x"
    return "the components lie apart"


def _most_information(run: RecordedTraining) -> float:
    """ln of the number of classes."""
    return float(run.means.new_tensor(run.means.shape[1]).log())


def _table(run: RecordedTraining, at: int) -> Table:
    """Which clusters the points of each class come from."""
    rows = [(f"class {code}", *map(str, counts)) for code, counts in enumerate(_counts(run, at), start=1)]
    header = ("most probable class", *(f"cluster {marker}" for marker in ("●", "■", "◆", "▲", "▼")))
    return Table("points of each class, by the cluster that they come from", header, rows)


def _counts(run: RecordedTraining, at: int) -> list[list[int]]:
    """Points by their most probable class, and by their cluster within it."""
    clusters = [run.labels[run.codes[at] == code] for code in range(run.means.shape[1])]
    return [torch.bincount(found, minlength=len(MARKERS)).tolist() for found in clusters]
