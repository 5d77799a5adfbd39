"""`cases.npz`: the examinations of a problem set as numbers, read without executing anything."""

import io
import json
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO
from zipfile import BadZipFile, is_zipfile

import numpy as np
from numpy.lib.npyio import NpzFile

from latentkit.check.cases import Examination
from latentkit.check.wire import pack, unpack

FILE_NAME = "cases.npz"
FORMAT = 1


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
        with open(path, "rb") as file, _archive(file) as archive:
            manifest = json.loads(archive["manifest"].tobytes())
            if manifest["format"] != FORMAT:
                raise ValueError(f"format {manifest['format']}, this kit reads format {FORMAT}")
            arrays = [archive[f"array_{index}"] for index in range(len(archive.files) - 1)]
        examinations = unpack(manifest["examinations"], arrays)
        return {examination.exercise: examination for examination in examinations}
    except (KeyError, TypeError, AttributeError, EOFError, ValueError, RuntimeError, BadZipFile, zlib.error) as error:
        raise ValueError(f"{path} is not a readable {FILE_NAME} ({error}): download it again") from error


def _archive(file: BinaryIO) -> NpzFile:
    """The arrays of an open file; numpy's advice to unpickle what is no archive reaches nobody."""
    if not is_zipfile(file):
        raise ValueError("it is not an archive, or not a whole one")
    file.seek(0)
    archive: NpzFile = np.load(file, allow_pickle=False)
    return archive
