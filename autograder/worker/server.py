"""The warm process: imports everything once, then forks a server for each worker of the judge; servers fork children.

Over the control socket of the warm process:

    {"serve": true} and a socket    -> {"serving": pid}, and the socket becomes the server's control socket

Over a server's control socket, one child at a time:

    {"start": limits, "imports": names} and a socket
                                    -> {"started": pid} and its pidfd, and the socket becomes the child's
    {"stop": true}                  -> {"stopped": "exit N" | "signal N", "processor_seconds": of the child}

When a child ends by itself, all that it started is ended with it at once. When the judge is gone, so are they all.
"""

import contextlib
import importlib
import os
import select
import signal
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from autograder.worker import child, linux
from autograder.worker.limits import Limits
from autograder.worker.protocol import Closed, receive, send
from autograder.worker.resources import End, end_descendants, folder_size, remove_folder, threads, unlinked_size
from autograder.worker.sandbox import Sandbox
from autograder.worker.shell import Shell
from autograder.worker.startup import importing

QUOTA_SECONDS = 0.25
"""How often a child is measured where no file system of its own, and no user of its own, limits it."""

LIBRARIES = (
    "matplotlib.pyplot",
    "matplotlib_inline.backend_inline",
    "ipywidgets",
    "latentkit.check.judging",
    "torch.distributions",
    "torch.nn.functional",
    "torch.testing",
    "tqdm.auto",
)
"""What notebooks import; loaded once, so that no child pays for it."""

LATE = frozenset({"torch._dynamo"})
"""What a server imports before the first child that needs it: much, and not every class does."""


def serve(control: socket.socket, sandbox: Sandbox, imports: Sequence[str]) -> None:
    """Fork servers for the judge until it hangs up, then wait until they have tidied up.

    Args:
        imports: dotted names of what the notebooks to come import.
    """
    shell = warm_shell(imports)
    send(control, {"ready": sandbox.name})
    with contextlib.suppress(Closed):
        while True:
            frame = receive(control, max_descriptors=1)
            while _ended(os.WNOHANG):
                continue
            if frame.content != {"serve": True}:
                raise ValueError("not an order")
            pid = os.fork()
            if pid == 0:
                control.close()
                _live(socket.socket(fileno=frame.descriptors[0]), shell, sandbox)
            os.close(frame.descriptors[0])
            send(control, {"serving": pid})
    while _ended(0):
        continue


def _ended(options: int) -> bool:
    """Take note of a server that has ended; False where there is none."""
    try:
        return os.waitpid(-1, options)[0] != 0
    except ChildProcessError:
        return False


def _live(control: socket.socket, shell: Shell, sandbox: Sandbox) -> None:
    """Be a server until the judge hangs up."""
    try:
        linux.prctl(linux.PR_SET_PDEATHSIG, signal.SIGKILL)
        linux.adopt_orphans()
        _serve_children(control, shell, sandbox)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(0)


def _serve_children(control: socket.socket, shell: Shell, sandbox: Sandbox) -> None:
    with contextlib.suppress(Closed):
        while True:
            frame = receive(control, max_descriptors=1)
            match frame.content:
                case {"start": dict(limits), "imports": list(late)}:
                    _import_late(late)
                    _supervise(control, shell, sandbox, Limits.from_dict(limits), frame.descriptors[0])
                case _:
                    raise ValueError("not an order")


def _import_late(names: Sequence[str]) -> None:
    """Import those of LATE that are not there yet, for this server's children to come."""
    missing = [name for name in names if name in LATE and name not in sys.modules]
    if missing:
        with importing():
            _import_all(missing)


def _import_all(names: Sequence[str]) -> None:
    for name in names:
        with contextlib.suppress(
            ImportError
        ):  # not a module, but what is taken from one; or not there, as children say
            importlib.import_module(name)


def _supervise(control: socket.socket, shell: Shell, sandbox: Sandbox, limits: Limits, descriptor: int) -> None:
    """Fork one child and see it to its end."""
    folder = sandbox.make_folder()
    pid = sandbox.fork()
    if pid == 0:
        try:
            control.close()
            child.live(socket.socket(fileno=descriptor), shell, sandbox, limits, folder)
        except Closed:
            os._exit(0)
        except BaseException:
            os._exit(1)
        finally:
            os._exit(1)
    os.close(descriptor)
    watch, ended = os.pidfd_open(pid) if sandbox.on_judges_kernel else None, None
    try:
        send(control, {"started": pid}, descriptors=[] if watch is None else [watch])
        ended = _wait(control, pid, watch, limits, folder)
        receive(control)
        send(control, {"stopped": ended.how, "processor_seconds": ended.processor_seconds})
    finally:
        if watch is not None:
            os.close(watch)
        if ended is None:
            end_descendants(pid)
        if folder is not None:
            remove_folder(folder)


def _wait(control: socket.socket, pid: int, watch: int | None, limits: Limits, folder: Path | None) -> End:
    """Wait until the child ends, takes too much, or the judge has something to say; then end all that it started."""
    awaited: list[socket.socket | int] = [control, *([] if watch is None else [watch])]
    if folder is None:
        select.select(awaited, [], [])
    else:
        while not select.select(awaited, [], [], QUOTA_SECONDS)[0] and _is_modest(pid, limits, folder):
            if watch is None and os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
                break
    return end_descendants(pid)


def _is_modest(pid: int, limits: Limits, folder: Path) -> bool:
    """Whether a child keeps within what no file system of its own, and no user of its own, holds it to."""
    size, count = folder_size(folder)
    size += unlinked_size(pid)  # files without a name fill the disk too
    return size <= limits.scratch_bytes and count <= limits.scratch_files and threads(pid) <= limits.processes


def warm_shell(imports: Sequence[str]) -> Shell:
    """Import what notebooks use, without starting a thread: a child inherits memory, not threads."""
    with importing():
        import torch

        torch.set_num_threads(1)
        _import_all([*LIBRARIES, *imports])
        load_ahead(imports)
        shell = Shell.start()
        shell.run("1 + 1\nraise ValueError('a first traceback')", budget=10_000)
        shell.run("repr(__import__('torch').zeros(2))", budget=10_000)
        shell.reset()
        shell.note_start()
    return shell


def load_ahead(imports: Sequence[str]) -> None:
    """Call the loaders among what notebooks import that are marked as made once: children find what they remember."""
    for name in imports:
        module, _, attribute = name.rpartition(".")
        loader: Any = getattr(sys.modules.get(module), attribute, None)
        if getattr(loader, "made_once", False) is True:
            loader()
