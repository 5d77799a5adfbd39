"""Brightspace: `1001-2001 - Ada Lovelace - Oct 1, 2026 1200 PM/ps1_elbo.ipynb`, or flat, the file's name behind ` - `.

The student's number, the assignment's, the name, and the time of the submission, its hour and minute without a colon.
Every submission may be in the download, each in a folder of its own; `index.html` lists them.
"""

import re
from datetime import datetime

from autograder.classroom.collecting.platforms.platform import ByName, Claim, local_time

_NAME = re.compile(r"(?P<id>\d{1,20})-\d{1,20} ?- (?P<name>.+?) ?- (?P<rest>.+)", re.DOTALL)
_DATE = re.compile(
    r"(?P<month>[A-Za-z]{3})[a-z]*\.? (?P<day>\d{1,2}), (?P<year>\d{4}) "
    r"(?P<hour>\d{1,2}?)[:.]?(?P<minute>\d\d)(?: ?(?P<half>[AP])\.?M\.?)?(?: - .*)?",
    re.IGNORECASE | re.DOTALL,
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


class Brightspace(ByName):
    name, title = "brightspace", "Brightspace"
    introduction = "this is a Brightspace download"
    example = "1001-2001 - Ada Lovelace - Oct 1, 2026 1200 PM/ps1_elbo.ipynb"

    def claim(self, parts: tuple[str, ...]) -> Claim | None:
        found = _NAME.fullmatch(parts[0])
        if found is None:
            return None
        when = _time(found["rest"])
        return Claim(found["id"], found["name"], attempt=when, when=when)


def _time(text: str) -> datetime | None:
    """The time that a name says; None in another language."""
    found = _DATE.fullmatch(text)
    if found is None or found["month"].lower() not in _MONTHS:
        return None
    hour = int(found["hour"])
    if half := found["half"]:
        hour = hour % 12 + 12 * (half.lower() == "p")
    month = _MONTHS.index(found["month"].lower()) + 1
    return local_time(int(found["year"]), month, int(found["day"]), hour, int(found["minute"]))
