"""Downloaded notebooks, in a folder or a zip, into nbgrader's layout: submitted/STUDENT/NAME/NAME.ipynb.

Nothing that a student made decides where a file is written or whose it is: links, and zip members that point elsewhere,
are refused; the names that the learning platform made tell the student; what a new notebook replaces is kept.
"""

import hashlib
import shutil
import stat
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from pathlib import Path

from autograder.classroom import lookalikes
from autograder.classroom.collecting.account import Collection, shortened
from autograder.classroom.collecting.choosing import Entry, choose
from autograder.classroom.collecting.download import Download, File, is_zip, open_download, open_inner
from autograder.classroom.collecting.notebook_names import NotebookName, is_notebook
from autograder.classroom.collecting.platforms import named, recognise
from autograder.classroom.collecting.platforms.pattern import ByPattern
from autograder.classroom.collecting.platforms.platform import Aside, Platform, Sight
from autograder.classroom.collecting.students import folder_names, is_blind, is_folder_name
from autograder.course import Course
from autograder.files import write_whole
from autograder.handins import MAX_RECEIPT, TIMESTAMP, HandIn, read_handins, write_handins
from autograder.roster import FILE_NAME as ROSTER
from autograder.roster import Person, read_roster
from latentkit.wording import listed

MAX_TOTAL_BYTES = 8 * 2**30
"""What one collection may write, all notebooks together; no more than half of the disk's free space either."""
SHOWN_FILES = 3
ACCOUNT = "collected.txt"
CLUTTER = "put there by a computer, not by a person"
STAMP = "%Y-%m-%d %H:%M:%S.%f %Z"
"""How nbgrader writes a time into timestamp.txt."""


def collect(
    course: Course,
    name: str,
    origin: Path,
    submitted: Path,
    pattern: str | None = None,
    platform: str | None = None,
) -> Collection:
    """Copy each student's newest notebook of the problem set into `submitted`.

    Args:
        name: the problem set.
        origin: a folder or a zip, as a learning platform makes it, or with names such as `ada_NAME.ipynb`,
            `ada/NAME.ipynb` or `ada/NAME/NAME.ipynb`.
        submitted: where to; what is replaced there is kept under the course's `.autograder/NAME/replaced/`.
        pattern: a regular expression with a group `student` that finds the student in a path, for other names.
        platform: the name of the one that the download comes from; None: it is recognised by its shape.
    Raises:
        ValueError: the pattern has no such group; or the platform is none, or its names are not in the download; or
            the origin is neither folder nor zip, or damaged. OSError: it is unreadable.
    """
    if pattern is not None and platform is not None:
        raise ValueError("a pattern reads names instead of a platform's rules: give --pattern or --platform, not both")
    by_pattern = None if pattern is None else ByPattern(pattern)
    download = open_download(origin)
    naming = NotebookName(name, course.names())
    sight = Sight(download, naming, submitted)
    source = by_pattern or (named(platform, sight) if platform else recognise(sight))
    before = read_handins(course, name)
    found = Collection(source.name, source.title, source.introduction)
    found.note(*_repaired(download), *source.notes)
    for place, why in download.refused:
        found.refuse(place, why)
    for place in download.clutter:
        found.leave(place, CLUTTER)
    roster = read_roster(course) if course.is_own(submitted) else None
    students = _by_student(source, download, before, roster or {}, found)
    found.people = len(students)
    chosen: dict[str, Taken] = {}
    for student, entries in sorted(students.items()):
        if (taken := _choice(source, naming, student, entries, found)) is not None:
            chosen[student] = taken
    _leave_room(chosen, name, submitted, found)
    for student, taken in chosen.items():
        _hand_in(course, name, student, taken, submitted, source, found)
    _tell_of_groups_and_late(found)
    if roster is not None:
        found.note(*_strangers(source, students, roster))
    found.note(*_of_other_ids(course, name, source, found.handins))
    write_handins(course, name, found.handins)
    present = {path.name for path in submitted.iterdir() if path.is_dir()} if submitted.is_dir() else set()
    alike = lookalikes.notes({*present, *students})
    found.note(*(line for line in alike if any(repr(student) in line for student in students)))
    write_whole(course.state_dir(name) / ACCOUNT, found.to_text())
    return found


