"""No platform: `ada_ps1_elbo.ipynb`, `ada/ps1_elbo.ipynb` or `ada/ps1_elbo/ps1_elbo.ipynb`.

A student can put any folder and any name into a hand-in, so nothing below the student's own folder counts. Where all
lies in one folder, that folder may be the student's, or hold those of the students.
"""

from collections.abc import Sequence
from pathlib import PurePosixPath

from autograder.classroom.collecting.download import EMPTY
from autograder.classroom.collecting.notebook_names import is_notebook
from autograder.classroom.collecting.platforms.platform import Aside, Claim, Platform, Sight, common


class Plain(Platform):
    name, title = "plain", "plain folders"
    introduction = "this is no learning platform's download that is known: read by plain folders and names"
    example = "ada/ps1_elbo.ipynb or ada_ps1_elbo.ipynb"

    def __init__(self, sight: Sight) -> None:
        self._naming = sight.naming
        self._depth, self._ask, self.notes = 0, "", []
        handed_in = [path for path in sight.paths if _counts(path)]
        inner = [path for path in handed_in if self._folders(path)]
        shared = common([self._folders(path) for path in sight.paths if self._folders(path)])
        if not shared or any(self._whose(path, 0) for path in handed_in if not self._folders(path)):
            return
        outer, inside = shared[0], {self._whose(path, len(shared)) for path in inner}
        if sight.is_students(outer):  # a student's, as we know
            return
        if len(inside) > 1 and "" not in inside:
            self._depth, self.notes = len(shared), [f"{'/'.join(shared)}: taken for a folder of students"]
            return
        has_its_own = any(
            self._folders(path) == [outer] and sight.naming.rank(_as_notebook(path)) == 0 for path in inner
        )
        if len(shared) > 1 or not (has_its_own or inside <= {"", outer}):
            choice = " or ".join(map(repr, [*shared, *sorted(inside - {"", *shared})]))
            self._ask = f"is the student {choice}? all lies in {'/'.join(shared)!r}; say with --pattern"

    @classmethod
    def recognised(cls, sight: Sight, *, named: bool = False) -> "Plain":
        """Whatever it is."""
        return cls(sight)

    def claims(self, path: PurePosixPath) -> Sequence[Claim]:
        if self._ask:
            raise ValueError(self._ask)
        claimed = self._whose(path, self._depth)
        if not claimed:
            if not _counts(path):
                raise Aside("beside the hand-ins, and no notebook")
            alone = ", or collect this zip by itself" if path.suffix.lower() == ".zip" else ""
            raise ValueError(f"no student in this name; say where with --pattern{alone}")
        kind = "folder" if self._folders(path)[self._depth :] else "file"
        return (Claim(claimed, claimed, holder=f"{kind} {claimed}"),)

    def _folders(self, path: PurePosixPath) -> list[str]:
        return [part for part in path.parts[:-1] if part not in self._naming.names]

    def _whose(self, path: PurePosixPath, depth: int) -> str:
        """What names the student, below that many folders: a folder, else the file; empty where nothing does."""
        if inner := self._folders(path)[depth : depth + 1]:
            return inner[0]
        before, name = self._naming.read(_as_notebook(path))
        return before if name == self._naming.name else ""


def _counts(path: PurePosixPath) -> bool:
    """Whether a file may hold a notebook, or stands for a folder without one."""
    return is_notebook(path.name) or path.suffix.lower() == ".zip" or path.name == EMPTY


def _as_notebook(path: PurePosixPath) -> str:
    """A file's name, a zip's read like that of the notebook in it."""
    return f"{path.stem}.ipynb" if path.suffix.lower() == ".zip" else path.name
