"""Who may run a submission's process: usually all workers of a batch at a time, now and then one alone, for a while."""

import contextlib
import threading
import time
from collections.abc import Iterator


class Hold:
    """A slot, while somebody has it.

    Args:
        changed: what the others wait on.
        alone_for: seconds for which they wait.
    """

    def __init__(self, changed: threading.Condition, alone_for: float) -> None:
        self._changed = changed
        self._began = time.monotonic()
        self._until = self._began + alone_for

    @property
    def left_alone(self) -> float:
        """Seconds for which no other may be held yet."""
        return max(0.0, self._until - time.monotonic())

    @property
    def seconds_alone(self) -> float:
        """For how long no other could be held so far."""
        return min(self._until, time.monotonic()) - self._began

    def share(self) -> None:
        """Be alone no longer."""
        if self.left_alone:
            with self._changed:
                self._until = time.monotonic()
                self._changed.notify_all()


class Slots:
    """One for each who asks; who wants to be alone waits until no other is left, and the others wait meanwhile."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._running = self._waiting = 0
        self._alone: Hold | None = None

    @contextlib.contextmanager
    def one(self, alone_for: float = 0.0) -> Iterator[Hold]:
        """Hold a slot. Nobody may ask for a second one while holding one.

        Args:
            alone_for: seconds for which no other is held, unless they are given up sooner; the slot is kept longer.
        """
        with self._changed:
            if alone_for > 0:
                self._waiting += 1
                self._changed.wait_for(lambda: self._running == 0)
                self._waiting -= 1
            else:
                while self._waiting or self._left_alone():
                    self._changed.wait(None if self._waiting else self._left_alone())
            hold = Hold(self._changed, alone_for)
            if alone_for > 0:
                self._alone = hold
            self._running += 1
        try:
            yield hold
        finally:
            hold.share()
            with self._changed:
                self._running -= 1
                self._changed.notify_all()

    def _left_alone(self) -> float:
        return self._alone.left_alone if self._alone is not None else 0.0
