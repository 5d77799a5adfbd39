"""The whole house in one go: a course of its own, a class with known true scores, graded and compared."""

import shutil
import sys
from dataclasses import asdict, dataclass
from typing import Any

from autograder import rubrics
from autograder.authoring.release import release
from autograder.classroom.feedback import write_feedback
from autograder.classroom.marks import read_marks
from autograder.classroom.overview import overview
from autograder.classroom.report import columns, html_page, sandboxes_used, text_table
from autograder.classroom.simulate import simulate
from autograder.course import Course
from autograder.course_file import FILE_NAME
from autograder.files import json_text, write_whole
from autograder.grading.batch import grade
from autograder.grading.recording.record import Grade
from autograder.grading.request import GradingRequest
from autograder.grading.settings import limits_of

MARK = ".made-by-autograder-demo"

SETTINGS = """# A rehearsal waits less long for endless loops than a term does, and has fewer variants of hidden cases.
[limits]
cell_seconds = 8
ask_seconds = 8

[hidden_cases]
variants = 3
"""
"""A right answer to the costliest exercise takes 1.5 s of a core of 2020."""


@dataclass(frozen=True)
class Comparison:
    """One student's true and graded points, and where they part."""

    student: str
    kind: str
    true: float
    graded: float | None
    differences: tuple[str, ...]

    @property
    def matches(self) -> bool:
        return not self.differences


@dataclass(frozen=True)
class Demo:
    """What came of a demonstration.

    Attributes:
        comparisons: every student's.
        summary: the class table.
        sandbox: what the submissions were confined by.
        feedback, report: where the pages are; paths as one types them from the course folder.
    """

    comparisons: tuple[Comparison, ...]
    summary: str
    sandbox: str
    course: str
    feedback: str
    report: str

    @property
    def all_match(self) -> bool:
        return all(comparison.matches for comparison in self.comparisons)

    def to_dict(self) -> dict[str, Any]:
        return {**asdict(self), "all_match": self.all_match}

    def to_text(self) -> str:
        rows = [["student", "kind", "true", "graded", ""]]
        for found in self.comparisons:
            graded = "absent" if found.graded is None else f"{found.graded:g}"
            sign = "✓" if found.matches else "✗ " + "; ".join(found.differences)
            rows.append([found.student, found.kind.replace("_", " "), f"{found.true:g}", graded, sign])
        right = sum(comparison.matches for comparison in self.comparisons)
        return "\n".join([
            columns(rows, right=(2, 3)),
            "",
            f"{right} of {len(self.comparisons)} students have their true score in every exercise",
            "",
            self.summary,
            "",
            f"sandbox   {self.sandbox}",
            f"feedback  {self.feedback}",
            f"report    {self.report}",
            f"nbgrader  cd {self.course} && jupyter lab   (formgrader: menu Nbgrader)",
        ])  # fmt: skip


def run_demo(
    course: Course, name: str, students: int, seed: int, workers: int | None, sandbox: str = "auto", quiet: bool = False
) -> Demo:
    """Release, simulate, grade, write feedback and report, in `demo/` inside the course.

    Args:
        workers, sandbox: as for `autograder.grading.request.GradingRequest`.
        quiet: show no progress, which otherwise goes to stderr.
    Raises:
        ValueError: there is a folder `demo/` that this did not make.
    """

    def tell(step: str) -> None:
        if not quiet:
            print(f"demo: {step} …", file=sys.stderr, flush=True)

    rehearsal = _fresh_course(course, name)
    tell(f"making the release of {name}")
    release(rehearsal, name, progress=not quiet)
    tell(f"making a class of {students}")
    truth = simulate(rehearsal, name, students, seed, rehearsal.submitted)
    limits = limits_of(rehearsal, name)
    request = GradingRequest(rehearsal, name, workers=workers, limits=limits, sandbox=sandbox, progress=not quiet)
    tell("grading it")
    results = grade(request).results
    tell("writing feedback and report")
    write_whole(rehearsal.results(name), json_text(results.to_json()))
    pages = write_feedback(rehearsal, results)
    found = overview(results, rubrics.load(name), read_marks(rehearsal, name))
    page = write_whole(rehearsal.reports / f"{name}.html", html_page(found))
    comparisons = tuple(compare(student, truth[student], results.students.get(student)) for student in sorted(truth))
    feedback = pages[0].relative_to(course.root).parents[2] / "STUDENT" / name / f"{name}.html"
    return Demo(
        comparisons,
        text_table(found),
        sandboxes_used(results),
        str(rehearsal.root.relative_to(course.root)),
        str(feedback),
        str(page.relative_to(course.root)),
    )


def compare(student: str, true: dict[str, Any], graded: Grade | None) -> Comparison:
    """Hold a student's grades against the truth: points of every exercise, and status and mistake where known."""
    if graded is None:
        return Comparison(student, true["kind"], true["points"], None, ("not in the results",))
    differences = []
    for name, points in true["exercises"].items():
        found = graded.exercises[name]
        status, mistake = true["statuses"].get(name, found.status), true["mistakes"].get(name)
        if (found.points, found.status, found.mistake) != (points, status, mistake):
            got = f"{found.points:g} {found.status} {found.mistake or ''}".strip()
            differences.append(f"{name}: {got} instead of {points:g} {status} {mistake or ''}".strip())
    return Comparison(student, true["kind"], true["points"], graded.points, tuple(differences))


def _fresh_course(course: Course, name: str) -> Course:
    """A course folder with this problem set alone, so that a rehearsal never touches a real grade."""
    root = course.root / "demo"
    if root.is_symlink() or (root.exists() and not (root / MARK).is_file()):
        raise ValueError(f"{root} was not made by autograder demo; move it away, or rename it")
    if root.exists():
        shutil.rmtree(root)
    write_whole(root / MARK, "This folder is removed and made anew by every run of: autograder demo\n")
    write_whole(root / FILE_NAME, SETTINGS)
    return course.excerpt(name, root)
