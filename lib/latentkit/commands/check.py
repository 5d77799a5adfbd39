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
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from latentkit.check import CheckFailed, case_files, find_examination, recording
from latentkit.check.card import as_text
from latentkit.check.cases import Verdict
from latentkit.check.copies import checked, defines
from latentkit.check.store import load
from latentkit.check.time_limit import longest
from latentkit.commands.cells import Run, run_order
from latentkit.commands.reading import Unreadable, read_notebook

SLOW_TAGS = {"training", "explore"}
START_SECONDS = 120  # importing torch from a cold disk
GRACE = 10.0  # for a check that stops an endless function itself, and says on which line

Event = dict[str, Any]
"""{"verdict": {...}, "text": str} for an exercise, {"note": str} for anything else that a student should know."""


def exercises_of(path: Path) -> list[str]:
    """The exercises of a notebook: those of the `cases.npz` beside it, or else those that its cells check.

    Raises:
        Unreadable: the notebook or the file beside it is damaged, or there is no such file to check its answers with.
    """
    notebook = read_notebook(path)
    cases = path.parent / "cases.npz"
    if cases.is_file():
        try:
            return list(load(cases))
        except (OSError, ValueError):
            raise Unreadable(
                f"{cases} cannot be read: it is damaged, or made for another version of the kit. "
                "Download the problem set again, and put its cases.npz beside the notebook."
            ) from None
    named = [name for cell in notebook.cells if cell.cell_type == "code" for name in checked(cell.source)]
    if named and not any(case_files(path.resolve().parent)):
        raise Unreadable(
            f"there is no cases.npz beside {path} or in a folder above it, so nothing can be checked. "
            "It comes with the notebook: put both into one folder, or set LATENTKIT_CASES to its path."
        )
    return list(dict.fromkeys(named))


def check_notebook(path: Path, limit: float = 60.0, slow: bool = False) -> Iterator[Event]:
    """Run a notebook's code cells and check its exercises.

    Args:
        path: the notebook; its folder becomes the working directory.
        limit: seconds that a cell, or the check of an exercise, may take.
        slow: whether cells tagged "training" or "explore" run too.
    Yields:
        The events, one verdict for each exercise.
    Raises:
        Unreadable: it is no notebook, or the cases beside it are damaged.
    """
    waiting = exercises_of(path)
    said: set[str] = set()
    stopped: dict[int, str] = {}  # cell to what it did; -1 before the first one
    again = True
    while again:
        cell, again = -1, False
        for event in _run_child(path, stopped, slow, limit):
            if "cell" in event:
                cell = event["cell"]
            elif "stopped" in event:
                stopped[cell], again = event["stopped"], cell >= 0
                if again:
                    yield {"note": f"Cell {cell + 1} {event['stopped']}; going on without it."}
            elif "note" in event and event["note"] not in said:
                said.add(event["note"])
                yield event
            elif "verdict" in event and event["verdict"]["exercise"] in waiting:
                waiting.remove(event["verdict"]["exercise"])
                yield event
    for name in waiting:
        why = f"Python {stopped[-1]} before the first cell." if -1 in stopped else _no_check(name)
        yield _event(Verdict(name, "error", message=why))


