"""Linux system calls that Python's standard library does not offer, as functions that raise OSError."""

import ctypes
import errno
import os
import platform
import struct

CLONE_NEWNS = 0x0002_0000
CLONE_NEWUTS = 0x0400_0000
CLONE_NEWIPC = 0x0800_0000
CLONE_NEWUSER = 0x1000_0000
CLONE_NEWPID = 0x2000_0000
CLONE_NEWNET = 0x4000_0000

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT = 1, 2, 4, 8, 32
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x4_0000
MNT_DETACH = 2

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_SECCOMP = 22
PR_CAPBSET_DROP = 24
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38
SECCOMP_MODE_FILTER = 2

_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
_CAPSET = {"x86_64": 126, "aarch64": 91}
_LAST_CAPABILITY = 63
_CAPABILITY_VERSION_3 = 0x2008_0522

_libc = ctypes.CDLL(None, use_errno=True)


def prctl(option: int, value: int) -> None:
    """prctl(2) with one argument."""
    _require(_libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0))


def adopt_orphans() -> None:
    """Become the parent of what descendants leave behind; in gVisor that is process 1 for good, and no descendant that
    the filter holds can start a process."""
    try:
        prctl(PR_SET_CHILD_SUBREAPER, 1)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise


def unshare(flags: int) -> None:
    """unshare(2): leave the namespaces that the flags name."""
    _require(_libc.unshare(flags))


def setns(descriptor: int, kind: int) -> None:
    """setns(2): enter a namespace that a descriptor stands for."""
    _require(_libc.setns(descriptor, kind))


def mount(source: str, target: str, kind: str = "", flags: int = 0, options: str = "") -> None:
    """mount(2)."""
    _require(
        _libc.mount(*map(os.fsencode, (source, target, kind)), ctypes.c_ulong(flags), os.fsencode(options)), target
    )


def unmount(target: str) -> None:
    """umount2(2), lazily: it vanishes when nobody uses it any more."""
    _require(_libc.umount2(os.fsencode(target), MNT_DETACH), target)


def pivot_root(new_root: str, old_root: str) -> None:
    """pivot_root(2)."""
    _require(syscall(_PIVOT_ROOT[platform.machine()], os.fsencode(new_root), os.fsencode(old_root)), new_root)


def drop_capabilities() -> None:
    """Give up every capability for good: effective, permitted, inheritable, ambient and bounding."""
    for capability in range(_LAST_CAPABILITY + 1):
        if _libc.prctl(PR_CAPBSET_DROP, ctypes.c_ulong(capability), 0, 0, 0) != 0:
            break  # EINVAL: past the last one of this kernel; EPERM: there is none to drop
    header = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0)
    _require(syscall(_CAPSET[platform.machine()], header, struct.pack("=6I", 0, 0, 0, 0, 0, 0)))


def install_filter(program: bytes) -> None:
    """Put a seccomp filter on the calling process, which must have no_new_privs; it cannot be taken off.

    Args:
        program: compiled BPF, 8 bytes an instruction.
    """
    instructions = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(instructions))
    _require(_libc.prctl(PR_SET_SECCOMP, ctypes.c_ulong(SECCOMP_MODE_FILTER), header, 0, 0))


def syscall(number: int, *arguments: int | bytes | None) -> int:
    """syscall(2): -1 where it failed, with ctypes' errno set."""
    converted = [ctypes.c_long(a) if isinstance(a, int) else ctypes.c_char_p(a) for a in arguments]
    result: int = _libc.syscall(ctypes.c_long(number), *converted)
    return result


def require(result: int, what: str = "") -> int:
    """The result of a raw system call, or the OSError that it stands for."""
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error), what or None)
    return result


_require = require
