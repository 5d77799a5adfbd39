"""Compare a response with the expected one, and say in plain words where they part."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from latentkit.check.cases import (
    Case,
    Examination,
    Foreign,
    NotAttempted,
    Response,
    SolvedCase,
    Value,
    WrongArguments,
)
from latentkit.check.differences import WRONG, Entry, table_of_differences
from latentkit.check.settings import SEEDS

TOLERANCE = {torch.float16: 1e-2, torch.float32: 3e-4, torch.float64: 1e-6}
"""By dtype, relative to the largest entry expected (or to 1 where all are smaller)."""


@dataclass(frozen=True)
class Complaint:
    """The first thing that is wrong with a response.

    Attributes:
        message: what and what to do, with no number of the inputs or outputs in it.
        facts: (label, text) pairs that hold the numbers.
        mistake: the known mistake, where a law has recognised it.
        status: "failed", "error" or "not_attempted".
        value_passes: whether all but a gradient is right.
        about_the_answer: whether it speaks of what was returned, and not of what was left behind elsewhere.
    """

    message: str
    facts: tuple[tuple[str, str], ...] = ()
    mistake: str | None = None
    status: str = "failed"
    about_the_answer: bool = True
    value_passes: bool = False


def complaint_of_error(response: Response) -> Complaint | None:
    """What to say where the function raised."""
    if not response.error:
        return None
    if response.error == NotAttempted.__name__:
        return Complaint(
            "Not attempted yet: write your code in place of `raise NotImplementedError()`.", status="not_attempted"
        )
    if response.error == WrongArguments.__name__:
        return Complaint(
            "Your function takes other arguments than the released cell's: keep its first line as it was.",
            (("error", response.detail),),
            status="error",
        )
    text = f"{response.error}: {response.detail}" if response.detail else response.error
    where = (("your line" if "\n" not in response.lines else "your lines", response.lines),) if response.lines else ()
    return Complaint(f"Your function raised {response.error}.", (*where, ("error", text)), status="error")


def complaint(solved: SolvedCase, response: Response, examination: Examination) -> Complaint | None:
    """Compare outputs, gradients and side effects with the expected ones; None where all is well."""
    wrong = complaint_of_error(response)
    if wrong is None and solved.expected.outputs[-1] is not None:  # what only edits may return what it likes
        wrong = complaint_of_form(response.outputs[-1], solved.expected.outputs[-1], solved.case.inputs)
        if wrong is None and examination.compare_value:
            wrong = _complaint_of_value(response.outputs[-1], solved.expected.outputs[-1])
    if wrong is None:
        wrong = _complaint_of_gradients(solved, response, examination)
    if wrong is None:
        wrong = _complaint_of_edits(solved, response)
    if wrong is None and response.mutated != solved.expected.mutated:
        changed = ", ".join(f"`{name}`" for name in response.mutated) or "nothing"
        wrong = Complaint(f"Your function changed its input ({changed}): compute a new tensor instead.")
    return wrong


def complaint_of_settings(response: Response) -> Complaint | None:
    """What to say where a function left a setting of the whole process changed, however right its result is."""
    if not response.changed:
        return None
    first = response.changed[0]  # one alone: on hidden cases a choice of several could tell of the inputs
    advice = "Put it back before you return, or better do without."
    if first in SEEDS:
        advice = (
            "Whoever draws after it no longer gets the numbers of the seed that was set before. Do without, or draw "
            "from a generator of your own."
        )
    message = f"Your function changed a global setting: {first}. {advice}"
    return Complaint(message, (("changed", ", ".join(response.changed)),), about_the_answer=False)


def complaint_of_form(
    actual: Value, expected: Value, inputs: Mapping[str, Value], subject: str = "The result"
) -> Complaint | None:
    """Type, shape, dtype and finiteness.

    Args:
        actual, expected: what was returned, and what should have been.
        inputs: of the case, whose dtype a result may have to follow.
        subject: words for what was returned, with which a sentence begins.
    """
    if isinstance(expected, tuple):
        if not isinstance(actual, (list, tuple)) or len(actual) != len(expected):
            return Complaint(f"Return {len(expected)} things, as `return a, b`.", (("returned", type_name(actual)),))
        pairs = enumerate(zip(actual, expected, strict=True))
        found = (complaint_of_form(a, e, inputs, f"The {ordinal(i)} thing returned") for i, (a, e) in pairs)
        return next((wrong for wrong in found if wrong is not None), None)
    if actual is None:
        return Complaint("Your function returned None: is the `return` missing?")
    if isinstance(expected, Tensor):
        return _complaint_of_tensor_form(actual, expected, inputs, subject)
    if _is_number(expected):
        number = as_number(actual)
        if number is None:
            return Complaint("Return a Python number.", (("returned", type_name(actual)),))
        if math.isfinite(expected) and not math.isfinite(number):
            return Complaint("The result is not a finite number.", (("returned", str(number)),))
    elif type(actual) is not type(expected):
        return Complaint(f"Return a {type_name(expected)}.", (("returned", type_name(actual)),))
    return None


def _complaint_of_tensor_form(
    actual: Value, expected: Tensor, inputs: Mapping[str, Value], subject: str
) -> Complaint | None:
    if not isinstance(actual, Tensor):
        return Complaint("Return a torch tensor.", (("returned", type_name(actual)),))
    if actual.shape != expected.shape:
        facts = (("expected", f"shape {list(expected.shape)}"), ("actual", f"shape {list(actual.shape)}"))
        return Complaint(f"{subject} has the wrong shape.", facts)
    if actual.dtype != expected.dtype:
        facts = (("expected", str(expected.dtype)), ("actual", str(actual.dtype)))
        return Complaint(f"{subject} has the wrong dtype: {_wanted_dtype(expected, inputs)}.", facts)
    if actual.is_floating_point() and not _all_finite(actual) and _all_finite(expected):
        message = (
            f"{subject} is NaN or infinite where it should be finite: look for an exp, log or det that over- or "
            "underflows, and for a division by 0."
        )
        return Complaint(message, (("expected", text_of(expected)), ("actual", text_of(actual))))
    return None


def _wanted_dtype(expected: Tensor, inputs: Mapping[str, Value]) -> str:
    """Words for the dtype that is asked for: that of the inputs only where there is an input of real numbers."""
    if expected.dtype == torch.bool:
        return "return True and False, bool"
    if not expected.is_floating_point():
        return "return whole numbers, int64"
    name = str(expected.dtype).removeprefix("torch.")
    real = {dtype for value in inputs.values() for dtype in _dtypes_in(value) if dtype.is_floating_point}
    return f"follow the dtype of the inputs, {name} here" if real == {expected.dtype} else f"return {name} here"


def _dtypes_in(value: Value) -> set[torch.dtype]:
    if isinstance(value, Tensor):
        return {value.dtype}
    return {dtype for item in value for dtype in _dtypes_in(item)} if isinstance(value, (list, tuple)) else set()


def _complaint_of_value(actual: Value, expected: Value) -> Complaint | None:
    if close(actual, expected):
        return None
    return Complaint("The value is wrong.", _facts_of_difference(actual, expected))


def _facts_of_difference(actual: Value, expected: Value, of: str = "") -> tuple[tuple[str, str], ...]:
    """Expected against actual, as far as a reader can use it: the entries that differ most, or the two values."""
    table = table_of_differences(actual, expected, allowed)
    if table is not None:
        return ((f"{WRONG}{of}", table),)
    number, right = as_number(actual), as_number(expected)
    if number is None or right is None:
        return ((f"expected{of}", text_of(expected)), (f"actual{of}", text_of(actual)))
    _, *texts = Entry("", right, number).texts()
    return tuple(zip((f"expected{of}", f"actual{of}", "difference"), texts, strict=True))


def _complaint_of_gradients(solved: SolvedCase, response: Response, examination: Examination) -> Complaint | None:
    for name, expected in solved.expected.gradients.items():
        actual = response.gradients.get(name)
        if _same_gradient(name, actual, expected, examination):
            continue
        label = " gradient, less its row means" if name in examination.simplex else " gradient"
        right, given = (None if g is None else _defined(name, g, examination) for g in (expected, actual))
        facts = _facts_of_difference(given, right, label)
        if actual is None:
            message = f"No gradient reaches `{name}`: it was detached, or the result does not depend on it."
        else:
            message = f"The gradient in `{name}` is wrong."
            if examination.compare_value:
                message = f"The value passes, but its gradient in `{name}` is wrong."
        return Complaint(message, facts, value_passes=examination.compare_value)
    return None


def _complaint_of_edits(solved: SolvedCase, response: Response) -> Complaint | None:
    for name, expected in solved.expected.edited.items():
        actual = response.edited.get(name)
        if not close(actual, expected):
            facts = _facts_of_difference(actual, expected)
            return Complaint(f"`{name}` is to be edited in place; after the call it is not what it should be.", facts)
    return None


def same_response(actual: Response, predicted: Response, examination: Examination) -> bool:
    """Whether a response is what a known mistake would give. NaN equals NaN here, and an error the same error."""
    if actual.error or predicted.error:
        return actual.error == predicted.error
    if actual.mutated != predicted.mutated or set(actual.gradients) != set(predicted.gradients):
        return False
    if not all(close(actual.edited.get(name), value, nan_is_equal=True) for name, value in predicted.edited.items()):
        return False
    outputs = zip(actual.outputs, predicted.outputs, strict=False)
    if examination.compare_value and not all(close(a, p, nan_is_equal=True) for a, p in outputs):
        return False
    return all(
        _same_gradient(name, actual.gradients[name], expected, examination, nan_is_equal=True)
        for name, expected in predicted.gradients.items()
    )


def _same_gradient(
    name: str, actual: Tensor | None, expected: Tensor | None, examination: Examination, nan_is_equal: bool = False
) -> bool:
    """Compare the gradients in an argument as far as they are defined; None is the zero gradient."""
    if expected is None:
        if actual is None:
            return True
        expected = torch.zeros_like(actual)
    elif actual is None:
        actual = torch.zeros_like(expected)
    if actual.shape != expected.shape:
        return False
    return close(_defined(name, actual, examination), _defined(name, expected, examination), nan_is_equal)


def _defined(name: str, gradient: Tensor, examination: Examination) -> Tensor:
    """The part of a gradient along which the argument can move: right solutions may differ in the rest."""
    if name in examination.symmetric:
        return (gradient + gradient.mT) / 2
    if name in examination.simplex:
        return gradient - gradient.mean(-1, keepdim=True)
    return gradient


def close(actual: Value, expected: Value, nan_is_equal: bool = False) -> bool:
    """Whether two values are equal up to the tolerance of their dtype."""
    if isinstance(expected, Tensor):
        if not isinstance(actual, Tensor) or actual.shape != expected.shape or actual.dtype != expected.dtype:
            return False
        if not expected.is_floating_point():
            return torch.equal(actual, expected)
        if not expected.numel():
            return True
        largest = _largest(expected)
        if math.isfinite(largest):  # seven steps of torch's in place of thirty: most tensors here are small
            return _largest(actual - expected) <= TOLERANCE[expected.dtype] * max(1.0, largest)
        return torch.allclose(actual, expected, rtol=0, atol=allowed(expected), equal_nan=nan_is_equal)
    if isinstance(expected, (list, tuple)):
        same_length = isinstance(actual, (list, tuple)) and len(actual) == len(expected)
        return same_length and all(close(a, e, nan_is_equal) for a, e in zip(actual, expected, strict=True))
    if _is_number(expected):
        number = as_number(actual)
        if number is None:
            return False
        if isinstance(expected, int):
            return number == expected
        if math.isnan(expected):
            return nan_is_equal and math.isnan(number)
        return number == expected or bool(abs(number - expected) <= 1e-6 * max(1.0, abs(expected)))
    return bool(type(actual) is type(expected) and actual == expected)


def _largest(tensor: Tensor) -> float:
    """The largest distance from 0 in a tensor that is not empty; NaN where it holds one."""
    return float(tensor.abs().max())


def _all_finite(tensor: Tensor) -> bool:
    return tensor.numel() == 0 or math.isfinite(_largest(tensor))


def allowed(expected: Tensor) -> float:
    """What an entry may be off."""
    if not expected.is_floating_point():
        return 0.0
    finite = expected[expected.isfinite()].abs()
    return TOLERANCE[expected.dtype] * (max(1.0, float(finite.max())) if finite.numel() else 1.0)


def as_number(value: Value) -> float | None:
    """A Python number or a tensor of one entry as a float; None for anything else."""
    if isinstance(value, Tensor) and value.numel() == 1 and not value.is_complex() and value.dtype != torch.bool:
        return float(value)
    return float(value) if _is_number(value) else None


def _is_number(value: Value) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


ORDINALS = ("first", "second", "third", "fourth")


def ordinal(number: int) -> str:
    """Words for the place of one of several things, counted from 0."""
    return ORDINALS[number] if number < len(ORDINALS) else f"{number + 1}th"


def type_name(value: Value) -> str:
    """The type of a value, as a student would say it."""
    if isinstance(value, Foreign):
        return value.type_name
    if isinstance(value, Tensor):
        return f"a tensor of shape {list(value.shape)}"
    return type(value).__name__


def text_of(value: Value) -> str:
    """A short text of a value for a reader; long tensors are cut."""
    if isinstance(value, Tensor):
        if value.numel() == 0:
            return f"an empty tensor of shape {list(value.shape)}"
        digits = [f"{number:.6g}" for number in value.flatten()[:6].tolist()]
        dots = ", …" if value.numel() > 6 else ""
        return digits[0] if value.dim() == 0 else f"[{', '.join(digits)}{dots}] shape {list(value.shape)}"
    if isinstance(value, (list, tuple)):
        return ", ".join(text_of(item) for item in value[:3])
    if isinstance(value, float):
        return f"{value:.6g}"
    return "none" if value is None else type_name(value) if isinstance(value, Foreign) else str(value)


def count(case: Case) -> int:
    """The numbers that the inputs of a case hold."""
    return sum(_numbers_in(value) for value in case.inputs.values())


def _numbers_in(value: Value) -> int:
    if isinstance(value, Tensor):
        return value.numel()
    return sum(map(_numbers_in, value)) if isinstance(value, (list, tuple)) else 1


def text_of_inputs(case: Case) -> str:
    """The inputs of a case in one line: shapes of tensors, values of numbers."""
    parts = []
    for name, value in case.inputs.items():
        if isinstance(value, Tensor):
            parts.append(f"{name} {list(value.shape)} {str(value.dtype).removeprefix('torch.')}")
        elif isinstance(value, (bool, int, float, str)):
            parts.append(f"{name}={value}")
        else:
            parts.append(name)
    return f"{case.name}: {', '.join(parts)}"
