"""Methods compared on corpora over several seeds: runs that are kept, tables, and how often an ordering held.

Results go by corpus to a list over the seeds, each of which goes by method to what was measured of its run.
"""

import argparse
import json
import statistics
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from common import parser_of, table

Runs = Mapping[str, Mapping[str, Any]]
"""Method to its measures, for one corpus and seed."""
Results = Mapping[str, Sequence[Runs]]
"""Corpus to its runs, seed by seed."""
Margin = Callable[[Runs], float]
"""By how much an ordering holds in one seed; positive where it does."""
BUILD = Path(__file__).parents[2] / "build"


def kept(name: str, settings: Mapping[str, Any], measure: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What was measured of a run, from the runs that are kept, or else by running it now.

    Args:
        name: of the file in build/ that keeps the runs of a program.
        settings: everything that decides the run.
        measure: runs it.
    """
    journal, settings = BUILD / f"{name}.jsonl", json.loads(json.dumps(settings))  # as they are read again
    for line in journal.read_text().splitlines() if journal.exists() else []:
        found = json.loads(line)
        if found["settings"] == settings:
            return found["test"]
    test = measure()
    journal.parent.mkdir(exist_ok=True)
    with journal.open("a") as file:
        file.write(json.dumps({"settings": settings, "test": test}) + "\n")
    return test


def options_of(description: str, corpora: Collection[str], default: Sequence[str], *flags: tuple[str, str]) -> Any:
    """The options of the command line, after torch was held to one thread.

    Args:
        description: the docstring of the program.
        corpora, default: those there are, and those that are run unless others are named.
        flags: name and help of options without a value.
    """
    parser = parser_of(description)
    parser.add_argument("--corpora", nargs="+", choices=corpora, default=default, metavar="NAME")
    parser.add_argument("--seeds", type=int, default=3, help="number of runs of each method (default: %(default)s)")
    parser.add_argument("--out", type=Path, help="also write the tables to this file")
    for name, explained in flags:
        parser.add_argument(name, action="store_true", help=explained)
    torch.set_num_threads(1)
    return parser.parse_args()


def tell(results: Results, text: str, options: argparse.Namespace) -> None:
    """Print the tables, or the results as JSON, and write the tables to the file that --out names."""
    if options.out:
        options.out.parent.mkdir(exist_ok=True)
        options.out.write_text(text, encoding="utf-8")
    sys.stdout.write(json.dumps(results) + "\n" if options.json else text)


def mean_and_spread(values: Sequence[float | None], digits: int = 2) -> str:
    """Mean and standard deviation over the seeds; a dash where a method has no such measure."""
    numbers = [value for value in values if value is not None]
    if len(numbers) < len(values):
        return "–"
    spread = f" ± {statistics.stdev(numbers):.{digits}f}" if len(numbers) > 1 else ""
    return f"{statistics.mean(numbers):.{digits}f}{spread}"


def ordering_table(orderings: Mapping[str, Callable[[Runs], bool]], results: Results) -> str:
    """In how many of the seeds each ordering held, corpus by corpus."""
    rows = [
        [words, *(f"{sum(map(holds, by_seed))} of {len(by_seed)}" for by_seed in results.values())]
        for words, holds in orderings.items()
    ]
    return table(["ordering", *results], rows)


def verdicts(orderings: Mapping[str, Margin], by_seed: Sequence[Runs]) -> str:
    """Of each ordering the mean margin with its standard error, in how many seeds it is positive, and the verdict.

    It holds where the margin is positive in every seed, and its mean more than twice its standard error.
    """
    rows = []
    for words, margin in orderings.items():
        margins = [margin(runs) for runs in by_seed]
        mean, positive = statistics.mean(margins), sum(value > 0 for value in margins)
        if len(margins) > 1:
            error = statistics.stdev(margins) / len(margins) ** 0.5
            holds = "yes" if positive == len(margins) and mean > 2 * error else "no"
        else:
            error, holds = float("nan"), "one seed decides nothing"
        rows.append([words, f"{mean:.2f} ± {error:.2f}", f"{positive} of {len(margins)}", holds])
    return table(["ordering", "margin ± standard error", "positive in", "holds"], rows)
