"""The arena: a small course of two real exercises, honest students, canaries, and a way to hand in anything.

An attack is a piece of code, a notebook, or a folder. Code goes into the solution cell of `kl_to_standard_normal`,
after a prelude that gives it two words:

    breach(what)                  says that it got somewhere it should not
    attempt(function, *arguments) calls, and says "refused" where that raised, breach otherwise

What the code prints ends up in the executed notebook, where the tests look for it.
"""

import contextlib
import copy
import hashlib
import json
import os
import re
import shutil
import socket
import stat
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode

from autograder import rubrics
from autograder.authoring.notebook import grade_id
from autograder.authoring.release import read_skeleton, release, to_text
from autograder.course import Course
from autograder.exercise.exercise import Rubric, Written
from autograder.grading.batch import grade
from autograder.grading.judging.plan import prepare
from autograder.grading.recording.record import Grade, Results
from autograder.grading.request import GradingRequest
from autograder.grading.running import sandboxes
from autograder.rubrics.ps1_elbo.bounds import elbo
from autograder.rubrics.ps1_elbo.densities import kl_to_standard_normal
from autograder.worker.limits import Limits
from tests.attacks.duel import ELBO, KL, NAME, SOURCE

BREACH = "BREACH"
KEY = "an-installed-answer-key"
MARK = "attack-was-here"
"""The name of each file that an attack tries to leave behind."""

PRELUDE = '''\
import ctypes, os, platform, socket, sys, threading, time
import numpy as np

def breach(what):
    print("BRE" + "ACH", repr(what)[:400])

def attempt(function, *arguments, **options):
    try:
        what = function(*arguments, **options)
    except BaseException as error:
        print("refused:", type(error).__name__, str(error)[:100])
    else:
        breach((getattr(function, "__name__", function), what))

def syscall(number, *arguments):
    """A raw system call of x86-64."""
    if platform.machine() != "x86_64":
        raise OSError("these numbers are another machine's")
    libc = ctypes.CDLL(None, use_errno=True)
    result = libc.syscall(ctypes.c_long(number), *(ctypes.c_long(a) if isinstance(a, int) else a for a in arguments))
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result

def judge_socket():
    """The descriptor that leads to the judge."""
    for number in range(3, 64):
        try:
            return socket.socket(fileno=os.dup(number))
        except OSError:
            continue
    raise OSError("no socket")

'''

_DECIMALS = re.compile(r"(?=(\d{1,3}\.\d{5}))")
"""Numbers with five decimals, also the ends of longer ones."""

Work = str | bytes | Mapping[str, str] | Callable[[Path], None] | None
"""Code for the first exercise, a notebook's bytes, sources by grade_id, what fills the folder, or an empty folder."""


@dataclass(frozen=True)
class Graded:
    """A class, graded.

    Attributes:
        course: where; the next batch empties it.
        results: of `grade`.
        hidden: decimals of the hidden inputs.
        secrets: see Arena.
        notebooks: student to the executed notebook's text.
    """

    course: Course
    results: Results
    hidden: frozenset[str]
    secrets: tuple[str, ...]
    notebooks: Mapping[str, str]

    def entry(self, student: str) -> Grade:
        return self.results.students[student]

    def statuses(self, student: str) -> dict[str, str]:
        return {name: str(found.status) for name, found in self.entry(student).exercises.items()}

    def outputs(self, student: str) -> str:
        """All that the student's cells put out, as it stands in the executed notebook."""
        cells = nbformat.reads(self.notebooks[student], as_version=4).cells
        return "\n".join(json.dumps(cell.outputs, ensure_ascii=False) for cell in cells if cell.cell_type == "code")

    def told(self, student: str) -> str:
        """All that grading says of the student to anyone: outputs, messages, notes."""
        return self.outputs(student) + json.dumps(self.entry(student).to_json(), ensure_ascii=False)

    def leaked(self, text: str) -> list[str]:
        """The hidden inputs' decimals that stand in a text."""
        return sorted({found for found in _DECIMALS.findall(text) if found in self.hidden})

    def assert_nothing_gained(self, student: str) -> None:
        """No point, no breach, no secret, no hidden number, and a plain reason."""
        entry, told = self.entry(student), self.told(student)
        assert entry.points == 0, entry
        assert BREACH not in told, told[told.index(BREACH) :][:500]
        for secret in (*self.secrets, KEY):
            assert secret not in told, f"it read {secret}"
        leaked = self.leaked(told)
        assert not leaked, f"hidden inputs are in the feedback: {leaked[:3]}"
        for found in entry.exercises.values():
            assert found.message.strip() and "Traceback" not in found.message, found

    def assert_neighbours_unharmed(self) -> None:
        """The honest have what they earned."""
        assert self.statuses("honest-both") == {"kl_to_standard_normal": "passed", "elbo": "passed"}
        assert self.entry("honest-both").points == 7
        assert self.statuses("honest-half") == {"kl_to_standard_normal": "passed", "elbo": "not_attempted"}
        assert self.statuses("zz-honest-last") == {"kl_to_standard_normal": "failed", "elbo": "passed"}
        assert self.entry("zz-honest-last").points == 4


