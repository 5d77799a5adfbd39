"""Wrong answers to `sequence_log_likelihood`: the half that is worked on."""

import math

import torch
from answers import wrong
from torch.nn import functional as F


@wrong("The sum is divided by the width of the batch: a mean over all positions, padding included.")
def divided_by_the_width(logits, tokens):
    log_p = logits[:, :-1].log_softmax(-1).gather(-1, tokens[:, 1:].unsqueeze(-1)).squeeze(-1)
    return (log_p * (tokens[:, 1:] != 0)).sum(-1) / tokens.shape[1]


@wrong("The last position is left out, so a sentence that fills the batch loses its EOS.")
def last_position_lost(logits, tokens):
    log_p = logits[:, :-2].log_softmax(-1).gather(-1, tokens[:, 1:-1].unsqueeze(-1)).squeeze(-1)
    return (log_p * (tokens[:, 1:-1] != 0)).sum(-1)


@wrong("The probabilities are summed, not their logs.")
def probabilities_summed(logits, tokens):
    p = logits[:, :-1].softmax(-1).gather(-1, tokens[:, 1:].unsqueeze(-1)).squeeze(-1)
    return (p * (tokens[:, 1:] != 0)).sum(-1)


@wrong("PAD is taken out of the vocabulary before the softmax, so the other words are too probable.")
def padding_taken_out_of_the_vocabulary(logits, tokens):
    log_p = logits[:, :-1, 1:].log_softmax(-1)
    index = (tokens[:, 1:] - 1).clamp(min=0).unsqueeze(-1)
    return (log_p.gather(-1, index).squeeze(-1) * (tokens[:, 1:] != 0)).sum(-1)


@wrong("Padding counts up to the longest sentence of the batch.")
def padding_counted_up_to_the_longest(logits, tokens):
    longest = int((tokens != 0).sum(-1).max())
    log_p = logits[:, : longest - 1].log_softmax(-1)
    return log_p.gather(-1, tokens[:, 1:longest].unsqueeze(-1)).squeeze(-1).sum(-1)


@wrong("1e-9 is added to the probabilities before the log, so an impossible word costs 21 nats at most.")
def epsilon_in_the_log(logits, tokens):
    log_p = (logits[:, :-1].softmax(-1) + 1e-9).log().gather(-1, tokens[:, 1:].unsqueeze(-1)).squeeze(-1)
    return (log_p * (tokens[:, 1:] != 0)).sum(-1)


@wrong("It edits the tokens in place: PAD becomes -100, which cross_entropy ignores.")
def padding_replaced_in_place(logits, tokens):
    tokens[tokens == 0] = -100
    return -F.cross_entropy(logits[:, :-1].mT, tokens[:, 1:], reduction="none").sum(-1)


@wrong("All dimensions of size one are squeezed, so a batch of one sentence gives a scalar.")
def one_sentence_squeezed(logits, tokens):
    log_p = logits[:, :-1].log_softmax(-1).gather(-1, tokens[:, 1:].unsqueeze(-1)).squeeze()
    return (log_p * (tokens[:, 1:] != 0).squeeze()).sum(-1)


@wrong("It averages over the tokens, and the sign is wrong.", composed=True)
def mean_cross_entropy(logits, tokens):
    nll = F.cross_entropy(logits[:, :-1].mT, tokens[:, 1:], ignore_index=0, reduction="none")
    return nll.sum(-1) / (tokens[:, 1:] != 0).sum(-1)


@wrong("The targets are not shifted, and padding counts.", composed=True)
def not_shifted_and_padding_counted(logits, tokens):
    return logits.log_softmax(-1).gather(-1, tokens.unsqueeze(-1)).squeeze(-1).sum(-1)


@wrong("It returns the probability of the sentence, the exponential of what is asked.", composed=True)
def probability_for_its_log(logits, tokens):
    log_p = logits[:, :-1].log_softmax(-1).gather(-1, tokens[:, 1:].unsqueeze(-1)).squeeze(-1)
    return torch.where(tokens[:, 1:] == 0, 0, log_p).sum(-1).exp()


@wrong("The result is in bits, and UNK is not counted.", composed=True)
def in_bits_without_unknown_words(logits, tokens):
    log_p = logits[:, :-1].log_softmax(-1).gather(-1, tokens[:, 1:].unsqueeze(-1)).squeeze(-1)
    left_out = (tokens[:, 1:] == 0) | (tokens[:, 1:] == 3)
    return log_p.masked_fill(left_out, 0).sum(-1) / math.log(2)
