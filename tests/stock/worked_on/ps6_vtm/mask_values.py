"""Wrong answers to `mask_values`, to work on."""

import torch
from answers import wrong
from torch.nn import functional as F


@wrong("The row is filled up with EOS, 2.")
def filled_up_with_the_end(tokens, spans, mask_id):
    keep = (spans == 0) | (spans != F.pad(spans, (1, 0))[:, :-1])
    order = (~keep).long().argsort(dim=1, stable=True)
    return torch.where(spans > 0, mask_id, tokens).masked_fill(~keep | (tokens == 0), 2).gather(1, order)


@wrong("The mask is UNK, 3, in place of `mask_id`.")
def unknown_word_for_the_mask(tokens, spans, mask_id):
    keep = (spans == 0) | (spans != F.pad(spans, (1, 0))[:, :-1])
    order = (~keep).long().argsort(dim=1, stable=True)
    return torch.where(spans > 0, 3, tokens).masked_fill(~keep, 0).gather(1, order)


@wrong("Values of a single word stay as they are.")
def single_words_kept(tokens, spans, mask_id):
    before, after = F.pad(spans, (1, 0))[:, :-1], F.pad(spans, (0, 1))[:, 1:]
    goes_on = (spans > 0) & (spans == before)
    long = goes_on | ((spans > 0) & (spans == after))
    order = goes_on.long().argsort(dim=1, stable=True)
    return torch.where(long, mask_id, tokens).masked_fill(goes_on, 0).gather(1, order)


@wrong("A value of three words becomes two masks, for only its second word is dropped.")
def pairs_joined_only(tokens, spans, mask_id):
    first = (spans > 0) & (spans != F.pad(spans, (1, 0))[:, :-1])
    second = (spans > 0) & (spans == F.pad(spans, (1, 0))[:, :-1]) & F.pad(first, (1, 0))[:, :-1]
    order = second.long().argsort(dim=1, stable=True)
    return torch.where(spans > 0, mask_id, tokens).masked_fill(second, 0).gather(1, order)


@wrong("It returns the lengths of the templates besides.")
def lengths_besides(tokens, spans, mask_id):
    keep = (spans == 0) | (spans != F.pad(spans, (1, 0))[:, :-1])
    order = (~keep).long().argsort(dim=1, stable=True)
    masked = torch.where(spans > 0, mask_id, tokens).masked_fill(~keep, 0).gather(1, order)
    return masked, (masked > 0).sum(1)


@wrong("The ids come back as floats.")
def ids_as_floats(tokens, spans, mask_id):
    keep = (spans == 0) | (spans != F.pad(spans, (1, 0))[:, :-1])
    order = (~keep).long().argsort(dim=1, stable=True)
    return torch.where(spans > 0, mask_id, tokens).masked_fill(~keep, 0).gather(1, order).float()


@wrong("The words of a template are sorted by their ids, which loses their order.")
def sorted_by_id(tokens, spans, mask_id):
    keep = (spans == 0) | (spans != F.pad(spans, (1, 0))[:, :-1])
    return torch.where(spans > 0, mask_id, tokens).masked_fill(~keep, 0).sort(dim=1, descending=True).values


@wrong("The numbers in `spans` are edited in place.")
def numbers_edited(tokens, spans, mask_id):
    goes_on = (spans > 0) & (spans == F.pad(spans, (1, 0))[:, :-1])
    order = goes_on.long().argsort(dim=1, stable=True)
    spans.clamp_(max=1)
    return torch.where(spans > 0, mask_id, tokens).masked_fill(goes_on, 0).gather(1, order)


@wrong("The first word of a row is never taken for a value.")
def first_word_never_masked(tokens, spans, mask_id):
    values = spans.clone()
    values[:, 0] = 0
    goes_on = (values > 0) & (values == F.pad(values, (1, 0))[:, :-1])
    order = goes_on.long().argsort(dim=1, stable=True)
    return torch.where(values > 0, mask_id, tokens).masked_fill(goes_on, 0).gather(1, order)


@wrong("Every word becomes a mask, and the words move to the right of each row's padding.", composed=True)
def one_mask_a_word_behind_the_padding(tokens, spans, mask_id):
    masked = tokens.masked_fill(spans > 0, mask_id)
    return masked.gather(1, (masked > 0).long().argsort(dim=1, stable=True))


@wrong("The values are deleted, and the template reads backwards.", composed=True)
def deleted_and_backwards(tokens, spans, mask_id):
    order = (spans > 0).long().argsort(dim=1, stable=True)
    return tokens.masked_fill(spans > 0, 0).gather(1, order).flip(1)


@wrong("All ids of the right answer are one too high.", composed=True)
def ids_one_too_high(tokens, spans, mask_id):
    keep = (spans == 0) | (spans != F.pad(spans, (1, 0))[:, :-1])
    order = (~keep).long().argsort(dim=1, stable=True)
    return torch.where(spans > 0, mask_id, tokens).masked_fill(~keep, 0).gather(1, order) + 1
