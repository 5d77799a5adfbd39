"""The time of a submission, as the kernel tells it: other programs on the machine do not lengthen it.

A submission's clock has two hands, which move only while a process of the submission lives:

- *own*: processor seconds of all its threads, and the time in which every one of them slept of its own will, as
  `time.sleep` and a lock that nobody opens do. Waiting for a processor, for the disk or for the judge is not in it, nor
  being stopped by somebody. An endless loop and an endless sleep both move it; a busy machine does not. Added are the
  processor seconds that the judge needs to parse its answers.
- *wall*: the wall clock, for whatever holds up a process without moving the other hand.
"""

import contextlib
import math
import os
import re
import select
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from autograder.worker.resources import stat_fields

TICK = 0.25
"""Seconds after which a process that does not answer is looked at again."""

STEP_OF_NICENESS = 1.25
"""By how much each step makes a thread's share of a busy processor smaller. Source: sched(7)."""

_CPUCLOCK_SCHED = 2
"""The kind of clock of the kernel that counts a process's nanoseconds on processors."""


@dataclass(frozen=True)
class Moment:
    """What a submission's clock shows, or a deadline on it, in seconds.

    Attributes:
        own, wall: where the hands stand.
    """

    own: float
    wall: float

    def or_sooner(self, other: "Moment") -> "Moment":
        """Of two deadlines the one that is over as soon as either is."""
        return Moment(min(self.own, other.own), min(self.wall, other.wall))

    def is_before(self, other: "Moment") -> bool:
        """Whether neither hand has reached a deadline."""
        return self.own < other.own and self.wall < other.wall


NEVER = Moment(math.inf, math.inf)


class Process:
    """What the kernel knows of a child's process, whose number another namespace may have given.

    Args:
        descriptor: its pidfd; closed by `close`, and where nothing can be learnt by it.
        alone: whether it can start no other process: those that it starts count too.
    """

    def __init__(self, descriptor: int, alone: bool):
        self._descriptor, self._alone = descriptor, alone
        try:
            self._number = _number(descriptor)
        except OSError:
            os.close(descriptor)
            raise
        self._ended = select.poll()
        self._ended.register(descriptor, select.POLLIN)
        self._seconds = 0.0

    def close(self) -> None:
        os.close(self._descriptor)

    def processor_seconds(self) -> float:
        """What it has used so far, all threads together; once it has ended, what was last known."""
        processes = [self._number] if self._alone else [self._number, *_descendants(self._number)]
        seconds = sum(map(_on_processors, processes)) + (0.0 if self._alone else sum(map(_of_the_dead, processes)))
        if not self._ended.poll(0):  # else its number may be another's by now
            self._seconds = max(self._seconds, seconds)
        return self._seconds

    def sleeps(self) -> bool:
        """Whether every thread of it waits for something else than a processor or a disk, and none was stopped."""
        states = set(map(_state, self._threads())) - {"Z", "X"}  # a process lives on when its first thread has ended
        return states == {"S"}

    def weigh_as_one(self) -> None:
        """Make its threads nice, so that they get together of a busy processor what one of another's gets.

        Where the kernel schedules by groups, it has one of its own already: it is a session of its own.
        """
        threads = self._threads()
        nice = min(round(math.log(len(threads) or 1, STEP_OF_NICENESS)), 19)
        for thread in threads if nice else ():
            with contextlib.suppress(OSError):
                if os.getpriority(os.PRIO_PROCESS, thread) < nice:
                    os.setpriority(os.PRIO_PROCESS, thread, nice)

    def _threads(self) -> list[int]:
        processes = [self._number] if self._alone else [self._number, *_descendants(self._number)]
        found = [thread for process in processes for thread in _tasks(process)]
        return found if not self._ended.poll(0) else []  # else its number may be another's by now


class Unseen(Process):
    """A child in gVisor, whose processor time the machine's kernel does not know: all time counts as its own."""

    def __init__(self) -> None:
        self._started = time.monotonic()

    def close(self) -> None:
        pass

    def processor_seconds(self) -> float:
        return time.monotonic() - self._started

    def sleeps(self) -> bool:
        return False

    def weigh_as_one(self) -> None:
        pass


class Clock:
    """The clock of one submission, over all its processes, one at a time; see above.

    Args:
        patience: how many seconds of the wall clock a deadline has for each of the submission's own.
    """

    def __init__(self, patience: float = math.inf):
        self._patience = patience
        self._own = self._wall = 0.0
        self._process: Process | None = None
        self._seconds = self._read_at = 0.0

    @contextlib.contextmanager
    def of(self, process: Process) -> Iterator[None]:
        """Let the hands move with this process."""
        self._process, self._seconds, self._read_at = process, 0.0, time.monotonic()
        try:
            yield
        finally:
            self.now()
            self._process = None

    def now(self, waited: bool = False) -> Moment:
        """Read the clock.

        Args:
            waited: whether the judge waits for the process and has nothing to read: then it may be asleep, or busy with
                many threads.
        """
        if self._process is not None:
            now, seconds = time.monotonic(), self._process.processor_seconds()
            worked, passed = seconds - self._seconds, now - self._read_at
            slept = min(passed, TICK) - worked if waited and self._process.sleeps() else 0.0
            self._own += worked + max(0.0, slept)
            self._wall += passed
            self._seconds, self._read_at = seconds, now
            if waited:
                self._process.weigh_as_one()
        return Moment(self._own, self._wall)

    @contextlib.contextmanager
    def charged(self) -> Iterator[None]:
        """Count what the judge does meanwhile, its thread's processor seconds, as the submission's own."""
        before = time.thread_time()
        try:
            yield
        finally:
            self._own += time.thread_time() - before

    def after(self, seconds: float) -> Moment:
        """The deadline that is over when this many seconds of the submission's own are."""
        now = self.now()
        return Moment(now.own + seconds, now.wall + self._patience * seconds)

    def is_old(self) -> bool:
        """Whether the last reading is older than a tick."""
        return time.monotonic() - self._read_at > TICK


def _number(descriptor: int) -> int:
    """The number of a process in the caller's own namespace."""
    found = re.search(r"^Pid:\s*(\d+)$", Path(f"/proc/self/fdinfo/{descriptor}").read_text(), re.MULTILINE)
    return int(found[1]) if found else 0


def _on_processors(process: int) -> float:
    """Seconds on processors of all threads, those that have ended included. Source: clock_getcpuclockid(3)."""
    try:
        return time.clock_gettime(~process << 3 | _CPUCLOCK_SCHED) if process else 0.0
    except OSError:
        return 0.0


def _state(thread: int) -> str:
    """The letter of its state, as proc_pid_stat(5) lists them; "" of one that has ended."""
    try:
        return stat_fields(thread)[0]
    except (OSError, IndexError):
        return ""


def _of_the_dead(process: int) -> float:
    """Seconds on processors of the processes that it started, waited for and that are no more."""
    try:
        user, system = stat_fields(process)[13:15]
    except (OSError, ValueError):
        return 0.0
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _tasks(process: int) -> list[int]:
    """The numbers of its threads; none once it has ended, which may be while this is asked."""
    try:
        return [int(name) for name in os.listdir(f"/proc/{process}/task")]
    except OSError:
        return []


def _descendants(process: int) -> list[int]:
    found: list[int] = []
    for thread in _tasks(process):
        with contextlib.suppress(OSError):
            found += map(int, Path(f"/proc/{process}/task/{thread}/children").read_text().split())
    return found + [grandchild for child in found for grandchild in _descendants(child)]
