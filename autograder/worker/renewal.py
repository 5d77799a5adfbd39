"""Begin again in the same process: forget what a notebook did, so that its cells can be run as if for the first time.

The warm process takes note of the options that notebooks change most, before the first of them; a child puts them back.
What cannot be put back (a thread that still runs, a hook in the interpreter) is told, and another process takes over;
so it does where the cells' text says that they reach further, such as into an attribute of a library
(`autograder.worker.repeatable`). To compare libraries' attributes afterwards would copy the memory that holds them.
"""

import _thread
import contextlib
import os
import shutil
import signal
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch.utils import _device


class Renewal:
    """The state of a process before a notebook runs in it. Made once, in the process that children are forked from."""

    def __init__(self) -> None:
        self._filters, self._path = list(warnings.filters), list(sys.path)
        self._numpy_errors, self._depth = np.geterr(), sys.getrecursionlimit()
        self._signals, self._threads = _handlers(), _thread._count()

    def renew(self, home: Path) -> bool:
        """Put the process back, but for the names of the notebook itself, which its shell forgets.

        Args:
            home: the child's private folder; it is emptied.
        Returns:
            Whether all is as it was; where it is not, cells may run differently than the first time.
        """
        cast(list[Any], warnings.filters)[:] = self._filters
        sys.path[:] = [*self._path, str(home)]
        sys.setrecursionlimit(self._depth)
        np.seterr(**self._numpy_errors)
        _reset_torch()
        _empty(home)
        return not self._leftovers()

    def _leftovers(self) -> bool:
        """Whether something is left that only the end of the process removes."""
        return (
            _thread._count() > self._threads  # `threading` does not know of all
            or sys.gettrace() is not None
            or sys.getprofile() is not None
            or _handlers() != self._signals
            or _device.CURRENT_DEVICE is not None
            or bool(torch.overrides._get_current_function_mode_stack())
        )


def _reset_torch() -> None:
    """PyTorch's switches, each set only where it was moved: some of them take long."""
    switches: tuple[tuple[Callable[[], Any], Callable[[Any], Any], Any], ...] = (
        (torch.get_default_dtype, torch.set_default_dtype, torch.float32),
        (torch.is_grad_enabled, torch.set_grad_enabled, True),
        (torch.is_anomaly_enabled, torch.autograd.set_detect_anomaly, False),
        (torch.are_deterministic_algorithms_enabled, torch.use_deterministic_algorithms, False),
        (torch.get_num_threads, torch.set_num_threads, 1),
        (lambda: _device.CURRENT_DEVICE, torch.set_default_device, None),
    )
    for current, move, wanted in switches:
        if current() != wanted:
            move(wanted)


def _handlers() -> list[Any]:
    return [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM, signal.SIGUSR1)]


def _empty(home: Path) -> None:
    """Remove the files that a notebook left in its folder, and go back there."""
    os.chdir(home)
    with os.scandir(home) as entries:
        for entry in list(entries):
            with contextlib.suppress(OSError):
                if entry.is_dir(follow_symlinks=False):
                    shutil.rmtree(entry.path, ignore_errors=True)
                else:
                    os.unlink(entry.path)
