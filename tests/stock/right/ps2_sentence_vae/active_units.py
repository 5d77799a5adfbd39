"""Right but unusual answers to `active_units`."""

import functools
import math

import numpy as np
import torch
from answers import right


@right
def by_numpy(mu, threshold=0.01):
    return int(np.count_nonzero(mu.detach().cpu().double().numpy().var(axis=0) > threshold))


@right
def by_the_statistics_module(mu, threshold=0.01):
    import statistics

    return sum(statistics.pvariance(column) > threshold for column in mu.double().T.tolist())


@right
def by_vmap_over_dimensions(mu, threshold=0.01):
    variance = torch.vmap(lambda column: (column - column.mean()).square().mean(), in_dims=1)(mu.double())
    return int(variance.gt(threshold).sum())


@right
def by_welfords_recurrence(mu, threshold=0.01):
    mean, total = torch.zeros_like(mu[0], dtype=torch.float64), torch.zeros_like(mu[0], dtype=torch.float64)
    for n, row in enumerate(mu.double(), start=1):
        distance = row - mean
        mean = mean + distance / n
        total = total + distance * (row - mean)
    return int((total / len(mu) > threshold).sum())


@right
def from_all_pairs(mu, threshold=0.01):
    """The variance is half the mean squared distance of all pairs."""
    distance = mu.double()[:, None] - mu.double()[None]
    return int((distance.square().mean((0, 1)) / 2 > threshold).sum())


@right
def diagonal_of_the_covariance(mu, threshold=0.01):
    centred = mu.double() - mu.double().mean(0)
    covariance = torch.einsum("nm,nk->mk", centred, centred) / len(mu)
    return (covariance.diagonal() > threshold).long().sum().item()


@right
def by_var_mean(mu, threshold=0.01):
    variance, _ = torch.var_mean(mu, dim=0, correction=0)
    return sum(v > threshold for v in variance.tolist())


@right
def length_of_what_is_left(mu, threshold=0.01):
    deviation = torch.linalg.vector_norm(mu.double() - mu.double().mean(0), dim=0) / math.sqrt(len(mu))
    return len(deviation[deviation > math.sqrt(threshold)])


@right
def folded_over_dimensions(mu, threshold=0.01):
    columns = mu.double().unbind(-1)
    return functools.reduce(lambda count, column: count + int(column.var(correction=0) > threshold), columns, 0)
