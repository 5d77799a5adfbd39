"""The system calls that a submission's process may make; every other one answers "not permitted".

An allowlist: what tomorrow's kernel adds is forbidden until someone adds it here. Compiled with libseccomp in the
judge's process, installed by the child on itself, last of all and for good.
"""

import errno
import tempfile
from typing import Any

from autograder import extras

ALLOWED = """
    read write readv writev pread64 pwrite64 preadv pwritev lseek close close_range dup dup2 dup3
    fsync fdatasync ftruncate copy_file_range sendfile
    creat access faccessat faccessat2 stat fstat lstat newfstatat statx readlink readlinkat
    getdents getdents64 getcwd chdir fchdir umask mkdir mkdirat rmdir unlink unlinkat rename renameat renameat2
    brk mmap munmap mremap mprotect msync mlock munlock membarrier
    futex futex_waitv set_robust_list get_robust_list rseq set_tid_address sched_yield sched_getaffinity
    sched_getparam sched_getscheduler sched_get_priority_max sched_get_priority_min
    getcpu get_mempolicy
    rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigtimedwait rt_sigsuspend sigaltstack restart_syscall
    pause alarm setitimer getitimer timer_create timer_settime timer_gettime timer_getoverrun timer_delete
    nanosleep clock_nanosleep clock_gettime clock_getres gettimeofday time times
    getpid getppid gettid getuid geteuid getgid getegid getgroups getresuid getresgid getpgid getpgrp getsid
    getrlimit getrusage getpriority uname getrandom arch_prctl
    poll ppoll select pselect6 epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait eventfd2 pipe pipe2
    recvfrom getsockopt setsockopt getsockname getpeername
    exit exit_group
""".split()  # noqa: SIM905 (a table to read)
"""Files (what may be opened, mounts and Landlock decide), memory, threads, clocks, and the socket to the judge."""

PRETENDED = "chmod fchmod fchmodat fchmodat2 utime utimes futimesat utimensat flock".split()  # noqa: SIM905
"""They answer that all is well and do nothing. Copying a file calls them, but Landlock does not watch them: a
submission of the grader's own user could make the course's files writable or the hidden seed readable. A lock on a
library's file, which every submission may read, would be a channel from one submission to another."""

PAGE_CACHE = "fadvise64 readahead mincore".split()  # noqa: SIM905
"""Pretended too: they drop, fetch or find pages of files in the memory that all submissions share, so that one could
leave a message in the pages of a library for another to time. What reads a file anyway still fetches its pages.

Refused, as every call that is not in these tables, are rarer ones of that kind (cachestat, preadv2, process_madvise),
and those that tell how busy the machine or how full a shared file system is: sysinfo, statfs, fstatfs. `openat2` is
said not to exist: its flags lie in memory, where no filter sees them, and libraries fall back to `openat`.
"""

_FCNTL = {
    **{"F_DUPFD": 0, "F_GETFD": 1, "F_SETFD": 2, "F_GETFL": 3, "F_SETFL": 4, "F_DUPFD_CLOEXEC": 1030},
    **{"F_GETPIPE_SZ": 1032, "F_GET_SEALS": 1034},
}
"""Not among them: F_SETOWN with F_SETSIG, by which a pipe sends any signal to any process of the same user."""
_FCNTL_LOCKS = {"F_SETLK": 6, "F_SETLKW": 7, "F_OFD_SETLK": 37, "F_OFD_SETLKW": 38}
"""Pretended, as flock is."""

_NVIDIA_TYPE, _UVM_LAST, _UVM_START, _UVM_END = 0x4600, 0x7F, 0x3000_0001, 0x3000_0002
"""What a granted GPU adds: the NVIDIA driver's requests, all of ioctl type 'F', and its unified memory's, which are
small numbers. A filter sees numbers, not files: which device they reach is for mounts and Landlock to decide.
Source: the request tables of NVIDIA's open kernel modules (nv-ioctl-numbers.h, uvm_ioctl.h, uvm_linux_ioctl.h)."""

_MADVISE = {"DONTNEED": 4, "FREE": 8, "DONTFORK": 10, "DOFORK": 11, "HUGEPAGE": 14, "NOHUGEPAGE": 15, "DONTDUMP": 16}
_MADVISE |= {"DODUMP": 17, "WIPEONFORK": 18, "KEEPONFORK": 19, "GUARD_INSTALL": 102, "GUARD_REMOVE": 103}
"""What allocators and thread stacks ask for: it concerns the process's own memory and mappings alone."""
_MADVISE_PRETENDED = {"NORMAL": 0, "RANDOM": 1, "SEQUENTIAL": 2, "WILLNEED": 3, "MERGEABLE": 12, "UNMERGEABLE": 13}
_MADVISE_PRETENDED |= {"COLD": 20, "PAGEOUT": 21, "POPULATE_READ": 22, "POPULATE_WRITE": 23, "COLLAPSE": 25}
"""Those that fetch or drop pages of files, or look for equal pages of other processes."""

_O_WRONLY, _O_RDWR, _O_TRUNC = 0o1, 0o2, 0o1000

