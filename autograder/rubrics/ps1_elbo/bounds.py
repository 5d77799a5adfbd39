"""The lower bounds on log p(x): with the closed-form KL, from the joint, and importance weighted."""

import math
from collections.abc import Iterator

import numpy as np
import torch
from torch import distributions as D
from torch.nn import functional as F

from autograder.exercise.exercise import Exercise
from autograder.exercise.random_inputs import bits, normal, uniform
from autograder.rubrics.ps1_elbo import terms
from latentkit.check.cases import Case, Value
from latentkit.reference import variational

# ---------------------------------------------------------------- elbo


def _elbo_cases(generator: np.random.Generator) -> Iterator[Case]:
    for name, batch, dtype, beta in (
        ("beta left at 1", 4, torch.float64, None),
        ("beta = 0.25", 3, torch.float64, 0.25),
        ("beta = 4, one image", 1, torch.float64, 4.0),
        ("float32, beta = 2", 3, torch.float32, 2.0),
    ):
        inputs: dict[str, Value] = {
            "x": bits(generator, batch, 6, dtype=dtype),
            "logits": normal(generator, batch, 6, scale=2, dtype=dtype),
            "mu": normal(generator, batch, 3, dtype=dtype),
            "logvar": uniform(generator, -2, 1, batch, 3, dtype=dtype),
        }
        if batch > 1:  # one posterior close to the prior, whose KL is next to nothing
            inputs["mu"][-1] *= 0.05
            inputs["logvar"][-1] *= 0.05
        if beta is not None:
            inputs["beta"] = beta
        yield Case(name, inputs, ("logits", "mu", "logvar"), normal(generator, batch, dtype=dtype))
    inputs = {
        "x": torch.zeros(2, 4, dtype=torch.float64),
        "logits": torch.full((2, 4), 100.0, dtype=torch.float64),
        "mu": normal(generator, 2, 3),
        "logvar": uniform(generator, -2, 1, 2, 3),
        "beta": 0.5,
    }
    yield Case("logits of ±100", inputs, ("logits", "mu", "logvar"), normal(generator, 2))


elbo = Exercise(
    name="elbo",
    points=4,
    reference=variational.elbo,
    cases=_elbo_cases,
    look="section 7, the ELBO of one sample; Kingma and Welling 2014, equation 3",
    terms=terms.elbo,
    unbounded=("logits", "mu", "logvar", "beta"),
)


@elbo.mistake("The sign is wrong: this is the loss -ELBO. The exercise asks for the bound itself, to be maximised.")
def negative_elbo(x, logits, mu, logvar, beta=1.0):
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(-1)
    return beta * kl + F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(-1)


@elbo.mistake("The KL is not weighted by beta: multiply it.")
def beta_unused(x, logits, mu, logvar, beta=1.0):
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(-1)
    return -F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(-1) - kl


@elbo.mistake("The KL is added. The bound is the expected log-likelihood *minus* the KL.")
def kl_added(x, logits, mu, logvar, beta=1.0):
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(-1)
    return -F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(-1) + beta * kl


@elbo.mistake("beta weighs the likelihood: it belongs to the KL alone.")
def beta_on_both(x, logits, mu, logvar, beta=1.0):
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(-1)
    return beta * (-F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(-1) - kl)


@elbo.mistake("You averaged over the batch: return one number per image, [B].")
def elbo_averaged_over_batch(x, logits, mu, logvar, beta=1.0):
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(-1)
    return (-F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(-1) - beta * kl).mean()


@elbo.mistake("The likelihood is averaged over the pixels: it is their sum, as the KL is one over the dimensions.")
def likelihood_averaged(x, logits, mu, logvar, beta=1.0):
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(-1)
    return -F.binary_cross_entropy_with_logits(logits, x, reduction="none").mean(-1) - beta * kl


@elbo.mistake(
    "The KL is averaged over the latent dimensions: it is their sum, as the likelihood is the sum over pixels."
)
def kl_averaged(x, logits, mu, logvar, beta=1.0):
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar).mean(-1)
    return -F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(-1) - beta * kl


@elbo.mistake("The log of a sigmoid underflows at logits of ±100: use logsigmoid or softplus for the likelihood.")
def elbo_with_log_of_sigmoid(x, logits, mu, logvar, beta=1.0):
    p = torch.sigmoid(logits)
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(-1)
    return (x * p.log() + (1 - x) * (1 - p).log()).sum(-1) - beta * kl


