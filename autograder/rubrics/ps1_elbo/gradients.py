"""Two roads to the gradient of an expectation: the score function and the reparameterised sample."""

import math
from collections.abc import Iterator, Mapping

import numpy as np
import torch
from torch import distributions as D

from autograder.exercise.exercise import Exercise
from autograder.exercise.random_inputs import normal, uniform
from latentkit.check.cases import Case, Value
from latentkit.reference import variational

# ---------------------------------------------------------------- score_function_surrogate


def _surrogate_cases(generator: np.random.Generator) -> Iterator[Case]:
    for name, samples, baseline, dtype in (
        ("no baseline", 5, None, torch.float64),
        ("a baseline", 4, 1.5, torch.float64),
        ("one sample", 1, -0.5, torch.float64),
        ("float32", 6, 0.75, torch.float32),
    ):
        inputs: dict[str, Value] = {
            "reward": normal(generator, samples, scale=2, dtype=dtype) - 3,
            "log_q": normal(generator, samples, dtype=dtype) - 2,
        }
        if baseline is not None:
            inputs["baseline"] = baseline
        yield Case(name, inputs, ("reward", "log_q"), torch.ones((), dtype=dtype))
    reward = normal(generator, 5, scale=2) - 3
    leave_one_out = (reward.sum() - reward) / 4
    inputs = {"reward": reward, "log_q": normal(generator, 5), "baseline": leave_one_out}
    yield Case("a baseline for each sample", inputs, ("reward", "log_q"), torch.ones((), dtype=torch.float64))


score_function_surrogate = Exercise(
    name="score_function_surrogate",
    points=4,
    reference=variational.score_function_surrogate,
    cases=_surrogate_cases,
    compare_value=False,
    look="section 4, the score-function gradient and its two terms; Williams 1992",
    unbounded=("reward", "log_q", "baseline"),
)


@score_function_surrogate.mistake(
    "The reward that multiplies log q is not detached, so a third term r's own gradient times log q appears. "
    "There the reward is a number."
)
def reward_not_detached(reward, log_q, baseline=0.0):
    return (reward + (reward - baseline) * log_q).mean()


@score_function_surrogate.mistake(
    "Two things are missing: the reward itself as a first term, and `.detach()` on the factor of log q."
)
def product_alone(reward, log_q, baseline=0.0):
    return ((reward - baseline) * log_q).mean()


@score_function_surrogate.mistake(
    "Three things are missing: the reward itself as a first term, the baseline, and `.detach()` on the factor of log q."
)
def product_alone_without_baseline(reward, log_q, baseline=0.0):
    return (reward * log_q).mean()


@score_function_surrogate.mistake(
    "The first term is missing: the reward depends on the parameters too, and its gradient ∇r counts."
)
def reward_gradient_missing(reward, log_q, baseline=0.0):
    return ((reward - baseline).detach() * log_q).mean()


@score_function_surrogate.mistake(
    "The second term is missing: this is the gradient of the rewards alone, as if q were fixed."
)
def score_term_missing(reward, log_q, baseline=0.0):
    return reward.mean()


@score_function_surrogate.mistake("You summed over the samples: the estimate is their mean.")
def surrogate_summed(reward, log_q, baseline=0.0):
    return (reward + (reward - baseline).detach() * log_q).sum()


@score_function_surrogate.mistake("The baseline is added. It is subtracted from the reward.")
def baseline_added(reward, log_q, baseline=0.0):
    return (reward + (reward + baseline).detach() * log_q).mean()


@score_function_surrogate.mistake("The baseline is not used.")
def baseline_unused(reward, log_q, baseline=0.0):
    return (reward + reward.detach() * log_q).mean()


@score_function_surrogate.mistake(
    "The sign of the score term is wrong: the surrogate's gradient is that of the expected reward."
)
def score_term_negative(reward, log_q, baseline=0.0):
    return (reward - (reward - baseline).detach() * log_q).mean()


@score_function_surrogate.mistake("The score is ∇log q, not ∇q: log_q is a log already, do not exponentiate it.")
def density_for_score(reward, log_q, baseline=0.0):
    return (reward + (reward - baseline).detach() * log_q.exp()).mean()


@score_function_surrogate.alternative
def surrogate_in_two_means(reward, log_q, baseline=0.0):
    weight = reward.detach() - baseline
    return reward.mean() + torch.mean(weight * log_q)


