"""Right but unusual answers to `mask_values`."""

import itertools

import numpy as np
import torch
from answers import right
from torch.nn import functional as F


@right
def by_groups(tokens, spans, mask_id):
    masked = torch.zeros_like(tokens)
    for row, (words, numbers) in enumerate(zip(tokens.tolist(), spans.tolist(), strict=True)):
        template = []
        for number, group in itertools.groupby(zip(numbers, words, strict=True), key=lambda pair: pair[0]):
            template += [mask_id] if number else [word for _, word in group]
        masked[row, : len(template)] = torch.tensor(template)
    return masked


@right
def through_numpy(tokens, spans, mask_id):
    words, numbers = tokens.cpu().numpy(), spans.cpu().numpy()
    result = np.zeros_like(words)
    for row in range(len(words)):
        keep = (numbers[row] == 0) | np.r_[True, np.diff(numbers[row]) != 0]
        kept = np.where(numbers[row] > 0, mask_id, words[row])[keep]
        result[row, : len(kept)] = kept
    return torch.from_numpy(result).to(tokens.device)


@right
def by_scattering_into_one_place_more(tokens, spans, mask_id):
    keep = (spans == 0) | (spans != F.pad(spans, (1, 0))[:, :-1])
    width = tokens.shape[1]
    places = torch.where(keep, keep.cumsum(1) - 1, width)
    filled = torch.zeros(len(tokens), width + 1, dtype=tokens.dtype, device=tokens.device)
    return filled.scatter(1, places, torch.where(spans > 0, mask_id, tokens))[:, :width]


@right
def by_sorting_positions(tokens, spans, mask_id):
    keep = (spans == 0) | (spans != F.pad(spans, (1, 0))[:, :-1])
    width = tokens.shape[1]
    keys = torch.arange(width, device=tokens.device) + width * ~keep
    masked = torch.where(keep, torch.where(spans > 0, mask_id, tokens), 0)
    return masked.gather(1, keys.argsort(1))


@right
def by_padding_a_list(tokens, spans, mask_id):
    rows = []
    for words, numbers in zip(tokens, spans, strict=True):
        changed = torch.ones_like(numbers, dtype=torch.bool)
        changed[1:] = numbers[1:] != numbers[:-1]
        rows.append(torch.where(numbers > 0, mask_id, words)[changed | (numbers == 0)])
    padded = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True)
    return F.pad(padded, (0, tokens.shape[1] - padded.shape[1]))


@right
def by_deleting_from_behind(tokens, spans, mask_id):
    masked = []
    for words, numbers in zip(tokens.tolist(), spans.tolist(), strict=True):
        row = [mask_id if number else word for word, number in zip(words, numbers, strict=True)]
        for place in range(len(row) - 1, 0, -1):
            if numbers[place] and numbers[place] == numbers[place - 1]:
                del row[place]
                row.append(0)
        masked.append(row)
    return torch.tensor(masked, dtype=tokens.dtype, device=tokens.device)


@right
def by_pulling_the_words_up_step_by_step(tokens, spans, mask_id):
    goes = (spans > 0) & (spans == torch.cat([torch.zeros_like(spans[:, :1]), spans[:, :-1]], 1))
    masked = tokens.clone()
    masked[spans > 0] = mask_id
    masked[goes] = 0
    for place in range(tokens.shape[1] - 2, -1, -1):
        hole = goes[:, place : place + 1]
        pulled = F.pad(masked[:, place + 1 :], (0, 1))
        masked[:, place:] = torch.where(hole, pulled, masked[:, place:])
    return masked


@right
def by_a_matrix_of_places(tokens, spans, mask_id):
    keep = (spans == 0) | (torch.diff(spans, prepend=torch.zeros_like(spans[:, :1])) != 0)
    places = torch.where(keep, keep.cumsum(1) - 1, -1)
    goes_to = places.unsqueeze(2) == torch.arange(tokens.shape[1], device=tokens.device)
    return (torch.where(spans > 0, mask_id, tokens).unsqueeze(2) * goes_to).sum(1)
