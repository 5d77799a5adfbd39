"""What the judge orders of a server of children."""

import contextlib
import socket
import threading
import time
from types import SimpleNamespace

import pytest

from autograder.grading.running import workers
from autograder.grading.running.slots import Slots
from autograder.grading.running.warm_process import WorkerLost
from autograder.worker.limits import Limits
from autograder.worker.protocol import Closed, receive, send

IMPORTING = 0.6
"""Seconds that the server below takes to import what a child needs."""


def serve(control):
    """Be a server that gives no process away."""
    with control, contextlib.suppress(Closed):
        while True:
            order = receive(control, max_descriptors=1).content
            if "stop" in order:
                send(control, {"stopped": "exit 0", "processor_seconds": 0.0})
            else:
                time.sleep(IMPORTING)
                send(control, {"started": 1})


@pytest.fixture
def worker(monkeypatch):
    """One who waits for an order less long than the server takes to import, and longer where it has to."""
    monkeypatch.setattr(workers, "ORDER_SECONDS", IMPORTING / 3)
    ours, theirs = socket.socketpair()
    thread = threading.Thread(target=serve, args=(theirs,))
    thread.start()
    warm = SimpleNamespace(tier="none", device="cpu", slots=Slots(), import_seconds=60.0, server=lambda: ours)
    with workers.Worker(warm) as made:
        yield made
    thread.join()


def test_a_server_has_time_to_import_what_a_child_needs(worker):
    with worker.child(Limits(), imports=["torch._dynamo"]) as child:
        assert child.ended == "lost"
    assert child.ended == "exit 0"


def test_a_server_that_has_nothing_to_import_answers_soon(worker):
    with pytest.raises(WorkerLost), worker.child(Limits()):
        pass
