"""A batch of q(c | x): how evenly the codes are used, and how much they say."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import distributions as D
from torch.nn import functional as F

from autograder.exercise.exercise import Exercise
from autograder.exercise.random_inputs import normal
from autograder.rubrics.ps4_mixture_vae import terms
from latentkit.check.cases import Case
from latentkit.reference import mixture

# ---------------------------------------------------------------- batch_prior_kl


def _posteriors(generator: np.random.Generator, batch: int, codes: int, dtype: torch.dtype) -> torch.Tensor:
    """Rows of probabilities, some sure of themselves and some not."""
    return (normal(generator, batch, codes, scale=1.5, dtype=dtype) * 1.2).softmax(-1)


def _sure(generator: np.random.Generator, batch: int, codes: int, unused: int = 0) -> torch.Tensor:
    """One-hot rows, each of the first codes - unused codes taken at least once, and one row that wavers."""
    used = codes - unused
    taken = np.concatenate([np.arange(used), generator.integers(0, used, batch - used)])
    rows = F.one_hot(torch.from_numpy(generator.permutation(taken)), codes).double()
    rows[0] = 0
    rows[0, :2] = torch.tensor([0.25, 0.75])
    return rows


def _batch_prior_cases(generator: np.random.Generator) -> Iterator[Case]:
    for name, batch, codes, dtype in (
        ("a few examples", 5, 3, torch.float64),
        ("as many codes as examples", 4, 4, torch.float64),
        ("float32", 6, 4, torch.float32),
    ):
        prior = (normal(generator, codes, dtype=dtype) * 0.7).softmax(-1)
        yield Case(name, {"q": _posteriors(generator, batch, codes, dtype), "prior": prior}, ("q",), _one(dtype))
    uniform_prior = torch.full((4,), 0.25, dtype=torch.float64)
    yield Case("zeros in q, uniform prior", {"q": _sure(generator, 8, 4), "prior": uniform_prior})
    prior = normal(generator, 4).softmax(-1)
    yield Case("a code that nobody uses", {"q": _sure(generator, 7, 4, unused=1), "prior": prior})


def _one(dtype: torch.dtype) -> torch.Tensor:
    return torch.ones((), dtype=dtype)


batch_prior_kl = Exercise(
    name="batch_prior_kl",
    points=3,
    reference=mixture.batch_prior_kl,
    cases=_batch_prior_cases,
    simplex=("q",),
    answered_by=("latentkit.models.discrete_vae.kl_to_uniform",),
    look="section 3, batch prior regularisation; Zhao et al. 2018",
    terms=terms.batch_prior_kl,
)


@batch_prior_kl.mistake(
    "This is the KL of each example, averaged: the term of the ELBO. It makes every q(c | x) alike. Average q over "
    "the batch first, and take the KL of the mean."
)
def mean_of_the_kls(q, prior):
    return (torch.special.xlogy(q, q) - q * prior.log()).sum(-1).mean()


@batch_prior_kl.mistake(
    "This is the KL of each example, averaged: the term of the ELBO. Average q over the batch first, and take the "
    "KL of the mean. (And 0 · log 0 is NaN in floats.)"
)
def mean_of_the_kls_with_nan(q, prior):
    return (q * (q / prior).log()).sum(-1).mean()


@batch_prior_kl.mistake(
    "This is the KL of each example, summed over the batch. Average q over the batch first, and take the KL of the "
    "mean."
)
def sum_of_the_kls(q, prior):
    return (torch.special.xlogy(q, q) - q * prior.log()).sum()


@batch_prior_kl.mistake(
    "0 · log 0 is NaN in floats, and a code that nobody in the batch uses has q̄ = 0. Its limit is 0: use "
    "torch.special.xlogy, or keep the argument of the log away from 0."
)
def log_of_an_unused_code(q, prior):
    mean = q.mean(0)
    return (mean * (mean / prior).log()).sum()


@batch_prior_kl.mistake(
    "This is KL(prior ‖ q̄), the other direction: it is infinite as soon as one code is unused. Asked is KL(q̄ ‖ prior)."
)
def reversed_batch_kl(q, prior):
    return (prior * (prior / q.mean(0)).log()).sum()


@batch_prior_kl.mistake(
    "F.kl_div(input, target) is KL(target ‖ exp(input)): the arguments have changed places. And its reduction "
    '"batchmean" divides by the first dimension, here K: use "sum".'
)
def kl_div_exchanged(q, prior):
    return F.kl_div(q.mean(0).log(), prior, reduction="batchmean")


@batch_prior_kl.mistake("The sign is wrong: a KL divergence is never negative.")
def negative_batch_kl(q, prior):
    mean = q.mean(0)
    return (mean * prior.log() - torch.special.xlogy(mean, mean)).sum()


@batch_prior_kl.mistake("The prior is missing: this is minus the entropy of q̄, Σ q̄ log q̄. Subtract Σ q̄ log p(c).")
def prior_missing(q, prior):
    mean = q.mean(0)
    return torch.special.xlogy(mean, mean).sum()


@batch_prior_kl.mistake(
    "The entropy of q̄ is missing: this is the cross-entropy -Σ q̄ log p(c), which is not 0 at q̄ = p."
)
def cross_entropy_only(q, prior):
    return -(q.mean(0) * prior.log()).sum()


@batch_prior_kl.mistake("q is summed over the batch, not averaged: q̄ must be a distribution, Σ_c q̄_c = 1.")
def sum_over_the_batch(q, prior):
    total = q.sum(0)
    return (torch.special.xlogy(total, total) - total * prior.log()).sum()


@batch_prior_kl.mistake("The result is divided by K: the KL is a sum over codes, not a mean.")
def mean_over_codes(q, prior):
    mean = q.mean(0)
    return (torch.special.xlogy(mean, mean) - mean * prior.log()).mean()


@batch_prior_kl.mistake("One number per code is returned: sum over the codes.")
def codes_not_summed(q, prior):
    mean = q.mean(0)
    return torch.special.xlogy(mean, mean) - mean * prior.log()


@batch_prior_kl.mistake("q is averaged over the codes, where it is 1/K always: q̄ is its mean over the batch, dim 0.")
def averaged_over_the_codes(q, prior):
    return (q.mean(-1, keepdim=True) * (q.mean(-1, keepdim=True) / prior).log()).sum(-1).mean()


@batch_prior_kl.mistake("No gradient reaches q: the mean is detached, and the term trains nothing.")
def mean_detached(q, prior):
    mean = q.mean(0).detach()
    return (torch.special.xlogy(mean, mean) - mean * prior.log()).sum()


@batch_prior_kl.alternative
def batch_kl_through_distributions(q, prior):
    return D.kl_divergence(D.Categorical(probs=q.mean(dim=0)), D.Categorical(probs=prior))


@batch_prior_kl.alternative
def batch_kl_through_torch_s_kl_div(q, prior):
    return F.kl_div(prior.log(), q.mean(dim=0), reduction="sum")


@batch_prior_kl.alternative
def batch_kl_by_cross_entropy(q, prior):
    mean = torch.einsum("bk->k", q) / q.shape[0]
    return -torch.dot(mean, prior.log()) - torch.special.entr(mean).sum()


@batch_prior_kl.alternative
def batch_kl_with_an_epsilon(q, prior):
    mean = q.mean(0)
    return torch.sum(mean * (torch.log(mean + 1e-10) - torch.log(prior)))


@batch_prior_kl.alternative
def batch_kl_of_used_codes(q, prior):
    mean = q.mean(0)
    used = mean > 0
    return (mean[used] * (mean[used] / prior[used]).log()).sum()


# ---------------------------------------------------------------- discrete_mutual_information


def _information_cases(generator: np.random.Generator) -> Iterator[Case]:
    for name, batch, codes, dtype in (
        ("a few examples", 5, 3, torch.float64),
        ("as many codes as examples", 4, 4, torch.float64),
        ("float32", 6, 4, torch.float32),
    ):
        yield Case(name, {"q": _posteriors(generator, batch, codes, dtype)}, ("q",), _one(dtype))
    yield Case("zeros in q", {"q": _sure(generator, 8, 4)})
    yield Case("a code that nobody uses", {"q": _sure(generator, 7, 4, unused=1)})
    yield Case("all examples alike", {"q": _posteriors(generator, 1, 3, torch.float64).repeat(4, 1)})


discrete_mutual_information = Exercise(
    name="discrete_mutual_information",
    points=3,
    reference=mixture.discrete_mutual_information,
    cases=_information_cases,
    simplex=("q",),
    answered_by=("latentkit.models.discrete_vae.mutual_information",),
    look="section 3, what a code knows of its sentence; Zhao et al. 2018",
    terms=terms.discrete_mutual_information,
)


@discrete_mutual_information.mistake(
    "This is H(q̄) alone, how evenly the codes are used. A code that does not depend on x is used evenly too: "
    "subtract the mean of H(q(c | x))."
)
def entropy_of_the_mean(q):
    return torch.special.entr(q.mean(0)).sum()


@discrete_mutual_information.mistake(
    "This is the mean of H(q(c | x)) alone, how unsure each example is. Subtract it from H(q̄)."
)
def mean_of_the_entropies(q):
    return torch.special.entr(q).sum(-1).mean()


@discrete_mutual_information.mistake(
    "The sign is wrong: the entropy of the mean is the larger one (entropy is concave), and I = H(q̄) - mean H(q)."
)
def negative_information(q):
    return torch.special.entr(q).sum(-1).mean() - torch.special.entr(q.mean(0)).sum()


@discrete_mutual_information.mistake(
    "0 · log 0 is NaN in floats; its limit is 0. Use torch.special.entr or xlogy, or keep the log's argument above 0."
)
def log_of_zero(q):
    mean = q.mean(0)
    return (q * q.log()).sum(-1).mean() - (mean * mean.log()).sum()


@discrete_mutual_information.mistake("The entropies of the examples are summed: subtract their mean over the batch.")
def entropies_summed(q):
    return torch.special.entr(q.mean(0)).sum() - torch.special.entr(q).sum()


@discrete_mutual_information.mistake(
    "The second entropy is averaged over the codes as well. Sum over the codes, average over the batch."
)
def entropies_averaged_over_codes(q):
    return torch.special.entr(q.mean(0)).sum() - torch.special.entr(q).mean()


@discrete_mutual_information.mistake("Both entropies are divided by K: an entropy is a sum over the codes, not a mean.")
def both_averaged_over_codes(q):
    return torch.special.entr(q.mean(0)).mean() - torch.special.entr(q).mean()


@discrete_mutual_information.mistake("This is in bits. The course counts in nats: natural logarithms.")
def information_in_bits(q):
    return (torch.special.entr(q.mean(0)).sum() - torch.special.entr(q).sum(-1).mean()) / torch.tensor(2.0).log()


@discrete_mutual_information.mistake("One number per example is returned: average over the batch.")
def information_per_example(q):
    return torch.special.entr(q.mean(0)).sum() - torch.special.entr(q).sum(-1)


@discrete_mutual_information.mistake(
    "The mean and the sum have changed places: q̄ is the mean over the batch, dim 0, and the entropy a sum over the"
    " codes, dim 1."
)
def dimensions_exchanged(q):
    return torch.special.entr(q.mean(1)).sum() - torch.special.entr(q).sum(0).mean()


@discrete_mutual_information.mistake(
    "This compares q̄ with the uniform distribution, ln K - H(q̄). That is batch prior regularisation; the "
    "information compares each q(c | x) with q̄."
)
def distance_from_uniform(q):
    return torch.tensor(float(q.shape[1]), dtype=q.dtype, device=q.device).log() - torch.special.entr(q.mean(0)).sum()


@discrete_mutual_information.mistake(
    "q̄ is detached, so half of the gradient is missing: nothing asks for codes that are used evenly."
)
def mean_of_q_detached(q):
    return torch.special.entr(q.mean(0).detach()).sum() - torch.special.entr(q).sum(-1).mean()


@discrete_mutual_information.alternative
def information_through_distributions(q):
    return D.Categorical(probs=q.mean(dim=0)).entropy() - D.Categorical(probs=q).entropy().mean()


@discrete_mutual_information.alternative
def information_as_mean_kl(q):
    mean = q.mean(dim=0, keepdim=True)
    return (torch.special.xlogy(q, q) - torch.special.xlogy(q, mean)).sum(dim=1).mean()


@discrete_mutual_information.alternative
def information_with_an_epsilon(q):
    mean = q.mean(0)
    return torch.mean(torch.sum(q * torch.log(q + 1e-10), dim=1)) - torch.sum(mean * torch.log(mean + 1e-10))


@discrete_mutual_information.alternative
def information_of_the_joint_table(q):
    joint = q / len(q)
    independent = joint.sum(0, keepdim=True) * joint.sum(1, keepdim=True)
    seen = joint > 0
    return (joint[seen] * (joint[seen] / independent[seen]).log()).sum()
