"""From the encoder's states to q(z | x), and how many of its dimensions are in use."""

from collections.abc import Iterator

import numpy as np
import torch
from torch.nn import functional as F

from autograder.exercise.exercise import Exercise
from autograder.exercise.random_inputs import normal
from latentkit.check.cases import Case
from latentkit.reference import sentence

# ---------------------------------------------------------------- last_hidden


def _state_cases(generator: np.random.Generator) -> Iterator[Case]:
    for name, lengths, width, dtype in (
        ("sentences of different lengths", (3, 6, 2, 5), 6, torch.float64),
        ("more padding than any sentence needs", (2, 4, 3), 6, torch.float64),
        ("one sentence", (3,), 4, torch.float64),
        ("a sentence of one token, float32", (1, 4, 2), 5, torch.float32),
    ):
        order = torch.from_numpy(generator.permutation(len(lengths)))
        outputs = normal(generator, len(lengths), width, 3, dtype=dtype)
        inputs = {"outputs": outputs, "lengths": torch.tensor(lengths)[order]}
        yield Case(name, inputs, ("outputs",), normal(generator, len(lengths), 3, dtype=dtype))


last_hidden = Exercise(
    name="last_hidden",
    points=3,
    reference=sentence.last_hidden,
    cases=_state_cases,
    look="section 3, the encoder's posterior: which state stands for the sentence",
    unbounded=("outputs",),
)


@last_hidden.mistake(
    "The state is taken at the padded end. After its last token a shorter sentence's state has read nothing but PAD: "
    "take the state at position lengths - 1 of each sentence."
)
def state_at_padded_end(outputs, lengths):
    return outputs[:, -1]


@last_hidden.mistake(
    "All sentences give the state at the end of the longest one. Each sentence has its own last position, lengths - 1."
)
def state_at_longest_end(outputs, lengths):
    return outputs[:, lengths.max() - 1]


@last_hidden.mistake("This is the first state: it has read one token, not the sentence.")
def first_state(outputs, lengths):
    return outputs[:, 0]


@last_hidden.mistake(
    "One position too far: positions count from 0, so the last token of a sentence of n tokens is at n - 1."
)
def one_position_late(outputs, lengths):
    position = lengths.clamp(max=outputs.shape[1] - 1)
    return outputs[torch.arange(len(outputs), device=outputs.device), position]


@last_hidden.mistake(
    "One position too far: positions count from 0, and a sentence that fills the batch has no position `lengths`."
)
def position_out_of_range(outputs, lengths):
    return outputs[torch.arange(len(outputs), device=outputs.device), lengths]


@last_hidden.mistake("One position too early: the state before the last token's has not read it yet.")
def one_position_early(outputs, lengths):
    position = (lengths - 2).clamp(min=0)
    return outputs[torch.arange(len(outputs), device=outputs.device), position]


@last_hidden.mistake(
    "`view` does not swap batch and time, it cuts the same numbers into other rows, so a sentence gets the state of "
    "another one. The batch is the first dimension here: index it as it is, or use transpose."
)
def batch_axis_mixed(outputs, lengths):
    batch, steps, hidden = outputs.shape
    by_time = outputs.reshape(steps, batch, hidden)
    return by_time[lengths - 1, torch.arange(batch, device=outputs.device)]


@last_hidden.mistake(
    "`outputs[:, lengths - 1]` pairs every sentence with every length. Pair them one to one: index the batch with "
    "arange(B) as well."
)
def every_length_for_every_sentence(outputs, lengths):
    return outputs[:, lengths - 1]


@last_hidden.mistake(
    "gather returns one entry per index given: expand the index over the H hidden units, or only the first is taken."
)
def first_hidden_unit_only(outputs, lengths):
    return outputs.gather(1, (lengths - 1).view(-1, 1, 1)).squeeze(1)


@last_hidden.mistake("This is the mean of the states. It is a summary too, but the exercise asks for the last state.")
def mean_of_states(outputs, lengths):
    real = torch.arange(outputs.shape[1], device=outputs.device) < lengths[:, None]
    return (outputs * real[..., None]).sum(1) / lengths[:, None]


