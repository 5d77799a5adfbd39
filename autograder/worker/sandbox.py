"""What keeps a submission's process from doing harm. Entered once, in the child, before any of the student's code.

The tier "process": a session and process group of its own, resource limits, a private working folder, no inherited
descriptors, death together with the worker. It stops accidents and greed, not an attacker who means the file system
or the network: it says so by its name, which is stored with every grade.
"""

import contextlib
import ctypes
import os
import resource
import signal
from collections.abc import Collection
from pathlib import Path

from autograder.worker.limits import Limits

TIER = "process"

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_PR_SET_NO_NEW_PRIVS = 38


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent ends, so that `end_descendants` finds them all."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def enter(limits: Limits, folder: Path, keep: Collection[int]) -> None:
    """Confine the calling process; it cannot leave again.

    Args:
        limits: what it may use.
        folder: its working and temporary folder, the only place that it is meant to write to.
        keep: the descriptors that stay open; standard input, output and error lead nowhere.
    Raises:
        OSError: the kernel refuses one of the limits.
    """
    os.setsid()
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    os.chdir(folder)
    os.umask(0o077)
    _close_descriptors(keep)
    _set_environment(folder)
    _limit_resources(limits)
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)


def end_descendants(child: int) -> str:
    """Kill a child with all that it started, and wait for them.

    Args:
        child: its process id; the leader of its group, not yet waited for.
    Returns:
        How the child ended: "exit N" or "signal N".
    """
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    while left := _children():  # those that left the group are ours now: we adopt orphans
        for process in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(process, 0)
    code = os.waitstatus_to_exitcode(status)
    return f"exit {code}" if code >= 0 else f"signal {-code}"


def _children() -> list[int]:
    tasks = Path("/proc/self/task")
    return [int(pid) for task in tasks.iterdir() for pid in (task / "children").read_text().split()]


def _close_descriptors(keep: Collection[int]) -> None:
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    kept = sorted({0, 1, 2, *keep})
    for low, high in zip(kept, [*kept[1:], 2**20], strict=True):
        os.closerange(low + 1, high)


def _set_environment(folder: Path) -> None:
    for name in ("HOME", "TMPDIR", "IPYTHONDIR", "JUPYTER_CONFIG_DIR", "MPLCONFIGDIR", "XDG_CACHE_HOME"):
        os.environ[name] = str(folder)


def _limit_resources(limits: Limits) -> None:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    wanted = {
        resource.RLIMIT_AS: pages * resource.getpagesize() + limits.memory_bytes,
        resource.RLIMIT_CPU: limits.cpu_seconds,
        resource.RLIMIT_FSIZE: limits.file_bytes,
        resource.RLIMIT_NOFILE: limits.open_files,
        resource.RLIMIT_NPROC: _processes_of_user() + limits.processes,
        resource.RLIMIT_CORE: 0,
    }
    for kind, value in wanted.items():
        _, hard = resource.getrlimit(kind)
        capped = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (capped, capped))


def _processes_of_user() -> int:
    """Threads that the user has already: RLIMIT_NPROC counts them all. For root it is not enforced."""
    if os.getuid() == 0:
        return 0
    count = 0
    for status in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if status.stat().st_uid == os.getuid():
                count += len(list((status / "task").iterdir()))
    return count


def _prctl(option: int, value: int) -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0) != 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
