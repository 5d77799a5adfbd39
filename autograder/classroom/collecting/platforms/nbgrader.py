"""nbgrader: `ada/ps1_elbo/ps1_elbo.ipynb` beside `timestamp.txt`, as collected; or, as it lies in the exchange,
`ada+ps1_elbo+2026-10-01 12:00:00.000000 UTC+CODE/ps1_elbo.ipynb`.

`timestamp.txt` and `submission_secret.txt` travel with the notebook: nbgrader needs them for late penalties, and to
release feedback.

Source: `nbgrader/exchange/default/submit.py`.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import PurePosixPath

from autograder.classroom.collecting.platforms.platform import Aside, ByName, Claim, Sight
from autograder.handins import SECRET, TIMESTAMP


class Nbgrader(ByName):
    name, title = "nbgrader", "nbgrader"
    introduction = "this is an nbgrader download"
    example = f"ada/ps1_elbo/ps1_elbo.ipynb, beside {TIMESTAMP}"
    companions = (TIMESTAMP, SECRET)

    def claim(self, parts: tuple[str, ...]) -> Claim | None:
        if len(parts) < 2:
            return None
        student, *rest = parts[0].split("+")
        if len(rest) > 1 and (when := _time(rest[1])):
            return Claim(student, student, attempt=when, when=when)
        return Claim(student, student) if not rest and len(parts) > 2 and parts[1] in self.sight.naming.names else None

    def claims(self, path: PurePosixPath) -> Sequence[Claim]:
        found = super().claims(path)
        parts = path.parts[self.depth :]
        of = parts[0].split("+")[1] if "+" in parts[0] else parts[1]
        if of != self.sight.naming.name:
            raise Aside(f"of {of}")
        return found

    @classmethod
    def recognised(cls, sight: Sight, *, named: bool = False) -> "Nbgrader | None":
        """By the timestamps, too, which more than half of the students have."""
        found = super().recognised(sight, named=named)
        if found is None or named:
            return found
        inside = [path.parts[found.depth :] for path in sight.paths if len(path.parts) > found.depth]
        stamped = {p[0] for p in inside if p[2:] == (TIMESTAMP,) or p[1:] == (TIMESTAMP,) or "+" in p[0]}
        return found if 2 * len(stamped) > len({parts[0] for parts in inside}) else None


def _time(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S.%f UTC").replace(tzinfo=UTC)
    except ValueError:
        return None
