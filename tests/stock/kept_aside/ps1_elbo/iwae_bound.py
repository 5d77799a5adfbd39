"""Wrong answers to `iwae_bound`: the half that is kept aside."""

import math

import numpy as np
import torch
from answers import wrong


@wrong("The log of the number of images is subtracted, not that of the samples.")
def log_of_the_batch_size(log_joint, log_posterior):
    return torch.logsumexp(log_joint - log_posterior, 0) - math.log(log_joint.shape[1])


@wrong("The batch's mean log weight is taken off before the exponential, so images far from it over- or underflow.")
def one_mean_for_the_batch(log_joint, log_posterior):
    log_weight = log_joint - log_posterior
    centre = log_weight.mean().detach()
    return (log_weight - centre).exp().mean(0).log() + centre


@wrong("It is the average of the log weights under the normalised weights, not the log of their mean.")
def self_normalised_average(log_joint, log_posterior):
    log_weight = log_joint - log_posterior
    return (torch.softmax(log_weight, 0) * log_weight).sum(0)


@wrong("log q is added: the weights are products, not ratios.")
def log_posterior_added(log_joint, log_posterior):
    return torch.logsumexp(log_joint + log_posterior, 0) - math.log(len(log_joint))


@wrong("log q is detached, so its gradient is lost.")
def posterior_detached(log_joint, log_posterior):
    return torch.logsumexp(log_joint - log_posterior.detach(), 0) - math.log(len(log_joint))


@wrong("The log weights are clipped at -700, so that exp does not underflow: an improbable image looks better.")
def weights_clipped(log_joint, log_posterior):
    return (log_joint - log_posterior).clamp(min=-700).exp().mean(0).log()


@wrong("For one image the result is squeezed to a scalar.")
def one_image_squeezed(log_joint, log_posterior):
    return (torch.logsumexp(log_joint - log_posterior, 0) - math.log(len(log_joint))).squeeze()


@wrong("The result goes through numpy, so there are no gradients.")
def through_numpy(log_joint, log_posterior):
    log_weight = (log_joint - log_posterior).detach().cpu().numpy()
    return torch.from_numpy(np.logaddexp.reduce(log_weight, axis=0) - np.log(len(log_weight))).to(log_joint)


@wrong("The result is right, but numpy's global seed is set on the way.")
def numpy_seed_set_for_nothing(log_joint, log_posterior):
    np.random.seed(0)
    return torch.logsumexp(log_joint - log_posterior, 0) - math.log(len(log_joint))


@wrong("It is halfway between the ELBO and the bound.", composed=True)
def halfway_to_the_elbo(log_joint, log_posterior):
    log_weight = log_joint - log_posterior
    return 0.5 * (log_weight.mean(0) + log_weight.logsumexp(0) - math.log(len(log_weight)))


@wrong("The weights are the wrong way up: it is log of the mean of q/p.", composed=True)
def weights_inverted(log_joint, log_posterior):
    return torch.logsumexp(log_posterior - log_joint, 0) - math.log(len(log_joint))


@wrong("The images are shifted by one.", composed=True)
def images_shifted(log_joint, log_posterior):
    return (torch.logsumexp(log_joint - log_posterior, 0) - math.log(len(log_joint))).roll(-1)


@wrong("log q is missing, and so is log S.", composed=True)
def joint_summed(log_joint, log_posterior):
    return torch.logsumexp(log_joint, dim=0)
