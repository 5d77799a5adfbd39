"""What all learning platforms have in common: their downloads' names tell whose each file is."""

import contextlib
import os
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar, Self

from autograder.classroom.collecting.download import Download
from autograder.classroom.collecting.notebook_names import NotebookName

FURNITURE = ("index.html", "index.htm", "readme.txt", "grades.csv")
"""Files that platforms and people put beside the hand-ins, which say nothing of a download's shape."""

MOST_AROUND = 4
"""How many folders around a download are looked through."""


class Aside(Exception):
    """A file that is no part of a hand-in; the message says what it is."""


@dataclass(frozen=True)
class Claim:
    """Whose a file is, as the platform's names say.

    Attributes:
        id: the platform's of the student; of one that has none, the name.
        name: what the platform calls the student; "" where it does not tell.
        email: "" where the platform does not tell.
        attempt: the larger, the later; None where a download holds one attempt of each student, or does not tell.
        order: of the files of one attempt, the larger, the later; None where the names do not tell.
        when: it was handed in, by the clock of this machine's zone where the name says no zone; None where unknown.
        late: whether the platform marks it as late.
        holder: what in the download is this student's; two holders of one student are refused.
    """

    id: str
    name: str = ""
    email: str = ""
    attempt: Any = None
    order: int | None = None
    when: datetime | None = None
    late: bool = False
    holder: str = ""


@dataclass(frozen=True)
class Sight:
    """What a platform is recognised by.

    Attributes:
        download: its files.
        naming: reads the names of problem sets.
        submitted: the course's folder; who has a folder there is a student.
    """

    download: Download
    naming: NotebookName
    submitted: Path

    @property
    def paths(self) -> list[PurePosixPath]:
        """Of all files, in order."""
        return [file.path for file in self.download.files]

    @property
    def shared(self) -> list[str]:
        """The outermost folders that all files have in common but those outside of folders."""
        return common([path.parts[:-1] for path in self.paths if len(path.parts) > 1])

    def is_students(self, folder: str) -> bool:
        """Whether a folder is known as a student's."""
        return os.path.isdir(self.submitted / folder)


class Platform(ABC):
    """Reads the names in one platform's downloads.

    Attributes:
        name: for --platform.
        title: for people.
        introduction: what is said of a download that was recognised.
        example: a path in such a download.
        has_lasting_ids: whether a student has the same id in every problem set; else the name says who it is, and the
            id only tells two students of one name apart.
        companions: files that travel with the notebook beside which they lie.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    introduction: ClassVar[str]
    example: ClassVar[str]
    has_lasting_ids: ClassVar[bool] = True
    companions: ClassVar[tuple[str, ...]] = ()
    notes: Sequence[str] = ()

    @classmethod
    @abstractmethod
    def recognised(cls, sight: Sight, *, named: bool = False) -> Self | None:
        """The platform, ready to read, where the download is one of its; `named`: a person says that it is."""

    @abstractmethod
    def claims(self, path: PurePosixPath) -> Sequence[Claim]:
        """Whose a file is: one student's, or several who handed in together.

        Raises:
            Aside: it is no part of a hand-in. ValueError: nothing tells whose it is.
        """

    def folder(self, path: PurePosixPath) -> str:
        """The platform's own name for the student's folder, or for the file where it lies in none."""
        return path.parts[0]

    def is_receipt(self, path: PurePosixPath) -> bool:
        """Whether the platform itself wrote a file into a hand-in."""
        return path.name in self.companions


class ByName(Platform):
    """A platform each of whose files or folders names its student.

    Args:
        depth: how many folders lie around those.
    """

    def __init__(self, sight: Sight, depth: int = 0) -> None:
        self.sight, self.depth = sight, depth

    @abstractmethod
    def claim(self, parts: tuple[str, ...]) -> Claim | None:
        """Whose a path is, below the folders around; None where it has not this platform's shape."""

    @classmethod
    def recognised(cls, sight: Sight, *, named: bool = False) -> Self | None:
        """Where more than half of what lies side by side has this platform's shape.

        One folder around it all may be a student's own, who can give what is in it any name: it must be none that we
        know, and hold several people.
        """
        shared, best = sight.shared, 0
        found = None
        for depth in range(min(len(shared), MOST_AROUND) + 1):
            reader = cls(sight, depth)
            fitting, all_of_them = reader._fit()
            sound = depth == 0 or (reader._people() > 1 and not sight.is_students(shared[0]))
            if (named and fitting > best) or (2 * fitting > all_of_them and sound and found is None):
                found, best = reader, fitting
        return found

    def claims(self, path: PurePosixPath) -> Sequence[Claim]:
        claim = self._claim(path)
        if claim is None:
            raise ValueError(f"not named as {self.title} names hand-ins")
        return (claim,)

    def folder(self, path: PurePosixPath) -> str:
        return path.parts[self.depth]

    def _claim(self, path: PurePosixPath) -> Claim | None:
        return self.claim(path.parts[self.depth :]) if len(path.parts) > self.depth else None

    def _people(self) -> int:
        """How many people's names there are."""
        people = set()
        for path in self.sight.paths:
            with contextlib.suppress(Aside):
                if claim := self._claim(path):
                    people.add(claim.id)
        return len(people)

    def _fit(self) -> tuple[int, int]:
        """How many of the files and folders side by side have this platform's shape, and of how many."""
        fit: dict[str, bool] = {}
        for path in self.sight.paths:
            parts = path.parts[self.depth :]
            if parts and not (len(parts) == 1 and parts[0].lower() in FURNITURE):
                with contextlib.suppress(Aside):
                    fit[parts[0]] = fit.get(parts[0], False) or self.claim(parts) is not None
        return sum(fit.values()), len(fit)


def common(folders: Sequence[Sequence[str]]) -> list[str]:
    """The outermost folders that all have in common."""
    levels = zip(*folders, strict=False)
    return [level[0] for level in takewhile(lambda level: len(set(level)) == 1, levels)]


def local_time(*parts: int) -> datetime | None:
    """Year, month, day, hour, minute and second in this machine's zone; None where there is no such time."""
    try:
        return datetime(*parts).astimezone()  # type: ignore[arg-type]
    except (ValueError, OverflowError, OSError):
        return None
