"""Check a whole notebook from the command line, in a process of its own.

The child runs the code cells in order, as a fresh kernel would, and reports over its standard output: one JSON
object a line. What the notebook itself prints goes nowhere. A cell that never ends, or that takes the process
down, is left out in a second run, so that it costs its own exercise only.
"""

import json
import os
import queue
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import nbformat

from latentkit.check import CheckFailed, examine, find_examination, recording
from latentkit.check.card import as_text
from latentkit.check.cases import Verdict
from latentkit.check.store import load

SLOW_TAGS = {"training", "explore"}
START_SECONDS = 120  # importing torch from a cold disk
CHECK = re.compile(r"""^\s*check\(\s*["'](\w+)["']""", re.MULTILINE)

Event = dict[str, Any]
"""{"verdict": {...}, "text": str} for an exercise, {"note": str} for anything else that a student should know."""


class Unreadable(ValueError):
    """The notebook cannot be checked; the message says why."""


def read(path: Path) -> nbformat.NotebookNode:
    """The notebook in a file.

    Raises:
        Unreadable: there is none.
    """
    try:
        return nbformat.read(path, as_version=4)
    except FileNotFoundError:
        raise Unreadable(f"there is no file {path}") from None
    except Exception as error:  # nbformat raises whatever its parsers raise
        raise Unreadable(f"{path} is not a notebook that can be read ({type(error).__name__})") from None


def exercises(path: Path) -> list[str]:
    """The exercises of a notebook: those of the `cases.npz` beside it, or else those that its cells check."""
    notebook = read(path)
    cases = path.parent / "cases.npz"
    if cases.is_file():
        return list(load(cases))
    checked = [name for cell in notebook.cells if cell.cell_type == "code" for name in CHECK.findall(cell.source)]
    return list(dict.fromkeys(checked))


def check_notebook(path: Path, limit: float = 60.0, slow: bool = False) -> Iterator[Event]:
    """Run a notebook's code cells and check its exercises.

    Args:
        path: the notebook; its folder becomes the working directory.
        limit: seconds that a cell, or the check of an exercise, may take.
        slow: whether cells tagged "training" or "explore" run too.
    Yields:
        The events, one verdict for each exercise.
    Raises:
        Unreadable: it is no notebook.
    """
    waiting = exercises(path)
    said: set[str] = set()
    stopped: dict[int, str] = {}  # cell to what it did; -1 before the first one
    again = True
    while again:
        cell, again = -1, False
        for event in _run(path, list(stopped), slow, limit):
            if "cell" in event:
                cell = event["cell"]
            elif "stopped" in event:
                stopped[cell], again = event["stopped"], cell >= 0
                yield {"note": f"Cell {cell + 1} {event['stopped']}; going on without it."} if again else event
            elif "note" in event and event["note"] not in said:
                said.add(event["note"])
                yield event
            elif "verdict" in event and event["verdict"]["exercise"] in waiting:
                waiting.remove(event["verdict"]["exercise"])
                yield event
    for name in waiting:
        yield _event(Verdict(name, "error", message=_why_unchecked(name, read(path), stopped)))


def _run(path: Path, skip: list[int], slow: bool, limit: float) -> Iterator[Event]:
    """One run of the child: its events, and {"stopped": why} where it did not reach the end."""
    arguments = json.dumps({"path": str(path.resolve()), "skip": skip, "slow": slow})
    child = subprocess.Popen(
        [sys.executable, "-P", "-m", "latentkit.selfcheck", arguments],
        cwd=path.resolve().parent,
        env=os.environ | {"NBGRADER_EXECUTION": "validate", "LATENTKIT_STATIC": "1", "MPLBACKEND": "agg"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
    )
    lines: queue.Queue[str] = queue.Queue()

    def pump() -> None:
        for line in child.stdout:
            lines.put(line)
        lines.put("")

    threading.Thread(target=pump, daemon=True).start()
    patience = START_SECONDS
    try:
        while True:
            event = json.loads(lines.get(timeout=patience) or "null")
            patience = limit
            if event is None:
                yield {"stopped": f"ended the process (exit code {child.wait()})"}
                return
            if "done" in event:
                return
            yield event
    except queue.Empty:
        yield {"stopped": f"ran longer than {patience:g} s"}
    finally:
        child.kill()
        child.wait()


def _why_unchecked(name: str, notebook: nbformat.NotebookNode, stopped: dict[int, str]) -> str:
    """Why an exercise has no verdict."""
    for index, cell in enumerate(notebook.cells):
        if index in stopped and (name in CHECK.findall(cell.source) or _defines(cell.source, name)):
            return f"Cell {index + 1} {stopped[index]}."
    if -1 in stopped:
        return f"Python {stopped[-1]} before the first cell."
    return f'No cell calls check("{name}", {name}). Add it below your function.'


def _defines(source: str, name: str) -> bool:
    return re.search(rf"^\s*(def|class)\s+{name}\b|^{name}\s*=", source, re.MULTILINE) is not None


def _event(verdict: Verdict, text: str = "") -> Event:
    return {"verdict": asdict(verdict), "text": text or f"{verdict.exercise}: ✗ not checked\n{verdict.message}"}


def _child(path: Path, skip: list[int], slow: bool) -> Iterator[Event]:
    """Run the cells here, in this process; yields before each cell and after each check."""
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    sys.path.insert(0, "")  # as in a notebook: modules beside it can be imported
    config = Config()
    config.HistoryManager.enabled = False
    shell = InteractiveShell.instance(config=config)
    errors: dict[str, str] = {}  # exercise to what its cell raised
    with recording() as recorded:
        cells = read(path).cells
        names = set(exercises(path))
        left_out = {name for index in skip for name in names if _defines(cells[index].source, name)}
        for index, cell in enumerate(cells):
            tagged = not slow and SLOW_TAGS & set(cell.metadata.get("tags", []))
            if cell.cell_type != "code" or index in skip or tagged:
                continue
            yield {"cell": index}
            recorded.clear()
            result = shell.run_cell(cell.source, store_history=False)
            error = result.error_before_exec or result.error_in_exec
            told = f"Cell {index + 1} raised {_told(error)}" if error else ""
            defined = [name for name in names if _defines(cell.source, name)]
            checked = CHECK.findall(cell.source)
            errors |= dict.fromkeys(defined, told)
            if error and not defined and not checked and not isinstance(error, NotImplementedError):
                yield {"note": f"{told}; it is no exercise's cell"}
            for name, function in list(recorded.items()):
                yield _examined(name, function)
            for name in checked:
                if name not in recorded and error and name not in left_out:
                    yield _event(Verdict(name, "error", message=errors.get(name) or told))


def _examined(name: str, function: Any) -> Event:
    try:
        examination = find_examination(name)
    except CheckFailed as error:
        return _event(Verdict(name, "error", message=str(error)))
    verdict = examine(examination, function)
    return _event(verdict, as_text(verdict, examination))


def _told(error: BaseException) -> str:
    """The exception in one line, with the line of a syntax error."""
    place = f" (line {error.lineno})" if isinstance(error, SyntaxError) and error.lineno else ""
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    return f"{type(error).__name__}{place}" + (f": {text.splitlines()[0]}" if text.strip() else "")


def _main() -> None:
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    arguments = json.loads(sys.argv[1])
    for event in _child(Path(arguments["path"]), arguments["skip"], arguments["slow"]):
        channel.write(json.dumps(event) + "\n")
    channel.write('{"done": true}\n')
    channel.flush()
    os._exit(0)  # threads that a cell has left behind shall not keep the process


if __name__ == "__main__":
    _main()
