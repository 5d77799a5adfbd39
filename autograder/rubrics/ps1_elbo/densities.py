"""The Bernoulli log-likelihood and the two Gaussian divergences."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import distributions as D
from torch.nn import functional as F

from autograder.exercise.exercise import Exercise
from autograder.exercise.random_inputs import bits, covariance, normal, uniform
from autograder.rubrics.ps1_elbo import terms
from latentkit.check.cases import Case
from latentkit.reference import variational

# ---------------------------------------------------------------- bernoulli_log_likelihood


def _likelihood_cases(generator: np.random.Generator) -> Iterator[Case]:
    for name, batch, dim, dtype in (
        ("a few images", 4, 7, torch.float64),
        ("one image", 1, 12, torch.float64),
        ("float32", 3, 5, torch.float32),
    ):
        x = bits(generator, batch, dim, dtype=dtype)
        logits = normal(generator, batch, dim, scale=2, dtype=dtype)
        yield Case(name, {"x": x, "logits": logits}, ("logits",), normal(generator, batch, dtype=dtype))
    for name, dtype in (("logits of ±100", torch.float64), ("logits of ±100 in float32", torch.float32)):
        x = bits(generator, 4, 6, dtype=dtype)
        logits = 100 * (2 * bits(generator, 4, 6, dtype=dtype) - 1)
        logits[0, 0] = 100 * (1 - 2 * x[0, 0])  # at least one pixel is confidently wrong
        yield Case(name, {"x": x, "logits": logits}, ("logits",), normal(generator, 4, dtype=dtype))


bernoulli_log_likelihood = Exercise(
    name="bernoulli_log_likelihood",
    points=3,
    reference=variational.bernoulli_log_likelihood,
    cases=_likelihood_cases,
    look="section 2, the decoder's likelihood; lecture, slide VAE",
    terms=terms.bernoulli_log_likelihood,
    unbounded=("logits",),
)


@bernoulli_log_likelihood.mistake(
    "You averaged over the pixels. A log-likelihood of independent pixels is a sum: averaging divides it by D and "
    "lets the KL outweigh it."
)
def averaged_over_pixels(x, logits):
    return (x * F.logsigmoid(logits) + (1 - x) * F.logsigmoid(-logits)).mean(-1)


@bernoulli_log_likelihood.mistake(
    "You reduced over the batch too. Keep one number per image: sum over the last dimension only."
)
def summed_over_batch(x, logits):
    return (x * F.logsigmoid(logits) + (1 - x) * F.logsigmoid(-logits)).sum()


@bernoulli_log_likelihood.mistake(
    "You averaged over the batch. Keep one number per image: reduce the last dimension only."
)
def averaged_over_batch(x, logits):
    return (x * F.logsigmoid(logits) + (1 - x) * F.logsigmoid(-logits)).sum(-1).mean()


@bernoulli_log_likelihood.mistake(
    "The sign is wrong: this is the cross-entropy, a loss. A log-likelihood is at most zero for binary data."
)
def cross_entropy(x, logits):
    return F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(-1)


@bernoulli_log_likelihood.mistake(
    "The log of a sigmoid underflows: at a logit of -100 the probability rounds to 0 and its log to -inf. "
    "Work with the logits: logsigmoid or softplus."
)
def log_of_sigmoid(x, logits):
    p = torch.sigmoid(logits)
    return (x * torch.log(p) + (1 - x) * torch.log(1 - p)).sum(-1)


CLAMPED = (
    "Clamping the probability hides the overflow and with it the gradient: a pixel that is confidently wrong gets "
    "a constant penalty and learns nothing. Work with the logits: logsigmoid or softplus."
)


@bernoulli_log_likelihood.mistake(CLAMPED)
def clamped_probability(x, logits):
    p = torch.sigmoid(logits).clamp(1e-6, 1 - 1e-6)
    return (x * torch.log(p) + (1 - x) * torch.log(1 - p)).sum(-1)


@bernoulli_log_likelihood.mistake(CLAMPED)
def clamped_probability_closer_to_zero(x, logits):
    p = torch.sigmoid(logits).clamp(1e-7, 1 - 1e-7)
    return (x * torch.log(p) + (1 - x) * torch.log(1 - p)).sum(-1)


@bernoulli_log_likelihood.mistake("Black pixels are missing: a pixel with x = 0 contributes log(1 - p), not zero.")
def white_pixels_only(x, logits):
    return (x * F.logsigmoid(logits)).sum(-1)


@bernoulli_log_likelihood.mistake(
    "The sigmoid is applied twice: the decoder gives logits, and the likelihood with logits applies it itself."
)
def sigmoid_twice(x, logits):
    return -F.binary_cross_entropy_with_logits(torch.sigmoid(logits), x, reduction="none").sum(-1)


@bernoulli_log_likelihood.mistake(
    "This is a Gaussian log-likelihood, or a squared error. Binary pixels are Bernoulli: x log p + (1 - x) log(1 - p)."
)
def squared_error(x, logits):
    return -((x - torch.sigmoid(logits)) ** 2).sum(-1)


@bernoulli_log_likelihood.alternative
def likelihood_through_cross_entropy(x, logits):
    return -F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(dim=1)


@bernoulli_log_likelihood.alternative
def likelihood_through_distributions(x, logits):
    return D.Independent(D.Bernoulli(logits=logits), 1).log_prob(x)


@bernoulli_log_likelihood.alternative
def likelihood_through_softplus(x, logits):
    return torch.einsum("bd,bd->b", x, logits) - F.softplus(logits).sum(-1)


@bernoulli_log_likelihood.alternative
def likelihood_of_signed_logits(x, logits):
    return F.logsigmoid((2 * x - 1) * logits).sum(-1)


# ---------------------------------------------------------------- kl_to_standard_normal


def _diagonal_cases(generator: np.random.Generator) -> Iterator[Case]:
    for name, batch, dim, dtype in (
        ("a few posteriors", 4, 3, torch.float64),
        ("one posterior", 1, 5, torch.float64),
        ("float32", 3, 4, torch.float32),
    ):
        mu = normal(generator, batch, dim, scale=1.5, dtype=dtype)
        logvar = uniform(generator, -2, 1, batch, dim, dtype=dtype)
        yield Case(name, {"mu": mu, "logvar": logvar}, ("mu", "logvar"), normal(generator, batch, dtype=dtype))
    mu = normal(generator, 2, 2)
    logvar = uniform(generator, -60, -50, 2, 2)
    yield Case("variances near zero", {"mu": mu, "logvar": logvar}, ("mu", "logvar"), normal(generator, 2))
    mu, logvar = uniform(generator, -0.05, 0.05, 3, 2), uniform(generator, -0.05, 0.05, 3, 2)
    yield Case("close to the prior", {"mu": mu, "logvar": logvar}, ("mu", "logvar"), normal(generator, 3))


kl_to_standard_normal = Exercise(
    name="kl_to_standard_normal",
    points=3,
    reference=variational.kl_to_standard_normal,
    cases=_diagonal_cases,
    look="section 6, the KL in closed form; Kingma and Welling 2014, appendix B",
    terms=terms.kl_to_standard_normal,
    unbounded=("mu", "logvar"),
)


@kl_to_standard_normal.mistake("The factor ½ is missing.")
def without_half(mu, logvar):
    return (mu**2 + logvar.exp() - 1 - logvar).sum(-1)


@kl_to_standard_normal.mistake(
    "You averaged over the latent dimensions. The KL of independent dimensions is the sum of theirs."
)
def averaged_over_dimensions(mu, logvar):
    return 0.5 * (mu**2 + logvar.exp() - 1 - logvar).mean(-1)


@kl_to_standard_normal.mistake("You averaged over the batch: return one number per example, [B].")
def kl_averaged_over_batch(mu, logvar):
    return 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(-1).mean()


@kl_to_standard_normal.mistake("You summed over the batch too: return one number per example, [B].")
def kl_summed_over_batch(mu, logvar):
    return 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum()


@kl_to_standard_normal.mistake("The sign is wrong: a KL divergence is never negative.")
def negative_kl(mu, logvar):
    return 0.5 * (1 + logvar - mu**2 - logvar.exp()).sum(-1)


@kl_to_standard_normal.mistake(
    "This is KL(p || q), the other direction. The ELBO holds KL(q || p), an expectation under q."
)
def reversed_kl(mu, logvar):
    return 0.5 * ((mu**2 + 1) / logvar.exp() - 1 + logvar).sum(-1)


@kl_to_standard_normal.mistake(
    "You read logvar as the log of the standard deviation: σ² is exp(logvar), and log σ² is logvar itself."
)
def logvar_as_log_std(mu, logvar):
    return 0.5 * (mu**2 + (2 * logvar).exp() - 1 - 2 * logvar).sum(-1)


@kl_to_standard_normal.mistake("exp(logvar / 2) is σ; the KL holds σ² = exp(logvar).")
def deviation_for_variance(mu, logvar):
    return 0.5 * (mu**2 + (0.5 * logvar).exp() - 1 - logvar).sum(-1)


@kl_to_standard_normal.mistake("You used logvar where the variance belongs: σ² = exp(logvar).")
def logvar_as_variance(mu, logvar):
    return 0.5 * (mu**2 + logvar - 1 - logvar.abs().log()).sum(-1)


@kl_to_standard_normal.mistake("The -1 of each dimension is missing: at q = N(0, I) the KL is zero.")
def without_minus_one(mu, logvar):
    return 0.5 * (mu**2 + logvar.exp() - logvar).sum(-1)


@kl_to_standard_normal.mistake("The mean enters squared: μ², not μ.")
def mean_not_squared(mu, logvar):
    return 0.5 * (mu + logvar.exp() - 1 - logvar).sum(-1)


@kl_to_standard_normal.alternative
def kl_through_distributions(mu, logvar):
    q = D.Normal(mu, torch.exp(logvar / 2))
    return D.kl_divergence(q, D.Normal(torch.zeros_like(mu), torch.ones_like(mu))).sum(1)


@kl_to_standard_normal.alternative
def kl_term_by_term(mu, logvar):
    quadratic = torch.einsum("bm,bm->b", mu, mu)
    trace = logvar.exp().sum(1)
    return -0.5 * (logvar.sum(1) - trace - quadratic + mu.size(1))


@kl_to_standard_normal.alternative
def kl_with_expm1(mu, logvar):
    return torch.sum(mu.square() + torch.expm1(logvar) - logvar, dim=-1).div(2)


# ---------------------------------------------------------------- kl_to_standard_normal_full


def _full_cases(generator: np.random.Generator) -> Iterator[Case]:
    for name, batch, dim, scale in (("correlated", 3, 4, 1.0), ("one posterior", 1, 2, 0.5)):
        inputs = {"mu": normal(generator, batch, dim), "cov": covariance(generator, batch, dim, scale)}
        yield Case(name, inputs, ("mu", "cov"), normal(generator, batch))
    inputs = {
        "mu": normal(generator, 3, 4, dtype=torch.float32),
        "cov": covariance(generator, 3, 4, dtype=torch.float32),
    }
    yield Case("float32", inputs, ("mu",), normal(generator, 3, dtype=torch.float32))
    for name, scale, dtype in (
        ("200 dimensions, det Σ underflows", 1e-3, torch.float64),
        ("200 dimensions, det Σ overflows", 1e3, torch.float32),
    ):
        inputs = {"mu": normal(generator, 1, 200, dtype=dtype), "cov": covariance(generator, 1, 200, scale, dtype)}
        yield Case(name, inputs, ("mu",), normal(generator, 1, dtype=dtype))


kl_to_standard_normal_full = Exercise(
    name="kl_to_standard_normal_full",
    points=4,
    reference=variational.kl_to_standard_normal_full,
    cases=_full_cases,
    symmetric=("cov",),
    look="section 6, correlated posteriors; lecture, slide VAE",
    terms=terms.kl_to_standard_normal_full,
    unbounded=("mu",),
)


@kl_to_standard_normal_full.mistake(
    "det Σ leaves the range of floats in 200 dimensions, so its log is ±inf. Take log det from the Cholesky factor "
    "or from slogdet."
)
def log_of_det(mu, cov):
    trace = cov.diagonal(dim1=-2, dim2=-1).sum(-1)
    return 0.5 * ((mu**2).sum(-1) + trace - mu.shape[-1] - torch.det(cov).log())


@kl_to_standard_normal_full.mistake("You used only the diagonal of Σ in the log determinant: correlations count there.")
def diagonal_only(mu, cov):
    variance = cov.diagonal(dim1=-2, dim2=-1)
    return 0.5 * (mu**2 + variance - 1 - variance.log()).sum(-1)


@kl_to_standard_normal_full.mistake(
    "log det Σ is twice the sum of the logs of the Cholesky diagonal: Σ = L Lᵀ, so det Σ = (det L)²."
)
def cholesky_without_two(mu, cov):
    trace = cov.diagonal(dim1=-2, dim2=-1).sum(-1)
    log_det = torch.linalg.cholesky(cov).diagonal(dim1=-2, dim2=-1).log().sum(-1)
    return 0.5 * ((mu**2).sum(-1) + trace - mu.shape[-1] - log_det)


@kl_to_standard_normal_full.mistake("The -M is missing: at q = N(0, I) the KL is zero.")
def without_dimension(mu, cov):
    trace = cov.diagonal(dim1=-2, dim2=-1).sum(-1)
    return 0.5 * ((mu**2).sum(-1) + trace - torch.logdet(cov))


@kl_to_standard_normal_full.mistake("The factor ½ is missing.")
def full_without_half(mu, cov):
    trace = cov.diagonal(dim1=-2, dim2=-1).sum(-1)
    return (mu**2).sum(-1) + trace - mu.shape[-1] - torch.logdet(cov)


@kl_to_standard_normal_full.mistake("The sign of log det Σ is wrong: it is subtracted.")
def log_det_added(mu, cov):
    trace = cov.diagonal(dim1=-2, dim2=-1).sum(-1)
    return 0.5 * ((mu**2).sum(-1) + trace - mu.shape[-1] + torch.logdet(cov))


@kl_to_standard_normal_full.mistake("You summed all entries of Σ: the trace is the sum of its diagonal.")
def sum_for_trace(mu, cov):
    return 0.5 * ((mu**2).sum(-1) + cov.sum((-2, -1)) - mu.shape[-1] - torch.logdet(cov))


@kl_to_standard_normal_full.mistake("You averaged over the batch: return one number per example, [B].")
def full_averaged_over_batch(mu, cov):
    trace = cov.diagonal(dim1=-2, dim2=-1).sum(-1)
    return 0.5 * ((mu**2).sum(-1) + trace - mu.shape[-1] - torch.logdet(cov)).mean()


@kl_to_standard_normal_full.alternative
def full_through_distributions(mu, cov):
    q = D.MultivariateNormal(mu, covariance_matrix=cov)
    p = D.MultivariateNormal(torch.zeros_like(mu), torch.eye(mu.shape[-1], dtype=mu.dtype, device=mu.device))
    return D.kl_divergence(q, p)


@kl_to_standard_normal_full.alternative
def full_through_slogdet(mu, cov):
    log_det = torch.linalg.slogdet(cov).logabsdet
    return 0.5 * (torch.einsum("bm,bm->b", mu, mu) + torch.einsum("bmm->b", cov) - cov.size(-1) - log_det)


@kl_to_standard_normal_full.alternative
def full_with_frobenius_norm(mu, cov):
    factor = torch.linalg.cholesky(cov)
    trace = (factor**2).sum((-2, -1))
    log_det = 2 * torch.stack([torch.diagonal(f).log().sum() for f in factor])
    return (mu.square().sum(1) + trace - log_det - mu.shape[1]) / 2


@kl_to_standard_normal_full.alternative
def full_through_eigenvalues(mu, cov):
    eigenvalues = torch.linalg.eigvalsh(cov)
    return 0.5 * ((mu**2).sum(-1) + (eigenvalues - 1 - eigenvalues.log()).sum(-1))