_AF_UNIX = 1
_CLONE_THREAD = 0x0001_0000
_CLONE_NAMESPACES = 0x7E02_0000
_PR_SET_NAME, _PR_GET_NAME, _PR_SET_VMA = 15, 16, 0x5356_4D41
_TIOCGWINSZ, _TCGETS, _FIONREAD, _FIOCLEX, _FIONBIO = 0x5413, 0x5401, 0x541B, 0x5451, 0x5421


class FilterUnavailable(RuntimeError):
    """libseccomp, or its Python face, is not installed; the message says how to get it."""


def compiled(gpu: bool = False) -> bytes:
    """The filter as BPF for this machine's architecture.

    Args:
        gpu: whether an NVIDIA device is granted.
    Raises:
        FilterUnavailable: there is no libseccomp, or not its Python face.
    """
    try:
        import pyseccomp as seccomp
    except ModuleNotFoundError:
        raise FilterUnavailable(f"pyseccomp is not installed: {extras.way_out('instructor')}") from None
    except (ImportError, RuntimeError, OSError, AttributeError):
        raise FilterUnavailable("libseccomp is missing: install libseccomp2 (Debian) or libseccomp (Fedora)") from None
    rules = seccomp.SyscallFilter(seccomp.ERRNO(errno.EPERM))
    for name in ALLOWED:
        _allow(rules, seccomp, name)
    _add_openings(rules, seccomp)
    for advice in _MADVISE.values():
        _allow(rules, seccomp, "madvise", seccomp.Arg(2, seccomp.EQ, advice))
    for advice in _MADVISE_PRETENDED.values():
        _add(rules, seccomp.ERRNO(0), "madvise", seccomp.Arg(2, seccomp.EQ, advice))
    threads_only = seccomp.Arg(0, seccomp.MASKED_EQ, _CLONE_THREAD | _CLONE_NAMESPACES, _CLONE_THREAD)
    _allow(rules, seccomp, "clone", threads_only)
    _allow(rules, seccomp, "socketpair", seccomp.Arg(0, seccomp.EQ, _AF_UNIX))  # event loops wake themselves with one
    _allow(rules, seccomp, "sendto", seccomp.Arg(4, seccomp.EQ, 0))  # no address: it could be any socket's
    _allow(rules, seccomp, "sched_setaffinity", seccomp.Arg(0, seccomp.EQ, 0))  # its own thread's
    for command in _FCNTL.values():
        _allow(rules, seccomp, "fcntl", seccomp.Arg(1, seccomp.EQ, command))
    for command in _FCNTL_LOCKS.values():
        _add(rules, seccomp.ERRNO(0), "fcntl", seccomp.Arg(1, seccomp.EQ, command))
    for name in (*PRETENDED, *PAGE_CACHE):
        _add(rules, seccomp.ERRNO(0), name)
    for option in (_PR_SET_NAME, _PR_GET_NAME, _PR_SET_VMA):
        _allow(rules, seccomp, "prctl", seccomp.Arg(0, seccomp.EQ, option))
    for request in (_TIOCGWINSZ, _TCGETS, _FIONREAD, _FIOCLEX, _FIONBIO):
        _allow(rules, seccomp, "ioctl", seccomp.Arg(1, seccomp.EQ, request))
    if gpu:
        _allow(rules, seccomp, "ioctl", seccomp.Arg(1, seccomp.MASKED_EQ, 0xFF00, _NVIDIA_TYPE))
        _allow(rules, seccomp, "ioctl", seccomp.Arg(1, seccomp.LE, _UVM_LAST))
        for request in (_UVM_START, _UVM_END):
            _allow(rules, seccomp, "ioctl", seccomp.Arg(1, seccomp.EQ, request))
    _allow(rules, seccomp, "prlimit64", seccomp.Arg(0, seccomp.EQ, 0), seccomp.Arg(2, seccomp.EQ, 0))  # only to ask
    for name in ("clone3", "openat2"):  # their flags lie in memory; libraries fall back to clone and openat
        _add(rules, seccomp.ERRNO(errno.ENOSYS), name)
    with tempfile.TemporaryFile() as file:
        rules.export_bpf(file)
        file.seek(0)
        return file.read()


def _add_openings(rules: Any, seccomp: Any) -> None:
    """Opening a file, but never to empty it without a right to write: Landlock takes that for reading before ABI 3."""
    for name, flags in (("open", 1), ("openat", 2)):
        _allow(rules, seccomp, name, seccomp.Arg(flags, seccomp.MASKED_EQ, _O_TRUNC, 0))
        for writing in (_O_WRONLY, _O_RDWR):
            mask = _O_TRUNC | _O_WRONLY | _O_RDWR
            _allow(rules, seccomp, name, seccomp.Arg(flags, seccomp.MASKED_EQ, mask, _O_TRUNC | writing))


def _allow(rules: Any, seccomp: Any, name: str, *conditions: Any) -> None:
    _add(rules, seccomp.ALLOW, name, *conditions)


def _add(rules: Any, action: Any, name: str, *conditions: Any) -> None:
    try:
        rules.add_rule(action, name, *conditions)
    except (ValueError, OSError):  # a call that this architecture or libseccomp does not know cannot be made either
        if name in ("read", "write", "openat", "futex", "mmap", "clone", "clone3"):
            raise
