"""The judge's side of a warm worker: start it, have it fork a child, talk to the child, end it."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from autograder.authoring.bundle import write_bundle
from autograder.grading import tiers
from autograder.grading.tiers import PASSED_ON
from autograder.worker.limits import Limits
from autograder.worker.protocol import MAX_HEADER, Frame, ProtocolError, receive, send

START_SECONDS = 180.0
ORDER_SECONDS = 20.0
_BOOT = "import sys; sys.path.extend(sys.argv[3:]); from autograder.worker.boot import main; main()"
_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")


class WorkerLost(RuntimeError):
    """The warm process is gone; start another."""


class Child:
    """The process of one submission, as the judge sees it: numbered requests, and answers that nobody trusts."""

    def __init__(self, connection: socket.socket):
        self._connection = connection
        self._requests = 0

    def request(
        self,
        content: dict[str, Any],
        arrays: Sequence[np.ndarray] = (),
        *,
        deadline: float,
        max_header: int = MAX_HEADER,
        max_body: int = 0,
    ) -> Frame:
        """Send a request and return its answer.

        Args:
            deadline: on time.monotonic's clock.
            max_header, max_body: bytes that the answer may have.
        Raises:
            Late: there was no whole answer in time. Closed: the child is gone.
            ProtocolError: it sent something else than this request's answer.
        """
        self._requests += 1
        send(self._connection, {"request": self._requests, **content}, arrays, deadline=deadline)
        frame = receive(self._connection, deadline=deadline, max_header=max_header, max_body=max_body)
        if not isinstance(frame.content, dict) or frame.content.get("answer") != self._requests:
            raise ProtocolError("that is not the answer to what was asked")
        return frame


class Worker:
    """A warm process that forks children. Use it from one thread, as a context manager.

    Args:
        tier: the sandbox that its children enter, from `tiers.choose`.
        hidden: folders that no submission may see, such as the course's.
    """

    def __init__(self, tier: str, hidden: Sequence[Path] = ()) -> None:
        self.tier = tier
        self._hidden = hidden
        self._process: subprocess.Popen | None = None
        self._control: socket.socket | None = None
        self._folder = Path(tempfile.mkdtemp(prefix="autograder-"))
        self._bundle = write_bundle(self._folder / "bundle")

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process and remove its files."""
        self._end()
        shutil.rmtree(self._folder, ignore_errors=True)

    def start(self) -> None:
        """Start the process, unless it runs.

        Raises:
            WorkerLost: it cannot be started; the message holds what it said.
        """
        if self._process is not None and self._process.poll() is None:
            return
        self._end()
        plan = tiers.plan(self.tier, self._bundle, self._hidden)
        path = map(str, tiers.search_path(self._bundle))
        ours, theirs = socket.socketpair()
        scratch = self._folder / "scratch"
        scratch.mkdir(exist_ok=True)
        with theirs, (self._folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", _BOOT, str(theirs.fileno()), plan.to_argument(), *path],
                env=_environment(scratch),
                cwd=scratch,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        self._control = ours
        try:
            ready = receive(ours, deadline=time.monotonic() + START_SECONDS)
            if ready.content["ready"] != self.tier:
                raise ProtocolError("it is in another sandbox than it should be")
        except (ProtocolError, KeyError, TypeError):
            said = (self._folder / "log").read_text(errors="replace")[-2000:]
            self._end()
            raise WorkerLost(f"the process that runs notebooks did not start:\n{said}") from None

    @contextlib.contextmanager
    def child(self, limits: Limits) -> Any:
        """Fork a child for one submission; on leaving, it ends with all that it started.

        Raises:
            WorkerLost: the process did not obey; the next call starts a new one.
        """
        self.start()
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                self._order({"start": limits.to_dict()}, theirs.fileno())
            yield Child(ours)
        finally:
            ours.close()
            with contextlib.suppress(WorkerLost):
                self._order({"stop": True})

    def _order(self, content: dict[str, Any], *descriptors: int) -> Frame:
        deadline = time.monotonic() + ORDER_SECONDS
        if self._control is None:
            raise WorkerLost("the process that runs notebooks has ended")
        try:
            send(self._control, content, descriptors=descriptors, deadline=deadline)
            return receive(self._control, deadline=deadline)
        except ProtocolError as error:
            self._end()
            raise WorkerLost(f"the process that runs notebooks has ended: {error}") from None

    def _end(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(2)  # it ends by itself when we hang up, and takes its child along
            if self._process.poll() is None:
                self._process.kill()
            self._process.wait()
            self._process = None


def _environment(scratch: Path) -> dict[str, str]:
    """What the process knows of the world: no token, no home, one thread."""
    folders = dict.fromkeys(("HOME", "TMPDIR", "IPYTHONDIR", "MPLCONFIGDIR", "XDG_CACHE_HOME"), str(scratch))
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "NBGRADER_EXECUTION": "autograde",
        "LATENTKIT_STATIC": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "CUDA_VISIBLE_DEVICES": "",
        **folders,
        **dict.fromkeys(_THREADS, "1"),
        **{name: os.environ[name] for name in PASSED_ON if name in os.environ},
    }
