"""What people read in a terminal: names and messages that students chose can neither move its cursor nor colour it."""

import sys


def plain(text: str) -> str:
    """A line without control characters, line ends included; each shows as a replacement character."""
    return "".join(character if character.isprintable() else "�" for character in text)


def plain_lines(text: str) -> str:
    """A text of several lines, each without control characters."""
    return "\n".join(map(plain, text.split("\n")))


def tell(line: str) -> None:
    """A line for who runs the command, on stderr, above a progress bar where there is one."""
    from tqdm import tqdm  # only then: commands that say nothing start at once

    tqdm.write(plain(line), file=sys.stderr)
