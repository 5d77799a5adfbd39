"""Downloaded notebooks, in a folder or a zip, into nbgrader's layout: submitted/STUDENT/NAME/NAME.ipynb.

Nothing that a student made decides where a file is written: links, and zip members that point elsewhere, are refused,
and what a new notebook replaces is kept.
"""

import hashlib
import os
import re
import stat
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from autograder.course import Course
from autograder.files import write_whole

MAX_BYTES = 100 * 2**20
_MOODLE = re.compile(r"_\d+_assignsubmission_file_?$")


@dataclass(frozen=True)
class Entry:
    """A notebook that was handed in.

    Attributes:
        path: its place in the folder or zip.
        when: when it was last changed; larger is later.
        read: gives its bytes.
    """

    path: PurePosixPath
    when: float
    read: Callable[[], bytes]


@dataclass
class Collection:
    """What became of the notebooks; each list holds students, or lines for a person to read."""

    new: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def collect(course: Course, name: str, origin: Path, submitted: Path, pattern: str | None = None) -> Collection:
    """Copy the newest notebook of each student into `submitted`.

    Args:
        name: the problem set.
        origin: a folder or a zip, with names such as `ada_NAME.ipynb`, `ada/NAME.ipynb` or `ada/NAME/NAME.ipynb`.
        submitted: where to; what is replaced there is kept under the course's `.autograder/NAME/replaced/`.
        pattern: a regular expression with a group `student` that finds the student in a path, for other names.
    Raises:
        ValueError: the pattern has no such group, or the origin is neither folder nor zip; OSError: it is unreadable.
    """
    finder = _finder(name, pattern)
    collection = Collection()
    newest: dict[str, Entry] = {}
    for entry in _entries(origin, collection.refused):
        student = finder(entry.path)
        if student is None:
            collection.refused.append(f"{entry.path}: no student in this name; say where with --pattern")
        elif not _is_folder_name(student):
            collection.refused.append(f"{entry.path}: {student!r} cannot name a student's folder")
        elif student not in newest or entry.when > newest[student].when:
            newest[student] = entry
    for student, entry in sorted(newest.items()):
        try:
            content = entry.read()
        except (OSError, RuntimeError, ValueError, zipfile.BadZipFile) as error:  # RuntimeError: an encrypted member
            collection.refused.append(f"{entry.path}: {error}")
        else:
            _hand_in(course, name, student, content, submitted, collection)
    return collection


def _hand_in(course: Course, name: str, student: str, content: bytes, submitted: Path, collection: Collection) -> None:
    target = submitted / student / name / f"{name}.ipynb"
    if any(part.is_symlink() for part in (target, target.parent, target.parent.parent)):
        collection.refused.append(f"{target}: a link stands where the notebook should go; remove it")
        return
    if not target.exists():
        collection.new.append(student)
    elif (old := target.read_bytes()) == content:
        collection.unchanged.append(student)
        return
    else:
        kept = course.state_dir(name) / "replaced" / student / f"{hashlib.sha256(old).hexdigest()[:16]}.ipynb"
        write_whole(kept, old, mode=0o600)
        collection.replaced.append(student)
    write_whole(target, content)


def _finder(name: str, pattern: str | None) -> Callable[[PurePosixPath], str | None]:
    """A function from a notebook's path to its student."""
    if pattern is not None:
        try:
            expression = re.compile(pattern)
        except re.error as error:
            raise ValueError(f"--pattern {pattern!r} is not a regular expression: {error}") from error
        if "student" not in expression.groupindex:
            raise ValueError(f"--pattern needs a group (?P<student>...), got {pattern!r}")
        return lambda path: (found := expression.search(str(path))) and found["student"]
    copy_number = r"(?:[ _-]*\(?\d+\)?)?"  # a browser's "(1)"
    in_file_name = re.compile(rf"(?P<student>.+?)[ _-]+{name}{copy_number}\.ipynb")

    def find(path: PurePosixPath) -> str | None:
        if found := in_file_name.fullmatch(path.name):
            return found["student"]
        folders = [part for part in path.parts[:-1] if part != name]
        return _MOODLE.sub("", folders[-1]) if folders else None

    return find


def _entries(origin: Path, refused: list[str]) -> Iterator[Entry]:
    if not origin.exists():
        raise ValueError(f"there is no {origin}")
    if origin.is_dir():
        yield from _of_folder(origin, refused)
    elif zipfile.is_zipfile(origin):
        yield from _of_zip(origin, refused)
    else:
        raise ValueError(f"{origin} is neither a folder nor a zip file")


def _of_folder(origin: Path, refused: list[str]) -> Iterator[Entry]:
    for folder, subfolders, files in os.walk(origin, followlinks=False):
        for link in [name for name in subfolders if Path(folder, name).is_symlink()]:
            refused.append(f"{Path(folder, link).relative_to(origin)}: a link, not a folder")
        subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
        for path in (Path(folder, name) for name in sorted(files) if name.lower().endswith(".ipynb")):
            place, status = PurePosixPath(path.relative_to(origin)), path.lstat()
            if not stat.S_ISREG(status.st_mode):
                refused.append(f"{place}: a link or special file, not a notebook")
            elif status.st_size > MAX_BYTES:
                refused.append(f"{place}: {status.st_size / 2**20:.0f} MB, more than {MAX_BYTES // 2**20}")
            else:
                yield Entry(place, status.st_mtime, lambda path=path: _read_file(path))


def _read_file(path: Path) -> bytes:
    with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
        return file.read(MAX_BYTES)


def _of_zip(origin: Path, refused: list[str]) -> Iterator[Entry]:
    with zipfile.ZipFile(origin) as archive:
        for member in archive.infolist():
            place = PurePosixPath(member.filename)
            if member.is_dir() or not member.filename.lower().endswith(".ipynb") or "__MACOSX" in place.parts:
                continue
            if place.is_absolute() or ".." in place.parts or "\\" in member.filename:
                refused.append(f"{member.filename}: points outside the archive")
            elif stat.S_ISLNK(member.external_attr >> 16):
                refused.append(f"{place}: a link, not a notebook")
            elif member.file_size > MAX_BYTES:
                refused.append(f"{place}: {member.file_size / 2**20:.0f} MB, more than {MAX_BYTES // 2**20}")
            else:
                when = float(f"{''.join(f'{part:02d}' for part in member.date_time)}")
                yield Entry(place, when, lambda member=member: _read_member(origin, member))


def _read_member(origin: Path, member: zipfile.ZipInfo) -> bytes:
    with zipfile.ZipFile(origin) as archive, archive.open(member) as file:
        return file.read(MAX_BYTES)


def _is_folder_name(student: str) -> bool:
    return (
        0 < len(student.encode("utf-8", "surrogateescape")) <= 128
        and not student.startswith((".", "-"))
        and student == student.strip()
        and not any(character in "/\\\0" or ord(character) < 32 for character in student)
    )
