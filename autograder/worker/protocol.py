"""What judge and child say to each other: frames of a JSON header and raw arrays over one socket.

    frame   magic (4 bytes), length of header (u32), length of body (u64), header, body; all little-endian
    header  {"content": any JSON, "arrays": [[dtype, [size, ...]], ...]}
    body    the arrays' bytes, one after the other, C order

The judge trusts nothing that it reads: lengths are capped before a byte is stored, dtypes come from a list,
and the body must be exactly as long as the header says. Anything else is a ProtocolError.
"""

import array
import json
import math
import socket
import struct
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

MAGIC = b"LKW1"
PREFIX = struct.Struct("<4sIQ")
DTYPES = {
    "bool": "|b1",
    "uint8": "|u1",
    "int8": "|i1",
    "int16": "<i2",
    "int32": "<i4",
    "int64": "<i8",
    "float16": "<f2",
    "float32": "<f4",
    "float64": "<f8",
}
_NAMES = {np.dtype(little_endian): name for name, little_endian in DTYPES.items()}
MAX_HEADER = 4 * 2**20
MAX_BODY = 256 * 2**20
MAX_ARRAYS = 4096
MAX_DIMENSIONS = 8
ONE_CALL = 2**16
"""Bytes up to which a frame is put together and sent at once; the arrays of a larger one go from where they lie."""


class ProtocolError(ValueError):
    """The other side sent something that is no frame."""


class Closed(ProtocolError):
    """The other side is gone."""


class Late(ProtocolError):
    """No whole frame arrived in time."""


@dataclass(frozen=True)
class Frame:
    """One message.

    Attributes:
        content: plain JSON.
        arrays: what the content refers to by number.
        descriptors: file descriptors that came along; the receiver's to close.
    """

    content: Any
    arrays: list[np.ndarray] = field(default_factory=list)
    descriptors: tuple[int, ...] = ()


@dataclass(frozen=True)
class Body:
    """Arrays as they are sent, for what is sent often: to take each of them apart takes longer than to send it.

    Attributes:
        described: the dtype and the sizes of each.
        blobs: the memory of each, which is not copied where it lies in order.
    """

    described: tuple[tuple[str, tuple[int, ...]], ...]
    blobs: tuple[memoryview, ...]

    @classmethod
    def of(cls, arrays: Iterable[np.ndarray]) -> "Body":
        """Raises ProtocolError where there is a dtype that is not allowed."""
        described: list[tuple[str, tuple[int, ...]]] = []
        blobs: list[memoryview] = []
        for item in arrays:
            name = _NAMES.get(item.dtype.newbyteorder("<"))
            if name is None:
                raise ProtocolError(f"arrays of dtype {item.dtype} cannot be sent")
            described.append((name, item.shape))
            blobs.append(np.ascontiguousarray(item, dtype=DTYPES[name]).reshape(-1).view(np.uint8).data)
        return cls(tuple(described), tuple(blobs))


def _pieces(content: Any, arrays: Sequence[np.ndarray] | Body) -> list[bytes | memoryview]:
    """A frame's head, then the memory of each array."""
    sent = arrays if isinstance(arrays, Body) else Body.of(arrays)
    header = _ENCODE({"content": content, "arrays": sent.described}).encode()
    size = sum(blob.nbytes for blob in sent.blobs)
    _require_lengths(len(header), size, MAX_HEADER, MAX_BODY)
    return [PREFIX.pack(MAGIC, len(header), size) + header, *sent.blobs]


def decode(header: bytes | bytearray, body: bytes | bytearray) -> Frame:
    """A frame from its two parts.

    Raises:
        ProtocolError: they are not of the form above.
    """
    try:
        parsed = _DECODE(header.decode())
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"the header is not JSON: {type(error).__name__}") from None
    match parsed:
        case {"content": content, "arrays": list(described), **rest} if not rest and len(described) <= MAX_ARRAYS:
            return Frame(content, _arrays(described, body))
    raise ProtocolError("the header has other fields than content and arrays")


def send(
    connection: socket.socket,
    content: Any,
    arrays: Sequence[np.ndarray] | Body = (),
    *,
    descriptors: Sequence[int] = (),
    deadline: float = math.inf,
) -> None:
    """Send one frame, with file descriptors on a Unix socket.

    Args:
        deadline: on time.monotonic's clock.
    Raises:
        Closed, Late: as named. ProtocolError: it is larger than a frame may be, or holds a dtype that is not allowed.
    """
    pieces = _pieces(content, arrays)
    if sum(map(len, pieces)) <= ONE_CALL:
        pieces = [b"".join(pieces)]
    try:
        connection.settimeout(_remaining(deadline))
        if descriptors:
            rights = array.array("i", descriptors)
            sent = connection.sendmsg(pieces[:1], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])
            pieces[0] = pieces[0][sent:]
        for piece in pieces:
            connection.settimeout(_remaining(deadline))
            connection.sendall(piece)
    except TimeoutError:
        raise Late("the other side does not read") from None
    except OSError as error:
        raise Closed(str(error)) from None


