"""A person says how names hold the student, by a regular expression with a group `student`."""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from autograder.classroom.collecting.platforms.platform import Claim, Platform, Sight


class ByPattern(Platform):
    """Args: the expression; searched in each path.

    Raises:
        ValueError: it is none, or has no such group.
    """

    name, title, example = "pattern", "your pattern", ""
    introduction = "names are read by --pattern"

    def __init__(self, pattern: str) -> None:
        try:
            self._expression = re.compile(pattern)
        except re.error as error:
            raise ValueError(f"--pattern {pattern!r} is not a regular expression: {error}") from error
        if "student" not in self._expression.groupindex:
            raise ValueError(f"--pattern needs a group (?P<student>...), got {pattern!r}")

    @classmethod
    def recognised(cls, sight: Sight, *, named: bool = False) -> None:
        """Never: a person gives it."""
        return None

    def claims(self, path: PurePosixPath) -> Sequence[Claim]:
        found = self._expression.search(str(path))
        if not found or not found["student"]:
            raise ValueError("no student in this name; --pattern does not find one")
        before = str(path)[: found.start("student")].rpartition("/")[0]
        return (Claim(found["student"], found["student"], holder=before),)
