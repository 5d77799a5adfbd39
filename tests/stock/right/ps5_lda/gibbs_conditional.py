"""Right but unusual answers to `gibbs_conditional`."""

import numpy as np
import torch
from answers import right
from torch import distributions as D
from torch.nn import functional as F


@right
def by_a_ratio_of_joints(n_dk, n_kw, n_k, d, w, z_old, alpha, eta):
    logs = []
    vocab = n_kw.shape[1]
    for k in range(len(n_k)):
        dk, kw, ks = n_dk[d].double(), n_kw[:, w].double(), n_k.double()
        for counts in (dk, kw, ks):
            counts[z_old] -= 1
            counts[k] += 1
        joint = torch.lgamma(dk + alpha).sum() + torch.lgamma(kw + eta).sum() - torch.lgamma(ks + vocab * eta).sum()
        logs.append(joint)
    return torch.stack(logs).softmax(0)


@right
def by_numpy(n_dk, n_kw, n_k, d, w, z_old, alpha, eta):
    own = np.arange(len(n_k)) == z_old
    document, word, size = (x.numpy().astype(float) - own for x in (n_dk[d], n_kw[:, w], n_k))
    weights = (document + alpha) * (word + eta) / (size + n_kw.shape[1] * eta)
    return torch.from_numpy(weights / weights.sum())


@right
def by_fractions(n_dk, n_kw, n_k, d, w, z_old, alpha, eta):
    from fractions import Fraction

    a, b = Fraction(alpha), Fraction(eta)
    weights = []
    for k in range(len(n_k)):
        own = int(k == z_old)
        size = int(n_k[k]) - own + n_kw.shape[1] * b
        weights.append((int(n_dk[d, k]) - own + a) * (int(n_kw[k, w]) - own + b) / size)
    return torch.tensor([float(weight / sum(weights)) for weight in weights], dtype=torch.float64)


@right
def on_clones_of_the_tables(n_dk, n_kw, n_k, d, w, z_old, alpha, eta):
    tables = [table.clone() for table in (n_dk, n_kw, n_k)]
    tables[0][d, z_old] -= 1
    tables[1][z_old, w] -= 1
    tables[2][z_old] -= 1
    theta = tables[0][d].to(torch.float64).add(alpha)
    beta = tables[1].to(torch.float64).add(eta)[:, w] / tables[1].to(torch.float64).add(eta).sum(1)
    return D.Categorical(theta * beta).probs


@right
def by_stacked_counts(n_dk, n_kw, n_k, d, w, z_old, alpha, eta):
    counts = torch.stack([n_dk[d], n_kw[:, w], n_k]).double()
    counts[:, z_old] -= 1
    logs = (counts + torch.tensor([alpha, eta, n_kw.shape[1] * eta], dtype=torch.float64)[:, None]).log()
    return torch.softmax(torch.tensor([1.0, 1.0, -1.0], dtype=torch.float64) @ logs, dim=0)


@right
def by_index_add_of_minus_one(n_dk, n_kw, n_k, d, w, z_old, alpha, eta):
    place, one = torch.tensor([z_old]), torch.tensor([1.0], dtype=torch.float64)

    def less(counts):
        return counts.double().index_add(0, place, one, alpha=-1)

    weights = (less(n_dk[d]) + alpha) * (less(n_kw[:, w]) + eta)
    return F.normalize(weights / (less(n_k) + n_kw.size(1) * eta), p=1, dim=0)


@right
def with_the_counts_restored_after_an_exception_safe_edit(n_dk, n_kw, n_k, d, w, z_old, alpha, eta):
    from contextlib import contextmanager

    @contextmanager
    def without_the_token():
        for table, place in ((n_dk, (d, z_old)), (n_kw, (z_old, w)), (n_k, (z_old,))):
            table[place] -= 1
        try:
            yield
        finally:
            for table, place in ((n_dk, (d, z_old)), (n_kw, (z_old, w)), (n_k, (z_old,))):
                table[place] += 1

    with without_the_token():
        share = n_dk[d].double().add(alpha)
        word = n_kw[:, w].double().add(eta).div(n_k.double().add(eta * n_kw.shape[1]))
    return share.mul(word).div(share.dot(word))


@right
def by_products_under_reduce(n_dk, n_kw, n_k, d, w, z_old, alpha, eta):
    import functools
    import operator

    own = torch.eye(len(n_k), dtype=torch.float64)[z_old]
    factors = (
        n_dk.double()[d] - own + alpha,
        n_kw.double().T[w] - own + eta,
        (n_k.double() - own + n_kw.shape[1] * eta).reciprocal(),
    )
    weights = functools.reduce(operator.mul, factors)
    return weights / torch.linalg.vector_norm(weights, 1)
