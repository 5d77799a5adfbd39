"""How do time and memory of the topic models grow with the corpus? Up to 100,000 documents drawn from LDA itself.

    python tests/benchmarks/bench_topics_scale.py [--documents 12500 25000 100000] [--topics 50] [--quick] [--json]

Every fit has a process of its own, on one thread. Time is CPU seconds of the fit; peak memory is that of the process
at its end, less what it held before the corpus was drawn, so it includes the corpus. The exponent is the slope of
log seconds against log tokens: 1 means that time grows as the tokens do.
"""

import argparse
import json
import resource
import subprocess
import sys
import time

import numpy as np
from common import on_one_thread, parser_of, table
from tqdm import tqdm

from latentkit.data import plant_documents
from latentkit.topics import GibbsLDA, OnlineLDA, VariationalLDA
from latentkit.topics.evaluation import match_topics

WORDS, LENGTH = 10_000, 100.0
COLUMNS = (
    "model",
    "documents",
    "tokens",
    "passes",
    "CPU s",
    "M tokens per CPU s",
    "peak MB",
    "of it the corpus",
    "found",
)
KINDS = {
    "batch": (10, lambda topics, passes: VariationalLDA(topics, max_iter=passes, tol=0, random_state=0)),
    "online": (2, lambda topics, passes: OnlineLDA(topics, max_iter=passes, batch_size=1024, random_state=0)),
    "gibbs": (100, lambda topics, sweeps: GibbsLDA(topics, max_iter=sweeps, n_samples=1, random_state=0)),
}


def held() -> float:
    """The most memory that this process has held, in megabytes."""
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def fit_one(kind: str, documents: int, topics: int) -> dict[str, float]:
    """Draw a corpus and fit it, in this process."""
    passes, make = KINDS[kind]
    small = plant_documents(50, 3, 100)
    make(3, 5).fit(small.matrix)  # compile, or read the machine code
    before = held()
    corpus = plant_documents(documents, topics, WORDS, length=LENGTH)
    drawn = held()
    model = make(topics, passes)
    start = time.process_time()
    model.fit(corpus.matrix)
    seconds = time.process_time() - start
    tokens = int(corpus.matrix.sum())
    return {
        "kind": kind,
        "documents": documents,
        "tokens": tokens,
        "passes": passes,
        "seconds": seconds,
        "tokens_per_second": tokens * passes / seconds,
        "corpus_megabytes": drawn - before,
        "megabytes": held() - before,
        "found": int((match_topics(model.topic_word_, corpus.topics).cosine >= 0.9).sum()),
    }


def exponent(rows: list[dict[str, float]]) -> float:
    """Slope of log seconds against log tokens."""
    return float(np.polyfit(np.log([row["tokens"] for row in rows]), np.log([row["seconds"] for row in rows]), 1)[0])


def main() -> None:
    on_one_thread()
    parser = parser_of(__doc__)
    parser.add_argument("--documents", nargs="+", type=int, default=[12_500, 25_000, 50_000, 100_000], metavar="D")
    parser.add_argument("--topics", type=int, default=50, metavar="K", help="(default: 50)")
    parser.add_argument("--kind", nargs="+", choices=tuple(KINDS), default=list(KINDS))
    parser.add_argument("--quick", action="store_true", help="1,000 and 2,000 documents only: does it run?")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(fit_one(options.kind[0], options.documents[0], options.topics)))
        return
    sizes = [1000, 2000] if options.quick else options.documents
    rows = []
    for kind, documents in tqdm([(kind, size) for kind in options.kind for size in sizes], disable=options.json):
        command = [sys.executable, __file__, "--one", "--kind", kind, "--documents", str(documents)]
        command += ["--topics", str(options.topics)]
        rows.append(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
    slopes = {kind: exponent([row for row in rows if row["kind"] == kind]) for kind in options.kind if len(sizes) > 1}
    if options.json:
        print(json.dumps({"rows": rows, "exponents": slopes}, indent=2))
        return
    print(f"K = {options.topics}, V = {WORDS:,}, {LENGTH:.0f} words a document, one thread")
    lines = [
        (
            row["kind"], f"{row['documents']:,}", f"{row['tokens']:,}", row["passes"], f"{row['seconds']:.1f}",
            f"{row['tokens_per_second'] / 1e6:.2f}", f"{row['megabytes']:.0f}", f"{row['corpus_megabytes']:.0f}",
            f"{row['found']} of {options.topics}",
        )
        for row in rows
    ]  # fmt: skip
    print(table(COLUMNS, lines))
    for kind, slope in slopes.items():
        print(f"{kind}: seconds ∝ tokens^{slope:.2f}")


if __name__ == "__main__":
    main()
