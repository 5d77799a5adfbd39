"""The journal of a batch: one line of JSON per graded submission, on disk before the gradebook learns of it."""

import errno
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Any

from autograder.files import close_to_others, make_folder, owners_opener
from autograder.grading.recording.record import Record


@dataclass(frozen=True)
class _Settled:
    """A line that says which submissions' grades, student to digest, the gradebook has; of no earlier ones."""

    submissions: Mapping[str, str]


class Journal:
    """An append-only file of records, the last one of each student counting.

    A line that was cut short by a crash, or that is no record, is skipped, as if that submission had not been graded;
    the next one starts on a line of its own.

    Args:
        path: of the file.
    """

    def __init__(self, path: Path):
        self._path = path

    def read(self) -> dict[str, Record]:
        """The last record of each student."""
        return {entry.student: entry for entry in self._entries() if isinstance(entry, Record)}

    def submissions(self) -> dict[str, set[str]]:
        """The digests of each student's submissions whose grades the gradebook may hold, for all that is known here."""
        found: dict[str, set[str]] = {}
        for entry in self._entries():
            if isinstance(entry, Record):
                found.setdefault(entry.student, set()).add(entry.sha256)
            else:
                found.update({student: {digest} for student, digest in entry.submissions.items()})
        return found

    def append(self, record: Record) -> None:
        """Write a record; when this returns, it survives a power cut.

        Raises:
            OSError: the disk is full or not writable; the record is not in the journal.
        """
        self._write(record.to_json())

    def settle(self, submissions: Mapping[str, str]) -> None:
        """Note that the gradebook has the grades of these submissions, student to digest, and of no earlier ones.

        Raises:
            OSError: as for `append`.
        """
        self._write({"settled": dict(submissions)})

    def _entries(self) -> Iterator[Record | _Settled]:
        if self._path.is_file():
            for line in self._path.read_bytes().split(b"\n"):
                entry = _parsed(line)
                if entry is not None:
                    yield entry

    def _write(self, entry: Mapping[str, Any]) -> None:
        make_folder(self._path.parent)
        close_to_others(self._path)
        new = not self._path.exists()
        try:
            with open(self._path, "ab+", buffering=0, opener=owners_opener) as file:
                _append_line(file, json.dumps(entry, ensure_ascii=True).encode())
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(self._path)) from None
        if new:
            _sync_folder(self._path.parent)


def _append_line(file: FileIO, line: bytes) -> None:
    """Write a line and wait until it is on disk; what an earlier one left unfinished is not continued."""
    size = file.seek(0, os.SEEK_END)
    torn = size > 0 and os.pread(file.fileno(), 1, size - 1) != b"\n"
    line = (b"\n" if torn else b"") + line + b"\n"
    if file.write(line) != len(line):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    os.fsync(file.fileno())


def _parsed(line: bytes) -> Record | _Settled | None:
    """The entry that a line holds; None where it was cut short or is no entry."""
    try:
        entry = json.loads(line)
        match entry:
            case {"settled": dict(settled)} if all(isinstance(digest, str) for digest in settled.values()):
                return _Settled(settled)
        return Record.from_json(entry)
    except (ValueError, RecursionError):
        return None


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
