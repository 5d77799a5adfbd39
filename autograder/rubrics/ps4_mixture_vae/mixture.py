"""The mixture as a density of z, and what it says of the component that z came from."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import distributions as D
from torch.nn import functional as F

from autograder.exercise.exercise import Exercise
from autograder.exercise.random_inputs import normal, uniform
from latentkit.check.cases import Case
from latentkit.reference import mixture


def _density_cases(generator: np.random.Generator, answers_per_component: bool) -> Iterator[Case]:
    for name, batch, codes, dim, far, dtype in (
        ("a few points", 4, 3, 2, 0, torch.float64),
        ("one point", 1, 4, 3, 0, torch.float64),
        ("as many points as components as dimensions", 3, 3, 3, 0, torch.float64),
        ("float32", 4, 3, 2, 0, torch.float32),
        ("far from every component", 3, 4, 2, 70, torch.float64),
        ("far from every component, float32", 2, 3, 2, 30, torch.float32),
    ):
        z = normal(generator, batch, dim, scale=1.5, dtype=dtype)
        if far:
            z = z + far * (2 * torch.from_numpy(generator.integers(0, 2, (batch, dim))).to(dtype) - 1)
        inputs = {
            "z": z,
            "weights": (normal(generator, codes, dtype=dtype) * 0.8).softmax(-1),
            "means": normal(generator, codes, dim, scale=1.5, dtype=dtype),
            "logvars": uniform(generator, -1, 1, codes, dim, dtype=dtype),
        }
        yield _density_case(generator, name, inputs, bool(far), answers_per_component)
    for name, far, dtype in (
        ("points near and far in one batch", 70, torch.float64),
        ("points near and far in one batch, float32", 30, torch.float32),
    ):
        inputs = _near_and_far(generator, far, dtype)
        yield _density_case(generator, name, inputs, True, answers_per_component)


def _density_case(
    generator: np.random.Generator, name: str, inputs: dict[str, torch.Tensor], far: bool, answers_per_component: bool
) -> Case:
    # No gradient in the weights, for a right solution may normalise them again; none where float32 cancels.
    dtype = inputs["z"].dtype
    gradients = () if far and dtype is torch.float32 else ("z", "means", "logvars")
    shape = (len(inputs["z"]), len(inputs["means"])) if answers_per_component else (len(inputs["z"]),)
    cotangent = normal(generator, *shape, dtype=dtype)
    return Case(name, inputs, gradients, cotangent if gradients else None)


def _near_and_far(generator: np.random.Generator, far: float, dtype: torch.dtype) -> dict[str, torch.Tensor]:
    """Points of which no one number brings all densities into the range of floats, nor any one component's density.

    One point is near, the others are far, some along each axis. The first component is wide along one axis and narrow
    along the other, the last one the other way round, so each is ahead of the other by hundreds of nats.
    """
    steps = torch.tensor([[0, 0], [1, 0], [0, 2], [3, 3]])[torch.from_numpy(generator.permutation(4))]
    signs = 2 * torch.from_numpy(generator.integers(0, 2, (4, 2))) - 1
    logvars = torch.tensor([[1, -1], [0, 0], [-1, 1]]).to(dtype)
    return {
        "z": normal(generator, 4, 2, dtype=dtype) + far * (steps * signs).to(dtype),
        "weights": (normal(generator, 3, dtype=dtype) * 0.8).softmax(-1),
        "means": normal(generator, 3, 2, scale=1.5, dtype=dtype),
        "logvars": logvars + uniform(generator, -0.1, 0.1, 3, 2, dtype=dtype),
    }


# ---------------------------------------------------------------- mixture_log_density


def _log_density_cases(generator: np.random.Generator) -> Iterator[Case]:
    return _density_cases(generator, answers_per_component=False)


mixture_log_density = Exercise(
    name="mixture_log_density",
    points=4,
    reference=mixture.mixture_log_density,
    cases=_log_density_cases,
    answered_by=("latentkit.models.mixture_prior",),
    look="section 4, a mixture as the prior; the log-sum-exp of problem set 1's iwae_bound",
    unbounded=("z", "means", "logvars"),
)


@mixture_log_density.mistake(
    "Far from every component each density is 0 in floats, and log 0 is -inf. Stay in logarithms: logsumexp."
)
def densities_underflow(z, weights, means, logvars):
    squared = (z[:, None] - means) ** 2 / logvars.exp()
    density = torch.exp(-0.5 * (squared + logvars + torch.tensor(2 * torch.pi).log().to(z)).sum(-1))
    return torch.log((weights * density).sum(-1))


@mixture_log_density.mistake(
    "This is Σ π_k log N, the mean of the logs. A mixture is a mean of *densities*: the sum comes before the log "
    "(yours is a lower bound of it, by Jensen)."
)
def mean_of_the_logs(z, weights, means, logvars):
    squared = (z[:, None] - means) ** 2 / logvars.exp()
    log_n = -0.5 * (squared + logvars + torch.tensor(2 * torch.pi).log().to(z)).sum(-1)
    return (weights * log_n).sum(-1)


@mixture_log_density.mistake("The weights are missing: all components count with weight 1, and the density with K.")
def weights_missing(z, weights, means, logvars):
    squared = (z[:, None] - means) ** 2 / logvars.exp()
    return (-0.5 * (squared + logvars + torch.tensor(2 * torch.pi).log().to(z)).sum(-1)).logsumexp(-1)


@mixture_log_density.mistake("All components count alike, 1/K: use the weights given.")
def weights_taken_as_equal(z, weights, means, logvars):
    squared = (z[:, None] - means) ** 2 / logvars.exp()
    log_n = -0.5 * (squared + logvars + torch.tensor(2 * torch.pi).log().to(z)).sum(-1)
    return log_n.logsumexp(-1) - torch.tensor(float(len(weights))).log().to(z)


@mixture_log_density.mistake("The weights are added as they are: in logarithms, add log π_k.")
def weights_not_logged(z, weights, means, logvars):
    squared = (z[:, None] - means) ** 2 / logvars.exp()
    log_n = -0.5 * (squared + logvars + torch.tensor(2 * torch.pi).log().to(z)).sum(-1)
    return (weights + log_n).logsumexp(-1)


@mixture_log_density.mistake(
    "The weights multiply the log densities inside the logsumexp: π_k N is a product, so its log is log π_k + log N."
)
def weights_times_logs(z, weights, means, logvars):
    squared = (z[:, None] - means) ** 2 / logvars.exp()
    return (weights * -0.5 * (squared + logvars + torch.tensor(2 * torch.pi).log().to(z)).sum(-1)).logsumexp(-1)


@mixture_log_density.mistake(
    "The log-normaliser ½ log σ² of each dimension is missing: without it the density does not integrate to 1, and "
    "a wide component looks as good as a narrow one."
)
def log_normaliser_missing(z, weights, means, logvars):
    squared = (z[:, None] - means) ** 2 / logvars.exp()
    return (weights.log() - 0.5 * (squared + torch.tensor(2 * torch.pi).log().to(z)).sum(-1)).logsumexp(-1)


@mixture_log_density.mistake(
    "The constant -½ log 2π of each dimension is missing: the density does not integrate to 1."
)
def constant_missing(z, weights, means, logvars):
    squared = (z[:, None] - means) ** 2 / logvars.exp()
    return (weights.log() - 0.5 * (squared + logvars).sum(-1)).logsumexp(-1)


@mixture_log_density.mistake("The constant -½ log 2π is counted once: it belongs to each of the D dimensions.")
def constant_counted_once(z, weights, means, logvars):
    squared = (z[:, None] - means) ** 2 / logvars.exp()
    constant = torch.tensor(2 * torch.pi).log().to(z)
    return (weights.log() - 0.5 * ((squared + logvars).sum(-1) + constant)).logsumexp(-1)


@mixture_log_density.mistake(
    "Only the best component counts. That is near the truth where the components are far apart, and wrong where "
    "they overlap: log-sum-exp in place of max."
)
def best_component_only(z, weights, means, logvars):
    squared = (z[:, None] - means) ** 2 / logvars.exp()
    log_n = -0.5 * (squared + logvars + torch.tensor(2 * torch.pi).log().to(z)).sum(-1)
    return (weights.log() + log_n).amax(-1)


@mixture_log_density.mistake(
    "You averaged over the dimensions. A density of independent dimensions is a product, its log the sum of theirs."
)
def log_density_averaged_over_dimensions(z, weights, means, logvars):
    squared = (z[:, None] - means) ** 2 / logvars.exp()
    log_n = -0.5 * (squared + logvars + torch.tensor(2 * torch.pi).log().to(z)).mean(-1)
    return (weights.log() + log_n).logsumexp(-1)


@mixture_log_density.mistake("You read logvar as the log of the standard deviation: σ² is exp(logvar).")
def log_density_of_log_std(z, weights, means, logvars):
    squared = (z[:, None] - means) ** 2 / (2 * logvars).exp()
    log_n = -0.5 * (squared + 2 * logvars + torch.tensor(2 * torch.pi).log().to(z)).sum(-1)
    return (weights.log() + log_n).logsumexp(-1)


@mixture_log_density.mistake("You summed over the batch: return one number per point, [B].")
def log_density_summed_over_batch(z, weights, means, logvars):
    squared = (z[:, None] - means) ** 2 / logvars.exp()
    log_n = -0.5 * (squared + logvars + torch.tensor(2 * torch.pi).log().to(z)).sum(-1)
    return (weights.log() + log_n).logsumexp(-1).sum()


@mixture_log_density.mistake(
    "The log-sum-exp runs over the points of the batch, not over the components: use the last dimension of [B, K]."
)
def summed_over_points(z, weights, means, logvars):
    squared = (z[:, None] - means) ** 2 / logvars.exp()
    log_n = -0.5 * (squared + logvars + torch.tensor(2 * torch.pi).log().to(z)).sum(-1)
    return (weights.log() + log_n).logsumexp(0)


@mixture_log_density.mistake("The components are detached, so no gradient reaches the prior, and it cannot learn.")
def density_of_detached_components(z, weights, means, logvars):
    means, logvars = means.detach(), logvars.detach()
    squared = (z[:, None] - means) ** 2 / logvars.exp()
    log_n = -0.5 * (squared + logvars + torch.tensor(2 * torch.pi).log().to(z)).sum(-1)
    return (weights.log() + log_n).logsumexp(-1)


@mixture_log_density.alternative
def log_density_through_mixture_same_family(z, weights, means, logvars):
    components = D.Independent(D.Normal(means, torch.exp(logvars / 2)), 1)
    return D.MixtureSameFamily(D.Categorical(probs=weights), components).log_prob(z)


@mixture_log_density.alternative
def log_density_component_by_component(z, weights, means, logvars):
    logs = [
        torch.log(weight) + D.Normal(mean, (0.5 * logvar).exp()).log_prob(z).sum(dim=1)
        for weight, mean, logvar in zip(weights, means, logvars, strict=True)
    ]
    return torch.logsumexp(torch.stack(logs, dim=1), dim=1)


@mixture_log_density.alternative
def log_density_with_maximum_subtracted(z, weights, means, logvars):
    squared = ((z.unsqueeze(1) - means).square() * torch.exp(-logvars)).sum(2)
    log_n = -0.5 * (squared + logvars.sum(1)) - z.shape[1] * torch.tensor(2 * torch.pi).sqrt().log().to(z)
    best = log_n.max(dim=1, keepdim=True).values.detach()
    return torch.log((weights * torch.exp(log_n - best)).sum(1)) + best.squeeze(1)


@mixture_log_density.alternative
def log_density_pair_by_pair(z, weights, means, logvars):
    total = weights[0].log() + D.Normal(means[0], (logvars[0] / 2).exp()).log_prob(z).sum(-1)
    for c in range(1, len(weights)):
        other = weights[c].log() + D.Normal(means[c], (logvars[c] / 2).exp()).log_prob(z).sum(-1)
        total = torch.logaddexp(total, other)
    return total


# ---------------------------------------------------------------- mixture_responsibilities


def _responsibility_cases(generator: np.random.Generator) -> Iterator[Case]:
    return _density_cases(generator, answers_per_component=True)


mixture_responsibilities = Exercise(
    name="mixture_responsibilities",
    points=3,
    reference=mixture.mixture_responsibilities,
    cases=_responsibility_cases,
    answered_by=("latentkit.models.mixture_prior",),
    look="section 4, a mixture as the prior; Bayes' rule",
    unbounded=("z", "means", "logvars"),
)


@mixture_responsibilities.mistake(
    "Far from every component each density is 0 in floats, and 0/0 is NaN. Stay in logarithms: softmax of the log "
    "joint."
)
def ratio_of_underflown_densities(z, weights, means, logvars):
    squared = (z[:, None] - means) ** 2 / logvars.exp()
    joint = weights * torch.exp(-0.5 * (squared + logvars + torch.tensor(2 * torch.pi).log().to(z)).sum(-1))
    return joint / joint.sum(-1, keepdim=True)


@mixture_responsibilities.mistake(
    "The prior weights are missing: by Bayes' rule p(c | z) ∝ π_c N(z; μ_c, σ_c²). A rare component needs a closer z."
)
def bayes_without_prior(z, weights, means, logvars):
    squared = (z[:, None] - means) ** 2 / logvars.exp()
    return torch.softmax(-0.5 * (squared + logvars).sum(-1), dim=-1)


@mixture_responsibilities.mistake("The weights are added as they are: in logarithms, add log π_c.")
def prior_not_logged(z, weights, means, logvars):
    squared = (z[:, None] - means) ** 2 / logvars.exp()
    return torch.softmax(weights - 0.5 * (squared + logvars).sum(-1), dim=-1)


@mixture_responsibilities.mistake(
    "The weights multiply the softmax, and the rows no longer sum to one: put log π_c inside the softmax, or "
    "normalise again."
)
def weighted_after_softmax(z, weights, means, logvars):
    squared = (z[:, None] - means) ** 2 / logvars.exp()
    return weights * torch.softmax(-0.5 * (squared + logvars).sum(-1), dim=-1)


@mixture_responsibilities.mistake(
    "The log-normaliser ½ log σ² is missing. It does not cancel, for each component has its own: a wide component "
    "is thinly spread."
)
def normalisers_cancelled(z, weights, means, logvars):
    squared = (z[:, None] - means) ** 2 / logvars.exp()
    return torch.softmax(weights.log() - 0.5 * squared.sum(-1), dim=-1)


@mixture_responsibilities.mistake(
    "The weights multiply the log densities: π_c N is a product, so its logarithm is log π_c + log N."
)
def weights_times_log_densities(z, weights, means, logvars):
    squared = (z[:, None] - means) ** 2 / logvars.exp()
    log_n = -0.5 * (squared + logvars + torch.tensor(2 * torch.pi).log().to(z)).sum(-1)
    return torch.softmax(weights * log_n, dim=-1)


@mixture_responsibilities.mistake("The distance is not divided by the component's variance: (z - μ_c)²/σ_c².")
def distances_without_units(z, weights, means, logvars):
    squared = (z[:, None] - means) ** 2
    return torch.softmax(weights.log() - 0.5 * (squared + logvars).sum(-1), dim=-1)


@mixture_responsibilities.mistake(
    "The sign is wrong: the farthest component gets the most. log N holds *minus* the distance."
)
def farthest_component(z, weights, means, logvars):
    squared = (z[:, None] - means) ** 2 / logvars.exp()
    return torch.softmax(weights.log() + 0.5 * (squared + logvars).sum(-1), dim=-1)


@mixture_responsibilities.mistake(
    "The factor ½ before the squared distance is missing: the answer is too sure of itself."
)
def half_missing(z, weights, means, logvars):
    squared = (z[:, None] - means) ** 2 / logvars.exp()
    return torch.softmax(weights.log() - (squared + 0.5 * logvars).sum(-1), dim=-1)


@mixture_responsibilities.mistake("You averaged over the dimensions: log N is the sum over them.")
def responsibilities_averaged_over_dimensions(z, weights, means, logvars):
    squared = (z[:, None] - means) ** 2 / logvars.exp()
    return torch.softmax(weights.log() - 0.5 * (squared + logvars).mean(-1), dim=-1)


@mixture_responsibilities.mistake("You read logvar as the log of the standard deviation: σ² is exp(logvar).")
def responsibilities_of_log_std(z, weights, means, logvars):
    squared = (z[:, None] - means) ** 2 / (2 * logvars).exp()
    return torch.softmax(weights.log() - 0.5 * (squared + 2 * logvars).sum(-1), dim=-1)


@mixture_responsibilities.mistake(
    "The softmax runs over the points of the batch. Each *row* must sum to one: over the components, the last "
    "dimension."
)
def softmax_over_points(z, weights, means, logvars):
    squared = (z[:, None] - means) ** 2 / logvars.exp()
    return torch.softmax(weights.log() - 0.5 * (squared + logvars).sum(-1), dim=0)


@mixture_responsibilities.mistake("These are logarithms of the responsibilities: return probabilities.")
def log_responsibilities(z, weights, means, logvars):
    squared = (z[:, None] - means) ** 2 / logvars.exp()
    return torch.log_softmax(weights.log() - 0.5 * (squared + logvars).sum(-1), dim=-1)


@mixture_responsibilities.mistake("Only the likeliest component is named: return the probabilities of all, [B, K].")
def likeliest_component(z, weights, means, logvars):
    squared = (z[:, None] - means) ** 2 / logvars.exp()
    return F.one_hot((weights.log() - 0.5 * (squared + logvars).sum(-1)).argmax(-1), len(weights)).to(z)


@mixture_responsibilities.alternative
def responsibilities_through_distributions(z, weights, means, logvars):
    log_n = D.Independent(D.Normal(means, torch.exp(logvars / 2)), 1).log_prob(z.unsqueeze(1))
    return D.Categorical(logits=log_n + weights.log()).probs


@mixture_responsibilities.alternative
def responsibilities_by_bayes_rule(z, weights, means, logvars):
    normal = D.Normal(means, torch.exp(0.5 * logvars))
    joint = torch.log(weights) + normal.log_prob(z[:, None, :]).sum(dim=2)
    return torch.exp(joint - torch.logsumexp(joint, dim=1, keepdim=True))


@mixture_responsibilities.alternative
def responsibilities_by_matrix_products(z, weights, means, logvars):
    precision = torch.exp(-logvars)
    linear = z @ (means * precision).T - 0.5 * z.square() @ precision.T
    return F.softmax(linear + weights.log() - 0.5 * (means.square() * precision + logvars).sum(1), dim=1)


@mixture_responsibilities.alternative
def responsibilities_with_maximum_subtracted(z, weights, means, logvars):
    log_n = -0.5 * ((z[:, None] - means) ** 2 / logvars.exp() + logvars).sum(-1)
    joint = weights * torch.exp(log_n - log_n.max(-1, keepdim=True).values)
    return joint / joint.sum(-1, keepdim=True)
