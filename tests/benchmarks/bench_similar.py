"""How long does `autograder similar` take for a class, and whom does it list?

    python tests/benchmarks/bench_similar.py                    300 students and 10 who copied, of every problem set
    python tests/benchmarks/bench_similar.py --students 36
    python tests/benchmarks/bench_similar.py --seeds 1 2 3 4 5  classes on which the threshold was not set

A simulated class, as `autograder simulate --copies` makes it, is compared by the command as typed in a shell, on one
thread: its students take right answers and known mistakes from the rubric, and write each in their own hand; those who
copy change all names, the order of functions and the formatting. *Copies found* counts the pairs of those who have the
same source, that one included; *wrongly listed* all other pairs.
"""

import contextlib
import io
import json
import subprocess
import sys
import tempfile
import time
from itertools import combinations
from pathlib import Path

from common import PINNED, childrens_cpu_seconds, parser_of, show
from tqdm import tqdm

from autograder import rubrics
from autograder.classroom.simulate import simulate
from autograder.course import Course


def main() -> None:
    parser = parser_of(__doc__)
    parser.add_argument("--students", type=int, default=300)
    parser.add_argument("--copies", type=int, default=10)
    parser.add_argument("--names", nargs="+", default=rubrics.names(), help="problem sets (default: all)")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0], help="of the classes (default: 0)")
    options = parser.parse_args()
    course = Course.find(Path(__file__).parent)
    classes = [(name, seed) for name in options.names for seed in options.seeds]
    rows = [measured(course, name, options.students, options.copies, seed) for name, seed in tqdm(classes)]
    show(rows, options.json)


def measured(course: Course, name: str, students: int, copies: int, seed: int) -> dict[str, object]:
    """One row: the time that the command took for a class, and whom it listed."""
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        submitted = Path(folder, "submitted")
        truth = simulate(course, name, students, seed, submitted, copies=copies)
        command = [sys.executable, "-m", "autograder", "--course", str(course.root), "similar", name, "--json"]
        command += ["--submitted", str(submitted), "--html", str(Path(folder, "page.html"))]
        cpu, wall = childrens_cpu_seconds(), time.perf_counter()
        told = subprocess.run(command, env=PINNED, capture_output=True, text=True, check=False)
        cpu, wall = childrens_cpu_seconds() - cpu, time.perf_counter() - wall
        if told.returncode not in (0, 1):
            raise RuntimeError(told.stderr)
    pairs = {frozenset(pair["students"]) for pair in json.loads(told.stdout)["pairs"]}
    origin = {student: of.get("copied_from", student) for student, of in truth.items()}
    copied = {frozenset(pair) for pair in combinations(truth, 2) if origin[pair[0]] == origin[pair[1]]}
    return {
        "problem set": name,
        "seed": seed,
        "submissions": len(truth),
        "CPU s": f"{cpu:.1f}",
        "wall s": f"{wall:.1f}",
        "copies found": f"{len(pairs & copied)} of {len(copied)}",
        "wrongly listed": len(pairs - copied),
    }


if __name__ == "__main__":
    main()
