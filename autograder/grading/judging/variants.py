"""Hidden cases that differ between students: several variants of them, one of which each submission meets.

Which one is decided by a keyed hash of the problem set, the student and the file's bytes. So the same file of the same
student meets the same cases on every machine and at every regrade; nobody without the course's secret can tell which;
and hidden numbers that one student got hold of are as a rule not those of another.
"""

import hashlib
import hmac
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from autograder.grading.settings import MOST_VARIANTS
from latentkit.check.cases import Examination

Solved = Mapping[str, Examination]
"""Exercise name to its hidden cases, solved."""

_SOLVING = threading.Lock()
"""Solving uses the process's own random stream, warnings and output: one variant at a time."""


def variant_seed(secret: bytes, number: int) -> bytes:
    """The seed of a variant's cases, 32 bytes, by a course's secret."""
    return hmac.digest(secret, b"variant %d" % number, "sha256")


@dataclass(frozen=True)
class Variant:
    """One full set of a problem set's hidden cases.

    Attributes:
        name: such as "3:9f86d081", number and digest of the seed; another secret gives another name.
        examinations: exercise name to its cases, solved.
    """

    name: str
    examinations: Solved


@dataclass(frozen=True)
class Variants:
    """The variants of a problem set.

    Attributes:
        key: decides which one a submission meets; tells nothing of the cases.
        count: how many there are.
        names: of these and of all that there could be, `MOST_VARIANTS`.
        solve: gives a variant, by its number, when one is first wanted; raises whatever it raises.
        solved: those that were wanted already. Where all were, `solve` may be None.
    """

    key: bytes
    count: int
    names: tuple[str, ...]
    solve: Callable[[int], Solved] | None
    solved: dict[int, Solved] = field(default_factory=dict)

    @classmethod
    def of(cls, secret: bytes, problem_set: str, count: int, solve: Callable[[bytes], Solved]) -> "Variants":
        """Variants by a course's secret; `solve` gives the cases of a seed."""
        seeds = [variant_seed(secret, number) for number in range(MOST_VARIANTS)]
        names = tuple(f"{number}:{hashlib.sha256(seed).hexdigest()[:8]}" for number, seed in enumerate(seeds))
        key = hmac.digest(secret, f"choice {problem_set}".encode(), "sha256")
        return cls(key, count, names, lambda number: solve(seeds[number]))

    def number(self, student: str, sha256: str) -> int:
        """The variant that a submission meets.

        Args:
            student: whose, as the folder is called.
            sha256: of the bytes as submitted, in hexadecimal digits.
        """
        submission = student.encode("utf-8", "surrogateescape") + b"\0" + sha256.encode()
        return int.from_bytes(hmac.digest(self.key, submission, "sha256")[:8], "big") % self.count

    def variant(self, number: int) -> Variant:
        """A variant by its number, 0 to `count` - 1; threads may ask at the same time."""
        if number not in self.solved:
            with _SOLVING:
                if number not in self.solved and self.solve is not None:
                    self.solved[number] = self.solve(number)
        return Variant(self.names[number], self.solved[number])

    def met_by(self, student: str, sha256: str) -> Variant:
        """The variant that a submission meets, solved; the arguments are those of `number`."""
        return self.variant(self.number(student, sha256))

    def whole(self) -> "Variants":
        """The same with all variants solved, and without the seeds they were made from: as data that can be sent."""
        solved = {number: self.variant(number).examinations for number in range(self.count)}
        return Variants(self.key, self.count, self.names, None, solved)

    def knows(self, name: str) -> bool:
        """Whether a variant of that name is made from the secret that these are made from."""
        return name in self.names
