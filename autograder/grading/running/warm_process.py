"""The judge's side of the warm process: it imports what notebooks need once, then forks a server for each worker.

This module imports nothing heavy, so that the process can warm up while the judge still imports its own libraries.
"""

import contextlib
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from autograder.authoring.bundle import write_bundle
from autograder.grading.running import devices, gvisor, sandboxes
from autograder.grading.running.scratch import ScratchFolder
from autograder.grading.running.slots import Slots
from autograder.grading.running.syscalls import FilterUnavailable
from autograder.worker.protocol import ProtocolError, receive, send
from autograder.worker.relay import Relay
from autograder.worker.sandbox import Confinement, tier_called

START_SECONDS = 180.0
"""How long libraries may take to be imported."""
CONTAINER_SECONDS = 600.0
"""The same in gVisor, where each file that is imported passes through three processes."""
ORDER_SECONDS = 60.0
_BOOT = "import sys; sys.path.extend(sys.argv[2:]); from autograder.worker.boot import main; main()"
_BOOT_INSIDE = (
    "import sys; sys.path.extend(sys.argv[3:]); from autograder.worker.boot import main_in_container as main; main()"
)
_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")


class WorkerLost(RuntimeError):
    """The process that runs notebooks is gone; the next call starts another."""


class WarmProcess:
    """One process, shared by all workers of a batch, whose memory they share too. A context manager; thread-safe.

    Args:
        tier: the sandbox that it and its children enter, from `sandboxes.choose`.
        hidden: folders that no submission may see, such as the course's.
        device: what functions are called on; "cuda" opens the GPU to submissions.
        imports: dotted names of what notebooks import; it does so once, so that no child has to.
    Attributes:
        slots: of its children.
    """

    def __init__(
        self, tier: str, hidden: Sequence[Path] = (), device: str = devices.CPU, imports: Sequence[str] = ()
    ) -> None:
        self.tier, self.device, self.slots = tier, device, Slots()
        self._imports = list(imports)
        self._hidden = hidden
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._ready = False
        self._abandoned = False
        self._scratch = ScratchFolder()
        self._folder = self._scratch.path
        self._bundle = write_bundle(self._folder / "bundle")

    def __enter__(self) -> "WarmProcess":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def import_seconds(self) -> float:
        """How long it, or a server of it, may take to import libraries."""
        return START_SECONDS if tier_called(self.tier).on_judges_kernel else CONTAINER_SECONDS

    def close(self) -> None:
        """End the process with all that it started, and remove its files."""
        self._abandoned = True
        with self._lock:
            self._end()
        self._scratch.remove()

    def kill(self) -> None:
        """End it at once, as a crash would; the next server comes from another process."""
        if self._process is not None:
            self._process.kill()

    def abandon(self) -> None:
        """End it at once and for good, also for the threads that wait for it: they get WorkerLost."""
        self._abandoned = True
        self.kill()

    def launch(self) -> None:
        """Start it, unless it runs, without waiting until it is warm."""
        with self._lock:
            self._launch()

    def server(self) -> socket.socket:
        """A new server of children: the socket that it takes orders on. It ends when that is closed.

        Raises:
            WorkerLost: the process cannot be started; the message holds what it said.
        """
        with self._lock:
            control = self._launch()
            ours, theirs = socket.socketpair()
            try:
                with theirs:
                    self._wait_until_warm(control)
                    deadline = time.monotonic() + ORDER_SECONDS
                    send(control, {"serve": True}, descriptors=[theirs.fileno()], deadline=deadline)
                    receive(control, deadline=deadline)
                return ours
            except (ProtocolError, KeyError, TypeError):
                ours.close()
                said = (self._folder / "log").read_text(errors="replace")[-2000:]
                self._end()
                raise WorkerLost(f"the process that runs notebooks did not start:\n{said}") from None

    def _launch(self) -> socket.socket:
        """Start it, unless it runs; the socket that it takes orders on."""
        if self._abandoned:
            raise WorkerLost("the batch was stopped")
        if self._control is not None and self._process is not None and self._process.poll() is None:
            return self._control
        self._end()
        confinement = sandboxes.confinement(self.tier, self._bundle, self._hidden, self.device)
        path = map(str, sandboxes.search_path(self._bundle))
        control, theirs = socket.socketpair()
        self._control = control
        scratch = self._folder / "scratch"
        scratch.mkdir(exist_ok=True)
        if not tier_called(self.tier).on_judges_kernel:
            self._launch_in_container(confinement, theirs)
            return control
        with theirs, tempfile.TemporaryFile() as described, (self._folder / "log").open("wb") as log:
            described.write("\n".join([confinement.to_argument(), *self._imports]).encode())
            described.seek(0)
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", _BOOT, str(theirs.fileno()), *path],
                env=_environment(scratch),
                cwd=scratch,
                stdin=described,
                stdout=log,
                stderr=log,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        return control

    def _launch_in_container(self, confinement: Confinement, theirs: socket.socket) -> None:
        """Start it in gVisor, which lets one socket in: a relay carries the others over it."""
        told = replace(confinement, hidden=()).to_argument()
        path = map(str, sandboxes.search_path(self._bundle))
        command = [sys.executable, "-I", "-S", "-c", _BOOT_INSIDE, told, " ".join(self._imports), *path]
        folder = Path(tempfile.mkdtemp(prefix="container-", dir=self._folder))
        stream, inside = socket.socketpair()
        command = gvisor.container(folder, command, _environment(Path("/tmp")), confinement)
        with inside, (self._folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                command, stdin=inside.fileno(), stdout=log, stderr=log, start_new_session=True
            )
        threading.Thread(target=Relay(stream, theirs, outer=True).run, name="relay", daemon=True).start()

    def _wait_until_warm(self, control: socket.socket) -> None:
        if not self._ready:
            said = receive(control, deadline=time.monotonic() + self.import_seconds)
            if said.content["ready"] != self.tier:
                raise ProtocolError("it is in another sandbox than it should be")
            self._ready = True

    def _end(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(2 if self._ready else 0)  # once warm, it ends when we hang up, after its servers
            if self._process.poll() is None:
                self._process.kill()
            self._process.wait()
            self._process = None
        self._ready = False


def launched(sandbox: str, hidden: Sequence[Path], device: str, imports: Sequence[str]) -> WarmProcess:
    """A process that is warming up, without waiting until it is warm; close it.

    Args:
        sandbox: one of `sandboxes.CHOICES`.
        hidden, device, imports: as for `WarmProcess`.
    Raises:
        ValueError: there is no such device or sandbox.
        NoSandbox: this machine gives no sandbox, or not the one named.
    """
    devices.require(device)
    likely = sandboxes.likely(sandbox)
    warm = WarmProcess(likely, hidden, device, imports)
    try:
        with contextlib.suppress(FilterUnavailable, OSError):  # what is wrong, the next line tells
            warm.launch()  # it imports while we try whether the sandbox that it enters keeps its promises
        tier = sandboxes.choose(sandbox)
    except BaseException:
        warm.close()
        raise
    if tier != likely:
        warm.close()
        warm = WarmProcess(tier, hidden, device, imports)
        warm.launch()
    return warm


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
        "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",  # large pages: a fork copies half the entries
        "JOBLIB_MULTIPROCESSING": "0",  # it may not start processes, and would say so in a warning
        "CUDA_VISIBLE_DEVICES": "",  # the process forks, which one that has used CUDA cannot
        "PYTORCH_NVML_BASED_CUDA_CHECK": "1",  # so that nobody uses it by asking whether it is there
        **folders,
        **dict.fromkeys(_THREADS, "1"),
        **sandboxes.data_folders(),
    }
