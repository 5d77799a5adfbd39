"""The Dirichlet's expected logs, and the two updates of mean-field inference."""

from collections.abc import Iterator

import numpy as np
import torch

from autograder.exercise.exercise import Exercise
from autograder.exercise.random_inputs import uniform
from autograder.rubrics.ps5_lda import terms
from autograder.rubrics.ps5_lda.documents import log_topics, soft_assignment, token_counts
from latentkit.check.cases import Case
from latentkit.reference import topics

# ---------------------------------------------------------------- expected_log_dirichlet


def _dirichlet_cases(generator: np.random.Generator) -> Iterator[Case]:
    for name, shape, low, high in (
        ("one document", (4,), 0.2, 6.0),
        ("a batch of documents", (3, 5), 0.2, 20.0),
        ("more leading dimensions", (2, 3, 4), 0.5, 3.0),
        ("tiny concentrations", (2, 3), 1e-3, 0.05),
        ("large concentrations", (2, 3), 1e3, 1e5),
    ):
        gamma = uniform(generator, low, high, *shape)
        if high < 1:
            gamma[..., 0] = uniform(generator, 1e-3, 4e-3, *shape[:-1])  # E[log θ] is below -200 there
        yield Case(name, {"gamma": gamma})


expected_log_dirichlet = Exercise(
    name="expected_log_dirichlet",
    points=2,
    reference=topics.expected_log_dirichlet,
    cases=_dirichlet_cases,
    answered_by=("latentkit.lda.mean_log_shares",),
    look="section 1, the Dirichlet; Blei, Ng and Jordan 2003, appendix A.1",
    on_cpu=True,
    terms=terms.expected_log_dirichlet,
)


@expected_log_dirichlet.mistake(
    "This is the log of the mean. The mean of the log is smaller (Jensen), and it is what the updates need: the "
    "digamma function, torch.digamma, takes the place of the log."
)
def log_of_mean(gamma):
    return (gamma / gamma.sum(-1, keepdim=True)).log()


@expected_log_dirichlet.mistake("The second term is missing: subtract ψ of the sum of the gammas.")
def normaliser_missing(gamma):
    return torch.digamma(gamma)


@expected_log_dirichlet.mistake("The sign is wrong: logs of shares are negative, E[log θ_k] = ψ(γ_k) − ψ(Σγ).")
def sign_reversed(gamma):
    return torch.digamma(gamma.sum(-1, keepdim=True)) - torch.digamma(gamma)


@expected_log_dirichlet.mistake("You subtract the sum of the digammas. It is the digamma of the sum, ψ(Σγ).")
def sum_of_digammas(gamma):
    return torch.digamma(gamma) - torch.digamma(gamma).sum(-1, keepdim=True)


@expected_log_dirichlet.mistake("That is log Γ. Its derivative, torch.digamma, is what is needed.")
def log_gamma_for_digamma(gamma):
    return torch.lgamma(gamma) - torch.lgamma(gamma.sum(-1, keepdim=True))


@expected_log_dirichlet.mistake(
    "The gammas are summed over the documents too. Each document has its own sum, over the last dimension."
)
def summed_over_documents(gamma):
    return torch.digamma(gamma) - torch.digamma(gamma.sum())


@expected_log_dirichlet.mistake(
    "`gamma.sum(-1)` has lost the last dimension, so it does not line up with gamma: keep it, with keepdim=True."
)
def dimension_lost(gamma):
    return torch.digamma(gamma) - torch.digamma(gamma.sum(-1))


@expected_log_dirichlet.mistake("The mean of the gammas stands where their sum belongs: ψ(Σγ).")
def mean_for_sum(gamma):
    return torch.digamma(gamma) - torch.digamma(gamma.mean(-1, keepdim=True))


@expected_log_dirichlet.alternative
def by_psi_and_unsqueeze(gamma):
    return torch.special.psi(gamma) - torch.special.psi(gamma.sum(dim=-1)).unsqueeze(-1)


@expected_log_dirichlet.alternative
def by_polygamma(gamma):
    return torch.polygamma(0, gamma) - torch.polygamma(0, torch.einsum("...k->...", gamma)[..., None])


@expected_log_dirichlet.alternative
def topic_by_topic(gamma):
    total = torch.digamma(gamma.sum(-1))
    return torch.stack([torch.digamma(part) - total for part in gamma.unbind(-1)], dim=-1)


@expected_log_dirichlet.alternative
def through_scipy(gamma):
    from scipy import special

    values = gamma.numpy()
    return torch.from_numpy(special.digamma(values) - special.digamma(values.sum(-1, keepdims=True)))


# ---------------------------------------------------------------- update_phi


