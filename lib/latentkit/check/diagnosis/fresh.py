"""What a function answers to inputs that no statement was made from: a statement about it must hold there too."""

import itertools
from collections.abc import Collection, Iterator, Sequence
from functools import cached_property

from latentkit.check.cases import Examination, Probe, Response, SolvedCase
from latentkit.check.diagnosis.experiments import Answered, Asker, TooSlow, value_is_right
from latentkit.check.diagnosis.numbers import leaves

MOST = 12
"""Inputs besides the cases on which a statement is tried."""

LIKE_A_CASE = ("anew", "argument", "row", "plus one", "double")
"""Kinds of probes that are cases as any other: nothing of them is extreme, left out or 0, and what is symmetric or sums
to one still does."""


class Fresh:
    """The probes of an examination with the answers to them, asked for once, and only where someone wants them.

    Args:
        examination: its solved cases and probes.
        responses: to the cases; a probe of a case that raised is not asked.
        ask: calls the function; None where it cannot be called again.
    """

    def __init__(self, examination: Examination, responses: Sequence[Response], ask: Asker | None) -> None:
        self._examination, self._responses, self._ask = examination, responses, ask

    @cached_property
    def answered(self) -> Answered:
        """Each probe with the answer to it; none where to ask would take too long."""
        probes = [probe for probe in self._examination.probes if not self._responses[probe.base].error]
        if self._ask is None or not probes:
            return []
        try:
            return list(zip(probes, self._ask([probe.solved.case for probe in probes]), strict=True))
        except TooSlow:
            return []

    def of_all(self) -> list[tuple[SolvedCase, Response]]:
        """A few of them, of many kinds, for what is said of every input."""
        return self._some((probe, answer) for probe, answer in self.answered)

    def of_wrong(self, bases: Collection[int]) -> list[tuple[SolvedCase, Response]]:
        """A few wrong ones that were made from given cases, by index, for what is said of these alone."""
        wrong = (
            (probe, answer)
            for probe, answer in self.answered
            if probe.base in bases and not value_is_right(probe.solved, answer, self._examination)
        )
        return self._some(wrong)

    def _some(self, answered: Iterator[tuple[Probe, Response]]) -> list[tuple[SolvedCase, Response]]:
        by_kind: dict[tuple[str, str], list[tuple[SolvedCase, Response]]] = {}
        for probe, answer in answered:
            if probe.kind in LIKE_A_CASE and not answer.error and _is_telling(probe.solved):
                by_kind.setdefault((probe.kind, probe.about), []).append((probe.solved, answer))
        in_turn = itertools.zip_longest(*by_kind.values())
        return [one for several in in_turn for one in several if one is not None][:MOST]


def _is_telling(solved: SolvedCase) -> bool:
    """Whether anything is expected but zeros, of which any multiple is the same."""
    found = leaves(solved.expected.outputs[-1:]) or []
    return any(value.numel() and float(value.abs().max()) > 1e-9 for value, _ in found)
