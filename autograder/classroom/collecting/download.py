"""What was downloaded, a folder or a zip, as a list of files to read. Nothing is unpacked, no link is followed."""

import io
import os
import re
import stat
import zipfile
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path, PurePosixPath

from autograder.classroom.collecting.spelling import meant, with_slashes

MAX_BYTES = 100 * 2**20
"""Of one file."""
MAX_DIRECTORY = 2**20
"""Bytes of the list of members of a student's zip: some 15,000 members."""
MAX_INNER = 10**9
"""Bytes that the members of a student's zip may say they have together."""
EMPTY = "(empty folder)"
"""The name of the file that stands for what a folder without a file does not hold."""

Read = Callable[[], bytes]
_UTF8_NAME = 0x800


@dataclass(frozen=True)
class File:
    """A file of a download.

    Attributes:
        path: its place there, its name repaired.
        dates: when it was last changed, as seconds; of a file in a student's zip, those of the zip first. Empty where
            that is not known. A platform that packs a zip writes the time of packing as often as not.
        size: in bytes, as the folder or zip says.
        read: gives its bytes, MAX_BYTES at most.
    """

    path: PurePosixPath
    dates: tuple[float, ...]
    size: int
    read: Read

    @property
    def is_empty_folder(self) -> bool:
        return self.path.name == EMPTY


@dataclass
class Download:
    """What a folder or zip holds; each of its files is in one of the three.

    Attributes:
        files: what can be read, by path.
        clutter: what a computer put beside a person's files.
        refused: what cannot be read, with the reason.
        repaired: names as they stand there, to what they were meant to be.
    """

    files: list[File] = field(default_factory=list)
    clutter: list[str] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    repaired: dict[str, str] = field(default_factory=dict)

    def add(self, place: PurePosixPath, dates: tuple[float, ...], size: int, read: Read) -> None:
        """Take in a file, if it is not too large and no clutter."""
        if _is_clutter(place):
            self.clutter.append(str(place))
        elif size > MAX_BYTES:
            self.refused.append((str(place), f"{size / 2**20:.0f} MB, more than {MAX_BYTES // 2**20}"))
        else:
            self.files.append(File(place, dates, size, read))


def open_download(origin: Path) -> Download:
    """Look into what was downloaded.

    Raises:
        ValueError: it is neither folder nor zip, or damaged; OSError: it is unreadable.
    """
    if not origin.exists():
        raise ValueError(f"there is no {origin}")
    if origin.is_dir():
        return _of_folder(origin)
    if not zipfile.is_zipfile(origin):
        raise ValueError(f"{origin} is neither a folder nor a zip file")
    try:
        with zipfile.ZipFile(origin) as archive:
            members = archive.infolist()
    except Exception as error:  # what a broken directory makes it raise is not documented
        raise ValueError(f"damaged zip: {origin}: {error or type(error).__name__}") from error
    download = Download()
    _add_members(download, members, lambda member: partial(_read_member, origin, member), PurePosixPath(), ())
    return _sorted(download)


def open_inner(file: File) -> Download:
    """Look into a zip that a student handed in; zips in it are files like any other.

    Raises:
        ValueError: it is none, or damaged, or holds too much, and why.
    """
    download = Download()
    try:
        content = file.read()
        _check_directory(content)
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
    except Exception as error:  # that of a damaged outer zip, of its decompressor, or of a broken directory
        raise ValueError(f"a zip that cannot be opened: {error or type(error).__name__}") from error
    if sum(member.file_size for member in members) > MAX_INNER:
        raise ValueError(f"a zip that holds more than {MAX_INNER // 10**9} GB when it is unpacked")
    _add_members(download, members, lambda member: partial(_read_inner, file.read, member), file.path, file.dates)
    return _sorted(download)


def is_zip(file: File) -> bool:
    return file.path.suffix.lower() == ".zip"


