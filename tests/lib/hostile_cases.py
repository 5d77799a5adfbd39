"""Files named cases.npz that ask for more memory than there is."""

import io
import struct
import zipfile
from collections.abc import Callable

import numpy as np


def claims_a_huge_array(content: bytes) -> bytes:
    """The header of an array says 2**48 numbers; a few bytes follow."""
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (281474976710656,)}"
    header += b" " * (64 - (10 + len(header) + 1) % 64) + b"\n"
    member = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + bytes(16)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        kept = {name: archive.read(name) for name in archive.namelist()}
    kept["array_0.npy"] = member
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, value in kept.items():
            archive.writestr(name, value)
    return buffer.getvalue()


def unpacks_to_half_a_gigabyte(content: bytes) -> bytes:
    """Zeros: a few megabytes of archive stand for half a gigabyte of memory."""
    buffer = io.BytesIO(content)
    with (
        zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("bomb.npy", "w") as member,
    ):
        np.lib.format.write_array_header_1_0(member, {"descr": "|u1", "fortran_order": False, "shape": (2**29,)})
        for _ in range(2**9):
            member.write(bytes(2**20))
    return buffer.getvalue()


HOSTILE_CASES: dict[str, Callable[[bytes], bytes]] = {
    damage.__name__: damage for damage in (claims_a_huge_array, unpacks_to_half_a_gigabyte)
}
"""From the content of a good file to that of a hostile one."""
