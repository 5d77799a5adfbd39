"""What keeps a submission's process from doing harm. Entered once, in the child, before any of the student's code.

Three tiers, strongest first:

    namespaces  a root file system of libraries alone, no network, no other process, another user, and the filter
    landlock    the same files by Landlock, signals and sockets by the filter: for containers that forbid namespaces
    none        limits and a session of its own: it stops accidents and greed, not an attacker

The filter is the allowlist in `autograder.grading.running.syscalls`; it forbids new processes, sockets, signals
and tracing. In every tier: resource limits, no inherited descriptor, death together with the worker.
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

from autograder.worker import jail, landlock, linux
from autograder.worker.limits import Limits
from autograder.worker.resources import close_descriptors, limit_resources

NAMESPACES, LANDLOCK, NONE = "namespaces", "landlock", "none"
_UNUSED_USERS = range(0x4000_0000, 0x7000_0000)  # no account has such a number: its processes are ours alone
_HOME_VARIABLES = ("HOME", "TMPDIR", "IPYTHONDIR", "JUPYTER_CONFIG_DIR", "MPLCONFIGDIR", "XDG_CACHE_HOME")


@dataclass(frozen=True)
class Plan:
    """What the judge decided.

    Attributes:
        tier: one of the three.
        filter: the compiled allowlist, in hexadecimal; "" in the tier "none".
        visible: files and folders that a submission may read, beside the system's libraries and the interpreter.
        hidden: folders that it must not see even where a visible one holds them.
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
    def from_argument(cls, text: str) -> "Plan":
        values = json.loads(text)
        return cls(**{name: tuple(value) if isinstance(value, list) else value for name, value in values.items()})


class Sandbox:
    """How this worker forks and confines its children. Made before any library is imported, in a single thread.

    Args:
        plan: the judge's.
    Raises:
        OSError: the kernel, or a container around us, does not allow this tier.
    """

    def __init__(self, plan: Plan):
        self.tier, self.device, self._gpus = plan.tier, plan.device, plan.gpus
        self._filter = bytes.fromhex(plan.filter)
        self._nodes = [Path(path) for path in plan.nodes]
        self._visible = [Path(path) for path in plan.visible]
        self._hidden = [Path(path) for path in plan.hidden]
        if self.tier == NAMESPACES:
            self._changes_user = jail.move_in(self._visible, self._hidden, self._nodes, [*map(Path, plan.drivers)])
            home = Path("/tmp/home")
            home.mkdir()
            _live_in(home)
        else:
            self._changes_user = self.tier == LANDLOCK and os.getuid() == 0
        self._changes_user = self._changes_user and _readable_by_another_user(self._visible)
        if self.tier != NONE:
            linux.prctl(linux.PR_SET_DUMPABLE, 0)  # nobody reads or writes the memory that all children start from
        linux.prctl(linux.PR_SET_CHILD_SUBREAPER, 1)

    def make_folder(self) -> Path | None:
        """A child's private folder, the caller's to remove; None where the child gets one that dies with it."""
        return None if self.tier == NAMESPACES else Path(tempfile.mkdtemp(prefix="submission-"))

    def fork(self) -> int:
        """As os.fork()."""
        return jail.fork_alone() if self.tier == NAMESPACES else os.fork()

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
        if self.tier == NAMESPACES:
            folder = jail.lock_in(limits.scratch_bytes, limits.scratch_files, self._visible)
        if user is not None:
            os.chown(folder, user, user)
            _become(user)
        linux.prctl(linux.PR_SET_PDEATHSIG, signal.SIGKILL)  # after the change of user, which would undo it
        _live_in(folder)
        os.umask(0o077)
        close_descriptors(keep)
        limit_resources(limits, maps_devices=bool(self._nodes))
        if self.device != "cpu":
            _show_gpus(self._gpus)
        linux.prctl(linux.PR_SET_NO_NEW_PRIVS, 1)
        if self.tier == NONE:
            return
        linux.drop_capabilities()
        if self.tier == LANDLOCK:
            linux.prctl(linux.PR_SET_DUMPABLE, 1)  # so that the worker can count what it holds; no other can look
            libraries = [*jail.SYSTEM, Path(sys.base_prefix).resolve(), *self._visible]
            landlock.restrict(libraries, [folder, *jail.DEVICES, *self._nodes], self._hidden)
        linux.install_filter(self._filter)


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
            readable = all(os.access(path, os.R_OK) for path in [sys.base_prefix, os.__file__, *paths])
        except OSError:
            readable = False
        os._exit(0 if readable else 1)
    return os.waitpid(pid, 0)[1] == 0
