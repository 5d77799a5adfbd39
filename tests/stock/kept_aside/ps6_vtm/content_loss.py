"""Wrong answers to `content_loss`, kept aside."""

import torch
from answers import wrong
from torch.nn import functional as F


@wrong("The distance is absolute, not squared.")
def absolute_distance(mu, logvar, table, kl_weight=1.0):
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar)
    return ((mu - table.detach()).abs() + logvar.exp() + kl_weight * kl).sum(-1)


@wrong("Far from the table the distance grows only linearly.")
def distance_that_flattens(mu, logvar, table, kl_weight=1.0):
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar)
    distance = 2 * F.huber_loss(mu, table.detach(), reduction="none", delta=0.5)
    return (distance + logvar.exp() + kl_weight * kl).sum(-1)


@wrong("A weight of 0 is taken for a missing one and replaced by 1.")
def weight_of_zero_taken_for_missing(mu, logvar, table, kl_weight=1.0):
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar)
    return ((mu - table.detach()) ** 2 + logvar.exp() + (kl_weight or 1.0) * kl).sum(-1)


@wrong("The table's encoding is scaled to length 1 first.")
def table_of_length_one(mu, logvar, table, kl_weight=1.0):
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar)
    return ((mu - F.normalize(table.detach(), dim=-1)) ** 2 + logvar.exp() + kl_weight * kl).sum(-1)


@wrong("The whole loss is detached.")
def everything_detached(mu, logvar, table, kl_weight=1.0):
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar)
    return ((mu - table) ** 2 + logvar.exp() + kl_weight * kl).sum(-1).detach()


@wrong("The variance is subtracted from the square.")
def variance_subtracted(mu, logvar, table, kl_weight=1.0):
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar)
    return ((mu - table.detach()) ** 2 - logvar.exp() + kl_weight * kl).sum(-1)


@wrong("Each side is held still in one half of the distance, so the table learns, too.")
def both_sides_by_half(mu, logvar, table, kl_weight=1.0):
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar)
    distance = 0.5 * (mu - table.detach()) ** 2 + 0.5 * (mu.detach() - table) ** 2
    return (distance + logvar.exp() + kl_weight * kl).sum(-1)


@wrong("The log variance enters the KL with the wrong sign.")
def log_variance_added(mu, logvar, table, kl_weight=1.0):
    kl = 0.5 * (mu**2 + logvar.exp() - 1 + logvar)
    return ((mu - table.detach()) ** 2 + logvar.exp() + kl_weight * kl).sum(-1)


@wrong("The table is added to the mean instead of taken off it.")
def table_added(mu, logvar, table, kl_weight=1.0):
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar)
    return ((mu + table.detach()) ** 2 + logvar.exp() + kl_weight * kl).sum(-1)


@wrong("The square of the mean is missing in the KL.")
def mean_missing_in_the_kl(mu, logvar, table, kl_weight=1.0):
    kl = 0.5 * (logvar.exp() - 1 - logvar)
    return ((mu - table.detach()) ** 2 + logvar.exp() + kl_weight * kl).sum(-1)


@wrong("The weight is not used, and the ½ of the KL is missing.", composed=True)
def unweighted_and_not_halved(mu, logvar, table, kl_weight=1.0):
    kl = mu**2 + logvar.exp() - 1 - logvar
    return ((mu - table.detach()) ** 2 + logvar.exp() + kl).sum(-1)


@wrong("Everything is summed over the batch, and the KL is subtracted.", composed=True)
def summed_with_the_kl_subtracted(mu, logvar, table, kl_weight=1.0):
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar)
    return torch.sum((mu - table.detach()) ** 2 + logvar.exp() - kl_weight * kl)
