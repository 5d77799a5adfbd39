"""Wrong answers to `soft_embeddings`, to work on."""

import math

import torch
from answers import wrong
from torch.nn import functional as F


@wrong("The temperature never goes below 0.1, so a colder mixture comes out as if it were at 0.1.")
def temperature_with_a_floor(logits, embedding, temperature):
    return torch.softmax(logits / max(temperature, 0.1), dim=-1) @ embedding


@wrong("The logits are divided by the square root of the temperature.")
def square_root_of_temperature(logits, embedding, temperature):
    return torch.softmax(logits / math.sqrt(temperature), dim=-1) @ embedding


@wrong("One maximum of the whole batch is subtracted, so a position far below it underflows to 0/0.")
def one_maximum_for_the_batch(logits, embedding, temperature):
    powers = torch.exp((logits - logits.max()) / temperature)
    return powers / powers.sum(-1, keepdim=True) @ embedding


@wrong("Gumbel noise is added to the logits, so the result is random.")
def with_gumbel_noise(logits, embedding, temperature):
    return F.gumbel_softmax(logits, tau=temperature, dim=-1) @ embedding


@wrong("The mixtures are averaged over the positions, so a sentence is one vector.")
def averaged_over_positions(logits, embedding, temperature):
    return (torch.softmax(logits / temperature, dim=-1) @ embedding).mean(1)


@wrong("All words of a sentence compete with each other: one softmax over positions and words.")
def one_softmax_for_the_sentence(logits, embedding, temperature):
    flat = torch.softmax((logits / temperature).flatten(1), dim=-1)
    return flat.reshape(logits.shape) @ embedding


@wrong("Each vector is scaled to length one.")
def vectors_of_length_one(logits, embedding, temperature):
    return F.normalize(torch.softmax(logits / temperature, dim=-1) @ embedding, dim=-1)


@wrong("The logits are divided by the temperature in place, so the caller's logits change.")
def divided_in_place(logits, embedding, temperature):
    logits /= temperature
    return torch.softmax(logits, dim=-1) @ embedding


@wrong("A sentence of one word loses its dimension of positions by a squeeze.")
def positions_squeezed(logits, embedding, temperature):
    return (torch.softmax(logits / temperature, dim=-1) @ embedding).squeeze(1)


@wrong("The temperature is multiplied, and the softmax runs over the positions.", composed=True)
def multiplied_over_positions(logits, embedding, temperature):
    return torch.softmax(logits * temperature, dim=1) @ embedding


@wrong("The dimensions of the right answer come in reversed order.", composed=True)
def dimensions_reversed(logits, embedding, temperature):
    return (torch.softmax(logits / temperature, dim=-1) @ embedding).flip(-1)


@wrong("The right answer is multiplied by the number of words.", composed=True)
def times_the_number_of_words(logits, embedding, temperature):
    return torch.softmax(logits / temperature, dim=-1) @ embedding * logits.shape[-1]


@wrong("The temperature is not used, and the result is detached.", composed=True)
def temperature_forgotten_and_detached(logits, embedding, temperature):
    return (torch.softmax(logits, dim=-1) @ embedding).detach()
