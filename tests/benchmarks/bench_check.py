"""How long does a student wait for a check, and for a notebook's first cell?

    python tests/benchmarks/bench_check.py                            every exercise, then what is imported
    python tests/benchmarks/bench_check.py --exercises train_vae elbo
    python tests/benchmarks/bench_check.py --stock 0                  known mistakes alone

Processor seconds on one thread, the smallest of some repetitions; a check waits for nothing, so on a quiet machine the
clock shows the same. A check is `examine` on the cases that ship with the notebook. *Right* is the reference; the wrong
answers are the rubric's known mistakes and some of the answers in `tests/stock/worked_on`, which no rubric knows and a
diagnosis explains. An import is timed in a fresh process that has imported torch; *read cases* is what the first check
of a notebook adds, once, and torch's first optimiser is what the first training adds, whoever makes it.
"""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "stock"))

import nbformat
from answers import load_answers, state_put_back
from common import PINNED, on_one_thread, parser_of, table
from tqdm import tqdm

from autograder import rubrics
from autograder.authoring.notebook import grade_id
from autograder.course import Course
from autograder.exercise.exercise import Exercise
from latentkit.check import examine
from latentkit.check.cases import Examination
from latentkit.check.store import load

CHECK = "import latentkit.check"
OPTIMISER = "torch.optim.SGD([torch.zeros(1)])"
TIMED = """
import sys, time
import torch
program = compile(sys.stdin.read(), "cell", "exec")
before = time.process_time()
exec(program, {"torch": torch})
print(time.process_time() - before)
"""
"""A program that prints how long another takes, which it reads, beyond torch."""


def main() -> None:
    parser = parser_of(__doc__)
    parser.add_argument("--names", nargs="+", default=rubrics.names(), help="problem sets (default: all)")
    parser.add_argument("--exercises", nargs="+", help="by name (default: all)")
    parser.add_argument("--stock", type=int, default=6, help="answers to each that no rubric knows (default: 6)")
    parser.add_argument("--repetitions", type=int, default=3, help="of which the smallest counts (default: 3)")
    options = parser.parse_args()
    on_one_thread()
    course = Course.find(Path(__file__).parent)
    chosen = [
        (name, exercise)
        for name in options.names
        for exercise in rubrics.load(name).exercises
        if options.exercises is None or exercise.name in options.exercises
    ]
    if not chosen:
        parser.error("there is no such exercise")
    names = list(dict.fromkeys(name for name, _ in chosen))
    released = {name: load(course.release_cases(name)) for name in names}
    checks = [
        timed_checks(
            exercise, released[name][exercise.name], stocked(name, exercise, options.stock), options.repetitions
        )
        for name, exercise in tqdm(chosen, disable=options.json)
    ]
    starts = timed_starts(course, names, options.repetitions)
    if options.json:
        print(json.dumps({"checks": checks, "imports": starts}))
        return
    for rows in (checks, starts):
        print(table(rows[0], (row.values() for row in rows)), end="\n\n")


def stocked(problem_set: str, exercise: Exercise, count: int) -> list[Callable[..., Any]]:
    """Some wrong answers to an exercise that no rubric knows, from all over their file."""
    own = [one.function for one in load_answers("worked_on", problem_set) if one.exercise == exercise.name]
    return own[:: max(1, -(-len(own) // count))] if count else []


def timed_checks(
    exercise: Exercise, released: Examination, unknown: Sequence[Callable[..., Any]], repetitions: int
) -> dict[str, Any]:
    """A row: processor seconds of the check of an exercise.

    Args:
        exercise: with its reference and its known mistakes.
        released: its public cases.
        unknown: wrong answers that the rubric does not know.
        repetitions: of each check.
    """
    wrong = [*(mistake.function for mistake in exercise.mistakes), *unknown]
    if not examine(released, exercise.reference).passed:
        raise RuntimeError(
            f"the reference of {exercise.name} does not pass, so that no time of its checks means anything"
        )
    right = seconds_of(lambda: examine(released, exercise.reference), repetitions)
    seconds = {one.__name__: seconds_of(lambda one=one: examine(released, one), repetitions) for one in wrong}
    worst = max(seconds, key=lambda name: seconds[name])
    return {
        "exercise": exercise.name,
        "right": round(right, 3),
        "wrong answers": len(wrong),
        "median": round(statistics.median(seconds.values()), 3),
        "worst": round(seconds[worst], 3),
        "the worst one": worst,
    }


def seconds_of(work: Callable[[], object], repetitions: int) -> float:
    """Processor seconds of the quickest of some repetitions."""
    taken = []
    for _ in range(repetitions):
        with state_put_back():  # some wrong answers switch gradients off, or change the default dtype, for all others
            before = time.process_time()
            work()
            taken.append(time.process_time() - before)
    return min(taken)


def timed_starts(course: Course, names: Sequence[str], repetitions: int) -> list[dict[str, Any]]:
    """Rows: importing the checks, torch's first optimiser, then each notebook's import cell, and reading its cases."""
    rows: list[dict[str, Any]] = [
        {"what": what, "beyond torch": fresh(program, course.root, repetitions), "read cases": ""}
        for what, program in ((f"`{CHECK}`", CHECK), ("torch's first optimiser", OPTIMISER))
    ]
    for name in names:
        path = course.release_notebook(name)
        cells = nbformat.read(path, as_version=4).cells
        cell = next(cell.source for cell in cells if grade_id(cell) == "imports")
        cases = course.release_cases(name)
        rows.append(
            {
                "what": f"import cell of {name}",
                "beyond torch": fresh(cell, path.parent, repetitions),
                "read cases": round(seconds_of(lambda cases=cases: load(cases), repetitions), 3),
            }
        )
    return rows


def fresh(program: str, folder: Path, repetitions: int) -> float:
    """Processor seconds of a program in a process that has imported torch, in a working directory: the smallest."""
    command = [sys.executable, "-c", TIMED]
    taken = [
        subprocess.run(
            command, input=program, cwd=folder, env=PINNED, capture_output=True, text=True, check=True
        ).stdout
        for _ in range(repetitions)
    ]
    return round(min(map(float, taken)), 3)


if __name__ == "__main__":
    main()
