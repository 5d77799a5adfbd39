"""Downloaded notebooks, in a folder or a zip, into nbgrader's layout: submitted/STUDENT/NAME/NAME.ipynb.

Nothing that a student made decides where a file is written or whose it is: links, and zip members that point elsewhere,
are refused; the folder that the learning platform made names the student; what a new notebook replaces is kept.
"""

import hashlib
import os
import re
import shutil
import stat
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import takewhile
from pathlib import Path, PurePosixPath

from autograder.classroom import lookalikes
from autograder.course import Course
from autograder.files import write_whole

MAX_BYTES = 100 * 2**20
MAX_TOTAL_BYTES = 8 * 2**30
"""What one collection may write, all notebooks together; no more than half of the disk's free space either."""
_MOODLE = re.compile(r"(?P<student>.+?)_\d+_assignsubmission_file(_|$)")
_COPY_NUMBER = r"(?:[ _-]*\(?\d+\)?)?"  # a browser's "(1)", a learning platform's "-1"

Finder = Callable[[PurePosixPath], tuple[str, str]]
"""From a notebook's path to its student, and to what holds the student's notebooks; ValueError: why there is none."""


@dataclass(frozen=True)
class Entry:
    """A notebook that was handed in.

    Attributes:
        path: its place in the folder or zip.
        when: when it was last changed; larger is later.
        size: in bytes, as the folder or zip says.
        read: gives its bytes.
    """

    path: PurePosixPath
    when: float
    size: int
    read: Callable[[], bytes]


@dataclass
class Download:
    """What a folder or zip holds.

    Attributes:
        notebooks: those that can be taken.
        places: of every file, notebook or not.
        refused: lines for a person to read.
    """

    notebooks: list[Entry] = field(default_factory=list)
    places: list[PurePosixPath] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


@dataclass
class Collection:
    """What became of the notebooks; each list holds students, or lines for a person to read.

    Attributes:
        new, replaced, unchanged: students.
        notes: how the download was read, which notebooks were passed over for another of the same student, and which
            students' names look alike.
        refused: what needs a person.
    """

    new: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


class NotebookName:
    """Reads file names such as `ps1_elbo.ipynb`, `ps1_elbo (1).ipynb` and `ada_ps1_elbo.ipynb`.

    Args:
        name: the problem set that is collected.
        names: all problem sets.
    """

    def __init__(self, name: str, names: list[str]) -> None:
        self.name = name
        self.names = sorted({name, *names}, key=len, reverse=True)  # ps1_elbo2 is no copy of ps1_elbo
        sets = "|".join(map(re.escape, self.names))
        self._expression = re.compile(
            rf"(?:(?P<before>.+?)[ _-])?(?P<name>{sets}){_COPY_NUMBER}\.ipynb", re.IGNORECASE | re.DOTALL
        )

    def read(self, file_name: str) -> tuple[str, str]:
        """What stands before the problem set, and the problem set; empty where there is none."""
        found = self._expression.fullmatch(file_name)
        if found is None:
            return "", ""
        name = next(name for name in self.names if name.lower() == found["name"].lower())
        return (found["before"] or "").rstrip(" _-"), name

    def is_of_another_set(self, file_name: str) -> bool:
        return self.read(file_name)[1] not in ("", self.name)

    def rank(self, file_name: str) -> int:
        """0 for the problem set's own name, 1 where something stands before it, 2 for any other name."""
        before, name = self.read(file_name)
        return 2 if name != self.name else 1 if before else 0


def collect(course: Course, name: str, origin: Path, submitted: Path, pattern: str | None = None) -> Collection:
    """Copy each student's newest notebook of the problem set into `submitted`.

    Args:
        name: the problem set.
        origin: a folder or a zip, with names such as `ada_NAME.ipynb`, `ada/NAME.ipynb` or `ada/NAME/NAME.ipynb`.
            The outermost folder is the student's; a file name counts where there is no folder.
        submitted: where to; what is replaced there is kept under the course's `.autograder/NAME/replaced/`.
        pattern: a regular expression with a group `student` that finds the student in a path, for other names.
    Raises:
        ValueError: the pattern has no such group, or the origin is neither folder nor zip, or damaged;
            OSError: it is unreadable.
    """
    by_pattern = None if pattern is None else _by_pattern(pattern)
    download = _download(origin)
    collection = Collection(refused=download.refused)
    naming = NotebookName(name, course.names())
    finder = by_pattern or _by_layout(naming, download, submitted, collection.notes)
    held: dict[str, dict[str, list[Entry]]] = {}
    for entry in download.notebooks:
        try:
            student, holder = finder(entry.path)
            if not _is_folder_name(student):
                raise ValueError(f"{student!r} cannot name a student's folder")
        except ValueError as error:
            collection.refused.append(f"{entry.path}: {error}")
        else:
            held.setdefault(student, {}).setdefault(holder, []).append(entry)
    taken: dict[str, Entry] = {}
    for student, holders in sorted(held.items()):
        entries = [entry for held_there in holders.values() for entry in held_there]
        if len(holders) > 1:
            text = f"{len(holders)} hand-ins claim to be {student!r}; collect the right one alone, or use --pattern"
            collection.refused += [f"{entry.path}: {text}" for entry in entries]
        elif (chosen := _choose(naming, entries, collection, any_name=pattern is not None)) is not None:
            taken[student] = chosen
    _leave_room(taken, name, submitted, collection)
    for student, chosen in taken.items():
        try:
            content = chosen.read()
        except Exception as error:  # a damaged or encrypted member raises what its decompressor does: zlib, lzma
            collection.refused.append(f"{chosen.path}: {error or type(error).__name__}")
        else:
            _hand_in(course, name, student, content, submitted, collection)
    present = {path.name for path in submitted.iterdir() if path.is_dir()} if submitted.is_dir() else set()
    collection.notes += [line for line in lookalikes.notes({*present, *held}) if any(repr(s) in line for s in held)]
    return collection


