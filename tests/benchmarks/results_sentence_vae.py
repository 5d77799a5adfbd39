"""Does the sentence VAE use its latent vector? The cures of posterior collapse, on two corpora, seed by seed.

    python tests/benchmarks/results_sentence_vae.py [--corpora embedded ptb] [--seeds 3] [--out FILE.md]

Each run is measured on the whole test split with every word in sight and the KL at weight 1, whatever it was trained
with. A run that is done is kept in build/ and not repeated. Thirty runs take about 20 minutes of one CPU core. PTB
comes from the cache or the mirror: `latentkit data get ptb`.

References:
    Bowman et al. 2016, Generating Sentences from a Continuous Space: annealing and word dropout
    He et al. 2019, Lagging Inference Networks and Posterior Collapse, table 1: the weight 0.2
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import torch

from latentkit.commands.train import Settings, run

CORPORA = {"embedded": {}, "ptb": {"max_words": 12, "max_vocabulary": 2000}}
METHODS = {
    "plain": {},
    "linear annealing": {"annealing": "linear"},
    "word dropout 0.5": {"word_dropout": 0.5},
    "annealing and word dropout": {"annealing": "linear", "word_dropout": 0.5},
    "β = 0.2": {"beta": 0.2},
}
SIZES = {"embedding": 48, "hidden": 96, "latent": 16, "steps": 3000, "learning_rate": 3e-3, "device": "cpu"}
COLUMNS = ("nll", "kl", "elbo", "iwae", "active_units", "mutual_information", "reconstruction_bleu")
TITLES = ("E log p(x given z)", "KL", "ELBO", "IWAE, S = 16", "active units", "MI", "BLEU")
DONE = Path(__file__).parents[2] / "build" / "results_sentence_vae.jsonl"

Runs = dict[str, dict[str, float]]  # by method, for one corpus and seed
ORDERINGS: dict[str, Callable[[Runs], bool]] = {
    "plain VAE collapses: KL < 0.1": lambda of: of["plain"]["kl"] < 0.1,
    "annealing raises the KL": lambda of: of["linear annealing"]["kl"] > of["plain"]["kl"],
    "word dropout raises the KL": lambda of: of["word dropout 0.5"]["kl"] > of["plain"]["kl"],
    "both raise it more than either": lambda of: (
        of["annealing and word dropout"]["kl"] > max(of["linear annealing"]["kl"], of["word dropout 0.5"]["kl"])
    ),
    "β = 0.2 gives a higher KL than β = 1": lambda of: of["β = 0.2"]["kl"] > of["plain"]["kl"],
    "β = 0.2 gives a worse log-likelihood (IWAE) than β = 1": lambda of: of["β = 0.2"]["iwae"] < of["plain"]["iwae"],
    "β = 0.2 gives a worse ELBO than β = 1": lambda of: of["β = 0.2"]["elbo"] < of["plain"]["elbo"],
    "word dropout gives a worse log-likelihood (IWAE)": lambda of: of["word dropout 0.5"]["iwae"] < of["plain"]["iwae"],
    "word dropout gives a worse ELBO": lambda of: of["word dropout 0.5"]["elbo"] < of["plain"]["elbo"],
}


def measure(corpus: str, method: str, seed: int) -> dict[str, float]:
    """Train one model, or take it from the runs that are done."""
    settings = Settings(corpus=corpus, seed=seed, **SIZES, **CORPORA[corpus], **METHODS[method])
    for line in DONE.read_text().splitlines() if DONE.exists() else []:
        found = json.loads(line)
        if found["settings"] == asdict(settings):
            return found["test"]
    start = time.process_time()
    outcome = run(settings, label=f"{corpus}, {method}, seed {seed}")
    test = {column: outcome.checkpoint.facts["test"][column] for column in COLUMNS}
    test["CPU s"] = time.process_time() - start
    DONE.parent.mkdir(exist_ok=True)
    with DONE.open("a") as journal:
        journal.write(json.dumps({"settings": asdict(settings), "test": test}) + "\n")
    return test


def table(results: dict[str, list[Runs]]) -> str:
    """Means and standard deviations over the seeds, one table a corpus, and the orderings with how often they held."""
    lines = []
    for corpus, by_seed in results.items():
        lines += [f"**{corpus}**, {len(by_seed)} seeds", ""]
        lines += ["| method | " + " | ".join(TITLES) + " |", "|---" * (len(TITLES) + 1) + "|"]
        for method in METHODS:
            cells = [
                _mean_and_spread(
                    [-runs[method][column] if column == "nll" else runs[method][column] for runs in by_seed]
                )
                for column in COLUMNS
            ]
            lines.append(f"| {method} | " + " | ".join(cells) + " |")
        lines.append("")
    lines += ["| ordering | " + " | ".join(results) + " |", "|---" * (len(results) + 1) + "|"]
    for words, holds in ORDERINGS.items():
        counts = [f"{sum(map(holds, by_seed))} of {len(by_seed)}" for by_seed in results.values()]
        lines.append(f"| {words} | " + " | ".join(counts) + " |")
    return "\n".join(lines) + "\n"


def _mean_and_spread(values: list[float]) -> str:
    spread = f" ± {statistics.stdev(values):.2f}" if len(values) > 1 else ""
    return f"{statistics.mean(values):.2f}{spread}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corpora", nargs="+", choices=CORPORA, default=list(CORPORA), metavar="NAME")
    parser.add_argument("--seeds", type=int, default=3, help="number of runs of each method (default: %(default)s)")
    parser.add_argument("--out", type=Path, help="also write the tables to this file")
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    options = parser.parse_args()
    torch.set_num_threads(1)
    results = {
        corpus: [{method: measure(corpus, method, seed) for method in METHODS} for seed in range(options.seeds)]
        for corpus in options.corpora
    }
    text = table(results)
    if options.out:
        options.out.parent.mkdir(exist_ok=True)
        options.out.write_text(text, encoding="utf-8")
    sys.stdout.write(json.dumps(results) + "\n" if options.json else text)


if __name__ == "__main__":
    main()
