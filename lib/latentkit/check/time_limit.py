"""A limit on the time that a check takes, so that an endless loop ends by itself."""

import contextlib
import signal
import threading
import time
from collections.abc import Iterator
from types import FrameType

AGAIN_AFTER = 1.0
"""Seconds after which a function that has caught OutOfTime, by a bare `except`, is stopped anew."""


class OutOfTime(BaseException):
    """The time is over. No Exception, so that a student's `except Exception` does not catch it."""


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """End what runs within the `with` after so many seconds of wall time; one call of a library is not interrupted.

    Signals do it, which only the main thread gets: in another thread, and where a system has no timer signals
    (Windows), nothing is ended. A timer and a handler that were set before are put back.

    Raises:
        OutOfTime: in what runs, when the time is over.
    """
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return
    running = True

    def stop(_signal: int, _frame: FrameType | None) -> None:
        if running:
            raise OutOfTime

    handler = signal.signal(signal.SIGALRM, stop)
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
