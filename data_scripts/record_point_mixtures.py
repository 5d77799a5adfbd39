"""Record the trainings behind the figure "collapse and cure": about half a minute of one CPU core.

    python data_scripts/record_point_mixtures.py
    python data_scripts/record_point_mixtures.py --pictures docs/pictures      # of the recorded ones; trains nothing

They go to lib/latentkit/trained/point_mixtures/, where `latentkit.explore.collapse_and_cure` finds them.
"""

import argparse
from pathlib import Path

import torch

from latentkit.explore.mixture import draw
from latentkit.training.points import BETAS, RECORDED, STEPS, record_training, recorded_runs, save_runs

PICTURES = {"collapse": 0.0, "cure": 0.5, "too_much": 1.0}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=Path, help="draw the ends of three recorded trainings into this folder")
    options = parser.parse_args()
    if options.pictures:
        draw_pictures(options.pictures)
    else:
        record()


def record() -> None:
    """Train, save and print."""
    torch.set_num_threads(1)
    runs = {beta: record_training(beta) for beta in BETAS}
    save_runs(runs)
    for beta, run in runs.items():
        print(
            f"β = {beta:g}: L_d {run.dispersion[-1]:.2f} nats, spread {run.spread[-1]:.2f}, "
            f"I(x; c) {run.mutual_information[-1]:.2f} nats, homogeneity {run.homogeneity[-1]:.2f}"
        )
    print(f"saved in {RECORDED}: {RECORDED.stat().st_size:,} bytes")


def draw_pictures(folder: Path) -> None:
    """Save the pictures and print what they show."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, beta in PICTURES.items():
        picture = draw(recorded_runs(), beta, STEPS)
        picture.figure.savefig(folder / f"{name}.png", facecolor="white", metadata={"Software": None})
        print(f"{folder / name}.png: {picture.caption}")


if __name__ == "__main__":
    main()
