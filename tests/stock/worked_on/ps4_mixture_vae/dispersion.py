"""Wrong answers to `dispersion`, to work on."""

from answers import wrong


@wrong("Only A of the mean natural parameters is returned.")
def partition_of_means_only(q_c, means, logvars):
    eta1, eta2 = means * (-logvars).exp(), -0.5 * (-logvars).exp()
    mean1, mean2 = q_c @ eta1, q_c @ eta2
    return (-(mean1**2) / (4 * mean2) - 0.5 * (-2 * mean2).log()).sum(-1)


@wrong("Both terms are added.")
def terms_added(q_c, means, logvars):
    eta1, eta2 = means * (-logvars).exp(), -0.5 * (-logvars).exp()
    of_each = (-(eta1**2) / (4 * eta2) - 0.5 * (-2 * eta2).log()).sum(-1)
    mean1, mean2 = q_c @ eta1, q_c @ eta2
    of_mean = (-(mean1**2) / (4 * mean2) - 0.5 * (-2 * mean2).log()).sum(-1)
    return q_c @ of_each + of_mean


@wrong("The quadratic part has the factor 2 where 4 belongs in its denominator.")
def two_for_four(q_c, means, logvars):
    eta1, eta2 = means * (-logvars).exp(), -0.5 * (-logvars).exp()
    of_each = (-(eta1**2) / (2 * eta2) - 0.5 * (-2 * eta2).log()).sum(-1)
    mean1, mean2 = q_c @ eta1, q_c @ eta2
    return q_c @ of_each - (-(mean1**2) / (2 * mean2) - 0.5 * (-2 * mean2).log()).sum(-1)


@wrong("η₁ is the mean over the standard deviation.")
def eta1_over_the_standard_deviation(q_c, means, logvars):
    eta1, eta2 = means * (-0.5 * logvars).exp(), -0.5 * (-logvars).exp()
    of_each = (-(eta1**2) / (4 * eta2) - 0.5 * (-2 * eta2).log()).sum(-1)
    mean1, mean2 = q_c @ eta1, q_c @ eta2
    return q_c @ of_each - (-(mean1**2) / (4 * mean2) - 0.5 * (-2 * mean2).log()).sum(-1)


@wrong("The likeliest component's A stands for the mean of A.")
def partition_of_the_likeliest(q_c, means, logvars):
    eta1, eta2 = means * (-logvars).exp(), -0.5 * (-logvars).exp()
    of_each = (-(eta1**2) / (4 * eta2) - 0.5 * (-2 * eta2).log()).sum(-1)
    mean1, mean2 = q_c @ eta1, q_c @ eta2
    of_mean = (-(mean1**2) / (4 * mean2) - 0.5 * (-2 * mean2).log()).sum(-1)
    return of_each[q_c.argmax(-1)] - of_mean


@wrong("q(c | x) is averaged over the batch, so that each answer depends on the neighbours.")
def weights_averaged_over_the_batch(q_c, means, logvars):
    q_c = q_c.mean(0, keepdim=True).expand_as(q_c)
    eta1, eta2 = means * (-logvars).exp(), -0.5 * (-logvars).exp()
    of_each = (-(eta1**2) / (4 * eta2) - 0.5 * (-2 * eta2).log()).sum(-1)
    mean1, mean2 = q_c @ eta1, q_c @ eta2
    of_mean = (-(mean1**2) / (4 * mean2) - 0.5 * (-2 * mean2).log()).sum(-1)
    spread = q_c @ of_each - of_mean
    return spread


@wrong("The second term is detached, so half of the gradient is missing.")
def second_term_detached(q_c, means, logvars):
    eta1, eta2 = means * (-logvars).exp(), -0.5 * (-logvars).exp()
    of_each = (-(eta1**2) / (4 * eta2) - 0.5 * (-2 * eta2).log()).sum(-1)
    mean1, mean2 = q_c @ eta1, q_c @ eta2
    of_mean = (-(mean1**2) / (4 * mean2) - 0.5 * (-2 * mean2).log()).sum(-1)
    return q_c @ of_each - of_mean.detach()


@wrong("The logarithm of the precision is clamped, so narrow components come out too wide.")
def precisions_clamped(q_c, means, logvars):
    logvars = logvars.clamp(min=0)
    eta1, eta2 = means * (-logvars).exp(), -0.5 * (-logvars).exp()
    of_each = (-(eta1**2) / (4 * eta2) - 0.5 * (-2 * eta2).log()).sum(-1)
    mean1, mean2 = q_c @ eta1, q_c @ eta2
    of_mean = (-(mean1**2) / (4 * mean2) - 0.5 * (-2 * mean2).log()).sum(-1)
    spread = q_c @ of_each - of_mean
    return spread


@wrong("The sign is wrong, and the dimensions are averaged.", composed=True)
def negative_and_averaged(q_c, means, logvars):
    eta1, eta2 = means * (-logvars).exp(), -0.5 * (-logvars).exp()
    of_each = (-(eta1**2) / (4 * eta2) - 0.5 * (-2 * eta2).log()).sum(-1)
    mean1, mean2 = q_c @ eta1, q_c @ eta2
    of_mean = (-(mean1**2) / (4 * mean2) - 0.5 * (-2 * mean2).log()).sum(-1)
    spread = q_c @ of_each - of_mean
    return -spread / means.shape[1]


@wrong("The right answer is doubled.", composed=True)
def doubled(q_c, means, logvars):
    eta1, eta2 = means * (-logvars).exp(), -0.5 * (-logvars).exp()
    of_each = (-(eta1**2) / (4 * eta2) - 0.5 * (-2 * eta2).log()).sum(-1)
    mean1, mean2 = q_c @ eta1, q_c @ eta2
    of_mean = (-(mean1**2) / (4 * mean2) - 0.5 * (-2 * mean2).log()).sum(-1)
    spread = q_c @ of_each - of_mean
    return 2 * spread


@wrong("The right answers come in reversed order of the batch.", composed=True)
def batch_reversed(q_c, means, logvars):
    eta1, eta2 = means * (-logvars).exp(), -0.5 * (-logvars).exp()
    of_each = (-(eta1**2) / (4 * eta2) - 0.5 * (-2 * eta2).log()).sum(-1)
    mean1, mean2 = q_c @ eta1, q_c @ eta2
    of_mean = (-(mean1**2) / (4 * mean2) - 0.5 * (-2 * mean2).log()).sum(-1)
    spread = q_c @ of_each - of_mean
    return spread.flip(0)


@wrong("Means and variances are averaged in place of natural parameters, and the sign is wrong.", composed=True)
def moments_averaged_and_negative(q_c, means, logvars):
    of_each = (0.5 * means**2 / logvars.exp() + 0.5 * logvars).sum(-1)
    mean, variance = q_c @ means, q_c @ logvars.exp()
    return (0.5 * mean**2 / variance + 0.5 * variance.log()).sum(-1) - q_c @ of_each


@wrong("The components are centred in place first, so the caller's means change.")
def means_edited(q_c, means, logvars):
    means -= means.mean(0)
    eta1, eta2 = means * (-logvars).exp(), -0.5 * (-logvars).exp()
    of_each = (-(eta1**2) / (4 * eta2) - 0.5 * (-2 * eta2).log()).sum(-1)
    mean1, mean2 = q_c @ eta1, q_c @ eta2
    of_mean = (-(mean1**2) / (4 * mean2) - 0.5 * (-2 * mean2).log()).sum(-1)
    spread = q_c @ of_each - of_mean
    return spread
