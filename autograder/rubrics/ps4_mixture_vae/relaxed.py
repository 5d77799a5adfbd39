"""The relaxed draw of a discrete latent."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import distributions as D
from torch.nn import functional as F

from autograder.exercise.exercise import Exercise
from autograder.exercise.random_inputs import normal, uniform
from latentkit.check.cases import Case, Value
from latentkit.reference import mixture


def _relaxed_cases(generator: np.random.Generator) -> Iterator[Case]:
    for name, batch, codes, temperature, dtype in (
        ("temperature 1", 3, 4, 1.0, torch.float64),
        ("colder", 4, 3, float(generator.integers(30, 70)) / 100, torch.float64),
        ("hotter, one example", 1, 5, 3.0, torch.float64),
        ("as many codes as examples, float32", 3, 3, 0.7, torch.float32),
    ):
        inputs = {
            "logits": normal(generator, batch, codes, dtype=dtype),
            "temperature": temperature,
            "gumbel": _gumbel(generator, batch, codes, dtype),
        }
        yield Case(name, inputs, ("logits", "gumbel"), normal(generator, batch, codes, dtype=dtype))
    for name, apart, dtype in (
        ("examples whose logits lie thousands apart", 1000, torch.float64),
        ("examples whose logits lie hundreds apart, float32", 200, torch.float32),
    ):
        steps = torch.from_numpy(generator.permutation(4)).to(dtype)[:, None]
        inputs = {
            "logits": normal(generator, 4, 3, dtype=dtype) + apart * (steps - 1.5),
            "temperature": 0.8,
            "gumbel": _gumbel(generator, 4, 3, dtype),
        }
        yield Case(name, inputs, ("logits", "gumbel"), normal(generator, 4, 3, dtype=dtype))
    tenths = generator.permuted(np.tile(np.arange(4), (3, 1)), axis=1)  # no noise turns a difference of 10 round
    inputs = {
        "logits": 20 - 10 * torch.from_numpy(tenths).float(),
        "temperature": 0.01,
        "gumbel": _gumbel(generator, 3, 4, torch.float32),
    }
    yield Case("nearly frozen, with logits from -10 to 20", inputs)
    yield Case("colder still, with sums that nearly tie", _near_ties(generator, 1e-5))


def _near_ties(generator: np.random.Generator, temperature: float) -> dict[str, Value]:
    """Sums 12 to 15 temperatures below the largest: a floor under τ shows there, an epsilon of 1e-8 does not."""
    below = -temperature * uniform(generator, 12, 15, 3, 4)
    below[torch.arange(3), torch.from_numpy(generator.integers(0, 4, 3))] = 0
    gumbel = _gumbel(generator, 3, 4, torch.float64)
    return {"logits": 1 + below - gumbel, "temperature": temperature, "gumbel": gumbel}


def _gumbel(generator: np.random.Generator, batch: int, codes: int, dtype: torch.dtype) -> torch.Tensor:
    """Gumbel noise without its tails: between -1.1 and 3."""
    return -(-uniform(generator, 0.05, 0.95, batch, codes).log()).log().float().to(dtype)


gumbel_softmax = Exercise(
    name="gumbel_softmax",
    points=3,
    reference=mixture.gumbel_softmax,
    cases=_relaxed_cases,
    look="section 2, a draw that gradients flow through; Jang et al. 2017, equation 2",
    unbounded=("logits", "gumbel"),
)


@gumbel_softmax.mistake(
    "The temperature is not used. It says how close to one-hot the draw is: divide the *sum* of logits and noise by it."
)
def temperature_forgotten(logits, temperature, gumbel):
    return torch.softmax(logits + gumbel, dim=-1)


@gumbel_softmax.mistake("You multiplied by the temperature. A low temperature must sharpen the draw: divide by it.")
def temperature_multiplied(logits, temperature, gumbel):
    return torch.softmax((logits + gumbel) * temperature, dim=-1)


@gumbel_softmax.mistake(
    "The temperature has a floor: below it a colder draw is no closer to one-hot. Divide by τ as it is given."
)
def temperature_floored(logits, temperature, gumbel):
    return torch.softmax((logits + gumbel) / max(temperature, 0.01), dim=-1)


@gumbel_softmax.mistake(
    "Only the logits are divided by the temperature. The draw then has other probabilities than softmax(logits): "
    "add the noise first, and divide the sum."
)
def temperature_on_logits_only(logits, temperature, gumbel):
    return torch.softmax(logits / temperature + gumbel, dim=-1)


@gumbel_softmax.mistake(
    "Only the noise is divided by the temperature. As it cools the noise drowns the logits: divide the sum of both."
)
def temperature_on_noise_only(logits, temperature, gumbel):
    return torch.softmax(logits + gumbel / temperature, dim=-1)


@gumbel_softmax.mistake(
    "The softmax is taken twice: probabilities were formed before the noise was added. Gumbel noise belongs to "
    "*logits* (log probabilities, up to a constant)."
)
def softmax_before_noise(logits, temperature, gumbel):
    return torch.softmax((torch.softmax(logits, dim=-1) + gumbel) / temperature, dim=-1)


@gumbel_softmax.mistake(
    "The noise comes after the softmax, so the rows are no probabilities. Add it to the logits, inside the softmax."
)
def noise_after_softmax(logits, temperature, gumbel):
    return torch.softmax(logits / temperature, dim=-1) + gumbel


@gumbel_softmax.mistake("The noise is not used: this is a softmax with a temperature, and no draw.")
def noise_forgotten(logits, temperature, gumbel):
    return torch.softmax(logits / temperature, dim=-1)


@gumbel_softmax.mistake(
    "The noise is subtracted. A Gumbel distribution is not symmetric, so -g is no Gumbel noise: add it."
)
def noise_subtracted(logits, temperature, gumbel):
    return torch.softmax((logits - gumbel) / temperature, dim=-1)


@gumbel_softmax.mistake(
    "The softmax runs over the batch. Each example is a distribution over its K codes: use the last dimension."
)
def softmax_over_the_batch(logits, temperature, gumbel):
    return torch.softmax((logits + gumbel) / temperature, dim=0)


@gumbel_softmax.mistake(
    "This is the hard draw, the one-hot of the maximum. It is what τ → 0 gives, but no gradient reaches the logits:"
    " return the softmax."
)
def hard_draw(logits, temperature, gumbel):
    return F.one_hot((logits + gumbel).argmax(-1), logits.shape[-1]).to(logits)


@gumbel_softmax.mistake(
    "This is the straight-through estimator: hard values with the soft gradient. Its gradient is biased; here the "
    "relaxed draw itself is asked for."
)
def straight_through(logits, temperature, gumbel):
    soft = torch.softmax((logits + gumbel) / temperature, dim=-1)
    return F.one_hot(soft.argmax(-1), logits.shape[-1]).to(soft) + soft - soft.detach()


@gumbel_softmax.mistake(
    "These are logarithms of the relaxed draw. The decoder mixes its embeddings with the probabilities: return softmax."
)
def log_of_the_draw(logits, temperature, gumbel):
    return torch.log_softmax((logits + gumbel) / temperature, dim=-1)


@gumbel_softmax.mistake(
    "exp overflows when it is cold: exp(20 / 0.01) is inf, and inf/inf is NaN. torch.softmax subtracts the maximum "
    "first; so must you, if you write it out."
)
def exponentials_by_hand(logits, temperature, gumbel):
    powers = torch.exp((logits + gumbel) / temperature)
    return powers / powers.sum(-1, keepdim=True)


@gumbel_softmax.mistake("The draw is detached, so the encoder learns nothing: no gradient reaches the logits.")
def draw_detached(logits, temperature, gumbel):
    return torch.softmax((logits + gumbel) / temperature, dim=-1).detach()


@gumbel_softmax.alternative
def draw_from_log_probabilities(logits, temperature, gumbel):
    return F.softmax(torch.div(logits.log_softmax(dim=1) + gumbel, temperature), dim=1)


@gumbel_softmax.alternative
def draw_with_maximum_subtracted(logits, temperature, gumbel):
    score = (logits + gumbel) / temperature
    powers = torch.exp(score - score.amax(dim=1, keepdim=True))
    return powers / powers.sum(dim=1, keepdim=True)


@gumbel_softmax.alternative
def draw_through_logsumexp(logits, temperature, gumbel):
    score = logits / temperature + gumbel / temperature
    return (score - score.logsumexp(-1, keepdim=True)).exp()


@gumbel_softmax.alternative
def draw_through_a_categorical(logits, temperature, gumbel):
    return D.Categorical(logits=(logits + gumbel) / temperature).probs
