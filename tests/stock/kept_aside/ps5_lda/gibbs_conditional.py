"""Wrong answers to `gibbs_conditional`, kept aside."""

import torch
from answers import wrong
from torch.nn import functional as F


@wrong("The token is taken out of the topic's size only.")
def taken_out_of_the_topic_size_only(n_dk, n_kw, n_k, d, w, z_old, alpha, eta):
    itself = F.one_hot(torch.tensor(z_old), len(n_k)).double()
    p = (n_dk[d] + alpha) * (n_kw[:, w] + eta) / (n_k - itself + n_kw.shape[1] * eta)
    return p / p.sum()


@wrong("The token stays in the document's counts.")
def kept_in_the_document(n_dk, n_kw, n_k, d, w, z_old, alpha, eta):
    itself = F.one_hot(torch.tensor(z_old), len(n_k)).double()
    p = (n_dk[d] + alpha) * (n_kw[:, w] - itself + eta) / (n_k - itself + n_kw.shape[1] * eta)
    return p / p.sum()


@wrong("One is subtracted from every topic's counts, not from the token's own alone.")
def one_subtracted_everywhere(n_dk, n_kw, n_k, d, w, z_old, alpha, eta):
    p = (n_dk[d].double() - 1).clamp(min=0) + alpha
    p = p * ((n_kw[:, w].double() - 1).clamp(min=0) + eta) / ((n_k.double() - 1).clamp(min=0) + n_kw.shape[1] * eta)
    return p / p.sum()


@wrong("The token is taken out twice.")
def taken_out_twice(n_dk, n_kw, n_k, d, w, z_old, alpha, eta):
    itself = 2 * F.one_hot(torch.tensor(z_old), len(n_k)).double()
    p = (n_dk[d] - itself + alpha).clamp(min=alpha) * (n_kw[:, w] - itself + eta).clamp(min=eta)
    p = p / (n_k - itself + n_kw.shape[1] * eta).clamp(min=eta)
    return p / p.sum()


@wrong("The topic's size is squared.")
def topic_size_squared(n_dk, n_kw, n_k, d, w, z_old, alpha, eta):
    itself = F.one_hot(torch.tensor(z_old), len(n_k)).double()
    p = (n_dk[d] - itself + alpha) * (n_kw[:, w] - itself + eta) / (n_k - itself + n_kw.shape[1] * eta) ** 2
    return p / p.sum()


@wrong("alpha is divided by the number of topics.")
def prior_divided_by_topics(n_dk, n_kw, n_k, d, w, z_old, alpha, eta):
    alpha = alpha / len(n_k)
    itself = F.one_hot(torch.tensor(z_old), len(n_k)).double()
    p = (n_dk[d] - itself + alpha) * (n_kw[:, w] - itself + eta) / (n_k - itself + n_kw.shape[1] * eta)
    return p / p.sum()


@wrong("eta is missing in the denominator.")
def prior_of_the_topic_size_missing(n_dk, n_kw, n_k, d, w, z_old, alpha, eta):
    itself = F.one_hot(torch.tensor(z_old), len(n_k)).double()
    p = (n_dk[d] - itself + alpha) * (n_kw[:, w] - itself + eta) / (n_k - itself).clamp(min=1e-9)
    return p / p.sum()


@wrong("The number of documents stands for the size of the vocabulary.")
def documents_for_the_vocabulary(n_dk, n_kw, n_k, d, w, z_old, alpha, eta):
    itself = F.one_hot(torch.tensor(z_old), len(n_k)).double()
    p = (n_dk[d] - itself + alpha) * (n_kw[:, w] - itself + eta) / (n_k - itself + len(n_dk) * eta)
    return p / p.sum()


@wrong("The word's row is taken by another id: the next word's counts are used.")
def next_word(n_dk, n_kw, n_k, d, w, z_old, alpha, eta):
    itself = F.one_hot(torch.tensor(z_old), len(n_k)).double()
    other = (w + 1) % n_kw.shape[1]
    p = (n_dk[d] - itself + alpha) * (n_kw[:, other] + eta) / (n_k - itself + n_kw.shape[1] * eta)
    return p / p.sum()


@wrong("The document's factor is squared.")
def document_squared(n_dk, n_kw, n_k, d, w, z_old, alpha, eta):
    itself = F.one_hot(torch.tensor(z_old), len(n_k)).double()
    p = (n_dk[d] - itself + alpha) ** 2 * (n_kw[:, w] - itself + eta) / (n_k - itself + n_kw.shape[1] * eta)
    return p / p.sum()


@wrong("The token is kept in the counts, and the topic's size is missing.", composed=True)
def kept_and_size_missing(n_dk, n_kw, n_k, d, w, z_old, alpha, eta):
    p = (n_dk[d].double() + alpha) * (n_kw[:, w].double() + eta)
    return p / p.sum()


@wrong("The cumulative sums of the right answer are returned.", composed=True)
def cumulative(n_dk, n_kw, n_k, d, w, z_old, alpha, eta):
    itself = F.one_hot(torch.tensor(z_old), len(n_k)).double()
    p = (n_dk[d] - itself + alpha) * (n_kw[:, w] - itself + eta) / (n_k - itself + n_kw.shape[1] * eta)
    return (p / p.sum()).cumsum(0)


@wrong("The square of the right answer, normalised again, is returned.", composed=True)
def squared_and_normalised(n_dk, n_kw, n_k, d, w, z_old, alpha, eta):
    itself = F.one_hot(torch.tensor(z_old), len(n_k)).double()
    p = (n_dk[d] - itself + alpha) * (n_kw[:, w] - itself + eta) / (n_k - itself + n_kw.shape[1] * eta)
    return p**2 / (p**2).sum()


@wrong("The document is missing, and the token is kept in the counts.", composed=True)
def document_missing_and_token_kept(n_dk, n_kw, n_k, d, w, z_old, alpha, eta):
    p = (n_kw[:, w].double() + eta) / (n_k.double() + n_kw.shape[1] * eta)
    return p / p.sum()
