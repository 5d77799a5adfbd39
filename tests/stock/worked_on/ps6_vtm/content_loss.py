"""Wrong answers to `content_loss`, to work on."""

import torch
from answers import wrong


@wrong("A content is drawn from q, and its distance taken: the answer is random.")
def distance_of_a_draw(mu, logvar, table, kl_weight=1.0):
    c = mu + (0.5 * logvar).exp() * torch.randn_like(mu)
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar)
    return ((c - table.detach()) ** 2 + kl_weight * kl).sum(-1)


@wrong("The KL has its arguments exchanged: KL(p || q).")
def kl_the_other_way_round(mu, logvar, table, kl_weight=1.0):
    kl = 0.5 * (logvar - 1 + (1 + mu**2) / logvar.exp())
    return ((mu - table.detach()) ** 2 + logvar.exp() + kl_weight * kl).sum(-1)


@wrong("Half a nat of each dimension's KL is free.")
def half_a_nat_free(mu, logvar, table, kl_weight=1.0):
    kl = (0.5 * (mu**2 + logvar.exp() - 1 - logvar)).clamp(min=0.5)
    return ((mu - table.detach()) ** 2 + logvar.exp() + kl_weight * kl).sum(-1)


@wrong("The weight is squared.")
def weight_squared(mu, logvar, table, kl_weight=1.0):
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar)
    return ((mu - table.detach()) ** 2 + logvar.exp() + kl_weight**2 * kl).sum(-1)


@wrong("The default of the weight is 0.")
def another_default(mu, logvar, table, kl_weight=0.0):
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar)
    return ((mu - table.detach()) ** 2 + logvar.exp() + kl_weight * kl).sum(-1)


@wrong("The weight multiplies the variance of the distance as well.")
def weight_on_the_variance_too(mu, logvar, table, kl_weight=1.0):
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar)
    return ((mu - table.detach()) ** 2 + kl_weight * (logvar.exp() + kl)).sum(-1)


@wrong("logvar is clamped to ±2.")
def logvar_clamped(mu, logvar, table, kl_weight=1.0):
    logvar = logvar.clamp(-2, 2)
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar)
    return ((mu - table.detach()) ** 2 + logvar.exp() + kl_weight * kl).sum(-1)


@wrong("logvar is detached, so the encoder does not learn how sure it is.")
def logvar_detached(mu, logvar, table, kl_weight=1.0):
    logvar = logvar.detach()
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar)
    return ((mu - table.detach()) ** 2 + logvar.exp() + kl_weight * kl).sum(-1)


@wrong("The distance counts twice.")
def distance_twice(mu, logvar, table, kl_weight=1.0):
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar)
    return (2 * ((mu - table.detach()) ** 2 + logvar.exp()) + kl_weight * kl).sum(-1)


@wrong("The ½ of the KL is missing, and so is the variance of the distance.", composed=True)
def half_and_variance_missing(mu, logvar, table, kl_weight=1.0):
    kl = mu**2 + logvar.exp() - 1 - logvar
    return ((mu - table.detach()) ** 2 + kl_weight * kl).sum(-1)


@wrong("The right answer is doubled.", composed=True)
def twice_the_loss(mu, logvar, table, kl_weight=1.0):
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar)
    return 2 * ((mu - table.detach()) ** 2 + logvar.exp() + kl_weight * kl).sum(-1)


@wrong("The KL is missing, and the batch is averaged.", composed=True)
def mean_distance(mu, logvar, table, kl_weight=1.0):
    return ((mu - table.detach()) ** 2 + logvar.exp()).sum(-1).mean()
