"""A batch's own folder for temporary files. One that a killed batch left behind is removed by the next batch."""

import contextlib
import fcntl
import os
import tempfile
from pathlib import Path

from autograder.worker.resources import remove_folder

PREFIX = "autograder-"
LOCK_FILE = "owner"
"""The file in it that its batch holds a lock on for as long as it lives."""


class ScratchFolder:
    """A new folder for temporary files.

    Attributes:
        path: where it is.
    """

    def __init__(self) -> None:
        remove_left_behind()
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX))
        self._lock = os.open(self.path / f"{LOCK_FILE}.new", os.O_CREAT | os.O_WRONLY, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        os.rename(self.path / f"{LOCK_FILE}.new", self.path / LOCK_FILE)  # by now it is locked: nobody finds it without

    def remove(self) -> None:
        """Remove it with all that it holds. Again: nothing."""
        if self._lock >= 0:
            remove_folder(self.path)
            os.close(self._lock)
            self._lock = -1


def remove_left_behind() -> None:
    """Remove the folders of this user's batches that ended without tidying up."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            if folder.lstat().st_uid == os.getuid() and not folder.is_symlink():
                _remove_if_left(folder)


def _remove_if_left(folder: Path) -> None:
    lock = os.open(folder / LOCK_FILE, os.O_WRONLY | os.O_NOFOLLOW)
    try:
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            remove_folder(folder)
    finally:
        os.close(lock)
