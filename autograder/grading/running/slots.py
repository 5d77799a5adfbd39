"""Who may run a submission's process: usually all workers of a batch at a time, now and then one alone."""

import contextlib
import threading
from collections.abc import Iterator


class Slots:
    """One for each who asks; who wants to be alone waits until no other is left, and the others wait meanwhile."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._running = self._waiting = 0
        self._alone = False

    @contextlib.contextmanager
    def one(self, alone: bool = False) -> Iterator[None]:
        """Hold a slot. Nobody may ask for a second one while holding one.

        Args:
            alone: while no other is held.
        """
        with self._changed:
            if alone:
                self._waiting += 1
                self._changed.wait_for(lambda: not self._alone and self._running == 0)
                self._waiting -= 1
            else:
                self._changed.wait_for(lambda: not self._alone and self._waiting == 0)
            self._alone = alone
            self._running += 1
        try:
            yield
        finally:
            with self._changed:
                self._running -= 1
                self._alone = False
                self._changed.notify_all()
