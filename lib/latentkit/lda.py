"""LDA a document and a token at a time, on torch tensors: the steps that the notebook's loops are built from.

For whole corpora use `latentkit.topics`, which is thousands of times faster. A document is `word_ids [N]` with
`counts [N]`, or a LongTensor of tokens; `K` topics, `V` words, `D` documents.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch import distributions as D


def mean_log_shares(gamma: Tensor) -> Tensor:
    """E[log θ] under Dir(γ), [K]: an exponential family's mean statistics are its log-normaliser's gradient."""
    with torch.enable_grad():
        leaf = gamma.detach().clone().requires_grad_()
        normaliser = torch.lgamma(leaf).sum() - torch.lgamma(leaf.sum())
        return torch.autograd.grad(normaliser, leaf)[0]


def token_topics(gamma: Tensor, log_beta: Tensor, word_ids: Tensor) -> Tensor:
    """φ, the mean-field distribution of each token's topic given γ [K] and log β [K, V]: [N, K]."""
    logits = log_beta.T[word_ids] + mean_log_shares(gamma)
    return D.Categorical(logits=logits).probs


def document_shares(alpha: float | Tensor, phi: Tensor, counts: Tensor) -> Tensor:
    """γ, the Dirichlet's parameters given the tokens' topics φ [N, K]: [K]."""
    return torch.einsum("n,nk->k", counts.to(phi), phi) + alpha


def bound(
    alpha: float | Tensor, log_beta: Tensor, word_ids: Tensor, counts: Tensor, phi: Tensor, gamma: Tensor
) -> Tensor:
    """The evidence lower bound of one document at any φ and γ, in nats."""
    prior = D.Dirichlet(torch.as_tensor(alpha).to(gamma).expand(gamma.shape), validate_args=False)
    words = mean_log_shares(gamma) + log_beta.T[word_ids]  # [N, K]
    inside = torch.where(phi > 0, phi * words, 0).sum(1) + torch.special.entr(phi).sum(1)
    return counts.to(phi) @ inside - D.kl_divergence(D.Dirichlet(gamma, validate_args=False), prior)


def count_topics(docs: Sequence[Tensor], z: Sequence[Tensor], topics: int, vocab: int) -> tuple[Tensor, Tensor, Tensor]:
    """The counts of an assignment of tokens to topics.

    Args:
        docs, z: the words and the topics of each document's tokens, LongTensors of the same lengths.
        topics, vocab: K and V.
    Returns:
        n_dk [D, K], n_kw [K, V] and n_k [K].
    """
    n_dk = torch.stack([torch.bincount(chosen, minlength=topics) for chosen in z])
    pairs = torch.cat(list(z)) * vocab + torch.cat(list(docs))
    n_kw = torch.bincount(pairs, minlength=topics * vocab).view(topics, vocab)
    return n_dk, n_kw, n_kw.sum(1)


def log_joint(n_dk: Tensor, n_kw: Tensor, alpha: float, eta: float) -> float:
    """log p(w, z) of all documents, θ and β integrated out, in nats (Griffiths and Steyvers 2004)."""

    def sequences(counts: Tensor, prior: float) -> Tensor:
        size, counts = counts.shape[1], counts.double()
        total = torch.tensor(size * prior, dtype=torch.float64)
        single = torch.tensor(prior, dtype=torch.float64)
        rows = torch.lgamma(total) - torch.lgamma(counts.sum(1) + total)
        return (rows + (torch.lgamma(counts + prior) - torch.lgamma(single)).sum(1)).sum()

    return float(sequences(n_dk, alpha) + sequences(n_kw, eta))


def token_conditional(
    n_dk: Tensor, n_kw: Tensor, n_k: Tensor, d: int, w: int, z_old: int, alpha: float, eta: float
) -> Tensor:
    """p(z = k | all other tokens) of one token, by the change that each choice makes to log p(w, z), [K], float64.

    Args:
        n_dk, n_kw, n_k: the counts, the token itself included; left as they are.
        d, w, z_old: its document, its word and its present topic.
        alpha, eta: symmetric priors.
    """
    place = torch.arange(len(n_k), device=n_k.device)
    before = torch.stack([n_dk[d], n_kw[:, w], n_k]).double() - (place == z_old).double()  # without the token, [3, K]
    before += torch.tensor([alpha, eta, n_kw.shape[1] * eta], device=n_k.device).double()[:, None]
    change = torch.lgamma(before + 1) - torch.lgamma(before)
    return (change[0] + change[1] - change[2]).softmax(0)
