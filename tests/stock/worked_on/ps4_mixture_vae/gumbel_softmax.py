"""Wrong answers to `gumbel_softmax`, to work on."""

import math

import torch
from answers import wrong
from torch.nn import functional as F


@wrong("The temperature never goes below 0.1, so a colder draw comes out as if it were at 0.1.")
def temperature_with_a_floor(logits, temperature, gumbel):
    return torch.softmax((logits + gumbel) / max(temperature, 0.1), dim=-1)


@wrong("The scores are divided by the square root of the temperature.")
def square_root_of_temperature(logits, temperature, gumbel):
    return torch.softmax((logits + gumbel) / math.sqrt(temperature), dim=-1)


@wrong("One maximum of the whole batch is subtracted, so a row far below it underflows to 0/0.")
def one_maximum_for_the_batch(logits, temperature, gumbel):
    score = (logits + gumbel) / temperature
    powers = torch.exp(score - score.max())
    return powers / powers.sum(-1, keepdim=True)


@wrong("The given noise is not used: noise of its own is drawn, so the result is random.")
def noise_of_its_own(logits, temperature, gumbel):
    return F.gumbel_softmax(logits, tau=temperature, dim=-1)


@wrong("The temperature divides the probabilities after the softmax, so the rows sum to 1/τ.")
def temperature_after_the_softmax(logits, temperature, gumbel):
    return torch.softmax(logits + gumbel, dim=-1) / temperature


@wrong("The whole matrix is normalised to one in place of each row.")
def whole_matrix_normalised(logits, temperature, gumbel):
    score = (logits + gumbel) / temperature
    return torch.softmax(score.flatten(), dim=0).reshape(score.shape)


@wrong("A batch of one row loses its batch dimension by a squeeze.")
def one_row_squeezed(logits, temperature, gumbel):
    return torch.softmax((logits + gumbel) / temperature, dim=-1).squeeze()


@wrong("The noise is added to the logits in place, so the caller's logits change.")
def noise_added_in_place(logits, temperature, gumbel):
    logits += gumbel
    return torch.softmax(logits / temperature, dim=-1)


@wrong("The scores are multiplied by the temperature and the noise is subtracted.", composed=True)
def multiplied_and_subtracted(logits, temperature, gumbel):
    return torch.softmax((logits - gumbel) * temperature, dim=-1)


@wrong("The codes of the right answer come in reversed order.", composed=True)
def codes_reversed(logits, temperature, gumbel):
    return torch.softmax((logits + gumbel) / temperature, dim=-1).flip(-1)


@wrong("The right answer is multiplied by the number of codes.", composed=True)
def times_the_number_of_codes(logits, temperature, gumbel):
    return torch.softmax((logits + gumbel) / temperature, dim=-1) * logits.shape[-1]


@wrong("The noise is not used, and the result is detached.", composed=True)
def noise_forgotten_and_detached(logits, temperature, gumbel):
    return torch.softmax(logits / temperature, dim=-1).detach() + 0 * gumbel.detach()


@wrong("The default dtype of torch is set to float64 for the whole notebook.")
def default_dtype_changed(logits, temperature, gumbel):
    torch.set_default_dtype(torch.float64)
    return torch.softmax((logits + gumbel) / temperature, dim=-1)
