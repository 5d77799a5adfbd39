"""Files that are written whole or not at all, and read by nobody but their owner unless they are meant for others."""

import contextlib
import json
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

OWNER = 0o600
"""The mode of all that says anything of a student, a grade, an answer key or a hidden case."""

EVERYBODY = 0o644
"""The mode of what students get."""

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_READ_OTHERS = stat.S_IRGRP | stat.S_IROTH
_ENTER_OTHERS = stat.S_IXGRP | stat.S_IXOTH


def write_whole(path: Path, content: bytes | str, mode: int = OWNER) -> Path:
    """Write `content` so that a reader, or a power cut, meets the old file or the new one, never a half.

    Args:
        path: where to; its folder is made where it is missing.
        content: text is written as UTF-8; a lone surrogate, as in the name of a folder of no encoding, as an escape.
        mode: the file's permissions, OWNER or EVERYBODY, less what a file of that name withholds already; new folders
            are the owner's alone, or as usual where the file is for everybody.
    """
    data = content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content
    make_folder(path.parent, 0o777 if mode & _OTHERS else 0o700)
    with contextlib.suppress(FileNotFoundError):
        mode &= stat.S_IMODE(path.stat().st_mode) | OWNER
    handle, draft = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with open(handle, "wb") as file:
            os.fchmod(handle, mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    except BaseException as error:
        if isinstance(error, OSError) and error.filename is None:  # a full disk does not tell which file it was
            error.filename = str(path)
        os.unlink(draft)
        raise
    return path


def make_folder(path: Path, mode: int = 0o700) -> None:
    """Make a folder, and those above it, where they are missing.

    Args:
        mode: of the new ones, less the umask; those that are there stay as they are.
    """
    missing = []
    while not path.exists():
        missing.append(path)
        path = path.parent
    for folder in reversed(missing):
        folder.mkdir(mode, exist_ok=True)


def close_to_others(path: Path) -> None:
    """Let nobody but its owner read or change a file, or enter a folder, of the grader's own; nothing where it is none
    of ours, or not there.
    """
    with contextlib.suppress(FileNotFoundError, PermissionError):
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & _OTHERS:
            path.chmod(mode & ~_OTHERS)


def readable_by_others(path: Path) -> list[Path]:
    """The files that another user can read, by their modes and those of the folders above: `path`, or those in it."""
    if any(not _mode(folder) & _ENTER_OTHERS for folder in path.resolve().parents):
        return []
    if not path.is_dir():
        return [path] if _mode(path) & _READ_OTHERS else []
    found = []
    for folder, folders, files in os.walk(path):
        if not _mode(Path(folder)) & _ENTER_OTHERS:
            folders.clear()
            continue
        folders.sort()
        found += [Path(folder, name) for name in sorted(files) if _mode(Path(folder, name)) & _READ_OTHERS]
    return found


def _mode(path: Path) -> int:
    """The permissions of what is there; none of a link or of nothing."""
    with contextlib.suppress(OSError):
        status = path.lstat()
        return 0 if stat.S_ISLNK(status.st_mode) else stat.S_IMODE(status.st_mode)
    return 0


def owners_opener(path: str, flags: int) -> int:
    """An opener for `open`: a file that it makes is its owner's alone."""
    return os.open(path, flags, OWNER)


@contextlib.contextmanager
def owner_only() -> Iterator[None]:
    """While active, what this process makes, by whatever library, is its owner's alone."""
    before = os.umask(_OTHERS)
    try:
        yield
    finally:
        os.umask(before)


def json_text(value: Any) -> str:
    """A value as a JSON file's text, the same for the same value."""
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"
