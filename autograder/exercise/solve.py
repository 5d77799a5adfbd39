"""From an exercise's rubric to an examination: every case solved, as numbers.

The seed decides what the cases hold: PUBLIC_SEED gives the ones that ship to students,
a course's secret seed the hidden ones.
"""

import hashlib
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from autograder.exercise.exercise import Exercise
from autograder.exercise.probes import probes
from autograder.exercise.varied import Variants
from autograder.threads import one_thread
from latentkit.check.calling import quiet, respond
from latentkit.check.cases import Case, Examination, SolvedCase

PUBLIC_SEED = b"public"


def examination(exercise: Exercise, seed: bytes, with_probes: bool = False) -> Examination:
    """Make and solve the cases of an exercise.

    Args:
        exercise: from a rubric.
        seed: any bytes; the same seed gives the same cases.
        with_probes: whether a diagnosis is to find out what a wrong function does: of public cases.
    Raises:
        RuntimeError: the reference fails on a case of its own.
    """
    digest = hashlib.sha256(exercise.name.encode() + b"\0" + seed).digest()
    generator = np.random.default_rng(np.frombuffer(digest, dtype=np.uint64))
    with one_thread(), torch.random.fork_rng(devices=[]), quiet():
        torch.manual_seed(int(generator.integers(2**62)))
        cases = tuple(
            _solve(exercise, replace(case, on_cpu=exercise.on_cpu), with_probes) for case in exercise.cases(generator)
        )
        varied = (
            probes(exercise, [solved.case for solved in cases], generator) if with_probes and not exercise.law else ()
        )
    changes = [_variants(exercise, solved.case) for solved in cases] if exercise.variants and with_probes else []
    if changes:
        cases = tuple(
            replace(solved, variants=tuple(map(_stacked, of_case)))
            for solved, of_case in zip(cases, changes, strict=True)
        )
    return Examination(
        exercise=exercise.name,
        cases=cases,
        hints={mistake.id: mistake.hint for mistake in exercise.mistakes},
        law=exercise.law,
        compare_value=exercise.compare_value,
        symmetric=exercise.symmetric,
        simplex=exercise.simplex,
        look=exercise.look,
        probes=varied,
        answered_by=exercise.answered_by,
        variants=tuple(tuple(of_thing) for of_thing in changes[0]) if changes else (),
    )


def _variants(exercise: Exercise, case: Case) -> tuple[Variants, ...]:
    """What comes out with parts of the formula changed, for each thing returned."""
    if exercise.variants is None:
        return ()
    found = exercise.variants(*case.inputs.values())
    return found if isinstance(found, tuple) else (found,)


def _stacked(variants: Variants) -> Tensor:
    return torch.stack([torch.as_tensor(value, dtype=torch.float64) for value in variants.values()])


def _solve(exercise: Exercise, case: Case, with_terms: bool) -> SolvedCase:
    if exercise.law:
        return SolvedCase(case, numbers=dict(exercise.numbers(case)) if exercise.numbers else {})
    expected = respond(exercise.reference, case)
    if expected.error:
        problem = f"{expected.error}: {expected.detail}"
        raise RuntimeError(f"the reference of {exercise.name} fails on {case.name!r}: {problem}")
    # Where a mistake raises, its lines are nobody's business, and torch's words differ between versions.
    mistakes = {mistake.id: respond(mistake.function, case, reveal=False) for mistake in exercise.mistakes}
    terms = dict(exercise.terms(*case.inputs.values())) if exercise.terms and with_terms else {}
    return SolvedCase(case, expected, mistakes, terms=terms)
