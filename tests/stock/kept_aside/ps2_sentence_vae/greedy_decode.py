"""Wrong answers to `greedy_decode`: the half that is kept aside."""

import torch
from answers import wrong


@wrong("The second most probable word is taken.")
def second_best_word(step_fn, z, max_length):
    prefix = torch.ones(len(z), 1, dtype=torch.long, device=z.device)
    ended = torch.zeros(len(z), dtype=torch.bool, device=z.device)
    for _ in range(max_length):
        word = step_fn(prefix, z).topk(2).indices[:, 1].masked_fill(ended, 0)
        prefix = torch.cat([prefix, word[:, None]], dim=1)
        ended = ended | (word == 2)
    return prefix[:, 1:]


@wrong("After its EOS a sentence is filled with UNK, not PAD.")
def filled_with_unknown_words(step_fn, z, max_length):
    prefix = torch.ones(len(z), 1, dtype=torch.long, device=z.device)
    ended = torch.zeros(len(z), dtype=torch.bool, device=z.device)
    for _ in range(max_length):
        word = step_fn(prefix, z).argmax(-1).masked_fill(ended, 3)
        prefix = torch.cat([prefix, word[:, None]], dim=1)
        ended = ended | (word == 2)
    return prefix[:, 1:]


@wrong("The first word is never EOS: an empty sentence is not allowed.")
def no_empty_sentence(step_fn, z, max_length):
    prefix = torch.ones(len(z), 1, dtype=torch.long, device=z.device)
    ended = torch.zeros(len(z), dtype=torch.bool, device=z.device)
    for step in range(max_length):
        logits = step_fn(prefix, z).clone()
        if step == 0:
            logits[:, 2] = -torch.inf
        word = logits.argmax(-1).masked_fill(ended, 0)
        prefix = torch.cat([prefix, word[:, None]], dim=1)
        ended = ended | (word == 2)
    return prefix[:, 1:]


@wrong("UNK is never chosen, although it is an ordinary entry of the vocabulary.")
def unknown_words_forbidden(step_fn, z, max_length):
    prefix = torch.ones(len(z), 1, dtype=torch.long, device=z.device)
    ended = torch.zeros(len(z), dtype=torch.bool, device=z.device)
    for _ in range(max_length):
        logits = step_fn(prefix, z).clone()
        logits[:, 3] = -torch.inf
        word = logits.argmax(-1).masked_fill(ended, 0)
        prefix = torch.cat([prefix, word[:, None]], dim=1)
        ended = ended | (word == 2)
    return prefix[:, 1:]


@wrong("BOS stands twice at the beginning of the prefix.")
def bos_twice(step_fn, z, max_length):
    prefix = torch.ones(len(z), 2, dtype=torch.long, device=z.device)
    ended = torch.zeros(len(z), dtype=torch.bool, device=z.device)
    for _ in range(max_length):
        word = step_fn(prefix, z).argmax(-1).masked_fill(ended, 0)
        prefix = torch.cat([prefix, word[:, None]], dim=1)
        ended = ended | (word == 2)
    return prefix[:, 2:]


@wrong("All sentences are decoded from the batch's mean of z.")
def mean_latent_for_all(step_fn, z, max_length):
    mean = z.mean(0, keepdim=True).expand_as(z)
    prefix = torch.ones(len(z), 1, dtype=torch.long, device=z.device)
    ended = torch.zeros(len(z), dtype=torch.bool, device=z.device)
    for _ in range(max_length):
        word = step_fn(prefix, mean).argmax(-1).masked_fill(ended, 0)
        prefix = torch.cat([prefix, word[:, None]], dim=1)
        ended = ended | (word == 2)
    return prefix[:, 1:]


@wrong("The scores are centred over the batch before the choice, so a sentence depends on its neighbours.")
def scores_centred_over_the_batch(step_fn, z, max_length):
    prefix = torch.ones(len(z), 1, dtype=torch.long, device=z.device)
    ended = torch.zeros(len(z), dtype=torch.bool, device=z.device)
    for _ in range(max_length):
        logits = step_fn(prefix, z)
        word = (logits - logits.mean(0)).argmax(-1).masked_fill(ended, 0)
        prefix = torch.cat([prefix, word[:, None]], dim=1)
        ended = ended | (word == 2)
    return prefix[:, 1:]


@wrong("The ids come back as floats.")
def ids_as_floats(step_fn, z, max_length):
    prefix = torch.ones(len(z), 1, dtype=torch.long, device=z.device)
    ended = torch.zeros(len(z), dtype=torch.bool, device=z.device)
    for _ in range(max_length):
        word = step_fn(prefix, z).argmax(-1).masked_fill(ended, 0)
        prefix = torch.cat([prefix, word[:, None]], dim=1)
        ended = ended | (word == 2)
    return prefix[:, 1:].to(z.dtype)


@wrong("The words are right, but z is edited: the latent vectors of sentences that have ended become zero.")
def latent_edited(step_fn, z, max_length):
    prefix = torch.ones(len(z), 1, dtype=torch.long, device=z.device)
    ended = torch.zeros(len(z), dtype=torch.bool, device=z.device)
    for _ in range(max_length):
        word = step_fn(prefix, z).argmax(-1).masked_fill(ended, 0)
        prefix = torch.cat([prefix, word[:, None]], dim=1)
        ended = ended | (word == 2)
        z[ended] = 0
    return prefix[:, 1:]


@wrong("BOS is in the result, and one token is missing.", composed=True)
def bos_for_the_last_token(step_fn, z, max_length):
    prefix = torch.ones(len(z), 1, dtype=torch.long, device=z.device)
    ended = torch.zeros(len(z), dtype=torch.bool, device=z.device)
    for _ in range(max_length - 1):
        word = step_fn(prefix, z).argmax(-1).masked_fill(ended, 0)
        prefix = torch.cat([prefix, word[:, None]], dim=1)
        ended = ended | (word == 2)
    return prefix


@wrong("The sentences are decoded from z in reverse order of the batch.", composed=True)
def batch_reversed(step_fn, z, max_length):
    latent = z.flip(0)
    prefix = torch.ones(len(z), 1, dtype=torch.long, device=z.device)
    ended = torch.zeros(len(z), dtype=torch.bool, device=z.device)
    for _ in range(max_length):
        word = step_fn(prefix, latent).argmax(-1).masked_fill(ended, 0)
        prefix = torch.cat([prefix, word[:, None]], dim=1)
        ended = ended | (word == 2)
    return prefix[:, 1:]


@wrong("Time is the first dimension of the result, the batch the second.", composed=True)
def time_first(step_fn, z, max_length):
    prefix = torch.ones(len(z), 1, dtype=torch.long, device=z.device)
    ended = torch.zeros(len(z), dtype=torch.bool, device=z.device)
    for _ in range(max_length):
        word = step_fn(prefix, z).argmax(-1).masked_fill(ended, 0)
        prefix = torch.cat([prefix, word[:, None]], dim=1)
        ended = ended | (word == 2)
    return prefix[:, 1:].T
