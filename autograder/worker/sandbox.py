"""What keeps a submission's process from doing harm. Entered once, in the child, before any of the student's code.

Each tier of protection is a class; `TIERS` lists them, the strongest first. Adding one is a class here and its place in
that tuple: the grader chooses, explains and records tiers by what the classes say of themselves.

The filter of the confined tiers is the allowlist in `autograder.grading.running.syscalls`; it forbids new processes,
sockets, signals and tracing. In every tier: resource limits, no inherited descriptor, death together with the worker.
"""

import json
import os
import random
import signal
import sys
import tempfile
from collections.abc import Collection
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

from autograder.worker import jail, landlock, linux
from autograder.worker.limits import Limits
from autograder.worker.resources import close_descriptors, limit_resources

_UNUSED_USERS = range(0x4000_0000, 0x7000_0000)  # no account has such a number: its processes are ours alone
_HOME_VARIABLES = ("HOME", "TMPDIR", "IPYTHONDIR", "JUPYTER_CONFIG_DIR", "MPLCONFIGDIR", "XDG_CACHE_HOME")


@dataclass(frozen=True)
class Confinement:
    """What the judge decided.

    Attributes:
        tier: the name of one of TIERS.
        filter: the compiled allowlist, in hexadecimal; "" in a tier that is not confined.
        visible: files and folders that a submission may read, beside the system's libraries and the interpreter.
        hidden: files and folders that it must not see even where a visible folder holds them.
        device: "cpu", or "cuda" where the GPU is open to submissions.
        nodes: the device files that are open beside the harmless ones.
        drivers: libraries that are mounted, each by itself, into folders of the system.
        gpus: what CUDA_VISIBLE_DEVICES says of the GPU; None where it says nothing.
    """

    tier: str
    filter: str = ""
    visible: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    device: str = "cpu"
    nodes: tuple[str, ...] = ()
    drivers: tuple[str, ...] = ()
    gpus: str | None = None

    def to_argument(self) -> str:
        """As an argument of a command line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_argument(cls, text: str) -> "Confinement":
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in json.loads(text).items()
        }
        return cls(**values)


class Sandbox:
    """How a worker forks and confines its children; a subclass for each tier.

    Made once in the worker, before any library is imported, in a single thread.

    Args:
        confinement: the judge's decision. What it hides is not kept: children inherit this object.
    Attributes:
        name: of the tier, as in results and on the command line.
        protects: what a submission can and cannot do in it, in words.
        needs: what a machine must have for it, in words.
        confines: whether submissions of strangers may be run in it.
        on_judges_kernel: whether the judge's kernel knows its processes, so that it can see how busy they are.
        on_request: whether it is used only where it is named: it costs more than it is worth to most.
    Raises:
        OSError: the kernel, or a container around us, does not allow this tier.
    """

    name: ClassVar[str]
    protects: ClassVar[str]
    needs: ClassVar[str]
    confines: ClassVar[bool] = True
    on_judges_kernel: ClassVar[bool] = True
    on_request: ClassVar[bool] = False

    def __init__(self, confinement: Confinement):
        self.device, self._gpus = confinement.device, confinement.gpus
        self._filter = bytes.fromhex(confinement.filter)
        self._nodes = [Path(path) for path in confinement.nodes]
        self._drivers = [Path(path) for path in confinement.drivers]
        self._visible = [Path(path) for path in confinement.visible]
        self._kept: list[int] = []
        is_root = self._settle([Path(path) for path in confinement.hidden])
        self._changes_user = is_root and _readable_by_another_user(self._visible)
        if self.confines:
            linux.prctl(linux.PR_SET_DUMPABLE, 0)  # nobody reads or writes the memory that all children start from
        linux.adopt_orphans()

    @classmethod
    def caution(cls) -> str:
        """What this machine's kernel does less well than a current one, and what to do; "" where there is nothing."""
        return ""

    def make_folder(self) -> Path | None:
        """A child's private folder, the caller's to remove; None where the child gets one that dies with it."""
        return Path(tempfile.mkdtemp(prefix="submission-"))

    def fork(self) -> int:
        """As os.fork()."""
        return os.fork()

    def enter(self, limits: Limits, folder: Path | None, keep: Collection[int]) -> None:
        """Confine the calling process, a child; it cannot leave again.

        Args:
            limits: what it may use.
            folder: what `make_folder` gave.
            keep: the descriptors that stay open; standard input, output and error lead nowhere.
        Raises:
            OSError: the kernel refuses; the process must end.
        """
        os.setsid()
        user = random.SystemRandom().choice(_UNUSED_USERS) if self._changes_user else None
        home = self._seclude(limits, folder)
        limit_resources(limits, maps_devices=bool(self._nodes))
        self._close()
        if user is not None:
            os.chown(home, user, user)
            _become(user)
        linux.prctl(linux.PR_SET_PDEATHSIG, signal.SIGKILL)  # after the change of user, which would undo it
        _live_in(home)
        os.umask(0o077)
        close_descriptors([*keep, *self._kept])
        if self.device != "cpu":
            _show_gpus(self._gpus)
        linux.prctl(linux.PR_SET_NO_NEW_PRIVS, 1)
        self._lock(home)

    def _settle(self, hidden: Collection[Path]) -> bool:
        """Prepare the worker itself; returns whether its children can and must become another user.

        Args:
            hidden: what no child may see.
        """
        return False

    def _seclude(self, limits: Limits, folder: Path | None) -> Path:
        """Give the child its own surroundings while it still has its rights; returns its private folder."""
        if folder is None:
            raise ValueError("this tier's children live in the folder that make_folder gave")
        return folder

    def _close(self) -> None:
        """Take away what the child needs no more, while it still has its rights."""

    def _lock(self, home: Path) -> None:
        """Take the child's last rights; nothing can be set up after this."""


