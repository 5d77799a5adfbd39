"""The M steps: topics and the prior's concentration."""

import math
from collections.abc import Iterator

import numpy as np
import torch

from autograder.exercise.exercise import Exercise
from autograder.rubrics.ps5_lda import variants
from autograder.rubrics.ps5_lda.documents import soft_assignment, token_counts
from latentkit.check.cases import Case
from latentkit.reference import topics

# ---------------------------------------------------------------- update_beta


def _beta_cases(generator: np.random.Generator) -> Iterator[Case]:
    for name, count, vocab, documents, eta in (
        ("different words", 2, 6, [[0, 3, 5], [1, 2, 3, 4]], None),
        ("a word that recurs in a document", 3, 5, [[2, 0, 2], [1, 1, 3, 4], [2, 4]], 0.0),
        (
            "a prior, and words that never occur",
            3,
            8,
            [[6, 0], [0, 3, 4]],
            float(np.float32(generator.uniform(0.1, 1))),
        ),
        ("one document, as many words as topics", 4, 4, [[0, 1, 2, 3]], 0.5),
    ):
        order = generator.permutation(vocab - 1 if "never" in name else vocab)  # the last word is one of them
        docs = [(torch.from_numpy(order[ids]), token_counts(generator, len(ids))) for ids in documents]
        phis = [soft_assignment(generator, len(ids), count) for ids in documents]
        yield Case(name, {"docs": docs, "phis": phis, "vocab_size": vocab} | ({} if eta is None else {"eta": eta}))


update_beta = Exercise(
    name="update_beta",
    points=4,
    reference=topics.update_beta,
    cases=_beta_cases,
    variants=variants.update_beta,
    answered_by=("latentkit.topics",),
    look="section 5, the M step of the topics; Blei, Ng and Jordan 2003, equation 9",
    on_cpu=True,
)


@update_beta.mistake(
    "A word that recurs in one document is counted once: `table[word_ids] += …` writes each place once. Use "
    "index_add_, or go through the tokens one by one."
)
def recurring_word_counted_once(docs, phis, vocab_size, eta=0.0):
    table = torch.full((vocab_size, phis[0].shape[1]), eta, dtype=phis[0].dtype, device=phis[0].device)
    for (word_ids, counts), phi in zip(docs, phis, strict=True):
        table[word_ids] += counts[:, None] * phi
    return (table / table.sum(0)).T


@update_beta.mistake("The counts are not used: a word that occurs three times gives a topic three times the mass.")
def counts_ignored(docs, phis, vocab_size, eta=0.0):
    table = torch.full((vocab_size, phis[0].shape[1]), eta, dtype=phis[0].dtype, device=phis[0].device)
    for (word_ids, _), phi in zip(docs, phis, strict=True):
        table.index_add_(0, word_ids, phi)
    return (table / table.sum(0)).T


@update_beta.mistake("eta is not used: it is a pseudo-count of every word in every topic, added before normalising.")
def prior_ignored(docs, phis, vocab_size, eta=0.0):
    table = torch.zeros(vocab_size, phis[0].shape[1], dtype=phis[0].dtype, device=phis[0].device)
    for (word_ids, counts), phi in zip(docs, phis, strict=True):
        table.index_add_(0, word_ids, counts[:, None] * phi)
    return (table / table.sum(0)).T


@update_beta.mistake("eta is added after normalising, so the rows do not sum to one any more: add it before.")
def prior_after_normalising(docs, phis, vocab_size, eta=0.0):
    table = torch.zeros(vocab_size, phis[0].shape[1], dtype=phis[0].dtype, device=phis[0].device)
    for (word_ids, counts), phi in zip(docs, phis, strict=True):
        table.index_add_(0, word_ids, counts[:, None] * phi)
    return (table / table.sum(0)).T + eta


