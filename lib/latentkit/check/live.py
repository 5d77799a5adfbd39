"""The notebook that a check runs in: whether a person watches it, and whether the cell above has run."""

import ast
import inspect
import linecache
import os
import sys
from collections.abc import Callable
from typing import Any

from latentkit.check.copies import defines


def is_live() -> bool:
    """Whether a person runs this notebook cell by cell, in JupyterLab, VS Code or Colab.

    It is not live where nbgrader or `latentkit check` runs it (they set NBGRADER_EXECUTION), nor where nbclient,
    nbconvert or papermill do: they tell the kernel that nobody can answer an `input()`, as a front end with a person
    before it never does. A terminal and a script are no notebooks.
    """
    kernel = getattr(_shell(), "kernel", None)
    if kernel is None or os.environ.get("NBGRADER_EXECUTION"):
        return False
    request = kernel.get_parent("shell").get("content", {})
    return bool(request.get("allow_stdin", True))


def in_notebook() -> bool:
    """Whether what is displayed becomes a cell's output, rather than text in a terminal."""
    return getattr(_shell(), "kernel", None) is not None


def why_not_run(name: str, function: Callable[..., Any]) -> str | None:
    """Why the last cell that defines an exercise has not made the function that is checked.

    Args:
        name: the exercise.
        function: what `check` was called with: an earlier version, where this returns something.
    Returns:
        "SyntaxError in line 3: invalid syntax", "It raised NameError: ..."; None where the cell has run, or where
        that cannot be known.
    """
    shell = _shell()
    if shell is None:
        return None
    source = next((cell for cell in reversed(shell.user_ns.get("In", [])) if defines(cell, name)), None)
    if source is None:
        return None
    try:
        code = shell.transform_cell(source)
        compile(code, "<cell>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    except SyntaxError as error:
        return f"{type(error).__name__} in line {error.lineno}: {error.msg}"
    last = shell.last_execution_result
    if last is None or last.error_in_exec is None or (last.info.raw_cell or "").strip() != source.strip():
        return None
    if _cell_of(function) in (None, code.strip()):
        return None
    return f"It raised {type(last.error_in_exec).__name__}: {last.error_in_exec}"


def _cell_of(function: Callable[..., Any]) -> str | None:
    """The text of the cell that a function was defined in; None for what has no code of its own."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    return "".join(linecache.getlines(code.co_filename)).strip() if code is not None else None


def _shell() -> Any:
    """IPython's shell; None where there is none."""
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython else None
