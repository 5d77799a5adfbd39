"""The process of one submission: runs its cells, keeps the functions that it is asked to keep, calls them.

One request, one answer, in order; every answer carries the number of its request:

    {"request": n, "run": source, "budget": bytes}      -> {"answer": n, "outputs": [...]}
    {"request": n, "keep": name}                         -> {"answer": n, "found": "function" | "value" | "nothing"}
    {"request": n, "ask": name, "case": ..., "seed": s}  -> {"answer": n, "response": ...}

Nothing that comes from here is a verdict.
"""

import random
import socket
from collections.abc import Callable
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
from latentkit.check.cases import Case, Response
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
    _seed(NOTEBOOK_SEED)
    functions: dict[str, Callable[..., Any]] = {}
    with recording():
        while True:
            frame = receive(connection)
            content, arrays = _answer(frame, shell, functions, sandbox.device)
            send(connection, {"answer": frame.content["request"], **content}, arrays)


def _answer(
    frame: Frame, shell: Shell, functions: dict[str, Callable[..., Any]], device: str
) -> tuple[dict[str, Any], list]:
    match frame.content:
        case {"run": source, "budget": budget}:
            return {"outputs": shell.run(source, budget)}, []
        case {"keep": name}:
            return {"found": _keep(shell.user_ns, name, functions)}, []
        case {"ask": name, "case": header, "seed": seed}:
            _seed(seed)
            header, arrays = pack(_respond(functions[name], unpack(header, frame.arrays), device))
            return {"response": header}, arrays
    raise ValueError("not a request")


def _keep(names: dict[str, Any], name: str, functions: dict[str, Callable[..., Any]]) -> str:
    """Note the function that has this name now; a later cell may use the name for something else."""
    functions.pop(name, None)
    if name not in names:
        return "nothing"
    if not callable(names[name]):
        return "value"
    functions[name] = names[name]
    return "function"


def _respond(function: Callable[..., Any], case: Case, device: str) -> Response:
    with silence():
        try:
            return respond(function, case, device, reveal=False)
        except BaseException as error:  # a notebook may define exceptions of any base
            return Response(error=type(error).__name__)


def _seed(seed: int) -> None:
    """Make a run repeatable: the same notebook and case meet the same random numbers."""
    random.seed(seed)
    np.random.seed(seed)
    torch.default_generator.manual_seed(seed)  # torch.manual_seed writes down a traceback for CUDA each time
