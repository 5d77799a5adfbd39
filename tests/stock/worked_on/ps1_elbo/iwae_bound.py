"""Wrong answers to `iwae_bound`: the half that is worked on."""

import math

import torch
from answers import wrong


@wrong("log S is added in place of being subtracted.")
def log_samples_added(log_joint, log_posterior):
    return torch.logsumexp(log_joint - log_posterior, 0) + math.log(len(log_joint))


@wrong("One largest weight is taken for the whole batch, so images far below it underflow.")
def one_maximum_for_the_batch(log_joint, log_posterior):
    log_weight = log_joint - log_posterior
    largest = log_weight.max()
    return (log_weight - largest).exp().mean(0).log() + largest


@wrong("It takes the largest weight alone.")
def largest_weight_only(log_joint, log_posterior):
    return (log_joint - log_posterior).amax(0)


@wrong("log q is missing: it is the log of the mean of p(x, z).")
def without_log_posterior(log_joint, log_posterior):
    return torch.logsumexp(log_joint, 0) - math.log(len(log_joint))


@wrong("The normalised weights are right in the value, but the gradient is that of the plain average.")
def gradient_of_the_elbo(log_joint, log_posterior):
    log_weight = log_joint - log_posterior
    average = log_weight.mean(0)
    return average + (torch.logsumexp(log_weight, 0) - math.log(len(log_weight)) - average).detach()


@wrong("The largest weight is taken off for safety and never added again.")
def maximum_not_added_again(log_joint, log_posterior):
    log_weight = log_joint - log_posterior
    return (log_weight - log_weight.amax(0)).exp().mean(0).log()


@wrong("1e-300 is added inside the log, so an improbable image gets -691.")
def epsilon_in_the_log(log_joint, log_posterior):
    return torch.log((log_joint - log_posterior).double().exp().mean(0) + 1e-300).to(log_joint.dtype)


@wrong("It edits log_joint in place.")
def joint_edited(log_joint, log_posterior):
    log_joint.sub_(log_posterior)
    return torch.logsumexp(log_joint, 0) - math.log(len(log_joint))


@wrong("The result is right, but torch's global seed is set on the way.")
def seed_set_for_nothing(log_joint, log_posterior):
    torch.manual_seed(0)
    return torch.logsumexp(log_joint - log_posterior, 0) - math.log(len(log_joint))


@wrong("The value is divided by S once more.", composed=True)
def divided_by_samples(log_joint, log_posterior):
    return (torch.logsumexp(log_joint - log_posterior, 0) - math.log(len(log_joint))) / len(log_joint)


@wrong("The sign is wrong, and log S is missing.", composed=True)
def negative_without_log_samples(log_joint, log_posterior):
    return -torch.logsumexp(log_joint - log_posterior, 0)


@wrong("log S is missing, and the sum runs over the images.", composed=True)
def wrong_axis_without_log(log_joint, log_posterior):
    return torch.logsumexp(log_joint - log_posterior, 1)


@wrong("The bound is in bits, not in nats.", composed=True)
def in_bits(log_joint, log_posterior):
    return (torch.logsumexp(log_joint - log_posterior, 0) - math.log(len(log_joint))) / math.log(2)
