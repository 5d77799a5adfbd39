"""Names in archives, as they were meant: bytes of an encoding that nobody recorded, and Windows' separator.

A zip says of a name that it is UTF-8, or nothing; then it should be code page 437, by the format's definition, but many
programs write UTF-8 or the Windows code page without a word.

Reference: PKWARE's .ZIP File Format Specification (APPNOTE.TXT), section 4.4.4, bit 11, and appendix D.
"""

import unicodedata
from collections.abc import Sequence

_ENCODINGS = ("utf-8", "cp437", "cp850", "cp1252", "latin-1")
"""Those that are tried, in turn; all names of an archive were written by one program, and so in one of them."""


def meant(names: Sequence[bytes]) -> list[str]:
    """Names as text, in the first encoding by which all of them are words of European languages; UTF-8 first.

    Other scripts in an encoding that nobody recorded come out in wrong letters, or, where there are none, with lone
    surrogates for the bytes that are no UTF-8.
    """
    for encoding in _ENCODINGS:
        try:
            texts = [name.decode(encoding) for name in names]
        except UnicodeDecodeError:
            continue
        if encoding == "utf-8" or all(map(_is_latin, texts)):
            return texts
    return [name.decode("utf-8", "surrogateescape") for name in names]


def with_slashes(names: Sequence[str]) -> list[str]:
    """Names with / between folders, where a Windows program parted all of them by a backslash."""
    if any("/" in name for name in names):
        return list(names)
    return [name.replace("\\", "/") for name in names]


def _is_latin(text: str) -> bool:
    strange = [character for character in text if not character.isascii()]
    return all(unicodedata.name(character, "").startswith("LATIN ") for character in strange)
