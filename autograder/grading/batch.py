"""Grade a class: every submission in a folder, several at a time, resumable at any point."""

import contextlib
import fcntl
import os
import queue
import threading
import time
from collections.abc import Collection, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TextIO

from nbformat import NotebookNode
from tqdm import tqdm

from autograder import extras
from autograder.files import close_to_others, make_folder, owners_opener
from autograder.grading.intake.integrity import shortcut_notes
from autograder.grading.intake.reading import read_bytes
from autograder.grading.intake.submission import Intake, has_handed_in, take_in_student
from autograder.grading.judging.plan import GradingPlan, prepare
from autograder.grading.recording.changes import compare
from autograder.grading.recording.ledger import Ledger, is_whole
from autograder.grading.recording.receipts import keep_receipts
from autograder.grading.recording.record import Grade, Record, Results
from autograder.grading.recording.submissions import grade_or_explain
from autograder.grading.request import GradingRequest, warm_up
from autograder.grading.running.warm_process import WarmProcess
from autograder.grading.running.workers import Worker
from autograder.handins import MAX_RECEIPT, TIMESTAMP, read_handins
from autograder.roster import Person, read_roster
from autograder.screen import tell
from autograder.threads import one_thread

AHEAD = 4
"""How many graded submissions of each worker may wait to be written: executed notebooks take memory."""

LOCK_SECONDS = 1.0
"""How long a batch waits for another's lock: a killed one's is held until what it was just starting has started."""


@dataclass(frozen=True)
class _GradedSubmission:
    """One submission, done: its record and, unless it was known before, its executed notebook."""

    record: Record
    executed: NotebookNode | None


@dataclass(frozen=True)
class Graded:
    """What came of a batch.

    Attributes:
        results: each student's grade as it stands now, students in order.
        written: whether it was written; not where what would change was not approved.
    """

    results: Results
    written: bool


def grade(request: GradingRequest, warm: WarmProcess | None = None) -> Graded:
    """Grade the submissions of a problem set and record them in journal, gradebook and autograded/.

    A submission whose bytes and rubric are those of its last grade is not run again. A batch that was stopped, however
    rudely, goes on where it was.

    Args:
        request: which submissions, and how.
        warm: what `warm_up` gave for this request, if it was called already; closed in the end.
    Raises:
        ValueError: the folder, the problem set or a student does not exist, or another batch is running.
        NoSandbox: this machine gives no sandbox, or not the one named.
        WorkerLost: no process to run notebooks could be started.
    """
    course, name = request.course, request.name
    with (
        warm or warm_up(request) or contextlib.nullcontext() as warm,
        one_thread(),
        _only_batch(course.state_dir(name)),
        Ledger(course, name) as ledger,
    ):
        roster = read_roster(course) if course.is_own(request.folder) else None
        people = _people(request, roster or {})
        students, absent = _students(request.folder, name, roster)
        chosen = _chosen(students, request.only)
        plan = prepare(course, name, request.limits, request.device)
        _tell_of_another_secret(plan, ledger.known)
        jobs = _Jobs(request, plan, {} if request.regrade else ledger.known)
        running = jobs.run(chosen, warm) if warm else jobs.run_on_cluster(chosen, str(request.scheduler))
        with running as done:
            bar = tqdm(done, total=len(chosen), desc=name, unit="submission", disable=not request.progress)
            graded: Iterable[_GradedSubmission] = bar
            if request.approve is not None:
                graded = list(bar)
                if not request.approve(compare(ledger.known, (one.record for one in graded))):
                    return Graded(_results(plan, students, absent, ledger.known, people), written=False)
            ledger.open_gradebook(plan.skeleton)
            for one in graded:
                ledger.enter(one.record, one.executed)
        others = [student for student in students if student not in set(chosen)]
        ledger.finish(others, absent, people.values())
        keep_receipts(course, name, request.folder, {student: ledger.known[student] for student in chosen})
    return Graded(_results(plan, students, absent, ledger.known, people), written=True)