def _run_child(path: Path, skip: dict[int, str], slow: bool, limit: float) -> Iterator[Event]:
    """One run of the child: its events, and {"stopped": why} where it did not reach the end."""
    arguments = json.dumps({"path": str(path.resolve()), "skip": skip, "slow": slow, "limit": limit})
    child = subprocess.Popen(
        [sys.executable, "-P", "-m", "latentkit.commands.check", arguments],
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
        for line in child.stdout or ():
            lines.put(line)
        lines.put("")

    threading.Thread(target=pump, daemon=True).start()
    patience: float = START_SECONDS
    try:
        while True:
            event = json.loads(lines.get(timeout=patience) or "null")
            patience = limit if event is None or "checking" not in event else longest(limit) + GRACE
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


def _no_check(name: str) -> str:
    return f'No cell calls check("{name}", {name}). Add it below your function.'


def _event(verdict: Verdict, text: str = "") -> Event:
    return {"verdict": asdict(verdict), "text": text or f"{verdict.exercise}: ✗ not checked\n{verdict.message}"}


def _run_cells(path: Path, skip: dict[int, str], slow: bool, limit: float = 60.0) -> Iterator[Event]:
    """Run the cells here, in this process; yields before each cell and around each check.

    Args:
        path, slow, limit: as in `check_notebook`.
        skip: cells that are left out, and what they did in an earlier run.
    """
    from latentkit.check.calling import is_unwritten

    sys.path.insert(0, "")  # as in a notebook: modules beside it can be imported
    shell = _shell()
    names = exercises_of(path)
    broken: dict[str, str] = {}  # exercise to what the cell that defines it did
    missing: list[Run] = []  # cells of no exercise that did not run to their end: what they define may be lacking below
    order = run_order(read_notebook(path))
    yield from ({"note": note} for note in order.notes)
    with recording() as recorded:
        for run in order.runs:
            if not slow and SLOW_TAGS & run.tags:
                continue
            recorded.clear()
            error: BaseException | None = None
            if run.place in skip:
                trouble = skip[run.place]
            else:
                yield {"cell": run.place}
                shell.execution_count = run.place + 1  # by which a traceback tells the cell
                result = shell.run_cell(run.source, store_history=False)
                error = result.error_before_exec or result.error_in_exec
                trouble = f"raised {_in_one_line(error)}" if error else ""
            told = f"Cell {run.place + 1} {trouble}."
            defined = [name for name in names if defines(run.source, name)]
            called = checked(run.source)
            for name in defined:
                broken[name] = told if trouble else ""
            cause = _cause(error, missing)
            if trouble and not defined and not called and not (error is not None and is_unwritten(error)):
                missing.append(run)
                if run.place not in skip:  # of which a note has told already
                    yield {"note": cause or f"{told} It is no exercise's cell."}
            for name, function in list(recorded.items()):
                yield {"checking": name}
                yield _event_of_check(name, function, limit, missing)
            if trouble:
                for name in set(called) - set(recorded):
                    yield _not_checked(name, broken.get(name) or cause or told)


def _shell() -> Any:
    """A shell that tells a cell by its number in the notebook, which the execution counter is set to."""
    from IPython.core.compilerop import CachingCompiler
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    class CellNumbers(CachingCompiler):
        def format_code_name(self, name: str) -> tuple[str, str] | None:
            return ("Cell", str(self._filename_map[name])) if name in self._filename_map else None

    config = Config()
    config.HistoryManager.enabled = False
    return InteractiveShell.instance(config=config, compiler_class=CellNumbers)


def _cause(error: BaseException | None, missing: Sequence[Run]) -> str:
    """Words for the cell above that an undefined name is missing from; "" where there is none."""
    return _cause_of_name(error.name, missing) if isinstance(error, NameError) else ""


def _cause_of_name(name: str | None, missing: Sequence[Run]) -> str:
    for run in missing:
        if name and re.search(rf"\b{re.escape(name)}\b", run.source):
            return f"Not tried: `{name}` is not there, for cell {run.place + 1} did not run to its end."
    return ""


def _not_checked(name: str, why: str) -> Event:
    return _event(Verdict(name, "error", message=why))


def _event_of_check(name: str, function: Any, limit: float, missing: Sequence[Run]) -> Event:
    from latentkit.check.trying import try_out

    try:
        examination = find_examination(name)
    except CheckFailed as error:
        return _not_checked(name, str(error))
    outcome = try_out(examination, function, limit, longer="latentkit check --limit SECONDS")
    undefined = re.match(r"NameError: name '(\w+)' is not defined", dict(outcome.verdict.facts).get("error", ""))
    cause = _cause_of_name(undefined[1], missing) if undefined else ""
    return _not_checked(name, cause) if cause else _event(outcome.verdict, as_text(outcome, examination))


def _in_one_line(error: BaseException) -> str:
    """The exception in one line, with the line of a syntax error."""
    place = f" (line {error.lineno})" if isinstance(error, SyntaxError) and error.lineno else ""
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    return f"{type(error).__name__}{place}" + (f": {text.splitlines()[0]}" if text.strip() else "")


def _main() -> None:
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    arguments = json.loads(sys.argv[1])
    skip = {int(cell): why for cell, why in arguments["skip"].items()}
    for event in _run_cells(Path(arguments["path"]), skip, arguments["slow"], arguments["limit"]):
        channel.write(json.dumps(event) + "\n")
    channel.write('{"done": true}\n')
    channel.flush()
    os._exit(0)  # threads that a cell has left behind shall not keep the process


if __name__ == "__main__":
    _main()
