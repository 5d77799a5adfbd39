"""The content-preserving loss: what is read off a sentence shall be what its table says."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import distributions as D
from torch.nn import functional as F

from autograder.exercise.exercise import Exercise
from autograder.exercise.random_inputs import normal
from autograder.rubrics.ps6_vtm import terms
from latentkit.check.cases import Case
from latentkit.reference import template_machine


def _content_cases(generator: np.random.Generator) -> Iterator[Case]:
    for name, batch, size, kl_weight, shift, dtype in (
        ("a small weight", 3, 4, 0.3, -0.5, torch.float64),
        ("a weight above 1", 2, 3, float(generator.integers(13, 28)) / 10, 0.4, torch.float64),
        ("no KL", 3, 2, 0.0, -0.3, torch.float64),
        ("as many sentences as dimensions", 3, 3, 0.6, 0.5, torch.float64),
        ("one sentence that is sure of its content", 1, 5, 0.5, -7.0, torch.float64),
        ("sentences that are sure of nothing", 2, 4, 0.4, 3.0, torch.float64),
        ("float32", 4, 3, 0.25, 0.3, torch.float32),
    ):
        yield _case(generator, name, {**_inputs(generator, batch, size, shift, dtype), "kl_weight": kl_weight})
    yield _case(generator, "the weight left out", _inputs(generator, 2, 3, -0.4, torch.float64))
    hit = _inputs(generator, 2, 3, -1.0, torch.float64)
    yield _case(generator, "content that hits its table", {**hit, "table": hit["mu"].clone(), "kl_weight": 0.7})


def _inputs(generator: np.random.Generator, batch: int, size: int, shift: float, dtype: torch.dtype) -> dict[str, Any]:
    return {
        "mu": normal(generator, batch, size, scale=1.2, dtype=dtype),
        "logvar": normal(generator, batch, size, scale=0.5, dtype=dtype) + shift,
        "table": normal(generator, batch, size, dtype=dtype),
    }


def _case(generator: np.random.Generator, name: str, inputs: dict[str, Any]) -> Case:
    cotangent = normal(generator, len(inputs["mu"]), dtype=inputs["mu"].dtype)
    return Case(name, inputs, ("mu", "logvar", "table"), cotangent)


content_loss = Exercise(
    name="content_loss",
    points=4,
    reference=template_machine.content_loss,
    cases=_content_cases,
    look="section 6, a content that is the table's; Ye et al. 2020, the content-preserving loss",
    terms=terms.content_loss,
    unbounded=("mu", "logvar", "table", "kl_weight"),
)


@content_loss.mistake(
    "The gradient also reaches the table, so its encoder learns to please: it makes all tables alike and small, the "
    "distance vanishes, and the content says nothing. The table is a target: `table.detach()`."
)
def table_not_detached(mu, logvar, table, kl_weight=1.0):
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar)
    return ((mu - table) ** 2 + logvar.exp() + kl_weight * kl).sum(-1)


@content_loss.mistake(
    "The variance is missing: this is the distance of the *mean*. The expectation of a square is the square of the "
    "mean plus the variance, E‖c - f‖² = ‖μ - f‖² + Σ σ²."
)
def variance_missing(mu, logvar, table, kl_weight=1.0):
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar)
    return ((mu - table.detach()) ** 2 + kl_weight * kl).sum(-1)


@content_loss.mistake(
    "Two things: the variance is missing (E‖c - f‖² = ‖μ - f‖² + Σ σ²), and the gradient also reaches the table, "
    "which is a target: `table.detach()`."
)
def variance_and_detach_missing(mu, logvar, table, kl_weight=1.0):
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar)
    return ((mu - table) ** 2 + kl_weight * kl).sum(-1)


@content_loss.mistake("The KL is missing: nothing keeps q(c | x) near the prior that raw text is weighed against.")
def kl_missing(mu, logvar, table, kl_weight=1.0):
    return ((mu - table.detach()) ** 2 + logvar.exp()).sum(-1)


@content_loss.mistake("`kl_weight` is not used: the KL always counts in full.")
def kl_weight_forgotten(mu, logvar, table, kl_weight=1.0):
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar)
    return ((mu - table.detach()) ** 2 + logvar.exp() + kl).sum(-1)


@content_loss.mistake("`kl_weight` multiplies the distance, too. It is the weight of the KL alone.")
def weight_on_everything(mu, logvar, table, kl_weight=1.0):
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar)
    return kl_weight * ((mu - table.detach()) ** 2 + logvar.exp() + kl).sum(-1)


@content_loss.mistake("`kl_weight` multiplies the distance, and the KL counts in full: it belongs to the KL.")
def weight_on_the_distance(mu, logvar, table, kl_weight=1.0):
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar)
    return (kl_weight * ((mu - table.detach()) ** 2 + logvar.exp()) + kl).sum(-1)


@content_loss.mistake("The distance has lost the weight that the KL got, 1 - w. The distance always counts in full.")
def distance_and_kl_blended(mu, logvar, table, kl_weight=1.0):
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar)
    return ((1 - kl_weight) * ((mu - table.detach()) ** 2 + logvar.exp()) + kl_weight * kl).sum(-1)


@content_loss.mistake("The KL is subtracted. Both parts are losses, to be lowered: add it.")
def kl_subtracted(mu, logvar, table, kl_weight=1.0):
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar)
    return ((mu - table.detach()) ** 2 + logvar.exp() - kl_weight * kl).sum(-1)


@content_loss.mistake("The factor ½ of the KL is missing.")
def half_missing(mu, logvar, table, kl_weight=1.0):
    kl = mu**2 + logvar.exp() - 1 - logvar
    return ((mu - table.detach()) ** 2 + logvar.exp() + kl_weight * kl).sum(-1)


@content_loss.mistake("The -1 of the KL is missing, so the prior itself is not at 0.")
def one_missing(mu, logvar, table, kl_weight=1.0):
    kl = 0.5 * (mu**2 + logvar.exp() - logvar)
    return ((mu - table.detach()) ** 2 + logvar.exp() + kl_weight * kl).sum(-1)


@content_loss.mistake(
    "This is the KL to a Gaussian around the *table*. The prior is N(0, I): the table enters through the distance "
    "alone."
)
def kl_to_the_table(mu, logvar, table, kl_weight=1.0):
    kl = 0.5 * ((mu - table.detach()) ** 2 + logvar.exp() - 1 - logvar)
    return ((mu - table.detach()) ** 2 + logvar.exp() + kl_weight * kl).sum(-1)


@content_loss.mistake("The expected distance has σ for σ²: the variance is exp(logvar), without a half.")
def deviation_for_the_variance(mu, logvar, table, kl_weight=1.0):
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar)
    return ((mu - table.detach()) ** 2 + (0.5 * logvar).exp() + kl_weight * kl).sum(-1)


@content_loss.mistake("The expected distance has logvar where σ² belongs: take its exponential.")
def log_variance_for_the_variance(mu, logvar, table, kl_weight=1.0):
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar)
    return ((mu - table.detach()) ** 2 + logvar + kl_weight * kl).sum(-1)


@content_loss.mistake("logvar is taken for log σ. It is log σ²: the variance is exp(logvar).")
def taken_for_the_log_deviation(mu, logvar, table, kl_weight=1.0):
    var = (2 * logvar).exp()
    kl = 0.5 * (mu**2 + var - 1 - 2 * logvar)
    return ((mu - table.detach()) ** 2 + var + kl_weight * kl).sum(-1)


@content_loss.mistake(
    "The expected distance carries a factor ½, as in a Gaussian's log-density. Asked is the distance itself."
)
def distance_halved(mu, logvar, table, kl_weight=1.0):
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar)
    return (0.5 * ((mu - table.detach()) ** 2 + logvar.exp()) + kl_weight * kl).sum(-1)


@content_loss.mistake(
    "The square is divided by σ², which makes it a density of the table under q. Asked is the plain distance, and the "
    "variance is *added*."
)
def distance_in_deviations(mu, logvar, table, kl_weight=1.0):
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar)
    return ((mu - table.detach()) ** 2 / logvar.exp() + kl_weight * kl).sum(-1)


@content_loss.mistake(
    "This is the length ‖μ - f‖, a root, whose gradient is NaN where the content hits its table. Asked is its square."
)
def root_of_the_distance(mu, logvar, table, kl_weight=1.0):
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar)
    return (mu - table.detach()).square().sum(-1).sqrt() + (logvar.exp() + kl_weight * kl).sum(-1)


@content_loss.mistake(
    "The distance is averaged over the dimensions, as `F.mse_loss` does, and the KL is summed: so the KL counts K "
    "times as much beside it. Sum both."
)
def distance_averaged_over_dimensions(mu, logvar, table, kl_weight=1.0):
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar)
    return ((mu - table.detach()) ** 2 + logvar.exp()).mean(-1) + kl_weight * kl.sum(-1)


@content_loss.mistake("Everything is averaged over the dimensions. Sum over K: the dimensions are independent.")
def averaged_over_the_dimensions(mu, logvar, table, kl_weight=1.0):
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar)
    return ((mu - table.detach()) ** 2 + logvar.exp() + kl_weight * kl).mean(-1)


@content_loss.mistake("This is the mean over the batch, one number. Asked is each sentence's own loss, [B].")
def content_averaged_over_the_batch(mu, logvar, table, kl_weight=1.0):
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar)
    return ((mu - table.detach()) ** 2 + logvar.exp() + kl_weight * kl).sum(-1).mean()


@content_loss.mistake("The mean is detached: the sentence's encoder does not learn where the content lies.")
def mean_detached(mu, logvar, table, kl_weight=1.0):
    kl = 0.5 * (mu.detach() ** 2 + logvar.exp() - 1 - logvar)
    return ((mu.detach() - table.detach()) ** 2 + logvar.exp() + kl_weight * kl).sum(-1)


@content_loss.mistake(
    "It is the wrong side that is detached: in the distance μ learns, and the table, its target, holds still."
)
def mean_detached_for_the_table(mu, logvar, table, kl_weight=1.0):
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar)
    return ((mu.detach() - table) ** 2 + logvar.exp() + kl_weight * kl).sum(-1)


@content_loss.alternative
def content_through_gaussians(mu, logvar, table, kl_weight=1.0):
    q = D.Normal(mu, (0.5 * logvar).exp())
    kl = D.kl_divergence(q, D.Normal(torch.zeros_like(mu), torch.ones_like(mu))).sum(-1)
    return (mu - table.detach()).pow(2).sum(-1) + q.variance.sum(-1) + kl_weight * kl


@content_loss.alternative
def content_through_torch_s_loss(mu, logvar, table, kl_weight=1.0):
    distance = F.mse_loss(mu, table.detach(), reduction="none").sum(1)
    spread = torch.exp(logvar).sum(1)
    kl = (mu.square().sum(1) + spread - logvar.sum(1) - mu.shape[1]) / 2
    return distance + spread + kl_weight * kl


@content_loss.alternative
def content_with_the_table_held_still(mu, logvar, table, kl_weight=1.0):
    with torch.no_grad():
        target = table.clone()
    moments = mu * mu + logvar.exp()  # E c²
    distance = (moments - 2 * mu * target + target * target).sum(-1)
    return distance + kl_weight * (moments - logvar - 1).sum(-1) / 2


@content_loss.alternative
def content_sentence_by_sentence(mu, logvar, table, kl_weight=1.0):
    losses = []
    for m, s, f in zip(mu, logvar, table.detach(), strict=True):
        var = s.exp()
        losses.append((m - f) @ (m - f) + var.sum() + kl_weight * 0.5 * (m @ m + (var - s - 1).sum()))
    return torch.stack(losses)
