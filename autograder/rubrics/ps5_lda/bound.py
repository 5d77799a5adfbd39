"""The bound of one document."""

from collections.abc import Iterator

import numpy as np
import torch

from autograder.exercise.exercise import Exercise
from autograder.exercise.random_inputs import uniform
from autograder.rubrics.ps5_lda import terms
from autograder.rubrics.ps5_lda.documents import log_topics, soft_assignment, token_counts
from latentkit.check.cases import Case
from latentkit.reference import topics


def _bound_cases(generator: np.random.Generator) -> Iterator[Case]:
    for name, count, vocab, ids, alpha in (
        ("a symmetric prior", 3, 7, (0, 3, 5, 6), float(np.float32(generator.uniform(0.1, 0.9)))),
        ("a prior for each topic, a word that recurs", 4, 5, (2, 0, 2), uniform(generator, 0.2, 2.0, 4)),
        ("one word, two topics", 2, 4, (1,), float(np.float32(generator.uniform(1.5, 3.0)))),
    ):
        order = generator.permutation(vocab)
        inputs = {
            "alpha": alpha,
            "log_beta": log_topics(generator, count, vocab),
            "word_ids": torch.from_numpy(order[list(ids)]),
            "counts": token_counts(generator, len(ids)),
            "phi": soft_assignment(generator, len(ids), count),
            "gamma": uniform(generator, 0.4, 8.0, count),
        }
        yield Case(name, inputs)
    for name, absent in (("hard φ", False), ("hard φ, and topics that do not hold a word", True)):
        log_beta = log_topics(generator, 3, 5)
        chosen = torch.from_numpy(generator.integers(0, 3, 4))
        phi = torch.nn.functional.one_hot(chosen, 3).double()
        if absent:
            log_beta[(chosen + 1) % 3, torch.arange(4)] = -torch.inf
        inputs = {
            "alpha": 0.5,
            "log_beta": log_beta,
            "word_ids": torch.arange(4),
            "counts": token_counts(generator, 4),
            "phi": phi,
            "gamma": uniform(generator, 0.4, 8.0, 3),
        }
        yield Case(name, inputs)


document_elbo = Exercise(
    name="document_elbo",
    points=5,
    reference=topics.document_elbo,
    cases=_bound_cases,
    answered_by=("latentkit.lda.bound",),
    look="section 4, the bound, term by term; Blei, Ng and Jordan 2003, equation 15",
    on_cpu=True,
    terms=terms.document_elbo,
    unbounded=("log_beta",),
)


@document_elbo.mistake("0 · log 0 is NaN in floating point, and 0 in the entropy of φ: use torch.xlogy(phi, phi).")
def zero_log_zero(alpha, log_beta, word_ids, counts, phi, gamma):
    a = torch.as_tensor(alpha, dtype=gamma.dtype, device=gamma.device).expand(len(gamma))
    e = torch.digamma(gamma) - torch.digamma(gamma.sum())
    prior = torch.lgamma(a.sum()) - torch.lgamma(a).sum() + ((a - 1) * e).sum()
    entropy = torch.lgamma(gamma).sum() - torch.lgamma(gamma.sum()) - ((gamma - 1) * e).sum()
    return prior + entropy + (counts[:, None] * phi * (e + log_beta[:, word_ids].T - phi.log())).sum()


@document_elbo.mistake(
    "0 · (−∞) is NaN: a topic that does not hold the word has φ = 0 there and adds nothing. Leave those entries out."
)
def zero_times_infinity(alpha, log_beta, word_ids, counts, phi, gamma):
    a = torch.as_tensor(alpha, dtype=gamma.dtype, device=gamma.device).expand(len(gamma))
    e = torch.digamma(gamma) - torch.digamma(gamma.sum())
    prior = torch.lgamma(a.sum()) - torch.lgamma(a).sum() + ((a - 1) * e).sum()
    entropy = torch.lgamma(gamma).sum() - torch.lgamma(gamma.sum()) - ((gamma - 1) * e).sum()
    tokens = phi * (e + log_beta[:, word_ids].T) - torch.xlogy(phi, phi)
    return prior + entropy + (counts[:, None] * tokens).sum()


