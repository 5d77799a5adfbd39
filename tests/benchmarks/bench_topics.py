"""How fast are the topic models? Ours beside scikit-learn, gensim, tomotopy and lda, in one run on one thread.

    python tests/benchmarks/bench_topics.py [--corpus ap embedded] [--topics 20 100] [--quick] [--json]

All get the same documents, priors, passes, tolerances and, where they are variational, the same start, and are judged
by the same evaluator: perplexity of half of the words of held-out documents, given the other half. Times are CPU
seconds of the fit, the best of the rounds, in which the models take turns. "To the target" are the seconds of the
shortest of several runs that reaches a perplexity 1 % above the worst one in the end. Rows marked * are no part of the
comparison: they have another start, or average samples.
"""

import argparse
import json
from dataclasses import asdict, dataclass, field

import numpy as np
import scipy.sparse as sp
import topic_peers
from common import on_one_thread, parser_of, table
from tqdm import tqdm

from latentkit.data import count_words, load_counts, load_documents
from latentkit.data.download import MissingFile
from latentkit.topics import GibbsLDA, VariationalLDA
from latentkit.topics.evaluation import completion_perplexity, match_topics, split_words

PASSES = {"batch": {20: 30, 100: 15}, "online": {20: 5, 100: 5}, "gibbs": {20: 200, 100: 200}}
SHARES = (0.2, 0.4, 0.7)  # of the passes: the shorter runs
SLACK = 1.01
COLUMNS = ("model", "M tokens per CPU second", "CPU s", "to the target", "perplexity", "ratio")
RIVAL = {"batch": "scikit-learn", "online": "scikit-learn", "gibbs": "tomotopy"}
GOALS = {
    ("batch", 20): 8,
    ("batch", 100): 4,
    ("online", 20): 4,
    ("online", 100): 3,
    ("gibbs", 20): 1.2,
    ("gibbs", 100): 1.2,
}


@dataclass
class Row:
    """One model on one corpus.

    Attributes:
        family, name, topics, passes: what was run.
        apart: whether it is outside the comparison.
        seconds: CPU time, the best of the rounds.
        tokens_per_second: tokens × passes / seconds.
        perplexity: of held-out words, mean over the rounds, which have different seeds.
        path: (passes, CPU seconds, perplexity) of the runs of the first seed, short ones first.
        seconds_to_target: of the shortest run that reaches the target; None if none does.
        ratio: of tokens per second to the rival's.
    """

    family: str
    name: str
    topics: int
    passes: int
    apart: bool
    seconds: float = float("inf")
    tokens_per_second: float = 0.0
    perplexity: float = float("nan")
    path: list[tuple[int, float, float]] = field(default_factory=list)
    seconds_to_target: float | None = None
    ratio: float | None = None


@dataclass(frozen=True)
class Split:
    """Training documents, and the halves of the others."""

    train: sp.csr_array
    observed: sp.csr_array
    held_out: sp.csr_array

    @classmethod
    def of(cls, counts: sp.csr_array, limit: int | None) -> "Split":
        """Every tenth document is held out; `limit` documents at most are used."""
        counts = sp.csr_array(counts, dtype=np.float64)
        order = np.random.default_rng(0).permutation(counts.shape[0])[:limit]
        test = np.sort(order[::10])
        train = np.sort(np.setdiff1d(order, test))
        return cls(counts[train], *split_words(counts[test], random_state=0))

    def perplexity(self, topics: np.ndarray) -> float:
        return completion_perplexity(topics, topic_peers.ALPHA, self.observed, self.held_out)


def load(name: str) -> sp.csr_array:
    return load_counts("ap").matrix if name == "ap" else count_words(load_documents("embedded").texts).matrix


def race(
    split: Split, family: str, topics: int, passes: int, rounds: int, bar: tqdm
) -> tuple[list[Row], dict[str, str]]:
    """Let the models of a family take turns."""
    peers, missing = topic_peers.peers(family)
    rows = {peer.name: Row(family, peer.name, topics, passes, peer.apart) for peer in peers}
    tokens = split.train.sum()
    for peer in peers:  # what is compiled or imported at first use is not timed
        peer.fit(split.train[:20], topics, 2, 0)
    for seed in range(rounds):
        for peer in peers:
            row = rows[peer.name]
            bar.set_description(f"{family}, K = {topics}, {peer.name}")
            fitted = peer.fit(split.train, topics, passes, seed)
            perplexity = split.perplexity(fitted.topics)
            row.seconds = min(row.seconds, fitted.seconds)
            row.perplexity = perplexity if seed == 0 else row.perplexity + (perplexity - row.perplexity) / (seed + 1)
            if seed == 0:
                for fewer in sorted({max(1, round(passes * share)) for share in SHARES} - {passes}):
                    short = peer.fit(split.train, topics, fewer, seed)
                    row.path.append((fewer, short.seconds, split.perplexity(short.topics)))
                row.path.append((passes, fitted.seconds, perplexity))
            bar.update()
    target = SLACK * max(row.path[-1][2] for row in rows.values() if not row.apart)
    for row in rows.values():
        row.tokens_per_second = float(tokens * passes / row.seconds)
        row.seconds_to_target = next((seconds for _, seconds, reached in row.path if reached <= target), None)
    rival = rows.get(RIVAL[family])
    for row in rows.values():
        row.ratio = row.tokens_per_second / rival.tokens_per_second if rival else None
    return list(rows.values()), missing


