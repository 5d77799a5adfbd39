"""What a child inherits and may use: descriptors, memory, processor time, files; and its end."""

import contextlib
import os
import resource
import secrets
import signal
import stat
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from autograder.worker.limits import Limits


def close_descriptors(keep: Collection[int]) -> None:
    """Close all descriptors but the given ones; standard input, output and error lead nowhere."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    kept = sorted({0, 1, 2, *keep})
    for low, high in zip(kept, [*kept[1:], 2**20], strict=True):
        os.closerange(low + 1, high)


def limit_resources(limits: Limits, maps_devices: bool = False) -> None:
    """Set the limits that the kernel enforces, soft and hard.

    Args:
        limits: what may be used.
        maps_devices: a GPU's driver reserves address space for all of its memory: then private memory counts instead.
    Raises:
        OSError: the kernel refuses one of them.
    """
    address_space, *_, data, _ = map(int, Path("/proc/self/statm").read_text().split())  # in pages
    kind, pages = (resource.RLIMIT_DATA, data) if maps_devices else (resource.RLIMIT_AS, address_space)
    wanted = {
        kind: pages * resource.getpagesize() + limits.memory_bytes,
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


@dataclass(frozen=True)
class End:
    """How a child ended.

    Attributes:
        how: "exit N" or "signal N".
        processor_seconds: that it used, all its threads together.
    """

    how: str
    processor_seconds: float


def end_descendants(child: int) -> End:
    """Kill a child with all that it started, and wait for them. The caller must adopt orphans (a subreaper).

    Args:
        child: its process id; the leader of its group, not yet waited for.
    """
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)
    _, status, used = os.wait4(child, 0)
    while left := _children():  # those that left the group are ours now: we adopt orphans
        for process in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(process, 0)
    code = os.waitstatus_to_exitcode(status)
    return End(f"exit {code}" if code >= 0 else f"signal {-code}", used.ru_utime + used.ru_stime)


def folder_size(folder: Path) -> tuple[int, int]:
    """Bytes and files below a folder, however deep it is and whatever happens in it meanwhile."""
    size = count = 0
    waiting = [str(folder)]
    while waiting:
        with contextlib.suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                count += 1
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                else:
                    with contextlib.suppress(OSError):
                        size += entry.stat(follow_symlinks=False).st_blocks * 512
    return size, count


def remove_folder(folder: Path) -> None:
    """Remove a folder of a dead process: no depth, length of path or mode of what is in it prevents that."""
    mark, number = secrets.token_hex(8), 0
    with contextlib.suppress(OSError):
        while inner := [entry.path for entry in os.scandir(folder) if entry.is_dir(follow_symlinks=False)]:
            for path in inner:
                os.chmod(path, 0o700)
                for entry in list(os.scandir(path)):
                    if entry.is_dir(follow_symlinks=False):  # moved up, so that a path never gets longer than this
                        os.chmod(entry.path, 0o700)
                        os.rename(entry.path, folder / f"{mark}-{number}")
                        number += 1
                    else:
                        os.unlink(entry.path)
                os.rmdir(path)
        for entry in list(os.scandir(folder)):
            os.unlink(entry.path)
        os.rmdir(folder)


def unlinked_size(pid: int) -> int:
    """Bytes of the files that a process holds open although they have no name any more."""
    sizes = {}
    with contextlib.suppress(OSError):
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                found = descriptor.stat()
                if stat.S_ISREG(found.st_mode) and found.st_nlink == 0:
                    sizes[found.st_dev, found.st_ino] = found.st_blocks * 512
    return sum(sizes.values())


def threads(pid: int) -> int:
    """How many threads a process has: the kernel does not hold root to RLIMIT_NPROC."""
    try:
        return len(os.listdir(f"/proc/{pid}/task"))
    except OSError:
        return 0


def _children() -> list[int]:
    tasks = list(Path("/proc/self/task").iterdir())
    if all((task / "children").exists() for task in tasks):
        return [int(pid) for task in tasks for pid in (task / "children").read_text().split()]
    return [pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if _parent(pid) == os.getpid()]  # gVisor


def _parent(pid: int) -> int:
    """A process's parent; 0 where it has ended."""
    try:
        return int(stat_fields(pid)[1])
    except OSError:
        return 0


def stat_fields(task: int) -> list[str]:
    """What the kernel says of a process or thread after its name, which may hold anything. Source: proc_pid_stat(5).

    Raises:
        OSError: it has ended.
    """
    return Path(f"/proc/{task}/stat").read_text(errors="replace").rpartition(")")[2].split()


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