@document_elbo.mistake("The entropy of φ is missing: −Σ counts φ log φ.")
def topics_entropy_missing(alpha, log_beta, word_ids, counts, phi, gamma):
    a = torch.as_tensor(alpha, dtype=gamma.dtype, device=gamma.device).expand(len(gamma))
    e = torch.digamma(gamma) - torch.digamma(gamma.sum())
    prior = torch.lgamma(a.sum()) - torch.lgamma(a).sum() + ((a - 1) * e).sum()
    entropy = torch.lgamma(gamma).sum() - torch.lgamma(gamma.sum()) - ((gamma - 1) * e).sum()
    tokens = phi * (e + log_beta[:, word_ids].T)
    return prior + entropy + (counts[:, None] * torch.where(phi > 0, tokens, 0)).sum()


@document_elbo.mistake("The entropy of q(θ) = Dir(γ) is missing: log Γ(γ_k), log Γ(Σγ) and (γ_k − 1) E[log θ_k].")
def shares_entropy_missing(alpha, log_beta, word_ids, counts, phi, gamma):
    a = torch.as_tensor(alpha, dtype=gamma.dtype, device=gamma.device).expand(len(gamma))
    e = torch.digamma(gamma) - torch.digamma(gamma.sum())
    prior = torch.lgamma(a.sum()) - torch.lgamma(a).sum() + ((a - 1) * e).sum()
    tokens = phi * (e + log_beta[:, word_ids].T) - torch.xlogy(phi, phi)
    return prior + (counts[:, None] * torch.where(phi > 0, tokens, 0)).sum()


@document_elbo.mistake("The sign of an entropy is wrong: −Σ φ log φ is positive, and it is added to the bound.")
def entropy_subtracted(alpha, log_beta, word_ids, counts, phi, gamma):
    a = torch.as_tensor(alpha, dtype=gamma.dtype, device=gamma.device).expand(len(gamma))
    e = torch.digamma(gamma) - torch.digamma(gamma.sum())
    prior = torch.lgamma(a.sum()) - torch.lgamma(a).sum() + ((a - 1) * e).sum()
    entropy = torch.lgamma(gamma).sum() - torch.lgamma(gamma.sum()) - ((gamma - 1) * e).sum()
    tokens = phi * (e + log_beta[:, word_ids].T) + torch.xlogy(phi, phi)
    return prior + entropy + (counts[:, None] * torch.where(phi > 0, tokens, 0)).sum()


@document_elbo.mistake("The counts are not used: each word adds its terms once for each of its tokens.")
def counts_ignored(alpha, log_beta, word_ids, counts, phi, gamma):
    a = torch.as_tensor(alpha, dtype=gamma.dtype, device=gamma.device).expand(len(gamma))
    e = torch.digamma(gamma) - torch.digamma(gamma.sum())
    prior = torch.lgamma(a.sum()) - torch.lgamma(a).sum() + ((a - 1) * e).sum()
    entropy = torch.lgamma(gamma).sum() - torch.lgamma(gamma.sum()) - ((gamma - 1) * e).sum()
    tokens = phi * (e + log_beta[:, word_ids].T) - torch.xlogy(phi, phi)
    return prior + entropy + torch.where(phi > 0, tokens, 0).sum()


@document_elbo.mistake(
    "The counts are missing in the entropy of φ: every token has its own φ, so its entropy counts again."
)
def counts_ignored_in_entropy(alpha, log_beta, word_ids, counts, phi, gamma):
    a = torch.as_tensor(alpha, dtype=gamma.dtype, device=gamma.device).expand(len(gamma))
    e = torch.digamma(gamma) - torch.digamma(gamma.sum())
    prior = torch.lgamma(a.sum()) - torch.lgamma(a).sum() + ((a - 1) * e).sum()
    entropy = torch.lgamma(gamma).sum() - torch.lgamma(gamma.sum()) - ((gamma - 1) * e).sum()
    tokens = counts[:, None] * phi * (e + log_beta[:, word_ids].T)
    return prior + entropy + (torch.where(phi > 0, tokens, 0) - torch.xlogy(phi, phi)).sum()


@document_elbo.mistake(
    "The prior's normaliser is wrong: log Γ(Σ_k α_k) − Σ_k log Γ(α_k) runs over all topics, also where α is one number."
)
def prior_normaliser_missing(alpha, log_beta, word_ids, counts, phi, gamma):
    e = torch.digamma(gamma) - torch.digamma(gamma.sum())
    prior = ((alpha - 1) * e).sum()
    entropy = torch.lgamma(gamma).sum() - torch.lgamma(gamma.sum()) - ((gamma - 1) * e).sum()
    tokens = phi * (e + log_beta[:, word_ids].T) - torch.xlogy(phi, phi)
    return prior + entropy + (counts[:, None] * torch.where(phi > 0, tokens, 0)).sum()


