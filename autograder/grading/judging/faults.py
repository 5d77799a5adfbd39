"""How a child may fail to answer, and whether the submission is to blame for it."""

import signal

from autograder.grading.judging.outcomes import Status
from autograder.grading.running.clock import Moment
from autograder.grading.running.workers import Child, Starved
from autograder.worker.limits import Limits
from autograder.worker.protocol import Closed, Late, ProtocolError

KILLED = ("lost", f"signal {signal.SIGKILL:d}")
"""How a child ends that was killed from outside, or by its limit of processor time."""

ALMOST = 0.8
"""The share of its limit of processor time from which on that ended a child: the kernel counts the limit in ticks."""


class Fault(Exception):
    """A child hung, died, broke the protocol or has no memory left.

    Attributes:
        at: place of the cell, or exercise, that is responsible; an exercise that has its outcome keeps it.
        status, reason: what to say of it.
        starved: whether it had time of its own left.
        gone: whether the process is no more, which something else than the submission may have ended.
    """

    def __init__(self, at: int | str, status: Status, reason: str, *, starved: bool = False, gone: bool = False):
        super().__init__(reason)
        self.at, self.status, self.reason, self.starved, self.gone = at, status, reason, starved, gone


class OutOfTime(Exception):
    """The submission's time was over before a child had answered: nobody's fault but that of all before it."""


class OutOfPatience(Exception):
    """The wall clock's time for the submission was over, though it had time of its own left."""


def failure(error: ProtocolError, seconds: float, what: str, at: int | str, child: Child, end: Moment) -> Exception:
    """What to raise where a child did not answer.

    Args:
        error: why.
        seconds: how long it might take.
        what: it was busy with: "cell" or "function".
        at: place of the cell, or exercise.
        child: which did not.
        end: when the submission's time is over, on its clock.
    """
    if isinstance(error, Late):
        now = child.clock.now()
        if now.own >= end.own:
            return OutOfTime()
        if now.wall >= end.wall:
            return OutOfPatience()
        if isinstance(error, Starved):
            alone = child.slot.left_alone > 0
            ending = "nor when alone" if alone else "and a submission's repetitions alone were used up"
            reason = f"The {what} was not done after several times the {seconds:g} seconds it may take, {ending}."
            return Fault(at, Status.TIMEOUT, reason, starved=True)
        reason = f"The {what} was still running after {seconds:g} seconds: is there an endless loop?"
        return Fault(at, Status.TIMEOUT, reason)
    if isinstance(error, Closed):
        reason = f"The {what} ended its process: it used too much memory or time, or called something like os._exit."
        return Fault(at, Status.DIED, reason, gone=True)
    return Fault(at, Status.DIED, f"The {what} disturbed the grading: its process sent what is no answer.")


def is_doubtful(fault: Fault, child: Child | None, limits: Limits) -> bool:
    """Whether something else than the submission may have held up, or ended, its process, which is no more."""
    if fault.starved or child is None or not fault.gone:
        return fault.starved
    return child.ended in KILLED and child.processor_seconds < ALMOST * limits.cpu_seconds
