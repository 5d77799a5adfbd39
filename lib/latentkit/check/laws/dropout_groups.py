"""Which words a dropout drops more often than others: the words of a sentence, of a place, of an id.

`never_or_always` is a test, with an exact bound. `told_by_groups` words what is wrong where another test of
`latentkit.check.laws.dropout` has failed: its bounds keep sentences true, and turn nobody away.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import torch
from torch import Tensor

from latentkit.check.comparing import Complaint

UNK = 3
NATS = 22.0
"""A chi-square test at this depth turns a right function away with probability 3e-10 (Laurent and Massart 2000)."""
ALIKE = 0.6
"""Least correlation of two calls by group that shows the groups to differ in rate, and not by shared noise."""
ENOUGH = 100
"""Words of a group from which on its share is told."""


@dataclass(frozen=True)
class Group:
    """The ordinary words of a batch in groups.

    Attributes:
        family: what one group is: "sentence", "place", "word" or "distance from the end".
        index: of each ordinary word, row by row, the number of its group.
    """

    family: str
    index: Tensor

    @cached_property
    def sizes(self) -> Tensor:
        return torch.bincount(self.index).double()

    @property
    def count(self) -> int:
        """Of groups with a word."""
        return int((self.sizes > 0).sum())

    @property
    def most_spread(self) -> float:
        """What chance leaves the spread below."""
        return 1 + 2 * math.sqrt(NATS / self.count) + 2 * NATS / self.count

    def gone(self, dropped: Tensor) -> Tensor:
        """How many words of each group were dropped; of what was dropped of all words, or how often."""
        return torch.bincount(self.index, weights=dropped.double(), minlength=len(self.sizes))

    def spread(self, dropped: Tensor) -> float | None:
        """How much the number of dropped words varies.

        That is the mean over groups of (dropped - expected)² / variance: 1 for independent words, and the size of the
        groups where each is dropped or kept as a whole. The rate is the one found, so that it may be wrong. None where
        all or no words were dropped.
        """
        rate = dropped.double().mean().item()
        if rate in (0, 1):
            return None
        strays, used = self.strays(dropped, rate), self.sizes > 0
        return float((strays[used] ** 2 / (rate * (1 - rate) * self.sizes[used])).mean())

    def without(self, these: Tensor) -> "Group":
        """The other groups than these, which are marked by number."""
        return Group(self.family, self.index[~these[self.index]])

    def varies_by_chance(self, dropped: list[Tensor]) -> bool:
        """Whether in no call the numbers of dropped words vary more than by chance.

        False where there is no group, and where all or no words were dropped.
        """
        spreads = [self.spread(mask) for mask in dropped if len(mask)]
        return bool(spreads) and all(spread is not None and spread <= self.most_spread for spread in spreads)

    def strays(self, dropped: Tensor, rate: float) -> Tensor:
        return self.gone(dropped) - rate * self.sizes


def groups_of(tokens: Tensor) -> list[Group]:
    """By sentence, by place and by word."""
    words = tokens > UNK
    batch, width = tokens.shape
    by_row, by_place = torch.arange(batch)[:, None].expand_as(tokens), torch.arange(width).expand_as(tokens)
    return [Group("sentence", by_row[words]), Group("place", by_place[words]), Group("word", tokens[words])]


def _from_the_end(tokens: Tensor) -> Group:
    """By the number of words, UNK among them, that follow in the sentence."""
    following = (tokens >= UNK).long().flip(1).cumsum(1).flip(1) - 1
    return Group("distance from the end", following[tokens > UNK])


def _as_wholes(groups: list[Group], dropped: list[Tensor]) -> Complaint | None:
    """Groups that are dropped as a whole or not at all, every one in every call."""
    mistakes = {
        "sentence": ("Whole sentences were dropped or kept.", "whole_sentences"),
        "place": ("All sentences lost the words at the same places.", "one_noise_for_the_batch"),
        "word": ("A word was dropped wherever it occurs, or nowhere.", "one_noise_for_a_word"),
    }
    for group in groups:
        gone = [group.gone(mask) for mask in dropped]
        if all(((number == 0) | (number == group.sizes)).all() for number in gone):
            message, mistake = mistakes[group.family]
            return Complaint(message, mistake=mistake)
    return None


def never_or_always(tokens: Tensor, groups: list[Group], dropped: list[Tensor], rate: float) -> Complaint | None:
    """Groups whose words are all kept, or all dropped, by all calls, where the other groups vary as by chance.

    A right function does so to a group with probability exp(-NATS) at most, and there are some sixty groups: no
    sentences, which have so few words that a call or two would have to tell. Of several families the one is told in
    which most words are concerned.

    Args:
        tokens: [B, T].
        groups: as `groups_of` makes them of these.
        dropped: by call, which of the ordinary words, row by row, were dropped.
        rate: that was asked for, between 0 and 1.
    """
    if whole := _as_wholes(groups, dropped):  # which of them is then the chance of a shared draw
        return whole
    everywhere = torch.stack(dropped).sum(0)
    found = []
    for group in (*groups[1:], _from_the_end(tokens)):
        tries, gone = len(dropped) * group.sizes, group.gone(everywhere)
        for how, number, chance in (("never", gone, 1 - rate), ("always", tries - gone, rate)):
            these = (number == 0) & (-tries * math.log(chance) > NATS)
            if these.any() and group.without(these).varies_by_chance([mask[~these[group.index]] for mask in dropped]):
                found.append((float(tries[these].sum()), group, how, these))
    if not found:
        return None
    most, group, how, these = max(found, key=lambda one: one[0])
    facts = (
        ("expected", f"about {rate:.2f} of them dropped"),
        ("actual", f"{0 if how == 'never' else int(most)} of {int(most)}"),
    )
    return Complaint(f"{_which(group, these)} {how} dropped.", facts)


def _which(group: Group, these: Tensor) -> str:
    """The words of some groups, in words, with the verb."""
    chosen = these.nonzero().flatten().tolist()
    used = (group.sizes > 0).nonzero().flatten().tolist()
    if group.family == "distance from the end" and chosen == [0]:
        return "The last word of a sentence is"
    if group.family == "place" and chosen == used[:1]:
        return "The first word of a sentence is"
    if group.family == "word" and chosen == [UNK + 1]:
        return "The word of id 4, the first ordinary one, is"
    if group.family == "word" and chosen == used[-1:]:
        return "The word of the highest id is"
    several = {
        "place": "The words at some places of a sentence are",
        "word": "Some words of the vocabulary are",
        "distance from the end": "The words at some distance from the end of a sentence are",
    }
    return several[group.family]


def told_by_groups(groups: list[Group], dropped: list[Tensor]) -> Complaint | None:
    """Groups that are dropped more often than others, the same ones in every call.

    Args:
        groups: as `groups_of` makes them, of which `never_or_always` tells nothing.
        dropped: by call, which of the ordinary words, row by row, were dropped.
    """
    everywhere = torch.stack(dropped).double()
    rate = everywhere.mean().item()
    found = []
    for group in groups:
        sums = group.strays(everywhere.sum(0), len(dropped) * rate)
        used = group.sizes > 0
        spread = float((sums[used] ** 2 / (len(dropped) * rate * (1 - rate) * group.sizes[used])).mean())
        strays = [(group.strays(mask, rate) / group.sizes.sqrt())[used] for mask in everywhere]
        alike = min(float(torch.corrcoef(torch.stack(pair))[0, 1]) for pair in pairwise(strays))
        if spread > group.most_spread and alike > ALIKE:
            found.append((spread / group.most_spread, group))
    if not found:
        return None
    group = max(found, key=lambda one: one[0])[1]
    what = {"sentence": "the sentence", "place": "its place in the sentence", "word": "which word it is"}[group.family]
    return Complaint(f"How often a word is dropped depends on {what}.", _lowest_and_highest(group, everywhere))


def _lowest_and_highest(group: Group, dropped: Tensor) -> tuple[tuple[str, str], ...]:
    expected = ("expected", "the same share everywhere")
    tries, gone = len(dropped) * group.sizes, group.gone(dropped.sum(0))
    if group.family == "sentence":  # each has few words
        half = len(tries) // 2
        shares = [gone[part].sum() / tries[part].sum() for part in (slice(half), slice(half, None))]
        return expected, ("actual", f"{shares[0]:.3f} in the first half of the batch, {shares[1]:.3f} in the second")
    share = (gone / tries)[tries >= ENOUGH]
    return expected, ("actual", f"from {share.min():.3f} to {share.max():.3f}") if len(share) else ("actual", "others")