def _phi_cases(generator: np.random.Generator) -> Iterator[Case]:
    for name, count, vocab, ids in (
        ("a few words", 3, 7, generator.permutation(7)[:4]),
        ("a word that recurs", 4, 6, np.array([2, 5, 2, 0])),
        ("one word, two topics", 2, 5, generator.integers(0, 5, 1)),
        ("as many topics as words", 4, 4, generator.permutation(4)),
    ):
        inputs = {
            "gamma": uniform(generator, 0.3, 6.0, count),
            "log_beta": log_topics(generator, count, vocab),
            "word_ids": torch.from_numpy(ids),
        }
        yield Case(name, inputs)
    for name, apart, dtype in (
        ("words of tiny probability, some tinier by far", 1500, torch.float64),
        ("words of tiny probability, some tinier by far, float32", 250, torch.float32),
    ):
        tiny = log_topics(generator, 3, 5) - apart * torch.from_numpy(1 + generator.permutation(5))
        shuffled = torch.from_numpy(generator.permutation(5)[:3])
        inputs = {"gamma": uniform(generator, 0.3, 6.0, 3), "log_beta": tiny, "word_ids": shuffled}
        yield Case(
            name, {key: value.to(dtype) if value.is_floating_point() else value for key, value in inputs.items()}
        )
    absent = log_topics(generator, 3, 4)
    absent[0, 1] = absent[2, 3] = -torch.inf
    inputs = {"gamma": uniform(generator, 0.01, 3.0, 3), "log_beta": absent, "word_ids": torch.tensor([1, 3, 0])}
    yield Case("topics that do not hold a word", inputs)


update_phi = Exercise(
    name="update_phi",
    points=4,
    reference=topics.update_phi,
    cases=_phi_cases,
    answered_by=("latentkit.lda.token_topics",),
    look="section 3, the update of φ; Blei, Ng and Jordan 2003, equation 6",
    on_cpu=True,
    unbounded=("log_beta",),
)


@update_phi.mistake(
    "exp() of these logs is 0 for rare words, and 0/0 is NaN. Normalise in the logs: softmax, or subtract the largest "
    "first."
)
def underflow(gamma, log_beta, word_ids):
    weights = log_beta[:, word_ids].exp().T * torch.digamma(gamma).exp()
    return weights / weights.sum(1, keepdim=True)


@update_phi.mistake("The document's shares are missing: add E[log θ_k], which comes from gamma.")
def words_alone(gamma, log_beta, word_ids):
    return log_beta[:, word_ids].T.softmax(-1)


@update_phi.mistake("The words are missing: add log β_k of each token's word.")
def shares_alone(gamma, log_beta, word_ids):
    return torch.digamma(gamma).softmax(-1).expand(len(word_ids), -1)


@update_phi.mistake(
    "The shares enter as log γ. The mean-field update needs the mean of the log, ψ(γ_k) − ψ(Σγ), not this log of the "
    "mean."
)
def log_of_mean_shares(gamma, log_beta, word_ids):
    return (gamma.log() + log_beta[:, word_ids].T).softmax(-1)


@update_phi.mistake(
    "E[log θ] is a log already: add it to log β as it is, do not take another log or leave it as a factor."
)
def expectation_as_factor(gamma, log_beta, word_ids):
    log_theta = torch.digamma(gamma) - torch.digamma(gamma.sum())
    return (log_theta * log_beta[:, word_ids].T).softmax(-1)


@update_phi.mistake(
    "The columns sum to one: you normalised over the words. Each token is spread over topics, so normalise the rows."
)
def normalised_over_words(gamma, log_beta, word_ids):
    return (torch.digamma(gamma) + log_beta[:, word_ids].T).softmax(0)


@update_phi.mistake("The result is [K, N]. One row per token, please: [N, K].")
def transposed(gamma, log_beta, word_ids):
    return (torch.digamma(gamma)[:, None] + log_beta[:, word_ids]).softmax(0)


@update_phi.mistake("The rows do not sum to one: normalise them.")
def not_normalised(gamma, log_beta, word_ids):
    log_theta = torch.digamma(gamma) - torch.digamma(gamma.sum())
    return (log_theta + log_beta[:, word_ids].T).exp()


@update_phi.mistake("These are the logs of φ: take the exponential, or softmax in place of log_softmax.")
def still_logs(gamma, log_beta, word_ids):
    return (torch.digamma(gamma) + log_beta[:, word_ids].T).log_softmax(-1)


@update_phi.mistake(
    "`log_beta[word_ids]` takes topics by the words' numbers. The words are the columns: log_beta[:, word_ids]."
)
def rows_for_columns(gamma, log_beta, word_ids):
    return (torch.digamma(gamma) + log_beta[word_ids]).softmax(-1)


