"""Grade a class: every submission in a folder, several at a time, resumable at any point."""

import contextlib
import fcntl
import os
import queue
import threading
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import nbgrader.utils
import torch
from nbformat import NotebookNode
from tqdm import tqdm

from autograder.course import Course
from autograder.grading.intake.reading import read_bytes
from autograder.grading.intake.submission import Intake, take_in_student
from autograder.grading.judging.plan import Paper, prepare
from autograder.grading.recording.changes import Changes, compare
from autograder.grading.recording.gradebook import GradebookWriter
from autograder.grading.recording.ledger import Ledger, is_whole
from autograder.grading.recording.record import Record, grade_or_explain, shown
from autograder.grading.running import devices, sandboxes
from autograder.grading.running.imports import released_imports
from autograder.grading.running.warm_process import WarmProcess
from autograder.grading.running.workers import Worker
from autograder.worker.limits import Limits

AHEAD = 4
"""How many graded submissions of each worker may wait to be written: executed notebooks take memory."""

LOCK_SECONDS = 1.0
"""How long a batch waits for another's lock: a killed one's is held until what it was just starting has started."""


@dataclass(frozen=True)
class _Graded:
    """One submission, done: its record and, unless it was known before, its executed notebook."""

    record: Record
    executed: NotebookNode | None


def grade(
    course: Course,
    name: str,
    submitted: Path | None = None,
    *,
    workers: int | None = None,
    only: Collection[str] | None = None,
    regrade: bool = False,
    changed: bool = False,
    approve: Callable[[Changes], bool] | None = None,
    limits: Limits | None = None,
    sandbox: str = sandboxes.AUTO,
    device: str = devices.CPU,
    warm: WarmProcess | None = None,
    scheduler: str | None = None,
    progress: bool = True,
) -> dict[str, Any]:
    """Grade the submissions of a problem set and record them in journal, gradebook and autograded/.

    A submission whose bytes and rubric are those of its last grade is not run again. A batch that was stopped, however
    rudely, goes on where it was.

    Args:
        course: whose rubric, release and gradebook are used.
        name: of the problem set.
        submitted: holds <student>/<name>/<name>.ipynb; default: the course's own folder.
        workers: how many submissions run at a time; default: one per core.
        only: grade these students alone; the results hold the others' last grades.
        regrade: run all submissions again.
        changed: run only new submissions and those whose bytes changed, even where rubric or grader are others now.
        approve: is shown what would change before anything is written; where it says no, nothing is. The executed
            notebooks wait in memory meanwhile.
        limits: of each submission.
        sandbox: one of `sandboxes.CHOICES`; the strongest that works here, unless one is named.
        device: what functions are called on, one of `devices.CHOICES`; a GPU is opened to submissions.
        warm: a process that is warming up already, in its own sandbox, on the same device; closed in the end.
            Default: a new one.
        scheduler: address of a Dask cluster that runs and judges the submissions; default: this machine does.
        progress: whether to show a bar on stderr.
    Returns:
        {"problem_set": name, "students": {student: what `record.shown` gives}}, students in order.
    Raises:
        ValueError: the folder, the problem set or a student does not exist, or another batch is running.
        NoSandbox: this machine gives no sandbox, or not the one named.
        WorkerLost: no process to run notebooks could be started.
    """
    submitted = submitted or course.submitted
    folder = course.state_dir(name)
    if warm is None and scheduler is None:
        devices.require(device)
        imports = released_imports(course.release_notebook(name))
        warm = WarmProcess(sandboxes.choose(sandbox), [course.root], device, imports)
    with (
        warm or contextlib.nullcontext() as warm,
        _one_thread(),
        _alone(folder),
        GradebookWriter(course.gradebook, name) as gradebook,
    ):
        students = _students(submitted)
        chosen = _chosen(students, only)
        if warm is not None:
            warm.launch()
        paper = prepare(course, name, limits, device)
        ledger = Ledger(course, name, gradebook)
        jobs = _Jobs(course, paper, submitted, {} if regrade else ledger.known, changed)
        if scheduler is None:
            done = jobs.run(chosen, warm, max(1, min(workers or os.cpu_count() or 1, len(chosen))))
        else:
            done = jobs.run_on_cluster(chosen, scheduler, sandbox)
        graded = (
            _Graded(_stamped(one.record, submitted, name), one.executed)
            for one in tqdm(done, total=len(chosen), desc=name, unit="submission", disable=not progress)
        )
        with contextlib.closing(done):
            if approve is not None:
                graded = list(graded)
                if not approve(compare(ledger.known, (one.record for one in graded))):
                    return _results(name, students, ledger.known)
            gradebook.register(paper.skeleton)
            for one in graded:
                ledger.enter(one.record, one.executed)
        ledger.finish(others=[student for student in students if student not in set(chosen)])
    return _results(name, students, ledger.known)


def _results(name: str, students: list[str], known: dict[str, Record]) -> dict[str, Any]:
    return {
        "problem_set": name,
        "students": {student: shown(known[student]) for student in students if student in known},
    }


