"""How long does Restart & Run All of each solved notebook take? One row a notebook; the goal is 90 s on two cores.

python tests/benchmarks/bench_notebooks.py [--json]
"""

import tempfile
import time
from pathlib import Path

from common import childrens_cpu_seconds, parser_of, show
from nbclient import NotebookClient

from autograder.authoring.notebook import read_source
from autograder.course import Course


def run(course: Course, name: str) -> dict[str, float | str]:
    """Execute a problem set's source from its first cell to its last, as JupyterLab does."""
    notebook = read_source(course.source(name))
    before, start = childrens_cpu_seconds(), time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "cases.npz").write_bytes(course.release_cases(name).read_bytes())
        NotebookClient(notebook, timeout=600, resources={"metadata": {"path": folder}}).execute()
    wall = time.perf_counter() - start
    cpu = childrens_cpu_seconds() - before
    return {"notebook": name, "cells": len(notebook.cells), "wall s": round(wall, 1), "CPU s": round(cpu, 1)}


def main() -> None:
    options = parser_of(__doc__).parse_args()
    course = Course.find(Path(__file__).parent)
    rows = [run(course, name) for name in course.names()]
    show(rows, options.json)


if __name__ == "__main__":
    main()
