"""What people read in a terminal: names and messages that students chose can neither move its cursor nor colour it."""


def plain(text: str) -> str:
    """A line without control characters, line ends included; each shows as a replacement character."""
    return "".join(character if character.isprintable() else "�" for character in text)


def plain_lines(text: str) -> str:
    """A text of several lines, each without control characters."""
    return "\n".join(map(plain, text.split("\n")))
