"""What the benchmarks share: threads pinned to one, and a table or JSON at the end."""

import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")
PINNED = os.environ | dict.fromkeys(THREADS, "1")
"""The environment of a program that is measured."""


def show(rows: Sequence[Mapping[str, Any]], as_json: bool) -> None:
    """Print rows with the same keys as a Markdown table, or as JSON."""
    if as_json:
        print(json.dumps(rows))
        return
    print("| " + " | ".join(rows[0]) + " |\n|" + "---|" * len(rows[0]))
    for row in rows:
        print("| " + " | ".join(map(str, row.values())) + " |")
