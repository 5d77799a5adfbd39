"""Moodle: `Ada Lovelace_11_assignsubmission_file_/ps1_elbo.ipynb`, or flat, the file's name behind `file_`.

The number is that of the student in this one assignment. Under blind marking the name is the word for a participant,
in the site's language: `Participant_123_assignsubmission_file_`. The name of a group may stand before that of its
member, parted by a hyphen; each member has the group's files. Text typed into Moodle is `assignsubmission_onlinetext`.

Source: `download_submissions` in `mod/assign/locallib.php` of moodle/moodle.
"""

import re

from autograder.classroom.collecting.platforms.platform import ByName, Claim

_NAME = re.compile(r"(?P<name>.+?)_(?P<id>\d{1,20})_assignsubmission_[a-z]+(?:_.*)?", re.DOTALL)


class Moodle(ByName):
    name, title = "moodle", "Moodle"
    introduction = "this is a Moodle download"
    example = "Ada Lovelace_11_assignsubmission_file_/ps1_elbo.ipynb"
    has_lasting_ids = False

    def claim(self, parts: tuple[str, ...]) -> Claim | None:
        found = _NAME.fullmatch(parts[0])
        return Claim(found["id"], found["name"]) if found else None
