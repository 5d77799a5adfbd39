"""Record the trainings behind the figure "collapse and cure": about half a minute of one CPU core.

    python data_scripts/record_point_mixtures.py

They go to lib/latentkit/trained/point_mixtures/, where `latentkit.explore.collapse_and_cure` finds them.
"""

import torch

from latentkit.mixture_training import BETAS, RECORDED, save_runs, watch_points


def main() -> None:
    torch.set_num_threads(1)
    runs = {beta: watch_points(beta) for beta in BETAS}
    save_runs(runs)
    for beta, run in runs.items():
        print(
            f"β = {beta:g}: L_d {run.dispersion[-1]:.2f} nats, spread {run.spread[-1]:.2f}, "
            f"I(x; c) {run.information[-1]:.2f} nats, homogeneity {run.homogeneity[-1]:.2f}"
        )
    print(f"saved in {RECORDED}: {RECORDED.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
