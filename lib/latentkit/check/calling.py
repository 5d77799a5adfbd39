"""Call a function with a case, by value: it gets copies, and what it does comes back as plain data."""

import contextlib
import inspect
import io
import numbers
import traceback
import warnings
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from functools import reduce
from typing import Any, cast

import torch
from torch import Tensor, nn

from latentkit.check import functions
from latentkit.check.cases import Case, Foreign, Function, Model, NotAttempted, Response, Value, WrongArguments
from latentkit.check.frames import text_of_lines
from latentkit.check.settings import NAMES, seeds_kept, settings_kept

MOST_DETAIL = 4_000
"""Characters of an exception's message, and of what a function prints: either may hold a whole tensor."""


def respond(function: Callable[..., Value], case: Case, device: str = "cpu", reveal: bool = True) -> Response:
    """Call the function as the case says.

    Args:
        function: the student's; whatever it raises is recorded, only KeyboardInterrupt passes through.
        case: inputs stay untouched, the function gets copies.
        device: where the copies are put, unless the case is for the CPU.
        reveal: whether the text of an exception, and the lines that raised it, may be kept: they can quote the inputs.
    Returns:
        The response, all tensors on the CPU. Settings of the process that the function changed are as they were before.
    """
    changed: set[str] = set()
    with seeds_kept(changed):
        response = _respond(function, case, device, reveal, changed)
    return replace(response, changed=tuple(name for name in NAMES if name in changed)) if changed else response


def _respond(function: Callable[..., Value], case: Case, device: str, reveal: bool, changed: set[str]) -> Response:
    """The response, but for the settings that are changed, whose names are added to `changed`."""
    device = "cpu" if case.on_cpu else device
    outputs: list[Value] = []
    mutated: list[str] = []
    gradients: dict[str, Tensor | None] = {}
    edited: dict[str, Value] = {}
    summed = 0
    edits: dict[str, list[Value]] = {name: [] for name in case.edits}  # of every call
    try:
        _require_arguments(function, case)
        for call in range(case.calls):
            last = call == case.calls - 1
            given = case.inputs if case.restarts else {**case.inputs, **edited}
            leaves = {name: _copy(value, device) for name, value in given.items()}
            if last:
                for name in case.gradients:
                    leaves[name].requires_grad_()
            # The function gets a copy of the leaf, so that an in-place edit is named, not just an autograd error.
            arguments = {name: leaf.clone() if name in case.gradients else leaf for name, leaf in leaves.items()}
            with settings_kept(changed):
                result = function(*arguments.values())
            summed = _summed_gradients(leaves)
            _require_device(result, device)
            outputs.append(_plain(result))
            edited = {name: _plain(arguments[name]) for name in case.edits}
            for name, value in edited.items():
                edits[name].append(value)
            kept = [name for name in arguments if name not in case.edits]
            mutated = [name for name in kept if not _unchanged(arguments[name], case.inputs[name])]
            if last and case.gradients:
                gradients = _gradients(result, case, leaves)
    except (Exception, SystemExit) as error:
        unwritten = is_unwritten(error, ("__main__", getattr(function, "__module__", None)))
        kind = NotAttempted if unwritten else type(error)
        detail, lines = (_describe(error), text_of_lines(error)) if reveal else ("", "")
        return Response(tuple(outputs), gradients, tuple(mutated), kind.__name__, detail, lines=lines)
    if case.restarts:
        edited = {name: _stacked(values) for name, values in edits.items()}
    return Response(tuple(outputs), gradients, tuple(mutated), edited=edited, summed=summed)


def _summed_gradients(leaves: Mapping[str, Value]) -> int:
    models = [leaf for leaf in leaves.values() if isinstance(leaf, nn.Module)]
    if not models:
        return 0
    from latentkit.check.watching import summed_gradients

    return sum(map(summed_gradients, models))


def is_unwritten(error: BaseException, modules: Collection[str | None] = ("__main__",)) -> bool:
    """Whether code that is still to be written raised this: a bare `raise NotImplementedError()`, as in a stub.

    Args:
        error: as it was caught.
        modules: where the student's code is. What a library raises says that it lacks something, not that the student
            has written nothing.
    """
    if type(error) is not NotImplementedError or error.args:
        return False
    *_, (innermost, _) = traceback.walk_tb(error.__traceback__)
    return innermost.f_globals.get("__name__") in modules


def _require_arguments(function: Callable[..., Value], case: Case) -> None:
    """The function takes as many arguments as it is called with, as far as its signature can be known."""
    try:
        signature = inspect.signature(function)
    except ValueError:  # of a function that is not written in Python
        return
    try:
        signature.bind(*case.inputs.values())
    except TypeError as error:
        raise WrongArguments(f"it is called with ({', '.join(case.inputs)}), but: {error}") from None


def copied(value: Value) -> Value:
    """What a function gets for an argument of a case: a copy, on the CPU."""
    return _copy(value, "cpu")


def _require_device(result: Value, device: str) -> None:
    """A result follows its inputs; a single number may be anywhere, for torch takes it on every device."""
    if isinstance(result, (list, tuple)):
        for item in result:
            _require_device(item, device)
    elif isinstance(result, Tensor) and result.dim() and result.device.type != torch.device(device).type:
        raise RuntimeError(f"the inputs are on {device}, the result is on {result.device}: follow the inputs")