@last_hidden.mistake("The mean over time counts padding, and the exercise asks for the last state, not for a mean.")
def mean_over_padding(outputs, lengths):
    return outputs.mean(1)


@last_hidden.alternative
def state_by_gather(outputs, lengths):
    index = (lengths - 1)[:, None, None].expand(-1, 1, outputs.shape[2])
    return outputs.gather(1, index)[:, 0]


@last_hidden.alternative
def state_by_mask(outputs, lengths):
    last = torch.arange(1, outputs.shape[1] + 1, device=outputs.device) == lengths.unsqueeze(1)
    return torch.einsum("bth,bt->bh", outputs, last.to(outputs))


@last_hidden.alternative
def state_sentence_by_sentence(outputs, lengths):
    return torch.stack([states[:n][-1] for states, n in zip(outputs, lengths.tolist(), strict=True)])


@last_hidden.alternative
def state_by_take_along_dim(outputs, lengths):
    return torch.take_along_dim(outputs, lengths.view(-1, 1, 1) - 1, dim=1).squeeze(1)


# ---------------------------------------------------------------- posterior_from_hidden


def _posterior_cases(generator: np.random.Generator) -> Iterator[Case]:
    for name, batch, hidden, latent, dtype in (
        ("a few sentences", 4, 5, 3, torch.float64),
        ("as many latent as hidden dimensions", 3, 4, 4, torch.float64),
        ("one sentence", 1, 3, 5, torch.float64),
        ("float32", 3, 6, 2, torch.float32),
    ):
        inputs = {
            "h": normal(generator, batch, hidden, dtype=dtype),
            "w_mu": normal(generator, latent, hidden, dtype=dtype),
            "w_logvar": normal(generator, latent, hidden, scale=0.7, dtype=dtype),
        }
        cotangent = (normal(generator, batch, latent, dtype=dtype), normal(generator, batch, latent, dtype=dtype))
        yield Case(name, inputs, ("h", "w_mu", "w_logvar"), cotangent)


posterior_from_hidden = Exercise(
    name="posterior_from_hidden",
    points=3,
    reference=sentence.posterior_from_hidden,
    cases=_posterior_cases,
    look="section 3, the encoder's posterior, μ = W₁h and σ² = exp(W₂h); lecture, slide VAE for Sentence Generation",
    unbounded=("h", "w_mu", "w_logvar"),
)


@posterior_from_hidden.mistake(
    "The second result is the log of the variance. The exercise asks for the variance σ² itself, exp(W₂h)."
)
def logvar_for_variance(h, w_mu, w_logvar):
    return h @ w_mu.T, h @ w_logvar.T


@posterior_from_hidden.mistake(
    "The second result is the standard deviation, exp(½ W₂h). The exercise asks for the variance σ² = exp(W₂h)."
)
def deviation_for_variance(h, w_mu, w_logvar):
    return h @ w_mu.T, (0.5 * h @ w_logvar.T).exp()


@posterior_from_hidden.mistake("The exponent's sign is wrong: exp(-W₂h) is the precision, one over the variance.")
def precision_for_variance(h, w_mu, w_logvar):
    return h @ w_mu.T, (-h @ w_logvar.T).exp()


@posterior_from_hidden.mistake(
    "The variance comes from softplus. That is positive too, but the exercise, like the lecture, has σ² = exp(W₂h)."
)
def softplus_for_exp(h, w_mu, w_logvar):
    return h @ w_mu.T, F.softplus(h @ w_logvar.T)


@posterior_from_hidden.mistake("The two results are swapped: return mu first, then the variance.")
def results_swapped(h, w_mu, w_logvar):
    return (h @ w_logvar.T).exp(), h @ w_mu.T


@posterior_from_hidden.mistake("The two weights are swapped: w_mu belongs to the mean, w_logvar to the variance.")
def weights_swapped(h, w_mu, w_logvar):
    return h @ w_logvar.T, (h @ w_mu.T).exp()


