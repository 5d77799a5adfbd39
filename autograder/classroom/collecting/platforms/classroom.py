"""Google Classroom's folder in Drive: `Ada Lovelace - ps1_elbo.ipynb`, side by side in the assignment's folder.

Classroom names so the copy that it makes for each student; a file of another name tells nobody's. Of a second file of
one name Drive makes ` (1)`: it may be another student's of that name, which nothing tells.
"""

import re

from autograder.classroom.collecting.notebook_names import version, without_copy_of
from autograder.classroom.collecting.platforms.platform import ByName, Claim

_NAME = re.compile(r"(?P<name>.+?) - .+\..+", re.DOTALL)


class Classroom(ByName):
    name, title = "classroom", "Google Classroom"
    introduction = "this is a Google Classroom download"
    example = "Ada Lovelace - ps1_elbo.ipynb"
    has_lasting_ids = False

    def claim(self, parts: tuple[str, ...]) -> Claim | None:
        found = _NAME.fullmatch(without_copy_of(parts[0])) if len(parts) == 1 else None
        if found is None:
            return None
        return Claim(found["name"], found["name"], holder=f"{found['name']}, number {version(parts[0])[1]}")
