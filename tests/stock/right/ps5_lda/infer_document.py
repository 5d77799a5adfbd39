"""Right but unusual answers to `infer_document`."""

import math

import numpy as np
import torch
from answers import right
from torch import distributions as D
from torch.nn import functional as F


@right
def by_numpy_arrays(alpha, log_beta, word_ids, counts, max_iters=100, tol=1e-6):
    from scipy import special

    log_words, n = log_beta.numpy()[:, word_ids.numpy()].T, counts.numpy()
    prior = np.broadcast_to(np.asarray(alpha, dtype=float), len(log_beta))
    gamma = prior + n.sum() / len(log_beta)
    for _ in range(max_iters):
        before, phi = gamma, special.softmax(special.psi(gamma) + log_words, axis=1)
        gamma = prior + n @ phi
        if np.abs(gamma - before).mean() < tol:
            break
    return torch.from_numpy(gamma), torch.from_numpy(phi)


@right
def by_recursion_on_the_iterations(alpha, log_beta, word_ids, counts, max_iters=100, tol=1e-6):
    def climb(gamma, left):
        phi = torch.softmax(torch.digamma(gamma) + log_beta.T[word_ids], 1)
        better = alpha + torch.einsum("n,nk->k", counts, phi)
        if left == 1 or (better - gamma).abs().mean() < tol:
            return better, phi
        return climb(better, left - 1)

    import sys

    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(limit + 4 * max_iters)
    try:
        return climb(torch.zeros(len(log_beta), dtype=log_beta.dtype) + alpha + counts.mean(), max_iters)
    finally:
        sys.setrecursionlimit(limit)


@right
def with_recurring_words_merged_and_spread_again(alpha, log_beta, word_ids, counts, max_iters=100, tol=1e-6):
    words, place = word_ids.unique(return_inverse=True)
    merged = torch.zeros(len(words), dtype=counts.dtype).index_add_(0, place, counts)
    gamma = torch.full((len(log_beta),), float(counts.sum()) / len(log_beta), dtype=log_beta.dtype) + alpha
    for _ in range(max_iters):
        phi = (torch.digamma(gamma)[:, None] + log_beta[:, words]).softmax(0)
        gamma, before = phi @ merged + alpha, gamma
        if float((gamma - before).abs().max()) < tol:
            break
    return gamma, phi.T[place]


@right
def with_the_constant_of_the_shares(alpha, log_beta, word_ids, counts, max_iters=100, tol=1e-6):
    prior = torch.as_tensor(alpha, dtype=log_beta.dtype).expand(len(log_beta))
    gamma = prior.clone() + 1
    for _ in range(max_iters):
        e = torch.digamma(gamma) - torch.digamma(gamma.sum())
        logits = e + log_beta.index_select(1, word_ids).T
        phi = (logits - logits.logsumexp(1, keepdim=True)).exp()
        change = prior + (counts.unsqueeze(1) * phi).sum(0) - gamma
        gamma = gamma + change
        if change.abs().mean() < tol:
            break
    return gamma, phi


@right
def from_a_start_of_random_shares(alpha, log_beta, word_ids, counts, max_iters=100, tol=1e-6):
    shares = D.Dirichlet(torch.ones(len(log_beta), dtype=log_beta.dtype)).sample()
    gamma = alpha + counts.sum() * shares
    for _ in range(max_iters):
        before = gamma.clone()
        phi = F.softmax(torch.digamma(gamma).expand(len(word_ids), -1) + log_beta[:, word_ids].T, dim=-1)
        gamma = torch.addmv(torch.zeros_like(gamma) + alpha, phi.T, counts)
        if torch.dist(gamma, before, p=1) < tol * len(gamma):
            break
    return gamma, phi


@right
def by_a_generator_of_states(alpha, log_beta, word_ids, counts, max_iters=100, tol=1e-6):
    import itertools

    def states():
        gamma = torch.ones(len(log_beta), dtype=log_beta.dtype) * counts.sum() / len(log_beta) + alpha
        while True:
            phi = D.Categorical(logits=torch.digamma(gamma) + log_beta[:, word_ids].T).probs
            before, gamma = gamma, counts @ phi + alpha
            yield gamma, phi, float((gamma - before).abs().mean())

    for state in itertools.islice(states(), max_iters):
        if state[2] < tol:
            break
    return state[:2]


@right
def word_by_word_in_python(alpha, log_beta, word_ids, counts, max_iters=100, tol=1e-6):
    k = len(log_beta)
    prior = torch.as_tensor(alpha, dtype=torch.float64).expand(k).tolist()
    columns, n = log_beta.T[word_ids].tolist(), counts.tolist()
    gamma = [a + sum(n) / k for a in prior]
    for _ in range(max_iters):
        e, rows = torch.digamma(torch.tensor(gamma, dtype=torch.float64)).tolist(), []
        for column in columns:
            top = max(x + y for x, y in zip(column, e, strict=True))
            powers = [math.exp(x + y - top) for x, y in zip(column, e, strict=True)]
            rows.append([power / sum(powers) for power in powers])
        before = gamma
        gamma = [a + sum(c * row[i] for c, row in zip(n, rows, strict=True)) for i, a in enumerate(prior)]
        if sum(abs(x - y) for x, y in zip(gamma, before, strict=True)) < tol * k:
            break
    return torch.tensor(gamma, dtype=log_beta.dtype), torch.tensor(rows, dtype=log_beta.dtype)


@right
def as_a_pair_in_a_list_with_a_bound_watched(alpha, log_beta, word_ids, counts, max_iters=100, tol=1e-6):
    from scipy import special

    k, log_words, best = len(log_beta), log_beta[:, word_ids].T, -math.inf
    prior = torch.zeros(k, dtype=log_beta.dtype) + alpha
    gamma = prior + counts.sum() / k
    for _ in range(max_iters):
        phi = (torch.from_numpy(special.psi(gamma.numpy())) + log_words).softmax(1)
        better = prior + counts @ phi
        bound = float(torch.lgamma(better).sum() + counts @ ((phi * log_words) + torch.special.entr(phi)).sum(1))
        still, gamma, best = (better - gamma).abs().mean() < tol, better, bound
        if still and math.isfinite(best):
            break
    return [gamma, phi]
