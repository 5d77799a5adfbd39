"""Train the mixture VAE of points and record what it looks like on the way: mode collapse, and its cure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from latentkit.data.points import ring_of_clusters
from latentkit.evaluation.codes import homogeneity
from latentkit.models import PointMixtureVAE
from latentkit.progress import progress
from latentkit.trained import FOLDER

POINTS_KEPT = 200  # whose posteriors are recorded
STEPS, EVERY = 1200, 50
BETAS = (0.0, 0.25, 0.5, 0.75, 1.0)
RECORDED = FOLDER / "point_mixtures" / "runs.safetensors"


@dataclass(frozen=True)
class RecordedTraining:
    """A training after S numbers of steps; everything else is measured there on P points.

    Attributes:
        steps: gradient steps taken, [S].
        means, logvars: of the components, [S, K, 2].
        posterior: means of q(z | x), [S, P, 2].
        codes: the most probable class of each point, [S, P].
        dispersion: L_d, averaged over points, in nats, [S].
        mutual_information: I(x; c), in nats, [S].
        spread: of the means, in standard deviations of the components, [S].
        homogeneity: of the points' clusters in the codes, [S].
        labels: the points' clusters, [P].
    """

    steps: Tensor
    means: Tensor
    logvars: Tensor
    posterior: Tensor
    codes: Tensor
    dispersion: Tensor
    mutual_information: Tensor
    spread: Tensor
    homogeneity: Tensor
    labels: Tensor


def record_training(
    beta: float, steps: int = STEPS, every: int = EVERY, seed: int = 0, batch_size: int = 64, noise: float = 1.2
) -> RecordedTraining:
    """Train on a ring of five clusters, from the same start for every β.

    Args:
        beta: weight of the dispersion term, in [0, 1].
        steps: of Adam, at a learning rate of 0.005.
        every: steps between two records; the start is the first of them.
        seed: of weights, batches and noise.
        batch_size: points per step.
        noise: standard deviation of x given z. The more, the less z is worth, and the sooner the components collapse.
    """
    points, labels = ring_of_clusters()
    records = []
    with torch.random.fork_rng([]):
        torch.manual_seed(seed)
        model = PointMixtureVAE(noise=noise, beta=beta)
        optimiser = torch.optim.Adam(model.parameters(), lr=5e-3, fused=True)
        records.append((0, *_measure(model, points[:POINTS_KEPT], labels[:POINTS_KEPT])))
        bar = progress(range(1, steps + 1), f"β = {beta:g}")
        for step in bar:
            loss = model.loss(points[torch.randint(len(points), (batch_size,))])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            bar.record(loss=loss)
            if step % every == 0 or step == steps:
                records.append((step, *_measure(model, points[:POINTS_KEPT], labels[:POINTS_KEPT])))
    over_time = [torch.stack([torch.as_tensor(value) for value in each]) for each in zip(*records, strict=True)]
    columns = [*over_time, labels[:POINTS_KEPT]]
    return RecordedTraining(*columns)


@torch.no_grad()
def _measure(model: PointMixtureVAE, points: Tensor, labels: Tensor) -> tuple[Tensor | float, ...]:
    """What `RecordedTraining` holds of one time, after the steps."""
    mixture, q_c = model.mixture, model.codes(points)
    codes = q_c[:, 0].argmax(-1)
    terms = model.terms(points)
    return (
        mixture.means[0].clone(),
        mixture.logvars[0].clone(),
        model.encode(points)[0],
        codes,
        terms.dispersion.mean(),
        terms.mutual_information,
        mixture.spread(),
        homogeneity([str(label) for label in labels.tolist()], codes),
    )


def save_runs(runs: Mapping[float, RecordedTraining], path: Path = RECORDED) -> None:
    """Keep trainings by their β, small: positions of points in half precision, classes in bytes."""
    small = {"posterior": torch.float16, "codes": torch.uint8, "labels": torch.uint8, "steps": torch.int32}
    tensors = {
        f"{beta:g}/{field.name}": (value := getattr(run, field.name))
        .to(small.get(field.name, value.dtype))
        .contiguous()
        for beta, run in runs.items()
        for field in fields(RecordedTraining)
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, path)


def recorded_runs(betas: Sequence[float] = BETAS, path: Path = RECORDED) -> dict[float, RecordedTraining]:
    """The trainings that come with the kit, by their β; `data_scripts/record_point_mixtures.py` makes them afresh."""
    tensors = load_file(path)
    wide = {torch.float16: torch.float32, torch.uint8: torch.int64, torch.int32: torch.int64}

    def read(beta: float, name: str) -> Tensor:
        value = tensors[f"{beta:g}/{name}"]
        return value.to(wide.get(value.dtype, value.dtype))

    return {
        beta: RecordedTraining(**{field.name: read(beta, field.name) for field in fields(RecordedTraining)})
        for beta in betas
    }
