"""Wrong answers to `document_elbo`, kept aside."""

import math

import torch
from answers import wrong


@wrong("E[log p(θ | α)] is missing: the prior does not enter.")
def prior_missing(alpha, log_beta, word_ids, counts, phi, gamma):
    a = torch.as_tensor(alpha, dtype=gamma.dtype, device=gamma.device).expand(len(gamma))
    e = torch.digamma(gamma) - torch.digamma(gamma.sum())
    entropy = torch.lgamma(gamma).sum() - torch.lgamma(gamma.sum()) - ((gamma - 1) * e).sum()
    tokens = torch.where(phi > 0, phi * (e + log_beta[:, word_ids].T) - torch.xlogy(phi, phi), 0)
    return 0 * a.sum() + entropy + (counts[:, None] * tokens).sum()


@wrong("The entropy of q(θ) lacks its normaliser: log Γ of the gammas and of their sum.")
def entropy_without_normaliser(alpha, log_beta, word_ids, counts, phi, gamma):
    a = torch.as_tensor(alpha, dtype=gamma.dtype, device=gamma.device).expand(len(gamma))
    e = torch.digamma(gamma) - torch.digamma(gamma.sum())
    prior = torch.lgamma(a.sum()) - torch.lgamma(a).sum() + ((a - 1) * e).sum()
    tokens = torch.where(phi > 0, phi * (e + log_beta[:, word_ids].T) - torch.xlogy(phi, phi), 0)
    return prior - ((gamma - 1) * e).sum() + (counts[:, None] * tokens).sum()


@wrong("The entropy's exponent is γ where γ - 1 belongs.")
def entropy_exponent_one_too_large(alpha, log_beta, word_ids, counts, phi, gamma):
    a = torch.as_tensor(alpha, dtype=gamma.dtype, device=gamma.device).expand(len(gamma))
    e = torch.digamma(gamma) - torch.digamma(gamma.sum())
    prior = torch.lgamma(a.sum()) - torch.lgamma(a).sum() + ((a - 1) * e).sum()
    tokens = torch.where(phi > 0, phi * (e + log_beta[:, word_ids].T) - torch.xlogy(phi, phi), 0)
    entropy = torch.lgamma(gamma).sum() - torch.lgamma(gamma.sum()) - (gamma * e).sum()
    return prior + entropy + (counts[:, None] * tokens).sum()


@wrong("ψ(Σγ) is not subtracted in E[log θ].")
def normaliser_of_the_shares_missing(alpha, log_beta, word_ids, counts, phi, gamma):
    a = torch.as_tensor(alpha, dtype=gamma.dtype, device=gamma.device).expand(len(gamma))
    e = torch.digamma(gamma)
    prior = torch.lgamma(a.sum()) - torch.lgamma(a).sum() + ((a - 1) * e).sum()
    entropy = torch.lgamma(gamma).sum() - torch.lgamma(gamma.sum()) - ((gamma - 1) * e).sum()
    tokens = torch.where(phi > 0, phi * (e + log_beta[:, word_ids].T) - torch.xlogy(phi, phi), 0)
    return prior + entropy + (counts[:, None] * tokens).sum()


@wrong("log Γ(Kα) is computed from the mean of α: for a prior of its own for each topic Σ log Γ(α_k) is wrong.")
def symmetric_prior_assumed(alpha, log_beta, word_ids, counts, phi, gamma):
    a = torch.as_tensor(alpha, dtype=gamma.dtype, device=gamma.device).expand(len(gamma))
    e = torch.digamma(gamma) - torch.digamma(gamma.sum())
    entropy = torch.lgamma(gamma).sum() - torch.lgamma(gamma.sum()) - ((gamma - 1) * e).sum()
    tokens = torch.where(phi > 0, phi * (e + log_beta[:, word_ids].T) - torch.xlogy(phi, phi), 0)
    mean, k = a.mean(), len(gamma)
    prior = torch.lgamma(a.sum()) - k * torch.lgamma(mean) + ((mean - 1) * e).sum()
    return prior + entropy + (counts[:, None] * tokens).sum()


@wrong("The entropy of φ is counted twice.")
def entropy_of_topics_twice(alpha, log_beta, word_ids, counts, phi, gamma):
    a = torch.as_tensor(alpha, dtype=gamma.dtype, device=gamma.device).expand(len(gamma))
    e = torch.digamma(gamma) - torch.digamma(gamma.sum())
    prior = torch.lgamma(a.sum()) - torch.lgamma(a).sum() + ((a - 1) * e).sum()
    entropy = torch.lgamma(gamma).sum() - torch.lgamma(gamma.sum()) - ((gamma - 1) * e).sum()
    tokens = torch.where(phi > 0, phi * (e + log_beta[:, word_ids].T) - torch.xlogy(phi, phi), 0)
    return prior + entropy + (counts[:, None] * (tokens - torch.xlogy(phi, phi))).sum()


@wrong("The first word is left out.")
def first_word_left_out(alpha, log_beta, word_ids, counts, phi, gamma):
    a = torch.as_tensor(alpha, dtype=gamma.dtype, device=gamma.device).expand(len(gamma))
    e = torch.digamma(gamma) - torch.digamma(gamma.sum())
    prior = torch.lgamma(a.sum()) - torch.lgamma(a).sum() + ((a - 1) * e).sum()
    entropy = torch.lgamma(gamma).sum() - torch.lgamma(gamma.sum()) - ((gamma - 1) * e).sum()
    tokens = torch.where(phi > 0, phi * (e + log_beta[:, word_ids].T) - torch.xlogy(phi, phi), 0)
    return prior + entropy + (counts[1:, None] * tokens[1:]).sum()


