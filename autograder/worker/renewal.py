"""Begin again in the same process: forget what a notebook did, so that its cells can be run as if for the first time.

The warm process takes note of the state that notebooks change most, before the first of them; a child puts it back.
What cannot be put back (a thread that still runs, a hook in the interpreter) is told, and another process takes over;
so it does where the cells' text says that they reach into what nobody can put back (`autograder.worker.repeatable`).
"""

import _thread
import builtins
import contextlib
import functools
import itertools
import math
import operator
import os
import random
import shutil
import signal
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch.utils import _device

NAMESPACES = (
    *(builtins, functools, itertools, math, operator, random, np, np.linalg, np.random),
    *(torch, torch.autograd, torch.distributions, torch.fft, torch.linalg, torch.nn, torch.nn.functional),
    *(torch.nn.init, torch.optim, torch.special, torch.Tensor, torch.nn.Module, random.Random),
)
"""Modules and classes whose attributes a notebook may replace, beside the kit's own modules and distributions."""

OWN_MODULES = "latentkit"


class Renewal:
    """The state of a process before a notebook runs in it. Made once, in the process that children are forked from."""

    def __init__(self) -> None:
        self._attributes = [(place, dict(vars(place))) for place in _namespaces()]
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
        for place, before in self._attributes:
            _put_back(place, before)
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


def _namespaces() -> Iterator[Any]:
    yield from NAMESPACES
    yield from (value for value in vars(torch.distributions).values() if isinstance(value, type))
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == OWN_MODULES:
            yield module


def _put_back(place: Any, before: dict[str, Any]) -> None:
    """Give replaced attributes their first value. New ones stay: many come by themselves, as modules are imported."""
    now = vars(place)
    for name in [name for name, value in before.items() if now.get(name, before) is not value]:
        if not name.startswith("__"):
            with contextlib.suppress(AttributeError, TypeError):
                setattr(place, name, before[name])


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
