"""Wrong answers to `slot_coverage`, kept aside."""

import torch
from answers import wrong


@wrong("The coverage is an F-score of the two fractions.")
def f_score_for_coverage(said, asked):
    both = said.sum(-1) + asked.sum(-1)
    coverage = torch.where(both > 0, 2 * (said & asked).sum(-1) / both.clamp(min=1), 1)
    return coverage, (said & ~asked).sum(-1) / said.sum(-1).clamp(min=1)


@wrong("The hallucination says only whether anything is made up.")
def made_up_or_not(said, asked):
    num_asked = asked.sum(-1)
    coverage = torch.where(num_asked > 0, (said & asked).sum(-1) / num_asked.clamp(min=1), 1)
    return coverage, (said & ~asked).any(-1).float()


@wrong("The first field is left out, as if it were a heading.")
def first_field_left_out(said, asked):
    said, asked = said[:, 1:], asked[:, 1:]
    num_asked = asked.sum(-1)
    coverage = torch.where(num_asked > 0, (said & asked).sum(-1) / num_asked.clamp(min=1), 1)
    return coverage, (said & ~asked).sum(-1) / said.sum(-1).clamp(min=1)


@wrong("Only the coverage is returned.")
def coverage_alone(said, asked):
    num_asked = asked.sum(-1)
    return torch.where(num_asked > 0, (said & asked).sum(-1) / num_asked.clamp(min=1), 1)


@wrong("What a table lacks and a sentence does not say counts as right.")
def silence_counted_as_right(said, asked):
    agreed = (said == asked).sum(-1)
    coverage = torch.where(asked.any(-1), agreed / asked.sum(-1).clamp(min=1), 1)
    return coverage, (said & ~asked).sum(-1) / said.sum(-1).clamp(min=1)


@wrong("Both shares are averages over the batch, repeated for each sentence.")
def averages_repeated(said, asked):
    num_asked = asked.sum(-1)
    coverage = torch.where(num_asked > 0, (said & asked).sum(-1) / num_asked.clamp(min=1), 1)
    made_up = (said & ~asked).sum(-1) / said.sum(-1).clamp(min=1)
    return coverage.mean().expand(len(said)), made_up.mean().expand(len(said))


@wrong("What was said is crossed off in the caller's tensor.")
def crossed_off_in_place(said, asked):
    right, num_said, num_asked = (said & asked).sum(-1), said.sum(-1), asked.sum(-1)
    said &= ~asked
    made_up = said.sum(-1) / num_said.clamp(min=1)
    return torch.where(num_asked > 0, right / num_asked.clamp(min=1), 1), made_up


@wrong("The hallucination of a sentence that says nothing is a half.")
def half_for_saying_nothing(said, asked):
    num_asked, num_said = asked.sum(-1), said.sum(-1)
    coverage = torch.where(num_asked > 0, (said & asked).sum(-1) / num_asked.clamp(min=1), 1)
    return coverage, torch.where(num_said > 0, (said & ~asked).sum(-1) / num_said.clamp(min=1), 0.5)


@wrong("The made-up fields are counted among all that is said or asked.")
def made_up_among_the_union(said, asked):
    num_asked = asked.sum(-1)
    coverage = torch.where(num_asked > 0, (said & asked).sum(-1) / num_asked.clamp(min=1), 1)
    return coverage, (said & ~asked).sum(-1) / (said | asked).sum(-1).clamp(min=1)


@wrong("Precision comes first and recall second, as one is used to say them.", composed=True)
def precision_and_recall(said, asked):
    right = (said & asked).sum(-1)
    return right / said.sum(-1).clamp(min=1), right / asked.sum(-1).clamp(min=1)


@wrong("Both shares are halved.", composed=True)
def halved(said, asked):
    num_asked = asked.sum(-1)
    coverage = torch.where(num_asked > 0, (said & asked).sum(-1) / num_asked.clamp(min=1), 1)
    return coverage / 2, (said & ~asked).sum(-1) / said.sum(-1).clamp(min=1) / 2


@wrong("What is missing and what is said rightly are returned, in numbers of fields.", composed=True)
def numbers_of_missing_and_right(said, asked):
    return (asked & ~said).sum(-1).float(), (said & asked).sum(-1).float()
