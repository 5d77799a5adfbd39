"""Which folder of `submitted/` is whose: the platform's id, or the name where an id lasts for one assignment only."""

from collections import Counter
from collections.abc import Iterable, Mapping

from autograder.classroom.collecting.platforms.platform import Claim, Platform
from autograder.handins import HandIn

MAX_BYTES = 128


def folder_names(
    platform: Platform, claims: Iterable[Claim], before: Mapping[str, HandIn]
) -> tuple[dict[tuple[str, str], str], list[str]]:
    """The folder of each student in a download, by id and name, and lines on those whom only a number tells apart.

    Args:
        platform: that the download is from.
        claims: of all files in it.
        before: what was collected of this problem set before, by folder.
    """
    people = dict.fromkeys((claim.id, claim.name) for claim in claims)
    if platform.has_lasting_ids:
        return {person: person[0] for person in people}, []
    known = {(hand.id, hand.name): folder for folder, hand in before.items() if hand.platform == platform.name}
    taken = {folder: hand.id for folder, hand in before.items() if hand.platform == platform.name}
    often = Counter(name for _, name in people)
    folders, notes = {}, []
    for person in people:
        number, name = person
        if person in known:
            folders[person] = known[person]
        elif number == name or (often[name] == 1 and taken.get(name, number) == number and not _is_blind(name)):
            folders[person] = name
        else:
            folders[person] = f"{name} {number}"
            notes.append(name)
    told = [name for name in dict.fromkeys(notes) if not _is_blind(name)]
    return folders, [
        f"several students are called {name!r}: {platform.title}'s number tells them apart, in this problem set only"
        for name in told
    ]


def is_folder_name(student: str) -> bool:
    """Whether a student's name can be that of a folder, which people will read, too."""
    return (
        student.isprintable()  # neither control characters nor bytes of no encoding
        and 0 < len(student.encode()) <= MAX_BYTES
        and not student.startswith((".", "-"))
        and student == student.strip()
        and not any(character in "/\\" for character in student)
    )


def _is_blind(name: str) -> bool:
    """Whether a name is Moodle's word for a participant, in place of one, in some of its languages."""
    return name.lower() in (
        "participant",
        "teilnehmer",
        "teilnehmer in",
        "teilnehmerin",
        "participante",
        "partecipante",
    )