@dataclass
class Arena:
    """A course that can be attacked.

    Attributes:
        course: its folder is open to every user, so that modes protect nothing.
        secrets: strings that no submission may ever show.
        places: what attacks may name as @NAME@.
    """

    course: Course
    secrets: tuple[str, ...]
    places: dict[str, str]
    watched: list[Path] = field(default_factory=list)

    def grade(
        self, works: Mapping[str, Work], tier: str, limits: Limits | None = None, workers: int = 2, **options: Any
    ) -> Graded:
        """Hand in these works beside honest ones, and grade them all in one batch."""
        for folder in (self.course.submitted, self.course.autograded, self.course.state / NAME):
            shutil.rmtree(folder, ignore_errors=True)
        self.course.gradebook.unlink(missing_ok=True)
        honest = {"honest-both": {"kl_to_standard_normal": KL, "elbo": ELBO, "why": "It is linear."}}
        honest["honest-half"] = {"kl_to_standard_normal": f"# {self.secrets[-1]}\n{KL}"}
        honest["zz-honest-last"] = {"kl_to_standard_normal": KL.replace("0.5", "0.4"), "elbo": ELBO}
        for student, work in {**honest, **works}.items():
            self.hand_in(student, work)
        bait = self.course.submitted / "honest-both" / "bait.txt"
        bait.write_text(self.secrets[0])
        for path in self.course.submitted.rglob("*"):
            if not path.is_symlink() and (path.is_dir() or path.is_file()):
                path.chmod(0o777)
        before = self._snapshot()
        limits = limits or Limits(cell_seconds=20, ask_seconds=20, total_seconds=80, restarts=3)
        request = GradingRequest(
            self.course, NAME, workers=workers, sandbox=tier, limits=limits, progress=False, **options
        )
        results = grade(request).results
        places = {student: self.course.autograded / student / NAME for student in results.students}
        notebooks = {student: (place / f"{NAME}.ipynb").read_text() for student, place in places.items()}
        graded = Graded(self.course, results, self._hidden(), self.secrets, notebooks)
        assert set(results.students) == {*honest, *works}, "someone is missing from the results"
        assert self._snapshot() == before, "a submission changed a file of the course"
        assert not self._traces(), f"a submission left something behind: {self._traces()}"
        return graded

    def hand_in(self, student: str, work: Work) -> None:
        folder = self.course.submitted / student / NAME
        folder.mkdir(parents=True)
        if callable(work):
            work(folder)
        elif work is not None:
            (folder / f"{NAME}.ipynb").write_bytes(self.content(work))

    def content(self, work: str | bytes | Mapping[str, str]) -> bytes:
        """The bytes of a work's notebook."""
        if isinstance(work, bytes):
            return work
        sources = {"kl_to_standard_normal": PRELUDE + work} if isinstance(work, str) else work
        return to_text(self.notebook(sources)).encode()

    def solved(self, attacks: Mapping[str, str]) -> dict[str, str]:
        """Sources of a solved notebook, but for the exercises that hold an attack."""
        return {"kl_to_standard_normal": KL, "elbo": ELBO, **{name: PRELUDE + code for name, code in attacks.items()}}

    def notebook(self, sources: Mapping[str, str]) -> NotebookNode:
        """The released notebook with these sources, and @PLACES@ filled in."""
        notebook = copy.deepcopy(read_skeleton(self.course, NAME))
        for cell in notebook.cells:
            source = sources.get(grade_id(cell), cell.source)
            cell.source = self.filled(source)
        return notebook

    def filled(self, source: str) -> str:
        """A text with this arena's @PLACES@ in it."""
        for name, place in self.places.items():
            source = source.replace(f"@{name}@", place)
        return source

    def _hidden(self) -> frozenset[str]:
        """Telling decimals of the hidden inputs: five digits of numbers that no other text holds."""
        found = set()
        variants = prepare(self.course, NAME).variants.whole().solved.values()
        for examination in (found for variant in variants for found in variant.values()):
            for solved in examination.cases:
                for value in solved.case.inputs.values():
                    numbers = value.flatten().tolist() if hasattr(value, "flatten") else []
                    texts = (f"{abs(number) % 1000:.6f}"[:-1] for number in numbers[:50])
                    found |= {text for text in texts if not text.endswith("00") and len(set(text[-5:])) > 3}
        return frozenset(found)

    def _snapshot(self) -> dict[str, tuple]:
        """Content, mode and time of every file that grading has no business with."""
        own = {self.course.autograded, self.course.state, self.course.gradebook, self.course.feedback}
        found = {}
        for path in sorted([*self.course.root.rglob("*"), *self.watched]):
            if any(path == other or other in path.parents for other in own) and path not in self.watched:
                continue
            status = path.lstat()
            regular = stat.S_ISREG(status.st_mode)
            digest = hashlib.sha256(path.read_bytes()).hexdigest() if regular and status.st_size < 2**24 else ""
            found[str(path)] = (digest, status.st_mode, status.st_mtime_ns if regular else 0)
        return found

    def _traces(self) -> list[str]:
        homes = (Path.home(), Path("/tmp"), Path("/dev/shm"), Path("/var/tmp"), Path.cwd(), self.course.root)
        site = Path(nbformat.__file__).parents[1]
        nearby = [path for folder in (*homes, site) for path in folder.glob(f"*{MARK}*")]
        return [str(path) for path in (*nearby, *self.course.root.rglob(f"*{MARK}*"))]


