"""A limit on the time that a check takes, so that an endless loop ends by itself, and a busy machine ends nothing.

What is limited is the function's own time: what it computes and what it sleeps. While other programs hold the processor
that it waits for, its time stands still, as far as the system tells of it.
"""

import contextlib
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

AGAIN_AFTER = 1.0
"""Seconds after which a function that has caught OutOfTime, by a bare `except`, is stopped anew."""

SOONEST = 0.02
"""Seconds after which the clock is looked at again at the soonest."""

PATIENCE = 5.0
"""Seconds of the wall clock that may pass for each of a function's own."""

SCHEDSTAT = Path("/proc/thread-self/schedstat")
"""Of a thread, as Linux tells it: nanoseconds on processors, nanoseconds ready and waiting for one, and turns."""


@dataclass(frozen=True)
class Spent:
    """What became of the time.

    Attributes:
        passed: seconds of the wall clock.
        computed: seconds on a processor, of the thread that is limited.
        waited: seconds in which that thread was ready and no processor was free; None where the system does not tell.
    """

    passed: float
    computed: float
    waited: float | None

    @property
    def own(self) -> float:
        """The function's own time: without the waiting, or where that is not known, what it computed."""
        return self.computed if self.waited is None else self.passed - self.waited


class OutOfTime(BaseException):
    """The time is over. No Exception, so that a student's `except Exception` does not catch it.

    Args:
        spent: until then.
    """

    def __init__(self, spent: Spent) -> None:
        super().__init__()
        self.spent = spent


class _Watch:
    """What the calling thread has spent since this was made."""

    def __init__(self) -> None:
        self._started = self._now()

    def spent(self) -> Spent:
        now, then = self._now(), self._started
        waited = None if now.waited is None or then.waited is None else now.waited - then.waited
        return Spent(now.passed - then.passed, now.computed - then.computed, waited)

    @staticmethod
    def _now() -> Spent:
        return Spent(time.monotonic(), time.thread_time(), _waited())


def _waited() -> float | None:
    """Seconds in which the calling thread has waited for a processor; None where the system does not tell."""
    try:
        return int(SCHEDSTAT.read_text().split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return None


def is_limited() -> bool:
    """Whether the calling thread can be stopped here."""
    return hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()


def longest(seconds: float) -> float:
    """How long a limit of so many seconds may last by the wall clock, where a function can be stopped."""
    return PATIENCE * seconds if hasattr(signal, "setitimer") else seconds


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """End what runs within the `with` after so many seconds of its own; one call of a library is not interrupted.

    Signals do it, which only the main thread gets: in another thread, and where a system has no timer signals
    (Windows), nothing is ended. A timer and a handler that were set before are put back.

    Raises:
        OutOfTime: in what runs, when the time is over, or PATIENCE times as much by the wall clock.
    """
    if not is_limited():
        yield
        return
    running, watch = True, _Watch()

    def look(_signal: int, _frame: FrameType | None) -> None:
        if not running:
            return
        spent = watch.spent()
        left = min(seconds - spent.own, longest(seconds) - spent.passed)
        if left > 0:
            signal.setitimer(signal.ITIMER_REAL, max(left, SOONEST), AGAIN_AFTER)
        else:
            raise OutOfTime(spent)

    handler = signal.signal(signal.SIGALRM, look)
    started = time.monotonic()
    left, interval = signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN_AFTER)
    try:
        yield
    finally:
        running = False
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL if handler is None else handler)
        if left:
            signal.setitimer(signal.ITIMER_REAL, max(left - (time.monotonic() - started), 1e-3), interval)