def _of_folder(origin: Path) -> Download:
    download = Download()
    root = os.fsencode(origin)
    found: list[tuple[bytes, bool]] = []
    for folder, subfolders, files in os.walk(root, followlinks=False):
        links = [name for name in subfolders if os.path.islink(os.path.join(folder, name))]
        entries = [(name, False) for name in [*files, *links]]
        if not entries and not subfolders and folder != root:
            entries = [(EMPTY.encode(), True)]
        found += [(os.path.relpath(os.path.join(folder, name), root), empty) for name, empty in entries]
    names = meant([name for name, _ in found])
    for (stored, empty), name in zip(found, names, strict=True):
        place = PurePosixPath(name)
        if name != os.fsdecode(stored):
            download.repaired[os.fsdecode(stored)] = name
        path = Path(os.fsdecode(os.path.join(root, stored)))
        if empty:
            download.add(place, (), 0, bytes)
            continue
        try:
            status = path.lstat()
        except OSError as error:
            download.refused.append((name, f"cannot be read: {error.strerror}"))
            continue
        if not stat.S_ISREG(status.st_mode):
            download.refused.append((name, "a link or special file, which is not followed"))
        else:
            download.add(place, (status.st_mtime,), status.st_size, partial(_read_file, path))
    return _sorted(download)


def _add_members(
    download: Download,
    members: list[zipfile.ZipInfo],
    reader: Callable[[zipfile.ZipInfo], Read],
    above: PurePosixPath,
    dates: tuple[float, ...],
) -> None:
    """Take in the members of a zip that lies at `above`."""
    stored = {id(member): _as_stored(member) for member in members}
    unsaid = {key: name for key, name in stored.items() if name is not None}
    repaired = dict(zip(unsaid, meant(list(unsaid.values())), strict=True))
    names = with_slashes([repaired.get(id(member), member.filename) for member in members])
    in_order = sorted(names)
    for member, name in zip(members, names, strict=True):
        place = PurePosixPath(name)
        shown = str(above / name.lstrip("/"))
        if name != member.filename:
            download.repaired[str(above / member.filename.lstrip("/"))] = shown
        if name.endswith("/"):
            after = bisect_right(in_order, name)
            if after == len(in_order) or not in_order[after].startswith(name):
                download.add(above / place / EMPTY, dates, 0, bytes)
        elif place.is_absolute() or ".." in place.parts or "\\" in name or not place.parts:
            download.refused.append((shown, "points outside the archive"))
        elif stat.S_ISLNK(member.external_attr >> 16):
            download.refused.append((shown, "a link, which is not followed"))
        else:
            download.add(above / place, (*dates, *_date(member)), member.file_size, reader(member))


def _as_stored(member: zipfile.ZipInfo) -> bytes | None:
    """The bytes of a name that zipfile has read as code page 437; None where the zip says how to read it."""
    if member.flag_bits & _UTF8_NAME:
        return None
    try:
        return member.filename.encode("cp437")
    except UnicodeEncodeError:  # from a field beside the name, which newer versions of zipfile read
        return None


def _date(member: zipfile.ZipInfo) -> tuple[float, ...]:
    try:
        return (datetime(*member.date_time).timestamp(),)
    except (ValueError, OverflowError, OSError):  # a month 0, as of a member without a date
        return ()


def _check_directory(content: bytes) -> None:
    """Refuse a zip whose list of members alone would take more memory than a student's folder needs.

    Raises:
        ValueError: it does, or has the form for archives that are too large for the usual one.
    """
    end = content[-(2**16 + 22) :]
    if b"PK\x06\x07" in end:
        raise ValueError("it has the form of a zip of more than 4 GB")
    sizes = [int.from_bytes(end[at.start() + 12 : at.start() + 16], "little") for at in re.finditer(b"PK\x05\x06", end)]
    if max(sizes, default=0) > MAX_DIRECTORY:
        raise ValueError("it has too many members")


def _read_file(path: Path) -> bytes:
    with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
        return file.read(MAX_BYTES)


def _read_member(origin: Path, member: zipfile.ZipInfo) -> bytes:
    with zipfile.ZipFile(origin) as archive, archive.open(member) as file:
        return file.read(MAX_BYTES)


def _read_inner(read: Read, member: zipfile.ZipInfo) -> bytes:
    with zipfile.ZipFile(io.BytesIO(read())) as archive, archive.open(member) as file:
        return file.read(MAX_BYTES)


def _sorted(download: Download) -> Download:
    download.files.sort(key=lambda file: file.path)
    return download


def _is_clutter(place: PurePosixPath) -> bool:
    """What JupyterLab, macOS and Windows put beside a person's files."""
    beside = {".ipynb_checkpoints", "__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini"}
    return not beside.isdisjoint(place.parts) or place.name.startswith("._")