@update_beta.mistake(
    "You normalised each word over the topics. A topic is a distribution over words: each row sums to one."
)
def normalised_over_topics(docs, phis, vocab_size, eta=0.0):
    table = torch.full((vocab_size, phis[0].shape[1]), eta, dtype=phis[0].dtype, device=phis[0].device)
    for (word_ids, counts), phi in zip(docs, phis, strict=True):
        table.index_add_(0, word_ids, counts[:, None] * phi)
    return (table / table.sum(1, keepdim=True)).T


@update_beta.mistake("The rows do not sum to one: these are the expected counts, normalise each topic.")
def not_normalised(docs, phis, vocab_size, eta=0.0):
    table = torch.full((vocab_size, phis[0].shape[1]), eta, dtype=phis[0].dtype, device=phis[0].device)
    for (word_ids, counts), phi in zip(docs, phis, strict=True):
        table.index_add_(0, word_ids, counts[:, None] * phi)
    return table.T


@update_beta.mistake("The result is [V, K]. One row per topic, please: [K, V].")
def transposed(docs, phis, vocab_size, eta=0.0):
    table = torch.full((vocab_size, phis[0].shape[1]), eta, dtype=phis[0].dtype, device=phis[0].device)
    for (word_ids, counts), phi in zip(docs, phis, strict=True):
        table.index_add_(0, word_ids, counts[:, None] * phi)
    return table / table.sum(0)


@update_beta.mistake(
    "Each document was normalised by itself, so a short one weighs as much as a long one: add up first."
)
def documents_weigh_the_same(docs, phis, vocab_size, eta=0.0):
    total = torch.full((vocab_size, phis[0].shape[1]), eta, dtype=phis[0].dtype, device=phis[0].device)
    for (word_ids, counts), phi in zip(docs, phis, strict=True):
        table = torch.zeros_like(total)
        table.index_add_(0, word_ids, counts[:, None] * phi)
        total = total + table / table.sum(0)
    return (total / total.sum(0)).T


@update_beta.mistake("Only the last document is in the topics: collect all of them before you return.")
def last_document_only(docs, phis, vocab_size, eta=0.0):
    for (word_ids, counts), phi in zip(docs, phis, strict=True):
        table = torch.full((vocab_size, phi.shape[1]), eta, dtype=phi.dtype, device=phi.device)
        table.index_add_(0, word_ids, counts[:, None] * phi)
    return (table / table.sum(0)).T


@update_beta.alternative
def token_by_token(docs, phis, vocab_size, eta=0.0):
    table = torch.full((phis[0].shape[1], vocab_size), eta, dtype=phis[0].dtype, device=phis[0].device)
    for (word_ids, counts), phi in zip(docs, phis, strict=True):
        for n, w in enumerate(word_ids.tolist()):
            table[:, w] = table[:, w] + counts[n] * phi[n]
    return table / table.sum(dim=1, keepdim=True)


@update_beta.alternative
def by_one_hot_words(docs, phis, vocab_size, eta=0.0):
    ids = torch.cat([word_ids for word_ids, _ in docs])
    weighted = torch.cat([counts[:, None] * phi for (_, counts), phi in zip(docs, phis, strict=True)])
    table = eta + weighted.T @ torch.nn.functional.one_hot(ids, vocab_size).to(weighted)
    return torch.nn.functional.normalize(table, p=1, dim=1)


@update_beta.alternative
def by_bincount(docs, phis, vocab_size, eta=0.0):
    ids, counts = torch.cat([d[0] for d in docs]), torch.cat([d[1] for d in docs])
    phi = torch.cat(list(phis))
    rows = [torch.bincount(ids, weights=counts * phi[:, k], minlength=vocab_size) + eta for k in range(phi.shape[1])]
    return torch.stack([row / row.sum() for row in rows])


@update_beta.alternative
def by_accumulating_put(docs, phis, vocab_size, eta=0.0):
    table = phis[0].new_zeros(vocab_size, phis[0].shape[1])
    for (word_ids, counts), phi in zip(docs, phis, strict=True):
        table.index_put_((word_ids,), phi * counts.unsqueeze(1), accumulate=True)
    table += eta
    return (table / table.sum(0, keepdim=True)).T.contiguous()


