"""The hidden cases of a problem set, solved: kept in the course's private folder, because solving takes seconds."""

import hashlib
import hmac
import json
import math
import platform
import stat
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy
import torch

from autograder.authoring.decisive import decisive_digest, module_files
from autograder.course import Course
from autograder.exercise.exercise import Rubric
from autograder.exercise.solve import examination
from autograder.files import OWNER, write_whole
from autograder.grading.judging.variants import Solved, Variants
from autograder.screen import tell
from latentkit.check.wire import DTYPES, pack, unpack

SEAL_BYTES = 32
SIZE_BYTES = 8


def hidden_variants(course: Course, rubric: Rubric, count: int) -> Variants:
    """Several variants of a problem set's hidden cases, by the course's secret seed.

    A variant is read, or solved and kept, when a submission first meets it. It is solved again where anything that
    decides it has changed. A rubric with a function that is in no file is solved each time: its changes could not be
    seen.

    Raises:
        ValueError: the secret seed is damaged, or other users can read it.
    """
    secret = course.hidden_seed()
    if None in module_files(rubric).values():
        return Variants.of(secret, rubric.name, count, lambda seed: _solved(rubric, seed))
    kept = _Kept(course.state_dir(rubric.name), secret, rubric)
    return Variants.of(secret, rubric.name, count, kept.cases)


class _Kept:
    """Solved cases on disk, a file for each seed.

    Args:
        folder: where.
        secret: seals the files: one that was damaged, or written by somebody else, is told from ours.
        rubric: to solve by.
    """

    def __init__(self, folder: Path, secret: bytes, rubric: Rubric):
        self._folder, self._rubric = folder, rubric
        self._seal = hmac.digest(secret, b"seal", "sha256")
        self._decided = cache(lambda: hmac.digest(self._seal, _decided(rubric), "sha256"))

    def cases(self, seed: bytes) -> Solved:
        """The cases of a seed."""
        seal = hmac.digest(self._decided(), seed, "sha256")
        path = self._folder / f"hidden_cases_{_short(self._decided())}_{_short(seed)}.bin"
        try:
            if stat.S_IMODE(path.stat().st_mode) & ~OWNER:
                raise ValueError("other users can read or change it")
            return _read(path.read_bytes(), seal)
        except FileNotFoundError:
            pass
        except (OSError, ValueError) as error:
            tell(f"hidden cases: {path} is made again ({error})")
        solved = _solved(self._rubric, seed)
        self._write(path, _to_bytes(solved, seal))
        return solved

    def _write(self, path: Path, content: bytes) -> None:
        """Keep a file, and none of another kit, rubric or secret; where it cannot be written, it is next time."""
        try:
            path.unlink(missing_ok=True)  # with it its mode, which write_whole would keep
            write_whole(path, content)
        except OSError as error:
            tell(f"hidden cases: {path} cannot be kept, and is made again next time ({error.strerror})")
        prefix = path.name.rpartition("_")[0]
        for old in self._folder.glob("hidden_cases_*"):
            if not old.name.startswith(prefix):
                old.unlink(missing_ok=True)


def _solved(rubric: Rubric, seed: bytes) -> Solved:
    return {exercise.name: examination(exercise, seed) for exercise in rubric.exercises}


def _decided(rubric: Rubric) -> bytes:
    """Changes with the libraries and every file that has a say in cases and solutions."""
    digest = hashlib.sha256(repr((platform.machine(), numpy.__version__, torch.__version__)).encode())
    for exercise in rubric.exercises:
        hints = [(mistake.id, mistake.hint) for mistake in exercise.mistakes]
        partly = (exercise.compare_value, exercise.symmetric, exercise.simplex, exercise.on_cpu)
        decided = (exercise.name, exercise.law, partly, exercise.look, hints)
        digest.update(repr(decided).encode())
    digest.update(decisive_digest(rubric.name, rubric=rubric).encode())
    return digest.digest()


def _short(content: bytes) -> str:
    """A name for a file, which tells nothing of the content."""
    return hashlib.sha256(content).hexdigest()[:16]


def _to_bytes(solved: Solved, key: bytes) -> bytes:
    """A file: its seal, the length of a JSON header, the header, and all arrays one after the other, little-endian.

    Reading it takes a quarter of the time that an archive of a thousand arrays does.
    """
    cases, arrays = pack(list(solved.values()))
    described = [(array.dtype.name, array.shape) for array in arrays]
    header = json.dumps({"cases": cases, "arrays": described}).encode()
    body = b"".join(array.astype(array.dtype.newbyteorder("<")).tobytes() for array in arrays)
    content = len(header).to_bytes(SIZE_BYTES, "little") + header + body
    return hmac.digest(key, content, "sha256") + content


def _read(content: bytes, key: bytes) -> Solved:
    """The cases of a file.

    Raises:
        ValueError: it is not one that was sealed with that key, or not whole.
    """
    view = memoryview(content)
    if not hmac.compare_digest(view[:SEAL_BYTES], hmac.digest(key, view[SEAL_BYTES:], "sha256")):
        raise ValueError("it is damaged")
    start = SEAL_BYTES + SIZE_BYTES
    at = start + int.from_bytes(view[SEAL_BYTES:start], "little")
    header: Mapping[str, Any] = json.loads(bytes(view[start:at]))
    arrays = []
    for name, shape in header["arrays"]:
        dtype, size = _LITTLE[name], math.prod(shape)
        arrays.append(numpy.frombuffer(view, dtype, size, at).reshape(shape))
        at += size * dtype.itemsize
    return {found.exercise: found for found in unpack(header["cases"], arrays)}


_LITTLE = {name: numpy.dtype(name).newbyteorder("<") for name in DTYPES}
