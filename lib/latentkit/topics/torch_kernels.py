"""Mean-field inference of LDA in torch, for GPUs: many documents at a time as one padded batched product.

Documents of similar length share a batch; those that have settled leave it. Symbols as in `kernels.py`.
"""

import numpy as np
import torch
from torch import Tensor

CELLS = {"cuda": 1 << 26, "cpu": 1 << 20}  # of the largest table [B, N, K]: 256 MB in float32; what a cache holds
SIMILAR = 0.75  # the shortest document of a batch has at least this share of the longest's words
SHRINK = 0.7  # a batch is packed anew when less than this share of its documents is still moving


def infer_on_device(corpus, weights: np.ndarray, alpha: np.ndarray, settings, *, counts: bool):
    """What `inference._infer_on_cpu` computes, by torch.

    Args:
        corpus: the documents.
        weights: W, [K, V].
        alpha: [K].
        settings: with the device.
        counts: whether expected counts are wanted.
    Returns:
        γ [D, K]; Σ_n c_dn log norm_dn [D]; expected counts [K, V] or None: numpy arrays.
    """
    m, device = corpus.matrix, torch.device(settings.device)
    words = torch.as_tensor(weights, device=device).T.contiguous()  # [V, K]
    prior = torch.as_tensor(alpha, dtype=words.dtype, device=device)
    ids = torch.as_tensor(m.indices, dtype=torch.long, device=device)
    values = torch.as_tensor(m.data, dtype=words.dtype, device=device)
    starts = torch.as_tensor(m.indptr, dtype=torch.long, device=device)
    gamma = words.new_empty(len(corpus), len(alpha))
    ratio, evidence = torch.empty_like(values), torch.zeros(len(corpus), dtype=torch.float64, device=device)
    for batch in _batches(np.diff(m.indptr), CELLS.get(device.type, CELLS["cuda"]) // len(alpha)):
        documents = torch.as_tensor(batch, device=device)
        first, n = starts[documents], starts[documents + 1] - starts[documents]
        place = torch.arange(int(n.max()), device=device)
        real = place < n[:, None]  # [B, N]
        at = (first[:, None] + place).where(real, 0)
        c = values[at].where(real, 0) if len(values) else values.new_zeros(real.shape)
        table = words[ids[at]] if len(ids) else words.new_zeros(*real.shape, len(alpha))  # [B, N, K]
        gamma[documents] = _ascend(table, c, prior, settings.max_iter, settings.tol)
        norm = _norm(table, torch.digamma(gamma[documents]).exp())
        ratio[at[real]] = (c / norm)[real]
        evidence[documents] = (c.double() * norm.double().log()).sum(1)
    expected = _expected_counts(corpus, words, gamma, ratio) if counts else None
    return gamma.cpu().numpy(), evidence.cpu().numpy(), expected


def _batches(lengths: np.ndarray, cells: int):
    """Indices of documents of similar length, so many at a time that B × N is at most `cells`."""
    order = np.argsort(lengths, kind="stable")
    ascending, stop = lengths[order], len(order)
    while stop:
        longest = max(int(ascending[stop - 1]), 1)
        start = max(stop - max(1, cells // longest), int(np.searchsorted(ascending, SIMILAR * longest - 8)))
        yield np.sort(order[start:stop])
        stop = start


def _norm(table: Tensor, theta: Tensor) -> Tensor:
    """Σ_k W_kn θ̃_k, [B, N], kept from zero."""
    return torch.bmm(table, theta[:, :, None])[:, :, 0].clamp_min(torch.finfo(table.dtype).tiny)


def _ascend(table: Tensor, c: Tensor, alpha: Tensor, max_iter: int, tol: float) -> Tensor:
    """γ [B, K] after coordinate ascent from α + N_d / K, each document until its mean |Δγ| is < tol."""
    result = alpha + c.sum(1, keepdim=True) / len(alpha)
    gamma, moving = result.clone(), torch.arange(len(c), device=c.device)
    for _ in range(max_iter):
        theta = torch.digamma(gamma).exp()
        new = alpha + theta * torch.bmm((c / _norm(table, theta))[:, None], table)[:, 0]
        left = (new - gamma).abs().mean(1) >= tol
        gamma = new
        result[moving] = new
        remaining = int(left.sum())
        if remaining == 0:
            break
        if remaining < SHRINK * len(left):
            table, c, gamma, moving = table[left], c[left], gamma[left], moving[left]
    return result


def _expected_counts(corpus, words: Tensor, gamma: Tensor, ratio: Tensor) -> np.ndarray:
    """Σ_d c_dv φ_dvk, [K, V] float64: a sparse product, word by word in the order of the documents."""
    starts, documents, positions = corpus.by_word
    where = np.stack([np.repeat(np.arange(corpus.n_words), np.diff(starts)), documents])
    by_word = torch.sparse_coo_tensor(
        torch.as_tensor(where, device=words.device),
        ratio[torch.as_tensor(positions, dtype=torch.long, device=words.device)],
        size=(corpus.n_words, len(corpus)),
        is_coalesced=True,
        check_invariants=False,
    )
    sums = by_word @ torch.digamma(gamma).exp()  # [V, K]
    return (sums * words).T.double().cpu().numpy()