def _libraries(stack: contextlib.ExitStack, patch: pytest.MonkeyPatch) -> Path:
    """A folder that every submission may read, in which the kit lies as `pip install .` leaves it; one of its files."""
    site = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="arena-site-")))
    for name, content in (("latentkit/reference.py", KEY), ("neighbour/library.txt", "unharmed")):
        (site / name).parent.mkdir()
        (site / name).write_text(content)
    site.chmod(0o755)
    patch.setenv("LATENTKIT_DATA", str(site))
    patch.setattr(sandboxes, "latentkit", SimpleNamespace(__file__=str(site / "latentkit" / "__init__.py")))
    return site / "neighbour" / "library.txt"


@contextlib.contextmanager
def opened() -> Iterator[Arena]:
    """A course with everything that attacks look for, taken away in the end.

    Raises:
        AssertionError: in the end, where something came out through a socket.
    """
    secrets = tuple(f"canary-{kind}-{os.urandom(6).hex()}" for kind in ("file", "environment", "memory", "neighbour"))
    rubric = Rubric(NAME, "A duel", (kl_to_standard_normal, elbo), (Written("why", 2),))
    with contextlib.ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        load = rubrics.load  # the other tests of the session still want the real ones
        patch.setattr(rubrics, "load", lambda name: rubric if name == NAME else load(name))
        patch.setenv("ATTACK_CANARY", secrets[1])
        root = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="arena-", dir="/var/tmp")))
        root.chmod(0o777)
        (root / "solutions").mkdir()
        (root / "solutions" / f"{NAME}.py").write_text(SOURCE)
        (root / "nbgrader_config.py").write_bytes((Path(__file__).parents[2] / "nbgrader_config.py").read_bytes())
        (root / "secret.txt").write_text(secrets[0])
        (root / "bait.txt").write_text("unharmed")
        library = _libraries(stack, patch)
        for path in root.rglob("*"):
            path.chmod(0o777)
        course = Course(root)
        release(course, NAME)
        course.hidden_seed()
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        datagrams = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
        abstract = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
        name = f"arena-{os.urandom(6).hex()}"
        datagrams.bind(str(root / "log.socket"))
        abstract.bind("\0" + name)
        os.chmod(root / "log.socket", 0o777)
        places = {
            "COURSE": str(root),
            "NEIGHBOUR": str(course.submitted / "honest-half" / NAME / f"{NAME}.ipynb"),
            "PORT": str(listener.getsockname()[1]),
            "SOCKET": str(root / "log.socket"),
            "ABSTRACT": name,
            "JUDGE": str(os.getpid()),
            "LIBRARY": str(library),
            "SITE": str(library.parents[1]),
            "MARK": MARK,
        }
        yield Arena(course, secrets, places, [course.state / "hidden_seed", library])
        assert not _visited(listener), "somebody connected from the sandbox"
        assert not _visited(datagrams) and not _visited(abstract), "somebody sent a datagram from the sandbox"


def _visited(channel: socket.socket) -> bool:
    """Whether somebody connected to a socket that listens, or sent something to one of datagrams."""
    channel.setblocking(False)
    try:
        channel.accept() if channel.type == socket.SOCK_STREAM else channel.recv(1)
    except BlockingIOError:
        return False
    return True