def receive(
    connection: socket.socket,
    *,
    deadline: float = math.inf,
    max_header: int = MAX_HEADER,
    max_body: int = MAX_BODY,
    max_descriptors: int = 0,
) -> Frame:
    """Read one frame.

    Args:
        deadline: on time.monotonic's clock, for the whole frame.
        max_header, max_body: caps in bytes, checked before they are read.
        max_descriptors: how many file descriptors are accepted.
    Raises:
        Closed, Late, ProtocolError: as named.
    """
    header, body, descriptors = receive_parts(
        connection, deadline=deadline, max_header=max_header, max_body=max_body, max_descriptors=max_descriptors
    )
    frame = decode(header, body)
    return Frame(frame.content, frame.arrays, descriptors)


def receive_parts(
    connection: socket.socket,
    *,
    deadline: float = math.inf,
    max_header: int = MAX_HEADER,
    max_body: int = MAX_BODY,
    max_descriptors: int = 0,
) -> tuple[bytearray, bytearray, tuple[int, ...]]:
    """Read one frame's header and body, for `decode`, and the file descriptors that came along.

    Args:
        deadline, max_header, max_body, max_descriptors: as for `receive`.
    Raises:
        Closed, Late, ProtocolError: as named.
    """
    descriptors: list[int] = []
    prefix = _read(connection, PREFIX.size, deadline, max_descriptors, descriptors)
    magic, header_length, body_length = PREFIX.unpack(prefix)
    if magic != MAGIC:
        raise ProtocolError("not a frame")
    _require_lengths(header_length, body_length, max_header, max_body)
    header = _read(connection, header_length, deadline)
    return header, _read(connection, body_length, deadline), tuple(descriptors)


def _read(
    connection: socket.socket,
    length: int,
    deadline: float,
    max_descriptors: int = 0,
    descriptors: list[int] | None = None,
) -> bytearray:
    content = bytearray(length)  # the memory is only taken as it is filled
    left = memoryview(content)
    while left:
        try:
            connection.settimeout(_remaining(deadline))
            if max_descriptors and descriptors is not None:
                chunk, found, _, _ = socket.recv_fds(connection, len(left), max_descriptors)
                descriptors.extend(found)
                left[: len(chunk)], count = chunk, len(chunk)
            else:
                count = connection.recv_into(left)
        except TimeoutError:
            raise Late("no answer in time") from None
        except OSError as error:
            raise Closed(str(error)) from None
        if not count:
            raise Closed("the connection was closed")
        left = left[count:]
    return content


def _remaining(deadline: float) -> float | None:
    if math.isinf(deadline):
        return None
    remaining = deadline - time.monotonic()
    if remaining <= 0:
        raise Late("no time left")
    return remaining


def _require_lengths(header: int, body: int, max_header: int, max_body: int) -> None:
    if header > max_header or body > max_body:
        raise ProtocolError(f"a frame of {header} + {body} bytes is larger than {max_header} + {max_body}")


def _arrays(described: list[Any], body: bytes | bytearray) -> list[np.ndarray]:
    arrays, offset = [], 0
    for item in described:
        match item:
            case [str(dtype), list(shape)] if dtype in DTYPES and len(shape) <= MAX_DIMENSIONS:
                pass
            case _:
                raise ProtocolError("not an array's description")
        if not all(type(size) is int and 0 <= size <= MAX_BODY for size in shape):
            raise ProtocolError("not an array's shape")
        kind = np.dtype(DTYPES[dtype])
        length = math.prod(shape) * kind.itemsize
        if offset + length > len(body):
            raise ProtocolError("the body is shorter than its arrays")
        flat = np.frombuffer(body, dtype=kind, count=math.prod(shape), offset=offset)
        if dtype == "bool":
            flat = np.frombuffer(body, dtype="|u1", count=math.prod(shape), offset=offset) != 0
        try:
            arrays.append(flat.reshape(shape))
        except ValueError:  # no bytes, but sizes whose product numpy cannot hold
            raise ProtocolError("not an array's shape") from None
        offset += length
    if offset != len(body):
        raise ProtocolError("the body is longer than its arrays")
    return arrays


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


_ENCODE = json.JSONEncoder(separators=(",", ":")).encode
_DECODE = json.JSONDecoder(parse_constant=_refuse_constant).decode
"""Made once: to make one of either takes longer than to use it for a short header."""
