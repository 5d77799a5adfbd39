"""What holds for a whole process and not for one function: notice where a call changes it, and put it back.

A notebook is one process: a function that leaves torch's default dtype or gradient mode changed spoils the exercises
after it, and one that sets a seed makes every later draw repeat itself.
"""

import contextlib
import ctypes
import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from types import ModuleType
from typing import Any

import numpy as np
import torch


@dataclass(frozen=True)
class Setting:
    """An option of the process.

    Attributes:
        name: as a student is told.
        get, put: read it, and give it a value that was read.
    """

    name: str
    get: Callable[[], Any]
    put: Callable[[Any], Any]


SETTINGS = (
    Setting("torch's default dtype", torch.get_default_dtype, torch.set_default_dtype),
    Setting("torch's gradient mode", torch.is_grad_enabled, torch.set_grad_enabled),
    Setting("torch's number of threads", torch.get_num_threads, torch.set_num_threads),
    Setting("torch's anomaly detection", torch.is_anomaly_enabled, torch.autograd.set_detect_anomaly),
    Setting(
        "torch's choice of deterministic algorithms",
        torch.are_deterministic_algorithms_enabled,
        torch.use_deterministic_algorithms,
    ),
    Setting("numpy's handling of errors", np.geterr, lambda handling: np.seterr(**handling)),
)
SEEDS = ("torch's random seed", "numpy's random seed", "Python's random seed")
NAMES = (*(setting.name for setting in SETTINGS), *SEEDS)
"""All that a response may say was changed."""

MOST_BLOCKS = 10_000
"""Of 624 numbers: whoever drew more from a generator of numpy's or Python's is taken for one who seeded it."""
BLOCKS_AT_ONCE = 500
SEED_BYTES = 8
TWISTER_BYTES = 4 * 625
DRAWN_BEFORE = 256
"""Bytes that are drawn from numpy's and Python's generators before a call: a seed that was just set and is set again
goes back behind them."""
MARK = 0x9D3C_51F0_A6E2_7B48
"""What a seed is exchanged for while a function is called, so that the same seed set again can be told from none."""


@contextlib.contextmanager
def settings_kept(changed: set[str]) -> Iterator[None]:
    """Note which settings are others at the end, by name, and put them back.

    Args:
        changed: where the names are added.
    """
    before = [setting.get() for setting in SETTINGS]
    try:
        yield
    finally:
        for setting, value in zip(SETTINGS, before, strict=True):
            if setting.get() != value:
                changed.add(setting.name)
                setting.put(value)


@contextlib.contextmanager
def seeds_kept(changed: set[str]) -> Iterator[None]:
    """Note which random generators of the process were seeded meanwhile, by name, and put those back.

    To draw from them is no change; nor is a seed that is put back, as `torch.random.fork_rng` does. Meanwhile
    `torch.initial_seed()` is another number, so that the seed that was there already is noticed as well.

    Args:
        changed: where the names are added.
    """
    generator: torch.Generator = torch.default_generator
    state = generator.get_state()
    seed = _seed_in(state)
    before, mark = int(seed[0]), int(seed[0]) ^ MARK
    seed[0] = mark
    generator.set_state(state)
    numpys, pythons = _Twister.of(sys.modules.get("numpy.random")), random.getstate()
    if numpys is not None:
        numpys_before = numpys.content()
        numpys.module.bytes(DRAWN_BEFORE)
        numpys_begin = numpys.content()
    random.randbytes(DRAWN_BEFORE)
    pythons_begin = random.getstate()
    try:
        yield
    finally:
        names = dict(zip(("torch", "numpy", "Python"), SEEDS, strict=True))
        after = generator.get_state()
        if _seed_in(after)[0] != mark:
            changed.add(names["torch"])
            after = state
        _seed_in(after)[0] = before
        generator.set_state(after)
        touched = numpys is not None and numpys.content() != numpys_begin
        if numpys is not None and touched and _was_seeded(numpys.read(numpys_begin), numpys.read(numpys.content())):
            changed.add(names["numpy"])
            numpys.put(numpys_before)
        then = random.getstate()
        if then[1] != pythons_begin[1] and _was_seeded(_numbers(pythons_begin), _numbers(then)):
            changed.add(names["Python"])
            random.setstate(pythons)


def _seed_in(state: torch.Tensor) -> np.ndarray:
    """The seed in a state of torch's generator on the CPU, its first eight bytes: a view of them, [1]."""
    return state[:SEED_BYTES].numpy().view(np.uint64)


@dataclass(frozen=True)
class _Twister:
    """numpy's global generator, read where it lies: its `get_state` takes as long as a whole small function.

    Attributes:
        module: numpy.random.
        generator: kept, so that it stays where it is even if a function puts another in its place.
        address: of its Mersenne twister in memory: 624 numbers of 32 bits and the place among them.
    """

    module: Any
    generator: Any
    address: int

    @classmethod
    def of(cls, module: ModuleType | None) -> "_Twister | None":
        """None where it is not there, is another kind of generator, or does not lie in memory as we think."""
        if module is None:
            return None
        generator = module.get_bit_generator()
        if type(generator).__name__ != "MT19937":
            return None
        twister = cls(module, generator, generator.ctypes.state_address)
        return twister if _lies_as_expected(twister) else None

    def content(self) -> bytes:
        return ctypes.string_at(self.address, TWISTER_BYTES)

    def read(self, content: bytes) -> tuple[Any, int]:
        """Its numbers, and the place among them."""
        numbers = np.frombuffer(content, np.uint32)
        return numbers[:-1], int(numbers[-1])

    def put(self, content: bytes) -> None:
        self.module.set_state(("MT19937", *self.read(content)))


@lru_cache(maxsize=4)
def _lies_as_expected(twister: _Twister) -> bool:
    kind, numbers, place, *_ = twister.module.get_state()
    read = twister.read(twister.content())
    return bool(kind == "MT19937" and np.array_equal(numbers, read[0]) and place == read[1])


def _numbers(state: tuple[Any, ...]) -> tuple[Any, int]:
    """The twister's numbers in a state of Python's generator, and the place among them, which is the last one."""
    return np.array(state[1][:-1], dtype=np.uint32), state[1][-1]


def _was_seeded(before: tuple[Any, int], after: tuple[Any, int]) -> bool:
    """Whether a twister's numbers and its place among them did not come from the earlier ones by drawing.

    Its numbers change after every 624 draws, each time to the next block of one long sequence.
    """
    (earlier, begin), (later, end) = before, after
    if np.array_equal(earlier, later):
        return end < begin
    size, twister = len(earlier), np.random.RandomState()
    state: dict[str, Any] = {"bit_generator": "MT19937", "state": {"key": later, "pos": 0}}
    twister.set_state(state)
    sought = np.frombuffer(twister.bytes(4 * size), dtype="<u4")
    state["state"] = {"key": earlier, "pos": size}
    twister.set_state(state)
    for _ in range(0, MOST_BLOCKS, BLOCKS_AT_ONCE):
        drawn = np.frombuffer(twister.bytes(4 * size * BLOCKS_AT_ONCE), dtype="<u4").reshape(-1, size)
        if (drawn[drawn[:, 0] == sought[0]] == sought).all(1).any():
            return False
    return True
