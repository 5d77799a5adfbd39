"""What the benchmarks share: one thread, the options that all have, what a child process costs, and tables."""

import argparse
import json
import os
import resource
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")
PINNED = os.environ | dict.fromkeys(THREADS, "1")
"""The environment of a program that is measured on one thread."""


def on_one_thread() -> None:
    """Start this program again with every library pinned to one thread, unless it is: they read that when imported."""
    if any(os.environ.get(name) != "1" for name in THREADS):
        sys.stdout.flush()
        os.execve(sys.executable, [sys.executable, *sys.argv], PINNED)


def parser_of(description: str) -> argparse.ArgumentParser:
    """A parser with the option that every benchmark has.

    Args:
        description: the docstring of the program; its first line is what --help says.
    """
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    return parser


def childrens_cpu_seconds() -> float:
    """CPU time of all child processes that have ended, in seconds."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def table(header: Collection[object], rows: Iterable[Iterable[object]]) -> str:
    """A Markdown table."""
    first, *others = ("| " + " | ".join(map(str, line)) + " |" for line in (header, *rows))
    return "\n".join([first, "|" + "---|" * len(header), *others])


def show(rows: Sequence[Mapping[str, Any]], as_json: bool) -> None:
    """Print rows with the same keys as a Markdown table, or as JSON."""
    print(json.dumps(rows) if as_json else table(rows[0], (row.values() for row in rows)))
