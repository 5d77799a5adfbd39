"""The grading plan: all that is needed to grade a problem set's submissions, made once for the whole class."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from nbformat import NotebookNode

from autograder import rubrics
from autograder.authoring.decisive import decisive_digest
from autograder.authoring.release import read_skeleton, to_text
from autograder.authoring.start_cell import with_address
from autograder.course import Course
from autograder.exercise.exercise import Rubric
from autograder.grading.intake.integrity import released_names
from autograder.grading.judging.hidden import hidden_variants
from autograder.grading.judging.variants import Variants
from autograder.grading.running import devices
from autograder.grading.running.imports import imported_names
from autograder.grading.settings import variants_of
from autograder.worker.limits import Limits


@dataclass(frozen=True)
class GradingPlan:
    """What submissions of a problem set are graded by, as plain data. Only a judge's process holds it.

    Attributes:
        name: of the problem set.
        skeleton: the released notebook.
        points: exercise name to what it earns where it passes.
        written: name of each answer that a person grades to its points.
        variants: of the hidden cases; a submission meets one.
        limits: of each submission.
        fingerprint: changes whenever a grade might: with a case, the number of variants, a tolerance, a limit, the
            device, the release, the grader.
        device: what functions are called on.
        released: problem set of the course to the grade_ids that only its release has.
        answered_by: exercise to dotted names of what computes its answer.
        released_cases: the content of the release's `cases.npz`, by which what failed is explained.
    """

    name: str
    skeleton: NotebookNode
    points: Mapping[str, float]
    written: Mapping[str, float]
    variants: Variants
    limits: Limits
    fingerprint: str
    device: str = devices.CPU
    released: Mapping[str, frozenset[str]] = field(default_factory=dict)
    released_cases: bytes = b""
    answered_by: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def prepare(course: Course, name: str, limits: Limits | None = None, device: str = devices.CPU) -> GradingPlan:
    """Make a problem set's grading plan, its hidden cases from the course's secret seed.

    Raises:
        ValueError: the problem set does not exist or has not been released, or the secret seed is damaged.
    """
    rubric = rubrics.load(name)
    skeleton = read_skeleton(course, name)
    seed, count = course.hidden_seed(), variants_of(course)
    limits = limits or Limits()
    return GradingPlan(
        name,
        skeleton,
        {exercise.name: float(exercise.points) for exercise in rubric.exercises},
        {answer.name: float(answer.points) for answer in rubric.written},
        hidden_variants(course, rubric, count),
        limits,
        _fingerprint(skeleton, rubric, seed, (limits, device, count)),
        device,
        released_names(course),
        _released_cases(course, name),
        {exercise.name: exercise.answered_by for exercise in rubric.exercises if exercise.answered_by},
    )


def _released_cases(course: Course, name: str) -> bytes:
    try:
        return course.release_cases(name).read_bytes()
    except OSError:
        return b""  # nothing can be explained; grades need none of it


def _fingerprint(skeleton: NotebookNode, rubric: Rubric, seed: bytes, settings: tuple[object, ...]) -> str:
    digest = hashlib.sha256(to_text(with_address(skeleton, "")).encode())  # where the kit lies decides no grade
    digest.update(hashlib.sha256(seed).digest())
    digest.update(repr(settings).encode())
    for exercise in rubric.exercises:
        hints = [(mistake.id, mistake.hint) for mistake in exercise.mistakes]
        digest.update(repr((exercise.name, exercise.points, hints)).encode())
    digest.update(decisive_digest(rubric.name, imported_names(skeleton), rubric).encode())
    return digest.hexdigest()
