"""Wrong answers to `document_elbo`, to work on."""

import math

import torch
from answers import wrong


@wrong("E[log p(w | z)] is missing: the words' probabilities do not enter.")
def words_missing(alpha, log_beta, word_ids, counts, phi, gamma):
    a = torch.as_tensor(alpha, dtype=gamma.dtype, device=gamma.device).expand(len(gamma))
    e = torch.digamma(gamma) - torch.digamma(gamma.sum())
    prior = torch.lgamma(a.sum()) - torch.lgamma(a).sum() + ((a - 1) * e).sum()
    entropy = torch.lgamma(gamma).sum() - torch.lgamma(gamma.sum()) - ((gamma - 1) * e).sum()
    tokens = phi * e - torch.xlogy(phi, phi)
    return prior + entropy + (counts[:, None] * tokens).sum()


@wrong("The entropy of q(θ) is subtracted where it is to be added.")
def entropy_of_shares_subtracted(alpha, log_beta, word_ids, counts, phi, gamma):
    a = torch.as_tensor(alpha, dtype=gamma.dtype, device=gamma.device).expand(len(gamma))
    e = torch.digamma(gamma) - torch.digamma(gamma.sum())
    prior = torch.lgamma(a.sum()) - torch.lgamma(a).sum() + ((a - 1) * e).sum()
    entropy = torch.lgamma(gamma).sum() - torch.lgamma(gamma.sum()) - ((gamma - 1) * e).sum()
    tokens = torch.where(phi > 0, phi * (e + log_beta[:, word_ids].T) - torch.xlogy(phi, phi), 0)
    return prior - entropy + (counts[:, None] * tokens).sum()


@wrong("The prior's exponent is α where α - 1 belongs.")
def prior_exponent_one_too_large(alpha, log_beta, word_ids, counts, phi, gamma):
    a = torch.as_tensor(alpha, dtype=gamma.dtype, device=gamma.device).expand(len(gamma))
    e = torch.digamma(gamma) - torch.digamma(gamma.sum())
    entropy = torch.lgamma(gamma).sum() - torch.lgamma(gamma.sum()) - ((gamma - 1) * e).sum()
    tokens = torch.where(phi > 0, phi * (e + log_beta[:, word_ids].T) - torch.xlogy(phi, phi), 0)
    prior = torch.lgamma(a.sum()) - torch.lgamma(a).sum() + (a * e).sum()
    return prior + entropy + (counts[:, None] * tokens).sum()


@wrong("The logarithm of the mean shares stands for E[log θ].")
def log_of_mean_shares(alpha, log_beta, word_ids, counts, phi, gamma):
    a = torch.as_tensor(alpha, dtype=gamma.dtype, device=gamma.device).expand(len(gamma))
    e = (gamma / gamma.sum()).log()
    prior = torch.lgamma(a.sum()) - torch.lgamma(a).sum() + ((a - 1) * e).sum()
    entropy = torch.lgamma(gamma).sum() - torch.lgamma(gamma.sum()) - ((gamma - 1) * e).sum()
    tokens = torch.where(phi > 0, phi * (e + log_beta[:, word_ids].T) - torch.xlogy(phi, phi), 0)
    return prior + entropy + (counts[:, None] * tokens).sum()


@wrong("The signs of the prior's normaliser are turned.")
def prior_normaliser_turned(alpha, log_beta, word_ids, counts, phi, gamma):
    a = torch.as_tensor(alpha, dtype=gamma.dtype, device=gamma.device).expand(len(gamma))
    e = torch.digamma(gamma) - torch.digamma(gamma.sum())
    entropy = torch.lgamma(gamma).sum() - torch.lgamma(gamma.sum()) - ((gamma - 1) * e).sum()
    tokens = torch.where(phi > 0, phi * (e + log_beta[:, word_ids].T) - torch.xlogy(phi, phi), 0)
    prior = torch.lgamma(a).sum() - torch.lgamma(a.sum()) + ((a - 1) * e).sum()
    return prior + entropy + (counts[:, None] * tokens).sum()


@wrong("The counts of words that recur in the document are merged at their last place only, as in counts[ids] = count.")
def recurring_words_counted_once(alpha, log_beta, word_ids, counts, phi, gamma):
    a = torch.as_tensor(alpha, dtype=gamma.dtype, device=gamma.device).expand(len(gamma))
    e = torch.digamma(gamma) - torch.digamma(gamma.sum())
    prior = torch.lgamma(a.sum()) - torch.lgamma(a).sum() + ((a - 1) * e).sum()
    entropy = torch.lgamma(gamma).sum() - torch.lgamma(gamma.sum()) - ((gamma - 1) * e).sum()
    tokens = torch.where(phi > 0, phi * (e + log_beta[:, word_ids].T) - torch.xlogy(phi, phi), 0)
    last = {w: n for n, w in enumerate(word_ids.tolist())}
    kept = list(last.values())
    return prior + entropy + (counts[kept, None] * tokens[kept]).sum()


