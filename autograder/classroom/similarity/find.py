"""Which submissions of a class are alike: from the folder they lie in to the pairs, as data, table and page."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import latentkit
from autograder import rubrics
from autograder.authoring.notebook import grade_id, read_source
from autograder.authoring.release import read_skeleton
from autograder.classroom.report import columns, environment
from autograder.classroom.similarity.evidence import THRESHOLD, Pair, Prints, SharedPart, alike
from autograder.classroom.similarity.normal_form import tokens
from autograder.classroom.similarity.work import Given, Part, Work, read_class
from autograder.classroom.simulated_student import pasted
from autograder.course import Course
from autograder.grading.intake.submission import has_handed_in
from autograder.grading.settings import limits_of
from autograder.screen import plain

SHOWN_PAIRS, SHOWN_LINES, SHOWN_CHARACTERS = 50, 80, 300
"""How many pairs a page shows, how many lines of an answer, and how much of a line."""


@dataclass(frozen=True)
class Alikeness:
    """What was found in a class.

    Attributes:
        name: of the problem set.
        pairs: the pairs of students with at least `threshold` bits of evidence, the strongest first.
        threshold: in bits.
        works: what was compared, by student.
    """

    name: str
    pairs: tuple[Pair, ...]
    threshold: float
    works: Mapping[str, Work]

    @property
    def skipped(self) -> list[str]:
        """What could not be compared, and why, a line each."""
        return [f"{student}: {line}" for student, work in self.works.items() for line in work.skipped]

    def to_json(self) -> dict[str, Any]:
        return {
            "problem_set": self.name,
            "threshold": self.threshold,
            "submissions": len(self.works),
            "pairs": [
                {
                    "students": list(pair.students),
                    "evidence": round(pair.evidence, 1),
                    "compared": pair.compared,
                    "parts": [
                        {"name": part.name, "bits": round(part.bits, 1), "share": round(part.share, 3)}
                        for part in pair.parts
                    ],
                }
                for pair in self.pairs
            ],
            "skipped": self.skipped,
        }


def find_alike(course: Course, name: str, submitted: Path, threshold: float = THRESHOLD) -> Alikeness:
    """Compare every two submissions of a problem set. Nothing of them is executed.

    Args:
        submitted: their folder, in nbgrader's layout.
        threshold: bits of evidence from which a pair counts.
    Raises:
        ValueError: the problem set does not exist or is not released, or `submitted` is no folder with submissions.
    """
    given = Given.of(name, read_skeleton(course, name), _library())
    students = _students(submitted, name)
    works = {work.student: work for work in read_class(submitted, students, given, limits_of(course, name, {}))}
    pairs = alike(list(works.values()), known_answers(course, name, given), threshold)
    return Alikeness(name, tuple(pairs), threshold, works)


def known_answers(course: Course, name: str, given: Given) -> dict[str, list[Prints]]:
    """The fingerprints of the right answers that a course knows, by exercise: the model's, and others of the rubric."""
    solved = {grade_id(cell): cell.source for cell in read_source(course.source(name)).cells}
    answers = {}
    for exercise in rubrics.load(name).exercises:
        sources = [solved[exercise.name], *(pasted(function, exercise.name) for function in exercise.alternatives)]
        parts = [given.part(source, tokens(source, given.imported)) for source in sources]
        answers[exercise.name] = [frozenset(one.value for one in part.fingerprints) for part in parts]
    return answers


def text_table(found: Alikeness) -> str:
    """The pairs, their evidence, and the exercises that speak loudest."""
    skipped = [f"not compared: {plain(line)}" for line in found.skipped]
    if not found.pairs:
        return "\n".join([f"no two of {len(found.works)} submissions are alike beyond chance", *skipped])
    rows = [["students", "", "evidence", "alike in", "most telling"]]
    for pair in found.pairs:
        telling = ", ".join(part.name for part in pair.parts[:3] if part.bits >= 1)
        alike_in = f"{len(pair.parts)} of {pair.compared}"
        rows.append([*pair.students, f"{pair.evidence:.0f} bits", alike_in, telling])
    return "\n".join([columns(rows, right=(2,)), *skipped])


def html_page(found: Alikeness) -> str:
    """The pairs, each with what both wrote side by side; whatever a student wrote is escaped."""
    pairs = [
        {
            "pair": pair,
            "parts": [
                {"part": part, "sides": [_lines(found.works[one].parts[part.name], part) for one in pair.students]}
                for part in pair.parts
            ],
        }
        for pair in found.pairs[:SHOWN_PAIRS]
    ]
    return environment().get_template("similar.html").render(found=found, pairs=pairs, left=found.pairs[SHOWN_PAIRS:])


def _lines(part: Part, shared: SharedPart) -> list[tuple[str, bool]]:
    """The lines of an answer, each with whether both students have it."""
    common: set[int] = set()
    for one in part.fingerprints:
        if one.value in shared.values:
            common.update(range(one.first, one.last + 1))
    lines = part.source.split("\n")
    shown = [(_visible(line), number in common) for number, line in enumerate(lines[:SHOWN_LINES], 1)]
    cut = [(f"… {len(lines) - SHOWN_LINES} more lines", False)] if len(lines) > SHOWN_LINES else []
    return shown + cut


def _visible(line: str) -> str:
    """A line whose characters show as what they are: none turns the direction of those that follow."""
    return plain(line.expandtabs(4)[:SHOWN_CHARACTERS])


def _students(submitted: Path, name: str) -> Sequence[str]:
    if not submitted.is_dir():
        raise ValueError(f"{submitted} is not a folder; it should hold one folder per student")
    with os.scandir(submitted) as entries:
        found = [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
    students = sorted(s for s in found if not s.startswith(".") and has_handed_in(submitted, s, name))
    if len(students) < 2:
        raise ValueError(f"there are {len(students)} submissions in {submitted}; two are needed to compare")
    return students


def _library() -> list[str]:
    """The sources of the library that students are given."""
    root = Path(latentkit.__file__).parent
    files = [path for path in sorted(root.rglob("*.py")) if "reference" not in path.relative_to(root).parts]
    return [path.read_text(encoding="utf-8") for path in files]
