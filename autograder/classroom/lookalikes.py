"""Names that a person cannot tell apart: the same letters stored in two ways, or letters of other scripts among them.

A learning platform or a file system may store `é` as one character or as two (Unicode's NFC and NFD), so that one
student's second hand-in becomes another student's. A student may call a folder by a neighbour's name, with a Cyrillic
letter for a Latin one.

Reference: Unicode Technical Standard 39, confusables.txt, of which _LATIN holds the Cyrillic and Greek letters that
look like a Latin one in most fonts.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Collection

_LATIN = str.maketrans(
    {
        **dict(zip("аеорсухіјѕԁһӏԛԝүѵ", "aeopcyxijsdhlqwyv", strict=True)),  # Cyrillic
        **dict(zip("АВЕЅІЈКМНОРСТУХҮԚԜ", "ABESIJKMHOPCTYXYQW", strict=True)),
        **dict(zip("αικνορυχϲϳ", "aikvopuxcj", strict=True)),  # Greek
        **dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX", strict=True)),
    }
)
_INVISIBLE = ("Cf", "Cc", "Mn")
"""Categories of characters that are not seen by themselves; of marks upon letters, those that no letter absorbs."""


def look(name: str) -> str:
    """What a person takes a name for: equal for names that look alike."""
    shown = unicodedata.normalize("NFKC", name)
    seen = "".join(letter for letter in shown if unicodedata.category(letter) not in _INVISIBLE)
    return " ".join(seen.translate(_LATIN).casefold().split())


def notes(names: Collection[str]) -> list[str]:
    """A line for each group of names that look alike."""
    groups: dict[str, list[str]] = defaultdict(list)
    for name in sorted(names):
        groups[look(name)].append(name)
    return [_told(group) for group in groups.values() if len(group) > 1]


def _told(group: list[str]) -> str:
    alike = " and ".join(repr(name) for name in group)
    if len({unicodedata.normalize("NFC", name) for name in group}) == 1:
        why = "the same letters, stored in two ways (Unicode NFC and NFD)"
    else:
        strange = sorted({letter for name in group for letter in name if not letter.isascii()})
        why = ", ".join(unicodedata.name(letter, f"U+{ord(letter):04X}") for letter in strange[:4])
        why = f"with {why}" if strange else "but for capitals and spaces"
    return f"{alike} look alike, {why}: are they one student, or does one use another's name?"