@score_function_surrogate.alternative
def surrogate_with_the_value_of_the_reward(reward, log_q, baseline=0.0):
    magic = torch.exp(log_q - log_q.detach())
    return (reward + (reward.detach() - baseline) * (magic - 1)).mean()


@score_function_surrogate.alternative
def surrogate_by_dot_product(reward, log_q, baseline=0.0):
    with torch.no_grad():
        advantage = (reward - baseline) / reward.numel()
    return advantage @ log_q + reward.sum() / reward.numel()


# ---------------------------------------------------------------- reparameterize


def _sampler_cases(generator: np.random.Generator) -> Iterator[Case]:
    for name, dtype in (("2,048 posteriors", torch.float64), ("float32", torch.float32)):
        mu = normal(generator, 2048, 3, scale=1.5, dtype=dtype)
        logvar = uniform(generator, -2, 2, 2048, 3, dtype=dtype)
        yield Case(name, {"mu": mu, "logvar": logvar}, ("mu", "logvar"), cotangent=logvar, calls=3)
    # The finer tests of the noise need draws, no gradients: 262,144 of them. Rows that repeat keep the file small.
    mu = normal(generator, 32, 4, scale=1.5, dtype=torch.float32).repeat(512, 1)
    logvar = uniform(generator, -2, 2, 32, 4, dtype=torch.float32).repeat(512, 1)
    yield Case("16,384 posteriors", {"mu": mu, "logvar": logvar}, calls=4)
    mu, logvar = normal(generator, 1, 3), uniform(generator, -2, 2, 1, 3)
    yield Case("one posterior", {"mu": mu, "logvar": logvar}, ("mu", "logvar"), cotangent=logvar, calls=2)


def _sampler_numbers(case: Case) -> Mapping[str, Value]:
    mu, logvar = case.inputs["mu"], case.inputs["logvar"]
    return {
        "mean": mu,
        "std": torch.exp(logvar / 2),
        "offset_mu": 1.0,  # dz/dμ = 1
        "slope_mu": 0.0,
        "offset_logvar": 0.0,  # dz/dlog σ² = (z - μ)/2
        "slope_logvar": 0.5,
        "scale_variance_for_deviation": logvar.exp(),
        "scale_logvar_for_deviation": logvar,
        "scale_exponent_without_half_inverted": torch.exp(-logvar / 2),
    }


reparameterize = Exercise(
    name="reparameterize",
    points=4,
    reference=variational.reparameterize,
    cases=_sampler_cases,
    law="gaussian_sampler",
    numbers=_sampler_numbers,
    look="section 5, the reparameterisation trick; Kingma and Welling 2014, section 2.4",
)


@reparameterize.mistake(
    "The noise is scaled by the variance exp(logvar): the standard deviation is its square root, exp(logvar/2)."
)
def variance_for_deviation(mu, logvar):
    return mu + logvar.exp() * torch.randn_like(mu)


@reparameterize.mistake("The noise is scaled by logvar itself: the standard deviation is exp(logvar/2).")
def logvar_for_deviation(mu, logvar):
    return mu + logvar * torch.randn_like(mu)


@reparameterize.mistake("The noise is divided by the standard deviation: multiply it by exp(logvar/2).")
def exponent_without_half_inverted(mu, logvar):
    return mu + (-0.5 * logvar).exp() * torch.randn_like(mu)


@reparameterize.mistake("The noise must be Gaussian: torch.randn, not torch.rand, which is uniform.")
def uniform_noise(mu, logvar):
    return mu + (0.5 * logvar).exp() * torch.rand_like(mu)


@reparameterize.mistake("Large values are too rare, as in a sum of uniform numbers: use torch.randn.")
def light_tails(mu, logvar):
    noise = (torch.rand_like(mu) + torch.rand_like(mu) - 1) * 6**0.5
    return mu + (0.5 * logvar).exp() * noise


@reparameterize.mistake(
    "Large values are too frequent, as in Laplace's, the logistic or Student's noise: use torch.randn."
)
def heavy_tails(mu, logvar):
    u = torch.rand_like(mu).clamp(1e-9, 1 - 1e-7)
    return mu + (0.5 * logvar).exp() * torch.logit(u) * 3**0.5 / math.pi


@reparameterize.mistake("Do not clip the noise: q's tails belong to it, and clipped noise has a smaller variance.")
def clipped_noise(mu, logvar):
    return mu + (0.5 * logvar).exp() * torch.randn_like(mu).clamp(-2, 2)


