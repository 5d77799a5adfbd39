"""Latent Dirichlet allocation, update by update (ps5).

A document draws its topic shares θ ~ Dir(α), each token its topic z_n ~ θ and its word w_n ~ β_{z_n}; a topic β_k is a
distribution over words, with the prior Dir(η). The mean-field family is q(θ, z) = Dir(θ; γ) Π_n φ_n(z_n). A document is
`word_ids [N]` and `counts [N]`, where an id may recur; for Gibbs sampling it is a LongTensor of tokens. `K` topics, `V`
words, `D` documents. Logs are natural, so bounds are in nats.

References:
    [1] Blei, Ng and Jordan 2003, Latent Dirichlet Allocation, JMLR 3
    [2] Griffiths and Steyvers 2004, Finding scientific topics, PNAS 101
    [3] Minka 2000, Estimating a Dirichlet distribution
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

MAX_STEP = 2.0  # of log α in one Newton step: from far below the root a full step overshoots by hundreds


def expected_log_dirichlet(gamma: Tensor) -> Tensor:
    """E[log θ_k] of θ ~ Dir(γ): ψ(γ_k) − ψ(Σ_j γ_j).

    Args:
        gamma: positive, [..., K].
    Returns:
        [..., K], in nats, all negative.
    Source: lecture, "Dirichlet"; [1] appendix A.1.
    """
    return torch.digamma(gamma) - torch.digamma(gamma.sum(-1, keepdim=True))


def update_phi(gamma: Tensor, log_beta: Tensor, word_ids: Tensor) -> Tensor:
    """q(z_n = k) ∝ β_{k, w_n} exp(E[log θ_k]), each row normalised without leaving the logs.

    Args:
        gamma: [K].
        log_beta: [K, V]; −inf where a topic does not hold a word.
        word_ids: [N].
    Returns:
        [N, K]; rows sum to one. NaN for a word that no topic holds.
    Source: lecture, "Approximate Inference"; [1] equation 6.
    """
    return (expected_log_dirichlet(gamma) + log_beta.T[word_ids]).softmax(-1)


def update_gamma(alpha: float | Tensor, phi: Tensor, counts: Tensor) -> Tensor:
    """γ_k = α_k + Σ_n counts_n φ_nk: the prior and the tokens that each topic explains.

    Args:
        alpha: scalar or [K].
        phi: [N, K].
        counts: [N].
    Returns:
        [K].
    Source: lecture, "Approximate Inference"; [1] equation 7.
    """
    return alpha + (counts[:, None] * phi).sum(0)


def document_elbo(
    alpha: float | Tensor, log_beta: Tensor, word_ids: Tensor, counts: Tensor, phi: Tensor, gamma: Tensor
) -> Tensor:
    """A lower bound on log p(w | α, β) of one document, whatever φ and γ are; in nats.

    E_q[log p(θ | α)] + E_q[log p(z | θ)] + E_q[log p(w | z, β)] + H[q(θ)] + H[q(z)], with 0 log 0 = 0.

    Args:
        alpha: scalar or [K].
        log_beta: [K, V].
        word_ids, counts: [N].
        phi: [N, K].
        gamma: [K].
    Returns:
        A scalar, summed over the tokens: a word that is counted twice counts as two tokens.
    Source: lecture, "Approximate Inference"; [1] equation 15.
    """
    alpha = torch.as_tensor(alpha, dtype=gamma.dtype, device=gamma.device).expand(gamma.shape)
    log_theta = expected_log_dirichlet(gamma)
    prior = torch.lgamma(alpha.sum()) - torch.lgamma(alpha).sum() + ((alpha - 1) * log_theta).sum()
    entropy = torch.lgamma(gamma).sum() - torch.lgamma(gamma.sum()) - ((gamma - 1) * log_theta).sum()
    tokens = phi * (log_theta + log_beta.T[word_ids]) - torch.xlogy(phi, phi)  # [N, K]
    tokens = torch.where(phi > 0, tokens, 0)  # not 0 · log 0, which is NaN
    return prior + entropy + (counts[:, None] * tokens).sum()


def infer_document(
    alpha: float | Tensor,
    log_beta: Tensor,
    word_ids: Tensor,
    counts: Tensor,
    max_iters: int = 100,
    tol: float = 1e-6,
) -> tuple[Tensor, Tensor]:
    """Coordinate ascent in φ and γ from even shares; the ELBO never falls.

    Args:
        alpha: scalar or [K].
        log_beta: [K, V].
        word_ids, counts: [N].
        max_iters: how many times both are updated, at most.
        tol: stop when the mean change of γ is below it.
    Returns:
        gamma [K] and phi [N, K].
    Source: lecture, "Approximate Inference"; [1] figure 6.
    """
    topics = len(log_beta)
    gamma = alpha + counts.sum() / topics * torch.ones(topics, dtype=log_beta.dtype, device=log_beta.device)
    for _ in range(max_iters):
        phi = update_phi(gamma, log_beta, word_ids)
        before, gamma = gamma, update_gamma(alpha, phi, counts)
        if (gamma - before).abs().mean() < tol:
            break
    return gamma, phi


def update_beta(
    docs: Sequence[tuple[Tensor, Tensor]], phis: Sequence[Tensor], vocab_size: int, eta: float = 0.0
) -> Tensor:
    """M step of the topics: β_kv ∝ η + the tokens of word v that topic k explains.

    Args:
        docs: (word_ids [N], counts [N]) of each document; an id may recur.
        phis: [N, K] of each document.
        vocab_size: V.
        eta: pseudo-count of every word in every topic.
    Returns:
        [K, V]; rows sum to one.
    Raises:
        ValueError: a topic explains nothing, and eta is 0.
    Source: lecture, "Inference and Learning"; [1] equation 9.
    """
    mass = phis[0].new_full((vocab_size, phis[0].shape[1]), eta)  # [V, K]
    for (word_ids, counts), phi in zip(docs, phis, strict=True):
        mass.index_add_(0, word_ids, counts[:, None] * phi)  # adds up the rows of an id that recurs
    total = mass.sum(0)
    if (total == 0).any():
        raise ValueError("a topic explains no token, so it has no words: give eta > 0")
    return (mass / total).T


def update_alpha(expected_log_theta_sum: float | Tensor, num_docs: int, num_topics: int, init: float = 1.0) -> float:
    """M step of a symmetric α: the maximum of the ELBO's terms in α, by Newton's method on log α.

    f(α) = D (log Γ(Kα) − K log Γ(α)) + (α − 1) Σ_d Σ_k E[log θ_dk]; log α ← log α − f′ / (α f″ + f′) keeps α positive.

    Args:
        expected_log_theta_sum: Σ_d Σ_k E[log θ_dk], in nats.
        num_docs: D.
        num_topics: K.
        init: where to start, positive.
    Returns:
        α, to about ten digits.
    Raises:
        ValueError: there is no maximum, for all topics have the same share in every document; or init is not positive.
    Source: lecture, "Inference and Learning"; [1] appendix A.4.2; [3].
    """
    sum_log, docs, topics = float(expected_log_theta_sum), num_docs, num_topics
    if not sum_log < -docs * topics * math.log(topics):
        raise ValueError(f"Σ E[log θ] must be below −D·K·log K, its value at equal shares; got {sum_log:g}")
    if not init > 0:
        raise ValueError(f"init must be positive, got {init:g}")
    log_alpha = math.log(init)
    for _ in range(1000):
        alpha = torch.tensor(math.exp(log_alpha), dtype=torch.float64)
        slope = docs * topics * (torch.digamma(topics * alpha) - torch.digamma(alpha)) + sum_log
        curvature = docs * topics * (topics * torch.polygamma(1, topics * alpha) - torch.polygamma(1, alpha))
        step = float(slope / (alpha * curvature + slope))
        log_alpha -= max(-MAX_STEP, min(MAX_STEP, step))
        if abs(step) < 1e-12:
            break
    return math.exp(log_alpha)


def gibbs_conditional(
    n_dk: Tensor, n_kw: Tensor, n_k: Tensor, d: int, w: int, z_old: int, alpha: float, eta: float
) -> Tensor:
    """p(z = k | all other topics, all words) of one token, with θ and β integrated out.

    ∝ (n_dk + α) · (n_kw + η) / (n_k + V η), where the counts leave the token itself out.

    Args:
        n_dk: tokens of document d in topic k, LongTensor [D, K].
        n_kw: tokens of word w in topic k, LongTensor [K, V].
        n_k: tokens in topic k, LongTensor [K].
        d, w: the token's document and word.
        z_old: its present topic: on entry it is counted there in all three, and the counts are left as they were.
        alpha, eta: symmetric priors.
    Returns:
        [K], float64; sums to one.
    Source: lecture, "Approximate Inference"; [2] equation 5.
    """
    vocab_size = n_kw.shape[1]
    itself = torch.zeros_like(n_k)
    itself[z_old] = 1
    in_document = (n_dk[d] - itself).double() + alpha
    of_word = (n_kw[:, w] - itself).double() + eta
    in_topic = (n_k - itself).double() + vocab_size * eta
    weights = in_document * of_word / in_topic
    return weights / weights.sum()


def gibbs_sweep(
    docs: Sequence[Tensor],
    z: Sequence[Tensor],
    n_dk: Tensor,
    n_kw: Tensor,
    n_k: Tensor,
    alpha: float,
    eta: float,
) -> None:
    """Draw every token's topic anew from its conditional, one after the other; edits z and the counts in place.

    Args:
        docs: the words of each document, LongTensor [N_d].
        z: the topic of each token, of the same lengths.
        n_dk, n_kw, n_k: LongTensor [D, K], [K, V] and [K], the counts of z; they stay so.
        alpha, eta: symmetric priors.
    Source: lecture, "Approximate Inference"; [2].
    """
    for d, (words, topics) in enumerate(zip(docs, z, strict=True)):
        for n, (w, old) in enumerate(zip(words.tolist(), topics.tolist(), strict=True)):
            new = int(torch.multinomial(gibbs_conditional(n_dk, n_kw, n_k, d, w, old, alpha, eta), 1))
            topics[n] = new
            for topic, change in ((old, -1), (new, 1)):
                n_dk[d, topic] += change
                n_kw[topic, w] += change
                n_k[topic] += change


def topic_trend(theta: Tensor, years: Tensor) -> tuple[Tensor, Tensor]:
    """The mean topic shares of each year's documents.

    Args:
        theta: shares, rows sum to one, [D, K].
        years: LongTensor [D].
    Returns:
        The years that occur, ascending, [Y], and their mean shares, [Y, K].
    Source: lecture, "Latent Dirichlet Allocation", topics over time.
    """
    found, position = years.unique(return_inverse=True)  # sorted
    total = theta.new_zeros(len(found), theta.shape[1]).index_add_(0, position, theta)
    return found, total / position.bincount(minlength=len(found))[:, None]
