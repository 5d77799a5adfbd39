"""Google Takeout: `Takeout/Classroom/CLASS/Ada Lovelace/ps1_elbo.ipynb`, by class and person.

A folder for the problem set may stand before or behind the person's, and other folders that all of a class share.
"""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import PurePosixPath

from autograder.classroom.collecting.platforms.platform import Aside, Claim, Platform, Sight, common

_CLASSROOM = ("classroom", "google classroom")


class Takeout(Platform):
    name, title = "takeout", "Google Takeout"
    introduction = "this is a Google Takeout download"
    example = "Takeout/Classroom/Latent variables/Ada Lovelace/ps1_elbo.ipynb"
    has_lasting_ids = False

    def __init__(self, sight: Sight) -> None:
        self._sets = set(sight.naming.names)
        classes: dict[str, list[list[str]]] = defaultdict(list)
        for path in sight.paths:
            if len(folders := self._folders(path)) > 1:
                classes[folders[0]].append(folders[1:])
        self._around = {}
        for taught, inside in classes.items():
            shared = common(inside)
            people = {folders[len(shared)] for folders in inside if len(folders) > len(shared)}
            self._around[taught] = len(shared) if len(people) > 1 else max(0, len(shared) - 1)

    @classmethod
    def recognised(cls, sight: Sight, *, named: bool = False) -> "Takeout | None":
        outermost = {path.parts[0] for path in sight.paths if len(path.parts) > 1}
        inside = {path.parts[1].lower() for path in sight.paths if len(path.parts) > 2}
        return cls(sight) if outermost == {"Takeout"} and not inside.isdisjoint(_CLASSROOM) else None

    def claims(self, path: PurePosixPath) -> Sequence[Claim]:
        if len(path.parts) < 3 or path.parts[0] != "Takeout" or path.parts[1].lower() not in _CLASSROOM:
            raise Aside("not from Classroom")
        taught, *inside = self._folders(path) or [""]
        inside = inside[self._around.get(taught, 0) :]
        if not inside:
            raise ValueError("in no person's folder")
        return (Claim(inside[0], inside[0], holder=taught),)

    def _folders(self, path: PurePosixPath) -> list[str]:
        """The class's folder and those in it, but for those of problem sets."""
        return [part for part in path.parts[2:-1] if part not in self._sets]
