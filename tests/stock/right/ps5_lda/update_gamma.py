"""Right but unusual answers to `update_gamma`."""

import math

import numpy as np
import torch
from answers import right


@right
def by_adding_to_the_prior(alpha, phi, counts):
    prior = torch.zeros(phi.shape[1], dtype=phi.dtype, device=phi.device) + alpha
    return torch.addmv(prior, phi.T, counts.to(phi.dtype))


@right
def word_by_word(alpha, phi, counts):
    gamma = alpha * torch.ones_like(phi[0])
    for count, row in zip(counts, phi, strict=True):
        gamma = gamma + count * row
    return gamma


@right
def by_reducing(alpha, phi, counts):
    import functools

    start = torch.as_tensor(alpha, dtype=phi.dtype).expand(phi.shape[1])
    return functools.reduce(torch.add, [count * row for count, row in zip(counts, phi, strict=True)], start)


@right
def by_tensordot(alpha, phi, counts):
    return torch.tensordot(counts.to(phi), phi, dims=1).add(alpha)


@right
def by_index_add_of_every_entry(alpha, phi, counts):
    words, topics = phi.shape
    place = torch.arange(topics).repeat(words)
    gamma = torch.zeros(topics, dtype=phi.dtype).index_add_(0, place, (counts.unsqueeze(1) * phi).flatten())
    return gamma + alpha


@right
def by_a_sparse_row(alpha, phi, counts):
    row = counts.to(phi).unsqueeze(0).to_sparse()
    return torch.sparse.mm(row, phi).squeeze(0) + alpha


@right
def by_numpy_s_average(alpha, phi, counts):
    weights = counts.numpy()
    tokens = np.average(phi.numpy(), axis=0, weights=weights) * weights.sum()
    return torch.from_numpy(np.asarray(alpha) + tokens).to(phi.dtype)


@right
def by_exact_sums(alpha, phi, counts):
    prior = torch.as_tensor(alpha, dtype=phi.dtype).expand(phi.shape[1]).tolist()
    columns = (counts[:, None] * phi).T.tolist()
    return torch.tensor([a + math.fsum(column) for a, column in zip(prior, columns, strict=True)], dtype=phi.dtype)


@right
def by_cumulative_sums(alpha, phi, counts):
    return torch.cumsum(torch.cat([torch.zeros_like(phi[:1]) + alpha, counts[:, None] * phi]), dim=0)[-1]
