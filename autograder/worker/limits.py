"""How much a submission may use."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, get_type_hints

MEBIBYTE = 2**20

LEAST = {
    **{"cell_seconds": 0.1, "ask_seconds": 0.1, "total_seconds": 1.0, "patience": 1, "cpu_seconds": 1},
    **{"notebook_bytes": 1, "memory_bytes": 64 * MEBIBYTE, "open_files": 32, "processes": 8, "answer_bytes": 4096},
}
"""Below these no submission could pass, however right; what is not named may be 0."""
MOST = 2**62
"""The kernel's numbers end there."""


@dataclass(frozen=True)
class Limits:
    """The limits of one submission.

    Attributes:
        cell_seconds: the submission's own time, working or asleep, for one cell; see `grading.running.clock`.
        training_seconds: the same for a cell that the release tags as training or figure; 0 leaves it out.
        ask_seconds: the same for all hidden cases of one exercise.
        total_seconds: the same for the whole submission, restarts included.
        patience: how many seconds of the wall clock go by for each of these at the most.
        restarts: how many fresh children may go on after one that hung or died.
        cpu_seconds: CPU time of one child.
        memory_bytes: address space that a child may add to what it starts with.
        file_bytes: size of one file.
        scratch_bytes, scratch_files: what its private folder may hold, in all.
        open_files: file descriptors.
        processes: processes and threads, of which a pool has as many as processors and four by default; not enforced by
            the kernel for root.
        output_bytes: printed text, figures and tracebacks of one cell.
        shown_bytes: outputs of all cells together, as they stand in the executed notebook.
        answer_bytes: arrays in the answers to all hidden cases of one exercise.
        notebook_bytes: size of a submitted notebook.
    """

    cell_seconds: float = 20.0
    training_seconds: float = 0.0
    ask_seconds: float = 30.0
    total_seconds: float = 240.0
    patience: float = 5.0
    restarts: int = 12
    cpu_seconds: int = 240
    memory_bytes: int = 2048 * MEBIBYTE
    file_bytes: int = 64 * MEBIBYTE
    scratch_bytes: int = 128 * MEBIBYTE
    scratch_files: int = 2000
    open_files: int = 256
    processes: int = 24
    output_bytes: int = 1 * MEBIBYTE
    shown_bytes: int = 8 * MEBIBYTE
    answer_bytes: int = 64 * MEBIBYTE
    notebook_bytes: int = 16 * MEBIBYTE

    def to_dict(self) -> dict[str, float]:
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Limits":
        """The limits that a mapping names, the default for all others.

        Raises:
            ValueError: a name is unknown, or a value is no number of its kind, too small to grade anybody, or endless.
        """
        kinds = get_type_hints(cls)
        for name, value in values.items():
            if name not in kinds:
                raise ValueError(f"no limit is called {name!r}; there are: {', '.join(kinds)}")
            allowed = (int,) if kinds[name] is int else (int, float)
            if type(value) not in allowed or not math.isfinite(value) or value < 0:
                raise ValueError(f"{name} must be a non-negative {kinds[name].__name__}, got {value!r}")
            least = LEAST.get(name, 0)
            if not least <= value < MOST:
                raise ValueError(f"{name} must be at least {least:g} and less than 2**62, got {value!r}")
        return cls(**values)