@elbo.alternative
def elbo_through_distributions(x, logits, mu, logvar, beta=1.0):
    q = D.Independent(D.Normal(mu, logvar.div(2).exp()), 1)
    p = D.Independent(D.Normal(torch.zeros_like(mu), torch.ones_like(mu)), 1)
    return D.Independent(D.Bernoulli(logits=logits), 1).log_prob(x) - beta * D.kl_divergence(q, p)


@elbo.alternative
def elbo_in_one_line(x, logits, mu, logvar, beta=1.0):
    likelihood = x * logits - F.softplus(logits)
    return likelihood.sum(1) + 0.5 * beta * (1 + logvar - mu.pow(2) - logvar.exp()).sum(1)


@elbo.alternative
def elbo_image_by_image(x, logits, mu, logvar, beta=1.0):
    bounds = []
    for b in range(len(x)):
        likelihood = F.logsigmoid((2 * x[b] - 1) * logits[b]).sum()
        kl = (mu[b] @ mu[b] + logvar[b].exp().sum() - logvar[b].sum() - len(mu[b])) / 2
        bounds.append(likelihood - beta * kl)
    return torch.stack(bounds)


# ---------------------------------------------------------------- elbo_from_joint and iwae_bound


def _joint_cases(generator: np.random.Generator) -> Iterator[Case]:
    for name, samples, batch, dtype in (
        ("a few samples", 5, 3, torch.float64),
        ("one sample", 1, 4, torch.float64),
        ("one image", 6, 1, torch.float64),
        ("float32", 4, 3, torch.float32),
    ):
        log_joint = normal(generator, samples, batch, scale=2, dtype=dtype) - 20
        log_posterior = normal(generator, samples, batch, dtype=dtype) - 3
        inputs = {"log_joint": log_joint, "log_posterior": log_posterior}
        yield Case(name, inputs, ("log_joint", "log_posterior"), normal(generator, batch, dtype=dtype))
    log_joint = normal(generator, 4, 3, scale=3) - 2000
    inputs = {"log_joint": log_joint, "log_posterior": normal(generator, 4, 3) + 5}
    yield Case("log-likelihoods near -2000", inputs, ("log_joint", "log_posterior"), normal(generator, 3))


elbo_from_joint = Exercise(
    name="elbo_from_joint",
    points=3,
    reference=variational.elbo_from_joint,
    cases=_joint_cases,
    look="section 3, the bound as an expectation; Kingma and Welling 2014, equation 2",
    terms=terms.elbo_from_joint,
    unbounded=("log_joint", "log_posterior"),
)


@elbo_from_joint.mistake("You summed over the samples. A Monte Carlo estimate of an expectation is their mean.")
def summed_over_samples(log_joint, log_posterior):
    return (log_joint - log_posterior).sum(0)


@elbo_from_joint.mistake("You averaged over the images instead of the samples: the samples are dimension 0.")
def wrong_axis(log_joint, log_posterior):
    return (log_joint - log_posterior).mean(1)


@elbo_from_joint.mistake("You averaged over the batch too: return one number per image, [B].")
def averaged_over_everything(log_joint, log_posterior):
    return (log_joint - log_posterior).mean()


@elbo_from_joint.mistake(
    "log q is missing: without it there is no entropy term, and nothing stops q from collapsing to a point."
)
def without_log_posterior(log_joint, log_posterior):
    return log_joint.mean(0)


@elbo_from_joint.mistake("log q is added. It is subtracted: the bound holds log of the ratio p(x, z)/q(z|x).")
def log_posterior_added(log_joint, log_posterior):
    return (log_joint + log_posterior).mean(0)


@elbo_from_joint.mistake("The sign is wrong: this is the loss -ELBO.")
def negative_bound(log_joint, log_posterior):
    return (log_posterior - log_joint).mean(0)


@elbo_from_joint.mistake(
    "This is the importance-weighted bound: the log of a mean. The ELBO is the mean of the logs, as Jensen gives it."
)
def log_of_mean(log_joint, log_posterior):
    return torch.logsumexp(log_joint - log_posterior, 0) - math.log(log_joint.shape[0])


@elbo_from_joint.mistake("log q is detached: its gradient is part of the bound's.")
def posterior_detached(log_joint, log_posterior):
    return (log_joint - log_posterior.detach()).mean(0)


