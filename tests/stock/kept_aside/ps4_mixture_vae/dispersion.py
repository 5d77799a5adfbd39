"""Wrong answers to `dispersion`, kept aside."""

import torch
from answers import wrong


@wrong("The mean of A is divided by the number of components.")
def mean_of_partitions_divided(q_c, means, logvars):
    eta1, eta2 = means * (-logvars).exp(), -0.5 * (-logvars).exp()
    of_each = (-(eta1**2) / (4 * eta2) - 0.5 * (-2 * eta2).log()).sum(-1)
    mean1, mean2 = q_c @ eta1, q_c @ eta2
    of_mean = (-(mean1**2) / (4 * mean2) - 0.5 * (-2 * mean2).log()).sum(-1)
    return (q_c @ of_each) / len(means) - of_mean


@wrong("The natural parameters are summed over the components without their weights in the second term.")
def natural_parameters_summed(q_c, means, logvars):
    eta1, eta2 = means * (-logvars).exp(), -0.5 * (-logvars).exp()
    of_each = (-(eta1**2) / (4 * eta2) - 0.5 * (-2 * eta2).log()).sum(-1)
    sum1, sum2 = eta1.sum(0), eta2.sum(0)
    return q_c @ of_each - (-(sum1**2) / (4 * sum2) - 0.5 * (-2 * sum2).log()).sum(-1)


@wrong("The quadratic part lacks the square of η₁.")
def square_missing(q_c, means, logvars):
    eta1, eta2 = means * (-logvars).exp(), -0.5 * (-logvars).exp()
    of_each = (-eta1 / (4 * eta2) - 0.5 * (-2 * eta2).log()).sum(-1)
    mean1, mean2 = q_c @ eta1, q_c @ eta2
    return q_c @ of_each - (-mean1 / (4 * mean2) - 0.5 * (-2 * mean2).log()).sum(-1)


@wrong("η₁ is multiplied by the variance in place of divided.")
def eta1_times_the_variance(q_c, means, logvars):
    eta1, eta2 = means * logvars.exp(), -0.5 * (-logvars).exp()
    of_each = (-(eta1**2) / (4 * eta2) - 0.5 * (-2 * eta2).log()).sum(-1)
    mean1, mean2 = q_c @ eta1, q_c @ eta2
    return q_c @ of_each - (-(mean1**2) / (4 * mean2) - 0.5 * (-2 * mean2).log()).sum(-1)


@wrong("The second term takes the natural parameters of the likeliest component, so nothing is dispersed.")
def natural_parameters_of_the_likeliest(q_c, means, logvars):
    eta1, eta2 = means * (-logvars).exp(), -0.5 * (-logvars).exp()
    of_each = (-(eta1**2) / (4 * eta2) - 0.5 * (-2 * eta2).log()).sum(-1)
    return q_c @ of_each - of_each[q_c.argmax(-1)]


@wrong("Negative results are clamped to zero and small ones to 0.1.")
def floor_of_a_tenth(q_c, means, logvars):
    eta1, eta2 = means * (-logvars).exp(), -0.5 * (-logvars).exp()
    of_each = (-(eta1**2) / (4 * eta2) - 0.5 * (-2 * eta2).log()).sum(-1)
    mean1, mean2 = q_c @ eta1, q_c @ eta2
    of_mean = (-(mean1**2) / (4 * mean2) - 0.5 * (-2 * mean2).log()).sum(-1)
    spread = q_c @ of_each - of_mean
    return spread.clamp(min=0.1)


@wrong("A batch of one example loses its batch dimension by a squeeze.")
def one_example_squeezed(q_c, means, logvars):
    eta1, eta2 = means * (-logvars).exp(), -0.5 * (-logvars).exp()
    of_each = (-(eta1**2) / (4 * eta2) - 0.5 * (-2 * eta2).log()).sum(-1)
    mean1, mean2 = q_c @ eta1, q_c @ eta2
    of_mean = (-(mean1**2) / (4 * mean2) - 0.5 * (-2 * mean2).log()).sum(-1)
    spread = q_c @ of_each - of_mean
    return spread.squeeze()