def _copy(value: Value, device: str) -> Value:
    """A deep copy on the device; a Model becomes a module and a Function a function."""
    if isinstance(value, Tensor):
        copy = value.detach().clone()
        return copy if device == "cpu" else copy.to(device)
    if isinstance(value, Model):
        return _module(value, device)
    if isinstance(value, Function):
        return functions.build(value.kind, {name: _copy(tensor, device) for name, tensor in value.tensors.items()})
    if isinstance(value, (list, tuple)):
        return type(value)(_copy(item, device) for item in value)
    return value


def _module(model: Model, device: str) -> nn.Module:
    from latentkit.check.watching import watch  # only models need them, and a check of a formula should start at once
    from latentkit.models import build

    with torch_defaults():
        module: Any = build(model.kind, model.config)
        module.load_state_dict(dict(model.state))
    module.course_kind = model.kind
    module.to(device)
    watch(module)
    return cast(nn.Module, module)


def _plain(value: Value) -> Value:
    """What was returned, detached, on the CPU, without subclasses."""
    if isinstance(value, Tensor):
        if type(value) is Tensor and value.device.type == "cpu":
            return value.detach().clone()
        return value.detach().as_subclass(Tensor).to("cpu", copy=True)
    if isinstance(value, nn.Module) and hasattr(value, "course_kind"):
        return _by_value(value)
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, numbers.Integral):  # numpy's numbers too
        return int(value)
    if isinstance(value, numbers.Real):
        return float(value)
    if isinstance(value, (list, tuple)):
        plain = [_plain(item) for item in value]
        return tuple(plain) if isinstance(value, tuple) else plain
    return Foreign(f"{type(value).__module__}.{type(value).__qualname__}".removeprefix("builtins."))


def _stacked(values: list[Value]) -> Value:
    """One value for that of each call: tensors stacked, lists item by item; a list of them where their forms differ."""
    first = values[0]
    if isinstance(first, Tensor) and all(isinstance(v, Tensor) for v in values):
        if all((v.shape, v.dtype) == (first.shape, first.dtype) for v in values):
            return torch.stack(values)
    elif isinstance(first, list) and all(isinstance(v, list) and len(v) == len(first) for v in values):
        return [_stacked(list(items)) for items in zip(*values, strict=True)]
    return values


def _by_value(module: Any) -> Model:
    """A course's model that was built from its kind and sizes."""
    state = {name: _plain(weight) for name, weight in module.state_dict().items()}
    return Model(module.course_kind, dict(module.config), state)


def _unchanged(after: Value, before: Value) -> bool:
    if isinstance(before, Tensor):
        same_form = isinstance(after, Tensor) and after.shape == before.shape
        return same_form and torch.equal(after.detach().cpu(), before)
    if isinstance(before, (list, tuple)):  # a list's items may have become anything
        same_form = isinstance(after, (list, tuple)) and len(after) == len(before)
        return same_form and all(map(_unchanged, after, before))
    return True


def _gradients(result: Value, case: Case, leaves: dict[str, Tensor]) -> dict[str, Tensor | None]:
    """The gradient of sum(cotangent * output) in each argument; none where the output has another shape."""
    total = _weighted_sum(result, case.cotangent)
    if total is None:
        return {}
    if not total.requires_grad:
        return dict.fromkeys(case.gradients)
    found = torch.autograd.grad(total, [leaves[name] for name in case.gradients], allow_unused=True)
    return {
        name: None if grad is None else grad.detach().cpu() for name, grad in zip(case.gradients, found, strict=True)
    }


def _weighted_sum(result: Value, cotangent: Value) -> Tensor | None:
    if isinstance(cotangent, tuple):
        if not isinstance(result, (list, tuple)) or len(result) != len(cotangent):
            return None
        parts = []
        for item, weight in zip(result, cotangent, strict=True):
            part = _weighted_sum(item, weight)
            if part is None:
                return None
            parts.append(part)
        return reduce(torch.add, parts)
    if not isinstance(result, Tensor) or result.shape != cotangent.shape:
        return None
    weighted: Tensor = result * cotangent.to(result)
    return weighted.sum()


def _describe(error: BaseException) -> str:
    try:
        text = str(error).strip()
    except Exception:
        return ""
    return text if len(text) <= MOST_DETAIL else f"{text[:MOST_DETAIL]} …"


@contextlib.contextmanager
def torch_defaults() -> Iterator[None]:
    """What is made meanwhile is float32 and on the CPU, whatever defaults a notebook has set."""
    dtype = torch.get_default_dtype()
    torch.set_default_dtype(torch.float32)
    try:
        with torch.device("cpu"):
            yield
    finally:
        torch.set_default_dtype(dtype)


class Printed(io.TextIOBase):
    """What is printed, up to so many characters; the rest is counted no more."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._room = MOST_DETAIL

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if self._room > 0:
            self._parts.append(text[: self._room] + (" …" if len(text) > self._room else ""))
            self._room -= len(text)
        return len(text)

    @property
    def text(self) -> str:
        return "".join(self._parts).strip("\n")


@contextlib.contextmanager
def quiet(printed: io.TextIOBase | None = None) -> Iterator[None]:
    """Drop what is printed meanwhile, progress bars and warnings included.

    Args:
        printed: keeps what goes to standard output, where it is given.
    """
    with (
        contextlib.redirect_stdout(io.StringIO() if printed is None else printed),
        contextlib.redirect_stderr(io.StringIO()),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        yield
