"""The judge's side of a worker: have it fork a child, talk to the child, end it."""

import contextlib
import select
import socket
import time
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from autograder.grading.running import devices
from autograder.grading.running.clock import NEVER, TICK, Clock, Moment, Process, Unseen
from autograder.grading.running.slots import Hold
from autograder.grading.running.warm_process import ORDER_SECONDS, WarmProcess, WorkerLost
from autograder.worker.limits import Limits
from autograder.worker.protocol import (
    MAX_HEADER,
    Body,
    Frame,
    Late,
    ProtocolError,
    decode,
    receive,
    receive_parts,
    send,
)
from autograder.worker.sandbox import tier_called

FIRST_LOOK = 0.05
"""Seconds after which a child that does not answer is looked at for the first time."""


class Starved(Late):
    """The wall clock ran out, though the child had time of its own left: the machine, or somebody, held it up."""


class Child:
    """The process of one submission, as the judge sees it: numbered requests, and answers that nobody trusts.

    Attributes:
        clock: the submission's.
        slot: in which it lives; whether others live beside it.
        ended: how it ended, known once it was left: "exit N", "signal N", or "lost" where its worker went first.
        processor_seconds: what it had used when it ended.
    """

    def __init__(self, connection: socket.socket, clock: Clock, slot: Hold):
        self._line = _Line(connection, clock)
        self._requests = 0
        self.clock, self.slot = clock, slot
        self.ended, self.processor_seconds = "lost", 0.0

    def request(
        self,
        content: dict[str, Any],
        arrays: Sequence[np.ndarray] | Body = (),
        *,
        deadline: Moment = NEVER,
        max_header: int = MAX_HEADER,
        max_body: int = 0,
    ) -> Frame:
        """Send a request and return its answer; to parse it takes time of the submission's own.

        Args:
            deadline: on the submission's clock.
            max_header, max_body: bytes that the answer may have.
        Raises:
            Late, Starved: there was no whole answer in time. Closed: the child is gone.
            ProtocolError: it sent something else than this request's answer.
        """
        self._requests += 1
        self._line.deadline = deadline
        send(self._line, {"request": self._requests, **content}, arrays)
        header, body, _ = receive_parts(self._line, max_header=max_header, max_body=max_body)
        with self.clock.charged():
            frame = decode(header, body)
        if not isinstance(frame.content, dict) or frame.content.get("answer") != self._requests:
            raise ProtocolError("that is not the answer to what was asked")
        return frame

    def hang_up(self) -> None:
        """Say nothing more to it."""
        self._line.close()


class _Line(socket.socket):
    """The judge's end of the socket to a child, on which nobody waits longer than the submission's clock allows.

    Attributes:
        deadline: on that clock.
    """

    def __init__(self, connection: socket.socket, clock: Clock):
        super().__init__(fileno=connection.detach())
        self._clock = clock
        self.deadline = NEVER

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        self._wait(select.POLLIN)
        return super().recv_into(buffer, nbytes, flags)

    def sendall(self, data: Any, flags: int = 0) -> None:
        left = memoryview(data)
        while left:
            self._wait(select.POLLOUT)
            with contextlib.suppress(BlockingIOError):
                left = left[self.send(left, flags | socket.MSG_DONTWAIT) :]

    def _wait(self, event: int) -> None:
        """Wait for the child; looked at less and less often, a short answer costs nothing.

        Raises:
            Late, Starved: it is too late.
        """
        ready = select.poll()
        ready.register(self, event)
        if self._clock.is_old():
            self._look(waited=not ready.poll(0))
        pause = FIRST_LOOK
        while not ready.poll(1000 * pause):
            left = self._look(waited=True)
            pause = min(2 * pause, TICK, max(left, FIRST_LOOK))

    def _look(self, waited: bool) -> float:
        """Seconds of its own that the child has left."""
        now = self._clock.now(waited)
        if now.own >= self.deadline.own:
            raise Late("it has used up its time")
        if now.wall >= self.deadline.wall:
            raise Starved("it was not done in time, however little of it was its own")
        return self.deadline.own - now.own


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
    def child(
        self, limits: Limits, clock: Clock | None = None, alone_for: float = 0.0, imports: Sequence[str] = ()
    ) -> Iterator[Child]:
        """Fork a child for one submission; on leaving, it ends with all that it started.

        Args:
            limits: of the submission.
            clock: the submission's; one of the child's own where it is None.
            alone_for: seconds for which no other child of this warm process may live, unless it shares its slot sooner.
            imports: those of `autograder.worker.server.LATE` that the submission needs.
        Raises:
            WorkerLost: the process did not obey; the next call starts a new one.
        """
        self.start()
        with self._warm.slots.one(alone_for) as slot:
            ours, theirs = socket.socketpair()
            child = Child(ours, clock or Clock(), slot)
            try:
                with theirs:
                    order = {"start": limits.to_dict(), "imports": list(imports)}
                    patience = self._warm.import_seconds if imports else ORDER_SECONDS
                    started = self._order(order, theirs.fileno(), gives=1, patience=patience)
                confines = tier_called(self._warm.tier).confines
                process = Process(started.descriptors[0], alone=confines) if started.descriptors else Unseen()
                with contextlib.closing(process), child.clock.of(process):
                    yield child
            finally:
                child.hang_up()
                with contextlib.suppress(WorkerLost):
                    stopped = self._order({"stop": True}).content
                    child.ended, child.processor_seconds = stopped["stopped"], stopped["processor_seconds"]

    def _order(
        self, content: dict[str, Any], *descriptors: int, gives: int = 0, patience: float = ORDER_SECONDS
    ) -> Frame:
        """Give an order; the answer, within so many seconds, may bring as many descriptors as said."""
        deadline = time.monotonic() + patience
        if self._control is None:
            raise WorkerLost("the process that runs notebooks has ended")
        try:
            send(self._control, content, descriptors=descriptors, deadline=deadline)
            return receive(self._control, deadline=deadline, max_descriptors=gives)
        except ProtocolError as error:
            self._hang_up()
            raise WorkerLost(f"the process that runs notebooks has ended: {error}") from None

    def _hang_up(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None
