"""Wrong answers to `batch_prior_kl`, kept aside."""

import math

import torch
from answers import wrong


@wrong("The mean is clamped at 0.02 from below, so that codes of little use count for too much.")
def mean_clamped_from_below(q, prior):
    mean = q.mean(0).clamp(min=0.02)
    return (mean * (mean / prior).log()).sum()


@wrong("Logarithms to base 10.")
def logarithm_to_base_ten(q, prior):
    mean = q.mean(0) + 1e-30
    return (mean * (mean.log10() - prior.log10())).sum()


@wrong("The prior is put through a softmax before it is used.")
def softmax_of_the_prior(q, prior):
    mean = q.mean(0)
    return (torch.special.xlogy(mean, mean) - mean * prior.log_softmax(0)).sum()


@wrong("This is the Jensen-Shannon divergence of the mean and the prior.")
def jensen_shannon(q, prior):
    mean = q.mean(0)
    middle = (mean + prior) / 2
    first = torch.special.xlogy(mean, mean) - mean * middle.log()
    return 0.5 * (first + prior * (prior.log() - middle.log())).sum()


@wrong("Only the first example of the batch is looked at.")
def first_example_only(q, prior):
    return (torch.special.xlogy(q[0], q[0]) - q[0] * prior.log()).sum()


@wrong("The last code is left out of the sum.")
def last_code_left_out(q, prior):
    mean = q.mean(0)[:-1]
    return (torch.special.xlogy(mean, mean) - mean * prior[:-1].log()).sum()


@wrong("The absolute value of each code's term is summed.")
def absolute_terms(q, prior):
    mean = q.mean(0)
    return (torch.special.xlogy(mean, mean) - mean * prior.log()).abs().sum()


@wrong("The value is rebuilt from a Python number, so no gradient flows and its dtype is float32.")
def rebuilt_from_a_number(q, prior):
    mean = q.mean(0)
    kl = (torch.special.xlogy(mean, mean) - mean * prior.log()).sum()
    return torch.tensor(kl.item())


@wrong("Half of the mean is detached, so the gradient is half of what it should be.")
def half_of_the_gradient(q, prior):
    mean = 0.5 * q.mean(0) + 0.5 * q.mean(0).detach()
    return (torch.special.xlogy(mean, mean) - mean * prior.log()).sum()


@wrong(
    "The geometric mean of the batch stands for the arithmetic one, with a constant in the logarithm.", composed=True
)
def geometric_mean_of_the_batch(q, prior):
    mean = (q + 1e-8).log().mean(0).softmax(0)
    return (mean * (mean / prior).log()).sum()


@wrong("The sum over the batch stands in place of the mean, and the result is averaged over the codes.", composed=True)
def summed_batch_averaged_codes(q, prior):
    total = q.sum(0)
    return (torch.special.xlogy(total, total) - total * prior.log()).mean()


@wrong("The exponential of the right answer is returned.", composed=True)
def exponential_of_the_kl(q, prior):
    mean = q.mean(0)
    kl = (torch.special.xlogy(mean, mean) - mean * prior.log()).sum()
    return kl.exp()


@wrong("A uniform prior is assumed, and the result is in bits.", composed=True)
def uniform_prior_in_bits(q, prior):
    mean = q.mean(0)
    return (torch.special.xlogy(mean, mean).sum() + math.log(q.shape[1])) / math.log(2)


@wrong("torch's global seed is set although nothing is drawn.")
def global_seed_set(q, prior):
    torch.manual_seed(0)
    mean = q.mean(0)
    kl = (torch.special.xlogy(mean, mean) - mean * prior.log()).sum()
    return kl
