"""Wrong answers to `gibbs_conditional`, to work on."""

import torch
from answers import wrong
from torch.nn import functional as F


@wrong("The token is taken out of the word's counts only.")
def taken_out_of_the_word_only(n_dk, n_kw, n_k, d, w, z_old, alpha, eta):
    itself = F.one_hot(torch.tensor(z_old), len(n_k)).double()
    p = (n_dk[d] + alpha) * (n_kw[:, w] - itself + eta) / (n_k + n_kw.shape[1] * eta)
    return p / p.sum()


@wrong("The token stays in the topic's size.")
def kept_in_the_topic_size(n_dk, n_kw, n_k, d, w, z_old, alpha, eta):
    itself = F.one_hot(torch.tensor(z_old), len(n_k)).double()
    p = (n_dk[d] - itself + alpha) * (n_kw[:, w] - itself + eta) / (n_k + n_kw.shape[1] * eta)
    return p / p.sum()


@wrong("The softmax of the weights stands for their normalisation.")
def softmax_of_the_weights(n_dk, n_kw, n_k, d, w, z_old, alpha, eta):
    itself = F.one_hot(torch.tensor(z_old), len(n_k)).double()
    p = (n_dk[d] - itself + alpha) * (n_kw[:, w] - itself + eta) / (n_k - itself + n_kw.shape[1] * eta)
    return p.softmax(0)


@wrong("A token of topic 0 is not taken out: `if z_old` takes the number 0 for no topic.")
def topic_zero_taken_for_none(n_dk, n_kw, n_k, d, w, z_old, alpha, eta):
    itself = torch.zeros(len(n_k), dtype=torch.float64)
    if z_old:
        itself[z_old] = 1
    p = (n_dk[d] - itself + alpha) * (n_kw[:, w] - itself + eta) / (n_k - itself + n_kw.shape[1] * eta)
    return p / p.sum()


@wrong("V is taken as the number of words that occur at all.")
def words_that_occur_for_the_vocabulary(n_dk, n_kw, n_k, d, w, z_old, alpha, eta):
    itself = F.one_hot(torch.tensor(z_old), len(n_k)).double()
    vocab = int((n_kw.sum(0) > 0).sum())
    p = (n_dk[d] - itself + alpha) * (n_kw[:, w] - itself + eta) / (n_k - itself + vocab * eta)
    return p / p.sum()


@wrong("eta is missing in the numerator, so words that a topic does not hold are impossible there.")
def prior_of_the_word_missing(n_dk, n_kw, n_k, d, w, z_old, alpha, eta):
    itself = F.one_hot(torch.tensor(z_old), len(n_k)).double()
    p = (n_dk[d] - itself + alpha) * (n_kw[:, w] - itself + 1e-12) / (n_k - itself + n_kw.shape[1] * eta)
    return p / p.sum()


@wrong("The topic counts of all documents stand for those of the token's document.")
def all_documents_for_one(n_dk, n_kw, n_k, d, w, z_old, alpha, eta):
    itself = F.one_hot(torch.tensor(z_old), len(n_k)).double()
    p = (n_dk.sum(0) - itself + alpha) * (n_kw[:, w] - itself + eta) / (n_k - itself + n_kw.shape[1] * eta)
    return p / p.sum()


@wrong("The likeliest topic gets all the probability.")
def likeliest_topic(n_dk, n_kw, n_k, d, w, z_old, alpha, eta):
    itself = F.one_hot(torch.tensor(z_old), len(n_k)).double()
    p = (n_dk[d] - itself + alpha) * (n_kw[:, w] - itself + eta) / (n_k - itself + n_kw.shape[1] * eta)
    return F.one_hot(p.argmax(), len(p)).double()


@wrong("The token is taken out of n_k in place and not put back, so the caller's n_k changes.")
def topic_size_edited(n_dk, n_kw, n_k, d, w, z_old, alpha, eta):
    itself = F.one_hot(torch.tensor(z_old), len(n_k)).double()
    p = (n_dk[d] - itself + alpha) * (n_kw[:, w] - itself + eta) / (n_k - itself + n_kw.shape[1] * eta)
    n_k[z_old] -= 1
    return p / p.sum()


@wrong("The token is kept in the counts, and alpha and eta are swapped.", composed=True)
def kept_and_priors_swapped(n_dk, n_kw, n_k, d, w, z_old, alpha, eta):
    p = (n_dk[d].double() + eta) * (n_kw[:, w].double() + alpha) / (n_k.double() + n_kw.shape[1] * alpha)
    return p / p.sum()


@wrong("The topics of the right answer come in reversed order.", composed=True)
def topics_reversed(n_dk, n_kw, n_k, d, w, z_old, alpha, eta):
    itself = F.one_hot(torch.tensor(z_old), len(n_k)).double()
    p = (n_dk[d] - itself + alpha) * (n_kw[:, w] - itself + eta) / (n_k - itself + n_kw.shape[1] * eta)
    return (p / p.sum()).flip(0)


@wrong("The logarithms of the right answer are returned.", composed=True)
def logarithms(n_dk, n_kw, n_k, d, w, z_old, alpha, eta):
    itself = F.one_hot(torch.tensor(z_old), len(n_k)).double()
    p = (n_dk[d] - itself + alpha) * (n_kw[:, w] - itself + eta) / (n_k - itself + n_kw.shape[1] * eta)
    return (p / p.sum()).log()


@wrong("The denominator has η once, and the result is not normalised.", composed=True)
def eta_once_and_not_normalised(n_dk, n_kw, n_k, d, w, z_old, alpha, eta):
    itself = F.one_hot(torch.tensor(z_old), len(n_k)).double()
    return (n_dk[d] - itself + alpha) * (n_kw[:, w] - itself + eta) / (n_k - itself + eta)