@dataclass(frozen=True)
class Taken:
    """The notebook that counts for a student, and what travels with it."""

    entry: Entry
    companions: Sequence[File] = ()

    @property
    def files(self) -> list[File]:
        return [self.entry.file, *self.companions]


def _by_student(
    source: Platform,
    download: Download,
    before: Mapping[str, HandIn],
    roster: Mapping[str, Person],
    found: Collection,
) -> dict[str, list[Entry]]:
    """The files of each student, by the name of the folder in submitted/."""
    owned: list[Entry] = []
    for file in download.files:
        try:
            claims = source.claims(file.path)
        except Aside as aside:
            found.leave(str(file.path), str(aside))
        except ValueError as error:
            _refuse_or_leave(found, file, str(error))
        else:
            owned += [Entry(file, claim) for claim in claims]
    folders, notes = folder_names(source, [entry.claim for entry in owned], before, roster)
    found.note(*notes)
    students: dict[str, list[Entry]] = {}
    for entry in owned:
        student = folders[entry.claim.id, entry.claim.name]
        if is_folder_name(student):
            students.setdefault(student, []).append(entry)
        else:
            _refuse_or_leave(found, entry.file, f"{shortened(student)!r} cannot name a student's folder")
    return students


def _choice(
    source: Platform, naming: NotebookName, student: str, entries: list[Entry], found: Collection
) -> Taken | None:
    """A student's newest notebook of the problem set; what became of the other files goes into `found`."""
    handed_in = [entry for entry in entries if _may_count(entry.file)]
    if len(holders := {entry.claim.holder or entry.claim.id for entry in handed_in}) > 1:
        text = f"{len(holders)} hand-ins claim to be {student!r}; collect the right one alone, or use --pattern"
        for entry in entries:
            _refuse_or_leave(found, entry.file, text)
        return None
    companions = [entry.file for entry in entries if entry.file.path.name in source.companions]
    opened, inner_zips = _with_what_zips_hold([e for e in entries if e.file not in companions], found)
    choice = choose(naming, opened, any_name=isinstance(source, ByPattern))
    for file, why, needs_a_person in choice.fates:
        (found.refuse if needs_a_person else found.leave)(str(file.path), why)
    found.note(*choice.notes)
    there = choice.taken
    for file in inner_zips:
        note = "a zip in a zip, which is not opened"
        (found.refuse if there is None else found.leave)(str(file.path), note)
    beside = _beside(there.file, companions) if there is not None else []
    for file in companions:
        if file not in beside:
            found.leave(str(file.path), "beside no notebook that is taken")
    if there is not None:
        return Taken(there, beside)
    if not any(is_notebook(entry.file.path.name) for entry in opened):
        called = Person(student, entries[0].claim.name).called
        own = [entry.file for entry in entries if not source.is_receipt(entry.file.path)]
        found.without.append(f"{shortened(called)}: {_held(own)}")
    return None


def _beside(file: File, companions: Sequence[File]) -> list[File]:
    """Of the files that may travel with a notebook those in the folder of the hand-in, one of each name."""
    around = [companion for companion in companions if file.path.is_relative_to(companion.path.parent)]
    outermost = sorted(around, key=lambda companion: -len(companion.path.parts))
    return list({companion.path.name: companion for companion in outermost}.values())