@wrong("The tokens' terms are evaluated at the likeliest topic of each word only.")
def likeliest_topic_only(alpha, log_beta, word_ids, counts, phi, gamma):
    a = torch.as_tensor(alpha, dtype=gamma.dtype, device=gamma.device).expand(len(gamma))
    e = torch.digamma(gamma) - torch.digamma(gamma.sum())
    prior = torch.lgamma(a.sum()) - torch.lgamma(a).sum() + ((a - 1) * e).sum()
    entropy = torch.lgamma(gamma).sum() - torch.lgamma(gamma.sum()) - ((gamma - 1) * e).sum()
    tokens = torch.where(phi > 0, phi * (e + log_beta[:, word_ids].T) - torch.xlogy(phi, phi), 0)
    best = phi.argmax(1, keepdim=True)
    return prior + entropy + (counts[:, None] * tokens.gather(1, best)).sum()


@wrong("φ is normalised again in place, scaled by its counts, so the caller's φ changes.")
def phi_edited(alpha, log_beta, word_ids, counts, phi, gamma):
    a = torch.as_tensor(alpha, dtype=gamma.dtype, device=gamma.device).expand(len(gamma))
    e = torch.digamma(gamma) - torch.digamma(gamma.sum())
    prior = torch.lgamma(a.sum()) - torch.lgamma(a).sum() + ((a - 1) * e).sum()
    entropy = torch.lgamma(gamma).sum() - torch.lgamma(gamma.sum()) - ((gamma - 1) * e).sum()
    tokens = torch.where(phi > 0, phi * (e + log_beta[:, word_ids].T) - torch.xlogy(phi, phi), 0)
    bound = prior + entropy + (counts[:, None] * tokens).sum()
    phi *= counts[:, None]
    return bound


@wrong("The prior's normaliser and the entropy of φ are missing.", composed=True)
def normaliser_and_entropy_missing(alpha, log_beta, word_ids, counts, phi, gamma):
    a = torch.as_tensor(alpha, dtype=gamma.dtype, device=gamma.device).expand(len(gamma))
    e = torch.digamma(gamma) - torch.digamma(gamma.sum())
    entropy = torch.lgamma(gamma).sum() - torch.lgamma(gamma.sum()) - ((gamma - 1) * e).sum()
    tokens = torch.where(phi > 0, phi * (e + log_beta[:, word_ids].T), 0)
    return ((a - 1) * e).sum() + entropy + (counts[:, None] * tokens).sum()


@wrong("The exponential of the right answer per token is returned, a perplexity.", composed=True)
def perplexity(alpha, log_beta, word_ids, counts, phi, gamma):
    a = torch.as_tensor(alpha, dtype=gamma.dtype, device=gamma.device).expand(len(gamma))
    e = torch.digamma(gamma) - torch.digamma(gamma.sum())
    prior = torch.lgamma(a.sum()) - torch.lgamma(a).sum() + ((a - 1) * e).sum()
    entropy = torch.lgamma(gamma).sum() - torch.lgamma(gamma.sum()) - ((gamma - 1) * e).sum()
    tokens = torch.where(phi > 0, phi * (e + log_beta[:, word_ids].T) - torch.xlogy(phi, phi), 0)
    bound = prior + entropy + (counts[:, None] * tokens).sum()
    return (-bound / counts.sum()).exp()


@wrong("The number of words times ln 2 is added to the right answer.", composed=True)
def constant_for_each_word_added(alpha, log_beta, word_ids, counts, phi, gamma):
    a = torch.as_tensor(alpha, dtype=gamma.dtype, device=gamma.device).expand(len(gamma))
    e = torch.digamma(gamma) - torch.digamma(gamma.sum())
    prior = torch.lgamma(a.sum()) - torch.lgamma(a).sum() + ((a - 1) * e).sum()
    entropy = torch.lgamma(gamma).sum() - torch.lgamma(gamma.sum()) - ((gamma - 1) * e).sum()
    tokens = torch.where(phi > 0, phi * (e + log_beta[:, word_ids].T) - torch.xlogy(phi, phi), 0)
    bound = prior + entropy + (counts[:, None] * tokens).sum()
    return bound + len(word_ids) * math.log(2)


@wrong("The entropy of φ is missing, and the bound is divided by the number of tokens.", composed=True)
def no_entropy_and_per_token(alpha, log_beta, word_ids, counts, phi, gamma):
    a = torch.as_tensor(alpha, dtype=gamma.dtype, device=gamma.device).expand(len(gamma))
    e = torch.digamma(gamma) - torch.digamma(gamma.sum())
    prior = torch.lgamma(a.sum()) - torch.lgamma(a).sum() + ((a - 1) * e).sum()
    entropy = torch.lgamma(gamma).sum() - torch.lgamma(gamma.sum()) - ((gamma - 1) * e).sum()
    tokens = torch.where(phi > 0, phi * (e + log_beta[:, word_ids].T), 0)
    return (prior + entropy + (counts[:, None] * tokens).sum()) / counts.sum()
