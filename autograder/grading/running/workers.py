"""The judge's side of a worker: have it fork a child, talk to the child, end it."""

import contextlib
import socket
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograder.grading.running import devices
from autograder.grading.running.warm_process import ORDER_SECONDS, WarmProcess, WorkerLost
from autograder.worker.limits import Limits
from autograder.worker.protocol import MAX_HEADER, Frame, ProtocolError, receive, send


class Child:
    """The process of one submission, as the judge sees it: numbered requests, and answers that nobody trusts.

    Attributes:
        ended: how it ended, known once it was left: "exit N", "signal N", or "lost" where its worker went first.
    """

    def __init__(self, connection: socket.socket):
        self._connection = connection
        self._requests = 0
        self.ended = "lost"

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
    """Forks children, one at a time, from a warm process. Use it from one thread, as a context manager.

    Args:
        warm: the process; its owner closes it.
    """

    def __init__(self, warm: WarmProcess) -> None:
        self._warm = warm
        self._control: socket.socket | None = None

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *_: object) -> None:
        self._hang_up()

    @property
    def tier(self) -> str:
        """The sandbox that children enter, and what is open in it beyond the usual."""
        return self._warm.tier if self._warm.device == devices.CPU else f"{self._warm.tier}, {self._warm.device} open"

    def start(self) -> None:
        """Be ready to fork.

        Raises:
            WorkerLost: the warm process cannot be started; the message holds what it said.
        """
        if self._control is None:
            self._control = self._warm.server()

    @contextlib.contextmanager
    def child(self, limits: Limits) -> Any:
        """Fork a child for one submission; on leaving, it ends with all that it started.

        Raises:
            WorkerLost: the process did not obey; the next call starts a new one.
        """
        self.start()
        ours, theirs = socket.socketpair()
        child = Child(ours)
        try:
            with theirs:
                self._order({"start": limits.to_dict()}, theirs.fileno())
            yield child
        finally:
            ours.close()
            with contextlib.suppress(WorkerLost):
                child.ended = str(self._order({"stop": True}).content.get("stopped"))

    def _order(self, content: dict[str, Any], *descriptors: int) -> Frame:
        deadline = time.monotonic() + ORDER_SECONDS
        if self._control is None:
            raise WorkerLost("the process that runs notebooks has ended")
        try:
            send(self._control, content, descriptors=descriptors, deadline=deadline)
            return receive(self._control, deadline=deadline)
        except ProtocolError as error:
            self._hang_up()
            raise WorkerLost(f"the process that runs notebooks has ended: {error}") from None

    def _hang_up(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None
