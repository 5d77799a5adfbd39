"""Take from a child's answer only what a judge needs, so that no hidden input travels in it to the feedback.

A student's code sees its inputs and could name an exception, a class or an argument after them.
"""

import builtins
from dataclasses import replace
from typing import Any

from torch import Tensor

from latentkit.check.cases import Case, Foreign, Model, NotAttempted, Response, Value, WrongArguments

_ERRORS = frozenset(
    name for name, value in vars(builtins).items() if isinstance(value, type) and issubclass(value, BaseException)
) | {"OutOfMemoryError", "LinAlgError", NotAttempted.__name__, WrongArguments.__name__}
_TYPES = frozenset({"complex", "set", "frozenset", "bytes", "range", "slice", "function", "generator", "type"}) | {
    "numpy.ndarray",
    "numpy.float32",
    "numpy.float64",
    "numpy.int64",
    "numpy.bool",
    "torch.Size",
    "torch.distributions.normal.Normal",
}


def trusted(answer: Value, case: Case) -> Response:
    """The answer as a Response whose every word is one that we know.

    Args:
        answer: what was unpacked.
        case: what was asked.
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
        error=answer.error if answer.error in _ERRORS or not answer.error else "an exception of its own",
        detail="",
        edited={name: _plain(answer.edited[name], case) for name in case.edits if name in answer.edited},
    )


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
