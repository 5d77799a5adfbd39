"""Values and records as a JSON header and plain arrays: what is stored in `cases.npz` and sent to the judge.

Nothing is ever unpickled, and `unpack` trusts nobody: what is not exactly of the form that `pack` writes is refused.
"""

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from latentkit.check.cases import Case, Examination, Foreign, Function, Model, Probe, Response, SolvedCase, Value

RECORDS = {
    record.__name__: record for record in (Model, Function, Foreign, Case, Response, SolvedCase, Probe, Examination)
}
FIELDS = {name: tuple(field.name for field in dataclasses.fields(record)) for name, record in RECORDS.items()}
DTYPES = ("bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64")
NAMES = {np.dtype(name): name for name in DTYPES}
"""As `dtype.name`, which numpy works out again each time."""

MAX_DEPTH = 32
LATER = {
    "Case": ("edits", "on_cpu", "restarts"),
    "Response": ("edited", "summed", "changed", "lines"),
    "SolvedCase": ("terms", "variants"),
    "Examination": ("probes", "answered_by", "variants"),
}
"""Fields left out where they are empty or False: files that were written before there were such fields stay valid."""


def pack(value: Value) -> tuple[Value, list[np.ndarray]]:
    """Split a value into a JSON-able header and the arrays that it refers to by number; a tensor used twice goes once.

    Raises:
        TypeError: the value holds something that is no Value, such as a complex tensor.
    """
    arrays: dict[int, np.ndarray] = {}
    return _pack(value, arrays), list(arrays.values())


def unpack(header: Value, arrays: Sequence[np.ndarray], at_most: float = math.inf) -> Value:
    """Put a value together again; each reference to an array becomes a tensor of its own, the first in its memory.

    Args:
        header, arrays: what `pack` gives.
        at_most: bytes that all tensors together may take: a header may refer to one array many times.
    Raises:
        ValueError: the header is malformed, too deep, asks for too much, or refers to an array that is not there.
    """
    made, used = 0, set[int]()

    def tensor(index: int) -> Tensor:
        nonlocal made
        if not 0 <= index < len(arrays):
            raise ValueError("no such array")
        made += arrays[index].nbytes
        if made > at_most:
            raise ValueError("more tensors than it may hold")
        fresh = index not in used
        used.add(index)
        return _tensor(arrays[index], keep=fresh)

    return _unpack(header, tensor, MAX_DEPTH)


def _pack(value: Value, arrays: dict[int, np.ndarray]) -> Value:
    if value is None or type(value) in (bool, int, str):
        return value
    if type(value) is float:
        return {"float": repr(value)}
    if isinstance(value, Tensor):
        if id(value) not in arrays:
            array = value.detach().cpu().contiguous().numpy()
            if array.dtype not in NAMES:
                raise TypeError(f"tensors of dtype {value.dtype} cannot be packed")
            arrays[id(value)] = array
        return {"tensor": list(arrays).index(id(value))}
    if type(value) in (list, tuple):
        return {type(value).__name__: [_pack(item, arrays) for item in value]}
    if isinstance(value, Mapping):
        return {"dict": {str(key): _pack(item, arrays) for key, item in value.items()}}
    if type(value).__name__ in RECORDS:
        name = type(value).__name__
        given = {field: getattr(value, field) for field in FIELDS[name]}
        kept = {key: item for key, item in given.items() if key not in LATER.get(name, ()) or item}
        return {"record": name, "fields": {key: _pack(item, arrays) for key, item in kept.items()}}
    raise TypeError(f"a {type(value).__name__} cannot be packed")


def _unpack(header: Value, tensor: Callable[[int], Tensor], depth: int) -> Value:
    if depth == 0:
        raise ValueError("nested too deeply")
    if header is None or type(header) in (bool, str):
        return header
    if type(header) is int:
        if abs(header) >= 2**63:
            raise ValueError("an integer of more than 64 bits")
        return header
    match header:
        case {"float": str(text), **rest} if not rest and len(text) <= 32:
            return float(text)
        case {"tensor": int(index), **rest} if not rest:
            return tensor(index)
        case {"list": list(items), **rest} if not rest:
            return [_unpack(item, tensor, depth - 1) for item in items]
        case {"tuple": list(items), **rest} if not rest:
            return tuple(_unpack(item, tensor, depth - 1) for item in items)
        case {"dict": dict(items), **rest} if not rest:
            return {key: _unpack(item, tensor, depth - 1) for key, item in items.items()}
        case {"record": str(name), "fields": dict(fields), **rest} if not rest and name in RECORDS:
            return _record(name, {key: _unpack(item, tensor, depth - 1) for key, item in fields.items()})
    raise ValueError("not a value's header")


def _tensor(array: np.ndarray, keep: bool) -> Tensor:
    """The array as a tensor, in memory that can be written to; `keep` says whether in the array's own, if that can."""
    if array.dtype not in NAMES:
        raise ValueError(f"arrays of dtype {array.dtype} are not accepted")
    flags = array.flags
    if keep and flags.c_contiguous and flags.writeable and flags.aligned:
        return torch.from_numpy(array)
    return torch.from_numpy(np.array(array, order="C"))


def _record(name: str, fields: dict[str, Value]) -> Value:
    record = RECORDS[name]
    known = set(FIELDS[name])
    if not known - set(LATER.get(name, ())) <= set(fields) <= known:
        raise ValueError(f"not the fields of a {name}")
    if record is Response:
        _require_response(fields)
    if record is Model:
        _require_model(fields)
    if record is Function:
        _require_function(fields)
    return record(**fields)


def _require_response(fields: dict[str, Value]) -> None:
    """A response comes from the student's process: hold each field to its type."""
    well_formed = (
        isinstance(fields["outputs"], tuple)
        and isinstance(fields["gradients"], dict)
        and all(value is None or isinstance(value, Tensor) for value in fields["gradients"].values())
        and isinstance(fields["mutated"], tuple)
        and all(isinstance(name, str) for name in fields["mutated"])
        and isinstance(fields["error"], str)
        and isinstance(fields["detail"], str)
        and isinstance(fields.get("edited", {}), dict)
        and type(fields.get("summed", 0)) is int
        and isinstance(fields.get("changed", ()), tuple)
        and all(isinstance(name, str) for name in fields.get("changed", ()))
        and isinstance(fields.get("lines", ""), str)
    )
    if not well_formed:
        raise ValueError("not a response")


def _require_model(fields: dict[str, Value]) -> None:
    """A returned model comes from the student's process too."""
    well_formed = (
        isinstance(fields["kind"], str)
        and isinstance(fields["config"], dict)
        and all(type(size) is int for size in fields["config"].values())
        and isinstance(fields["state"], dict)
        and all(isinstance(value, Tensor) for value in fields["state"].values())
    )
    if not well_formed:
        raise ValueError("not a model")


def _require_function(fields: dict[str, Value]) -> None:
    well_formed = (
        isinstance(fields["kind"], str)
        and isinstance(fields["tensors"], dict)
        and all(isinstance(value, Tensor) for value in fields["tensors"].values())
    )
    if not well_formed:
        raise ValueError("not a function")