def _tell_of_another_secret(plan: GradingPlan, known: Mapping[str, Record]) -> None:
    """Say so where submissions were graded on hidden cases that this course's secret does not give."""
    strange = sum(record.variant != "" and not plan.variants.knows(record.variant) for record in known.values())
    if strange:
        tell(
            f"{plan.name}: {strange} of the submissions that are graded met hidden cases made by another secret than "
            "the one in .autograder/hidden_seed; what is graded now meets new cases. If you did not mean to have new "
            "ones, stop, restore that file from a backup, and grade again."
        )


def _results(
    plan: GradingPlan,
    students: list[str],
    absent: list[str],
    known: Mapping[str, Record],
    people: Mapping[str, Person],
) -> Results:
    grades = {student: known[student].grade for student in students if student in known}
    grades |= {student: Grade.of_nothing(plan.points, plan.written) for student in absent}
    named = {student: people[student].name for student in grades if student in people and people[student].name}
    return Results(plan.name, dict(sorted(grades.items())), named)


class _Jobs:
    """Grades submissions that are new or changed; passes on what is known of the others."""

    def __init__(self, request: GradingRequest, plan: GradingPlan, known: Mapping[str, Record]):
        self._request, self._plan, self._known = request, plan, dict(known)

    @contextlib.contextmanager
    def run(self, students: list[str], warm: WarmProcess) -> Iterator[Iterator[_GradedSubmission]]:
        """Grade each student's submission on this machine, with a worker in each of several threads; in any order.

        The workers begin when the context is entered, so that what comes before the first grade is written, such as
        opening the gradebook, does not hold them up; when it is left, they end.

        Raises:
            WorkerLost: no worker could be started.
        """
        count = max(1, min(self._request.workers or os.cpu_count() or 1, len(students)))
        todo: queue.SimpleQueue[str] = queue.SimpleQueue()
        done: queue.SimpleQueue[_GradedSubmission | BaseException] = queue.SimpleQueue()
        room, stop = threading.Semaphore(AHEAD * count), threading.Event()
        for student in students:
            todo.put(student)
        arguments = (warm, todo, done, room, stop)
        threads = [threading.Thread(target=self._work, args=arguments, daemon=True) for _ in range(count)]
        for thread in threads:
            thread.start()
        try:
            yield _in_turn(done, room, len(students))
        except BaseException:  # the batch was stopped, or failed: nobody waits for what still runs
            stop.set()
            warm.abandon()
            raise
        finally:
            stop.set()
            room.release(count)
            for thread in threads:
                thread.join()

    @contextlib.contextmanager
    def run_on_cluster(self, students: list[str], address: str) -> Iterator[Iterator[_GradedSubmission]]:
        """Grade each student's submission on a Dask cluster, whose scheduler has that address; in any order.

        Raises:
            ValueError: `distributed` is not installed. OSError, RuntimeError: the cluster cannot grade, and why.
        """
        with contextlib.closing(self._on_cluster(students, address)) as done:
            yield done

    def _on_cluster(self, students: list[str], address: str) -> Generator[_GradedSubmission, None, None]:
        try:
            from autograder.grading import cluster
        except ImportError as error:
            raise ValueError(f"a cluster needs more libraries ({error}): {extras.way_out('cluster')}") from None
        kept: list[_GradedSubmission] = []

        def waiting() -> Iterator[tuple[str, Intake]]:
            for student in students:
                intake, last = self._take_in(student)
                if last is None:
                    yield student, intake
                else:
                    kept.append(_GradedSubmission(self._again(student, last), None))

        hidden = [self._request.course.root]
        for student, record, executed in cluster.graded(address, self._plan, self._request.sandbox, hidden, waiting()):
            yield self._done(student, record, executed)
        yield from kept

    def _work(
        self,
        warm: WarmProcess,
        todo: queue.SimpleQueue[str],
        done: queue.SimpleQueue[_GradedSubmission | BaseException],
        room: threading.Semaphore,
        stop: threading.Event,
    ) -> None:
        try:
            with Worker(warm) as worker, contextlib.suppress(queue.Empty):
                while room.acquire() and not stop.is_set():
                    done.put(self._one(worker, todo.get_nowait()))
        except BaseException as error:
            done.put(error)

    def _one(self, worker: Worker, student: str) -> _GradedSubmission:
        intake, last = self._take_in(student)
        if last is not None:
            return _GradedSubmission(self._again(student, last), None)
        return self._done(student, *grade_or_explain(worker, self._plan, intake))

    def _done(self, student: str, record: Record, executed: NotebookNode) -> _GradedSubmission:
        """A submission's record, with whose it is and when it was handed in."""
        handed_in = _timestamp(self._request.folder, student, self._plan.name)
        return _GradedSubmission(replace(record, student=student, timestamp=handed_in), executed)

    def _again(self, student: str, last: Record) -> Record:
        """A record that still holds, with when the same bytes were handed in now."""
        return replace(last, timestamp=_timestamp(self._request.folder, student, self._plan.name))

    def _take_in(self, student: str) -> tuple[Intake, Record | None]:
        """A submission, and its last record where that still holds."""
        plan = self._plan
        folder, limits = self._request.folder, plan.limits
        intake = take_in_student(folder, student, plan.name, plan.skeleton, limits, plan.released)
        last = self._known.get(student)
        if last is not None and self._still_holds(last, intake):
            return intake, last
        if intake.canonical is not None and plan.answered_by:
            intake = replace(intake, notes=(*intake.notes, *shortcut_notes(intake.canonical, plan.answered_by)))
        return intake, None

    def _still_holds(self, last: Record, intake: Intake) -> bool:
        return (
            intake.sha256 != ""
            and last.sha256 == intake.sha256
            and (self._request.changed or last.fingerprint == self._plan.fingerprint)
            and last.sandbox != ""
            and is_whole(self._request.course, self._plan.name, last)
        )


