"""A stock of answers that no rubric knows: wrong ones in two halves, and right ones written in unusual ways.

`worked_on/SET/EXERCISE.py` holds the wrong answers that a diagnosis may be made with, `kept_aside/SET/EXERCISE.py` as
many of the same kinds that it must not be made with, `right/SET/EXERCISE.py` the right ones. Each function has its
exercise's signature and needs no more than `math`, `torch`, `np`, `F` (torch.nn.functional) and `D`
(torch.distributions), so that its source can be pasted into a notebook.

Tests say `from answers import load_answers`, for pytest puts this folder on the path; a program under
tests/benchmarks/ puts it there itself.
"""

import contextlib
import functools
import importlib.util
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
HALVES = ("worked_on", "kept_aside")
"""Of the wrong answers, by folder."""

RIGHT = "right"
MARK = "__stock__"
"""The attribute that a decorator leaves on a function: what it does wrong, and whether it is composed."""


@dataclass(frozen=True)
class Answer:
    """A function that someone could hand in.

    Attributes:
        exercise: the name of the exercise that it answers.
        function: with the exercise's signature.
        sentence: what it does wrong; "" for a right one.
        composed: whether two mistakes are at once, or a right answer was transformed.
        half: "worked_on" or "kept_aside"; "right" for a right one.
    """

    exercise: str
    function: Callable[..., Any]
    sentence: str
    composed: bool
    half: str

    @property
    def name(self) -> str:
        """Of the function, which no other answer to the exercise has."""
        return self.function.__name__


def wrong(sentence: str, composed: bool = False) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorator of a wrong answer.

    Args:
        sentence: what the function does wrong, in one plain sentence.
        composed: whether two mistakes are at once, or a right answer was transformed.
    """

    def mark(function: Callable[..., Any]) -> Callable[..., Any]:
        setattr(function, MARK, (sentence, composed))
        return function

    return mark


def right(function: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator of a right answer."""
    setattr(function, MARK, ("", False))
    return function


def load_answers(kind: str, problem_set: str | None = None) -> tuple[Answer, ...]:
    """The answers of a kind, by exercise, in the order of their files.

    Args:
        kind: "worked_on", "kept_aside", "wrong" for both of these, or "right".
        problem_set: such as "ps1_elbo"; None for all.
    Raises:
        ValueError: there is no such kind.
    """
    if kind == "wrong":
        return tuple(answer for half in HALVES for answer in load_answers(half, problem_set))
    if kind not in (*HALVES, RIGHT):
        raise ValueError(f"no answers of kind {kind!r}; there are: {', '.join((*HALVES, 'wrong', RIGHT))}")
    paths = sorted((HERE / kind).glob(f"{problem_set or '*'}/*.py"))
    return tuple(answer for path in paths for answer in _answers_of(path))


@functools.cache
def _answers_of(path: Path) -> tuple[Answer, ...]:
    return tuple(_marked(path))


def _marked(path: Path) -> Iterator[Answer]:
    """The decorated functions of a file, in its order."""
    half, problem_set, exercise = path.relative_to(HERE).with_suffix("").parts
    spec = importlib.util.spec_from_file_location(f"stock_{half}_{problem_set}_{exercise}", path)
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(HERE))  # the files take their decorators from here
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(HERE))
    for function in vars(module).values():
        if hasattr(function, MARK):
            sentence, composed = getattr(function, MARK)
            yield Answer(exercise, function, sentence, composed, half)


@contextlib.contextmanager
def state_put_back() -> Iterator[None]:
    """Put back, afterwards, what answers may leave changed: generators, default dtype, grad mode, number of threads."""
    import numpy as np
    import torch

    torch_state, numpy_state, threads = torch.get_rng_state(), np.random.get_state(), torch.get_num_threads()
    try:
        yield
    finally:
        torch.set_grad_enabled(True)
        torch.set_default_dtype(torch.float32)
        torch.set_num_threads(threads)
        torch.set_rng_state(torch_state)
        np.random.set_state(numpy_state)
