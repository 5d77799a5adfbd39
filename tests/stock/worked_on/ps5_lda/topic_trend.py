"""Wrong answers to `topic_trend`, to work on."""

import torch
from answers import wrong


@wrong("The years come in descending order.")
def years_descending(theta, years):
    found = years.unique()
    share = torch.stack([theta[years == year].mean(0) for year in found])
    return found.flip(0), share.flip(0)


@wrong("The median over the documents stands for the mean.")
def median_of_the_documents(theta, years):
    found = years.unique()
    return found, torch.stack([theta[years == year].median(0).values for year in found])


@wrong("Only the last document of each year counts.")
def last_document_of_the_year(theta, years):
    found = years.unique()
    return found, torch.stack([theta[years == year][-1] for year in found])


@wrong("The shares are added up over the years: each year holds the mean of all years up to it.")
def mean_of_all_years_so_far(theta, years):
    found = years.unique()
    return found, torch.stack([theta[years <= year].mean(0) for year in found])


@wrong("Repeated years are written over each other, so only one document of a year counts, divided by their number.")
def repeated_years_written_over(theta, years):
    found, place, size = years.unique(return_inverse=True, return_counts=True)
    total = theta.new_zeros(len(found), theta.shape[1])
    total[place] += theta
    return found, total / size[:, None]


@wrong("The sums are divided by the number of documents less one.")
def divided_by_one_less(theta, years):
    found = years.unique()
    return found, torch.stack([theta[years == y].sum(0) / max(1, int((years == y).sum()) - 1) for y in found])


@wrong("The years are numbered from 0 in place of named.")
def years_numbered(theta, years):
    found = years.unique()
    share = torch.stack([theta[years == year].mean(0) for year in found])
    return torch.arange(len(found)), share


@wrong("The last year is missing: the loop ends one too early.")
def last_year_missing(theta, years):
    found = years.unique()
    share = torch.stack([theta[years == year].mean(0) for year in found])
    return found[:-1], share[:-1]


@wrong("The shares are summed over the documents, and the result is [K, Y].", composed=True)
def summed_and_transposed(theta, years):
    found = years.unique()
    return found, torch.stack([theta[years == year].sum(0) for year in found], dim=1)


@wrong("The topics of the right answer come in reversed order.", composed=True)
def topics_reversed(theta, years):
    found = years.unique()
    share = torch.stack([theta[years == year].mean(0) for year in found])
    return found, share.flip(1)


@wrong("The shares of the right answer are given in percent.", composed=True)
def in_percent(theta, years):
    found = years.unique()
    share = torch.stack([theta[years == year].mean(0) for year in found])
    return found, 100 * share


@wrong("The years are in the order in which they occur, and the shares are summed.", composed=True)
def unsorted_and_summed(theta, years):
    order = list(dict.fromkeys(years.tolist()))
    return torch.tensor(order), torch.stack([theta[years == year].sum(0) for year in order])


@wrong("The shares are normalised over the documents in place, so the caller's theta changes.")
def theta_edited(theta, years):
    found = years.unique()
    share = torch.stack([theta[years == year].mean(0) for year in found])
    theta /= theta.sum(0)
    return found, share
