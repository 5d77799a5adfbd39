"""The KL of a Gaussian code: to another Gaussian, and to the components of a mixture."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import distributions as D
from torch.nn import functional as F

from autograder.exercise.exercise import Exercise
from autograder.exercise.random_inputs import normal, uniform
from autograder.rubrics.ps4_mixture_vae import terms
from latentkit.check.cases import Case
from latentkit.reference import mixture

# ---------------------------------------------------------------- kl_between_gaussians


def _gaussian_cases(generator: np.random.Generator) -> Iterator[Case]:
    for name, batch, dim, dtype, q_range, p_range in (
        ("a few pairs", 4, 3, torch.float64, (-2, 1), (-1, 2)),
        ("one pair", 1, 5, torch.float64, (-2, 1), (-2, 1)),
        ("a narrow q in a wide p", 3, 3, torch.float64, (-9, -6), (1, 3)),
        ("float32", 3, 4, torch.float32, (-1, 1), (-1, 1)),
    ):
        inputs = {
            "mu_q": normal(generator, batch, dim, scale=1.5, dtype=dtype),
            "logvar_q": uniform(generator, *q_range, batch, dim, dtype=dtype),
            "mu_p": normal(generator, batch, dim, dtype=dtype),
            "logvar_p": uniform(generator, *p_range, batch, dim, dtype=dtype),
        }
        yield Case(name, inputs, tuple(inputs), normal(generator, batch, dtype=dtype))
    mu, logvar = normal(generator, 2, 3), uniform(generator, -1, 1, 2, 3)
    same = {"mu_q": mu, "logvar_q": logvar, "mu_p": mu.clone(), "logvar_p": logvar.clone()}
    yield Case("q equals p", same, tuple(same), normal(generator, 2))


kl_between_gaussians = Exercise(
    name="kl_between_gaussians",
    points=3,
    reference=mixture.kl_between_gaussians,
    cases=_gaussian_cases,
    look="section 5, the price of a code under a mixture; Kingma and Welling 2014, appendix B, with another p",
    terms=terms.kl_between_gaussians,
    unbounded=("mu_q", "logvar_q", "mu_p", "logvar_p"),
)


@kl_between_gaussians.mistake(
    "This is KL(p ‖ q), the other direction. The ELBO holds KL(q ‖ p), an expectation under q: p's variance is below."
)
def reversed_kl(mu_q, logvar_q, mu_p, logvar_p):
    ratio = logvar_p - logvar_q
    return 0.5 * ((mu_p - mu_q) ** 2 / logvar_q.exp() + ratio.exp() - 1 - ratio).sum(-1)


@kl_between_gaussians.mistake("The factor ½ is missing.")
def without_half(mu_q, logvar_q, mu_p, logvar_p):
    ratio = logvar_q - logvar_p
    return ((mu_q - mu_p) ** 2 / logvar_p.exp() + ratio.exp() - 1 - ratio).sum(-1)


@kl_between_gaussians.mistake("The sign is wrong: a KL divergence is never negative.")
def negative_kl(mu_q, logvar_q, mu_p, logvar_p):
    ratio = logvar_q - logvar_p
    return -0.5 * ((mu_q - mu_p) ** 2 / logvar_p.exp() + ratio.exp() - 1 - ratio).sum(-1)


@kl_between_gaussians.mistake("The -1 of each dimension is missing: for q = p the KL is zero.")
def without_minus_one(mu_q, logvar_q, mu_p, logvar_p):
    ratio = logvar_q - logvar_p
    return 0.5 * ((mu_q - mu_p) ** 2 / logvar_p.exp() + ratio.exp() - ratio).sum(-1)


@kl_between_gaussians.mistake(
    "The squared distance of the means is divided by q's variance. Distances are measured in p's: divide by σ_p²."
)
def distance_in_units_of_q(mu_q, logvar_q, mu_p, logvar_p):
    ratio = logvar_q - logvar_p
    return 0.5 * ((mu_q - mu_p) ** 2 / logvar_q.exp() + ratio.exp() - 1 - ratio).sum(-1)


@kl_between_gaussians.mistake(
    "The squared distance of the means is not divided by p's variance: a narrow prior must ask for more."
)
def distance_without_units(mu_q, logvar_q, mu_p, logvar_p):
    ratio = logvar_q - logvar_p
    return 0.5 * ((mu_q - mu_p) ** 2 + ratio.exp() - 1 - ratio).sum(-1)


@kl_between_gaussians.mistake("The log of the variance ratio has the wrong sign: + log σ_p² - log σ_q².")
def log_ratio_turned(mu_q, logvar_q, mu_p, logvar_p):
    ratio = logvar_q - logvar_p
    return 0.5 * ((mu_q - mu_p) ** 2 / logvar_p.exp() + ratio.exp() - 1 + ratio).sum(-1)


@kl_between_gaussians.mistake("The log-normalisers are missing: + log σ_p² - log σ_q² in each dimension.")
def log_ratio_missing(mu_q, logvar_q, mu_p, logvar_p):
    return 0.5 * ((mu_q - mu_p) ** 2 / logvar_p.exp() + (logvar_q - logvar_p).exp() - 1).sum(-1)


@kl_between_gaussians.mistake(
    "p is taken for the standard normal. Its mean and variance are arguments now: problem set 1 had them at 0 and 1."
)
def standard_normal_for_p(mu_q, logvar_q, mu_p, logvar_p):
    return 0.5 * (mu_q**2 + logvar_q.exp() - 1 - logvar_q).sum(-1)


@kl_between_gaussians.mistake("You read logvar as the log of the standard deviation: σ² is exp(logvar).")
def logvar_as_log_std(mu_q, logvar_q, mu_p, logvar_p):
    ratio = 2 * (logvar_q - logvar_p)
    return 0.5 * ((mu_q - mu_p) ** 2 / (2 * logvar_p).exp() + ratio.exp() - 1 - ratio).sum(-1)


@kl_between_gaussians.mistake("You used logvar where the variance belongs: σ² = exp(logvar).")
def logvar_as_variance(mu_q, logvar_q, mu_p, logvar_p):
    ratio = logvar_q / logvar_p
    return 0.5 * ((mu_q - mu_p) ** 2 / logvar_p + ratio - 1 - ratio.log()).sum(-1)


@kl_between_gaussians.mistake(
    "You averaged over the dimensions. The KL of independent dimensions is the sum of theirs."
)
def averaged_over_dimensions(mu_q, logvar_q, mu_p, logvar_p):
    ratio = logvar_q - logvar_p
    return 0.5 * ((mu_q - mu_p) ** 2 / logvar_p.exp() + ratio.exp() - 1 - ratio).mean(-1)


@kl_between_gaussians.mistake("You summed over the batch too: return one number per example, [B].")
def summed_over_batch(mu_q, logvar_q, mu_p, logvar_p):
    ratio = logvar_q - logvar_p
    return 0.5 * ((mu_q - mu_p) ** 2 / logvar_p.exp() + ratio.exp() - 1 - ratio).sum()


@kl_between_gaussians.mistake("You averaged over the batch: return one number per example, [B].")
def averaged_over_batch(mu_q, logvar_q, mu_p, logvar_p):
    ratio = logvar_q - logvar_p
    return 0.5 * ((mu_q - mu_p) ** 2 / logvar_p.exp() + ratio.exp() - 1 - ratio).sum(-1).mean()


@kl_between_gaussians.mistake(
    "p is detached, so no gradient reaches the prior. In a mixture model its means and variances are trained, by "
    "this term."
)
def prior_detached(mu_q, logvar_q, mu_p, logvar_p):
    ratio = logvar_q - logvar_p.detach()
    return 0.5 * ((mu_q - mu_p.detach()) ** 2 / logvar_p.detach().exp() + ratio.exp() - 1 - ratio).sum(-1)


@kl_between_gaussians.alternative
def kl_through_distributions(mu_q, logvar_q, mu_p, logvar_p):
    q, p = D.Normal(mu_q, torch.exp(logvar_q / 2)), D.Normal(mu_p, torch.exp(logvar_p / 2))
    return D.kl_divergence(q, p).sum(dim=1)


@kl_between_gaussians.alternative
def kl_with_precisions(mu_q, logvar_q, mu_p, logvar_p):
    precision = torch.exp(-logvar_p)
    quadratic = torch.einsum("bd,bd->b", (mu_q - mu_p).square(), precision)
    trace = torch.einsum("bd,bd->b", logvar_q.exp(), precision)
    return (quadratic + trace - mu_q.size(1) + logvar_p.sum(1) - logvar_q.sum(1)) / 2


@kl_between_gaussians.alternative
def kl_with_standard_deviations(mu_q, logvar_q, mu_p, logvar_p):
    std_q, std_p = (0.5 * logvar_q).exp(), (0.5 * logvar_p).exp()
    return (torch.log(std_p / std_q) + (std_q**2 + (mu_q - mu_p) ** 2) / (2 * std_p**2) - 0.5).sum(-1)


@kl_between_gaussians.alternative
def kl_of_standardised_q(mu_q, logvar_q, mu_p, logvar_p):
    mu, logvar = (mu_q - mu_p) / (logvar_p / 2).exp(), logvar_q - logvar_p
    return 0.5 * torch.sum(mu.pow(2) + torch.expm1(logvar) - logvar, dim=-1)


# ---------------------------------------------------------------- mixture_kl


def _mixture_kl_cases(generator: np.random.Generator) -> Iterator[Case]:
    for name, batch, codes, dim, dtype in (
        ("a few examples", 4, 3, 2, torch.float64),
        ("one example", 1, 4, 3, torch.float64),
        ("as many examples as components as dimensions", 3, 3, 3, torch.float64),
        ("float32", 3, 4, 2, torch.float32),
    ):
        yield _mixture_kl_case(generator, name, normal(generator, batch, codes, dtype=dtype).softmax(-1), dim)
    sure = F.one_hot(torch.from_numpy(generator.permutation(3)), 3).double()
    yield _mixture_kl_case(generator, "sure of the component", sure, 2)


def _mixture_kl_case(generator: np.random.Generator, name: str, q_c: torch.Tensor, dim: int) -> Case:
    (batch, codes), dtype = q_c.shape, q_c.dtype
    inputs = {
        "q_c": q_c,
        "mu": normal(generator, batch, dim, dtype=dtype),
        "logvar": uniform(generator, -2, 0, batch, dim, dtype=dtype),
        "means": normal(generator, codes, dim, scale=1.5, dtype=dtype),
        "logvars": uniform(generator, -1, 1, codes, dim, dtype=dtype),
    }
    return Case(name, inputs, tuple(inputs), normal(generator, batch, dtype=dtype))


mixture_kl = Exercise(
    name="mixture_kl",
    points=4,
    reference=mixture.mixture_kl,
    cases=_mixture_kl_cases,
    simplex=("q_c",),
    answered_by=("latentkit.models.mixture_prior",),
    look="section 5, the price of a code under a mixture; Shi et al. 2020",
    terms=terms.mixture_kl,
    unbounded=("mu", "logvar", "means", "logvars"),
)


@mixture_kl.mistake(
    "This is the KL to *one* Gaussian, with the averaged mean and log variance. Asked is the average of the KLs, "
    "one to each component, and that is larger."
)
def kl_to_an_average_gaussian(q_c, mu, logvar, means, logvars):
    ratio = logvar - q_c @ logvars
    return 0.5 * ((mu - q_c @ means) ** 2 / (q_c @ logvars).exp() + ratio.exp() - 1 - ratio).sum(-1)


@mixture_kl.mistake(
    "This is the KL to *one* Gaussian, with the averaged mean and variance. Asked is the average of the KLs, one to"
    " each component, and that is larger."
)
def kl_to_an_average_variance(q_c, mu, logvar, means, logvars):
    variance = q_c @ logvars.exp()
    ratio = logvar - variance.log()
    return 0.5 * ((mu - q_c @ means) ** 2 / variance + ratio.exp() - 1 - ratio).sum(-1)


@mixture_kl.mistake(
    "This is KL(q ‖ p_{E_q η}), to the Gaussian with averaged natural parameters: the dispersion term is missing. "
    "Asked is the average of the KLs, one to each component."
)
def dispersion_missing(q_c, mu, logvar, means, logvars):
    precision = q_c @ (-logvars).exp()
    centre, ratio = q_c @ (means * (-logvars).exp()) / precision, logvar + precision.log()
    return 0.5 * ((mu - centre) ** 2 * precision + ratio.exp() - 1 - ratio).sum(-1)


@mixture_kl.mistake(
    "Only the likeliest component counts: its index has no gradient, and where q(c | x) hesitates the others "
    "matter. Weight all K divergences by q(c | x)."
)
def likeliest_component_only(q_c, mu, logvar, means, logvars):
    best = q_c.argmax(-1)
    ratio = logvar - logvars[best]
    return 0.5 * ((mu - means[best]) ** 2 / logvars[best].exp() + ratio.exp() - 1 - ratio).sum(-1)


@mixture_kl.mistake("q(c | x) is not used: all components count alike. Weight each divergence by its probability.")
def components_weighted_alike(q_c, mu, logvar, means, logvars):
    ratio = logvar[:, None] - logvars
    kl = 0.5 * ((mu[:, None] - means) ** 2 / logvars.exp() + ratio.exp() - 1 - ratio).sum(-1)
    return kl.mean(-1)


@mixture_kl.mistake("The divergences are summed over the components: weight each by q(c | x) first.")
def components_summed(q_c, mu, logvar, means, logvars):
    ratio = logvar[:, None] - logvars
    return 0.5 * ((mu[:, None] - means) ** 2 / logvars.exp() + ratio.exp() - 1 - ratio).sum((-1, -2))


@mixture_kl.mistake("The weighted divergences are averaged over K: their weights sum to one already, so sum them.")
def weighted_and_averaged(q_c, mu, logvar, means, logvars):
    ratio = logvar[:, None] - logvars
    kl = 0.5 * ((mu[:, None] - means) ** 2 / logvars.exp() + ratio.exp() - 1 - ratio).sum(-1)
    return (q_c * kl).mean(-1)


@mixture_kl.mistake(
    "The weighted sum over components is not taken: one number per example and component is returned. Sum over c."
)
def components_not_summed(q_c, mu, logvar, means, logvars):
    ratio = logvar[:, None] - logvars
    return q_c * (0.5 * ((mu[:, None] - means) ** 2 / logvars.exp() + ratio.exp() - 1 - ratio).sum(-1))


@mixture_kl.mistake(
    "The components meet the examples row by row. Each example meets all K components: give mu and logvar a "
    "dimension for them, [B, 1, D] against [K, D]."
)
def rows_against_rows(q_c, mu, logvar, means, logvars):
    ratio = logvar - logvars
    kl = 0.5 * ((mu - means) ** 2 / logvars.exp() + ratio.exp() - 1 - ratio).sum(-1)
    return (q_c * kl).sum(-1)


@mixture_kl.mistake("This averages KL(p_c ‖ q), the other direction: the ELBO holds expectations under q.")
def reversed_component_kls(q_c, mu, logvar, means, logvars):
    ratio = logvars - logvar[:, None]
    kl = 0.5 * ((mu[:, None] - means) ** 2 / logvar[:, None].exp() + ratio.exp() - 1 - ratio).sum(-1)
    return (q_c * kl).sum(-1)


@mixture_kl.mistake("You averaged over the dimensions of z: the KL of independent dimensions is the sum of theirs.")
def kl_averaged_over_dimensions(q_c, mu, logvar, means, logvars):
    ratio = logvar[:, None] - logvars
    kl = 0.5 * ((mu[:, None] - means) ** 2 / logvars.exp() + ratio.exp() - 1 - ratio).mean(-1)
    return (q_c * kl).sum(-1)


@mixture_kl.mistake("You averaged over the batch: return one number per example, [B].")
def mixture_kl_averaged_over_batch(q_c, mu, logvar, means, logvars):
    ratio = logvar[:, None] - logvars
    kl = 0.5 * ((mu[:, None] - means) ** 2 / logvars.exp() + ratio.exp() - 1 - ratio).sum(-1)
    return (q_c * kl).sum(-1).mean()


@mixture_kl.mistake("You summed over the batch too: return one number per example, [B].")
def mixture_kl_summed_over_batch(q_c, mu, logvar, means, logvars):
    ratio = logvar[:, None] - logvars
    return (q_c * (0.5 * ((mu[:, None] - means) ** 2 / logvars.exp() + ratio.exp() - 1 - ratio).sum(-1))).sum()


@mixture_kl.mistake(
    "The components are detached, so no gradient reaches the prior: they would stay where they were initialised."
)
def components_detached(q_c, mu, logvar, means, logvars):
    means, logvars = means.detach(), logvars.detach()
    ratio = logvar[:, None] - logvars
    kl = 0.5 * ((mu[:, None] - means) ** 2 / logvars.exp() + ratio.exp() - 1 - ratio).sum(-1)
    return (q_c * kl).sum(-1)


@mixture_kl.mistake(
    "q(c | x) is detached: the classifier would not learn which component is near. Gradients flow into q_c too."
)
def classifier_detached(q_c, mu, logvar, means, logvars):
    ratio = logvar[:, None] - logvars
    kl = 0.5 * ((mu[:, None] - means) ** 2 / logvars.exp() + ratio.exp() - 1 - ratio).sum(-1)
    return (q_c.detach() * kl).sum(-1)


@mixture_kl.alternative
def mixture_kl_through_distributions(q_c, mu, logvar, means, logvars):
    q = D.Normal(mu.unsqueeze(1), torch.exp(logvar / 2).unsqueeze(1))
    return torch.einsum("bk,bk->b", q_c, D.kl_divergence(q, D.Normal(means, torch.exp(logvars / 2))).sum(-1))


@mixture_kl.alternative
def mixture_kl_component_by_component(q_c, mu, logvar, means, logvars):
    total = torch.zeros_like(q_c[:, 0])
    for c in range(q_c.shape[1]):
        variance = torch.exp(logvars[c])
        kl = (((mu - means[c]) ** 2 + logvar.exp()) / variance - 1 + logvars[c] - logvar).sum(1) / 2
        total = total + q_c[:, c] * kl
    return total


@mixture_kl.alternative
def mixture_kl_by_matrix_products(q_c, mu, logvar, means, logvars):
    precision = torch.exp(-logvars)
    squares = (mu**2 + logvar.exp()) @ precision.T - 2 * mu @ (means * precision).T + (means**2 * precision).sum(1)
    constant = logvars.sum(1) - mu.shape[1] - logvar.sum(1, keepdim=True)
    return 0.5 * (q_c * (squares + constant)).sum(1)


@mixture_kl.alternative
def mixture_kl_as_cross_entropy(q_c, mu, logvar, means, logvars):
    constant = torch.tensor(2 * torch.pi, dtype=mu.dtype, device=mu.device).log()
    cross = 0.5 * (constant + logvars + ((mu[:, None] - means) ** 2 + logvar.exp()[:, None]) / logvars.exp()).sum(-1)
    entropy = 0.5 * (constant + 1 + logvar).sum(-1)
    return (q_c * cross).sum(-1) - entropy