@posterior_from_hidden.mistake("Mean and variance come from the same weights: the variance has its own, w_logvar.")
def one_weight_for_both(h, w_mu, w_logvar):
    return h @ w_mu.T, (h @ w_mu.T).exp()


@posterior_from_hidden.mistake(
    "The weights are [M, H], so W h of a batch is h @ W.T. Where M = H the untransposed product runs, and is wrong."
)
def weights_not_transposed(h, w_mu, w_logvar):
    return h @ w_mu, (h @ w_logvar).exp()


@posterior_from_hidden.mistake(
    "The latent dimension comes first, [M, B]. The batch is the first dimension: h @ W.T, or transpose the result."
)
def batch_last(h, w_mu, w_logvar):
    return w_mu @ h.T, (w_logvar @ h.T).exp()


@posterior_from_hidden.mistake(
    "`view` does not transpose [M, B] to [B, M]: it cuts the same numbers into other rows, and sentences get each "
    "other's posterior."
)
def batch_mixed_by_view(h, w_mu, w_logvar):
    shape = (len(h), len(w_mu))
    return (w_mu @ h.T).reshape(shape), (w_logvar @ h.T).exp().reshape(shape)


@posterior_from_hidden.alternative
def posterior_by_linear(h, w_mu, w_logvar):
    return F.linear(h, w_mu), torch.exp(F.linear(h, w_logvar))


@posterior_from_hidden.alternative
def posterior_by_einsum(h, w_mu, w_logvar):
    mu = torch.einsum("bh,mh->bm", h, w_mu)
    half = torch.einsum("bh,mh->bm", h, w_logvar) / 2
    return [mu, half.exp() ** 2]


@posterior_from_hidden.alternative
def posterior_in_one_product(h, w_mu, w_logvar):
    mu, logvar = (torch.cat([w_mu, w_logvar]) @ h.T).mT.chunk(2, dim=1)
    return mu, logvar.exp()


@posterior_from_hidden.alternative
def posterior_sentence_by_sentence(h, w_mu, w_logvar):
    return torch.stack([w_mu @ one for one in h]), torch.stack([torch.exp(w_logvar.mv(one)) for one in h])


# ---------------------------------------------------------------- active_units


def _unit_cases(generator: np.random.Generator) -> Iterator[Case]:
    """Dimensions of given deviation and mean: far enough from the threshold that N and N - 1 count the same."""
    free, moved, hidden, quiet, still, still_moved = (0.4, 0), (0.3, 3), (0.03, 0), (0.0113, 0), (1e-3, 0), (1e-3, 3)
    above, below = (0.11, 0), (0.09, 0)  # variances of 0.0121 and 0.0081, about the default threshold
    calm = (0.005, 0)  # its range is above the threshold; of `quiet` the deviation is, the mean absolute one is not
    for name, units, threshold, dtype in (
        ("some dimensions collapsed", [free, moved, hidden, quiet, calm, still_moved, still], None, torch.float64),
        ("variances about the threshold", [above, below, above, free, below, above], None, torch.float64),
        ("a higher threshold", [(1.0, 0), free, moved, free, still_moved], 0.25, torch.float64),
        ("all dimensions in use", [free, moved, free], None, torch.float64),
        ("none in use", [still, still_moved, hidden, hidden], None, torch.float64),
        ("float32", [free, moved, moved, free, still, quiet, still_moved], 0.01, torch.float32),
    ):
        count = int(generator.integers(30, 41))
        noise = normal(generator, count, len(units))
        deviations, means = (torch.tensor(column, dtype=torch.float64) for column in zip(*units, strict=True))
        mu = means + deviations * (noise - noise.mean(0)) / noise.std(0)
        mu = mu[:, torch.from_numpy(generator.permutation(len(units)))].float().to(dtype)
        yield Case(name, {"mu": mu} | ({} if threshold is None else {"threshold": threshold}))
    yield _one_half_constant(generator)
    yield _far_from_zero(generator)


