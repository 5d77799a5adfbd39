"""The process of one submission: runs its cells, and calls the functions that it is asked for.

One request, one answer, in order; every answer carries the number of its request:

    {"request": n, "run": source,
     "budget": bytes, or null for no outputs at all,
     "idle": whether the cell only gives names; false
             where it is left out}                       -> {"answer": n, "memory": bytes,
                                                             "memory_error": whether the cell wanted more than there is}
                                                           and the outputs, as JSON, in an array of bytes
    {"request": n, "renew": true}                        -> {"answer": n, "renewed": whether all is as at the start,
                                                             "memory": bytes}
    {"request": n, "ask": name, "cases": [...],
     "seeds": [a number for each case]}                  -> {"answer": n, "found": "function" | "value" | "nothing",
                                                             "responses": [...], "memory": bytes}

What is asked is the function that had the name when it was first asked for; where there was none, there are no
responses. One that is not written yet is called once, and answers so for all cases. "memory" is what the process has
taken since it began, and still holds.

Nothing that comes from here is a verdict.
"""

import contextlib
import json
import mmap
import os
import random
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from autograder.worker.limits import Limits
from autograder.worker.protocol import Frame, receive, send
from autograder.worker.sandbox import Sandbox
from autograder.worker.shell import Shell, silence
from latentkit.check import recording
from latentkit.check.calling import respond
from latentkit.check.cases import Case, NotAttempted, Response
from latentkit.check.wire import pack, unpack

NOTEBOOK_SEED = 0


def live(connection: socket.socket, shell: Shell, sandbox: Sandbox, limits: Limits, folder: Path | None) -> None:
    """Enter the sandbox and serve the judge until it hangs up.

    Args:
        connection: to the judge.
        shell: where the notebook runs.
        sandbox: of this worker.
        limits: of this submission.
        folder: its private folder, where the sandbox does not make one.
    """
    sandbox.enter(limits, folder, keep={connection.fileno()})
    memory = Memory(limits.memory_bytes)
    home, environment = Path.cwd(), dict(os.environ)
    sys.path.append(str(home))  # a cell may write a module for the next to import; it takes the place of none of ours
    _seed(NOTEBOOK_SEED)
    functions: dict[str, Callable[..., Any]] = {}
    with recording():
        while True:
            frame = receive(connection)
            if "renew" in frame.content:
                functions.clear()
                os.environ.clear()
                os.environ.update(environment)
                renewed = shell.begin_again(home)
                _seed(NOTEBOOK_SEED)
                arrays: list[np.ndarray] = []
                content = {"renewed": renewed, "memory": memory.taken()}
            else:
                content, arrays = _answer(frame, shell, functions, sandbox.device, memory)
            send(connection, {"answer": frame.content["request"], **content}, arrays)


class Memory:
    """The memory that this process has taken since this was made, as far as its limit counts it.

    It is found by asking for the rest: a mapping that nobody touches costs nothing, and no sandbox forbids it.

    Args:
        allowed: bytes that it may take.
    """

    STEPS = 6
    """How often the rest is halved: it is known to one part in 64."""

    def __init__(self, allowed: int) -> None:
        self._allowed, self._free = allowed, 0

    def taken(self) -> int:
        """In bytes."""
        if not self._is_as_before():
            self._free = self._found_free()
        return self._allowed - self._free

    def _is_as_before(self) -> bool:
        return _can_map(self._free) and not _can_map(self._free + self._allowed // 2**self.STEPS)

    def _found_free(self) -> int:
        free, step = 0, self._allowed
        for _ in range(self.STEPS):
            step //= 2
            if _can_map(free + step):
                free += step
        return free


def _can_map(size: int) -> bool:
    try:
        _map(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS).close()
    except (OSError, ValueError):
        return False
    return True


_map = mmap.mmap  # a notebook may put something else in its place


def _answer(
    frame: Frame, shell: Shell, functions: dict[str, Callable[..., Any]], device: str, memory: Memory
) -> tuple[dict[str, Any], list[np.ndarray]]:
    match frame.content:
        case {"run": source, "budget": budget}:
            outputs = shell.run(source, budget or 0, frame.content.get("idle", False))
            sent = [] if budget is None else [np.frombuffer(json.dumps(outputs).encode(), np.uint8)]
            return {"memory_error": shell.memory_error, "memory": memory.taken()}, sent
        case {"ask": name, "cases": header, "seeds": seeds}:
            found = _found(shell.user_ns, name, functions)
            responses: list[Response] = []
            if found == "function":
                with _own_random_stream(), silence():
                    responses = _responses(functions[name], unpack(header, frame.arrays), seeds, device)
            header, arrays = pack(responses)
            return {"found": found, "responses": header, "memory": memory.taken()}, arrays
    raise ValueError("not a request")


def _found(names: dict[str, Any], name: str, functions: dict[str, Callable[..., Any]]) -> str:
    """What stands under a name, of which a function is noted: it may call itself something else when it is called."""
    if name in functions:
        return "function"
    if name not in names:
        return "nothing"
    if not callable(names[name]):
        return "value"
    functions[name] = names[name]
    return "function"


def _responses(
    function: Callable[..., Any], cases: Sequence[Case], seeds: Sequence[int], device: str
) -> list[Response]:
    responses: list[Response] = []
    for case, seed in zip(cases, seeds, strict=True):
        responses.append(_respond(function, case, seed, device))
        if responses[0].error == NotAttempted.__name__:
            return responses * len(cases)
    return responses


def _respond(function: Callable[..., Any], case: Case, seed: int, device: str) -> Response:
    _seed(seed)
    try:
        return respond(function, case, device, reveal=False)
    except BaseException as error:  # a notebook may define exceptions of any base
        return Response(error=type(error).__name__)


@contextlib.contextmanager
def _own_random_stream() -> Iterator[None]:
    """Seed the generators meanwhile as you like; the cells below go on with the numbers that they would have drawn."""
    python, numpy, pytorch = random.getstate(), np.random.get_state(), torch.default_generator.get_state()
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)
        torch.default_generator.set_state(pytorch)


def _seed(seed: int) -> None:
    """Make a run repeatable: the same notebook and case meet the same random numbers."""
    random.seed(seed)
    np.random.seed(seed)
    torch.default_generator.manual_seed(seed)  # torch.manual_seed writes down a traceback for CUDA each time
