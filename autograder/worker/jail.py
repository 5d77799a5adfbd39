"""Namespaces: the worker moves into a root of its own that holds libraries and nothing else, and each child into less.

The worker, once: no network, its own processes, a root file system of read-only mounts of what it is told to see.
Each child: its own processes again (it is number 1 and the only one), fresh /tmp and /dev/shm that die with it, no
/proc, another user where the worker is root, and no capability.
"""

import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from autograder.worker import linux

SYSTEM = tuple(
    Path("/", name)
    for name in ("usr", "lib", "lib32", "lib64", "bin", "sbin", "etc/fonts", "etc/ld.so.cache", "etc/localtime")
)
DEVICES = tuple(Path("/dev", name) for name in ("null", "zero", "full", "random", "urandom"))
_SCRATCH = "/scratch"
_LOCKED = linux.MS_NOSUID | linux.MS_NODEV


def move_in(
    visible: Sequence[Path], hidden: Sequence[Path] = (), nodes: Sequence[Path] = (), drivers: Sequence[Path] = ()
) -> bool:
    """Move the calling process, which must have one thread, into a jail; returns in a new process, its number 1.

    Args:
        visible: folders that stay readable, beside the system's libraries and the interpreter.
        hidden: files and folders that must not be seen even where a visible folder holds them.
        nodes: device files that may be used, beside the harmless ones.
        drivers: files that are mounted into the system's folders.
    Returns:
        Whether the worker is the machine's root, so that its children can and must become another user.
    Raises:
        OSError: the kernel, or a container around us, does not allow it.
    """
    new = linux.CLONE_NEWNS | linux.CLONE_NEWPID | linux.CLONE_NEWNET | linux.CLONE_NEWIPC | linux.CLONE_NEWUTS
    real_root = os.getuid() == 0 and _try(linux.unshare, new)
    if not real_root:
        uid, gid = os.getuid(), os.getgid()
        linux.unshare(new | linux.CLONE_NEWUSER)
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
        Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")
    _fork_into_namespace()
    _build_root(visible, hidden, (*DEVICES, *nodes), drivers)
    return real_root


def fork_as_init() -> int:
    """Fork a child that is number 1 of a process namespace of its own; as os.fork() otherwise."""
    ours = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)
    try:
        linux.unshare(linux.CLONE_NEWPID)
        pid = os.fork()
        if pid != 0:
            linux.setns(ours, linux.CLONE_NEWPID)  # so that the next child can have a namespace too
        return pid
    finally:
        os.close(ours)


def lock_in(scratch_bytes: int, scratch_files: int, visible: Sequence[Path]) -> Path:
    """In the child: fresh mounts that die with it. Returns its folder in the only place that it can write to.

    Args:
        scratch_bytes, scratch_files: what /tmp may hold.
        visible: as for `move_in`; what of it lies in /tmp stays visible there.
    """
    linux.unshare(linux.CLONE_NEWNS | linux.CLONE_NEWIPC | linux.CLONE_NEWUTS)
    options = f"size={scratch_bytes},nr_inodes={scratch_files},mode=1777"
    linux.mount("tmpfs", _SCRATCH, "tmpfs", _LOCKED | linux.MS_NOEXEC, options)
    for path in visible:
        if path.is_relative_to("/tmp"):
            _show(_SCRATCH, path, below="/tmp", inner=linux.MS_REC)  # with what is hidden in it
    linux.mount(_SCRATCH, "/tmp", flags=linux.MS_BIND | linux.MS_REC)
    linux.mount("tmpfs", "/dev/shm", "tmpfs", _LOCKED | linux.MS_NOEXEC, "size=4k,nr_inodes=2")
    linux.mount("proc", "/proc", "proc", _LOCKED | linux.MS_NOEXEC | linux.MS_RDONLY)
    folder = Path("/tmp/work")
    folder.mkdir(mode=0o700)
    return folder


def close_proc() -> None:
    """In the child, while it has its rights: nothing is left of /proc, which tells where files come from (mountinfo),
    how a process was started and how busy the machine is."""
    linux.mount("tmpfs", "/proc", "tmpfs", _LOCKED | linux.MS_NOEXEC | linux.MS_RDONLY, "size=4k,nr_inodes=1,mode=555")


