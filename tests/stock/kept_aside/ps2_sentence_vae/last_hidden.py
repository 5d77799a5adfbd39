"""Wrong answers to `last_hidden`: the half that is kept aside."""

import torch
from answers import wrong


@wrong("It sums the states of the real tokens.")
def sum_of_states(outputs, lengths):
    real = torch.arange(outputs.shape[1], device=outputs.device) < lengths[:, None]
    return torch.einsum("bth,bt->bh", outputs, real.to(outputs))


@wrong("The rows come sorted by length and are not put back.")
def sorted_by_length(outputs, lengths):
    order = lengths.argsort(descending=True)
    return outputs[order, lengths[order] - 1]


@wrong("All sentences are read at the end of the first one of the batch.")
def state_at_the_first_ones_end(outputs, lengths):
    return outputs[:, int(lengths[0]) - 1]


@wrong("It averages the first and the last state.")
def mean_of_first_and_last(outputs, lengths):
    last = outputs[torch.arange(len(outputs), device=outputs.device), lengths - 1]
    return 0.5 * (outputs[:, 0] + last)


@wrong("The value is right, but the gradient is doubled.")
def gradient_doubled(outputs, lengths):
    state = outputs[torch.arange(len(outputs), device=outputs.device), lengths - 1]
    return 2 * state - state.detach()


@wrong("It edits the outputs in place: what follows the last token becomes zero.")
def outputs_edited(outputs, lengths):
    with torch.no_grad():
        outputs[torch.arange(outputs.shape[1], device=outputs.device) >= lengths[:, None]] = 0
    return outputs[torch.arange(len(outputs), device=outputs.device), lengths - 1] * 1


@wrong("A sentence of one token is read at position 1, as if every sentence had two.")
def at_least_two_tokens(outputs, lengths):
    ends = lengths.clamp(min=2) - 1
    return outputs[torch.arange(len(outputs), device=outputs.device), ends]


@wrong("It takes the last state in which the first unit is positive.")
def last_positive_state(outputs, lengths):
    place = torch.arange(outputs.shape[1], device=outputs.device)
    usable = (place < lengths[:, None]) & (outputs[..., 0] > 0)
    ends = (usable * place).amax(1)
    return outputs[torch.arange(len(outputs), device=outputs.device), ends]


@wrong("It reads at the padded end, and the batch comes in reverse order.", composed=True)
def padded_end_reversed(outputs, lengths):
    return outputs[:, -1].flip(0)


@wrong("The hidden units come in reverse order.", composed=True)
def units_reversed(outputs, lengths):
    return outputs[torch.arange(len(outputs), device=outputs.device), lengths - 1].flip(1)


@wrong("The state is divided by the length of the sentence.", composed=True)
def state_over_length(outputs, lengths):
    return outputs[torch.arange(len(outputs), device=outputs.device), lengths - 1] / lengths.unsqueeze(-1)
