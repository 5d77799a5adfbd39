"""A seeded class with known true scores, in nbgrader's layout: to rehearse a term, and to prove the grader."""

import random
from collections import Counter
from pathlib import Path

from autograder import rubrics
from autograder.authoring.release import build_solved, student_version
from autograder.classroom.disguise import disguised
from autograder.classroom.handwriting import in_own_hand
from autograder.classroom.simulated_student import HandedIn, Student
from autograder.classroom.student_kinds import STUDENT_KINDS
from autograder.course import Course
from autograder.exercise.exercise import Rubric
from autograder.files import json_text, make_folder, write_whole

TRUTH = "truth.json"
NAMES = (
    "adaeze", "bruno", "chidi", "Zoë Ünal", "dalia", "emre", "farah", "goran", "hanna", "ilse", "jomo", "keiko", "linh",
    "mateo", "nadia", "o'brien", "priya", "quentin", "rosa", "sami", "tomasz", "uma", "viktor", "wen", "ximena", "yara",
    "zainab", "anselm", "beatriz", "casper", "dunja", "elif", "fergus", "gulnara", "hugo", "ines", "jasper", "kalinda",
    "leopold", "mireia", "noor", "oskar",
)  # fmt: skip


COPIED_FROM = ("mixed", "right_but_different", "known_mistakes")
"""The kinds of students whose code is copied."""


def simulate(
    course: Course,
    name: str,
    students: int,
    seed: int,
    out: Path,
    kinds: list[str] | None = None,
    copies: int = 0,
) -> dict:
    """Write a class's submissions and `truth.json` into `out`; the same seed writes the same bytes.

    Args:
        students: how many; from about thirty on, every kind and every known mistake is there.
        kinds: only these, in turn; by default a class with all of them.
        out: a folder that is missing or empty.
        copies: how many students beyond these hand in another's code under other names; where there are any, all others
            write the rubric's answers each in their own hand.
    Returns:
        The truth: student to kind, points, points and status by exercise, known mistakes; for a copy, of whom.
    Raises:
        ValueError: there is no such problem set or kind, too few students, or `out` holds something already.
    """
    if students < 1:
        raise ValueError(f"a class needs at least one student, got {students}")
    if copies < 0:
        raise ValueError(f"--copies is how many students copy, 0 or more, got {copies}")
    if unknown := set(kinds or []) - STUDENT_KINDS.keys():
        raise ValueError(f"no kind of student {', '.join(sorted(unknown))}; there are: {', '.join(STUDENT_KINDS)}")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ValueError(f"{out} holds something already; name an empty folder with --out")
    rubric, solved = rubrics.load(name), build_solved(course, name)
    released = student_version(solved)
    chance = random.Random(f"{name} {seed}")
    turns: Counter[str] = Counter()
    truth = {}
    chosen = [kinds[i % len(kinds)] for i in range(students)] if kinds else class_list(rubric, students)
    handed: dict[str, HandedIn] = {}
    for student, kind in zip(_names(students, chance), chosen, strict=True):
        handed_in = STUDENT_KINDS[kind](Student(released, solved, rubric, chance, turns[kind]))
        turns[kind] += 1
        handed_in = in_own_hand(handed_in, chance) if copies else handed_in
        handed[student] = handed_in
        _hand_in(out / student / name, name, handed_in)
        truth[student] = _true_scores(rubric, kind, handed_in)
    sources = [student for student in handed if truth[student]["kind"] in COPIED_FROM]
    if copies and not sources:
        raise ValueError(f"nobody to copy from: the class needs a student of these kinds: {', '.join(COPIED_FROM)}")
    for number in range(1, copies + 1):
        source = chance.choice(sources)
        copied = disguised(handed[source])
        _hand_in(out / f"copy {number}" / name, name, copied)
        truth[f"copy {number}"] = _true_scores(rubric, "copied", copied) | {"copied_from": source}
    write_whole(out / TRUTH, json_text(truth))
    return truth


def class_list(rubric: Rubric, students: int) -> list[str]:
    """The kinds in a class of that size: one of each, then a student for every round of known mistakes, then others."""
    rounds = max(len(exercise.mistakes) for exercise in rubric.exercises)
    one_of_each = [kind for kind in STUDENT_KINDS if kind not in ("known_mistakes", "mixed")]
    kinds = one_of_each + ["known_mistakes"] * rounds
    rest = ["mixed", "mixed", "right_but_different", "mixed", "right", "mixed"]
    return (kinds + [rest[i % len(rest)] for i in range(students)])[:students]


def _names(students: int, chance: random.Random) -> list[str]:
    names = list(NAMES) + [f"student {number}" for number in range(len(NAMES) + 1, students + 1)]
    chance.shuffle(names)
    return names[:students]


def _hand_in(folder: Path, name: str, handed_in: HandedIn) -> None:
    make_folder(folder)
    if handed_in.content is not None:
        write_whole(folder / f"{name}.ipynb", handed_in.content)


def _true_scores(rubric: Rubric, kind: str, handed_in: HandedIn) -> dict:
    points = {e.name: e.points if handed_in.statuses.get(e.name) == "passed" else 0 for e in rubric.exercises}
    return {
        "kind": kind,
        "points": sum(points.values()),
        "exercises": points,
        "statuses": dict(handed_in.statuses),
        "mistakes": dict(handed_in.mistakes),
    }
