"""Wrong answers to `active_units`: the half that is kept aside."""

import torch
from answers import wrong


@wrong("The mean absolute deviation is compared with the threshold.")
def absolute_deviation_for_variance(mu, threshold=0.01):
    return int(((mu - mu.mean(0)).abs().mean(0) > threshold).sum())


@wrong("The default threshold is 0.5.")
def higher_default(mu, threshold=0.5):
    return int((mu.var(0) > threshold).sum())


@wrong("The variance is compared with the root of the threshold.")
def root_of_the_threshold(mu, threshold=0.01):
    return int((mu.var(0) > threshold**0.5).sum())


@wrong("The numbers are cut to float16 first, which loses the variance where the mean is large.")
def half_precision(mu, threshold=0.01):
    return int((mu.half().double().var(0) > threshold).sum())


@wrong("The last dimension is not counted.")
def last_dimension_lost(mu, threshold=0.01):
    return int((mu[:, :-1].var(0) > threshold).sum())


@wrong("Each variance is divided by the largest one: the threshold is taken for a share.")
def relative_variance(mu, threshold=0.01):
    variance = mu.var(0)
    return int((variance / variance.max() > threshold).sum())


@wrong("The steps from one example to the next are looked at, not the deviations from the mean.")
def mean_step_for_variance(mu, threshold=0.01):
    return int((mu.diff(dim=0).mean(0).abs() > threshold).sum())


@wrong("It returns the numbers of the active dimensions, not how many there are.")
def numbers_of_the_dimensions(mu, threshold=0.01):
    return torch.nonzero(mu.var(0) > threshold).squeeze(-1)


@wrong("It returns one more than there are, as it counts from 1.")
def one_too_many(mu, threshold=0.01):
    return int((mu.var(0) > threshold).sum()) + 1


@wrong("The share of collapsed dimensions is returned.", composed=True)
def share_of_collapsed(mu, threshold=0.01):
    return (mu.var(0) <= threshold).double().mean().item()


@wrong("The squared deviations are summed, and the last dimension is not counted.", composed=True)
def summed_without_the_last_dimension(mu, threshold=0.01):
    return int((((mu - mu.mean(0)) ** 2).sum(0)[:-1] > threshold).sum())


@wrong("The exponential of μ is looked at.", composed=True)
def variance_of_exponentials(mu, threshold=0.01):
    return int((mu.exp().var(0) > threshold).sum())


@wrong("A variance of ten times the threshold is asked for.")
def ten_times_the_threshold(mu, threshold=0.01):
    return int((mu.var(0) > 10 * threshold).sum())
