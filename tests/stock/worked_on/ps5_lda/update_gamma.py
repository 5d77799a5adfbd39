"""Wrong answers to `update_gamma`, to work on."""

import torch
from answers import wrong


@wrong("The prior is subtracted.")
def prior_subtracted(alpha, phi, counts):
    tokens = (counts[:, None] * phi).sum(0)
    return tokens - alpha


@wrong("One number of the prior is used for all topics: its mean.")
def mean_of_the_prior(alpha, phi, counts):
    tokens = (counts[:, None] * phi).sum(0)
    return torch.as_tensor(alpha, dtype=phi.dtype).mean() + tokens


@wrong("The number of topics is added with the prior: α counts K times.")
def prior_times_the_number_of_topics(alpha, phi, counts):
    tokens = (counts[:, None] * phi).sum(0)
    return alpha * phi.shape[1] + tokens


@wrong("The last word is left out.")
def last_word_left_out(alpha, phi, counts):
    return alpha + (counts[:-1, None] * phi[:-1]).sum(0)


@wrong("The logarithm of one plus the count stands for the count.")
def logarithm_of_the_counts(alpha, phi, counts):
    return alpha + (counts.log1p()[:, None] * phi).sum(0)


@wrong("The counts are normalised to shares of the document and multiplied by the number of words.")
def counts_as_shares(alpha, phi, counts):
    return alpha + ((counts / counts.mean())[:, None] * phi).sum(0)


@wrong("α is divided among the topics: each gets α/K.")
def prior_divided_among_topics(alpha, phi, counts):
    tokens = (counts[:, None] * phi).sum(0)
    return alpha / phi.shape[1] + tokens


@wrong("φ is multiplied by the counts in place, so the caller's φ changes.")
def phi_edited(alpha, phi, counts):
    phi *= counts[:, None]
    return alpha + phi.sum(0)


@wrong("The result is a column, [K, 1].")
def a_column(alpha, phi, counts):
    return (alpha + (counts[:, None] * phi).sum(0)).unsqueeze(1)


@wrong("The counts are not used, and the prior is missing.", composed=True)
def neither_counts_nor_prior(alpha, phi, counts):
    return phi.sum(0)


@wrong("The topics of the right answer come in reversed order.", composed=True)
def topics_reversed(alpha, phi, counts):
    return (alpha + (counts[:, None] * phi).sum(0)).flip(0)


@wrong("The logarithm of the right answer is returned.", composed=True)
def logarithm_of_gamma(alpha, phi, counts):
    return (alpha + (counts[:, None] * phi).sum(0)).log()


@wrong("The counts are not used, and the prior is added once for each word.", composed=True)
def no_counts_and_prior_for_each_word(alpha, phi, counts):
    return (alpha + phi).sum(0)
