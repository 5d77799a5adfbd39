"""Wrong answers to `elbo_from_joint`: the half that is kept aside."""

import math

import torch
from answers import wrong


@wrong("It takes the best sample, not the mean of all.")
def best_sample(log_joint, log_posterior):
    return (log_joint - log_posterior).max(0).values


@wrong("The last sample is left out.")
def last_sample_lost(log_joint, log_posterior):
    return (log_joint - log_posterior)[:-1].mean(0)


@wrong("It divides by the number of images in place of that of samples.")
def divided_by_the_batch_size(log_joint, log_posterior):
    return (log_joint - log_posterior).sum(0) / log_joint.shape[1]


@wrong("The samples are weighted by q once more: they come from q already.")
def weighted_by_q(log_joint, log_posterior):
    return (log_posterior.softmax(0) * (log_joint - log_posterior)).sum(0)


@wrong("The value is right, but no gradient arrives: it is computed under no_grad.")
def under_no_grad(log_joint, log_posterior):
    with torch.no_grad():
        return (log_joint - log_posterior).mean(0)


@wrong("log p is averaged over the samples, log q summed.")
def posterior_summed(log_joint, log_posterior):
    return log_joint.mean(0) - log_posterior.sum(0)


@wrong("For one image the result is squeezed to a scalar.")
def one_image_squeezed(log_joint, log_posterior):
    return (log_joint - log_posterior).mean(0).squeeze()


@wrong("The log weights are clipped at -100, so an improbable image looks better than it is.")
def weights_clipped(log_joint, log_posterior):
    return (log_joint - log_posterior).clamp(min=-100).mean(0)


@wrong("log q is added, and the samples are summed.", composed=True)
def sum_with_posterior_added(log_joint, log_posterior):
    return (log_joint + log_posterior).sum(0)


@wrong("The bound is in bits, not in nats.", composed=True)
def in_bits(log_joint, log_posterior):
    return (log_joint - log_posterior).mean(0) / math.log(2)


@wrong("log S is added to the right bound.", composed=True)
def plus_log_samples(log_joint, log_posterior):
    return (log_joint - log_posterior).mean(0) + math.log(1 + len(log_joint))