def _one_half_constant(generator: np.random.Generator) -> Case:
    """Two dimensions that vary, one of them only in the first half of the examples, the other in the second."""
    mu = normal(generator, 40, 3, scale=0.5)
    mu[20:, 0], mu[:20, 1], mu[:, 2] = 0.7, -0.7, 0.2
    return Case("a dimension that is constant in one half of the data", {"mu": mu})


def _far_from_zero(generator: np.random.Generator) -> Case:
    """Means so large that their squares in float32, and they themselves in float16, lose what varies."""
    while True:
        noise = normal(generator, 36, 7)
        noise = (noise - noise.mean(0)) / noise.std(0)
        means = torch.tensor([6000.0, 8192, 8192, 8192, 8192, 8192, 8192])
        mu = (means + torch.tensor([0.4, 0.05, 0.05, 0.05, 0.05, 0.05, 0.05]) * noise).float()
        lost = (mu.square().mean(0) - mu.mean(0).square() > 0.01).sum()
        if lost != sentence.active_units(mu):
            return Case("means far from zero, float32", {"mu": mu})


active_units = Exercise(
    name="active_units",
    points=2,
    reference=sentence.active_units,
    cases=_unit_cases,
    answered_by=("latentkit.evaluation.sentences.evaluate_sentence_vae",),
    look="section 8, active units; Burda et al. 2016, section 5.2",
)


@active_units.mistake(
    "The threshold is compared with a spread in the units of μ, as the standard deviation is. It is meant for the "
    "variance, which is the square of that."
)
def deviation_against_threshold(mu, threshold=0.01):
    return int((mu.std(0) > threshold).sum())


@active_units.mistake(
    "You took the mean of μ², which is large where μ is constant but not zero. A unit is active where μ *varies* over "
    "the data: subtract its mean first."
)
def second_moment(mu, threshold=0.01):
    return int(((mu**2).mean(0) > threshold).sum())


@active_units.mistake(
    "This counts the dimensions whose mean is not zero. A unit is active where μ *varies* over the data."
)
def mean_against_threshold(mu, threshold=0.01):
    return int((mu.mean(0).abs() > threshold).sum())


@active_units.mistake("The squared deviations are summed over the data: a variance is their mean.")
def deviations_summed(mu, threshold=0.01):
    return int((((mu - mu.mean(0)) ** 2).sum(0) > threshold).sum())


@active_units.mistake(
    "The variance runs over the dimensions of each example, so examples are counted. It runs over the data, dim 0."
)
def variance_over_dimensions(mu, threshold=0.01):
    return int((mu.var(1) > threshold).sum())


@active_units.mistake("This counts the collapsed dimensions: those whose variance is at most the threshold.")
def collapsed_units_counted(mu, threshold=0.01):
    return int((mu.var(0) <= threshold).sum())


@active_units.mistake("This is the share of active dimensions: return their number.")
def share_of_units(mu, threshold=0.01):
    return (mu.var(0) > threshold).float().mean().item()


@active_units.mistake("This tells which dimensions are active: return how many there are, one int.")
def units_not_counted(mu, threshold=0.01):
    return mu.var(0) > threshold


@active_units.mistake("`threshold` is not used.")
def threshold_ignored(mu, threshold=0.01):
    return int((mu.var(0) > 0.01).sum())


@active_units.alternative
def units_through_biased_variance(mu, threshold=0.01):
    return ((mu - mu.mean(dim=0, keepdim=True)).pow(2).mean(dim=0) > threshold).sum().item()


@active_units.alternative
def units_through_covariance(mu, threshold=0.01):
    return torch.count_nonzero(torch.cov(mu.T).diagonal() > threshold)


@active_units.alternative
def units_one_by_one(mu, threshold=0.01):
    active = 0
    for column in mu.unbind(1):
        if torch.var(column, correction=0) > threshold:
            active += 1
    return active