@elbo_from_joint.alternative
def difference_of_means(log_joint, log_posterior):
    return log_joint.mean(dim=0) - log_posterior.mean(dim=0)


@elbo_from_joint.alternative
def sum_over_count(log_joint, log_posterior):
    return torch.einsum("sb->b", log_joint - log_posterior) / log_joint.size(0)


@elbo_from_joint.alternative
def sample_by_sample(log_joint, log_posterior):
    total = torch.zeros_like(log_joint[0])
    for joint, posterior in zip(log_joint, log_posterior, strict=True):
        total = total + joint - posterior
    return total / len(log_joint)


def _weight_cases(generator: np.random.Generator) -> Iterator[Case]:
    """Besides the cases of the bound, images whose weights no one number brings into the range of floats."""
    yield from _joint_cases(generator)
    for name, apart, dtype in (
        ("images thousands of nats apart", 1500, torch.float64),
        ("images hundreds of nats apart, float32", 250, torch.float32),
    ):
        steps = torch.from_numpy(generator.permutation(4)).to(dtype)
        log_joint = normal(generator, 4, 4, scale=2, dtype=dtype) - apart * steps
        log_joint[1:, 0] -= apart  # of the first image one sample has all the weight
        inputs = {"log_joint": log_joint, "log_posterior": normal(generator, 4, 4, dtype=dtype) - 3}
        yield Case(name, inputs, ("log_joint", "log_posterior"), normal(generator, 4, dtype=dtype))


iwae_bound = Exercise(
    name="iwae_bound",
    points=2,
    reference=variational.iwae_bound,
    cases=_weight_cases,
    answered_by=("latentkit.evaluation.images",),
    look="section 8, the importance-weighted bound; Burda et al. 2016, equation 8",
    terms=terms.iwae_bound,
    unbounded=("log_joint", "log_posterior"),
)


@iwae_bound.mistake("This is the ELBO: the mean of the logs. The importance-weighted bound is the log of the mean.")
def mean_of_logs(log_joint, log_posterior):
    return (log_joint - log_posterior).mean(0)


@iwae_bound.mistake(
    "log S is missing: logsumexp gives the log of the *sum* of the weights, the bound holds their mean."
)
def without_log_samples(log_joint, log_posterior):
    return torch.logsumexp(log_joint - log_posterior, 0)


@iwae_bound.mistake("exp underflows: at log-likelihoods near -2000 every weight rounds to 0. Stay in logs: logsumexp.")
def log_mean_exp_unstable(log_joint, log_posterior):
    return (log_joint - log_posterior).exp().mean(0).log()


@iwae_bound.mistake("The sum runs over the images instead of the samples: the samples are dimension 0.")
def iwae_wrong_axis(log_joint, log_posterior):
    return torch.logsumexp(log_joint - log_posterior, 1) - math.log(log_joint.shape[1])


@iwae_bound.mistake("The numerator and the denominator are averaged apart: the weights are ratios, sample by sample.")
def ratio_of_means(log_joint, log_posterior):
    return torch.logsumexp(log_joint, 0) - torch.logsumexp(log_posterior, 0)


@iwae_bound.mistake("You averaged over the batch too: return one number per image, [B].")
def iwae_averaged_over_batch(log_joint, log_posterior):
    return (torch.logsumexp(log_joint - log_posterior, 0) - math.log(log_joint.shape[0])).mean()


@iwae_bound.alternative
def shifted_by_the_largest(log_joint, log_posterior):
    log_weight = log_joint - log_posterior
    largest = log_weight.max(dim=0, keepdim=True).values.detach()
    return (log_weight - largest).exp().mean(0).log() + largest.squeeze(0)


@iwae_bound.alternative
def folded_with_logaddexp(log_joint, log_posterior):
    total = log_joint[0] - log_posterior[0]
    for joint, posterior in zip(log_joint[1:], log_posterior[1:], strict=True):
        total = torch.logaddexp(total, joint - posterior)
    return total - torch.tensor(float(len(log_joint)), dtype=total.dtype, device=total.device).log()


@iwae_bound.alternative
def weights_divided_first(log_joint, log_posterior):
    return torch.logsumexp(log_joint - log_posterior - math.log(log_joint.shape[0]), dim=0)
