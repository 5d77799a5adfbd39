"""Right but unusual answers to `update_phi`."""

import math

import numpy as np
import torch
from answers import right
from torch import distributions as D
from torch.nn import functional as F


@right
def token_by_token_under_vmap(gamma, log_beta, word_ids):
    return torch.func.vmap(lambda column: torch.softmax(column + torch.digamma(gamma), 0))(log_beta.T[word_ids])


@right
def by_log_odds(gamma, log_beta, word_ids):
    share = torch.digamma(gamma)
    logits = log_beta.T[word_ids] + share
    top = logits.argmax(1, keepdim=True)
    odds = (logits - logits.gather(1, top)).exp()
    return odds.div(odds.sum(1, keepdim=True))


@right
def for_each_distinct_word_once(gamma, log_beta, word_ids):
    words, place = word_ids.unique(return_inverse=True)
    rows = torch.log_softmax(torch.digamma(gamma) + log_beta.index_select(1, words).T, dim=1).exp()
    return rows[place]


@right
def by_embedding_lookup(gamma, log_beta, word_ids):
    table = (log_beta + torch.digamma(gamma).unsqueeze(1)).log_softmax(0)
    return F.embedding(word_ids, table.T.contiguous()).exp()


@right
def through_a_categorical(gamma, log_beta, word_ids):
    return D.Categorical(logits=torch.digamma(gamma) + log_beta[:, word_ids].T, validate_args=False).probs


@right
def by_numpy_s_logaddexp(gamma, log_beta, word_ids):
    from scipy import special

    logits = log_beta.numpy()[:, word_ids.numpy()] + special.digamma(gamma.numpy())[:, None]
    return torch.from_numpy(np.exp(logits - np.logaddexp.reduce(logits, axis=0)).T.copy())


@right
def by_plain_python_numbers(gamma, log_beta, word_ids):
    share = torch.digamma(gamma).tolist()
    rows = []
    for w in word_ids.tolist():
        logits = [s + float(b) for s, b in zip(share, log_beta[:, w], strict=True)]
        top = max(logits)
        weights = [math.exp(value - top) for value in logits]
        rows.append([weight / math.fsum(weights) for weight in weights])
    return torch.tensor(rows, dtype=gamma.dtype)


@right
def as_the_gradient_of_logsumexp(gamma, log_beta, word_ids):
    logits = torch.digamma(gamma)[:, None] + log_beta[:, word_ids]
    top = logits.max(0).values
    weights = torch.exp(logits - top)
    return torch.einsum("kn,n->nk", weights, 1 / weights.sum(0))
