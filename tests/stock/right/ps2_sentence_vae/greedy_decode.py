"""Right but unusual answers to `greedy_decode`."""

import functools

import torch
from answers import right
from torch.nn import functional as F


@right
def by_recursion(step_fn, z, max_length):
    def grow(prefix, ended):
        if prefix.shape[1] > max_length or bool(ended.all()):
            return prefix[:, 1:]
        word = torch.where(ended, 0, step_fn(prefix, z).argmax(-1))
        return grow(torch.column_stack([prefix, word]), ended | (word == 2))

    start = torch.ones(len(z), 1, dtype=torch.long, device=z.device)
    return grow(start, torch.zeros(len(z), dtype=torch.bool, device=z.device))


@right
def by_folding(step_fn, z, max_length):
    def extend(prefix, _):
        over = (prefix == 2).any(1, keepdim=True)
        return torch.cat([prefix, step_fn(prefix, z).argmax(-1, keepdim=True).masked_fill(over, 0)], dim=1)

    return functools.reduce(extend, range(max_length), torch.ones(len(z), 1, dtype=torch.long, device=z.device))[:, 1:]


@right
def cut_to_the_longest(step_fn, z, max_length):
    words = torch.zeros(len(z), max_length + 1, dtype=torch.long, device=z.device)
    words[:, 0] = 1
    for t in range(max_length):
        words[:, t + 1] = step_fn(words[:, : t + 1], z).argmax(-1)
    ends = (words == 2).long().cumsum(1)
    words = words * ((ends == 0) | ((ends == 1) & (words == 2)))
    return words[:, 1 : 1 + int((words[:, 1:] != 0).sum(1).max())]


@right
def mask_by_product(step_fn, z, max_length):
    prefix = torch.ones(len(z), 1, dtype=torch.long, device=z.device)
    alive = torch.ones(len(z), dtype=torch.long, device=z.device)
    while prefix.shape[1] <= max_length and alive.any():
        word = alive * step_fn(prefix, z).argmax(-1)
        prefix = torch.hstack([prefix, word.unsqueeze(1)])
        alive = alive * (word != 2).long()
    return prefix[:, 1:]


@right
def winner_by_softmax_and_sort(step_fn, z, max_length):
    words, ended = [torch.ones(len(z), dtype=torch.long, device=z.device)], None
    for _ in range(max_length):
        ranked = step_fn(torch.stack(words, 1), z).softmax(-1).sort(dim=-1, descending=True, stable=True).indices
        word = ranked[:, 0] if ended is None else torch.where(ended, torch.zeros_like(ranked[:, 0]), ranked[:, 0])
        ended = (word == 2) | (word == 0)
        words.append(word)
    return torch.stack(words[1:], 1)


@right
def sentences_as_lists(step_fn, z, max_length):
    sentences = [[1] for _ in z]
    for _ in range(max_length):
        best = step_fn(torch.tensor(sentences, device=z.device), z).argmax(-1).tolist()
        for row, word in zip(sentences, best, strict=True):
            row.append(0 if row[-1] in (0, 2) else word)
        if all(row[-1] in (0, 2) for row in sentences):
            break
    return torch.tensor([row[1:] for row in sentences], device=z.device)


@right
def ended_sentences_forced_by_logits(step_fn, z, max_length):
    prefix = torch.ones(len(z), 1, dtype=torch.long, device=z.device)
    for _ in range(max_length):
        logits = step_fn(prefix, z)
        over = ((prefix[:, -1] == 2) | (prefix[:, -1] == 0)).unsqueeze(-1)
        padding = F.one_hot(torch.zeros(len(z), dtype=torch.long, device=z.device), logits.shape[-1]).bool()
        logits = logits.masked_fill(over & ~padding, -torch.inf)
        prefix = torch.cat([prefix, logits.argmax(-1, keepdim=True)], dim=1)
    return prefix[:, 1:]


@right
def with_a_small_class(step_fn, z, max_length):
    class Decoder:
        def __init__(self, size):
            self.words = torch.full((size, 1), 1, device=z.device)
            self.over = torch.zeros(size, dtype=torch.bool, device=z.device)

        def step(self):
            best = step_fn(self.words, z).max(dim=-1).indices
            best[self.over] = 0
            self.over |= best.eq(2)
            self.words = torch.cat((self.words, best[:, None]), 1)

    decoder = Decoder(z.shape[0])
    while decoder.words.shape[1] < max_length + 1 and not decoder.over.all():
        decoder.step()
    return decoder.words[:, 1:]
