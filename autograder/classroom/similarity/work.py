"""What a student wrote for each exercise, as text to show and as fingerprints; read in a process that may die of it."""

import resource
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from nbformat import NotebookNode

from autograder.authoring.notebook import answer_of, grade_id, kind
from autograder.classroom.similarity.fingerprints import Fingerprint, fingerprints, winnowed
from autograder.classroom.similarity.normal_form import Token, imports, tokens
from autograder.grading.intake.submission import take_in_student
from autograder.worker.limits import Limits

OTHER = "other cells"
"""The part of a notebook that belongs to no exercise: demonstrations, and cells of the student's own."""

MAX_CHARACTERS = 40_000
"""Of a part of a notebook; what is longer is no exercise's answer, and not compared."""

MAX_TOKENS = 6_000

CPU_SECONDS = 20
MEMORY_BYTES = 2 * 2**30
"""What reading one submission may take, on top of what the process has."""

UNREADABLE = (SyntaxError, ValueError, MemoryError, RecursionError)
"""What Python's parser raises for what is no program."""


@dataclass(frozen=True)
class Part:
    """What a student wrote for one exercise, or in the other cells.

    Attributes:
        source: the cells' text, one after the other.
        fingerprints: of its normal form, winnowed, without those that everybody was given; by their lines in `source`.
    """

    source: str
    fingerprints: tuple[Fingerprint, ...]


@dataclass(frozen=True)
class Work:
    """A submission to be compared.

    Attributes:
        student: whose it is.
        parts: exercise, or OTHER, to what the student wrote there; only where there is something to compare.
        skipped: what could not be compared, and why, a line each.
    """

    student: str
    parts: Mapping[str, Part]
    skipped: tuple[str, ...] = ()


@dataclass(frozen=True)
class Given:
    """What every student was given.

    Attributes:
        name: of the problem set.
        skeleton: the released notebook.
        fingerprints: of the released code and the library; what students share of it is nobody's.
        imported: the names that the released notebook imports, to what they stand for.
    """

    name: str
    skeleton: NotebookNode
    fingerprints: frozenset[int]
    imported: Mapping[str, str]

    @classmethod
    def of(cls, name: str, skeleton: NotebookNode, library: Sequence[str]) -> "Given":
        """Gather it from the released notebook and the sources of the library's modules."""
        released = [cell.source for cell in skeleton.cells if cell.cell_type == "code"]
        imported: dict[str, str] = {}
        for source in released:
            imported |= imports(source)
        documents = [*(tokens(source, imported) for source in released), *map(tokens, library)]
        return cls(name, skeleton, frozenset(f.value for d in documents for f in fingerprints(d)), imported)

    def part(self, source: str, found: Sequence[Token]) -> Part:
        """A part of a student's notebook, less what was given."""
        kept = [one for one in winnowed(fingerprints(found)) if one.value not in self.fingerprints]
        return Part(source, tuple(kept))


def read_class(submitted: Path, students: Sequence[str], given: Given, limits: Limits) -> Iterator[Work]:
    """Every student's work, in order. What kills the process that reads it, or takes too long, is skipped.

    Args:
        submitted: the folder of the submissions, in nbgrader's layout.
        limits: of a submission, as for grading.
    """
    waiting = list(students)
    while waiting:
        with ProcessPoolExecutor(1, get_context("fork")) as pool:
            try:
                while waiting:
                    yield pool.submit(_confined, submitted, waiting[0], given, limits).result()
                    waiting.pop(0)
            except BrokenProcessPool:
                yield Work(waiting.pop(0), {}, ("reading it took more memory or time than any notebook needs",))


def _confined(submitted: Path, student: str, given: Given, limits: Limits) -> Work:
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime) + CPU_SECONDS
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, resource.getrlimit(resource.RLIMIT_CPU)[1]))
    if sys.platform == "linux":
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        room = pages * resource.getpagesize() + MEMORY_BYTES
        resource.setrlimit(resource.RLIMIT_AS, (room, resource.getrlimit(resource.RLIMIT_AS)[1]))
    return read_work(submitted, student, given, limits)


def read_work(submitted: Path, student: str, given: Given, limits: Limits) -> Work:
    """One student's work; nothing of it is executed, and whatever is wrong with it is in the result."""
    intake = take_in_student(submitted, student, given.name, given.skeleton, limits)
    if intake.canonical is None:
        return Work(student, {}, (intake.unreadable or "it cannot be read",))
    sources: dict[str, list[str]] = {}
    exercises = {grade_id(cell) for cell in given.skeleton.cells if kind(cell) == "solution"}
    for cell in intake.canonical.cells:
        if cell.cell_type == "code" and kind(cell) in ("solution", "free"):
            name = answer_of(cell)
            sources.setdefault(name if name is not None and name in exercises else OTHER, []).append(cell.source)
    parts, skipped = {}, []
    for name, cells in sources.items():
        try:
            part = _part(cells, given)
        except _TooLong as error:
            skipped.append(f"{name}: {error}")
            continue
        except UNREADABLE as error:
            skipped.append(f"{name}: it is no Python ({' '.join(str(error).split())[:80] or type(error).__name__})")
            continue
        if part.fingerprints:
            parts[name] = part
    return Work(student, parts, tuple(skipped))


class _TooLong(ValueError):
    """More than an exercise's answer; the message says how much."""


def _part(cells: Sequence[str], given: Given) -> Part:
    source = "\n\n".join(cells)
    if len(source) > MAX_CHARACTERS:
        raise _TooLong(f"it holds {len(source)} characters, more than {MAX_CHARACTERS}")
    found: list[Token] = []
    line = 0
    for cell in cells:
        found += [Token(token.text, token.line + line) for token in tokens(cell, given.imported)]
        line += cell.count("\n") + 2
    if len(found) > MAX_TOKENS:
        raise _TooLong(f"it holds {len(found)} tokens, more than {MAX_TOKENS}")
    return given.part(source, found)
