"""What does it cost to grade one submission of each problem set? For sizing a machine, or a cluster.

    python tests/benchmarks/bench_cost.py [--students 20] [--json]

Everybody has solved everything, which costs the most that an honest submission does. One worker grades them as
`autograder grade` does by default, without the cells that train or draw; then it grades one of them alone, which is
almost all start-up. CPU seconds are those of all processes; "each" is the difference over the other submissions.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from common import PINNED, childrens_cpu_seconds, parser_of, show
from tqdm import tqdm

from autograder.authoring.release import release
from autograder.classroom.simulate import simulate
from autograder.course import Course
from autograder.grading.judging.plan import prepare

SECONDS_IN_AN_HOUR, USED = 3600, 0.8  # of a core's time


def cost(name: str, students: int) -> dict[str, float | str]:
    """CPU seconds of a batch's start, and of each submission after it."""
    with tempfile.TemporaryDirectory(prefix="bench-cost-") as folder:
        course = Course.find(Path(__file__).parent).excerpt(name, Path(folder))
        release(course, name)
        simulate(course, name, students, 0, course.submitted, ["right"] * students)
        prepare(course, name).variants.whole()
        first = min(path.name for path in course.submitted.iterdir() if path.is_dir())
        whole, one = graded(course, name), graded(course, name, "--only", first)
    each = (whole - one) / (students - 1)
    return {
        "problem set": name,
        "start, CPU s": round(one - each, 1),
        "each, CPU s": round(each, 2),
        "10,000 in an hour, cores": round(10_000 * each / (SECONDS_IN_AN_HOUR * USED), 1),
    }


def graded(course: Course, name: str, *options: str) -> float:
    """CPU seconds of one run of the command."""
    command = [sys.executable, "-m", "autograder", "grade", name, "--regrade", "--workers", "1", *options]
    before = childrens_cpu_seconds()
    subprocess.run(command, cwd=course.root, env=PINNED, check=True, capture_output=True)
    return childrens_cpu_seconds() - before


def main() -> None:
    parser = parser_of(__doc__)
    parser.add_argument("--students", type=int, default=20, help="at least 2 (default: %(default)s)")
    options = parser.parse_args()
    if options.students < 2:
        parser.error("--students must be 2 or more")
    names = Course.find(Path(__file__).parent).names()
    rows = [cost(name, options.students) for name in tqdm(names, disable=options.json)]
    show(rows, options.json)


if __name__ == "__main__":
    main()
