"""How much two submissions tell of each other: what few share counts, what many share does not.

An exercise in which two students share most of their fingerprints says log2(1/p) bits, where p is the share of the
class, and of the right answers that the course knows, which have that code, too. An exercise with one natural answer
so says nothing, however short it is. Code that nobody else has says one bit more for every further GRAM tokens.

The sum is compared with chance. If students chose their answers independently, as often as the class does, an exercise
says log2(1/p) bits with probability p and else none, so that by Chernoff's bound a pair has x bits or more with
probability at most 2^−(θx − Σ log2(1 − p + p^(1−θ))) for every θ > 0. Evidence is the best of these exponents, less
log2 of the number of pairs: a class without copies holds a pair of x bits of evidence with probability at most 2^−x,
but for what the further tokens add.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np

from autograder.classroom.similarity.fingerprints import GRAM, WINDOW
from autograder.classroom.similarity.work import Work

THRESHOLD = 8.0
"""Bits of evidence from which a pair is shown: one class in 256 without copies holds such a pair."""

MOSTLY = 0.5
"""Share of the shorter answer's fingerprints from which on two answers count as like each other."""

SAME = 0.8
"""Share of what two answers have in common from which on a third one has it, too."""

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
    tables = {name: _Exercise(name, works, list(known.get(name, ()))) for name in names}
    pairs = math.comb(len(works), 2)
    found = []
    for second in range(len(works)):
        for first in range(second):
            both = [name for name in works[first].parts if name in works[second].parts]
            likenesses = [tables[name].between(first, second) for name in both]
            shared = [likeness.part for likeness in likenesses if likeness.part is not None]
            if not shared:
                continue
            bits = _beyond_chance(likenesses) - math.log2(pairs)
            if bits >= threshold:
                shared.sort(key=lambda part: (-part.bits, part.name))
                students = (works[first].student, works[second].student)
                found.append(Pair(students, bits, tuple(shared), len(both)))
    return sorted(found, key=lambda pair: (-pair.evidence, pair.students))


@dataclass(frozen=True)
class _Likeness:
    """What two answers to an exercise say.

    Attributes:
        part: what they share; None where that is less than most of the shorter one.
        by_frequency: bits of that, by how many share it; 0 without a part.
        further: bits of the further tokens that nobody else has.
        by_chance: log2 of E[2^(θ bits)] for each of TILTS.
    """

    part: SharedPart | None
    by_frequency: float
    further: float
    by_chance: np.ndarray


def _beyond_chance(likenesses: Sequence[_Likeness]) -> float:
    """Bits of evidence of a pair, before the number of pairs counts."""
    bits = sum(likeness.by_frequency for likeness in likenesses)
    chance = sum(likeness.by_chance for likeness in likenesses)
    return float((TILTS * bits - chance).max()) + sum(likeness.further for likeness in likenesses)


def _by_chance(frequency: float) -> np.ndarray:
    """log2(1 − p + p^(1−θ)) for each of TILTS, which for large θ would overflow."""
    never = math.log2(1 - frequency) if frequency < 1 else -math.inf
    return np.logaddexp2(never, (TILTS - 1) * -math.log2(frequency))


class _Exercise:
    """The answers of a class to one exercise; equal ones are looked at once."""

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
        self._known = len(known)
        documents = [*self._answers, *known]
        self._students = np.array([counts[answer] for answer in self._answers] + [0] * len(known))
        self._is_known = np.arange(len(documents)) >= len(self._answers)
        self._others = len(answers) + len(known) - 1
        holders: dict[int, list[int]] = {}
        for number, document in enumerate(documents):
            for value in document:
                holders.setdefault(value, []).append(number)
        self._holders = {value: np.array(numbers) for value, numbers in holders.items()}
        self._how_many = {
            value: int(self._students[numbers].sum() + self._is_known[numbers].sum())
            for value, numbers in self._holders.items()
        }
        self._seen: dict[Prints, float] = {}
        self._table = {
            (one, other): self._compare(self._answers[one], self._answers[other])
            for one, other in combinations_with_replacement(range(len(self._answers)), 2)
        }

    def between(self, first: int, second: int) -> _Likeness:
        """What the answers of two students say."""
        one, other = self._of_student[first], self._of_student[second]
        return self._table[min(one, other), max(one, other)]

    def _compare(self, one: Prints, other: Prints) -> _Likeness:
        common, shorter = one & other, min(len(one), len(other))
        if len(common) < MOSTLY * shorter:
            chances = [_by_chance(self._frequency(answer)) for answer in (one, other)]
            return _Likeness(None, 0.0, 0.0, np.maximum(*chances))
        frequency, further = self._frequency(common), self._further(common)
        bits = -math.log2(frequency)
        part = SharedPart(self._name, bits + further, len(common) / shorter, common)
        return _Likeness(part, bits, further, _by_chance(frequency))

    def _frequency(self, values: Prints) -> float:
        """The share of the class, or of the known answers where that is larger, that has most of these, (0, 1]."""
        if values not in self._seen:
            held = np.bincount(np.concatenate([self._holders[v] for v in values]), minlength=len(self._students))
            having = held >= SAME * len(values)
            students, known = int(self._students[having].sum()), int(self._is_known[having].sum())
            of_all = (students + known - 1) / max(1, self._others)
            self._seen[values] = min(
                1.0, max(of_all, known / self._known if self._known else 0, 1 / (self._others + 1))
            )
        return self._seen[values]

    def _further(self, common: Prints) -> float:
        """A bit for every GRAM tokens that these two alone have, after the first: winnowing keeps 2 in WINDOW + 1."""
        alone = sum(self._how_many[value] <= 2 for value in common)
        return max(0.0, alone * (WINDOW + 1) / 2 / GRAM - 1)
