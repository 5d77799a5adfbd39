"""How the warm process starts: into its sandbox first, libraries afterwards."""

import os
import socket
import sys
from collections.abc import Callable, Sequence

from autograder.worker.limits import Limits
from autograder.worker.relay import Relay
from autograder.worker.sandbox import Confinement, make_sandbox
from autograder.worker.startup import importing

PRIVATE = "private"
"""A file beside the bundle that a probe must not be able to read."""


def main() -> None:
    """Serve the judge on the socket whose descriptor the command line names, in the sandbox that standard input
    describes in its first line, with the imports that the others list. A command line can be read by every child: this
    one says nothing of the course, and what children see of it is taken away."""
    descriptor = int(sys.argv[1])
    confinement, *imports = sys.stdin.read().splitlines()
    _serve(socket.socket(fileno=descriptor), confinement, imports)


def main_in_container() -> None:
    """The same in a container that takes in standard input alone, where a relay leads to the judge. The command line
    has the sandbox, with nothing that is hidden, and the imports."""
    confinement, imports = sys.argv[1:3]
    stream = socket.socket(fileno=os.dup(0))
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    ours, relays = socket.socketpair()
    if os.fork() == 0:
        ours.close()
        Relay(stream, relays, outer=False).run()
        os._exit(0)
    relays.close()
    stream.close()
    _serve(ours, confinement, imports.split())


def _serve(connection: socket.socket, confinement: str, imports: Sequence[str]) -> None:
    sys.argv[:] = sys.orig_argv[:] = [""]
    sandbox = make_sandbox(Confinement.from_argument(confinement))
    with importing():
        from autograder.worker.server import serve  # imports torch: not before the process is alone and confined

    serve(connection, sandbox, imports)
    os._exit(0)  # libraries that tidy up would take a quarter of a second


def probe() -> None:
    """Confine a child as the command line says, have it try the doors, and print what it could do: nothing is good."""
    sandbox = make_sandbox(Confinement.from_argument(sys.argv[2]))
    folder = sandbox.make_folder()
    ours, childs = os.pipe()
    pid = sandbox.fork()
    if pid == 0:
        try:
            sandbox.enter(Limits(), folder, keep={childs})
            found = [attempt.__name__ for attempt in ATTEMPTS if _works(attempt)]
        except OSError as error:
            found = [str(error)]
        os.write(childs, ", ".join(found).encode())
        os._exit(0)
    os.close(childs)
    with os.fdopen(ours) as answer:
        print(answer.read(), end="")
    _, status = os.waitpid(pid, 0)
    if folder is not None:
        folder.rmdir()
    if status != 0:
        raise OSError(f"the confined process ended with {os.waitstatus_to_exitcode(status)}")


def _works(attempt: Callable[[], None]) -> bool:
    try:
        attempt()
    except OSError:
        return False
    return True


def start_a_process() -> None:
    if os.fork() == 0:
        os._exit(0)


def open_a_socket() -> None:
    socket.socket(socket.AF_INET, socket.SOCK_STREAM)


def read_other_files() -> None:
    open(os.path.join(os.path.dirname(sys.argv[3]), PRIVATE)).close()


def signal_a_process() -> None:
    os.kill(os.getppid() or 1, 0)


ATTEMPTS = (start_a_process, open_a_socket, read_other_files, signal_a_process)
