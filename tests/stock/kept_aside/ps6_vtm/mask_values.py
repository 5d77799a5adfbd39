"""Wrong answers to `mask_values`, kept aside."""

import torch
from answers import wrong
from torch.nn import functional as F


@wrong("Only the value with the highest number of each sentence is masked.")
def highest_number_only(tokens, spans, mask_id):
    chosen = (spans > 0) & (spans == spans.amax(1, keepdim=True))
    goes_on = chosen & (spans == F.pad(spans, (1, 0))[:, :-1])
    order = goes_on.long().argsort(dim=1, stable=True)
    return torch.where(chosen, mask_id, tokens).masked_fill(goes_on, 0).gather(1, order)


@wrong("The first word of each value stays, and the rest of it goes.")
def first_word_of_a_value_stays(tokens, spans, mask_id):
    goes_on = (spans > 0) & (spans == F.pad(spans, (1, 0))[:, :-1])
    order = goes_on.long().argsort(dim=1, stable=True)
    return tokens.masked_fill(goes_on, 0).gather(1, order)


@wrong("The first word of each value stays, and a mask stands behind it for the others.")
def mask_behind_the_first_word(tokens, spans, mask_id):
    first = (spans > 0) & (spans != F.pad(spans, (1, 0))[:, :-1])
    second = (spans > 0) & ~first & F.pad(first, (1, 0))[:, :-1]
    gone = (spans > 0) & ~first & ~second
    order = gone.long().argsort(dim=1, stable=True)
    return torch.where(second, mask_id, tokens).masked_fill(gone, 0).gather(1, order)


@wrong("Only values with an even number are masked.")
def even_numbers_only(tokens, spans, mask_id):
    chosen = (spans > 0) & (spans % 2 == 0)
    goes_on = chosen & (spans == F.pad(spans, (1, 0))[:, :-1])
    order = goes_on.long().argsort(dim=1, stable=True)
    return torch.where(chosen, mask_id, tokens).masked_fill(goes_on, 0).gather(1, order)


@wrong("A list of lists is returned, not a tensor.")
def list_of_lists(tokens, spans, mask_id):
    keep = (spans == 0) | (spans != F.pad(spans, (1, 0))[:, :-1])
    order = (~keep).long().argsort(dim=1, stable=True)
    return torch.where(spans > 0, mask_id, tokens).masked_fill(~keep, 0).gather(1, order).tolist()


@wrong("The number of the value stands in the place of the mask.")
def number_for_the_mask(tokens, spans, mask_id):
    keep = (spans == 0) | (spans != F.pad(spans, (1, 0))[:, :-1])
    order = (~keep).long().argsort(dim=1, stable=True)
    return torch.where(spans > 0, spans, tokens).masked_fill(~keep, 0).gather(1, order)


@wrong("The row is filled up with -100, which cross_entropy ignores.")
def filled_up_with_minus_a_hundred(tokens, spans, mask_id):
    keep = ((spans == 0) | (spans != F.pad(spans, (1, 0))[:, :-1])) & (tokens > 0)
    order = (~keep).long().argsort(dim=1, stable=True)
    return torch.where(spans > 0, mask_id, tokens).masked_fill(~keep, -100).gather(1, order)


@wrong("EOS is dropped, so a template does not end.")
def end_dropped(tokens, spans, mask_id):
    keep = ((spans == 0) | (spans != F.pad(spans, (1, 0))[:, :-1])) & (tokens != 2)
    order = (~keep).long().argsort(dim=1, stable=True)
    return torch.where(spans > 0, mask_id, tokens).masked_fill(~keep, 0).gather(1, order)


@wrong("The last word of each value is followed by a second mask.")
def value_and_its_neighbour(tokens, spans, mask_id):
    behind = (spans == 0) & (F.pad(spans, (1, 0))[:, :-1] > 0)
    values = torch.where(behind, F.pad(spans, (1, 0))[:, :-1], spans)
    goes_on = (values > 0) & (values == F.pad(values, (1, 0))[:, :-1])
    order = goes_on.long().argsort(dim=1, stable=True)
    return torch.where(values > 0, mask_id, tokens).masked_fill(goes_on, 0).gather(1, order)


@wrong("Touching values are joined, and holes are left.", composed=True)
def joined_with_holes(tokens, spans, mask_id):
    goes_on = (spans > 0) & (F.pad(spans, (1, 0))[:, :-1] > 0)
    return torch.where(spans > 0, mask_id, tokens).masked_fill(goes_on, 0)


@wrong("The sentences come in reverse order.", composed=True)
def sentences_in_reverse_order(tokens, spans, mask_id):
    keep = (spans == 0) | (spans != F.pad(spans, (1, 0))[:, :-1])
    order = (~keep).long().argsort(dim=1, stable=True)
    return torch.where(spans > 0, mask_id, tokens).masked_fill(~keep, 0).gather(1, order).flip(0)


@wrong("The mask is not used but the next id, and the row is cut to its longest template.", composed=True)
def next_id_and_cut(tokens, spans, mask_id):
    keep = (spans == 0) | (spans != F.pad(spans, (1, 0))[:, :-1])
    order = (~keep).long().argsort(dim=1, stable=True)
    masked = torch.where(spans > 0, mask_id + 1, tokens).masked_fill(~keep, 0).gather(1, order)
    return masked[:, : int((masked > 0).sum(1).max())]