@wrong("The words' probabilities are used as they are, without their logarithm.")
def words_not_logged(alpha, log_beta, word_ids, counts, phi, gamma):
    a = torch.as_tensor(alpha, dtype=gamma.dtype, device=gamma.device).expand(len(gamma))
    e = torch.digamma(gamma) - torch.digamma(gamma.sum())
    prior = torch.lgamma(a.sum()) - torch.lgamma(a).sum() + ((a - 1) * e).sum()
    entropy = torch.lgamma(gamma).sum() - torch.lgamma(gamma.sum()) - ((gamma - 1) * e).sum()
    tokens = phi * (e + log_beta[:, word_ids].T.exp()) - torch.xlogy(phi, phi)
    return prior + entropy + (counts[:, None] * tokens).sum()


@wrong("Topics of less than a tenth are left out of the tokens' terms.")
def small_topics_left_out(alpha, log_beta, word_ids, counts, phi, gamma):
    a = torch.as_tensor(alpha, dtype=gamma.dtype, device=gamma.device).expand(len(gamma))
    e = torch.digamma(gamma) - torch.digamma(gamma.sum())
    prior = torch.lgamma(a.sum()) - torch.lgamma(a).sum() + ((a - 1) * e).sum()
    entropy = torch.lgamma(gamma).sum() - torch.lgamma(gamma.sum()) - ((gamma - 1) * e).sum()
    tokens = torch.where(phi > 0, phi * (e + log_beta[:, word_ids].T) - torch.xlogy(phi, phi), 0)
    return prior + entropy + (counts[:, None] * torch.where(phi > 0.1, tokens, 0)).sum()


@wrong("The counts are not used, and both entropies are missing.", composed=True)
def no_counts_no_entropies(alpha, log_beta, word_ids, counts, phi, gamma):
    a = torch.as_tensor(alpha, dtype=gamma.dtype, device=gamma.device).expand(len(gamma))
    e = torch.digamma(gamma) - torch.digamma(gamma.sum())
    prior = torch.lgamma(a.sum()) - torch.lgamma(a).sum() + ((a - 1) * e).sum()
    tokens = torch.where(phi > 0, phi * (e + log_beta[:, word_ids].T), 0)
    return prior + tokens.sum()


@wrong("The sign of the right answer is turned.", composed=True)
def negative_bound(alpha, log_beta, word_ids, counts, phi, gamma):
    a = torch.as_tensor(alpha, dtype=gamma.dtype, device=gamma.device).expand(len(gamma))
    e = torch.digamma(gamma) - torch.digamma(gamma.sum())
    prior = torch.lgamma(a.sum()) - torch.lgamma(a).sum() + ((a - 1) * e).sum()
    entropy = torch.lgamma(gamma).sum() - torch.lgamma(gamma.sum()) - ((gamma - 1) * e).sum()
    tokens = torch.where(phi > 0, phi * (e + log_beta[:, word_ids].T) - torch.xlogy(phi, phi), 0)
    bound = prior + entropy + (counts[:, None] * tokens).sum()
    return -bound


@wrong("The right answer in bits.", composed=True)
def bound_in_bits(alpha, log_beta, word_ids, counts, phi, gamma):
    a = torch.as_tensor(alpha, dtype=gamma.dtype, device=gamma.device).expand(len(gamma))
    e = torch.digamma(gamma) - torch.digamma(gamma.sum())
    prior = torch.lgamma(a.sum()) - torch.lgamma(a).sum() + ((a - 1) * e).sum()
    entropy = torch.lgamma(gamma).sum() - torch.lgamma(gamma.sum()) - ((gamma - 1) * e).sum()
    tokens = torch.where(phi > 0, phi * (e + log_beta[:, word_ids].T) - torch.xlogy(phi, phi), 0)
    bound = prior + entropy + (counts[:, None] * tokens).sum()
    return bound / math.log(2)


@wrong("The right answer is divided among the topics and returned as a vector of them.", composed=True)
def split_over_the_topics(alpha, log_beta, word_ids, counts, phi, gamma):
    a = torch.as_tensor(alpha, dtype=gamma.dtype, device=gamma.device).expand(len(gamma))
    e = torch.digamma(gamma) - torch.digamma(gamma.sum())
    prior = torch.lgamma(a.sum()) - torch.lgamma(a).sum() + ((a - 1) * e).sum()
    entropy = torch.lgamma(gamma).sum() - torch.lgamma(gamma.sum()) - ((gamma - 1) * e).sum()
    tokens = torch.where(phi > 0, phi * (e + log_beta[:, word_ids].T) - torch.xlogy(phi, phi), 0)
    bound = prior + entropy + (counts[:, None] * tokens).sum()
    return bound.expand(len(gamma)) / len(gamma)


@wrong("The counts are not used, and the sign is turned.", composed=True)
def no_counts_and_negative(alpha, log_beta, word_ids, counts, phi, gamma):
    a = torch.as_tensor(alpha, dtype=gamma.dtype, device=gamma.device).expand(len(gamma))
    e = torch.digamma(gamma) - torch.digamma(gamma.sum())
    prior = torch.lgamma(a.sum()) - torch.lgamma(a).sum() + ((a - 1) * e).sum()
    entropy = torch.lgamma(gamma).sum() - torch.lgamma(gamma.sum()) - ((gamma - 1) * e).sum()
    tokens = torch.where(phi > 0, phi * (e + log_beta[:, word_ids].T) - torch.xlogy(phi, phi), 0)
    return -(prior + entropy + tokens.sum())