# ---------------------------------------------------------------- update_alpha


def _alpha_cases(generator: np.random.Generator) -> Iterator[Case]:
    """E[log θ] of documents whose posteriors were drawn around a known concentration."""
    for name, documents, count, concentration, init in (
        ("a sparse prior", 40, 5, 0.1, None),
        ("an even prior", 30, 3, 4.0, None),
        ("two topics", 12, 2, 0.8, 0.3),
        ("a start far above", 25, 8, 0.05, 20.0),
        ("a start far below", 60, 4, 2.0, 0.05),
    ):
        total = _expected_logs(generator, documents, count, concentration)
        inputs = {"expected_log_theta_sum": total, "num_docs": documents, "num_topics": count}
        yield Case(name, inputs | ({} if init is None else {"init": init}))
    documents, count = 20, 4
    total = _expected_logs(generator, documents, count, 60.0)
    while (
        abs(_root_in_single_precision(total, documents, count) / topics.update_alpha(total, documents, count) - 1)
        < 1e-5
    ):
        total = _expected_logs(generator, documents, count, 60.0)
    inputs = {"expected_log_theta_sum": total, "num_docs": documents, "num_topics": count}
    yield Case("shares nearly the same in all documents", inputs)


def _expected_logs(generator: np.random.Generator, documents: int, count: int, concentration: float) -> float:
    theta = generator.dirichlet(np.full(count, concentration), documents)
    gamma = concentration + 50 * torch.from_numpy(theta)
    return float(topics.expected_log_dirichlet(gamma).sum())


def _root_in_single_precision(total: float, documents: int, count: int) -> float:
    """α by Newton's method in float32: where α is large two digammas are nearly equal, and few digits are left."""
    log_alpha = torch.tensor(0.0)
    for _ in range(60):
        alpha = log_alpha.exp()
        slope = documents * count * (torch.digamma(count * alpha) - torch.digamma(alpha)) + total
        bend = documents * count * (count * torch.polygamma(1, count * alpha) - torch.polygamma(1, alpha))
        log_alpha = log_alpha - (slope / (alpha * bend + slope)).clamp(-2, 2)
    return float(log_alpha.exp())


update_alpha = Exercise(
    name="update_alpha",
    points=4,
    reference=topics.update_alpha,
    cases=_alpha_cases,
    variants=variants.update_alpha,
    answered_by=("latentkit.topics",),
    look="section 5, the M step of α; Blei, Ng and Jordan 2003, appendix A.4.2",
    on_cpu=True,
)


@update_alpha.mistake("This is one Newton step. Repeat it until log α stands still.")
def one_step(expected_log_theta_sum, num_docs, num_topics, init=1.0):
    d, k, a = num_docs, num_topics, torch.tensor(float(init), dtype=torch.float64)
    slope = d * k * (torch.digamma(k * a) - torch.digamma(a)) + expected_log_theta_sum
    curvature = d * k * (k * torch.polygamma(1, k * a) - torch.polygamma(1, a))
    return float((a.log() - slope / (a * curvature + slope)).exp())


@update_alpha.mistake(
    "The derivative of log Γ(Kα) lost a factor: by the chain rule it is K ψ(Kα), as in "
    "f′ = D(Kψ(Kα) − Kψ(α)) + Σ E[log θ]."
)
def chain_rule_forgotten(expected_log_theta_sum, num_docs, num_topics, init=1.0):
    d, k, low, high = num_docs, num_topics, 1e-8, 1e8
    for _ in range(200):
        a = torch.tensor(math.sqrt(low * high), dtype=torch.float64)
        slope = d * (torch.digamma(k * a) - k * torch.digamma(a)) + expected_log_theta_sum
        low, high = (float(a), high) if slope > 0 else (low, float(a))
    return low


