"""Wrong answers to `topic_trend`, kept aside."""

import torch
from answers import wrong
from torch.nn import functional as F


@wrong("The documents are sorted by year, but their shares stay in the old order.")
def shares_not_sorted_with_the_years(theta, years):
    years = years.sort().values
    found = years.unique()
    return found, torch.stack([theta[years == year].mean(0) for year in found])


@wrong("The largest share of each year stands for the mean.")
def largest_of_the_documents(theta, years):
    found = years.unique()
    return found, torch.stack([theta[years == year].amax(0) for year in found])


@wrong("Only the first document of each year counts.")
def first_document_of_the_year(theta, years):
    found = years.unique()
    return found, torch.stack([theta[years == year][0] for year in found])


@wrong("The mean runs over the year and the one before it.")
def two_years_averaged(theta, years):
    found = years.unique()
    return found, torch.stack([theta[(years == year) | (years == year - 1)].mean(0) for year in found])


@wrong("The shares are smoothed: each year is averaged with its neighbours.")
def smoothed_over_neighbouring_years(theta, years):
    found = years.unique()
    share = torch.stack([theta[years == year].mean(0) for year in found])
    rows = [share[max(0, i - 1) : i + 2].mean(0) for i in range(len(found))]
    return found, torch.stack(rows)


@wrong("The years are returned as floats.")
def years_as_floats(theta, years):
    found = years.unique()
    share = torch.stack([theta[years == year].mean(0) for year in found])
    return found.double(), share


@wrong("The shares are returned in single precision.")
def shares_in_single_precision(theta, years):
    found = years.unique()
    share = torch.stack([theta[years == year].mean(0) for year in found])
    return found, share.float()


@wrong("One row for each document is returned, with its year's mean.")
def one_row_for_each_document(theta, years):
    order = years.argsort()
    return years[order], torch.stack([theta[years == year].mean(0) for year in years[order]])


@wrong("Only the shares are returned, without the years.")
def shares_alone(theta, years):
    found = years.unique()
    share = torch.stack([theta[years == year].mean(0) for year in found])
    return share


@wrong("The strongest topic counts alone, and the shares are divided by all documents.", composed=True)
def strongest_topic_of_all_documents(theta, years):
    hard = F.one_hot(theta.argmax(1), theta.shape[1]).to(theta)
    found = years.unique()
    return found, torch.stack([hard[years == year].sum(0) / len(theta) for year in found])


@wrong("The topics of the right answer are shifted by one place.", composed=True)
def topics_shifted(theta, years):
    found = years.unique()
    share = torch.stack([theta[years == year].mean(0) for year in found])
    return found, share.roll(1, 1)


@wrong("The logarithms of the right shares are returned.", composed=True)
def logarithms_of_the_shares(theta, years):
    found = years.unique()
    share = torch.stack([theta[years == year].mean(0) for year in found])
    return found, share.clamp(min=1e-30).log()


@wrong("The shares are normalised over the years, and the result is [K, Y].", composed=True)
def normalised_over_years_and_transposed(theta, years):
    found = years.unique()
    share = torch.stack([theta[years == year].mean(0) for year in found])
    return found, (share / share.sum(0)).T
