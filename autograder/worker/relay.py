"""Carry sockets, and the sockets that are sent through them, over one stream: for a sandbox that takes in one socket.

Each end holds the stream and local sockets, the channels; they have the same numbers at both ends. A message:

    channel (4 bytes), kind (1), length (4), content

DATA is what came from the local socket; CARRIES the same, and first the number of a new channel, whose socket goes
along with it; TAKEN says how many bytes reached the local socket; CLOSED that there is no more. A channel has at most
WINDOW bytes under way, so that none that is not read holds up another, or fills the memory of the other end.
"""

import array
import contextlib
import select
import socket
import struct
from collections import deque
from dataclasses import dataclass, field

DATA, CARRIES, TAKEN, CLOSED = range(4)
WINDOW = 2**20
_CHUNK = 2**16
_HEADER = struct.Struct(">IBI")
_NUMBER = struct.Struct(">I")


@dataclass
class _Channel:
    """A local socket. `waiting` is what is to be written to it, with the sockets that go along; `under_way` the bytes
    that were sent to the other end and did not reach its socket yet."""

    local: socket.socket
    waiting: deque[tuple[bytes, socket.socket | None]] = field(default_factory=deque)
    under_way: int = 0
    ends: bool = False


class Relay:
    """One end.

    Args:
        stream: to the other end.
        first: the local socket of channel 0.
        outer: whether this is the outer end: the two number their new channels differently.
    """

    def __init__(self, stream: socket.socket, first: socket.socket, outer: bool):
        self._stream, self._channels = stream, {0: _Channel(first)}
        self._next = 1 if outer else 2
        self._to_stream: deque[bytes] = deque()
        self._received = bytearray()
        stream.setblocking(False)
        first.setblocking(False)

    def run(self) -> None:
        """Carry, until the stream ends or channel 0 does; close all then."""
        try:
            with contextlib.suppress(OSError):
                while 0 in self._channels or self._to_stream:
                    if not self._step():
                        break
        finally:
            for channel in self._channels.values():
                channel.local.close()
            self._stream.close()

    def _step(self) -> bool:
        """Wait for one socket or more, and move what can be moved; False where the stream has ended."""
        full = sum(map(len, self._to_stream)) > WINDOW
        poll, numbers = select.poll(), {self._stream.fileno(): -1}
        poll.register(self._stream, select.POLLIN | (select.POLLOUT if self._to_stream else 0))
        for number, channel in self._channels.items():
            reads = not full and channel.under_way < WINDOW and not channel.ends
            events = (select.POLLIN if reads else 0) | (select.POLLOUT if channel.waiting else 0)
            if events:
                poll.register(channel.local, events)
                numbers[channel.local.fileno()] = number
        for descriptor, event in poll.poll():
            number = numbers[descriptor]
            if number < 0:
                if event & select.POLLOUT:
                    self._write_stream()
                if event & ~select.POLLOUT and not self._read_stream():
                    return False
            elif number in self._channels:
                if event & select.POLLOUT:
                    self._write(number)
                if event & ~select.POLLOUT and number in self._channels:
                    self._read(number)
        return True

    def _read(self, number: int) -> None:
        channel = self._channels[number]
        try:
            data, sent, _, _ = channel.local.recvmsg(_CHUNK, socket.CMSG_SPACE(array.array("i").itemsize))
        except BlockingIOError:
            return
        except OSError:
            data, sent = b"", []
        carried = [number for _, _, content in sent for number in array.array("i", content)]
        if not data:
            self._close(number, tell=True)
            return
        channel.under_way += len(data)
        if carried:
            self._channels[self._next] = _Channel(socket.socket(fileno=carried[0]))
            self._channels[self._next].local.setblocking(False)
            self._send(number, CARRIES, _NUMBER.pack(self._next) + data)
            self._next += 2
        else:
            self._send(number, DATA, data)

    def _write(self, number: int) -> None:
        channel = self._channels[number]
        try:
            while channel.waiting:
                data, carried = channel.waiting[0]
                rights = [] if carried is None else [carried.fileno()]
                ancillary = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", rights))] if rights else []
                written = channel.local.sendmsg([data], ancillary)
                if carried is not None:
                    carried.close()
                self._send(number, TAKEN, _NUMBER.pack(written))
                channel.waiting.popleft()
                if written < len(data):
                    channel.waiting.appendleft((data[written:], None))
        except BlockingIOError:
            return
        except OSError:
            self._close(number, tell=True)
            return
        if channel.ends:
            self._close(number, tell=False)

    def _send(self, number: int, kind: int, content: bytes) -> None:
        self._to_stream.append(_HEADER.pack(number, kind, len(content)) + content)

    def _write_stream(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while self._to_stream:
                data = self._to_stream[0]
                written = self._stream.send(data)
                self._to_stream.popleft()
                if written < len(data):
                    self._to_stream.appendleft(data[written:])

    def _read_stream(self) -> bool:
        with contextlib.suppress(BlockingIOError):
            data = self._stream.recv(2**18)
            if not data:
                return False
            self._received += data
        start = 0
        while len(self._received) - start >= _HEADER.size:
            number, kind, length = _HEADER.unpack_from(self._received, start)
            if length > _CHUNK + _NUMBER.size:
                return False  # the other end has lost its way, or is not ours
            end = start + _HEADER.size + length
            if len(self._received) < end:
                break
            self._take(number, kind, bytes(self._received[start + _HEADER.size : end]))
            start = end
        del self._received[:start]
        return True

    def _take(self, number: int, kind: int, content: bytes) -> None:
        channel = self._channels.get(number)
        if channel is None:
            return  # closed here meanwhile
        if kind == TAKEN:
            channel.under_way -= _NUMBER.unpack(content)[0]
        elif kind == CLOSED:
            channel.ends = True
            if not channel.waiting:
                self._close(number, tell=False)
        elif kind == CARRIES:
            here, there = socket.socketpair()
            here.setblocking(False)
            self._channels[_NUMBER.unpack_from(content)[0]] = _Channel(here)
            channel.waiting.append((content[_NUMBER.size :], there))
        elif kind == DATA:
            channel.waiting.append((content, None))

    def _close(self, number: int, tell: bool) -> None:
        channel = self._channels.pop(number)
        for _, carried in channel.waiting:
            if carried is not None:
                carried.close()
        channel.local.close()
        if tell:
            self._send(number, CLOSED, b"")