def recovery(seeds: int, bar: tqdm) -> dict[str, list[int]]:
    """How many of the embedded corpus's planted topics each way finds (cosine ≥ 0.9), seed by seed."""
    documents = load_documents("embedded")
    counts, planted = count_words(documents.texts), documents.planted
    columns = [planted.words.index(word) for word in counts.words]
    true = planted.topics[:, columns]
    options = {"alpha": 4.0 / len(true), "eta": 0.1}
    ways = {
        "Gibbs, 200 sweeps": lambda seed: GibbsLDA(len(true), max_iter=200, random_state=seed, **options),
        "variational EM, one start": lambda seed: VariationalLDA(len(true), random_state=seed, **options),
        "variational EM, best of 5": lambda seed: VariationalLDA(len(true), n_init=5, random_state=seed, **options),
        "variational EM, flat start": lambda seed: VariationalLDA(len(true), init="flat", random_state=seed, **options),
    }
    found = {}
    for name, make in ways.items():
        bar.set_description(f"planted topics, {name}")
        fits = [make(seed).fit(counts.matrix) for seed in range(seeds)]
        found[name] = [int((match_topics(fit.topic_word_, true).cosine >= 0.9).sum()) for fit in fits]
        bar.update()
    return found


def measure(options: argparse.Namespace) -> dict[str, object]:
    """All corpora, numbers of topics and families."""
    results, skipped = [], {}
    total = len(options.corpus) * len(options.topics) * len(options.family) * options.rounds * 5 + 4
    with tqdm(total=total, disable=options.json) as bar:
        for name in options.corpus:
            try:
                split = Split.of(load(name), 300 if options.quick else None)
            except MissingFile as error:
                skipped[name] = str(error)
                continue
            for topics in options.topics:
                for family in options.family:
                    passes = PASSES[family].get(topics, PASSES[family][20])
                    passes = max(3, passes // 10) if options.quick else passes
                    rows, missing = race(split, family, topics, passes, options.rounds, bar)
                    results.append(
                        {
                            "corpus": name,
                            "documents": split.train.shape[0],
                            "vocabulary": split.train.shape[1],
                            "tokens": int(split.train.sum()),
                            "rows": [asdict(row) for row in rows],
                            "goal": GOALS.get((family, topics)),
                        }
                    )
                    skipped |= missing
        found = recovery(2 if options.quick else 10, bar)
    return {"results": results, "planted_topics_found": found, "skipped": skipped}


def show(result: dict[str, object]) -> None:
    for part in result["results"]:
        first = part["rows"][0]
        unit = "sweeps" if first["family"] == "gibbs" else "passes"
        size = f"{part['documents']:,} documents, V = {part['vocabulary']:,}, {part['tokens']:,} tokens"
        print(f"\n{part['corpus']}: {size}")
        print(f"{first['family']}, K = {first['topics']}, {first['passes']} {unit}\n")
        lines = []
        for row in part["rows"]:
            reached = "not reached" if row["seconds_to_target"] is None else f"{row['seconds_to_target']:.2f}"
            ratio = "" if row["ratio"] is None else f"{row['ratio']:.2f} ×"
            name, speed = row["name"] + " *" * row["apart"], row["tokens_per_second"] / 1e6
            lines.append([name, f"{speed:.2f}", f"{row['seconds']:.2f}", reached, f"{row['perplexity']:.0f}", ratio])
        print(table(COLUMNS, lines))
        if part["goal"] and first["ratio"]:
            print(f"ours against {RIVAL[first['family']]}: {first['ratio']:.2f} × (goal: {part['goal']} ×)")
    print("\nplanted topics of the embedded corpus that were found (cosine ≥ 0.9, of 10), by seed")
    for name, found in result["planted_topics_found"].items():
        print(f"  {name}: {' '.join(map(str, found))}")
    for name, reason in result["skipped"].items():
        print(f"skipped {name}: {reason}")


def main() -> None:
    on_one_thread()
    parser = parser_of(__doc__)
    parser.add_argument("--corpus", nargs="+", choices=("ap", "embedded"), default=["ap", "embedded"])
    parser.add_argument("--topics", nargs="+", type=int, default=[20, 100], metavar="K", help="(default: 20 100)")
    parser.add_argument("--family", nargs="+", choices=tuple(PASSES), default=list(PASSES))
    parser.add_argument("--rounds", type=int, default=2, help="with different seeds; the fastest counts (default: 2)")
    parser.add_argument("--quick", action="store_true", help="a tenth of the passes, 300 documents: does it run?")
    options = parser.parse_args()
    result = measure(options)
    print(json.dumps(result, indent=2)) if options.json else show(result)


if __name__ == "__main__":
    main()
