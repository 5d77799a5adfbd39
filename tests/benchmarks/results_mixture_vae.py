"""Are dispersed mixtures more interpretable, and do they reconstruct better? Five latent models, seed by seed.

    python tests/benchmarks/results_mixture_vae.py [--corpora embedded stanford_multi_domain] [--seeds 3] [--out FILE]
    python tests/benchmarks/results_mixture_vae.py --full     # whole corpora and large networks: on a GPU

Each run is measured on the whole test split. A run that is done is kept in build/ and not repeated. Thirty runs take
about 12 minutes of one CPU core. The real corpora come from the cache or the mirror:
`latentkit data get stanford_multi_domain dailydialog`.

References:
    Shi, Zhou, Miao and Li 2020, Dispersed Exponential Family Mixture VAEs for Interpretable Text Generation
    Zhao, Lee and Eskenazi 2018, Unsupervised Discrete Sentence Representation Learning: DI-VAE
"""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import torch
from common import table
from seed_by_seed import Results, Runs, kept, mean_and_spread, options_of, ordering_table, tell

from latentkit.data.dialog import load_dialogs
from latentkit.data.text import Vocabulary
from latentkit.evaluation.codes import interpretability
from latentkit.models import build
from latentkit.training.sentences import linear, train_sentence_model


@dataclass(frozen=True)
class Run:
    """Everything that decides a run.

    Attributes:
        corpus, label: a name that `load_dialogs` knows, and the label that the codes should recover.
        max_words, max_vocabulary: longer utterances are left out, rarer words unknown; 0 keeps all.
        model, options: the model's kind and what is peculiar to the method.
        embedding, hidden, latent, variables, classes: sizes; `latent` is for each variable and not for a discrete VAE.
        steps, batch_size, learning_rate, word_dropout: of the training; the KL's weight rises over the first half.
        seed, device: of everything.
    """

    corpus: str
    label: str
    max_words: int
    max_vocabulary: int
    model: str
    options: dict[str, float]
    seed: int
    embedding: int = 48
    hidden: int = 96
    latent: int = 4
    variables: int = 3
    classes: int = 5
    steps: int = 2000
    batch_size: int = 32
    learning_rate: float = 3e-3
    word_dropout: float = 0.4
    device: str = "cpu"


CORPORA = {
    "embedded": {"label": "action", "max_words": 0, "max_vocabulary": 0},
    "stanford_multi_domain": {"label": "domain", "max_words": 12, "max_vocabulary": 1500},
    "dailydialog": {"label": "act", "max_words": 12, "max_vocabulary": 2000},
}
METHODS: dict[str, tuple[str, dict[str, float]]] = {
    "DI-VAE": ("discrete_vae", {}),
    "GM-VAE": ("mixture_vae", {}),
    "GM-VAE + MI": ("mixture_vae", {"mi_weight": 1.0}),
    "DEM-VAE": ("mixture_vae", {"beta": 0.9}),
    "DEM-VAE + MI": ("mixture_vae", {"beta": 0.9, "mi_weight": 1.0}),
}
FULL = {"embedding": 200, "hidden": 512, "latent": 5, "steps": 40_000, "learning_rate": 1e-3, "device": "cuda"}
COLUMNS = {
    "bleu": "BLEU",
    "homogeneity": "homogeneity",
    "chance": "by chance",
    "homogeneity_sampled": "drawn codes",
    "chance_sampled": "by chance",
    "mutual_information": "MI",
    "dispersion": "L_d",
    "dispersion_at_prior": "L_d at the prior",
    "spread": "spread",
    "collapsed": "collapsed variables",
    "nll": "-E log p(x given z)",
    "kl": "KL",
}


def _compare(column: str, better: str, worse: str) -> Callable[[Runs], bool]:
    return lambda of: of[better][column] > of[worse][column]


def _best(column: str, method: str, less: str | None = None) -> Callable[[Runs], bool]:
    def value(runs: dict[str, Any]) -> float:
        return runs[column] - (runs[less] if less else 0)

    return lambda of: value(of[method]) == max(map(value, of.values()))


