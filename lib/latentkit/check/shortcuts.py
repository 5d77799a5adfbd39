"""Calls that are an exercise's answer: the library computes some of what students are to write, for its own models."""

import inspect
import textwrap
from collections.abc import Callable, Collection
from types import ModuleType
from typing import Any

from latentkit.named_calls import answers_named_in


def answers_called_by(function: Callable[..., Any], answered_by: Collection[str]) -> tuple[str, ...]:
    """Which of an exercise's answers a function calls, as far as its source can be read.

    Args:
        function: a student's.
        answered_by: dotted names of what is the answer: a function, or a module or class of which all is.
    """
    if not answered_by:
        return ()
    try:
        source = textwrap.dedent(inspect.getsource(inspect.unwrap(function)))
    except (OSError, TypeError, ValueError):
        return ()
    known = getattr(inspect.unwrap(function), "__globals__", {})
    return answers_named_in([source], answered_by, {name: path for name in known if (path := _path(known[name]))})


def _path(value: Any) -> str | None:
    """The dotted name of a module, or of a function or class that has one."""
    if isinstance(value, ModuleType):
        return value.__name__
    module, name = getattr(value, "__module__", None), getattr(value, "__qualname__", None)
    return f"{module}.{name}" if isinstance(module, str) and isinstance(name, str) else None