def _with_what_zips_hold(entries: Sequence[Entry], found: Collection) -> tuple[list[Entry], list[File]]:
    """A student's files, those in zips in place of the zips; and the zips that lie in zips."""
    opened: list[Entry] = []
    inner_zips: list[File] = []
    for entry in entries:
        if not is_zip(entry.file):
            opened.append(entry)
            continue
        try:
            inner = open_inner(entry.file)
        except ValueError as error:
            found.refuse(str(entry.file.path), str(error))
            continue
        found.leave(str(entry.file.path), "a zip, whose files follow")
        for place in inner.clutter:
            found.leave(place, CLUTTER)
        for place, why in inner.refused:
            (found.refuse if is_notebook(place) else found.leave)(place, why)
        inner_zips += [file for file in inner.files if is_zip(file)]
        opened += [Entry(file, entry.claim) for file in inner.files if not is_zip(file)]
    return opened, inner_zips


def _leave_room(chosen: dict[str, Taken], name: str, submitted: Path, found: Collection) -> None:
    """Refuse the largest notebooks, if need be, until what is left may be written; the others are not held up.

    What lies there already, byte for byte, is not written again and needs no room.
    """
    place = next(folder for folder in (submitted, *submitted.absolute().parents) if folder.is_dir())
    room = min(MAX_TOTAL_BYTES, shutil.disk_usage(place).free // 2)
    sizes = {student: taken.entry.file.size for student, taken in chosen.items()}
    if sum(sizes.values()) <= room:
        return
    fresh = {s: size for s, size in sizes.items() if not _lies_at(_target(submitted, s, name), chosen[s].entry.file)}
    total = sum(fresh.values())
    said = f"all that are not there yet take {total / 2**20:.0f} MB, and there is room for {room / 2**20:.0f}"
    for student, size in sorted(fresh.items(), key=lambda item: -item[1]):
        if total <= room:
            return
        total -= size
        for file in chosen.pop(student).files:
            found.refuse(str(file.path), f"{size / 2**20:.0f} MB; {said}: collect the largest by themselves")


def _hand_in(
    course: Course, name: str, student: str, taken: Taken, submitted: Path, source: Platform, found: Collection
) -> None:
    """Write a student's notebook, what travels with it, and the time that the platform tells."""
    file, claim, target = taken.entry.file, taken.entry.claim, _target(submitted, student, name)
    if any(part.is_symlink() for part in (target, target.parent, target.parent.parent)):
        found.refuse(str(file.path), f"a link stands where the notebook should go, {target}: remove it")
        return
    try:
        contents = [one.read() for one in taken.files]
    except Exception as error:  # a damaged or encrypted member raises what its decompressor does: zlib, lzma
        found.refuse(str(file.path), f"{error or type(error).__name__}")
        for companion in taken.companions:
            found.leave(str(companion.path), "beside a notebook that cannot be read")
        return
    try:
        state = _write(course, name, student, target, contents[0])
    except (NotADirectoryError, IsADirectoryError, FileExistsError) as error:
        found.refuse(str(file.path), f"something stands where the notebook should go, {target}: {error.strerror}")
        for companion in taken.companions:
            found.leave(str(companion.path), "beside a notebook that is not taken")
        return
    getattr(found, state).append(student)
    when = "" if claim.when is None else f"{claim.when.astimezone(UTC):{STAMP}}"
    beside = {TIMESTAMP: when.encode()} if when else {}
    beside |= {one.path.name: content for one, content in zip(taken.companions, contents[1:], strict=True)}
    if state == "replaced" and TIMESTAMP not in beside:  # the time of what was replaced
        target.with_name(TIMESTAMP).unlink(missing_ok=True)
    for file_name, content in beside.items():
        write_whole(target.with_name(file_name), content[:MAX_RECEIPT])
    for one in taken.files:
        found.files.append((str(one.path), f"taken: {student}"))
    iso = "" if claim.when is None else claim.when.isoformat()
    called = claim.name if claim.name and not is_blind(claim.name) else student
    hand = HandIn(student, source.name, claim.id, called, claim.email, str(file.path), source.folder(file.path))
    found.handins.append(replace(hand, when=iso, late=claim.late))


def _write(course: Course, name: str, student: str, target: Path, content: bytes) -> str:
    """Write a notebook, and keep what it replaces: "new", "replaced" or "unchanged"."""
    if not target.exists():
        write_whole(target, content)
        return "new"
    if (old := target.read_bytes()) == content:
        return "unchanged"
    write_whole(course.state_dir(name) / "replaced" / student / f"{hashlib.sha256(old).hexdigest()[:16]}.ipynb", old)
    write_whole(target, content)
    return "replaced"


def _lies_at(target: Path, file: File) -> bool:
    """Whether a notebook's bytes stand there; one that cannot be read is told of when it is to be taken."""
    try:
        status = target.lstat()
        return stat.S_ISREG(status.st_mode) and status.st_size == file.size and target.read_bytes() == file.read()
    except Exception:  # what a damaged or encrypted member of a zip raises is its decompressor's
        return False


def _target(submitted: Path, student: str, name: str) -> Path:
    """Where a student's notebook is kept."""
    return submitted / student / name / f"{name}.ipynb"


def _refuse_or_leave(found: Collection, file: File, why: str) -> None:
    """Leave to a person what may be a hand-in; what else nobody claims is only told."""
    may_be = _may_count(file) or file.is_empty_folder
    (found.refuse if may_be else found.leave)(str(file.path), why)


def _may_count(file: File) -> bool:
    return is_notebook(file.path.name) or is_zip(file)


def _held(files: Sequence[File]) -> str:
    """What there is in place of a notebook."""
    names = [shortened(file.path.name) for file in files if not file.is_empty_folder]
    if not names:
        return "an empty folder" if files else "only the platform's own receipt"
    more = f" and {len(names) - SHOWN_FILES} more" if len(names) > SHOWN_FILES else ""
    return f"only {', '.join(names[:SHOWN_FILES])}{more}"


def _repaired(download: Download) -> list[str]:
    if not download.repaired:
        return []
    stored, meant = next(iter(sorted(download.repaired.items())))
    count = len(download.repaired)
    return [f"{count} name{'s' * (count > 1)} in it repaired, as {shortened(stored)!r} to {shortened(meant)!r}"]


def _tell_of_groups_and_late(found: Collection) -> None:
    groups: dict[str, list[str]] = {}
    for hand in found.handins:
        groups.setdefault(hand.place, []).append(hand.student)
    shared = {place: students for place, students in groups.items() if len(students) > 1}
    found.note(*(f"{shortened(place)}: a group's, taken for each of {listed(s)}" for place, s in shared.items()))
    if late := [Person(hand.student, hand.name).called for hand in found.handins if hand.late]:
        found.note(f"marked late by {found.title}: {', '.join(late)}")


def _strangers(source: Platform, students: Iterable[str], roster: Mapping[str, Person]) -> list[str]:
    """Who hands in without being on the roster; or that the roster calls everybody by something else."""
    strangers = [student for student in students if student not in roster]
    if not strangers:
        return []
    if len(strangers) == len(list(students)):
        what = f"{source.title}'s id" if source.has_lasting_ids else "the full name"
        return [f"{ROSTER} lists nobody of these, such as {strangers[0]!r}: its column for students needs {what}"]
    return [f"not on {ROSTER}: {', '.join(map(shortened, strangers))}"]


def _of_other_ids(course: Course, name: str, source: Platform, handins: Sequence[HandIn]) -> list[str]:
    """Who bears the name of somebody whom the platform knows by another id in another problem set."""
    earlier = [hand for other in course.names() if other != name for hand in read_handins(course, other).values()]
    earlier = [hand for hand in earlier if hand.platform == source.name and source.has_lasting_ids]
    known = {hand.id for hand in earlier}
    ids = {hand.name: hand.id for hand in earlier if hand.name != hand.id}
    return [
        f"{hand.name!r} is {hand.id} here and {ids[hand.name]} in another problem set: two students, or one?"
        for hand in handins
        if hand.name in ids and hand.id not in known
    ]
