"""Take from a child's answer only what a judge needs, so that no hidden input travels in it to the feedback.

A student's code sees its inputs and could name an exception, a class or an argument after them.
"""

import builtins
from collections.abc import Collection
from dataclasses import replace
from typing import Any

from torch import Tensor

from latentkit.check.cases import Case, Foreign, Model, NotAttempted, Response, Value, WrongArguments
from latentkit.check.settings import NAMES

KINDS = (AttributeError, IndexError, MemoryError, NameError, RuntimeError, TypeError, ValueError)
"""The kinds of error that a message tells apart on hidden cases; all others are one more. Which of them a function
raises it can choose by its inputs, so each exercise tells three bits by it, and six where all built-in names counted.
On public cases, which hide nothing, `check` shows the error itself. A known mistake is recognised by the error's own
name: a RecursionError is of the kind RuntimeError, but no mistake that raises a RuntimeError."""
OTHER_KIND = "another kind of error"

_KIND_BY_NAME = {
    **{
        name: next((kind.__name__ for kind in KINDS if issubclass(value, kind)), OTHER_KIND)
        for name, value in vars(builtins).items()
        if isinstance(value, type) and issubclass(value, BaseException)
    },
    **dict.fromkeys(("OutOfMemoryError", "LinAlgError"), RuntimeError.__name__),  # PyTorch's
    **{kind.__name__: kind.__name__ for kind in (NotAttempted, WrongArguments)},
}
_TYPES = frozenset({"complex", "set", "frozenset", "bytes", "range", "slice", "function", "generator", "type"}) | {
    "numpy.ndarray",
    "numpy.float32",
    "numpy.float64",
    "numpy.int64",
    "numpy.bool",
    "torch.Size",
    "torch.distributions.normal.Normal",
}


def trusted(answer: Value, case: Case, predicted: Collection[str] = ()) -> Response:
    """The answer as a Response whose every word is one that we know.

    Args:
        answer: what was unpacked.
        case: what was asked.
        predicted: names of errors that known mistakes raise there.
    Raises:
        ValueError: it is no Response to that case.
    """
    if not isinstance(answer, Response):
        raise ValueError("not a Response")
    if len(answer.outputs) > case.calls or (not answer.error and len(answer.outputs) != case.calls):
        raise ValueError("not one output for each call")
    if not answer.error and set(answer.edited) != set(case.edits):
        raise ValueError("not the arguments that are to be edited")
    return replace(
        answer,
        outputs=tuple(_plain(output, case) for output in answer.outputs),
        gradients={name: grad for name, grad in answer.gradients.items() if name in case.gradients},
        mutated=tuple(name for name in case.inputs if name in answer.mutated),
        error=answer.error if answer.error in ("", *_KIND_BY_NAME, *predicted) else OTHER_KIND,
        detail="",
        changed=tuple(name for name in NAMES if name in answer.changed),
        edited={name: _plain(answer.edited[name], case) for name in case.edits if name in answer.edited},
    )


def kind_of_error(error: str, predicted: Collection[str] = ()) -> str:
    """How a message on a hidden case names an error.

    Args:
        error: of a trusted Response.
        predicted: names of errors that known mistakes raise there: a message would name the mistake anyway.
    """
    return error if error in ("", *predicted) else _KIND_BY_NAME.get(error, OTHER_KIND)


def _plain(value: Value, case: Case) -> Value:
    """A value without names that a student made. A model must be one of the case's, with other weights."""
    if value is None or isinstance(value, (bool, int, float, Tensor)):
        return value
    if isinstance(value, str):
        return value[:1000]
    if isinstance(value, (list, tuple)):
        return type(value)(_plain(item, case) for item in value)
    if isinstance(value, Model):
        return value if any(_same_form(value, given) for given in case.inputs.values()) else Foreign("another model")
    if isinstance(value, Foreign):
        return value if value.type_name in _TYPES else Foreign("an object of its own")
    raise ValueError("not a value")


def _same_form(model: Model, given: Value) -> bool:
    return (
        isinstance(given, Model)
        and (model.kind, dict(model.config)) == (given.kind, dict(given.config))
        and _forms(model) == _forms(given)
    )


def _forms(model: Model) -> dict[str, tuple[Any, Any]]:
    return {name: (weight.shape, weight.dtype) for name, weight in model.state.items()}
