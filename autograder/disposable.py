"""Work on a stranger's bytes in a process that may be lost: parsing, cleaning, highlighting, rendering.

    from autograder.disposable import Lost, apart

    try:
        page = apart(render, text)
    except Lost as lost:
        page = f"not shown: {lost}"

The process is started when it is first wanted and used again until it fails, so that work costs a fraction of a
millisecond more than it would here. It has a limit of processor time for each piece of work, and one of memory; a C
library that holds the interpreter's lock holds its own, never the judge's. It is no sandbox: what runs in it is ours.
"""

import atexit
import contextlib
import importlib
import json
import math
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from autograder.worker.limits import MEBIBYTE
from autograder.worker.protocol import Closed, Frame, Late, ProtocolError, receive, send

CPU_SECONDS = 5
MEMORY_BYTES = 512 * MEBIBYTE
WALL_SECONDS = 120.0
"""For one piece of work, the start of the process included: generous, since a loaded machine is nobody's fault."""

KEPT_BYTES = 256 * MEBIBYTE
"""A process that has grown to more than this is not used again."""

_BOOT = "import sys; sys.path[:] = sys.argv[2:]; from autograder.disposable import serve; serve(int(sys.argv[1]))"
_HOME = str(Path(__file__).parents[1])
_PAGE = os.sysconf("SC_PAGE_SIZE")


class Lost(RuntimeError):
    """The work took more time or memory than it may, or failed; the message says which, in plain words."""


def apart(
    function: Callable[..., Any], *arguments: Any, cpu_seconds: int = CPU_SECONDS, memory_bytes: int = MEMORY_BYTES
) -> Any:
    """What a function returns, called in another process. Thread-safe: each call has a process to itself.

    Args:
        function: of a module of ours; named, not nested.
        arguments: what JSON can say; it returns such a thing, too (a subclass of str or dict arrives as plain).
        cpu_seconds: processor time that it may take, from 1 on.
        memory_bytes: address space that it may add.
    Raises:
        Lost: it took more, raised an exception, or its process was ended twice by something else.
    """
    order = [function.__module__, function.__qualname__, cpu_seconds, memory_bytes, arguments]
    frame = _frame(order)
    try:
        return _once(frame, cpu_seconds)
    except _Gone:  # ended from outside, for want of memory, or with a process that it was forked beside
        try:
            return _once(frame, cpu_seconds)
        except _Gone:
            raise Lost("the process that did it was ended") from None


class _Gone(Exception):
    """The process has ended without its own fault, as far as can be told."""


class _Process:
    """A process that works, as its owner sees it."""

    def __init__(self) -> None:
        self._connection, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-c", _BOOT, str(theirs.fileno()), *sys.path, _HOME],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )

    def work(self, order: np.ndarray, cpu_seconds: int) -> Frame:
        deadline = time.monotonic() + WALL_SECONDS
        try:
            send(self._connection, {}, [order], deadline=deadline)
            return receive(self._connection, deadline=deadline)
        except Late:
            raise Lost(f"it was not done after {WALL_SECONDS:g} seconds") from None
        except Closed:
            if self.end() == -signal.SIGXCPU:
                raise Lost(f"it took more than {cpu_seconds} seconds of processor time") from None
            raise _Gone from None
        except ProtocolError as error:
            raise Lost(f"it gave no answer: {error}") from None

    def end(self) -> int:
        """End it; how it ended, as `subprocess` says it."""
        self._connection.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self._process.wait(1)
        self._process.kill()
        return self._process.wait()


_idle: list[_Process] = []


def _once(order: np.ndarray, cpu_seconds: int) -> Any:
    try:
        process = _idle.pop()
    except IndexError:
        process = _Process()
    try:
        frame = process.work(order, cpu_seconds)
    except BaseException:
        process.end()
        raise
    if "failed" in frame.content or not frame.content["fit"]:
        process.end()
    else:
        _idle.append(process)
    if "failed" in frame.content:
        raise Lost(frame.content["failed"])
    return json.loads(frame.arrays[0].tobytes())


def _frame(value: Any) -> np.ndarray:
    """JSON as bytes: a frame's body may be larger than its header."""
    return np.frombuffer(json.dumps(value).encode(), np.uint8)


def _end_all() -> None:
    while _idle:
        _idle.pop().end()


atexit.register(_end_all)
os.register_at_fork(after_in_child=_idle.clear)  # they answer the process that started them


def serve(descriptor: int) -> None:
    """Be such a process until its owner hangs up."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with socket.socket(fileno=descriptor) as owner, contextlib.suppress(Closed):
        while True:
            name, attribute, cpu_seconds, memory_bytes, arguments = json.loads(receive(owner).arrays[0].tobytes())
            function = getattr(importlib.import_module(name), attribute)
            _limit(cpu_seconds, memory_bytes)
            try:
                found = _frame(function(*arguments))
            except MemoryError:
                send(owner, {"failed": f"it took more than {memory_bytes // MEBIBYTE} MiB of memory"})
                return
            except Exception as error:
                send(owner, {"failed": f"it failed with {type(error).__name__}"})
                return
            send(owner, {"fit": _resident_bytes() < KEPT_BYTES}, [found])


def _limit(cpu_seconds: int, memory_bytes: int) -> None:
    """Let the work that comes have that much, on top of what was used."""
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(time.process_time()) + cpu_seconds, resource.RLIM_INFINITY))
    with contextlib.suppress(OSError, ValueError):  # the kernel of a Mac neither tells nor limits it
        size = int(Path("/proc/self/statm").read_text().split()[0]) * _PAGE
        resource.setrlimit(resource.RLIMIT_AS, (size + memory_bytes, resource.RLIM_INFINITY))


def _resident_bytes() -> int:
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
