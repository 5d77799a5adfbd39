"""Wrong answers to `bag_of_words_loss`, to work on."""

import torch
from answers import wrong


@wrong("The last word of each sentence is left out, as if the row were shifted.")
def shifted_by_a_position(logits, tokens):
    told = logits.log_softmax(-1).gather(-1, tokens[:, :-2])
    return -(told * (tokens[:, :-2] > 3)).sum(-1).mean()


@wrong("The loss of a sentence is that of its likeliest word alone.")
def likeliest_word_alone(logits, tokens):
    told = logits.log_softmax(-1).gather(-1, tokens).masked_fill(tokens <= 3, -1e4)
    best = told.amax(-1)
    return -torch.where((tokens > 3).any(-1), best, 0).mean()


@wrong("The logits are divided by the square root of V.")
def logits_scaled(logits, tokens):
    told = (logits / logits.shape[-1] ** 0.5).log_softmax(-1).gather(-1, tokens)
    return -torch.where(tokens > 3, told, 0).sum(-1).mean()


@wrong("EOS counts as a word.")
def end_counted(logits, tokens):
    told = logits.log_softmax(-1).gather(-1, tokens)
    return -torch.where((tokens > 3) | (tokens == 2), told, 0).sum(-1).mean()


@wrong("The multinomial coefficient is added, log n!.")
def orders_counted(logits, tokens):
    told = logits.log_softmax(-1).gather(-1, tokens)
    words = tokens > 3
    return -(torch.where(words, told, 0).sum(-1) + torch.lgamma(words.sum(-1).to(logits) + 1)).mean()


@wrong("The mean is taken over the batch less one.")
def batch_less_one(logits, tokens):
    told = logits.log_softmax(-1).gather(-1, tokens)
    return -torch.where(tokens > 3, told, 0).sum() / max(len(tokens) - 1, 1) * (1 if len(tokens) > 1 else 2)


@wrong("The sum over the words is divided by V.")
def divided_by_the_vocabulary(logits, tokens):
    told = logits.log_softmax(-1).gather(-1, tokens)
    return -torch.where(tokens > 3, told, 0).sum(-1).mean() / logits.shape[-1]


@wrong("It returns a Python number.")
def a_python_number(logits, tokens):
    told = logits.log_softmax(-1).gather(-1, tokens)
    return float(-torch.where(tokens > 3, told, 0).sum(-1).mean())


@wrong("PAD counts, of all the special tokens.")
def padding_counted_alone(logits, tokens):
    told = logits.log_softmax(-1).gather(-1, tokens)
    return -torch.where((tokens > 3) | (tokens == 0), told, 0).sum(-1).mean()


@wrong("UNK counts, and the batch is summed.", composed=True)
def unknown_words_and_a_sum(logits, tokens):
    told = logits.log_softmax(-1).gather(-1, tokens)
    return -torch.where(tokens > 2, told, 0).sum()


@wrong("Words count once, and the result is in bits.", composed=True)
def once_and_in_bits(logits, tokens):
    said = torch.zeros_like(logits).scatter(-1, tokens, 1.0)
    said[:, :4] = 0
    return -(said * logits.log_softmax(-1)).sum(-1).mean() / 0.6931471805599453
