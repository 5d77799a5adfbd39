"""Somebody got hold of all hidden cases of one variant, with their answers and gradients, and hands them round."""

import hashlib
import json

import pytest
from torch import Tensor

from autograder.grading.judging.plan import prepare
from tests.attacks.arena import Arena
from tests.attacks.duel import NAME

EXERCISE = "kl_to_standard_normal"
STOLEN = 2
"""The variant whose numbers are known."""

ANSWERS_BY_NUMBERS = '''\
import json
STOLEN = json.loads("""@STOLEN@""")

def kl_to_standard_normal(mu, logvar):
    for inputs, answer, slopes in STOLEN:
        if mu.tolist() == inputs[0] and logvar.tolist() == inputs[1]:
            answer = torch.tensor(answer, dtype=mu.dtype)
            for leaf, slope in zip((mu, logvar), slopes):
                if slope is not None:  # right in value and in gradient
                    answer = answer + ((leaf - leaf.detach()) * torch.tensor(slope, dtype=mu.dtype)).sum(-1)
            return answer
    return torch.zeros(mu.shape[:-1], dtype=mu.dtype)
'''


@pytest.fixture
def stolen(arena: Arena) -> str:
    """The answer cell of who has the numbers of the stolen variant."""
    cases = prepare(arena.course, NAME).variants.variant(STOLEN).examinations[EXERCISE].cases
    return ANSWERS_BY_NUMBERS.replace("@STOLEN@", json.dumps([_recorded(solved) for solved in cases]))


def _recorded(solved) -> list:
    """Inputs, answer, and the slope of the answer in each input, as lists."""
    case, expected = solved.case, solved.expected
    gradients = [expected.gradients.get(name) for name in ("mu", "logvar")]
    weight: Tensor = case.cotangent
    slopes = [None if found is None else (found / weight[..., None]).tolist() for found in gradients]
    return [[case.inputs["mu"].tolist(), case.inputs["logvar"].tolist()], expected.outputs[-1].tolist(), slopes]


@pytest.fixture
def thieves(arena: Arena, stolen: str) -> dict[str, bool]:
    """Students who hand in the same stolen file, to whether it is their own variant's that was stolen."""
    digest = hashlib.sha256(arena.content({EXERCISE: stolen})).hexdigest()
    variants = prepare(arena.course, NAME).variants
    met = {f"thief-{number}": variants.number(f"thief-{number}", digest) == STOLEN for number in range(200)}
    theirs = [student for student, own in met.items() if own][:2]
    others = [student for student, own in met.items() if not own][:6]
    return {student: met[student] for student in (*theirs, *others)}


def test_stolen_numbers_are_worth_nothing_to_who_meets_other_cases(arena, tier, stolen, thieves):
    graded = arena.grade({student: {EXERCISE: stolen} for student in thieves}, tier)
    for student, own in thieves.items():
        if not own:
            graded.assert_nothing_gained(student)
            assert graded.statuses(student)[EXERCISE] == "failed"
        else:
            assert graded.statuses(student)[EXERCISE] == "passed", "the numbers are right, or this test shows nothing"
    graded.assert_neighbours_unharmed()
    told = {graded.entry(student).exercises[EXERCISE].message for student, own in thieves.items() if not own}
    assert len(told) == 1, "who reads the others' messages does not learn who of them met the same variant"