@update_phi.alternative
def through_the_largest(gamma, log_beta, word_ids):
    logits = log_beta.index_select(1, word_ids).T + torch.digamma(gamma) - torch.digamma(gamma.sum())
    weights = torch.exp(logits - logits.max(dim=1, keepdim=True).values)
    return weights / weights.sum(1, keepdim=True)


@update_phi.alternative
def without_the_constant(gamma, log_beta, word_ids):
    """−ψ(Σγ) is the same for all topics, so it cancels."""
    return torch.softmax(torch.digamma(gamma)[None, :] + log_beta.T[word_ids], dim=1)


@update_phi.alternative
def token_by_token(gamma, log_beta, word_ids):
    rows = []
    for w in word_ids.tolist():
        logits = torch.digamma(gamma) + log_beta[:, w]
        rows.append((logits - logits.logsumexp(0)).exp())
    return torch.stack(rows)


@update_phi.alternative
def through_scipys_softmax(gamma, log_beta, word_ids):
    from scipy import special

    logits = special.psi(gamma.numpy()) + log_beta.numpy()[:, word_ids.numpy()].T
    return torch.tensor(special.softmax(logits, axis=1))


# ---------------------------------------------------------------- update_gamma


def _gamma_cases(generator: np.random.Generator) -> Iterator[Case]:
    for name, count, words, alpha in (
        ("a symmetric prior", 3, 5, float(np.float32(generator.uniform(0.1, 1.0)))),
        ("a prior for each topic", 4, 4, uniform(generator, 0.1, 2.0, 4)),
        ("as many words as topics", 3, 3, float(np.float32(generator.uniform(1.0, 3.0)))),
        ("one word", 2, 1, uniform(generator, 0.1, 1.0)),
    ):
        phi = soft_assignment(generator, words, count)
        inputs = {"alpha": alpha, "phi": phi, "counts": token_counts(generator, words)}
        yield Case(name, inputs)


update_gamma = Exercise(
    name="update_gamma",
    points=2,
    reference=topics.update_gamma,
    cases=_gamma_cases,
    answered_by=("latentkit.lda.document_shares",),
    look="section 3, the update of γ; Blei, Ng and Jordan 2003, equation 7",
    on_cpu=True,
    terms=terms.update_gamma,
)


@update_gamma.mistake("The counts are not used: a word that occurs three times is three tokens.")
def counts_ignored(alpha, phi, counts):
    return alpha + phi.sum(0)


@update_gamma.mistake("The prior is missing: γ starts from α.")
def prior_missing(alpha, phi, counts):
    return (counts[:, None] * phi).sum(0)


@update_gamma.mistake("The prior is added once per word. It belongs to the document: add it once.")
def prior_for_each_word(alpha, phi, counts):
    return (alpha + counts[:, None] * phi).sum(0)


@update_gamma.mistake("You summed over the topics, so there is one number per word. Sum over the words: one per topic.")
def summed_over_topics(alpha, phi, counts):
    return (counts[:, None] * phi).sum(1) + (alpha if not isinstance(alpha, torch.Tensor) else alpha.mean())


@update_gamma.mistake("γ was normalised. It is not a distribution: its sum says how many tokens the document has.")
def normalised(alpha, phi, counts):
    gamma = alpha + (counts[:, None] * phi).sum(0)
    return gamma / gamma.sum()


@update_gamma.mistake("You took the mean over the tokens. γ adds them up.")
def mean_over_tokens(alpha, phi, counts):
    return alpha + (counts[:, None] * phi).sum(0) / counts.sum()


@update_gamma.mistake("Each token went to its most likely topic. Mean field keeps the doubt: add φ itself.")
def hard_assignment(alpha, phi, counts):
    return alpha + (counts[:, None] * (phi == phi.max(1, keepdim=True).values)).sum(0)


@update_gamma.mistake("The prior multiplies the tokens. It is added to them, as pseudo-tokens.")
def prior_as_factor(alpha, phi, counts):
    return alpha * (counts[:, None] * phi).sum(0)


@update_gamma.alternative
def by_matrix_product(alpha, phi, counts):
    return counts @ phi + alpha


@update_gamma.alternative
def by_einsum(alpha, phi, counts):
    return torch.as_tensor(alpha, dtype=phi.dtype, device=phi.device) + torch.einsum("n,nk->k", counts, phi)


@update_gamma.alternative
def by_repeating_tokens(alpha, phi, counts):
    return alpha + phi.repeat_interleave(counts.long(), dim=0).sum(0)


@update_gamma.alternative
def through_numpy(alpha, phi, counts):
    import numpy

    return torch.from_numpy(numpy.asarray(alpha) + counts.numpy() @ phi.numpy())