@update_alpha.mistake("The number of documents is missing: the prior's normaliser counts once for each document.")
def documents_forgotten(expected_log_theta_sum, num_docs, num_topics, init=1.0):
    k, low, high = num_topics, 1e-8, 1e8
    for _ in range(200):
        a = torch.tensor(math.sqrt(low * high), dtype=torch.float64)
        slope = k * (torch.digamma(k * a) - torch.digamma(a)) + expected_log_theta_sum
        low, high = (float(a), high) if slope > 0 else (low, float(a))
    return low


@update_alpha.mistake("You returned log α. Return α, its exponential.")
def log_returned(expected_log_theta_sum, num_docs, num_topics, init=1.0):
    d, k, low, high = num_docs, num_topics, 1e-8, 1e8
    for _ in range(200):
        a = torch.tensor(math.sqrt(low * high), dtype=torch.float64)
        slope = d * k * (torch.digamma(k * a) - torch.digamma(a)) + expected_log_theta_sum
        low, high = (float(a), high) if slope > 0 else (low, float(a))
    return math.log(low)


@update_alpha.mistake(
    "The sum of E[log θ] was divided by K, or f has α where it should have K α: all K topics share the one α, so its "
    "derivative holds the sum over all of them."
)
def mean_over_topics(expected_log_theta_sum, num_docs, num_topics, init=1.0):
    d, k, low, high = num_docs, num_topics, 1e-8, 1e8
    for _ in range(200):
        a = torch.tensor(math.sqrt(low * high), dtype=torch.float64)
        slope = d * k * (torch.digamma(k * a) - torch.digamma(a)) + expected_log_theta_sum / k
        low, high = (float(a), high) if slope > 0 else (low, float(a))
    return low


@update_alpha.mistake("The start came back: nothing was updated, or the result of the step was not kept.")
def start_returned(expected_log_theta_sum, num_docs, num_topics, init=1.0):
    return float(init)


@update_alpha.alternative
def by_bisection(expected_log_theta_sum, num_docs, num_topics, init=1.0):
    low, high = math.log(1e-8), math.log(1e8)
    for _ in range(100):
        middle = (low + high) / 2
        a = torch.tensor(middle, dtype=torch.float64).exp()
        slope = num_topics * (torch.digamma(num_topics * a) - torch.digamma(a))
        if num_docs * slope + expected_log_theta_sum > 0:
            low = middle
        else:
            high = middle
    return math.exp(low)


@update_alpha.alternative
def by_plain_newton_on_the_log(expected_log_theta_sum, num_docs, num_topics, init=1.0):
    """No limit on the step: from far below it overshoots, and comes back."""
    d, k = num_docs, num_topics
    log_alpha = torch.tensor(init, dtype=torch.float64).log()
    for _ in range(100):
        alpha = log_alpha.exp()
        first = d * k * (torch.special.digamma(k * alpha) - torch.special.digamma(alpha)) + expected_log_theta_sum
        second = d * (k**2 * torch.polygamma(1, k * alpha) - k * torch.polygamma(1, alpha))
        log_alpha = log_alpha - first / (alpha * second + first)
    return log_alpha.exp().item()


@update_alpha.alternative
def by_automatic_derivatives(expected_log_theta_sum, num_docs, num_topics, init=1.0):
    t = math.log(init)
    for _ in range(200):
        log_alpha = torch.tensor(t, dtype=torch.float64, requires_grad=True)
        alpha = log_alpha.exp()
        f = num_docs * (torch.lgamma(num_topics * alpha) - num_topics * torch.lgamma(alpha))
        f = f + (alpha - 1) * expected_log_theta_sum
        (first,) = torch.autograd.grad(f, log_alpha, create_graph=True)
        (second,) = torch.autograd.grad(first, log_alpha)
        step = max(-1.0, min(1.0, float(first / second)))
        t -= step
        if abs(step) < 1e-10:
            break
    return torch.tensor(math.exp(t), dtype=torch.float64)
