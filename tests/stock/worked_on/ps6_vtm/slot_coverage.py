"""Wrong answers to `slot_coverage`, to work on."""

import torch
from answers import wrong


@wrong("A table without fields counts as said rightly whatever is said: its hallucination is 0.")
def nothing_asked_is_all_right(said, asked):
    right, num_asked, num_said = (said & asked).sum(-1), asked.sum(-1), said.sum(-1)
    coverage = torch.where(num_asked > 0, right / num_asked.clamp(min=1), 1)
    return coverage, torch.where(num_asked > 0, (num_said - right) / num_said.clamp(min=1), 0)


@wrong("The coverage says only whether anything that was asked is said.")
def anything_said(said, asked):
    covered = (said & asked).any(-1) | ~asked.any(-1)
    return covered.float(), (said & ~asked).sum(-1) / said.sum(-1).clamp(min=1)


@wrong("Both fractions are smoothed: one is added above and below.")
def fractions_smoothed(said, asked):
    coverage = ((said & asked).sum(-1) + 1) / (asked.sum(-1) + 1)
    return coverage, ((said & ~asked).sum(-1) + 1) / (said.sum(-1) + 1)


@wrong("One tensor is returned, [2, B].")
def stacked(said, asked):
    num_asked = asked.sum(-1)
    coverage = torch.where(num_asked > 0, (said & asked).sum(-1) / num_asked.clamp(min=1), 1)
    return torch.stack([coverage, (said & ~asked).sum(-1) / said.sum(-1).clamp(min=1)])


@wrong("Both shares are in per cent.")
def in_per_cent(said, asked):
    num_asked = asked.sum(-1)
    coverage = torch.where(num_asked > 0, (said & asked).sum(-1) / num_asked.clamp(min=1), 1)
    return 100 * coverage, 100 * (said & ~asked).sum(-1) / said.sum(-1).clamp(min=1)


@wrong("The coverage says only whether everything that was asked is said.")
def all_or_nothing(said, asked):
    complete = (said | ~asked).all(-1).float()
    return complete, (said & ~asked).sum(-1) / said.sum(-1).clamp(min=1)


@wrong("All dimensions of size one are squeezed, so one sentence gives two numbers.")
def one_sentence_squeezed(said, asked):
    num_asked = asked.sum(-1)
    coverage = torch.where(num_asked > 0, (said & asked).sum(-1) / num_asked.clamp(min=1), 1)
    return coverage.squeeze(), ((said & ~asked).sum(-1) / said.sum(-1).clamp(min=1)).squeeze()


@wrong("The hallucination of a sentence is at most what its coverage leaves.")
def hallucination_limited(said, asked):
    num_asked = asked.sum(-1)
    coverage = torch.where(num_asked > 0, (said & asked).sum(-1) / num_asked.clamp(min=1), 1)
    return coverage, torch.minimum((said & ~asked).sum(-1) / said.sum(-1).clamp(min=1), 1 - coverage)


@wrong("The fractions are rounded down to whole numbers.")
def rounded_down(said, asked):
    num_asked = asked.sum(-1)
    coverage = torch.where(num_asked > 0, (said & asked).sum(-1) // num_asked.clamp(min=1), 1)
    return coverage.float(), ((said & ~asked).sum(-1) // said.sum(-1).clamp(min=1)).float()


@wrong("The two have changed places, and an empty table is not covered.", composed=True)
def swapped_and_zero(said, asked):
    coverage = (said & asked).sum(-1) / asked.sum(-1).clamp(min=1)
    return (said & ~asked).sum(-1) / said.sum(-1).clamp(min=1), coverage


@wrong("The sentences come in reverse order.", composed=True)
def sentences_in_reverse_order(said, asked):
    num_asked = asked.sum(-1)
    coverage = torch.where(num_asked > 0, (said & asked).sum(-1) / num_asked.clamp(min=1), 1)
    return coverage.flip(0), ((said & ~asked).sum(-1) / said.sum(-1).clamp(min=1)).flip(0)


@wrong("What is missing is returned first, and in per cent.", composed=True)
def missing_in_per_cent(said, asked):
    missing = 100 * (asked & ~said).sum(-1) / asked.sum(-1).clamp(min=1)
    return missing, (said & ~asked).sum(-1) / said.sum(-1).clamp(min=1)
