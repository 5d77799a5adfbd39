"""The journal of a batch: one line of JSON per graded submission, on disk before anything else learns of it."""

import json
import os
from pathlib import Path
from typing import Any


class Journal:
    """An append-only file of records, the last one of each student counting.

    A line that was cut short by a crash is skipped; the next one starts on a line of its own.
    """

    def __init__(self, path: Path):
        self._path = path

    def read(self) -> dict[str, dict[str, Any]]:
        """The last record of each student."""
        records = {}
        if self._path.is_file():
            for line in self._path.read_bytes().split(b"\n"):
                record = _parsed(line)
                if record is not None:
                    records[record["student"]] = record
        return records

    def append(self, record: dict[str, Any]) -> None:
        """Write a record; when this returns, it survives a power cut.

        Raises:
            OSError: the disk is full or not writable; the record is not in the journal.
        """
        self._path.parent.mkdir(parents=True, exist_ok=True)
        new = not self._path.exists()
        with open(self._path, "ab+", buffering=0) as file:
            size = file.seek(0, os.SEEK_END)
            torn = size > 0 and os.pread(file.fileno(), 1, size - 1) != b"\n"
            line = (b"\n" if torn else b"") + json.dumps(record, ensure_ascii=True).encode() + b"\n"
            if file.write(line) != len(line):
                raise OSError(f"{self._path} could not be written: is the disk full?")
            os.fsync(file.fileno())
        if new:
            _sync_folder(self._path.parent)


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        record = json.loads(line)
    except ValueError:
        return None
    return record if isinstance(record, dict) and isinstance(record.get("student"), str) else None


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
