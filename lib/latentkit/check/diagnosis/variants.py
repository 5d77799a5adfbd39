"""Which parts of a formula were changed, where what comes out then is the student's answer to the last number."""

from collections.abc import Sequence

import torch
from torch import Tensor

from latentkit.check.cases import Examination, Response
from latentkit.check.diagnosis.numbers import Pair, pairs_of
from latentkit.wording import listed

ENOUGH = 3
"""Numbers in which a change must show."""

MOST_READINGS = 2
"""Of one answer by as many changes: what has more is not told apart by the cases."""


def variants(examination: Examination, responses: Sequence[Response]) -> list[str | None]:
    """For each thing returned, words for the changes that give it in every case; None where none do.

    Args:
        examination: its solved cases, of which some have variants.
        responses: one per case.
    """
    by_thing: list[list[tuple[Pair, Tensor]]] = [[] for _ in examination.variants]
    for solved, response in zip(examination.cases, responses, strict=True):
        found = None if response.error else pairs_of(solved.case, solved.expected.outputs[-1], response.outputs[-1])
        if found is None or len(found) != len(by_thing):
            return [None] * len(by_thing)
        for known, pair, values in zip(by_thing, found, solved.variants, strict=True):
            known.append((pair, values))
    return [_of_thing(words, known) for words, known in zip(examination.variants, by_thing, strict=True)]


def _of_thing(words: Sequence[tuple[str, ...]], known: Sequence[tuple[Pair, Tensor]]) -> str | None:
    fits, telling = torch.ones(len(words), dtype=torch.bool), torch.zeros(len(words))
    for pair, values in known:
        if pair.actual.shape != values.shape[1:]:
            return None
        of_each = values.flatten().view(len(words), -1)
        actual, expected = pair.actual.flatten(), pair.expected.flatten()
        room = pair.precision * max(float(expected[expected.isfinite()].abs().max()), 1e-3)
        same = (of_each == actual) | (of_each.isnan() & actual.isnan()) | ((of_each - actual).abs() <= room)
        fits &= same.all(1)
        telling += ((of_each - expected).abs() > 10 * room).sum(1)
    fitting = [words[index] for index in (fits & (telling >= ENOUGH)).nonzero().flatten().tolist()]
    fewest = min(map(len, fitting), default=0)
    plainest = [listed(list(changes)) for changes in fitting if len(changes) == fewest]
    return ", or where ".join(plainest) if 0 < len(plainest) <= MOST_READINGS else None
