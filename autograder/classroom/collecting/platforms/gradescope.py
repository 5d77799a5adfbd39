"""Gradescope: `assignment_1_export/submission_123/ps1_elbo.ipynb`, beside `submission_metadata.yml`.

The metadata says who handed in each submission, alone or as a group: name, student id and email address, under keys of
Ruby's (`:submitters:`), with its other objects among them. It holds what tests printed, which students decide: it is
read in a disposable process, without making objects of any kind.
"""

import base64
from collections.abc import Sequence
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

from autograder.classroom.collecting.platforms.platform import Aside, Claim, Platform, Sight
from autograder.disposable import Lost, apart

METADATA = "submission_metadata.yml"
MAX_BYTES = 32 * 2**20
CPU_SECONDS, MEMORY_BYTES = 30, 2 * 2**30
"""What reading the metadata may take."""


class Gradescope(Platform):
    """Args: the folder that holds the submissions, and what the metadata says of each."""

    name, title = "gradescope", "Gradescope"
    introduction = "this is a Gradescope download"
    example = f"assignment_1_export/submission_123/ps1_elbo.ipynb, beside {METADATA}"

    def __init__(self, around: PurePosixPath, people: dict[str, list[Claim]]) -> None:
        self._around, self._people = around, people

    @classmethod
    def recognised(cls, sight: Sight, *, named: bool = False) -> "Gradescope | None":
        """By the metadata beside the submissions, outermost or in one folder around all: a student may hand in both.

        Raises:
            ValueError: it cannot be read.
        """
        outer = PurePosixPath(*sight.shared[:1])
        file = next((f for f in sight.download.files if f.path in (PurePosixPath(METADATA), outer / METADATA)), None)
        if file is None:
            return None
        around = file.path.parent
        beside = {path.parts[len(around.parts)] for path in sight.paths if path.is_relative_to(around)} - {METADATA}
        submissions = {name for name in beside if name.startswith("submission_")}
        known = around.parts and sight.is_students(around.parts[0])
        if not named and (known or 2 * len(submissions) <= len(beside)):
            return None
        if file.size > MAX_BYTES:
            raise ValueError(f"{file.path} is larger than {MAX_BYTES // 2**20} MB; --platform plain does without it")
        try:
            entries = apart(
                read_metadata,
                base64.b64encode(file.read()).decode(),
                cpu_seconds=CPU_SECONDS,
                memory_bytes=MEMORY_BYTES,
            )
        except Lost as lost:
            raise ValueError(f"{file.path} cannot be read ({lost}); --platform plain does without it") from None
        if "unreadable" in entries:
            raise ValueError(f"{file.path}: {entries['unreadable']}; --platform plain does without it")
        return cls(around, {name: [_claim(person) for person in people] for name, people in entries["found"].items()})

    def claims(self, path: PurePosixPath) -> Sequence[Claim]:
        if not path.is_relative_to(self._around):
            raise ValueError(f"not beside {METADATA}")
        inside = path.relative_to(self._around).parts
        if inside == (METADATA,):
            raise Aside("Gradescope's list of who handed in")
        submission = inside[0] if inside[0] in self._people else PurePosixPath(inside[0]).stem
        people = self._people.get(submission)
        if not people:
            raise ValueError(f"{METADATA} does not say whose {submission} is")
        return people

    def folder(self, path: PurePosixPath) -> str:
        return path.relative_to(self._around).parts[0]


def read_metadata(encoded: str) -> dict[str, Any]:
    """Submission to its people, each [sid, name, email, time as ISO 8601, number], from base64; or why not."""
    import yaml

    class Plain(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
        """Makes nothing but texts, numbers, lists and tables, also where the file asks for a Ruby object."""

        def flatten_mapping(self, node: Any) -> None:
            """Leave `<<` a key like any other: a table that takes in others can grow without end."""

    def anything(loader: Any, _: str, node: Any) -> Any:
        if isinstance(node, yaml.MappingNode):
            return loader.construct_mapping(node, deep=True)
        if isinstance(node, yaml.SequenceNode):
            return loader.construct_sequence(node, deep=True)
        return str(node.value)

    Plain.add_multi_constructor("", anything)
    Plain.add_multi_constructor("!", anything)
    try:
        content = yaml.load(base64.b64decode(encoded), Loader=Plain)
        if not isinstance(content, dict):
            return {"unreadable": "it lists no submissions"}
        return {"found": {str(name): _people(str(name), entry) for name, entry in content.items()}}
    except (yaml.YAMLError, ValueError, TypeError, RecursionError, AttributeError) as error:
        return {"unreadable": f"it is not the list that Gradescope writes ({' '.join(str(error).split())[:200]})"}


def _people(submission: str, entry: Any) -> list[list[Any]]:
    entry = entry if isinstance(entry, dict) else {}
    submitters = entry.get(":submitters")
    made = entry.get(":created_at")
    when = made.isoformat() if isinstance(made, datetime) else ""
    digits = submission.rpartition("_")[2]
    number = int(digits) if digits.isdecimal() and len(digits) < 20 else -1
    found = []
    for person in submitters if isinstance(submitters, list) else []:
        if isinstance(person, dict):
            texts = [person.get(key) for key in (":sid", ":name", ":email")]
            found.append([*("" if text is None else str(text).strip() for text in texts), when, number])
    return [person for person in found if any(person[:3])]


def _claim(person: list[Any]) -> Claim:
    sid, name, email, when, number = person
    time = datetime.fromisoformat(when) if when else None
    if time is not None and time.tzinfo is None:  # YAML's times without a zone are UTC, and PyYAML says so or not
        time = time.astimezone()
    return Claim(sid or email or name, name, email, attempt=number, when=time, holder=email or name)
