"""How many times faster than nbgrader's own executor is ours, on the same notebooks, hidden cases and scores?

    python tests/benchmarks/bench_grading.py                    30 students, both modes: about 6 minutes
    python tests/benchmarks/bench_grading.py --students 300     nbgrader grades the first 40 of them, see --stock
    python tests/benchmarks/bench_grading.py --memory 3000      ours alone: does memory stay flat?

Both grade end to end, as a command typed in a shell: `nbgrader autograde` with its stock preprocessors (one process is
its only mode) and `autograder grade` with its sandbox. For nbgrader the hidden cases stand in `cases.npz`, so that
the check cells judge by the same numbers as our judge. Threads are pinned to one on both sides.

Modes. *Graded functions*: demonstrations (the cells that train a model or draw a figure) are taken out of the
submissions, and nobody has attempted `train_vae`, whose hidden cases train a VAE. *Whole notebook*: every cell is there
and runs on both sides; one more row shows ours as it grades by default, without demonstrations.

CPU seconds are those of all processes. *Beyond the student's own*: less what the same cells and hidden cases cost in a
bare fork of a warm interpreter (bare_cost.py); *without start-up*: the same of each submission after the first.

The class holds the kinds of students that nbgrader scores as they deserve. Left out: endless loops, dead kernels and
copied cells, which stop its batch; renamed or Colab cells, which it refuses; missing checks, for which it gives no
score; emptied checks (`tampered`), for which it gives full marks.
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
from common import PINNED, parser_of, show

from autograder.authoring.release import release
from autograder.classroom.simulate import TRUTH, simulate
from autograder.course import CONFIG, Course
from autograder.grading.judging.cells import DEMONSTRATIONS
from autograder.grading.judging.plan import prepare
from latentkit.check import store

NAME = "ps1_elbo"
HEAVY = "train_vae"
SAME_UNDER_NBGRADER = (
    "right", "mixed", "known_mistakes", "right_but_different", "half_done", "noisy", "raises", "mixed", "syntax_error",
    "known_mistakes", "missing_cell", "mixed", "blank", "renamed_function", "right",
)  # fmt: skip
ENVIRONMENT = PINNED | {
    "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
}  # fmt: skip
STOCK_CONFIG = "c = get_config()\nc.CourseDirectory.course_id = 'stock'\nc.Execute.timeout = 600\n"
ALL_CELLS = """
import sys
from pathlib import Path

from autograder.course import Course
from autograder.grading.batch import grade
from autograder.grading.request import GradingRequest
from autograder.worker.limits import Limits

course, limits = Course(Path(sys.argv[1])), Limits(training_seconds=300)
grade(GradingRequest(course, sys.argv[2], workers=int(sys.argv[3]), limits=limits, progress=False))
"""
BEYOND, FURTHER = "beyond the student's own", "without start-up"
SAMPLE_SECONDS = 1.0
MEBIBYTE = 2**20


@dataclass(frozen=True)
class Run:
    """What a command cost.

    Attributes:
        submissions: how many it graded.
        wall: seconds, from start to end.
        cpu: seconds, of the command and all that it started.
        memory: MiB at the peak, of all of them together; what they share counts once.
        trace: (seconds since the start, MiB) while it ran.
    """

    submissions: int
    wall: float
    cpu: float
    memory: float
    trace: list[tuple[float, float]]

    @property
    def per_minute(self) -> float:
        return 60 * self.submissions / self.wall


def measured(command: list[str], folder: Path, submissions: int) -> Run:
    """Run a command in a folder.

    Raises:
        RuntimeError: it fails; the message ends with what it said.
    """
    trace: list[tuple[float, float]] = []
    with tempfile.TemporaryFile() as said:
        start = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, env=ENVIRONMENT, stdout=said, stderr=said)
        ended = threading.Event()
        sampler = threading.Thread(target=_sample, args=(process.pid, ended, start, trace))
        sampler.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        ended.set()
        sampler.join()
        if process.returncode != 0:
            said.seek(0)
            raise RuntimeError(f"{' '.join(command)}\n{said.read().decode(errors='replace')[-3000:]}")
    peak = max(size for _, size in trace)
    return Run(submissions, wall, usage.ru_utime + usage.ru_stime, peak, trace)


def _sample(pid: int, ended: threading.Event, start: float, trace: list[tuple[float, float]]) -> None:
    while not ended.wait(0 if not trace else SAMPLE_SECONDS):
        size = 0
        with contextlib.suppress(psutil.NoSuchProcess):
            root = psutil.Process(pid)
            for process in (root, *root.children(recursive=True)):
                with contextlib.suppress(psutil.Error):
                    size += process.memory_full_info().pss
        trace.append((time.perf_counter() - start, size / MEBIBYTE))


def make_class(folder: Path, students: int, whole: bool) -> Course:
    """A course with its class's submissions, and its hidden cases solved."""
    course = Course.find(Path(__file__).parent).excerpt(NAME, folder)
    built = release(course, NAME)
    kinds = [SAME_UNDER_NBGRADER[number % len(SAME_UNDER_NBGRADER)] for number in range(students)]
    simulate(course, NAME, students, 0, course.submitted, kinds)
    if not whole:
        stub = next(cell.source for cell in built.notebook.cells if cell.id == HEAVY)
        for path in course.submitted.glob(f"*/{NAME}/{NAME}.ipynb"):
            path.write_text(_light(path.read_text(), stub))
    prepare(course, NAME).variants.whole()
    return course


