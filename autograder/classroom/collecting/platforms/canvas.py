"""Canvas: `lovelaceada_LATE_12345_67890_ps1_elbo-2.ipynb`.

The sortable name in lower case without spaces and signs, LATE where it is, the user's id, the file's id, which grows
with each file that anybody hands in, and the file's own name, to which Canvas adds -2 at the second attempt. Text and
links that were handed in stand in `…_12345_text.html`. Under anonymous marking there is no name, and anon_ with a code
of the assignment's instead of the id. A group's files are those of one of its members.

Source: `get_filename` and `add_upload_submission` in `lib/content_zipper.rb` of instructure/canvas-lms.
"""

import re

from autograder.classroom.collecting.platforms.platform import ByName, Claim

_NAME = re.compile(
    r"(?:(?!LATE_)(?P<name>.*?)_)?(?P<late>LATE_)?(?P<id>\d{1,20}|anon_\w{1,20}?)"
    r"_(?:(?P<file>\d{1,20})_.+|(?:text|link)\.html)",
    re.DOTALL,
)


class Canvas(ByName):
    name, title = "canvas", "Canvas"
    introduction = "this is a Canvas download"
    example = "lovelaceada_LATE_12345_67890_ps1_elbo-2.ipynb"

    def claim(self, parts: tuple[str, ...]) -> Claim | None:
        found = _NAME.fullmatch(parts[0])
        if found is None:
            return None
        order = int(found["file"]) if found["file"] else None
        return Claim(found["id"], found["name"] or "", order=order, late=found["late"] is not None)