def _leave_room(taken: dict[str, Entry], name: str, submitted: Path, collection: Collection) -> None:
    """Refuse the largest notebooks, if need be, until what is left may be written; the others are not held up.

    What lies there already, byte for byte, is not written again and needs no room.
    """
    place = next(folder for folder in (submitted, *submitted.absolute().parents) if folder.is_dir())
    room = min(MAX_TOTAL_BYTES, shutil.disk_usage(place).free // 2)
    if sum(entry.size for entry in taken.values()) <= room:
        return
    fresh = {s: entry for s, entry in taken.items() if not _lies_at(_target(submitted, s, name), entry)}
    total = sum(entry.size for entry in fresh.values())
    said = f"all that are not there yet take {total / 2**20:.0f} MB, and there is room for {room / 2**20:.0f}"
    for student, entry in sorted(fresh.items(), key=lambda item: -item[1].size):
        if total <= room:
            return
        total -= entry.size
        del taken[student]
        collection.refused.append(
            f"{entry.path}: {entry.size / 2**20:.0f} MB; {said}: collect the largest by themselves"
        )


def _lies_at(target: Path, entry: Entry) -> bool:
    """Whether a file holds a notebook's bytes; one that cannot be read is told of when it is to be taken."""
    try:
        status = target.lstat()
        return stat.S_ISREG(status.st_mode) and status.st_size == entry.size and target.read_bytes() == entry.read()
    except Exception:  # what a damaged or encrypted member of a zip raises is its decompressor's
        return False


def _choose(naming: NotebookName, entries: list[Entry], collection: Collection, any_name: bool) -> Entry | None:
    """One student's newest notebook of the problem set; None, and why, where nothing tells which one that is.

    Args:
        any_name: whether several notebooks may have other names, as a --pattern allows.
    """
    candidates = [entry for entry in entries if not naming.is_of_another_set(entry.path.name)]
    best = min((naming.rank(entry.path.name) for entry in candidates), default=2)
    if not candidates or (best == 2 and len(entries) > 1 and not any_name):
        for entry in entries:
            other = naming.is_of_another_set(entry.path.name)
            why = f"named as {naming.read(entry.path.name)[1]}" if other else "one of several"
            collection.refused.append(f"{entry.path}: {why}, and none is named {naming.name}.ipynb")
        return None
    chosen = max((e for e in candidates if naming.rank(e.path.name) == best), key=lambda entry: entry.when)
    passed_over = [entry for entry in entries if entry is not chosen]
    collection.notes += [f"{entry.path}: passed over, {chosen.path} is taken" for entry in passed_over]
    return chosen


def _hand_in(course: Course, name: str, student: str, content: bytes, submitted: Path, collection: Collection) -> None:
    target = _target(submitted, student, name)
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
        write_whole(kept, old)
        collection.replaced.append(student)
    write_whole(target, content)


def _target(submitted: Path, student: str, name: str) -> Path:
    """Where a student's notebook is kept."""
    return submitted / student / name / f"{name}.ipynb"


def _by_pattern(pattern: str) -> Finder:
    try:
        expression = re.compile(pattern)
    except re.error as error:
        raise ValueError(f"--pattern {pattern!r} is not a regular expression: {error}") from error
    if "student" not in expression.groupindex:
        raise ValueError(f"--pattern needs a group (?P<student>...), got {pattern!r}")

    def find(path: PurePosixPath) -> tuple[str, str]:
        found = expression.search(str(path))
        if not found or not found["student"]:
            raise ValueError("no student in this name; --pattern does not find one")
        return found["student"], str(path)[: found.start("student")].rpartition("/")[0]

    return find


def _by_layout(naming: NotebookName, download: Download, submitted: Path, notes: list[str]) -> Finder:
    """Tell students by the outermost folders, or by file names outside of folders.

    A student can put any folder and any name into a hand-in, so nothing below the student's own folder counts. Where
    all lies in one folder, that folder may be the student's, or hold those of the students.
    """

    def folders(path: PurePosixPath) -> list[str]:
        return [part for part in path.parts[:-1] if part not in naming.names]

    def claim(path: PurePosixPath, depth: int = 0) -> str:
        """What names the student, below that many folders: a folder, else the file; empty where nothing does."""
        if inner := folders(path)[depth : depth + 1]:
            return inner[0]
        moodle, (before, name) = _MOODLE.match(path.name), naming.read(path.name)
        return moodle[0] if moodle else before if name == naming.name else ""

    def find(path: PurePosixPath, depth: int = 0) -> tuple[str, str]:
        claimed = claim(path, depth)
        if not claimed:
            raise ValueError("no student in this name; say where with --pattern")
        kind = "folder" if folders(path)[depth:] else "file"
        return (found["student"] if (found := _MOODLE.match(claimed)) else claimed), f"{kind} {claimed}"

    inner = [entry.path for entry in download.notebooks if folders(entry.path)]
    shared = _shared([folders(place) for place in download.places if folders(place)])
    if not shared or any(claim(entry.path) for entry in download.notebooks if not folders(entry.path)):
        return find
    outer, inside = shared[0], {claim(path, len(shared)) for path in inner}
    if _MOODLE.match(outer) or os.path.isdir(submitted / outer):  # a student's, as we know
        return find
    if len(inside) > 1 and "" not in inside:
        notes.append(f"{'/'.join(shared)}: taken for a folder of students")
        return lambda path: find(path, len(shared))
    has_its_own = any(folders(path) == [outer] and naming.rank(path.name) == 0 for path in inner)
    if len(shared) == 1 and (has_its_own or inside <= {"", outer}):
        return find

    def ask(path: PurePosixPath) -> tuple[str, str]:
        choice = " or ".join(map(repr, [*shared, *sorted(inside - {"", *shared})]))
        raise ValueError(f"is the student {choice}? all lies in {'/'.join(shared)!r}; say with --pattern")

    return ask


def _shared(folders: list[list[str]]) -> list[str]:
    """The outermost folders that all have in common."""
    levels = zip(*folders, strict=False)
    return [level[0] for level in takewhile(lambda level: len(set(level)) == 1, levels)]


def _download(origin: Path) -> Download:
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
    return _of_zip(origin, members)


def _of_folder(origin: Path) -> Download:
    download = Download()
    for folder, subfolders, files in os.walk(origin, followlinks=False):
        for link in [name for name in subfolders if Path(folder, name).is_symlink()]:
            download.refused.append(f"{Path(folder, link).relative_to(origin)}: a link, not a folder")
        subfolders.sort()
        for path in (Path(folder, name) for name in sorted(files)):
            place = PurePosixPath(path.relative_to(origin))
            if _is_clutter(place):
                continue
            download.places.append(place)
            if not _is_notebook(place):
                continue
            status = path.lstat()
            if not stat.S_ISREG(status.st_mode):
                download.refused.append(f"{place}: a link or special file, not a notebook")
            elif status.st_size > MAX_BYTES:
                download.refused.append(_too_large(place, status.st_size))
            else:
                download.notebooks.append(Entry(place, status.st_mtime, status.st_size, partial(_read_file, path)))
    return download


def _read_file(path: Path) -> bytes:
    with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
        return file.read(MAX_BYTES)


def _of_zip(origin: Path, members: list[zipfile.ZipInfo]) -> Download:
    download = Download()
    for member in members:
        place = PurePosixPath(member.filename)
        if place.is_absolute() or ".." in place.parts or "\\" in member.filename:
            if _is_notebook(place):
                download.refused.append(f"{member.filename}: points outside the archive")
            continue
        if member.is_dir() or _is_clutter(place):
            continue
        download.places.append(place)
        if not _is_notebook(place):
            continue
        if stat.S_ISLNK(member.external_attr >> 16):
            download.refused.append(f"{place}: a link, not a notebook")
        elif member.file_size > MAX_BYTES:
            download.refused.append(_too_large(place, member.file_size))
        else:
            when = float(f"{''.join(f'{part:02d}' for part in member.date_time)}")
            download.notebooks.append(Entry(place, when, member.file_size, partial(_read_member, origin, member)))
    return download


def _read_member(origin: Path, member: zipfile.ZipInfo) -> bytes:
    with zipfile.ZipFile(origin) as archive, archive.open(member) as file:
        return file.read(MAX_BYTES)


def _too_large(place: PurePosixPath, size: int) -> str:
    return f"{place}: {size / 2**20:.0f} MB, more than {MAX_BYTES // 2**20}"


def _is_notebook(place: PurePosixPath) -> bool:
    return place.name.lower().endswith(".ipynb")


def _is_clutter(place: PurePosixPath) -> bool:
    """What JupyterLab and macOS put beside a person's files."""
    return not {".ipynb_checkpoints", "__MACOSX"}.isdisjoint(place.parts) or place.name.startswith("._")


def _is_folder_name(student: str) -> bool:
    return (
        student.isprintable()  # neither control characters nor bytes of no encoding
        and 0 < len(student.encode()) <= 128
        and not student.startswith((".", "-"))
        and student == student.strip()
        and not any(character in "/\\" for character in student)
    )
