"""The hidden cases of a problem set, solved: kept in the course's private folder, because solving takes seconds."""

import contextlib
import hashlib
import platform

import numpy
import torch

from autograder.authoring.decisive import decisive_digest, module_files
from autograder.course import Course
from autograder.exercise.exercise import Rubric
from autograder.exercise.solve import examination
from autograder.files import write_whole
from latentkit.check import store
from latentkit.check.cases import Examination


def hidden_examinations(course: Course, rubric: Rubric) -> dict[str, Examination]:
    """Each exercise's hidden cases: as they were kept, or solved now where anything that decides them has changed.

    A rubric with a function that is in no file is solved each time: its changes could not be seen.
    """
    seed = course.hidden_seed()
    if None in module_files(rubric).values():
        return _solved(rubric, seed)
    folder = course.state_dir(rubric.name)
    path = folder / f"hidden_cases_{_key(rubric, seed)}.npz"
    with contextlib.suppress(OSError, ValueError):
        return store.load(path)
    examinations = _solved(rubric, seed)
    write_whole(path, store.to_bytes(list(examinations.values())))
    for old in folder.glob("hidden_cases_*.npz"):
        if old != path:
            old.unlink(missing_ok=True)
    return examinations


def _solved(rubric: Rubric, seed: bytes) -> dict[str, Examination]:
    return {exercise.name: examination(exercise, seed) for exercise in rubric.exercises}


def _key(rubric: Rubric, seed: bytes) -> str:
    """Changes with the seed, the libraries and every file that has a say in cases and solutions."""
    digest = hashlib.sha256(seed)
    digest.update(repr((platform.machine(), numpy.__version__, torch.__version__)).encode())
    for exercise in rubric.exercises:
        hints = [(mistake.id, mistake.hint) for mistake in exercise.mistakes]
        partly = (exercise.compare_value, exercise.symmetric, exercise.simplex, exercise.on_cpu)
        decided = (exercise.name, exercise.law, partly, exercise.look, hints)
        digest.update(repr(decided).encode())
    digest.update(decisive_digest(rubric.name, rubric=rubric).encode())
    return digest.hexdigest()[:32]
