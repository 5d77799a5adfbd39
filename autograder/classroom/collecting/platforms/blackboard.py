"""Blackboard: `Problem Set 1_alovelace_attempt_2026-10-01-12-00-00_ps1_elbo.ipynb`, with a receipt `….txt` per attempt.

The assignment's title, the login, the time of the attempt, the file's own name. A receipt has no own name; its first
line is `Name: Ada Lovelace (alovelace)`. Every attempt may be in the download. Title and login may both hold an
underscore: receipts tell them apart, else what all names begin with.
"""

import re
from itertools import takewhile
from pathlib import PurePosixPath

from autograder.classroom.collecting.download import Read
from autograder.classroom.collecting.platforms.platform import ByName, Claim, Sight, local_time

_NAME = re.compile(r"(?P<front>.+?)_attempt_(?P<date>\d{4}(?:-\d\d){5})(?:_(?P<own>.+)|(?P<receipt>\.txt))", re.DOTALL)
_PERSON = re.compile(r"\ufeff?Name: *(?P<name>[^\n]*?) *\((?P<login>[^()\s]{1,100})\)\s*(?:\n|$)")
_RECEIPT_BYTES = 2**20


class Blackboard(ByName):
    name, title = "blackboard", "Blackboard"
    introduction = "this is a Blackboard download"
    example = "Problem Set 1_alovelace_attempt_2026-10-01-12-00-00_ps1_elbo.ipynb"

    def __init__(self, sight: Sight, depth: int = 0) -> None:
        super().__init__(sight, depth)
        self._names: dict[str, str] = {}
        fronts = set()
        for file in sight.download.files:
            parts = file.path.parts[depth:]
            found = _NAME.fullmatch(parts[0]) if parts else None
            if found is None:
                continue
            fronts.add(found["front"])
            if found["receipt"] and file.size <= _RECEIPT_BYTES:
                self._read_receipt(found["front"], file.read)
        begin = "".join(level[0] for level in takewhile(lambda level: len(set(level)) == 1, zip(*fronts, strict=False)))
        self._begin = begin.rfind("_") + 1 if len(fronts) > 1 else 0

    def claim(self, parts: tuple[str, ...]) -> Claim | None:
        found = _NAME.fullmatch(parts[0])
        if found is None:
            return None
        login = self._login(found["front"])
        when = local_time(*map(int, found["date"].split("-")))
        return Claim(login, self._names.get(login, ""), attempt=found["date"], when=when)

    def is_receipt(self, path: PurePosixPath) -> bool:
        found = _NAME.fullmatch(path.parts[self.depth]) if len(path.parts) > self.depth else None
        return found is not None and found["receipt"] is not None

    def _login(self, front: str) -> str:
        known = [login for login in self._names if front.endswith(f"_{login}")]
        if known:
            return max(known, key=len)
        return front[self._begin :] if self._begin else front.rpartition("_")[2]

    def _read_receipt(self, front: str, read: Read) -> None:
        try:
            text = read().decode("utf-8", "replace")
        except Exception:  # what a damaged member of a zip raises is its decompressor's
            return
        if (found := _PERSON.match(text)) and front.endswith(f"_{found['login']}"):
            self._names[found["login"]] = found["name"]
