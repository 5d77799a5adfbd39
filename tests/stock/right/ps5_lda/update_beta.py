"""Right but unusual answers to `update_beta`."""

import numpy as np
import torch
from answers import right
from torch.nn import functional as F


@right
def by_scatter_reduce(docs, phis, vocab_size, eta=0.0):
    ids = torch.cat([word_ids for word_ids, _ in docs])
    mass = torch.cat([counts[:, None] * phi for (_, counts), phi in zip(docs, phis, strict=True)])
    table = torch.full((vocab_size, mass.shape[1]), float(eta), dtype=mass.dtype)
    table = table.scatter_reduce(0, ids[:, None].expand_as(mass), mass, reduce="sum")
    return table.T / table.sum(0)[:, None]


@right
def by_sparse_products(docs, phis, vocab_size, eta=0.0):
    rows = []
    for (word_ids, counts), phi in zip(docs, phis, strict=True):
        place = torch.stack([word_ids, torch.arange(len(word_ids))])
        which = torch.sparse_coo_tensor(place, counts, (vocab_size, len(word_ids)))
        rows.append(torch.sparse.mm(which, phi))
    table = torch.stack(rows).sum(0) + eta
    return (table / table.sum(0, keepdim=True)).T


@right
def by_numpy_s_unbuffered_add(docs, phis, vocab_size, eta=0.0):
    table = np.full((phis[0].shape[1], vocab_size), float(eta))
    for (word_ids, counts), phi in zip(docs, phis, strict=True):
        np.add.at(table, (slice(None), word_ids.numpy()), counts.numpy() * phi.numpy().T)
    return torch.tensor(table / table.sum(1, keepdims=True), dtype=phis[0].dtype)


@right
def by_a_dictionary_of_words(docs, phis, vocab_size, eta=0.0):
    from collections import defaultdict

    mass = defaultdict(lambda: torch.zeros_like(phis[0][0]))
    for (word_ids, counts), phi in zip(docs, phis, strict=True):
        for w, count, row in zip(word_ids.tolist(), counts, phi, strict=True):
            mass[w] = mass[w] + count * row
    columns = torch.stack([mass[w] + eta for w in range(vocab_size)], dim=1)
    return columns / columns.sum(1).unsqueeze(1)


@right
def by_masks_of_each_word(docs, phis, vocab_size, eta=0.0):
    ids = torch.cat([word_ids for word_ids, _ in docs])
    counts, phi = torch.cat([counts for _, counts in docs]), torch.cat(tuple(phis))
    same = (ids[None, :] == torch.arange(vocab_size)[:, None]).to(phi)
    return F.normalize(torch.einsum("vn,n,nk->kv", same, counts, phi) + eta, p=1, dim=1)


@right
def document_by_document_with_reduce(docs, phis, vocab_size, eta=0.0):
    import functools

    def one(pair):
        (word_ids, counts), phi = pair
        return torch.zeros(vocab_size, phi.shape[1], dtype=phi.dtype).index_put(
            (word_ids,), counts[:, None] * phi, accumulate=True
        )

    table = functools.reduce(torch.add, map(one, zip(docs, phis, strict=True)))
    return ((table + eta) / (table + eta).sum(0)).T


@right
def by_histograms(docs, phis, vocab_size, eta=0.0):
    ids = torch.cat([word_ids for word_ids, _ in docs]).numpy()
    mass = torch.cat([counts[:, None] * phi for (_, counts), phi in zip(docs, phis, strict=True)]).numpy()
    edges = np.arange(vocab_size + 1) - 0.5
    rows = [np.histogram(ids, bins=edges, weights=column)[0] + eta for column in mass.T]
    return torch.tensor(np.array([row / row.sum() for row in rows]), dtype=phis[0].dtype)


@right
def by_logs_and_logsumexp(docs, phis, vocab_size, eta=0.0):
    table = torch.zeros(vocab_size, phis[0].shape[1], dtype=phis[0].dtype)
    for (word_ids, counts), phi in zip(docs, phis, strict=True):
        table = torch.index_add(table, 0, word_ids, counts.unsqueeze(1) * phi)
    logs = (table + eta).log()
    return (logs - logs.logsumexp(0)).exp().T