class _Jobs:
    """Grades submissions that are new or changed; passes on what is known of the others."""

    def __init__(
        self, course: Course, paper: Paper, submitted: Path, known: dict[str, Record], any_rubric: bool = False
    ):
        self._course, self._paper = course, paper
        self._submitted, self._known, self._any_rubric = submitted, dict(known), any_rubric

    def run(self, students: list[str], warm: WarmProcess, count: int) -> Iterator[_Graded]:
        """Grade each student's submission on this machine, with that many workers, one a thread; in any order.

        Raises:
            WorkerLost: no worker could be started.
        """
        todo: queue.SimpleQueue[str] = queue.SimpleQueue()
        done: queue.SimpleQueue[_Graded | BaseException] = queue.SimpleQueue()
        room, stop = threading.Semaphore(AHEAD * count), threading.Event()
        for student in students:
            todo.put(student)
        arguments = (warm, todo, done, room, stop)
        threads = [threading.Thread(target=self._work, args=arguments, daemon=True) for _ in range(count)]
        for thread in threads:
            thread.start()
        try:
            for _ in students:
                item = done.get()
                if isinstance(item, BaseException):
                    raise item
                yield item
                room.release()
        except BaseException:  # the batch was stopped, or failed: nobody waits for what still runs
            stop.set()
            warm.abandon()
            raise
        finally:
            stop.set()
            room.release(count)
            for thread in threads:
                thread.join()

    def run_on_cluster(self, students: list[str], scheduler: str, sandbox: str) -> Iterator[_Graded]:
        """Grade each student's submission on a Dask cluster; in any order.

        Raises:
            ValueError: `distributed` is not installed. OSError, RuntimeError: the cluster cannot grade, and why.
        """
        try:
            from autograder.grading import cluster
        except ImportError as error:
            raise ValueError(f"a cluster needs more libraries ({error}): pip install 'latentkit[cluster]'") from None
        kept: list[_Graded] = []

        def waiting() -> Iterator[tuple[str, Intake]]:
            for student in students:
                intake, last = self._take_in(student)
                if last is None:
                    yield student, intake
                else:
                    kept.append(_Graded(last, None))

        hidden = [self._course.root]
        for student, record, executed in cluster.graded(scheduler, self._paper, sandbox, hidden, waiting()):
            yield _Graded({"student": student, **record}, executed)
        yield from kept

    def _work(
        self,
        warm: WarmProcess,
        todo: queue.SimpleQueue,
        done: queue.SimpleQueue,
        room: threading.Semaphore,
        stop: threading.Event,
    ) -> None:
        try:
            with Worker(warm) as worker, contextlib.suppress(queue.Empty):
                while room.acquire() and not stop.is_set():
                    done.put(self._one(worker, todo.get_nowait()))
        except BaseException as error:
            done.put(error)

    def _one(self, worker: Worker, student: str) -> _Graded:
        intake, last = self._take_in(student)
        if last is not None:
            return _Graded(last, None)
        record, executed = grade_or_explain(worker, self._paper, intake)
        return _Graded({"student": student, **record}, executed)

    def _take_in(self, student: str) -> tuple[Intake, Record | None]:
        """A submission, and its last record where that still holds."""
        intake = take_in_student(self._submitted, student, self._paper.name, self._paper.skeleton, self._paper.limits)
        last = self._known.get(student)
        return intake, last if last is not None and self._still_holds(last, intake) else None

    def _still_holds(self, last: Record, intake: Intake) -> bool:
        return (
            intake.sha256 != ""
            and last["sha256"] == intake.sha256
            and (self._any_rubric or last["fingerprint"] == self._paper.fingerprint)
            and last["sandbox"] != ""
            and is_whole(self._course, self._paper.name, last)
        )


def _students(submitted: Path) -> list[str]:
    """The names of the folders in `submitted`, links included, in order."""
    if not submitted.is_dir():
        raise ValueError(f"{submitted} is not a folder; it should hold one folder per student")
    with os.scandir(submitted) as entries:
        found = [entry.name for entry in entries if entry.is_dir() or entry.is_symlink()]
    return sorted(student for student in found if not student.startswith("."))


def _chosen(students: list[str], only: Collection[str] | None) -> list[str]:
    if only is None:
        return students
    if unknown := sorted(set(only) - set(students)):
        raise ValueError(f"there is no submission of {', '.join(unknown)}")
    return [student for student in students if student in set(only)]


def _stamped(record: Record, submitted: Path, name: str) -> Record:
    """The record with when it was handed in."""
    return {**record, "timestamp": _timestamp(submitted, record["student"], name)}


def _timestamp(submitted: Path, student: str, name: str) -> str | None:
    """When it was handed in, as nbgrader's timestamp.txt says; None where that cannot be read."""
    try:
        text = read_bytes(submitted, (student, name, "timestamp.txt"), 1000).decode()
        return nbgrader.utils.parse_utc(text.strip()).isoformat()
    except Exception:  # a student wrote it, and dateutil has more ways to fail than it documents
        return None


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the problem set's lock: one batch at a time."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "lock", "w") as file:
        end = time.monotonic() + LOCK_SECONDS
        while not _locked(file):
            if time.monotonic() > end:
                raise ValueError(f"another batch is grading {folder.name}; wait until it has ended")
            time.sleep(0.05)
        yield


def _locked(file: TextIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextlib.contextmanager
def _one_thread() -> Iterator[None]:
    """The judge compares small arrays: more threads than one only burn CPU."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