@document_elbo.mistake("E[log p(z | θ)] is missing: Σ counts φ_nk E[log θ_k].")
def topics_given_shares_missing(alpha, log_beta, word_ids, counts, phi, gamma):
    a = torch.as_tensor(alpha, dtype=gamma.dtype, device=gamma.device).expand(len(gamma))
    e = torch.digamma(gamma) - torch.digamma(gamma.sum())
    prior = torch.lgamma(a.sum()) - torch.lgamma(a).sum() + ((a - 1) * e).sum()
    entropy = torch.lgamma(gamma).sum() - torch.lgamma(gamma.sum()) - ((gamma - 1) * e).sum()
    tokens = phi * log_beta[:, word_ids].T - torch.xlogy(phi, phi)
    return prior + entropy + (counts[:, None] * torch.where(phi > 0, tokens, 0)).sum()


@document_elbo.mistake("The bound is of the whole document: sum over its tokens, do not divide by their number.")
def mean_over_tokens(alpha, log_beta, word_ids, counts, phi, gamma):
    a = torch.as_tensor(alpha, dtype=gamma.dtype, device=gamma.device).expand(len(gamma))
    e = torch.digamma(gamma) - torch.digamma(gamma.sum())
    prior = torch.lgamma(a.sum()) - torch.lgamma(a).sum() + ((a - 1) * e).sum()
    entropy = torch.lgamma(gamma).sum() - torch.lgamma(gamma.sum()) - ((gamma - 1) * e).sum()
    tokens = phi * (e + log_beta[:, word_ids].T) - torch.xlogy(phi, phi)
    return (prior + entropy + (counts[:, None] * torch.where(phi > 0, tokens, 0)).sum()) / counts.sum()


@document_elbo.alternative
def through_a_divergence(alpha, log_beta, word_ids, counts, phi, gamma):
    a = torch.as_tensor(alpha, dtype=gamma.dtype, device=gamma.device).expand(gamma.shape)
    kl = torch.distributions.kl_divergence(torch.distributions.Dirichlet(gamma), torch.distributions.Dirichlet(a))
    log_theta = torch.digamma(gamma) - torch.digamma(gamma.sum())
    inside = (phi * log_theta).sum(1) + torch.special.entr(phi).sum(1)
    words = torch.where(phi > 0, phi * log_beta[:, word_ids].T, torch.zeros_like(phi)).sum(1)
    return counts @ (inside + words) - kl


@document_elbo.alternative
def entries_that_count(alpha, log_beta, word_ids, counts, phi, gamma):
    n, k = phi.nonzero(as_tuple=True)
    p = phi[n, k]
    e = torch.digamma(gamma) - torch.digamma(gamma.sum())
    total = (counts[n] * p * (e[k] + log_beta[k, word_ids[n]] - p.log())).sum()
    a = torch.as_tensor(alpha, dtype=gamma.dtype, device=gamma.device) * torch.ones_like(gamma)
    total = (
        total + torch.lgamma(a.sum()) - torch.lgamma(a).sum() - torch.lgamma(gamma.sum()) + torch.lgamma(gamma).sum()
    )
    return total + torch.dot(a - gamma, e)


@document_elbo.alternative
def through_the_entropy_of_the_shares(alpha, log_beta, word_ids, counts, phi, gamma):
    q = torch.distributions.Dirichlet(gamma)
    a = torch.zeros_like(gamma) + alpha
    e = torch.digamma(gamma) - torch.digamma(gamma.sum())
    cross = torch.lgamma(a.sum()) - torch.lgamma(a).sum() + torch.dot(a - 1, e)
    total = cross + q.entropy()
    for n in range(len(word_ids)):
        for k in range(len(gamma)):
            if phi[n, k] > 0:
                total = total + counts[n] * phi[n, k] * (e[k] + log_beta[k, word_ids[n]] - phi[n, k].log())
    return total


@document_elbo.alternative
def through_scipys_distribution(alpha, log_beta, word_ids, counts, phi, gamma):
    import numpy
    from scipy import special, stats

    g, p = gamma.numpy(), phi.numpy()
    a = numpy.broadcast_to(numpy.asarray(alpha, dtype=float), g.shape)
    e = special.psi(g) - special.psi(g.sum())
    prior = special.gammaln(a.sum()) - special.gammaln(a).sum() + (a - 1) @ e
    words = numpy.where(p > 0, log_beta.numpy()[:, word_ids.numpy()].T, 0.0)
    tokens = counts.numpy() @ (p * (e + words) + special.entr(p)).sum(axis=1)
    return torch.tensor(prior + stats.dirichlet(g).entropy() + tokens)
