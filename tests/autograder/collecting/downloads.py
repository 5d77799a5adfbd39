"""Imitated downloads of every learning platform, of one class with all that is hard to read in a download.

Dates of all files are equal, as platforms that pack a zip make them. In the class are two students of one name, letters
that are not ASCII, students with several attempts, with a browser's or Colab's or JupyterLab's name for the notebook,
with a zip, with files beside the notebook, and without a notebook.
"""

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

DATE = (2026, 10, 2, 8, 0, 0)
"""Of every file."""

Members = list[tuple[str, bytes]]


def zipped(members: Mapping[str, bytes] | Members) -> bytes:
    """A zip's bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items() if isinstance(members, Mapping) else members:
            archive.writestr(zipfile.ZipInfo(name, DATE), content)
    return buffer.getvalue()


@dataclass(frozen=True)
class Student:
    """One student of the class.

    Attributes:
        number: the platform's id, of four digits.
        attempts: file name to content, for each attempt, in order.
        counts: the content that should be collected, or None.
        late: whether the last attempt was late.
    """

    number: int
    first: str
    last: str
    login: str
    attempts: Sequence[Mapping[str, bytes]]
    counts: bytes | None
    late: bool = False

    @property
    def name(self) -> str:
        return f"{self.first} {self.last}"


def _work(text: str) -> bytes:
    return f'{{"cells": [], "of": "{text}"}}'.encode()


def the_class(name: str = "ps1_elbo") -> list[Student]:
    """Ten students who handed in the problem set of that name."""
    own = f"{name}.ipynb"
    pdf = b"%PDF-1.7"
    inner = zipped({f"work/{name}.ipynb": _work("dee"), "work/figure.png": b"png", "__MACOSX/._work": b"x"})
    rows: list[tuple[str, str, list[dict[str, bytes]], bytes | None]] = [
        ("Ada", "Lovelace", [{own: _work("ada")}], _work("ada")),
        ("Zoë", "Ünal", [{own: _work("zoe"), "notes.txt": b"x"}], _work("zoe")),
        ("Jo", "Smith", [{own: _work("jo the first")}], _work("jo the first")),
        ("Jo", "Smith", [{own: _work("jo the second")}], _work("jo the second")),
        ("Bo", "Ek", [{own: _work("bo early")}, {own: _work("bo late")}], _work("bo late")),
        ("Cy", "Young", [{f"{name}.ipynb.json": _work("cy")}], _work("cy")),
        ("Dee", "O'Hara", [{"work.zip": inner}], _work("dee")),
        ("Eve", "Adams", [{"essay.pdf": pdf}], None),
        ("Fay", "van der Berg", [{f"Copy_of_{name}.ipynb": _work("fay"), "scratch.ipynb": b"{}"}], _work("fay")),
        ("Gus", "Lee-Marr", [{f"{name}-Copy1 (1).ipynb": _work("gus"), "cases.npz": b"npz"}], _work("gus")),
    ]
    return [
        Student(1001 + 7 * place, first, last, f"s_{first[0].lower()}{place}", attempts, counts, place == 4)
        for place, (first, last, attempts, counts) in enumerate(rows)
    ]


@dataclass
class Imitation:
    """A download and what should come of it.

    Attributes:
        members: path to content, in the order of the archive.
        folders: each student's folder in submitted/, by number.
        times: folder to timestamp.txt, where the platform tells the time.
        named: whether it tells what people are called.
    """

    members: Members = field(default_factory=list)
    folders: dict[int, str] = field(default_factory=dict)
    times: dict[str, str] = field(default_factory=dict)
    named: bool = True

    def add(self, place: str, content: bytes) -> None:
        self.members.append((place, content))

    def save(self, path: Path, around: str = "") -> Path:
        """Write it as a zip, all in a folder of that name."""
        path.write_bytes(zipped([(around + name, content) for name, content in self.members]))
        return path

    def unpack(self, folder: Path) -> Path:
        """Write it as a folder."""
        for name, content in self.members:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return folder


def canvas(students: Sequence[Student]) -> Imitation:
    """Two downloads unpacked into one folder, before and after a second attempt."""
    made = Imitation()
    file_id = 80_000
    for student in students:
        front = "".join(letter for letter in f"{student.last}{student.first}".lower() if letter.isalnum())
        late = "_LATE" if student.late else ""
        for number, files in enumerate(student.attempts):
            for name, content in files.items():
                file_id -= 1 if number == 0 else -20_000
                stem, dot, ending = name.partition(".")
                again = f"-{number}" if number else ""
                made.add(f"{front}{late}_{student.number}_{file_id}_{stem}{again}{dot}{ending}", content)
        made.folders[student.number] = str(student.number)
    made.members.reverse()
    return made


def moodle(students: Sequence[Student], flat: bool = False) -> Imitation:
    """The last attempts, each in a folder, or with its folder's name before the file's."""
    made = Imitation()
    names = [student.name for student in students]
    for student in students:
        number = student.number - 900
        for name, content in student.attempts[-1].items():
            made.add(f"{student.name}_{number}_assignsubmission_file_{'' if flat else '/'}{name}", content)
        alone = names.count(student.name) == 1
        made.folders[student.number] = student.name if alone else f"{student.name} {number}"
    return made


def moodle_flat(students: Sequence[Student]) -> Imitation:
    return moodle(students, flat=True)


def moodle_blind(students: Sequence[Student]) -> Imitation:
    """No names: everybody is a participant."""
    made = Imitation(named=False)
    for student in students:
        for name, content in student.attempts[-1].items():
            made.add(f"Participant_{student.number}_assignsubmission_file_/{name}", content)
        made.folders[student.number] = f"Participant {student.number}"
    return made


def blackboard(students: Sequence[Student]) -> Imitation:
    """Every attempt, with a receipt each; the last one first."""
    made = Imitation()
    for student in students:
        for day, files in enumerate(student.attempts, start=1):
            front = f"Problem_Set 1_{student.login}_attempt_2026-10-{day:02d}-12-30-00"
            for name, content in files.items():
                made.add(f"{front}_{name}", content)
            receipt = f"Name: {student.name} ({student.login})\nAssignment: Problem_Set 1\nName: Ada (s_a0)\n"
            made.add(f"{front}.txt", receipt.encode())
            made.times[student.login] = f"2026-10-{day:02d} 12:30:00"
        made.folders[student.number] = student.login
    made.members.reverse()
    return made


def brightspace(students: Sequence[Student]) -> Imitation:
    """Every submission in a folder of its own, at noon and at a quarter past one, which comes first by the alphabet."""
    made = Imitation()
    made.add("index.html", b"<html>")
    for student in students:
        for number, files in enumerate(student.attempts):
            hour, said = (("1200 PM", "12:00:00"), ("115 PM", "13:15:00"))[number]
            for name, content in files.items():
                made.add(f"{student.number}-5001 - {student.name} - Oct 1, 2026 {hour}/{name}", content)
            made.times[str(student.number)] = f"2026-10-01 {said}"
        made.folders[student.number] = str(student.number)
    return made


def gradescope(students: Sequence[Student]) -> Imitation:
    """With a pair: the first two handed in together."""
    made = Imitation()
    metadata: dict[str, object] = {}
    for place, student in enumerate(students):
        submission, together = f"submission_{500 + place}", [student]
        made.folders[student.number] = str(student.number)
        for name, content in student.attempts[-1].items():
            made.add(f"assignment_42_export/{submission}/{name}", content)
        metadata[submission] = {
            ":submitters": [
                {":name": one.name, ":sid": str(one.number), ":email": f"{one.login}@example.org"} for one in together
            ],
            ":created_at": f"2026-10-01 12:00:{place:02d}.500000000 Z",
            ":score": 1.0,
        }
        made.times[str(student.number)] = f"2026-10-01 12:00:{place:02d}.500000 UTC"
    text = yaml.safe_dump(metadata, allow_unicode=True).replace(" Z'", " Z").replace("'2026", "2026")
    text = text.replace(":score: 1.0", ":score: !ruby/object:BigDecimal 18:0.1e1")
    made.add("assignment_42_export/submission_metadata.yml", text.encode())
    return made


def ilias(students: Sequence[Student]) -> Imitation:
    """All uploads of each student, with their times."""
    made = Imitation()
    ascii_of = str.maketrans({"ë": "e", "Ü": "Ue", " ": "_", "'": "_"})
    for student in students:
        folder = f"{student.last}_{student.first}_{student.login}_{student.number}".translate(ascii_of)
        for day, files in enumerate(student.attempts, start=1):
            for name, content in files.items():
                made.add(f"{folder}/202610{day:02d}120000_{name}", content)
            made.times[str(student.number)] = f"2026-10-{day:02d} 12:00:00"
        made.folders[student.number] = str(student.number)
    return made


def teams(students: Sequence[Student]) -> Imitation:
    """Every version, the tenth after the ninth, and drafts beside them; equal names cannot be in it."""
    made = Imitation()
    for student in _of_different_names(students):
        for number, files in enumerate(student.attempts, start=9):
            for name, content in files.items():
                made.add(f"Submitted files/{student.name}/Problem Set 1/Version {number}/{name}", content)
        made.folders[student.number] = student.name
    made.add("Working files/Hal Nine/Problem Set 1/ps1_elbo.ipynb", b"{}")
    return made


def takeout(students: Sequence[Student]) -> Imitation:
    """By class and person."""
    made = Imitation()
    for student in _of_different_names(students):
        for name, content in student.attempts[-1].items():
            made.add(f"Takeout/Classroom/Latent variables/{student.name}/{name}", content)
        made.folders[student.number] = student.name
    made.add("Takeout/archive_browser.html", b"<html>")
    return made


def classroom(students: Sequence[Student]) -> Imitation:
    """Side by side, each with the person's name before the file's."""
    made = Imitation()
    for student in _of_different_names(students):
        for name, content in student.attempts[-1].items():
            made.add(f"{student.name} - {name}", content)
        made.folders[student.number] = student.name
    return made


def nbgrader(students: Sequence[Student]) -> Imitation:
    """As `nbgrader collect` leaves it, with the secret names of the feedback pages, and a set of another week."""
    made = Imitation()
    for student in students:
        files = {**student.attempts[-1], "timestamp.txt": b"2026-10-01 12:00:00.000000 UTC"}
        for name, content in {**files, "submission_secret.txt": student.login.encode()}.items():
            made.add(f"{student.login}/ps1_elbo/{name}", content)
        made.add(f"{student.login}/ps2_sentence_vae/ps2_sentence_vae.ipynb", b"{}")
        made.times[student.login] = "2026-10-01 12:00:00.000000 UTC"
        made.folders[student.number] = student.login
    return made


def nbgrader_exchange(students: Sequence[Student]) -> Imitation:
    """As it lies in the exchange: every hand-in."""
    made = Imitation()
    for student in students:
        for day, files in enumerate(student.attempts, start=1):
            time = f"2026-10-{day:02d} 12:00:00.000000 UTC"
            for name, content in {**files, "timestamp.txt": time.encode()}.items():
                made.add(f"{student.login}+ps1_elbo+{time}+c0de{day}/{name}", content)
            made.times[student.login] = time
        made.folders[student.number] = student.login
    return made


def plain(students: Sequence[Student]) -> Imitation:
    """A folder for each student."""
    made = Imitation()
    for student in _of_different_names(students):
        for name, content in student.attempts[-1].items():
            made.add(f"{student.name}/{name}", content)
        made.folders[student.number] = student.name
    made.add("readme.txt", b"the class of 2026")
    return made


PLATFORMS: dict[str, tuple[str, Callable[[Sequence[Student]], Imitation]]] = {
    made.__name__: (made.__name__.partition("_")[0], made)
    for made in (
        canvas, moodle, moodle_flat, moodle_blind, blackboard, brightspace, gradescope, ilias, teams, takeout,
        classroom, nbgrader, nbgrader_exchange, plain,
    )
}  # fmt: skip
"""Kind of a download to the platform's name and to what makes one."""


def _of_different_names(students: Sequence[Student]) -> list[Student]:
    """The class of a platform that knows people by name alone."""
    return list({student.name: student for student in students}.values())
