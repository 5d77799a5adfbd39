"""Wrong answers to `gumbel_softmax`, kept aside."""

import torch
from answers import wrong


@wrong("The temperature is squared before the scores are divided by it.")
def temperature_squared(logits, temperature, gumbel):
    return torch.softmax((logits + gumbel) / temperature**2, dim=-1)


@wrong("A small constant is added to the temperature, so that it is never really cold.")
def temperature_with_a_constant_added(logits, temperature, gumbel):
    return torch.softmax((logits + gumbel) / (temperature + 1e-2), dim=-1)


@wrong("Each code goes through a sigmoid of its own in place of a softmax over all codes.")
def sigmoid_for_softmax(logits, temperature, gumbel):
    return torch.sigmoid((logits + gumbel) / temperature)


@wrong("The scores are clamped to ±20 before the softmax, so that large ones come out too even.")
def scores_clamped(logits, temperature, gumbel):
    return torch.softmax(((logits + gumbel) / temperature).clamp(-20, 20), dim=-1)


@wrong("The given noise is taken for uniform numbers and turned into Gumbel noise once more.")
def noise_transformed_again(logits, temperature, gumbel):
    uniform = torch.sigmoid(gumbel)
    return torch.softmax((logits - torch.log(-torch.log(uniform))) / temperature, dim=-1)


@wrong("The logits are detached, so only the noise gets a gradient.")
def only_the_logits_detached(logits, temperature, gumbel):
    return torch.softmax((logits.detach() + gumbel) / temperature, dim=-1)


@wrong("The result goes through a list of Python numbers, so no gradient flows and its dtype is float32.")
def through_a_list_of_numbers(logits, temperature, gumbel):
    return torch.tensor(torch.softmax((logits + gumbel) / temperature, dim=-1).tolist())


@wrong("Every row gets the noise of the first row.")
def noise_of_the_first_row(logits, temperature, gumbel):
    return torch.softmax((logits + gumbel[0]) / temperature, dim=-1)


@wrong("The noise is not used, and the softmax runs over the batch.", composed=True)
def noise_forgotten_and_wrong_dimension(logits, temperature, gumbel):
    return torch.softmax(logits / temperature, dim=0)


@wrong("The codes of the right answer are shifted by one place.", composed=True)
def codes_shifted(logits, temperature, gumbel):
    return torch.softmax((logits + gumbel) / temperature, dim=-1).roll(1, dims=-1)


@wrong("The right answer is subtracted from one.", composed=True)
def one_minus_the_draw(logits, temperature, gumbel):
    return 1 - torch.softmax((logits + gumbel) / temperature, dim=-1)


@wrong("Only the noise is divided by the temperature, and the softmax runs over the batch.", composed=True)
def temperature_on_noise_over_the_batch(logits, temperature, gumbel):
    return torch.softmax(logits + gumbel / temperature, dim=0)


@wrong("Fresh noise is added to the noise that was given.")
def noise_added_twice(logits, temperature, gumbel):
    more = -torch.log(-torch.log(torch.rand_like(gumbel).clamp(1e-6, 1 - 1e-6)))
    return torch.softmax((logits + gumbel + more) / temperature, dim=-1)
