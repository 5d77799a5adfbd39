"""What became of every file of a download, so that nothing is dropped without a line."""

from dataclasses import dataclass, field
from typing import Any

from autograder.handins import HandIn

SHOWN = 300
"""Characters of a path in a line for people; names may have 60,000."""
MOST = 800
"""Characters of a line."""


@dataclass
class Collection:
    """What became of a download; each list but the last two holds students, or lines for a person to read.

    Attributes:
        platform, title, introduction: the one it comes from, for --platform, for people, and as a sentence.
        people: how many students' hand-ins it holds.
        new, replaced, unchanged: students.
        without: who handed something in, but no notebook.
        notes: how the download was read, which notebooks were passed over for another of the same student, and which
            students' names look alike.
        refused: what needs a person.
        files: every file of the download, and files in students' zips, with what became of it.
        handins: what was taken.
    """

    platform: str = ""
    title: str = ""
    introduction: str = ""
    people: int = 0
    new: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    without: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    files: list[tuple[str, str]] = field(default_factory=list)
    handins: list[HandIn] = field(default_factory=list)

    @property
    def needs_a_person(self) -> bool:
        return bool(self.refused or self.without)

    def refuse(self, place: str, why: str) -> None:
        """Leave a file to a person."""
        why = shortened(why, MOST)
        self.refused.append(f"{shortened(place)}: {why}")
        self.files.append((place, f"refused: {why}"))

    def leave(self, place: str, why: str) -> None:
        """Leave a file that nobody needs to look at."""
        self.files.append((place, f"left: {shortened(why, MOST)}"))

    def note(self, *lines: str) -> None:
        """Tell a person what they may want to know."""
        self.notes += [shortened(line, MOST) for line in lines]

    def to_text(self) -> str:
        """A line for each file."""
        return "".join(f"{_one_line(place)}\t{_one_line(fate)}\n" for place, fate in sorted(self.files))

    def to_json(self) -> dict[str, Any]:
        found = {name: value for name, value in vars(self).items() if name != "handins"}
        return found | {"files": [list(line) for line in self.files], "handins": [vars(one) for one in self.handins]}


def shortened(text: str, most: int = SHOWN) -> str:
    """A path, or a line, as people read it: of a very long one, its beginning and its end."""
    return text if len(text) <= most else f"{text[: most // 2]} … {text[-most // 2 :]}"


def _one_line(text: str) -> str:
    return "".join(character if character.isprintable() else f"\\x{ord(character):02x}" for character in text)
