"""The rubrics, one package a problem set: the only place that pairs a reference with its mistakes."""

import importlib
import pkgutil

from autograder.exercise.exercise import Rubric


def names() -> list[str]:
    """The problem sets that have a rubric, in order."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def load(name: str) -> Rubric:
    """The rubric of a problem set.

    Raises:
        ValueError: there is no problem set of that name.
    """
    if name not in names():
        raise ValueError(f"no problem set {name!r}; there are: {', '.join(names())}")
    return importlib.import_module(f"autograder.rubrics.{name}").RUBRIC
