"""The warm process: imports everything once, then forks a child for each submission that the judge brings.

Over its control socket, one child at a time:

    {"start": limits} and a socket  -> {"started": pid}
    {"stop": true}                  -> {"stopped": "exit N" | "signal N"}

The socket becomes the child's. When a child ends by itself, all that it started is ended with it at once.
When the judge is gone, so are child and worker.
"""

import contextlib
import gc
import importlib
import os
import pkgutil
import select
import shutil
import socket
from pathlib import Path

from autograder.worker import child
from autograder.worker.limits import Limits
from autograder.worker.protocol import Closed, receive, send
from autograder.worker.resources import end_descendants, folder_size
from autograder.worker.sandbox import Sandbox
from autograder.worker.shell import Shell

QUOTA_SECONDS = 0.25
"""How often the folder of a child is measured where no file system of its own limits it."""

LIBRARIES = (
    "matplotlib.pyplot",
    "matplotlib_inline.backend_inline",
    "ipywidgets",
    "torch.distributions",
    "torch.nn.functional",
    "torch.testing",
    "tqdm.auto",
)
"""What notebooks import; loaded once, so that no child pays for it."""


def serve(control: socket.socket, sandbox: Sandbox) -> None:
    """Fork children for the judge until it hangs up."""
    shell = _warm_up()
    send(control, {"ready": sandbox.tier})
    with contextlib.suppress(Closed):
        while True:
            frame = receive(control, max_descriptors=1)
            match frame.content:
                case {"start": dict(limits)}:
                    _supervise(control, shell, sandbox, Limits.from_dict(limits), frame.descriptors[0])
                case _:
                    raise ValueError("not an order")


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
    ended = None
    try:
        send(control, {"started": pid})
        ended = _wait(control, pid, limits, folder)
        receive(control)
        send(control, {"stopped": ended})
    finally:
        if ended is None:
            end_descendants(pid)
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)


def _wait(control: socket.socket, pid: int, limits: Limits, folder: Path | None) -> str:
    """Wait until the child ends, fills its folder, or the judge has something to say; then end all that it started."""
    watch = os.pidfd_open(pid)
    try:
        while not select.select([control, watch], [], [], None if folder is None else QUOTA_SECONDS)[0]:
            size, count = folder_size(folder)
            if size > limits.scratch_bytes or count > limits.scratch_files:
                break
    finally:
        os.close(watch)
    return end_descendants(pid)


def _warm_up() -> Shell:
    """Import what notebooks use, without starting a thread: a child inherits memory, not threads."""
    import torch

    torch.set_num_threads(1)
    import latentkit

    for library in LIBRARIES:
        importlib.import_module(library)
    for module in pkgutil.walk_packages(latentkit.__path__, "latentkit."):
        if not module.name.endswith(("__main__", ".cli")):
            importlib.import_module(module.name)
    shell = Shell.start()
    shell.run("1 + 1\nraise ValueError('a first traceback')", budget=10_000)
    shell.run("repr(__import__('torch').zeros(2))", budget=10_000)
    shell.reset()
    gc.collect()
    gc.freeze()
    return shell
