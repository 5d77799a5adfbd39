"""Wrong answers to `bag_of_words_loss`, kept aside."""

import torch
from answers import wrong
from torch.nn import functional as F


@wrong("The first position of each sentence is left out, whatever stands there.")
def first_position_left_out(logits, tokens):
    told = logits.log_softmax(-1).gather(-1, tokens[:, 2:])
    return -(told * (tokens[:, 2:] > 3)).sum(-1).mean()


@wrong("The loss of a sentence is that of its worst word alone.")
def worst_word_alone(logits, tokens):
    told = logits.log_softmax(-1).gather(-1, tokens).masked_fill(tokens <= 3, 0)
    return -told.amin(-1).mean()


@wrong("The logits are doubled.")
def logits_doubled(logits, tokens):
    told = (2 * logits).log_softmax(-1).gather(-1, tokens)
    return -torch.where(tokens > 3, told, 0).sum(-1).mean()


@wrong("BOS counts as a word.")
def beginning_counted(logits, tokens):
    told = logits.log_softmax(-1).gather(-1, tokens)
    return -torch.where((tokens > 3) | (tokens == 1), told, 0).sum(-1).mean()


@wrong("Each sentence is weighted with its number of words.")
def long_sentences_count_more(logits, tokens):
    told = logits.log_softmax(-1).gather(-1, tokens)
    words = tokens > 3
    return -(torch.where(words, told, 0).sum(-1) * words.sum(-1)).mean()


@wrong("The squared distance of probabilities and counts is returned.")
def squared_distance_of_counts(logits, tokens):
    counts = F.one_hot(tokens, logits.shape[-1]).sum(1).to(logits)
    counts[:, :4] = 0
    return ((logits.softmax(-1) - counts) ** 2).sum(-1).mean()


@wrong("The counts of a sentence are made shares first, which sum to one.")
def shares_with_smoothing(logits, tokens):
    counts = F.one_hot(tokens, logits.shape[-1]).sum(1).to(logits)
    counts[:, :4] = 0
    return -((counts / (counts.sum(-1, keepdim=True) + 1)) * logits.log_softmax(-1)).sum(-1).mean()


@wrong("The gradient passes only through the logits of the words, for the normaliser is detached.")
def normaliser_detached(logits, tokens):
    told = (logits - logits.logsumexp(-1, keepdim=True).detach()).gather(-1, tokens)
    return -torch.where(tokens > 3, told, 0).sum(-1).mean()


@wrong("The losses of the sentences are returned as a column, [B, 1].")
def a_column_of_losses(logits, tokens):
    told = logits.log_softmax(-1).gather(-1, tokens)
    return -torch.where(tokens > 3, told, 0).sum(-1, keepdim=True)


@wrong("The specials count, and words are averaged.", composed=True)
def specials_counted_and_averaged(logits, tokens):
    return -logits.log_softmax(-1).gather(-1, tokens).mean(-1).mean()


@wrong("The sign is wrong and the batch is summed.", composed=True)
def log_likelihood_summed(logits, tokens):
    told = logits.log_softmax(-1).gather(-1, tokens)
    return torch.where(tokens > 3, told, 0).sum()
