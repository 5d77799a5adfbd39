"""Frames between judge and child: what is sent arrives, and nothing else is accepted."""

import json
import os
import socket
import struct
import threading
import time

import numpy as np
import pytest

from autograder.worker.protocol import (
    DTYPES,
    MAGIC,
    PREFIX,
    Body,
    Closed,
    Late,
    ProtocolError,
    decode,
    receive,
    send,
)


@pytest.fixture
def pair():
    one, other = socket.socketpair()
    with one, other:
        yield one, other


@pytest.mark.parametrize("dtype", DTYPES)
def test_what_is_sent_arrives(pair, dtype):
    arrays = [np.arange(6).reshape(2, 3).astype(dtype), np.zeros((0, 4), dtype), np.array(1, dtype)]
    send(pair[0], {"request": 1, "text": "λ"}, arrays)
    frame = receive(pair[1])
    assert frame.content == {"request": 1, "text": "λ"}
    for sent, received in zip(arrays, frame.arrays, strict=True):
        assert received.dtype == sent.dtype and received.shape == sent.shape
        assert np.array_equal(received, sent)


def test_descriptors_travel(pair):
    reading, writing = os.pipe()
    send(pair[0], {"start": True}, descriptors=[writing])
    frame = receive(pair[1], max_descriptors=1)
    os.write(frame.descriptors[0], b"x")
    assert os.read(reading, 1) == b"x"
    for descriptor in (reading, writing, *frame.descriptors):
        os.close(descriptor)


def test_objects_cannot_be_sent(pair):
    with pytest.raises(ProtocolError):
        send(pair[0], {}, [np.array([object()])])
    with pytest.raises(ProtocolError):
        send(pair[0], {}, [np.zeros(2, complex)])


def test_what_is_prepared_once_arrives_each_time(pair):
    arrays = [np.arange(6.0).reshape(2, 3).T, np.array(True), np.zeros((0, 4), np.int8)]
    prepared = Body.of(arrays)
    for number in range(2):
        send(pair[0], number, prepared)
        frame = receive(pair[1])
        assert frame.content == number
        assert all(map(np.array_equal, frame.arrays, arrays))


def header(arrays, **more) -> bytes:
    return json.dumps({"content": None, "arrays": arrays} | more).encode()


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (b"", b""),
        (b"\x80\x04", b""),
        (b"[" * 100_000, b""),
        (b'{"content": NaN, "arrays": []}', b""),
        (b'{"content": 1}', b""),
        (header([], extra=1), b""),
        (header({}), b""),
        (header([["float32", [2]]]), b"\0" * 4),
        (header([["float32", [1]]]), b"\0" * 8),
        (header([["float32", [-1]]]), b""),
        (header([["float32", [True]]]), b"\0" * 4),
        (header([["float32", [1.0]]]), b"\0" * 4),
        (header([["object", [1]]]), b"\0" * 8),
        (header([["float32", [2**40, 0, 2**40]]]), b""),
        (header([["float32", [1] * 9]]), b"\0" * 4),
        (header([["float32"]]), b""),
        (header([["float32", [0]]] * 5000), b""),
    ],
)
def test_a_malformed_frame_is_refused(head, body):
    with pytest.raises(ProtocolError):
        decode(head, body)


def test_a_length_is_capped_before_anything_is_read(pair):
    pair[0].sendall(PREFIX.pack(MAGIC, 2**32 - 1, 2**63))
    with pytest.raises(ProtocolError, match="larger"):
        receive(pair[1])


def test_a_stranger_is_refused(pair):
    pair[0].sendall(b"GET / HTTP/1.1\r\n\r\n")
    with pytest.raises(ProtocolError, match="not a frame"):
        receive(pair[1])


def test_the_deadline_is_for_the_whole_frame(pair):
    """A byte now and then buys no time: if each did, the frame would be whole after four seconds, and not JSON."""
    pair[0].sendall(PREFIX.pack(MAGIC, 200, 0))
    enough = threading.Event()

    def drip():
        for _ in range(200):
            if enough.wait(0.02):
                return
            pair[0].send(b" ")

    sender = threading.Thread(target=drip)
    sender.start()
    with pytest.raises(Late):
        receive(pair[1], deadline=time.monotonic() + 0.3)
    enough.set()
    sender.join()


def test_a_reader_that_sleeps_does_not_hold_the_sender(pair):
    with pytest.raises(Late):
        send(pair[0], {}, [np.zeros(2**22)], deadline=time.monotonic() + 0.1)


def test_a_closed_connection_is_told_apart(pair):
    pair[0].sendall(struct.pack("<4s", MAGIC))
    pair[0].close()
    with pytest.raises(Closed):
        receive(pair[1])


def test_random_bytes_never_do_more_than_fail(pair):
    generator = np.random.default_rng(0)
    send(pair[0], {"a": [1, 2]}, [np.arange(4.0)])
    good = pair[1].recv(2**16)
    head_length = PREFIX.unpack(good[: PREFIX.size])[1]
    for _ in range(500):
        damaged = bytearray(good[PREFIX.size :])
        for place in generator.integers(0, len(damaged), size=3):
            damaged[place] = generator.integers(0, 256)
        try:
            decode(bytes(damaged[:head_length]), bytes(damaged[head_length:]))
        except ProtocolError:
            continue
