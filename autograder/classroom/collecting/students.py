"""Which folder of `submitted/` is whose: the platform's id, or the name where an id lasts for one assignment only."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from autograder.classroom.collecting.platforms.platform import Claim, Platform
from autograder.handins import HandIn

MAX_BYTES = 128


def folder_names(
    platform: Platform, claims: Iterable[Claim], before: Mapping[str, HandIn], roster: Collection[str] = ()
) -> tuple[dict[tuple[str, str], str], list[str]]:
    """The folder of each student in a download, by id and name, and lines on those whom only a number tells apart.

    Args:
        platform: that the download is from.
        claims: of all files in it.
        before: what was collected of this problem set before, by folder.
        roster: who takes the course, by folder; tells a student's name from that of a group before it.
    """
    people = dict.fromkeys((claim.id, claim.name) for claim in claims)
    if platform.has_lasting_ids:
        return {person: person[0] for person in people}, []
    known = {(hand.id, hand.name): folder for folder, hand in before.items() if hand.platform == platform.name}
    taken = {folder: hand.id for folder, hand in before.items() if hand.platform == platform.name}
    often = Counter(_without_group(name, roster) for _, name in people)
    folders, notes = {}, []
    for person in people:
        number, name = person[0], _without_group(person[1], roster)
        if person in known:
            folders[person] = known[person]
        elif number == name or (often[name] == 1 and taken.get(name, number) == number and not is_blind(name)):
            folders[person] = name
        else:
            folders[person] = f"{name} {number}"
            notes.append(name)
    told = [name for name in dict.fromkeys(notes) if not is_blind(name)]
    return folders, [
        f"several students are called {name!r}: {platform.title}'s number tells them apart, in this problem set only"
        for name in told
    ]


def _without_group(name: str, roster: Collection[str]) -> str:
    """A name without the group that Moodle puts before it, where the roster holds what is left."""
    if name in roster:
        return name
    parts = name.split("-")
    rests = ("-".join(parts[place:]) for place in range(1, len(parts)))
    return next((rest for rest in rests if rest in roster), name)


def is_folder_name(student: str) -> bool:
    """Whether a student's name can be that of a folder, which people will read, too."""
    return (
        student.isprintable()  # neither control characters nor bytes of no encoding
        and 0 < len(student.encode()) <= MAX_BYTES
        and not student.startswith((".", "-"))
        and student == student.strip()
        and not any(character in "/\\" for character in student)
    )


def is_blind(name: str) -> bool:
    """Whether a name is Moodle's word for a participant, in place of one, in some of its languages."""
    return name.lower() in (
        "participant",
        "teilnehmer",
        "teilnehmer in",
        "teilnehmerin",
        "participante",
        "partecipante",
    )