ORDERINGS: dict[str, Callable[[Runs], bool]] = {
    "GM-VAE: some variable collapses": lambda of: of["GM-VAE"]["collapsed"] > 0,
    "DEM-VAE: none does": lambda of: of["DEM-VAE"]["collapsed"] == 0,
    "DEM-VAE + MI: none does": lambda of: of["DEM-VAE + MI"]["collapsed"] == 0,
    "dispersion spreads the means: DEM-VAE > GM-VAE": _compare("spread", "DEM-VAE", "GM-VAE"),
    "with MI, too: DEM-VAE + MI > GM-VAE + MI": _compare("spread", "DEM-VAE + MI", "GM-VAE + MI"),
    "dispersion raises L_d: DEM-VAE > GM-VAE": _compare("dispersion", "DEM-VAE", "GM-VAE"),
    "dispersion raises MI: DEM-VAE > GM-VAE": _compare("mutual_information", "DEM-VAE", "GM-VAE"),
    "drawn codes: DEM-VAE > GM-VAE": _compare("homogeneity_sampled", "DEM-VAE", "GM-VAE"),
    "drawn codes: DEM-VAE + MI > GM-VAE + MI": _compare("homogeneity_sampled", "DEM-VAE + MI", "GM-VAE + MI"),
    "homogeneity: DEM-VAE > GM-VAE": _compare("homogeneity", "DEM-VAE", "GM-VAE"),
    "homogeneity: DEM-VAE + MI > GM-VAE": _compare("homogeneity", "DEM-VAE + MI", "GM-VAE"),
    "homogeneity: DEM-VAE + MI > GM-VAE + MI": _compare("homogeneity", "DEM-VAE + MI", "GM-VAE + MI"),
    "homogeneity: DEM-VAE + MI is best of all": _best("homogeneity", "DEM-VAE + MI"),
    "homogeneity less chance: DEM-VAE + MI is best of all": _best("homogeneity", "DEM-VAE + MI", "chance"),
    "drawn codes less chance: DEM-VAE + MI is best of all": _best(
        "homogeneity_sampled", "DEM-VAE + MI", "chance_sampled"
    ),
    "BLEU: DEM-VAE > GM-VAE": _compare("bleu", "DEM-VAE", "GM-VAE"),
    "BLEU: DEM-VAE + MI is best of all": _best("bleu", "DEM-VAE + MI"),
    "DEM-VAE + MI beats the question mark": lambda of: (
        of["DEM-VAE + MI"]["homogeneity"] > of["DEM-VAE + MI"]["question_mark"]
    ),
    "DEM-VAE + MI is 10 standard deviations above chance": lambda of: (
        of["DEM-VAE + MI"]["homogeneity"] > of["DEM-VAE + MI"]["chance"] + 10 * of["DEM-VAE + MI"]["chance_sd"]
    ),
}


def measure(run: Run, label: str) -> dict[str, Any]:
    """Train one model, or take it from the runs that are kept."""
    return kept("results_mixture_vae", asdict(run), lambda: train_one(run, label))


def train_one(run: Run, label: str) -> dict[str, Any]:
    """Train one model and measure it on the test split."""
    start = time.process_time()
    corpus = load_dialogs(run.corpus, run.max_words or None)
    vocabulary = Vocabulary.from_sentences((turn.words for turn in corpus.train), max_size=run.max_vocabulary or None)
    config = {
        "vocab_size": len(vocabulary),
        "embedding_dim": run.embedding,
        "hidden_dim": run.hidden,
        "variables": run.variables,
        "classes": run.classes,
        **({"latent_dim": run.latent} if run.model == "mixture_vae" else {}),
        **run.options,
    }
    torch.manual_seed(run.seed)
    model = build(run.model, config).to(run.device)
    sentences = [vocabulary.encode(turn.words) for turn in corpus.train]
    train_sentence_model(
        model, sentences, run.steps, linear(run.steps // 2), run.word_dropout, run.batch_size, run.learning_rate,
        seed=run.seed, label=label,
    )  # fmt: skip
    test = asdict(interpretability(model, vocabulary, corpus.test, run.label, seed=run.seed))
    return {**test, "CPU s": time.process_time() - start}


def tables(results: Results) -> str:
    """Means and standard deviations over the seeds, one table a corpus, and the orderings with how often they held."""
    parts = []
    for corpus, by_seed in results.items():
        one = by_seed[0]["DI-VAE"]
        rows = [
            [
                title,
                *(mean_and_spread([runs[method][column] for runs in by_seed], _digits(column)) for method in METHODS),
            ]
            for column, title in COLUMNS.items()
        ]
        parts += [
            f"**{corpus}**, {len(by_seed)} seeds, {one['utterances']:,} test utterances; label: "
            f"{CORPORA[corpus]['label']}; the question mark alone: homogeneity {one['question_mark']:.3f}",
            table(["", *METHODS], rows),
        ]
    return "\n\n".join([*parts, ordering_table(ORDERINGS, results)]) + "\n"


def _digits(column: str) -> int:
    return 3 if "homogeneity" in column or "chance" in column else 2


def main() -> None:
    options = options_of(
        __doc__,
        CORPORA,
        ["embedded", "stanford_multi_domain"],
        ("--full", "whole corpora and large networks, on a GPU"),
    )
    whole = {**FULL, "max_words": 0, "max_vocabulary": 10_000} if options.full else {}
    results = {
        corpus: [
            {
                method: measure(
                    Run(**{**CORPORA[corpus], **whole}, corpus=corpus, model=kind, options=extra, seed=seed),
                    f"{corpus}, {method}, seed {seed}",
                )
                for method, (kind, extra) in METHODS.items()
            }
            for seed in range(options.seeds)
        ]
        for corpus in options.corpora
    }
    tell(results, tables(results), options)


if __name__ == "__main__":
    main()
