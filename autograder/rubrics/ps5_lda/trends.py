"""Topic shares over the years."""

from collections.abc import Iterator

import numpy as np
import torch

from autograder.exercise.exercise import Exercise
from latentkit.check.cases import Case
from latentkit.reference import topics


def _trend_cases(generator: np.random.Generator) -> Iterator[Case]:
    start = int(generator.integers(1950, 2010))
    for name, documents, count, gaps in (
        ("years out of order", 12, 3, (0, 1, 2)),
        ("years without documents", 9, 2, (0, 4, 11)),
        ("one year", 4, 3, (0,)),
        ("one document a year", 5, 4, (3, 0, 7, 1, 5)),
    ):
        theta = torch.from_numpy(generator.dirichlet(np.full(count, 0.5), documents).astype(np.float32)).double()
        offsets = np.concatenate([np.repeat(gaps[0], 1 + documents % 3), np.resize(gaps, documents)])[:documents]
        if documents > len(gaps):
            offsets = generator.permutation(offsets)
            offsets[:2] = offsets.max(), offsets.min()  # the last year comes first
        yield Case(name, {"theta": theta, "years": torch.from_numpy(start + offsets)})


topic_trend = Exercise(
    name="topic_trend",
    points=2,
    reference=topics.topic_trend,
    cases=_trend_cases,
    look="section 8, shares over the years",
    on_cpu=True,
)


@topic_trend.mistake("The years are in the order in which they occur in the corpus: sort them.")
def years_not_sorted(theta, years):
    order = list(dict.fromkeys(years.tolist()))
    share = torch.stack([theta[years == year].mean(0) for year in order])
    return torch.tensor(order, device=years.device), share


@topic_trend.mistake(
    "The shares are summed. A year with many documents is no year with more of a topic: take the mean."
)
def summed(theta, years):
    found = years.unique()
    return found, torch.stack([theta[years == year].sum(0) for year in found])


@topic_trend.mistake("You divided by the number of all documents: divide by those of the year.")
def divided_by_all(theta, years):
    found = years.unique()
    return found, torch.stack([theta[years == year].sum(0) / len(theta) for year in found])


@topic_trend.mistake(
    "A topic's shares were made to sum to one over the years. The shares of one year, over the topics, sum to one."
)
def normalised_over_years(theta, years):
    found = years.unique()
    share = torch.stack([theta[years == year].mean(0) for year in found])
    return found, share / share.sum(0)


@topic_trend.mistake("The years between that have no document are there too: return the years that occur.")
def empty_years(theta, years):
    found = torch.arange(int(years.min()), int(years.max()) + 1, device=years.device)
    return found, torch.stack([theta[years == year].sum(0) / max(1, int((years == year).sum())) for year in found])


@topic_trend.mistake("Each document counts for its strongest topic alone: average the shares themselves.")
def strongest_topic(theta, years):
    hard = torch.nn.functional.one_hot(theta.argmax(1), theta.shape[1]).to(theta)
    found = years.unique()
    return found, torch.stack([hard[years == year].mean(0) for year in found])


@topic_trend.mistake("The two results are swapped: return the years first, then their shares.")
def results_swapped(theta, years):
    found = years.unique()
    return torch.stack([theta[years == year].mean(0) for year in found]), found


@topic_trend.mistake("The shares are [K, Y]. One row per year, please: [Y, K].")
def transposed(theta, years):
    found = years.unique()
    return found, torch.stack([theta[years == year].mean(0) for year in found], dim=1)


@topic_trend.alternative
def by_membership(theta, years):
    found = torch.unique(years, sorted=True)
    member = (years == found[:, None]).to(theta)
    return found, member @ theta / member.sum(1, keepdim=True)


@topic_trend.alternative
def year_by_year(theta, years):
    found = sorted(set(years.tolist()))
    share = [theta[torch.nonzero(years == year).squeeze(1)].mean(dim=0) for year in found]
    return [torch.tensor(found, device=years.device), torch.stack(share)]


@topic_trend.alternative
def by_scatter(theta, years):
    found, position, size = torch.unique(years, return_inverse=True, return_counts=True)
    total = torch.zeros(len(found), theta.shape[1], dtype=theta.dtype, device=theta.device)
    total.scatter_add_(0, position[:, None].expand_as(theta), theta)
    return found, total / size.unsqueeze(1)
