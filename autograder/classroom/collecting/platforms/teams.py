"""Teams: `Submitted files/Ada Lovelace/Problem Set 1/Version 2/ps1_elbo.ipynb`, from the class's *Student Work*.

Every hand-in is a version; what lies in `Working files` beside it is a draft that was not handed in.
"""

import re

from autograder.classroom.collecting.platforms.platform import Aside, ByName, Claim

_VERSION = re.compile(r"Version (\d{1,9})", re.IGNORECASE)
HANDED_IN, DRAFTS = "Submitted files", "Working files"


class Teams(ByName):
    name, title = "teams", "Teams"
    introduction = "this is a Teams download"
    example = f"{HANDED_IN}/Ada Lovelace/Problem Set 1/Version 2/ps1_elbo.ipynb"
    has_lasting_ids = False

    def claim(self, parts: tuple[str, ...]) -> Claim | None:
        if parts[0] == DRAFTS:
            raise Aside("a draft in Teams' working files, which was not handed in")
        inside = parts[1:] if parts[0] == HANDED_IN else parts
        for folder in inside[1:3]:
            if found := _VERSION.fullmatch(folder):
                return Claim(inside[0], inside[0], attempt=int(found[1]))
        return None
