"""How much two submissions tell of each other: what few share counts, what many share does not.

A fingerprint weighs log2(D/d), where d of the D answers to an exercise have it: those of the class, and the right
ones that the course knows. What two answers share says log2(1/p) bits, where p is the share of the answers that have
as much in common with one of the two. An exercise with one natural answer so says nothing, however short it is. Code
that nobody else has says one bit more for every further GRAM tokens.

The sum is compared with chance. If students chose their answers to the exercises independently, as the class does,
then by Chernoff's bound another student has x bits or more in common with one with probability at most
2^−(θx − Σ log2 E[2^(θ bits)]) for every θ > 0, where the mean is over the class. Evidence is the best of these
exponents, for that of the two students for whom it is less, minus log2 of the number of pairs: a class without copies
holds a pair of x bits of evidence with probability at most 2^−x, but for what the further tokens add.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from autograder.classroom.similarity.fingerprints import GRAM, WINDOW
from autograder.classroom.similarity.work import Work

THRESHOLD = 12.0
"""Bits of evidence from which a pair is shown: one class in 4,096 whose students chose independently holds such a pair.

Students who think alike in one exercise do so in the next, too: of classes of 300 in which a sixth of the students take
unusual answers, one in a few holds a pair of 11 bits. Copies of a whole notebook there have 17 and more.
In 20 classes of 300 and 10 who copied, of all problem sets, no other pair reached the threshold; 202 of 203 copies did,
and one had 8.
"""

MOSTLY = 0.5
"""Share of the shorter answer's fingerprints from which on two answers count as like each other."""

AS_MUCH = 0.9
"""Share of the weight that two answers have in common from which on a third one has as much in common with one."""

TILTS = np.array([0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.25, 1.5, 2, 3, 5, 8, 16])
"""The θ of Chernoff's bound that are tried."""

Prints = frozenset[int]


@dataclass(frozen=True)
class SharedPart:
    """An exercise in which two students wrote the same.

    Attributes:
        name: of the exercise, or OTHER.
        bits: what that says; may be 0.
        share: part of the shorter answer's fingerprints that both have, (0, 1].
        values: those fingerprints.
    """

    name: str
    bits: float
    share: float
    values: Prints


@dataclass(frozen=True)
class Pair:
    """Two students.

    Attributes:
        students: their names, in order.
        evidence: bits beyond chance.
        parts: where they share most, the most telling first.
        compared: how many parts both have.
    """

    students: tuple[str, str]
    evidence: float
    parts: tuple[SharedPart, ...]
    compared: int


def alike(works: Sequence[Work], known: Mapping[str, Iterable[Prints]], threshold: float = THRESHOLD) -> list[Pair]:
    """The pairs with at least that much evidence, the strongest first.

    Args:
        works: of a class; those without parts are left out.
        known: exercise to the fingerprints of each right answer that the course knows.
        threshold: in bits.
    """
    works = sorted((work for work in works if work.parts), key=lambda work: work.student)
    names = sorted({name for work in works for name in work.parts})
    exercises = {name: _Exercise(name, works, list(known.get(name, ()))) for name in names}
    by_pairs = math.log2(max(1, math.comb(len(works), 2)))
    found = []
    for second in range(len(works)):
        for first in range(second):
            both = [exercises[name] for name in works[first].parts if name in works[second].parts]
            evidence = _beyond_chance(both, first, second) - by_pairs
            if evidence < threshold:
                continue
            parts = [part for exercise in both if (part := exercise.shared(first, second)) is not None]
            parts.sort(key=lambda part: (-part.bits, part.name))
            if parts:
                found.append(Pair((works[first].student, works[second].student), evidence, tuple(parts), len(both)))
    return sorted(found, key=lambda pair: (-pair.evidence, pair.students))


def _beyond_chance(both: "Sequence[_Exercise]", first: int, second: int) -> float:
    """Bits of evidence in the exercises that two students answered, before the number of pairs counts."""
    bits = sum(exercise.bits(first, second) for exercise in both)
    if not bits:
        return 0.0
    exponents = [TILTS * bits - sum(exercise.by_chance(one) for exercise in both) for one in (first, second)]
    further = sum(exercise.further(first, second) for exercise in both)
    return float(min(exponent.max() for exponent in exponents)) + further