@reparameterize.mistake(
    "Nothing but exp(logvar/2) multiplies the noise. A temperature may make tidier pictures, but no sample of q."
)
def scaled_noise(mu, logvar):
    return mu + 0.97 * (0.5 * logvar).exp() * torch.randn_like(mu)


@reparameterize.mistake("Draw one ε per example, of the shape of mu: here the whole batch shares one.")
def one_noise_for_the_batch(mu, logvar):
    return mu + (0.5 * logvar).exp() * torch.randn_like(mu[:1])


@reparameterize.mistake("Draw one ε per dimension, of the shape of mu: here the dimensions of an example share one.")
def one_noise_for_all_dimensions(mu, logvar):
    return mu + (0.5 * logvar).exp() * torch.randn_like(mu[:, :1])


@reparameterize.mistake(
    "A sample drawn by torch.normal, by .sample() or under no_grad is a constant: write z as a deterministic function "
    "of mu, logvar and noise, and gradients flow."
)
def no_gradient(mu, logvar):
    return torch.normal(mu, (0.5 * logvar).exp())


@reparameterize.mistake("Without noise q is a point and the auto-encoder is back, holes and all.")
def no_noise(mu, logvar):
    return mu + 0 * logvar


@reparameterize.mistake(
    "Draw a new ε at each call. A seed set inside the function, a generator put back, or an ε that is kept from an "
    "earlier call repeats it; so does a formula in place of chance."
)
def frozen_noise(mu, logvar):
    generator = torch.Generator(mu.device).manual_seed(0)
    noise = torch.randn(mu.shape, generator=generator, dtype=mu.dtype, device=mu.device)
    return mu + (0.5 * logvar).exp() * noise


@reparameterize.mistake(
    "Numbers that were centred or standardised depend on each other: leave the noise as randn draws it."
)
def standardised_noise(mu, logvar):
    noise = torch.randn_like(mu)
    noise = (noise - noise.mean(0)) / noise.std(0)
    return mu + (0.5 * logvar).exp() * noise


@reparameterize.mistake(
    "Numbers that share a factor, such as the radius in Box and Muller's method, are like that. Each needs a draw of "
    "its own; torch.randn makes them."
)
def shared_radius(mu, logvar):
    radius = (-2 * (1 - torch.rand_like(mu[:, :1])).log()).sqrt()
    noise = radius * torch.cos(2 * math.pi * torch.rand_like(mu))
    return mu + (0.5 * logvar).exp() * noise


@reparameterize.mistake(
    "Such antithetic pairs lower the variance of some averages, but they are no independent draws: one ε for each "
    "number."
)
def antithetic_pairs(mu, logvar):
    half = torch.randn_like(mu[: (len(mu) + 1) // 2])
    return mu + (0.5 * logvar).exp() * torch.cat([half, -half])[: len(mu)]


@reparameterize.alternative
def mean_minus_noise(mu, logvar):
    return mu - torch.randn_like(logvar) * torch.exp(logvar).sqrt()


@reparameterize.alternative
def sample_through_distributions(mu, logvar):
    return D.Normal(mu, torch.exp(0.5 * logvar)).rsample()


@reparameterize.alternative
def sample_by_inverse_cdf(mu, logvar):
    u = torch.rand(mu.shape, dtype=torch.float64, device=mu.device).clamp(1e-12, 1 - 1e-12)
    noise = (2**0.5 * torch.erfinv(2 * u - 1)).to(mu.dtype)
    return torch.addcmul(mu, logvar.mul(0.5).exp(), noise)


@reparameterize.alternative
def sample_dimension_by_dimension(mu, logvar):
    columns = [m + (v / 2).exp() * torch.empty_like(m).normal_() for m, v in zip(mu.T, logvar.T, strict=True)]
    return torch.stack(columns, dim=1)


@reparameterize.alternative
def sample_by_box_and_muller(mu, logvar):
    """Cosine and sine of one angle, with one radius, are independent."""
    count = (mu.numel() + 1) // 2
    radius = (-2 * (1 - torch.rand(count, dtype=mu.dtype, device=mu.device)).log()).sqrt()
    angle = 2 * math.pi * torch.rand(count, dtype=mu.dtype, device=mu.device)
    noise = torch.cat([radius * angle.cos(), radius * angle.sin()])[: mu.numel()]
    return mu + (0.5 * logvar).exp() * noise.view_as(mu)
