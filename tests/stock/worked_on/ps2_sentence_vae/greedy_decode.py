"""Wrong answers to `greedy_decode`: the half that is worked on."""

import torch
from answers import wrong


@wrong("The next word is drawn at random from the softmax, not the most probable one.")
def sampled_words(step_fn, z, max_length):
    prefix = torch.ones(len(z), 1, dtype=torch.long, device=z.device)
    ended = torch.zeros(len(z), dtype=torch.bool, device=z.device)
    for _ in range(max_length):
        word = torch.multinomial(step_fn(prefix, z).softmax(-1), 1)[:, 0].masked_fill(ended, 0)
        prefix = torch.cat([prefix, word[:, None]], dim=1)
        ended = ended | (word == 2)
    return prefix[:, 1:]


@wrong("After its EOS a sentence is filled with BOS, not PAD.")
def filled_with_bos(step_fn, z, max_length):
    prefix = torch.ones(len(z), 1, dtype=torch.long, device=z.device)
    ended = torch.zeros(len(z), dtype=torch.bool, device=z.device)
    for _ in range(max_length):
        word = step_fn(prefix, z).argmax(-1).masked_fill(ended, 1)
        prefix = torch.cat([prefix, word[:, None]], dim=1)
        ended = ended | (word == 2)
    return prefix[:, 1:]


@wrong("EOS is taken for id 3, UNK, so sentences end at an unknown word and not at their end.")
def ends_at_unknown_words(step_fn, z, max_length):
    prefix = torch.ones(len(z), 1, dtype=torch.long, device=z.device)
    ended = torch.zeros(len(z), dtype=torch.bool, device=z.device)
    for _ in range(max_length):
        word = step_fn(prefix, z).argmax(-1).masked_fill(ended, 0)
        prefix = torch.cat([prefix, word[:, None]], dim=1)
        ended = ended | (word == 3)
    return prefix[:, 1:]


@wrong("No word is chosen twice in a sentence.")
def no_repetition(step_fn, z, max_length):
    prefix = torch.ones(len(z), 1, dtype=torch.long, device=z.device)
    ended = torch.zeros(len(z), dtype=torch.bool, device=z.device)
    for _ in range(max_length):
        logits = step_fn(prefix, z).scatter(1, prefix, -torch.inf)
        word = logits.argmax(-1).masked_fill(ended, 0)
        prefix = torch.cat([prefix, word[:, None]], dim=1)
        ended = ended | (word == 2)
    return prefix[:, 1:]


@wrong("BOS is dropped from the prefix after the first word.")
def bos_dropped_from_the_prefix(step_fn, z, max_length):
    word = step_fn(torch.ones(len(z), 1, dtype=torch.long, device=z.device), z).argmax(-1)
    prefix, ended = word[:, None], word == 2
    for _ in range(max_length - 1):
        word = step_fn(prefix, z).argmax(-1).masked_fill(ended, 0)
        prefix = torch.cat([prefix, word[:, None]], dim=1)
        ended = ended | (word == 2)
    return prefix


@wrong("z is given at the first step only; later ones get zeros.")
def latent_at_the_first_step(step_fn, z, max_length):
    prefix = torch.ones(len(z), 1, dtype=torch.long, device=z.device)
    ended = torch.zeros(len(z), dtype=torch.bool, device=z.device)
    for step in range(max_length):
        word = step_fn(prefix, z if step == 0 else torch.zeros_like(z)).argmax(-1).masked_fill(ended, 0)
        prefix = torch.cat([prefix, word[:, None]], dim=1)
        ended = ended | (word == 2)
    return prefix[:, 1:]


@wrong("The logits of all steps are added up before the choice.")
def logits_added_up(step_fn, z, max_length):
    prefix = torch.ones(len(z), 1, dtype=torch.long, device=z.device)
    ended = torch.zeros(len(z), dtype=torch.bool, device=z.device)
    total = 0
    for _ in range(max_length):
        total = total + step_fn(prefix, z)
        word = total.argmax(-1).masked_fill(ended, 0)
        prefix = torch.cat([prefix, word[:, None]], dim=1)
        ended = ended | (word == 2)
    return prefix[:, 1:]


@wrong("One batch dimension is squeezed away where there is one sentence.")
def one_sentence_squeezed(step_fn, z, max_length):
    prefix = torch.ones(len(z), 1, dtype=torch.long, device=z.device)
    ended = torch.zeros(len(z), dtype=torch.bool, device=z.device)
    for _ in range(max_length):
        word = step_fn(prefix, z).argmax(-1).masked_fill(ended, 0)
        prefix = torch.cat([prefix, word[:, None]], dim=1)
        ended = ended | (word == 2)
    return prefix[:, 1:].squeeze(0)


@wrong("The words are right, but gradients are switched off for good afterwards.")
def gradients_left_off(step_fn, z, max_length):
    torch.set_grad_enabled(False)
    prefix = torch.ones(len(z), 1, dtype=torch.long, device=z.device)
    ended = torch.zeros(len(z), dtype=torch.bool, device=z.device)
    for _ in range(max_length):
        word = step_fn(prefix, z).argmax(-1).masked_fill(ended, 0)
        prefix = torch.cat([prefix, word[:, None]], dim=1)
        ended = ended | (word == 2)
    return prefix[:, 1:]


@wrong("One token too many is decoded, and BOS is counted.", composed=True)
def one_token_too_many(step_fn, z, max_length):
    prefix = torch.ones(len(z), 1, dtype=torch.long, device=z.device)
    ended = torch.zeros(len(z), dtype=torch.bool, device=z.device)
    for _ in range(max_length + 1):
        word = step_fn(prefix, z).argmax(-1).masked_fill(ended, 0)
        prefix = torch.cat([prefix, word[:, None]], dim=1)
        ended = ended | (word == 2)
    return prefix[:, 1:]


@wrong("The least probable word is taken, and sentences go on after their end.", composed=True)
def least_probable_without_end(step_fn, z, max_length):
    prefix = torch.ones(len(z), 1, dtype=torch.long, device=z.device)
    for _ in range(max_length):
        prefix = torch.cat([prefix, step_fn(prefix, z).argmin(-1, keepdim=True)], dim=1)
    return prefix[:, 1:]


@wrong("The words of each row come in reverse order.", composed=True)
def words_reversed(step_fn, z, max_length):
    prefix = torch.ones(len(z), 1, dtype=torch.long, device=z.device)
    ended = torch.zeros(len(z), dtype=torch.bool, device=z.device)
    for _ in range(max_length):
        word = step_fn(prefix, z).argmax(-1).masked_fill(ended, 0)
        prefix = torch.cat([prefix, word[:, None]], dim=1)
        ended = ended | (word == 2)
    return prefix[:, 1:].flip(1)
