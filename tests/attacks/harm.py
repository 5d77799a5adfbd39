"""What counts as harm that a submission did, each as a line that says so. No line, no harm."""

import csv
import ctypes
import hashlib
import importlib.util
import io
import os
import re
import resource
import time
from collections.abc import Iterator
from pathlib import Path

import autograder
import latentkit
from autograder import rubrics
from autograder.classroom.export import export_rows, to_csv
from autograder.classroom.feedback import write_feedback
from autograder.classroom.marks import read_marks
from autograder.classroom.overview import overview
from autograder.classroom.report import html_page, text_table
from autograder.worker.limits import MEBIBYTE, Limits
from tests.attacks.arena import BREACH, KEY, Graded
from tests.attacks.composing.attack import LYING, Attack
from tests.attacks.duel import NAME
from tests.attacks.markup import alive

OWN_TAGS = {"style", "meta", "svg"}
"""What our own pages hold of tags that could run or load something."""

MOST_BYTES = 20 * MEBIBYTE
"""Of a student's executed notebook, or of a page."""

JUDGE_SECONDS = 2.0
"""Processor time of the judge's process for each submission; an honest one takes a tenth of it."""

START_SECONDS = 30.0
"""Processor time that a batch takes besides."""

ENDING_SECONDS = 10.0

_UNUSED_BY_GVISOR = re.compile(
    rf"{BREACH} \('open', <_io\.TextIOWrapper name='/proc/self/oom_score_adj' mode='w' encoding='[\w-]+'>\)"
)
"""A number of the process's own that gVisor's kernel keeps and reads nowhere; see docs/trust.md."""

_SUBREAPER = 36


def by_attacker(attack: Attack, graded: Graded, page: str) -> list[str]:
    """Points that were not deserved, secrets that came out, markup that came to life."""
    student, found = attack.student, []
    entry, told = graded.entry(student), graded.told(student)
    for name, exercise in entry.exercises.items():
        if exercise.points > 0 and not attack.right[name]:
            found.append(f"a wrong {name} earned {exercise.points:g} points")
        if (not exercise.points and not exercise.message.strip()) or "Traceback" in exercise.message:
            found.append(f"{name} has no plain reason: {exercise.message[:100]!r}")
    if entry.points > attack.most:
        found.append(f"{entry.points:g} points, {attack.most} deserved")
    if attack.when == LYING and entry.points < attack.most and not any("larger than" in note for note in entry.notes):
        found.append(f"{entry.points:g} points, {attack.most} deserved: nothing that only lies in a file may cost any")
    breaches = _UNUSED_BY_GVISOR.sub("", told) if entry.sandbox.startswith("gvisor") else told
    if BREACH in breaches:
        found.append(f"it got through: {breaches[breaches.index(BREACH) :][:200]}")
    for place, text in (("its record", told), ("its notebook", graded.notebooks[student]), ("its page", page)):
        found += [f"a secret stands in {place}: {secret}" for secret in (*graded.secrets, KEY) if secret in text]
        found += [f"a hidden input stands in {place}: {number}" for number in graded.leaked(text)[:3]]
        if len(text) > MOST_BYTES:
            found.append(f"{place} has {len(text) // MEBIBYTE} MiB")
    return found + [f"its page has a live {item[:100]}" for item in _alive(page)]


def to_class(graded: Graded) -> tuple[dict[str, str], list[str]]:
    """Each student's feedback page, and what was done to neighbours and to the pages and tables of all."""
    found = []
    try:
        graded.assert_neighbours_unharmed()
    except AssertionError as error:
        found.append(f"an honest neighbour lost points: {str(error)[:300]}")
    pages = dict(zip(graded.results.students, write_feedback(graded.course, graded.results), strict=True))
    rubric = rubrics.load(NAME)
    marks = read_marks(graded.course, NAME)
    seen = overview(graded.results, rubric, marks)
    found += [f"the report has a live {item[:100]}" for item in _alive(html_page(seen))]
    if re.search("[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e]", text_table(seen)):
        found.append("the table of the terminal holds control characters")
    table = to_csv(export_rows(graded.results, rubric, marks))
    rows = list(csv.reader(io.StringIO(table)))[1:]
    if len(rows) != len(graded.results.students) or any(row[0].lstrip().startswith(tuple("=+-@\t\r")) for row in rows):
        found.append("the spreadsheet holds a formula, or another number of rows")
    books = graded.course.gradebook.read_bytes()
    found += [
        f"a secret stands in the gradebook: {secret}" for secret in (*graded.secrets, KEY) if secret.encode() in books
    ]
    return {student: page.read_text() for student, page in pages.items()}, found


class Watch:
    """Looks, before and after a batch, at what no submission may touch: processes, the kit and its libraries, time."""

    def __init__(self) -> None:
        ctypes.CDLL(None).prctl(_SUBREAPER, 1)  # what outlives its parents becomes a child of this process
        self._processes = set(_descendants())
        self._files = _digest()
        self._judge, self._children = time.process_time(), _children_seconds()

    def harms(self, count: int, limits: Limits, patience: float = ENDING_SECONDS) -> list[str]:
        """What became of them after a batch.

        Args:
            count: of attacks in it.
            limits: of each.
            patience: seconds that processes have to end.
        """
        judge, children = time.process_time() - self._judge, _children_seconds() - self._children
        found = []
        end = time.monotonic() + patience
        while (left := set(_descendants()) - self._processes) and time.monotonic() < end:
            time.sleep(0.05)
        found += [f"process {process} survives: {_command(process)}" for process in left]
        if _digest() != self._files:
            found.append("a file of the kit, or of a library, was changed")
        if judge > START_SECONDS + JUDGE_SECONDS * count:
            found.append(f"the judge's process worked for {judge:.0f} s")
        tries = 2 * (limits.restarts + 2)  # display and exam, each with its fresh starts, and one more in doubt
        if children > START_SECONDS + tries * limits.cpu_seconds * count:
            found.append(f"submissions worked for {children:.0f} s")
        return found


def _alive(page: str) -> list[str]:
    return sorted({item for item in alive(page) if item not in OWN_TAGS and not re.match(r"\w+ (style|id)=", item)})


def _children_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _descendants() -> Iterator[int]:
    """Processes that live, and that this one started or inherited; but for those of `autograder.disposable`."""
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = path.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if state != "Z":
            parents[int(path.parent.name)] = int(parent)
    waiting = [os.getpid()]
    while waiting:
        above = waiting.pop()
        for process in [process for process, parent in parents.items() if parent == above]:
            if "autograder.disposable" not in _command(process):
                waiting.append(process)
                yield process


def _command(process: int) -> str:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")[:200]
    except OSError:
        return "it has just ended"


def _digest() -> str:
    """Of the kit's files, by content, and of the libraries', by size and time."""
    digest = hashlib.sha256()
    for package in (autograder, latentkit):
        for path in _files(Path(str(package.__file__)).parent):
            digest.update(str(path).encode() + path.read_bytes())
    for name in ("torch", "numpy", "IPython"):
        for path in _files(Path(str(importlib.util.find_spec(name).origin)).parent):
            status = path.stat()
            digest.update(f"{path} {status.st_size} {status.st_mtime_ns} {status.st_mode}".encode())
    return digest.hexdigest()


def _files(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if "__pycache__" not in path.parts and path.is_file()]