def _light(text: str, stub: str) -> str:
    """A submission without demonstrations, and without an attempt at the exercise that trains."""
    notebook = json.loads(text)
    tags = {cell["id"]: cell["metadata"].get("tags", ()) for cell in notebook["cells"]}
    notebook["cells"] = [cell for cell in notebook["cells"] if not DEMONSTRATIONS & set(tags[cell["id"]])]
    for cell in notebook["cells"]:
        if cell["id"] == HEAVY:
            cell["source"] = stub
    return json.dumps(notebook)


def grade_by_nbgrader(course: Course, folder: Path, sample: int) -> tuple[Run, dict[str, dict[str, float]]]:
    """Grade the first `sample` students with nbgrader as it comes, and return their scores."""
    shutil.copytree(course.solved_dir(NAME), folder / "source" / NAME)
    hidden = store.to_bytes(list(prepare(course, NAME).variants.variant(0).examinations.values()))
    (folder / "source" / NAME / course.release_cases(NAME).name).write_bytes(hidden)
    (folder / CONFIG).write_text(STOCK_CONFIG)
    for student in list(truth(course))[:sample]:
        shutil.copytree(course.submitted / student, folder / "submitted" / student)
    nbgrader = [sys.executable, "-m", "nbgrader"]
    measured([*nbgrader, "generate_assignment", NAME], folder, 0)
    run = measured([*nbgrader, "autograde", NAME], folder, sample)
    return run, scores(folder / "gradebook.db")


def grade_by_us(
    course: Course, workers: int, students: int, demonstrations: bool = False, only: str | None = None
) -> Run:
    """Grade the class in its course: with all cells that nbgrader runs too, or without demonstrations, our default; or
    `only` one student of it, again."""
    command = [sys.executable, "-m", "autograder", "grade", NAME, "--workers", str(workers)]
    command += ["--regrade", "--only", only] if only else []
    if demonstrations:
        command = [sys.executable, "-c", ALL_CELLS, str(course.root), NAME, str(workers)]
    return measured(command, course.root, students)


