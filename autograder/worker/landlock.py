"""Landlock: a process gives up, for good, every file that it does not name. Needs no privilege, works in containers.

Rulesets add up to what all of them allow: the worker makes the costly one, which goes around hidden files, for all its
children, and each child the small one that holds its own folder.

Reference: https://docs.kernel.org/userspace-api/landlock.html (ABI 1, Linux 5.13; emptying files: ABI 3, Linux 6.2;
scopes: ABI 6, Linux 6.12)
"""

import os
import struct
from collections.abc import Collection, Iterable
from pathlib import Path

from autograder.worker.linux import require, syscall

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same on every architecture
_VERSION = 1
_PATH_BENEATH = 1

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_TRUNCATE, _IOCTL_DEV = 1 << 14, 1 << 15
_READ = _EXECUTE | _READ_FILE | _READ_DIR
_FILE_RIGHTS = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV
_ALL_BY_ABI = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1}
_ALL_SINCE_5 = (1 << 16) - 1
GUARDS_EMPTYING = 3
"""The first ABI that knows emptying a file apart from reading it; before, the filter of system calls has to refuse."""
_NET_BIND_AND_CONNECT = 0b11
_SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS = 0b11


def abi() -> int:
    """The kernel's version of Landlock; raises OSError where it has none."""
    return require(syscall(_CREATE_RULESET, None, 0, _VERSION), "landlock")


def make_ruleset(
    readable: Iterable[Path], writable: Iterable[Path], hidden: Collection[Path] = (), version: int | None = None
) -> int:
    """A descriptor of rules that allow the given files and what lies below them, for `restrict`.

    Args:
        readable: may be read and executed; those that do not exist are passed over.
        writable: may be written too.
        hidden: files, and folders whose files, may not be read even where they lie below a readable folder; none of
            them may hold a readable one, or that one can be read.
        version: of Landlock, to do without what later ones can; default: the kernel's.
    Raises:
        OSError: the kernel has no Landlock.
    """
    version = abi() if version is None else version
    handled = _ALL_BY_ABI.get(version, _ALL_SINCE_5)
    ruleset = struct.pack("=QQQ", handled, _NET_BIND_AND_CONNECT, _SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS)
    size = 8 if version < 4 else 16 if version < 6 else 24
    rules = require(syscall(_CREATE_RULESET, ruleset[:size], size, 0), "landlock")
    try:
        for path in readable:
            _allow_around(rules, path, hidden, handled)
        for path in writable:
            _allow(rules, path, handled)
    except BaseException:
        os.close(rules)
        raise
    return rules


def restrict(ruleset: int) -> None:
    """Confine the calling process, which must have no_new_privs, to what the ruleset and all before it allow."""
    require(syscall(_RESTRICT_SELF, ruleset, 0), "landlock")


def _allow_around(rules: int, path: Path, hidden: Collection[Path], handled: int) -> None:
    """Rules only ever add: around what is hidden, each neighbour is allowed by itself, and names may be listed."""
    if path.resolve() in hidden:
        return
    if not any(other.is_relative_to(path.resolve()) for other in hidden):
        _allow(rules, path, _READ & handled)
        return
    _allow(rules, path, _READ_DIR & handled)
    for inner in path.iterdir():
        _allow_around(rules, inner, hidden, handled)


def _allow(rules: int, path: Path, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        if not path.is_dir():
            rights &= _FILE_RIGHTS
        require(syscall(_ADD_RULE, rules, _PATH_BENEATH, struct.pack("=Qi", rights, descriptor), 0), str(path))
    finally:
        os.close(descriptor)
