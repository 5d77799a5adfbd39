"""Plain data of a check: a case to call a function with, what came back, and what should have come back.

Nothing here knows a formula. The same records serve the student's public cases (read from
`cases.npz`) and the judge's hidden ones (made in memory), so both are compared by the same code.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

Value = Any
"""A tensor, a Model, a Function, a Foreign, None, a bool, an int, a float, a str, or a list, tuple or str-keyed dict of
values."""


@dataclass(frozen=True)
class Model:
    """A module by value: how to build it, and its weights.

    Attributes:
        kind: its name in `latentkit.models.build`.
        config: keyword arguments of its sizes.
        state: its `state_dict`.
    """

    kind: str
    config: Mapping[str, int]
    state: Mapping[str, Tensor]


@dataclass(frozen=True)
class Function:
    """A function by value, for an exercise that takes one as an argument.

    Attributes:
        kind: its name in `latentkit.check.functions`.
        tensors: what it computes with, by argument of its builder.
    """

    kind: str
    tensors: Mapping[str, Tensor]


@dataclass(frozen=True)
class Foreign:
    """Something that a function returned and no exercise asks for, by the name of its type."""

    type_name: str


@dataclass(frozen=True)
class Case:
    """One call of an exercise's function.

    Attributes:
        name: what is special about it, in words a student may read ("one image", "logits of ±100").
        inputs: argument name to value, in the order of the signature; passed by position.
        gradients: the arguments whose gradient is compared too.
        cotangent: the output's weights, of the output's shape: the gradients are those of
            sum(cotangent * output). A tuple of them for a tuple; None where there are no gradients to compare.
        calls: how often the function is called; a sampler must draw fresh noise each time.
        edits: the arguments that the function is to edit in place. The next call gets them as the last one left them.
        restarts: whether the next call gets them as they were given instead, so that all calls draw from one law.
        on_cpu: whether its tensors stay on the CPU where others are called on a GPU: an answer may go through numpy.
    """

    name: str
    inputs: Mapping[str, Value]
    gradients: tuple[str, ...] = ()
    cotangent: Value = None
    calls: int = 1
    edits: tuple[str, ...] = ()
    on_cpu: bool = False
    restarts: bool = False


class WrongArguments(TypeError):
    """A function does not take what it is called with."""


class NotAttempted(NotImplementedError):
    """A function still ends as its released cell does, with a bare `raise NotImplementedError()`."""


@dataclass(frozen=True)
class Response:
    """What a function did with a case.

    Attributes:
        outputs: one value per call, up to the first call that raised.
        gradients: argument name to gradient, of the last call; None where no gradient arrived.
        mutated: the arguments that the function changed and was not to edit.
        error: the type of the exception, or of ours that says it better, such as NotAttempted; "" where there was none.
        detail: the message of the exception; left empty while hidden cases are run.
        edited: the arguments that were to be edited, as the last call left them; none where a call raised. Of a case
            that restarts, as all calls left them: stacked, calls first, or in a list where their forms differ.
        summed: how many steps a model that was passed in made along gradients to which an earlier step's still added.
        changed: the settings of the whole process that the function left changed, by name
            (`latentkit.check.settings.NAMES`); they were put back.
        lines: the student's own lines that led to the exception; left empty as `detail` is.
    """

    outputs: tuple[Value, ...] = ()
    gradients: Mapping[str, Tensor | None] = field(default_factory=dict)
    mutated: tuple[str, ...] = ()
    error: str = ""
    detail: str = ""
    edited: Mapping[str, Value] = field(default_factory=dict)
    summed: int = 0
    changed: tuple[str, ...] = ()
    lines: str = ""


Ask = Callable[[Sequence[Case]], Sequence[Response]]
"""Calls a function with each case."""


@dataclass(frozen=True)
class SolvedCase:
    """A case with its answers, as numbers.

    Attributes:
        case: the call.
        expected: the right response. For an exercise judged by law: no outputs.
        mistakes: id of a known mistake to the response it would give.
        numbers: what the exercise's law needs (see `latentkit.check.laws`).
        terms: the terms of the formula, words to value; the expected output is their sum. Empty where none
            are declared.
        variants: for each thing returned, what comes out with parts of the formula changed, as the examination's
            `variants` say, float64 [changes, ...]. Empty where none are declared.
    """

    case: Case
    expected: Response = Response()
    mistakes: Mapping[str, Response] = field(default_factory=dict)
    numbers: Mapping[str, Value] = field(default_factory=dict)
    terms: Mapping[str, Value] = field(default_factory=dict)
    variants: tuple[Tensor, ...] = ()


@dataclass(frozen=True)
class Probe:
    """A further case, tried only where an answer failed, to find out what the function does.

    Attributes:
        kind: how it was made from a case: "anew" (other numbers throughout), "argument" (another value of one), "first"
            and "last" (other entries there), "default" (an argument left out), "row" (one example of the batch alone),
            "dtype" (the same numbers in another one), "zero", "one", "plus one", "double" and "larger" (an argument
            set or scaled so).
        about: the argument, with the axis for "first" and "last", the number of the row, or the dtype; "" for all.
        base: the index of the case that it was made from.
        solved: the case with its answer.
    """

    kind: str
    about: str
    base: int
    solved: SolvedCase


@dataclass(frozen=True)
class Examination:
    """Everything that is needed to judge one exercise, without the code of its solution.

    Attributes:
        exercise: its name, as in the notebook.
        cases: the solved cases.
        hints: id of a known mistake to what to tell the student.
        law: the name of the law that judges it, or "" where values are compared.
        compare_value: False where only gradients are defined (a surrogate loss).
        symmetric: arguments that are symmetric matrices: only (G + Gᵀ)/2 of their gradient is defined.
        simplex: arguments whose rows are probabilities: they sum to one, so only G less its row means is defined.
        look: where to read on: lecture slide, equation, section of the notebook.
        probes: what a function that failed is asked besides, to find out what it does.
        answered_by: dotted names of library functions that are the answer, see `latentkit.named_calls`.
        variants: for each thing returned, what is changed of the formula in each of the cases' variants, in words.
    """

    exercise: str
    cases: tuple[SolvedCase, ...]
    hints: Mapping[str, str]
    law: str = ""
    compare_value: bool = True
    symmetric: tuple[str, ...] = ()
    simplex: tuple[str, ...] = ()
    look: str = ""
    probes: tuple[Probe, ...] = ()
    answered_by: tuple[str, ...] = ()
    variants: tuple[tuple[tuple[str, ...], ...], ...] = ()


@dataclass(frozen=True)
class Verdict:
    """The judgement of one exercise.

    Attributes:
        exercise: its name.
        status: "passed", "failed", "not_attempted" or "error"; in the student's own check also "stopped", where it took
            too long, and "not_run", where the cell that should have made the function has not run in a notebook, and an
            earlier version was tried.
        mistake: id of the known mistake, or None.
        message: what is wrong and what to do, in plain words; "" where it passed.
        facts: (label, text) pairs to show under it: what was tried, expected, actual. Empty for hidden cases.
        case: the number of the first case that failed, from 0; None where it passed, and for hidden cases.
    """

    exercise: str
    status: str
    mistake: str | None = None
    message: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    case: int | None = None

    @property
    def passed(self) -> bool:
        return self.status == "passed"
