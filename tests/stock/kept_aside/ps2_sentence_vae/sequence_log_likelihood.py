"""Wrong answers to `sequence_log_likelihood`: the half that is kept aside."""

import torch
from answers import wrong
from torch.nn import functional as F


@wrong("Each sentence gets the batch's mean per token times its own length, so it depends on its neighbours.")
def mean_of_the_batch_times_length(logits, tokens):
    mean = F.cross_entropy(logits[:, :-1].flatten(0, 1), tokens[:, 1:].flatten(), ignore_index=0)
    return -mean * (tokens[:, 1:] != 0).sum(-1)


@wrong("The first word after BOS is left out.")
def first_word_lost(logits, tokens):
    log_p = logits[:, 1:-1].log_softmax(-1).gather(-1, tokens[:, 2:].unsqueeze(-1)).squeeze(-1)
    return (log_p * (tokens[:, 2:] != 0)).sum(-1)


@wrong("The softmax runs over the batch.")
def normalised_over_the_batch(logits, tokens):
    log_p = logits[:, :-1].log_softmax(0).gather(-1, tokens[:, 1:].unsqueeze(-1)).squeeze(-1)
    return (log_p * (tokens[:, 1:] != 0)).sum(-1)


@wrong("The targets are smoothed by a tenth, as for training a translator.")
def labels_smoothed(logits, tokens):
    nll = F.cross_entropy(logits[:, :-1].mT, tokens[:, 1:], ignore_index=0, reduction="none", label_smoothing=0.1)
    return -nll.sum(-1)


@wrong("Each sentence counts as many positions as the first one of the batch has.")
def length_of_the_first_sentence(logits, tokens):
    length = int((tokens[0] != 0).sum())
    log_p = logits[:, :-1].log_softmax(-1).gather(-1, tokens[:, 1:].unsqueeze(-1)).squeeze(-1)
    return log_p[:, : length - 1].sum(-1)


@wrong("The logits are clipped to ±50 before the softmax.")
def logits_clipped(logits, tokens):
    log_p = logits[:, :-1].clamp(-50, 50).log_softmax(-1).gather(-1, tokens[:, 1:].unsqueeze(-1)).squeeze(-1)
    return (log_p * (tokens[:, 1:] != 0)).sum(-1)


@wrong("It edits the logits in place: they become log probabilities.")
def logits_edited(logits, tokens):
    logits -= logits.logsumexp(-1, keepdim=True)
    log_p = logits[:, :-1].gather(-1, tokens[:, 1:].unsqueeze(-1)).squeeze(-1)
    return torch.where(tokens[:, 1:] == 0, 0, log_p).sum(-1)


@wrong("The value is right, but the logits are detached.")
def logits_detached(logits, tokens):
    nll = F.cross_entropy(logits.detach()[:, :-1].mT, tokens[:, 1:], ignore_index=0, reduction="none")
    return -nll.sum(-1)


@wrong("It returns the perplexity, exp of the mean cross-entropy.", composed=True)
def perplexity(logits, tokens):
    nll = F.cross_entropy(logits[:, :-1].mT, tokens[:, 1:], ignore_index=0, reduction="none")
    return (nll.sum(-1) / (tokens[:, 1:] != 0).sum(-1)).exp()


@wrong("EOS is not counted, and the sign is wrong.", composed=True)
def negative_without_end(logits, tokens):
    nll = F.cross_entropy(logits[:, :-1].mT, tokens[:, 1:], ignore_index=0, reduction="none")
    return nll.masked_fill(tokens[:, 1:] == 2, 0).sum(-1)


@wrong("The sentences come in reverse order.", composed=True)
def sentences_reversed(logits, tokens):
    log_p = logits[:, :-1].log_softmax(-1).gather(-1, tokens[:, 1:].unsqueeze(-1)).squeeze(-1)
    return torch.where(tokens[:, 1:] == 0, 0, log_p).sum(-1).flip(0)