@wrong("The log variances are detached, so no gradient reaches them.")
def log_variances_detached(q_c, means, logvars):
    logvars = logvars.detach()
    eta1, eta2 = means * (-logvars).exp(), -0.5 * (-logvars).exp()
    of_each = (-(eta1**2) / (4 * eta2) - 0.5 * (-2 * eta2).log()).sum(-1)
    mean1, mean2 = q_c @ eta1, q_c @ eta2
    of_mean = (-(mean1**2) / (4 * mean2) - 0.5 * (-2 * mean2).log()).sum(-1)
    spread = q_c @ of_each - of_mean
    return spread


@wrong("The last component is left out of both terms.")
def last_component_left_out(q_c, means, logvars):
    q_c, means, logvars = q_c[:, :-1], means[:-1], logvars[:-1]
    eta1, eta2 = means * (-logvars).exp(), -0.5 * (-logvars).exp()
    of_each = (-(eta1**2) / (4 * eta2) - 0.5 * (-2 * eta2).log()).sum(-1)
    mean1, mean2 = q_c @ eta1, q_c @ eta2
    of_mean = (-(mean1**2) / (4 * mean2) - 0.5 * (-2 * mean2).log()).sum(-1)
    spread = q_c @ of_each - of_mean
    return spread


@wrong("The logarithm lacks its ½, and the sign is wrong.", composed=True)
def logarithm_without_half_and_negative(q_c, means, logvars):
    eta1, eta2 = means * (-logvars).exp(), -0.5 * (-logvars).exp()
    of_each = (-(eta1**2) / (4 * eta2) - (-2 * eta2).log()).sum(-1)
    mean1, mean2 = q_c @ eta1, q_c @ eta2
    return (-(mean1**2) / (4 * mean2) - (-2 * mean2).log()).sum(-1) - q_c @ of_each


@wrong("The square root of the right answer is returned.", composed=True)
def square_root(q_c, means, logvars):
    eta1, eta2 = means * (-logvars).exp(), -0.5 * (-logvars).exp()
    of_each = (-(eta1**2) / (4 * eta2) - 0.5 * (-2 * eta2).log()).sum(-1)
    mean1, mean2 = q_c @ eta1, q_c @ eta2
    of_mean = (-(mean1**2) / (4 * mean2) - 0.5 * (-2 * mean2).log()).sum(-1)
    spread = q_c @ of_each - of_mean
    return spread.clamp(min=1e-12).sqrt()


@wrong("The right answer is shifted by one place in the batch.", composed=True)
def batch_shifted(q_c, means, logvars):
    eta1, eta2 = means * (-logvars).exp(), -0.5 * (-logvars).exp()
    of_each = (-(eta1**2) / (4 * eta2) - 0.5 * (-2 * eta2).log()).sum(-1)
    mean1, mean2 = q_c @ eta1, q_c @ eta2
    of_mean = (-(mean1**2) / (4 * mean2) - 0.5 * (-2 * mean2).log()).sum(-1)
    spread = q_c @ of_each - of_mean
    return spread.roll(1, 0)


@wrong("All components count alike, and the dimensions are averaged.", composed=True)
def unweighted_and_averaged(q_c, means, logvars):
    q_c = torch.full_like(q_c, 1 / len(means)) + 0 * q_c
    eta1, eta2 = means * (-logvars).exp(), -0.5 * (-logvars).exp()
    of_each = (-(eta1**2) / (4 * eta2) - 0.5 * (-2 * eta2).log()).sum(-1)
    mean1, mean2 = q_c @ eta1, q_c @ eta2
    of_mean = (-(mean1**2) / (4 * mean2) - 0.5 * (-2 * mean2).log()).sum(-1)
    spread = q_c @ of_each - of_mean
    return spread / means.shape[1]