def scores(gradebook: Path) -> dict[str, dict[str, float]]:
    """Student to the automatic score of each exercise, as nbgrader's gradebook has them."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{gradebook}") as found:
        return {
            submission.student.id: {
                grade.name.removeprefix("check_"): grade.auto_score
                for notebook in submission.notebooks
                for grade in notebook.grades
                if grade.name.startswith("check_")
            }
            for submission in found.assignment_submissions(NAME)
        }


def truth(course: Course) -> dict[str, dict]:
    return json.loads((course.submitted / TRUTH).read_text())


def bare_cost(course: Course) -> float:
    """CPU seconds a submission, of the cells and hidden cases alone: run in forks of a warm interpreter that neither
    confine, nor send, nor judge, nor record anything."""
    command = [sys.executable, str(Path(__file__).parent / "bare_cost.py"), str(course.root), NAME]
    told = subprocess.run(command, env=ENVIRONMENT, check=True, capture_output=True, text=True)
    return float(told.stdout.splitlines()[-1])


def compare(students: int, sample: int, whole: bool, workers: int) -> list[dict]:
    """The rows of one mode."""
    mode = "whole notebook" if whole else "graded functions"
    with tempfile.TemporaryDirectory(prefix="bench-grading-") as folder:
        course = make_class(Path(folder, "ours"), students, whole)
        ours = grade_by_us(course, workers, students, demonstrations=whole)
        Path(folder, "stock").mkdir()
        stock, theirs = grade_by_nbgrader(course, Path(folder, "stock"), min(sample, students))
        mine = scores(course.gradebook)
        different = {student: (found, mine[student]) for student, found in theirs.items() if found != mine[student]}
        assert len(theirs) == stock.submissions and not different, f"scores differ: {different}"
        rows = [_row(mode, "nbgrader autograde", stock, stock), _row(mode, "autograder grade", ours, stock)]
        if whole:
            shutil.rmtree(course.autograded)
            course.gradebook.unlink()
            shutil.rmtree(course.state_dir(NAME))
            prepare(course, NAME).variants.whole()
            default = grade_by_us(course, workers, students)
            rows.append(_row(mode, "autograder grade, demonstrations left out", default, stock))
        else:
            bare, first = bare_cost(course), grade_by_us(course, 1, 1, only=next(iter(truth(course))))
            rows[-1][BEYOND] = round(ours.cpu / students - bare, 3)
            rows[-1][FURTHER] = round((ours.cpu - first.cpu) / max(1, students - 1) - bare, 3)
    return rows


def _row(mode: str, program: str, run: Run, stock: Run) -> dict:
    return {
        "mode": mode,
        "program": program,
        "submissions": run.submissions,
        "wall s": round(run.wall, 1),
        "per minute": round(run.per_minute, 1),
        "CPU s each": round(run.cpu / run.submissions, 3),
        BEYOND: "",
        FURTHER: "",
        "peak MiB": round(run.memory),
        "throughput": f"{run.per_minute / stock.per_minute:.1f} ×",
        "CPU": f"1/{stock.cpu / stock.submissions / (run.cpu / run.submissions):.1f}",
    }


def memory(students: int, workers: int) -> list[dict]:
    """Memory along a long batch of ours, in tenths of it."""
    with tempfile.TemporaryDirectory(prefix="bench-grading-") as folder:
        run = grade_by_us(make_class(Path(folder), students, whole=False), workers, students)
    rows = []
    for part in range(10):
        sizes = sorted(size for at, size in run.trace if part <= 10 * at / run.wall < part + 1)
        rows.append({"part": f"{part * 10}-{part * 10 + 10} %", "median MiB": round(sizes[len(sizes) // 2])})
    rows.append({"part": f"{students} submissions, {run.per_minute:.0f} per minute", "median MiB": ""})
    return rows


def main() -> None:
    parser = parser_of(__doc__)
    parser.add_argument("--students", type=int, default=30, help="in the class (default: %(default)s)")
    parser.add_argument("--stock", type=int, default=40, help="at most so many are graded by nbgrader (default: 40)")
    parser.add_argument("--whole", type=int, default=3, help="students in whole-notebook mode; 0: not (default: 3)")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="of ours (default: one per core)")
    parser.add_argument("--memory", type=int, metavar="N", help="instead: memory along a batch of N submissions")
    options = parser.parse_args()
    if options.memory:
        rows = memory(options.memory, options.workers)
    else:
        rows = compare(options.students, options.stock, False, options.workers)
        if options.whole:
            rows += compare(options.whole, options.stock, True, options.workers)
    show(rows, options.json)


if __name__ == "__main__":
    main()