def _in_turn(
    done: "queue.SimpleQueue[_GradedSubmission | BaseException]", room: threading.Semaphore, count: int
) -> Iterator[_GradedSubmission]:
    """What the workers have done, as it comes; once a submission is written, there is room for another."""
    for _ in range(count):
        item = done.get()
        if isinstance(item, BaseException):
            raise item
        yield item
        room.release()


def _students(submitted: Path, name: str, roster: Collection[str] | None) -> tuple[list[str], list[str]]:
    """Who has handed in a problem set, and who has not, each in order.

    A student has a folder in `submitted`, or a link in its place, and has handed in where that holds one of the problem
    set's name. The others are those on the roster; without one, those with a folder, as of an earlier problem set.
    """
    if not submitted.is_dir():
        raise ValueError(f"{submitted} is not a folder; it should hold one folder per student")
    with os.scandir(submitted) as entries:
        found = [entry for entry in entries if entry.is_dir() or entry.is_symlink()]
    folders = {entry.name: entry.is_symlink() for entry in found if not entry.name.startswith(".")}
    handed_in = {student for student, link in folders.items() if link or has_handed_in(submitted, student, name)}
    return sorted(handed_in), sorted(set(folders if roster is None else roster) - handed_in)


def _people(request: GradingRequest, roster: Mapping[str, Person]) -> dict[str, Person]:
    """What is known of the students by name: what the platform calls those who handed in, and the roster above that."""
    if not request.course.is_own(request.folder):  # another class, as a simulated one
        return {}
    handins = read_handins(request.course, request.name).values()
    found = {
        one.student: Person(one.student, one.name if one.name != one.student else "", one.email) for one in handins
    }
    for student, person in roster.items():
        before = found.get(student, person)
        found[student] = Person(student, person.name or before.name, person.email or before.email)
    return found


def _chosen(students: list[str], only: Collection[str] | None) -> list[str]:
    if only is None:
        return students
    if unknown := sorted(set(only) - set(students)):
        raise ValueError(f"there is no submission of {', '.join(unknown)}")
    return [student for student in students if student in set(only)]


def _timestamp(submitted: Path, student: str, name: str) -> str | None:
    """When it was handed in, as nbgrader's timestamp.txt says; None where that cannot be read."""
    try:
        text = read_bytes(submitted, (student, name, TIMESTAMP), MAX_RECEIPT).decode()
        from nbgrader.utils import parse_utc  # with much that the first submissions need not wait for

        return str(parse_utc(text.strip()).isoformat())
    except Exception:  # a student wrote it, and dateutil has more ways to fail than it documents
        return None


@contextlib.contextmanager
def _only_batch(folder: Path) -> Iterator[None]:
    """Hold the problem set's lock: one batch at a time."""
    make_folder(folder)
    close_to_others(folder.parent)
    with open(folder / "lock", "w", opener=owners_opener) as file:
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
