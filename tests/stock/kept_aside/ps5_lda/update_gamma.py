"""Wrong answers to `update_gamma`, kept aside."""

from answers import wrong


@wrong("The prior is added once for each token of the document.")
def prior_for_each_token(alpha, phi, counts):
    return (counts[:, None] * (alpha + phi)).sum(0)


@wrong("The counts are squared.")
def counts_squared(alpha, phi, counts):
    return alpha + ((counts**2)[:, None] * phi).sum(0)


@wrong("The largest word stands for the sum: the maximum over the words is taken.")
def maximum_over_words(alpha, phi, counts):
    return alpha + (counts[:, None] * phi).amax(0)


@wrong("The mean over the words is taken, where the sum belongs.")
def mean_over_words(alpha, phi, counts):
    return alpha + (counts[:, None] * phi).mean(0)


@wrong("The prior is 1 whatever α is.")
def prior_of_one(alpha, phi, counts):
    return 1 + (counts[:, None] * phi).sum(0)


@wrong("α is added twice.")
def prior_twice(alpha, phi, counts):
    return 2 * alpha + (counts[:, None] * phi).sum(0)


@wrong("One too many is counted of each word.")
def counts_plus_one(alpha, phi, counts):
    return alpha + ((counts + 1)[:, None] * phi).sum(0)


@wrong("φ is normalised over the words first, so that each topic gets the same number of tokens.")
def phi_normalised_over_words(alpha, phi, counts):
    return alpha + (counts[:, None] * phi / phi.sum(0)).sum(0)


@wrong("The result is single precision.")
def single_precision(alpha, phi, counts):
    return (alpha + (counts[:, None] * phi).sum(0)).float()


@wrong("The prior is missing, and the mean over the tokens is taken.", composed=True)
def mean_without_prior(alpha, phi, counts):
    return (counts[:, None] * phi).sum(0) / counts.sum()


@wrong("The topics of the right answer are shifted by one place.", composed=True)
def topics_shifted(alpha, phi, counts):
    return (alpha + (counts[:, None] * phi).sum(0)).roll(1)


@wrong("The right answer is halved.", composed=True)
def half_of_gamma(alpha, phi, counts):
    return (alpha + (counts[:, None] * phi).sum(0)) / 2


@wrong("Each token goes to its likeliest topic, and the prior is missing.", composed=True)
def hard_without_prior(alpha, phi, counts):
    return (counts[:, None] * (phi == phi.amax(1, keepdim=True))).sum(0)
