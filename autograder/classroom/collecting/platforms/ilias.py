"""ILIAS: `Lovelace_Ada_alovelace_277/20261001120000_ps1_elbo.ipynb`.

Last name, first name, login and the user's number, in ASCII with underscores; each file bears the time of its upload.

Source: `getDirectoryNameFromUserData` in `class.ilExSubmission.php` of ILIAS-eLearning/ILIAS.
"""

import re

from autograder.classroom.collecting.platforms.platform import ByName, Claim, Sight, local_time

_FOLDER = re.compile(r"(?P<name>.+_.+_.+)_(?P<id>\d{1,20})", re.DOTALL)
_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)_.+", re.DOTALL)


class Ilias(ByName):
    name, title = "ilias", "ILIAS"
    introduction = "this is an ILIAS download"
    example = "Lovelace_Ada_alovelace_277/20261001120000_ps1_elbo.ipynb"

    def claim(self, parts: tuple[str, ...]) -> Claim | None:
        found = _FOLDER.fullmatch(parts[0]) if len(parts) > 1 else None
        if found is None:
            return None
        stamp = _TIME.fullmatch(parts[1])
        when = local_time(*map(int, stamp.groups())) if stamp else None
        return Claim(found["id"], found["name"], order=int(parts[1][:14]) if stamp else None, when=when)

    @classmethod
    def recognised(cls, sight: Sight, *, named: bool = False) -> "Ilias | None":
        """By times of upload, too: other folders may end in a number."""
        found = super().recognised(sight, named=named)
        if found is None or named:
            return found
        stamped = any((claim := found._claim(path)) and claim.when for path in sight.paths)
        return found if stamped else None
