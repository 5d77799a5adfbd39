"""`cases.npz`: the examinations of a problem set as numbers, read without executing anything."""

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO
from zipfile import ZipFile, is_zipfile

import numpy as np
from numpy.lib.npyio import NpzFile

from latentkit.check.cases import Examination
from latentkit.check.wire import pack, unpack

FILE_NAME = "cases.npz"
FORMAT = 1
MAX_BYTES = 2**28
"""What the arrays of a file may take, unpacked: a small archive can stand for all the memory of a machine."""


def to_bytes(examinations: Sequence[Examination]) -> bytes:
    """The content of `cases.npz`; the same examinations give the same bytes."""
    header, arrays = pack(list(examinations))
    manifest = json.dumps({"format": FORMAT, "examinations": header})  # keys keep their order: arguments have one
    buffer = io.BytesIO()
    named: dict[str, Any] = {f"array_{index}": array for index, array in enumerate(arrays)}
    np.savez_compressed(buffer, manifest=np.frombuffer(manifest.encode("ascii"), dtype=np.uint8), **named)
    return buffer.getvalue()


def load(path: Path) -> dict[str, Examination]:
    """The examinations of a file, by exercise.

    Raises:
        ValueError: the file is not a `cases.npz` of this version of the kit.
        OSError: it cannot be read.
    """
    try:
        with open(path, "rb") as file:
            return read(file)
    except ValueError as error:
        raise ValueError(f"{path} is not a readable {FILE_NAME} ({error}): download it again") from error


def read(file: BinaryIO) -> dict[str, Examination]:
    """The examinations of an open file, by exercise.

    Raises:
        ValueError: the file is not a `cases.npz` of this version of the kit.
        OSError: it cannot be read.
    """
    try:
        with open_archive(file) as archive:
            manifest = json.loads(archive["manifest"].tobytes())
            if manifest["format"] != FORMAT:
                raise ValueError(f"format {manifest['format']}, this kit reads format {FORMAT}")
            arrays = [archive[f"array_{index}"] for index in range(len(archive.files) - 1)]
        examinations = unpack(manifest["examinations"], arrays)
        return {examination.exercise: examination for examination in examinations}
    except OSError:
        raise
    except Exception as error:  # zip, zlib, numpy's header, JSON: each raises its own, and MemoryError without a word
        raise ValueError(str(error) or type(error).__name__) from error


def open_archive(file: BinaryIO) -> NpzFile:
    """The arrays of an open file; numpy's advice to unpickle what is no archive reaches nobody.

    Raises:
        ValueError: it is no archive, or its arrays would take more than MAX_BYTES. A damaged one raises whatever zip
            and numpy raise, here or when an array is taken from it.
    """
    if not is_zipfile(file):
        raise ValueError("it is not an archive, or not a whole one")
    with ZipFile(file) as members:
        size = sum(member.file_size for member in members.infolist())
    if size > MAX_BYTES:
        raise ValueError(f"it would take {size / 2**20:.0f} MiB of memory, of which {MAX_BYTES // 2**20} are allowed")
    file.seek(0)
    archive: NpzFile = np.load(file, allow_pickle=False)
    return archive
