"""The hidden cases of a problem set, solved: kept in the course's private folder, because solving takes seconds."""

import contextlib
import hashlib
import platform
from collections.abc import Iterable
from pathlib import Path

import numpy
import torch

import autograder
import latentkit
from autograder.course import Course
from autograder.exercise.exercise import Function, Rubric
from autograder.exercise.solve import examination
from autograder.files import write_whole
from latentkit.check import store
from latentkit.check.cases import Examination

_OWN_PACKAGES = ("autograder.rubrics.", "latentkit.")


def hidden_examinations(course: Course, rubric: Rubric) -> dict[str, Examination]:
    """Each exercise's hidden cases: as they were kept, or solved now where anything that decides them has changed.

    A rubric with functions that are not in the kit's own files is solved each time: their changes could not be seen.
    """
    seed = course.hidden_seed()
    if not all(function.__module__.startswith(_OWN_PACKAGES) for function in _functions(rubric)):
        return _solved(rubric, seed)
    folder = course.state_dir(rubric.name)
    path = folder / f"hidden_cases_{_key(rubric, seed)}.npz"
    with contextlib.suppress(OSError, ValueError):
        return store.load(path)
    examinations = _solved(rubric, seed)
    write_whole(path, store.to_bytes(list(examinations.values())), mode=0o600)
    for old in folder.glob("hidden_cases_*.npz"):
        if old != path:
            old.unlink(missing_ok=True)
    return examinations


def _solved(rubric: Rubric, seed: bytes) -> dict[str, Examination]:
    return {exercise.name: examination(exercise, seed) for exercise in rubric.exercises}


def _functions(rubric: Rubric) -> Iterable[Function]:
    for exercise in rubric.exercises:
        yield from (exercise.reference, exercise.cases, *([exercise.numbers] if exercise.numbers else []))
        yield from (mistake.function for mistake in exercise.mistakes)


def _key(rubric: Rubric, seed: bytes) -> str:
    """Changes with the seed, the libraries and every file that has a say in cases and solutions."""
    digest = hashlib.sha256(seed)
    digest.update(repr((platform.machine(), numpy.__version__, torch.__version__)).encode())
    for exercise in rubric.exercises:
        hints = [(mistake.id, mistake.hint) for mistake in exercise.mistakes]
        partly = (exercise.compare_value, exercise.symmetric, exercise.simplex)
        decided = (exercise.name, exercise.law, partly, exercise.look, hints)
        digest.update(repr(decided).encode())
    kit, authoring = Path(latentkit.__file__).parent, Path(autograder.__file__).parent
    for path in sorted([*kit.rglob("*.py"), *authoring.glob("rubrics/**/*.py"), *authoring.glob("authoring/*.py")]):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:32]
