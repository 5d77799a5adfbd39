"""Wrong answers to `last_hidden`: the half that is worked on."""

import torch
from answers import wrong
from torch.nn import functional as F


@wrong("It takes the largest value of each unit over the real tokens: a max pooling.")
def max_pooling(outputs, lengths):
    padding = torch.arange(outputs.shape[1], device=outputs.device) >= lengths[:, None]
    return outputs.masked_fill(padding.unsqueeze(-1), -torch.inf).amax(1)


@wrong("Each sentence is read at the length of the next one of the batch.")
def length_of_the_next_sentence(outputs, lengths):
    return outputs[torch.arange(len(outputs), device=outputs.device), lengths.roll(1) - 1]


@wrong("All sentences are read at the end of the shortest one.")
def state_at_the_shortest_end(outputs, lengths):
    return outputs[:, int(lengths.min()) - 1]


@wrong("The position is counted from the end of the row: it reads as if the padding came first.")
def counted_from_the_end(outputs, lengths):
    return outputs[torch.arange(len(outputs), device=outputs.device), -lengths]


@wrong("The value is right, but the states are detached.")
def states_detached(outputs, lengths):
    return outputs.detach()[torch.arange(len(outputs), device=outputs.device), lengths - 1]


@wrong("It edits the lengths in place.")
def lengths_edited(outputs, lengths):
    lengths -= 1
    return outputs[torch.arange(len(outputs), device=outputs.device), lengths]


@wrong("A batch of one sentence is squeezed to one row without a batch dimension.")
def one_sentence_squeezed(outputs, lengths):
    index = (lengths - 1).view(-1, 1, 1).expand(-1, 1, outputs.shape[2])
    return outputs.gather(1, index).squeeze()


@wrong("It weights the states by a softmax of their positions, so that the last one only dominates.")
def soft_last_state(outputs, lengths):
    place = torch.arange(outputs.shape[1], device=outputs.device)
    score = (2.0 * place).expand(len(outputs), -1).masked_fill(place >= lengths[:, None], -torch.inf)
    return (score.softmax(1).to(outputs).unsqueeze(-1) * outputs).sum(1)


@wrong("It reads one position too early, and the tanh is applied once more.", composed=True)
def early_and_squashed(outputs, lengths):
    ends = (lengths - 2).clamp(min=0)
    return outputs[torch.arange(len(outputs), device=outputs.device), ends].tanh()


@wrong("The batch comes in reverse order.", composed=True)
def batch_reversed(outputs, lengths):
    return outputs[torch.arange(len(outputs), device=outputs.device), lengths - 1].flip(0)


@wrong("The state is scaled to length one.", composed=True)
def state_normalised(outputs, lengths):
    return F.normalize(outputs[torch.arange(len(outputs), device=outputs.device), lengths - 1], dim=-1)