class _Exercise:
    """The answers of a class to one exercise; equal ones are looked at once. Students are told by their place in it.

    Attributes:
        _answers: the different ones, U of them.
        _of_student: student to the place of the answer.
        _bits: what two answers say, [U, U].
        _by_chance: log2 of E[2^(θ bits)] of an answer with another student's, for each of TILTS, [U, T].
    """

    def __init__(self, name: str, works: Sequence[Work], known: list[Prints]):
        answers = {
            number: frozenset(one.value for one in work.parts[name].fingerprints)
            for number, work in enumerate(works)
            if name in work.parts
        }
        counts = Counter(answers.values())
        self._name, self._answers = name, list(counts)
        place = {answer: number for number, answer in enumerate(self._answers)}
        self._of_student = {number: place[answer] for number, answer in answers.items()}
        students = np.array(list(counts.values()), dtype=float)
        multiplicity = np.concatenate([students, np.ones(len(known))])
        holds = _incidence([*self._answers, *known])
        holders = multiplicity @ holds
        self._alone = {value for value, count in Counter(v for a in answers.values() for v in a).items() if count == 2}
        self._alone -= frozenset().union(*known)
        weights = np.log2(multiplicity.sum() / holders)
        own, own_count = holds[: len(students)], np.asarray(holds.sum(1)).ravel()
        common = (own @ sparse.diags_array(weights) @ holds.T).toarray()
        like = (own @ holds.T).toarray() >= MOSTLY * np.minimum.outer(own_count[: len(students)], own_count)
        frequency = np.stack([_frequency(row, multiplicity, len(students), me) for me, row in enumerate(common)])
        frequency = np.maximum(frequency, frequency.T)
        self._bits = np.where(like[:, : len(students)], -np.log2(frequency), 0.0)
        others = students - np.eye(len(students))
        chance = [(others * 2 ** (tilt * self._bits)).sum(1) for tilt in TILTS]
        self._by_chance = np.log2(np.stack(chance, axis=1) / max(1.0, students.sum() - 1))

    def bits(self, first: int, second: int) -> float:
        """What the answers of two students say by how many share it."""
        return float(self._bits[self._of_student[first], self._of_student[second]])

    def by_chance(self, student: int) -> np.ndarray:
        """What a student's answer would say beside that of another one by chance, [T]."""
        return self._by_chance[self._of_student[student]]

    def further(self, first: int, second: int) -> float:
        """A bit for every GRAM tokens that these two alone have, after the first: winnowing keeps 2 in WINDOW + 1."""
        alone = len(self._common(first, second) & self._alone)
        return max(0.0, alone * (WINDOW + 1) / 2 / GRAM - 1) if self.bits(first, second) else 0.0

    def shared(self, first: int, second: int) -> SharedPart | None:
        """What two students share; None where that is less than most of the shorter answer."""
        common = self._common(first, second)
        shorter = min(len(self._answers[self._of_student[student]]) for student in (first, second))
        if len(common) < MOSTLY * shorter:
            return None
        bits = self.bits(first, second) + self.further(first, second)
        return SharedPart(self._name, bits, len(common) / shorter, common)

    def _common(self, first: int, second: int) -> Prints:
        return self._answers[self._of_student[first]] & self._answers[self._of_student[second]]


def _incidence(documents: Sequence[Prints]) -> sparse.csr_array:
    """Which document has which fingerprint: 1 or 0, [D, F]."""
    columns = {value: column for column, value in enumerate(sorted(frozenset().union(*documents)))}
    indices = [columns[value] for document in documents for value in document]
    starts = np.cumsum([0, *map(len, documents)])
    return sparse.csr_array((np.ones(len(indices)), indices, starts), shape=(len(documents), len(columns)))


def _frequency(common: np.ndarray, multiplicity: np.ndarray, answers: int, me: int) -> np.ndarray:
    """For each of a class's answers: the share of the others that have as much in common with answer `me`, [U].

    Args:
        common: weight that `me` has in common with each document: the class's answers, then the known ones, [D].
        multiplicity: how many students gave each, and 1 for each known one, [D].
        answers: U, how many of the documents are the class's.
        me: place of the answer.
    """
    others = multiplicity.copy()
    others[me] -= 1
    order = np.argsort(common)
    at_least = np.cumsum(others[order][::-1])[::-1]
    from_here = np.searchsorted(common[order], AS_MUCH * common[:answers] - 1e-9)
    of_all = np.append(at_least, 0)[from_here] / max(1.0, others.sum())
    known = np.sort(common[answers:])
    of_known = 1 - np.searchsorted(known, AS_MUCH * common[:answers] - 1e-9) / len(known) if len(known) else 0.0
    return np.clip(np.maximum(of_all, of_known), 1 / (others.sum() + 1), 1)
