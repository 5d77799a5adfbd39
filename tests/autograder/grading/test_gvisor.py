"""The tier of those who have gVisor: its container's description, its relay, and a stand-in for its program.

The stand-in runs what the container should, without confining it. A real runsc is tried where there is one, which takes
minutes: `pytest -m slow`.
"""

import json
import os
import shutil
import socket
import sys
import threading
import time

import pytest

from autograder.classroom import doctor
from autograder.grading.running import gvisor, sandboxes
from autograder.worker.protocol import Closed, receive, send
from autograder.worker.relay import WINDOW, Relay
from autograder.worker.sandbox import Confinement
from tests.autograder.common import said

STAND_IN = f"""#!{os.path.realpath(sys.executable)} -IS
import json, os, sys
options = dict(part.lstrip("-").split("=", 1) for part in sys.argv[1:] if "=" in part)
assert options["network"] == "none" and sys.argv[-2] == "--bundle=" + options["bundle"] and "run" in sys.argv
process = json.load(open(options["bundle"] + "/config.json"))["process"]
os.chdir(process["cwd"])
os.execve(process["args"][0], process["args"], dict(part.split("=", 1) for part in process["env"]))
"""


@pytest.fixture
def stand_in(tmp_path, monkeypatch):
    """A program called runsc that confines nothing."""
    program = tmp_path / "programs" / "runsc"
    program.parent.mkdir()
    program.write_text(STAND_IN)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    forget = sandboxes.obstacle.cache_clear
    forget()
    yield program
    forget()


@pytest.fixture
def no_runsc(monkeypatch):
    monkeypatch.setattr(gvisor, "RUNSC", "runsc-that-is-nowhere")
    sandboxes.obstacle.cache_clear()
    yield
    sandboxes.obstacle.cache_clear()


def test_without_runsc_it_says_what_is_needed(no_runsc):
    assert "not on the PATH" in sandboxes.obstacle("gvisor")
    with pytest.raises(sandboxes.NoSandbox, match="runsc on the PATH, and root"):
        sandboxes.choose("gvisor")
    finding = doctor._container()
    assert "not to be had" in finding.value and "runsc on the PATH" in finding.value and not finding.serious


def test_it_is_never_chosen_unnamed(stand_in, monkeypatch):
    monkeypatch.setattr(sandboxes, "obstacle", lambda tier: "")
    assert sandboxes.choose() == "namespaces"
    assert sandboxes.choose("gvisor") == "gvisor"
    assert "--sandbox gvisor" in doctor._container().value


def test_a_program_that_confines_nothing_is_found_out(stand_in):
    assert "could still read other files" in sandboxes.obstacle("gvisor")


def test_the_container_holds_libraries_alone(stand_in, tmp_path):
    libraries, hidden = tmp_path / "libraries", tmp_path / "libraries" / "key"
    hidden.mkdir(parents=True)
    (libraries / "pointer.pth").write_text("/home/ada")
    described = Confinement("gvisor", "00", (str(libraries),), (str(hidden), str(libraries / "pointer.pth"), "/home"))
    command = gvisor.container(tmp_path / "c", [sys.executable, "-c", "1"], {"A": "b"}, described)
    assert command[0] == str(stand_in) and "--network=none" in command and f"--bundle={tmp_path / 'c'}" in command
    config = json.loads((tmp_path / "c" / "config.json").read_text())
    assert config["root"]["readonly"] and config["process"]["env"] == ["A=b"]
    assert "CAP_SYS_ADMIN" not in str(config)
    mounts = {mount["destination"]: mount for mount in config["mounts"]}
    assert "ro" in mounts[str(libraries)]["options"] and mounts[str(hidden)]["type"] == "tmpfs"
    assert mounts[str(libraries / "pointer.pth")]["source"] == str(tmp_path / "c" / "empty")
    assert not {"/home", "/root", "/var", "/etc", "/"} & mounts.keys()
    with pytest.raises(OSError, match="no GPU"):
        gvisor.container(tmp_path / "d", [sys.executable], {}, Confinement("gvisor", device="cuda"))


def test_a_submission_runs_behind_the_relay(stand_in):
    if os.getuid() != 0:
        pytest.skip("gVisor's tier is root's")
    printed = said("import os, sys\nprint(6 * 7, sys.argv)\nos.fork()", "gvisor")
    assert printed.startswith("42 ['']\n") and "not permitted" in printed


@pytest.mark.slow
def test_a_submission_runs_in_a_real_gvisor():
    if shutil.which("runsc") is None or os.getuid() != 0:
        pytest.skip("no runsc here, or not root")
    assert sandboxes.obstacle("gvisor") == ""
    source = f"import os\nprint(6 * 7, os.path.exists({__file__!r}))\nos.fork()"
    assert said(source, "gvisor").startswith("42 False\n")


@pytest.fixture
def line():
    """Both ends of a relay's channel 0."""
    stream, other_stream = socket.socketpair()
    (ours, near), (far, theirs) = socket.socketpair(), socket.socketpair()
    relays = [Relay(stream, near, outer=True), Relay(other_stream, far, outer=False)]
    threads = [threading.Thread(target=relay.run, daemon=True) for relay in relays]
    for thread in threads:
        thread.start()
    yield ours, theirs
    ours.close()
    for thread in threads:
        thread.join(5)
        assert not thread.is_alive()
    theirs.close()


def deadline():
    return time.monotonic() + 10


def carried(ours, theirs):
    """The two ends of a socket that was sent through the relay."""
    kept, given = socket.socketpair()
    with given:
        send(ours, {"start": {}}, descriptors=[given.fileno()], deadline=deadline())
    (descriptor,) = receive(theirs, max_descriptors=1, deadline=deadline()).descriptors
    return kept, socket.socket(fileno=descriptor)


def test_sockets_go_through_and_so_does_what_they_carry(line):
    kept, there = carried(*line)
    again, there_again = carried(kept, there)
    for left, right in ((kept, there), (there, kept), (again, there_again), (there_again, again)):
        send(left, {"said": "x" * 100_000}, deadline=deadline())
        assert receive(right, deadline=deadline()).content == {"said": "x" * 100_000}
    kept.close()
    with pytest.raises(Closed):
        receive(there, deadline=deadline())
    there_again.close()
    with pytest.raises(Closed):
        receive(again, deadline=deadline())


def test_who_does_not_read_holds_up_nobody_and_fills_no_memory(line):
    (idle, _), (busy, there) = carried(*line), carried(*line)
    idle.setblocking(False)
    sent, until = 0, time.monotonic() + 1
    while time.monotonic() < until:
        try:
            sent += idle.send(bytes(2**16))
        except BlockingIOError:
            time.sleep(0.01)
    assert sent < 4 * WINDOW
    send(busy, {"said": 1}, deadline=deadline())
    assert receive(there, deadline=deadline()).content == {"said": 1}