class GVisor(Sandbox):
    """A kernel of its own in a program: the worker and its children make no system call of the machine's kernel.

    The judge's side (`autograder.grading.running.gvisor`) starts the worker in a container of libraries alone.
    """

    name = "gvisor"
    protects = "a kernel of its own (gVisor), libraries only, no network, another user, system-call allowlist; slower"
    needs = "gVisor's program runsc on the PATH, and root"
    on_judges_kernel = False
    on_request = True

    def _settle(self, hidden: Collection[Path]) -> bool:
        return True

    def _lock(self, home: Path) -> None:
        linux.drop_capabilities()
        linux.prctl(linux.PR_SET_DUMPABLE, 1)  # so that the worker can count what it holds; no other can look
        linux.install_filter(self._filter)


class Namespaces(Sandbox):
    """A root file system of libraries alone, no network, no other process, another user, and the filter."""

    name = "namespaces"
    protects = "own file system of libraries only, no network, no other process, another user, system-call allowlist"
    needs = "a Linux kernel that lets this user create namespaces (in a container: privileged, or use landlock)"

    def make_folder(self) -> None:
        return None

    def fork(self) -> int:
        return jail.fork_as_init()

    def _settle(self, hidden: Collection[Path]) -> bool:
        is_root = jail.move_in(self._visible, list(hidden), self._nodes, self._drivers)
        home = Path("/tmp/home")
        home.mkdir()
        _live_in(home)
        return is_root

    def _seclude(self, limits: Limits, folder: Path | None) -> Path:
        return jail.lock_in(limits.scratch_bytes, limits.scratch_files, self._visible)

    def _close(self) -> None:
        if not self._nodes:  # a GPU's driver looks there for its devices
            jail.close_proc()

    def _lock(self, home: Path) -> None:
        linux.drop_capabilities()
        linux.install_filter(self._filter)


class Landlock(Sandbox):
    """Files are refused by Landlock, signals and sockets by the filter: for containers that forbid namespaces."""

    name = "landlock"
    protects = "libraries only by Landlock, no network, no signals, system-call allowlist; process names are visible"
    needs = "Linux 5.13 or newer with Landlock enabled"

    @classmethod
    def caution(cls) -> str:
        version = landlock.abi()
        if version >= landlock.GUARDS_EMPTYING:
            return ""
        return (
            f"This kernel's Landlock has ABI {version}, which cannot keep a process from emptying files that it may "
            "read: the filter of system calls alone refuses it. Better: Linux 6.2 or newer, or grade as a user who "
            "owns no file that submissions may read."
        )

    def _settle(self, hidden: Collection[Path]) -> bool:
        homes = Path(tempfile.gettempdir()).resolve()
        self._kept = [landlock.make_ruleset(self._libraries(), [homes, *jail.DEVICES, *self._nodes], hidden)]
        return os.getuid() == 0

    def _lock(self, home: Path) -> None:
        linux.drop_capabilities()
        linux.prctl(linux.PR_SET_DUMPABLE, 1)  # so that the worker can count what it holds; no other can look
        own = landlock.make_ruleset(self._libraries(), [home, *jail.DEVICES, *self._nodes])
        for ruleset in (*self._kept, own):
            landlock.restrict(ruleset)
            os.close(ruleset)
        linux.install_filter(self._filter)

    def _libraries(self) -> list[Path]:
        return [*jail.SYSTEM, Path(sys.base_prefix).resolve(), *self._visible]


class Unconfined(Sandbox):
    """Limits and a session of its own: it stops accidents and greed, not an attacker."""

    name = "none"
    protects = "limits only: a submission can read this user's files and use the network"
    needs = "trust in every submission as in your own code"
    confines = False


TIERS: tuple[type[Sandbox], ...] = (GVisor, Namespaces, Landlock, Unconfined)
"""The strongest first."""


def tier_called(name: str) -> type[Sandbox]:
    """The tier of that name.

    Raises:
        ValueError: there is none.
    """
    for tier in TIERS:
        if tier.name == name:
            return tier
    raise ValueError(f"no sandbox is called {name!r}; there are: {', '.join(tier.name for tier in TIERS)}")


def make_sandbox(confinement: Confinement) -> Sandbox:
    """The sandbox that the judge decided on, around the calling process, a worker; raises OSError as its class does."""
    return tier_called(confinement.tier)(confinement)


def _live_in(folder: Path) -> None:
    os.chdir(folder)
    os.environ.update(dict.fromkeys(_HOME_VARIABLES, str(folder)))
    tempfile.tempdir = None  # so that the next temporary file looks at the environment again


def _show_gpus(numbers: str | None) -> None:
    """Let CUDA find the GPU now: in the worker it must not, since a process that has used it cannot fork."""
    os.environ.pop("CUDA_VISIBLE_DEVICES", None)
    if numbers is not None:
        os.environ["CUDA_VISIBLE_DEVICES"] = numbers


def _become(user: int) -> None:
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)


def _readable_by_another_user(paths: Collection[Path]) -> bool:
    """Whether a user without rights reaches the libraries: an interpreter may lie in a folder that only root enters."""
    pid = os.fork()
    if pid == 0:
        try:
            _become(_UNUSED_USERS[0])
            needed: list[str | Path] = [sys.base_prefix, os.__file__, *paths]
            readable = all(os.access(path, os.R_OK) for path in needed)
        except OSError:
            readable = False
        os._exit(0 if readable else 1)
    return os.waitpid(pid, 0)[1] == 0