def _try(call: Callable[[int], None], argument: int) -> bool:
    try:
        call(argument)
    except PermissionError:
        return False
    return True


def _fork_into_namespace() -> None:
    """Go on in a child, which is the first of the new process namespace; the parent waits and ends as it ends."""
    pid = os.fork()
    if pid == 0:
        linux.prctl(linux.PR_SET_PDEATHSIG, signal.SIGKILL)
        return
    for descriptor in range(3, 64):
        try:
            os.close(descriptor)
        except OSError:
            continue
    _, status = os.waitpid(pid, 0)
    os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


def _build_root(
    visible: Sequence[Path], hidden: Sequence[Path], nodes: Sequence[Path], drivers: Sequence[Path]
) -> None:
    linux.mount("none", "/", flags=linux.MS_REC | linux.MS_PRIVATE)
    root = "/sys"  # a mount point that every system has and no notebook needs
    linux.mount("tmpfs", root, "tmpfs", _LOCKED, "mode=755,size=1m")
    for name, options in (("tmp", "mode=1777,size=64m"), ("dev/shm", "mode=1777,size=1m")):
        os.makedirs(f"{root}/{name}")
        linux.mount("tmpfs", f"{root}/{name}", "tmpfs", _LOCKED | linux.MS_NOEXEC, options)
    os.mkdir(f"{root}{_SCRATCH}")
    os.mkdir(f"{root}/proc")
    linux.mount("proc", f"{root}/proc", "proc", _LOCKED | linux.MS_NOEXEC)
    shown = sorted({Path(sys.base_prefix).resolve(), *visible}, key=lambda path: len(path.parts))  # outer ones first
    for path in (*SYSTEM, *shown):
        _show(root, path)
    for path in nodes:
        _show(root, path, read_only=False)
    for path in drivers:  # below a folder that is there already, an empty file stands for what is mounted on it
        _mount_read_only(path, f"{root}{path}")
    os.close(os.open(f"{root}/empty", os.O_CREAT | os.O_WRONLY, 0o644))
    for path in hidden:
        if not any(path.is_relative_to(other) for other in shown):
            continue
        if os.path.isdir(f"{root}{path}"):
            linux.mount("tmpfs", f"{root}{path}", "tmpfs", _LOCKED | linux.MS_RDONLY, "mode=755,size=4k")
        elif os.path.isfile(f"{root}{path}"):
            linux.mount(f"{root}/empty", f"{root}{path}", flags=linux.MS_BIND)
    os.mkdir(f"{root}/.old")
    linux.pivot_root(root, f"{root}/.old")
    os.chdir("/")
    linux.unmount("/.old")
    os.rmdir("/.old")
    linux.mount("none", "/", flags=linux.MS_REMOUNT | linux.MS_BIND | linux.MS_RDONLY | _LOCKED)


def _show(root: str, path: Path, read_only: bool = True, below: str = "/", inner: int = 0) -> None:
    """Make a file or folder of `below` visible at the same place below the new root; a link of the top stays a link.

    What is mounted inside it comes along only where `inner` is MS_REC: of the machine's own we know too little.
    """
    target = os.path.join(root, path.relative_to(below))
    if os.path.lexists(target) or not os.path.lexists(path):
        return
    os.makedirs(os.path.dirname(target), mode=0o755, exist_ok=True)
    if path.is_symlink() and path.parent == Path("/"):  # /lib -> usr/lib
        os.symlink(os.readlink(path), target)
        return
    if path.is_dir():
        os.mkdir(target)
    else:
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o644))
    if read_only:
        _mount_read_only(path, target, inner)
    else:
        linux.mount(str(path), target, flags=linux.MS_BIND | inner)


def _mount_read_only(path: Path, target: str, inner: int = 0) -> None:
    linux.mount(str(path), target, flags=linux.MS_BIND | inner)
    kept = os.statvfs(path).f_flag & (linux.MS_NOSUID | linux.MS_NODEV | linux.MS_NOEXEC)
    flags = linux.MS_REMOUNT | linux.MS_BIND | linux.MS_RDONLY | _LOCKED | kept
    linux.mount("none", target, flags=flags)
