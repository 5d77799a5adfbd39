"""Does the sentence VAE use its latent vector? The cures of posterior collapse, on two corpora, seed by seed.

    python tests/benchmarks/results_sentence_vae.py [--corpora embedded ptb] [--seeds 3] [--out FILE.md]

Each run is measured on the whole test split with every word in sight and the KL at weight 1, whatever it was trained
with. A run that is done is kept in build/ and not repeated. Thirty runs take about 20 minutes of one CPU core. PTB
comes from the cache or the mirror: `latentkit data get ptb`.

References:
    Bowman et al. 2016, Generating Sentences from a Continuous Space: annealing and word dropout
    He et al. 2019, Lagging Inference Networks and Posterior Collapse, table 1: the weight 0.2
"""

import time
from collections.abc import Callable
from dataclasses import asdict

from common import table
from seed_by_seed import Results, Runs, kept, mean_and_spread, options_of, ordering_table, tell

from latentkit.commands.train import train_and_measure
from latentkit.commands.training_settings import TrainingSettings

CORPORA = {"embedded": {}, "ptb": {"max_words": 12, "max_vocabulary": 2000}}
METHODS = {
    "plain": {},
    "linear annealing": {"annealing": "linear"},
    "word dropout 0.5": {"word_dropout": 0.5},
    "annealing and word dropout": {"annealing": "linear", "word_dropout": 0.5},
    "β = 0.2": {"kl_weight": 0.2},
}
SIZES = {"embedding_dim": 48, "hidden_dim": 96, "latent_dim": 16, "steps": 3000, "learning_rate": 3e-3, "device": "cpu"}
BARE = {"annealing": "none", "kl_weight": 1.0, "word_dropout": 0.0}
COLUMNS = ("nll", "kl", "elbo", "iwae", "active_units", "mutual_information", "reconstruction_bleu")
SIGNS = {"nll": -1}  # shown as a log-likelihood
TITLES = ("E log p(x given z)", "KL", "ELBO", "IWAE, S = 16", "active units", "MI", "BLEU")

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
    """Train one model, or take it from the runs that are kept."""
    settings = TrainingSettings(corpus=corpus, seed=seed, **SIZES, **CORPORA[corpus], **(BARE | METHODS[method]))

    def train() -> dict[str, float]:
        start = time.process_time()
        trained = train_and_measure(settings, label=f"{corpus}, {method}, seed {seed}")
        test = {column: trained.checkpoint.facts["test"][column] for column in COLUMNS}
        return {**test, "CPU s": time.process_time() - start}

    return kept("results_sentence_vae", asdict(settings), train)


def tables(results: Results) -> str:
    """Means and standard deviations over the seeds, one table a corpus, and the orderings with how often they held."""
    parts = []
    for corpus, by_seed in results.items():
        rows = [
            [
                method,
                *(
                    mean_and_spread([SIGNS.get(column, 1) * runs[method][column] for runs in by_seed])
                    for column in COLUMNS
                ),
            ]
            for method in METHODS
        ]
        parts += [f"**{corpus}**, {len(by_seed)} seeds", table(["method", *TITLES], rows)]
    return "\n\n".join([*parts, ordering_table(ORDERINGS, results)]) + "\n"


def main() -> None:
    options = options_of(__doc__, CORPORA, list(CORPORA))
    results = {
        corpus: [{method: measure(corpus, method, seed) for method in METHODS} for seed in range(options.seeds)]
        for corpus in options.corpora
    }
    tell(results, tables(results), options)


if __name__ == "__main__":
    main()
