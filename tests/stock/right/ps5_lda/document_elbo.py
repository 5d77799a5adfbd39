"""Right but unusual answers to `document_elbo`."""

import math

import numpy as np
import torch
from answers import right
from torch import distributions as D


@right
def by_a_divergence_and_a_table(alpha, log_beta, word_ids, counts, phi, gamma):
    a = torch.zeros_like(gamma) + alpha
    e = torch.digamma(gamma) - torch.digamma(gamma.sum())
    kl = torch.lgamma(gamma.sum()) - torch.lgamma(gamma).sum() - torch.lgamma(a.sum()) + torch.lgamma(a).sum()
    kl = kl + torch.dot(gamma - a, e)
    words = torch.nan_to_num(phi * log_beta.T[word_ids], nan=0.0)
    return torch.einsum("n,nk->", counts, phi * e + words + torch.special.entr(phi)) - kl


@right
def term_by_term_in_python(alpha, log_beta, word_ids, counts, phi, gamma):
    g = gamma.tolist()
    a = [float(alpha)] * len(g) if not isinstance(alpha, torch.Tensor) or alpha.dim() == 0 else alpha.tolist()
    total = torch.digamma(gamma.sum()).item()
    e = [value - total for value in torch.digamma(gamma).tolist()]
    terms = [math.lgamma(sum(a)) - math.lgamma(sum(g))]
    terms += [math.lgamma(y) - math.lgamma(x) + (x - y) * z for x, y, z in zip(a, g, e, strict=True)]
    for w, count, row in zip(word_ids.tolist(), counts.tolist(), phi.tolist(), strict=True):
        for k, p in enumerate(row):
            if p > 0:
                terms.append(count * p * (e[k] + log_beta[k, w].item() - math.log(p)))
    return torch.tensor(math.fsum(terms), dtype=gamma.dtype)


@right
def through_numpy_and_scipy(alpha, log_beta, word_ids, counts, phi, gamma):
    from scipy import special

    g, p, n = gamma.numpy(), phi.numpy(), counts.numpy()
    a = np.broadcast_to(np.asarray(alpha, dtype=g.dtype), g.shape)
    e = special.digamma(g) - special.digamma(g.sum())

    def log_normaliser(x):
        return special.gammaln(x).sum() - special.gammaln(x.sum())

    words = np.where(p > 0, log_beta.numpy().T[word_ids.numpy()], 0)
    value = log_normaliser(g) - log_normaliser(a) + (a - g) @ e + n @ (p * (e + words) + special.entr(p)).sum(1)
    return torch.tensor(value, dtype=gamma.dtype)


@right
def as_expected_log_of_a_ratio(alpha, log_beta, word_ids, counts, phi, gamma):
    a = torch.as_tensor(alpha, dtype=gamma.dtype).expand_as(gamma)
    e = torch.digamma(gamma) - torch.digamma(gamma.sum())
    held = a + counts @ phi
    shares = torch.lgamma(a.sum()) - torch.lgamma(a).sum() + torch.lgamma(gamma).sum() - torch.lgamma(gamma.sum())
    log_words = log_beta[:, word_ids].T.masked_fill(phi == 0, 0.0)
    log_phi = phi.masked_fill(phi == 0, 1.0).log()
    return shares + torch.dot(held - gamma, e) + (counts.unsqueeze(1) * phi * (log_words - log_phi)).sum()


@right
def word_by_word_with_categoricals(alpha, log_beta, word_ids, counts, phi, gamma):
    a = torch.ones_like(gamma) * alpha
    e = torch.digamma(gamma) - torch.digamma(gamma.sum())
    value = -D.kl_divergence(D.Dirichlet(gamma), D.Dirichlet(a))
    for w, count, row in zip(word_ids, counts, phi, strict=True):
        held = row > 0
        value = value + count * ((e + log_beta[:, w])[held] @ row[held] + torch.special.entr(row).sum())
    return value


@right
def topic_by_topic(alpha, log_beta, word_ids, counts, phi, gamma):
    a = torch.as_tensor(alpha, dtype=gamma.dtype).expand(gamma.shape)
    total = torch.lgamma(a.sum()) - torch.lgamma(gamma.sum())
    whole = torch.digamma(gamma.sum())
    for k in range(len(gamma)):
        e = torch.digamma(gamma[k]) - whole
        total = total + torch.lgamma(gamma[k]) - torch.lgamma(a[k]) + (a[k] - gamma[k]) * e
        held = phi[:, k] > 0
        share = phi[held, k]
        total = total + (counts[held] * share * (e + log_beta[k, word_ids[held]] - share.log())).sum()
    return total


@right
def of_a_sparse_phi(alpha, log_beta, word_ids, counts, phi, gamma):
    a = gamma.new_zeros(len(gamma)) + alpha
    e = torch.digamma(gamma) - torch.digamma(gamma.sum())
    sparse = phi.to_sparse().coalesce()
    (n, k), share = sparse.indices(), sparse.values()
    tokens = torch.dot(counts[n] * share, e[k] + log_beta[k, word_ids[n]] - share.log())
    prior = torch.lgamma(a.sum()) - torch.lgamma(a).sum() + torch.dot(a - 1, e)
    return tokens + prior + D.Dirichlet(gamma).entropy()


@right
def with_repeated_words_merged(alpha, log_beta, word_ids, counts, phi, gamma):
    a = torch.zeros_like(gamma).add(alpha)
    e = torch.digamma(gamma) - torch.digamma(gamma.sum())
    table = torch.zeros_like(log_beta).index_add_(1, word_ids, (counts[:, None] * phi).T)
    words = table[table > 0] @ log_beta[table > 0]
    shares = torch.dot(table.sum(1) + a - gamma, e) + torch.mvlgamma(a.sum(), 1) - torch.mvlgamma(gamma.sum(), 1)
    return words + shares + (torch.lgamma(gamma) - torch.lgamma(a)).sum() + counts @ torch.special.entr(phi).sum(1)
