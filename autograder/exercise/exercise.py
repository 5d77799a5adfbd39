"""What a rubric says of an exercise: its reference, its cases, and the mistakes that we know of."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from autograder.exercise.varied import Variants
from latentkit.check.cases import Case, Value

Solution = Callable[..., Value]
"""A function with the signature of an exercise, right or wrong."""


@dataclass(frozen=True)
class Mistake:
    """A wrong solution that students write, and what to tell them.

    Attributes:
        id: its name in results, the name of `function`.
        hint: one or two sentences that name the mistake without giving the line.
        function: the mistake, with the exercise's signature; self-contained but for `math`, `torch`,
            `F` (torch.nn.functional) and `D` (torch.distributions), so that its source can be pasted into a notebook.
    """

    id: str
    hint: str
    function: Solution


@dataclass
class Exercise:
    """One graded function.

    Attributes:
        name: as in the notebook and in EXERCISES.
        points: what a right solution earns.
        reference: the answer key's function, from `latentkit.reference`.
        cases: makes the cases from a random generator: a fixed seed gives the public ones, a secret one the hidden.
        look: where the student reads on.
        law: name of a law in `latentkit.check.laws`, or "" where values are compared.
        numbers: what the law needs for a case; uses the reference.
        compare_value, symmetric, simplex: see `latentkit.check.cases.Examination`.
        on_cpu: whether no tensor is ever on a GPU, so that an answer may go through numpy and scipy.
        terms: the terms of the formula, words to value, from the arguments; the reference's result is their sum.
        variants: what comes out with parts of the formula changed, from the arguments, as `autograder.exercise.varied`
            makes it; a tuple of such where several things are returned. Of the right one's shape, each.
        unbounded: arguments that may be any number, so that a diagnosis may try larger and larger ones.
        answered_by: dotted names of what computes the answer: a function, or a module or class of which all is. Who
            calls them is told, and so is the instructor; it costs no points.
        costly: whether to answer its cases takes seconds, as a training does.
        mistakes: known mistakes, the most specific first.
        alternatives: right solutions that look different; test material.
    """

    name: str
    points: float
    reference: Solution
    cases: Callable[[np.random.Generator], Iterable[Case]]
    look: str
    law: str = ""
    numbers: Callable[[Case], Mapping[str, Value]] | None = None
    compare_value: bool = True
    symmetric: tuple[str, ...] = ()
    simplex: tuple[str, ...] = ()
    on_cpu: bool = False
    terms: Callable[..., Mapping[str, Value]] | None = None
    variants: Callable[..., Variants | tuple[Variants, ...]] | None = None
    unbounded: tuple[str, ...] = ()
    answered_by: tuple[str, ...] = ()
    costly: bool = False
    mistakes: list[Mistake] = field(default_factory=list)
    alternatives: list[Solution] = field(default_factory=list)

    def mistake(self, hint: str) -> Callable[[Solution], Solution]:
        """Decorator: add a known mistake; its id is the function's name."""

        def add(function: Solution) -> Solution:
            self.mistakes.append(Mistake(function.__name__, hint, function))
            return function

        return add

    def alternative(self, function: Solution) -> Solution:
        """Decorator: add a right solution that looks different from the reference."""
        self.alternatives.append(function)
        return function


@dataclass(frozen=True)
class Written:
    """A derivation that a person grades.

    Attributes:
        name: the grade_id of its cell.
        points: what a full answer earns.
    """

    name: str
    points: float


@dataclass(frozen=True)
class Rubric:
    """A problem set's grading: its graded functions and its written answers, in the order of the notebook."""

    name: str
    title: str
    exercises: tuple[Exercise, ...]
    written: tuple[Written, ...] = ()

    def functions(self) -> Iterator[Solution]:
        """All that makes, solves or falsifies a case: what decides grades beside the exercises' own fields."""
        for exercise in self.exercises:
            yield exercise.reference
            yield exercise.cases
            yield from (
                function for function in (exercise.numbers, exercise.terms, exercise.variants) if function is not None
            )
            yield from (mistake.function for mistake in exercise.mistakes)

    def exercise(self, name: str) -> Exercise:
        """The exercise of that name; KeyError where there is none."""
        return {exercise.name: exercise for exercise in self.exercises}[name]
