"""Of all that one student handed in, the notebook that counts; or why nothing tells which one that is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from autograder.classroom.collecting.account import shortened
from autograder.classroom.collecting.download import File
from autograder.classroom.collecting.notebook_names import NotebookName, is_notebook, version
from autograder.classroom.collecting.platforms.platform import Claim


@dataclass(frozen=True)
class Entry:
    """A file of one student's, and what its platform's names say of it."""

    file: File
    claim: Claim


@dataclass
class Choice:
    """What was made of a student's files.

    Attributes:
        taken: the notebook that counts; None where there is none, or nothing tells which one it is.
        fates: what became of each other file, why: (file, text, whether a person has to act).
        notes: what a person may want to know.
    """

    taken: Entry | None = None
    fates: list[tuple[File, str, bool]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def choose(naming: NotebookName, entries: Sequence[Entry], any_name: bool) -> Choice:
    """Choose the newest notebook of the problem set.

    The last attempt that holds a notebook counts. Of its notebooks, those of the problem set's own name come before
    those with something before it, and a notebook of any other name counts only alone. Of several, the newest is the
    last by the platform's number in the names, else by the files' dates, else by the number of a version in the name.

    Args:
        naming: of the problem set.
        entries: all files of one student, those in their zips too.
        any_name: whether several notebooks may have other names, as a --pattern allows.
    """
    choice = Choice()
    notebooks = [entry for entry in entries if is_notebook(entry.file.path.name)]
    choice.fates += [(one.file, "no notebook", False) for one in entries if not is_notebook(one.file.path.name)]
    if not notebooks:
        return choice
    attempt = _last(notebooks, entries, choice)
    candidates = [entry for entry in attempt if not naming.is_of_another_set(entry.file.path.name)]
    best = min((naming.rank(entry.file.path.name) for entry in candidates), default=2)
    if not candidates or (best == 2 and len(attempt) > 1 and not any_name):
        for entry in attempt:
            name = entry.file.path.name
            other = naming.is_of_another_set(name)
            why = f"named as {naming.read(name)[1]}" if other else "one of several"
            choice.fates.append((entry.file, f"{why}, and none is named {naming.name}.ipynb", True))
    else:
        newest = _newest([entry for entry in candidates if naming.rank(entry.file.path.name) == best])
        if len(newest) > 1:
            names = " and ".join(str(entry.file.path) for entry in newest)
            why = f"nothing tells which is newer, {names}: collect the right one alone"
            choice.fates += [(entry.file, why, True) for entry in newest]
        else:
            (choice.taken,) = newest
    told = {id(file) for file, _, _ in choice.fates} | ({id(choice.taken.file)} if choice.taken else set())
    instead = (
        f"passed over, {shortened(str(choice.taken.file.path))} is taken"
        if choice.taken
        else "passed over with the others"
    )
    choice.fates += [(entry.file, instead, False) for entry in notebooks if id(entry.file) not in told]
    choice.notes += [
        f"{shortened(str(entry.file.path))}: {instead}" for entry in notebooks if id(entry.file) not in told
    ]
    return choice


def _last(notebooks: Sequence[Entry], entries: Sequence[Entry], choice: Choice) -> list[Entry]:
    """The notebooks of the last attempt that holds one; all, where the names tell of no attempts."""
    told = [entry for entry in notebooks if entry.claim.attempt is not None]
    if len(told) < len(notebooks):
        return list(notebooks)
    last = max(entry.claim.attempt for entry in told)
    attempts = [entry.claim.attempt for entry in entries if entry.claim.attempt is not None]
    found = [entry for entry in told if entry.claim.attempt == last]
    if max(attempts) != last:
        choice.notes.append(
            f"{shortened(str(found[0].file.path))}: of an earlier attempt, as the last one holds no notebook"
        )
    return found


def _newest(entries: list[Entry]) -> list[Entry]:
    """The newest, alone; all that nothing tells apart, where their bytes differ."""
    steps: tuple[Callable[[Entry], Any], ...] = (
        lambda entry: entry.claim.order,
        lambda entry: entry.file.dates[:1] or None,
        lambda entry: entry.file.dates or None,
    )
    for key in steps:
        found = [key(entry) for entry in entries]
        if len(entries) > 1 and None not in found and len(set(map(type, found))) == 1:
            entries = [entry for entry in entries if key(entry) == max(found)]
    if len(entries) > 1 and len({version(entry.file.path.name)[0] for entry in entries}) == 1:
        last = max(version(entry.file.path.name)[1] for entry in entries)
        entries = [entry for entry in entries if version(entry.file.path.name)[1] == last]
    return entries[:1] if _are_the_same(entries) else entries


def _are_the_same(entries: Sequence[Entry]) -> bool:
    """Whether files hold the same bytes; one that cannot be read is told of when it is to be taken."""
    if len({entry.file.size for entry in entries}) > 1:
        return False
    try:
        first = entries[0].file.read()
        return all(entry.file.read() == first for entry in entries[1:])
    except Exception:  # what a damaged or encrypted member of a zip raises is its decompressor's
        return len(entries) == 1
