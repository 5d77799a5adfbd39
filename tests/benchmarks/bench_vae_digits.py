"""How good is the VAE of problem set 1 on held-out digits? Prints one row a seed.

    python tests/benchmarks/bench_vae_digits.py [--steps 3000] [--seeds 3] [--json]

The IWAE bound lies above the ELBO, and both lie above a model of independent pixels by the margin shown.
"""

import json
import statistics
import time

import torch
from common import parser_of, table

from latentkit.data import load_digits
from latentkit.evaluation.images import held_out_elbo, independent_bernoulli, iwae_bound_estimate
from latentkit.models import VAE
from latentkit.training.images import train_image_model

COLUMNS = ("seed", "CPU s", "ELBO", "IWAE", "independent pixels", "margin of the ELBO")


def measure(seed: int, steps: int, samples: int) -> dict[str, float]:
    """Train one VAE on the binarised digits and judge it on those held out; bounds in nats per image."""
    digits = load_digits()
    torch.manual_seed(seed)
    model = VAE()
    start = time.process_time()
    train_image_model(model, digits.train, steps, label=f"seed {seed}")
    seconds = time.process_time() - start
    elbo = held_out_elbo(model, digits.test, samples, torch.Generator().manual_seed(seed))
    iwae = iwae_bound_estimate(model, digits.test, samples, torch.Generator().manual_seed(seed))
    baseline = independent_bernoulli(digits.train, digits.test)
    return dict(zip(COLUMNS, (seed, seconds, elbo, iwae, baseline, elbo - baseline), strict=True))


def main() -> None:
    parser = parser_of(__doc__)
    parser.add_argument("--steps", type=int, default=3000, help="gradient steps (default: %(default)s)")
    parser.add_argument("--seeds", type=int, default=3, help="number of runs (default: %(default)s)")
    parser.add_argument("--samples", type=int, default=256, help="samples of z per image (default: %(default)s)")
    options = parser.parse_args()
    torch.set_num_threads(min(2, torch.get_num_threads()))
    rows = [measure(seed, options.steps, options.samples) for seed in range(options.seeds)]
    if options.json:
        print(json.dumps(rows))
        return
    means = {column: statistics.mean(row[column] for row in rows) for column in COLUMNS[1:]} | {"seed": "mean"}
    lines = [[row["seed"], *(f"{row[column]:.2f}" for column in COLUMNS[1:])] for row in (*rows, means)]
    print(table(COLUMNS, lines))


if __name__ == "__main__":
    main()
