"""From a sentence to its template: values become masks."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch.nn import functional as F

from autograder.exercise.exercise import Exercise
from autograder.rubrics.ps6_vtm import variants
from latentkit.check.cases import Case
from latentkit.reference import template_machine

_Sentence = Sequence[int]
"""The number of the value that each word belongs to, 0 for ordinary words; BOS, EOS and PAD are added."""


def _mask_cases(generator: np.random.Generator) -> Iterator[Case]:
    for name, sentences, width in (
        ("one value in each sentence", [[0, 0, 1, 1, 0], [0, 1, 0]], 8),
        ("two values that touch", [[0, 1, 2, 0, 0], [1, 1, 2, 2, 0, 0]], 9),
        ("a sentence without values beside one with two", [[0, 0, 0], [0, 1, 1, 1, 0, 2]], 8),
        ("numbers that fall and leave some out", [[0, 5, 5, 2, 0, 1], [7, 4, 4, 0]], 8),
        ("a value that is said twice", [[0, 1, 1, 0, 0, 1, 1, 0], [2, 0, 2, 1, 0]], 11),
        ("one sentence, whose last word is a value", [[0, 1, 0, 2, 2]], 7),
        ("values of one word, so nothing moves", [[0, 1, 0, 2], [1, 2, 0]], 6),
    ):
        tokens, spans = _padded(generator, sentences, width)
        yield Case(name, {"tokens": tokens, "spans": spans, "mask_id": int(generator.integers(30, 60))})
    # pieces of sentences: the first and the last word of a row are values, and a row ends as the next one begins
    spans = torch.tensor([[3, 3, 0, 3], [3, 0, 1, 1], [1, 2, 2, 1]])
    tokens = torch.from_numpy(generator.permutation(20)[:12].reshape(3, 4) + 5)
    yield Case("pieces of sentences, without BOS and EOS", {"tokens": tokens, "spans": spans, "mask_id": 4})


def _padded(
    generator: np.random.Generator, sentences: Sequence[_Sentence], width: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Different ordinary words between BOS and EOS, and their numbers, both filled up with 0."""
    tokens, spans = (torch.zeros(len(sentences), width, dtype=torch.long) for _ in range(2))
    for row, numbers in enumerate(sentences):
        end = len(numbers) + 1
        tokens[row, 0], tokens[row, end] = 1, 2
        tokens[row, 1:end] = torch.from_numpy(generator.permutation(25)[: end - 1] + 5)
        spans[row, 1:end] = torch.tensor(numbers)
    return tokens, spans


mask_values = Exercise(
    name="mask_values",
    points=4,
    reference=template_machine.mask_values,
    variants=variants.mask_values,
    cases=_mask_cases,
    answered_by=("latentkit.evaluation.data_to_text.masked",),
    look="section 5, a sentence without its values; Ye et al. 2020, the template-preserving loss",
)


@mask_values.mistake(
    "Every word of a value becomes a mask. A value of two words is one mask, like a value of one: a template does not "
    "tell how long the values are."
)
def one_mask_a_word(tokens, spans, mask_id):
    return tokens.masked_fill(spans > 0, mask_id)


@mask_values.mistake(
    "Two values that touch have become one mask. Their numbers differ, so they are two: a run ends where the number "
    "changes."
)
def touching_values_joined(tokens, spans, mask_id):
    before = F.pad(spans, (1, 0))[:, :-1]
    keep = (spans == 0) | (before == 0)
    order = (~keep).long().argsort(dim=1, stable=True)
    return torch.where(spans > 0, mask_id, tokens).masked_fill(~keep, 0).gather(1, order)


@mask_values.mistake(
    "A value begins for you only where the number is higher than the one before. The numbers only tell values apart; "
    "they may fall: compare for *different*."
)
def rising_numbers_only(tokens, spans, mask_id):
    before = F.pad(spans, (1, 0))[:, :-1]
    keep = (spans == 0) | (spans > before)
    order = (~keep).long().argsort(dim=1, stable=True)
    return torch.where(spans > 0, mask_id, tokens).masked_fill(~keep, 0).gather(1, order)


@mask_values.mistake(
    "A value that is said twice is masked only the first time. Words with one number are one mask only where they "
    "stand next to each other."
)
def equal_numbers_far_apart_joined(tokens, spans, mask_id):
    same = (spans[:, :, None] == spans[:, None, :]).tril(-1).any(-1)
    keep = (spans == 0) | ~same
    order = (~keep).long().argsort(dim=1, stable=True)
    return torch.where(spans > 0, mask_id, tokens).masked_fill(~keep, 0).gather(1, order)


@mask_values.mistake(
    "There are holes where a value had more than one word. What follows a mask moves up to it, and PAD fills the row "
    "at its end."
)
def holes_left(tokens, spans, mask_id):
    goes_on = (spans > 0) & (spans == F.pad(spans, (1, 0))[:, :-1])
    return torch.where(spans > 0, mask_id, tokens).masked_fill(goes_on, 0)


@mask_values.mistake(
    "The words have moved to the right, and PAD stands in front. They move to the left: PAD fills the row at its end."
)
def moved_to_the_right(tokens, spans, mask_id):
    keep = ((spans == 0) | (spans != F.pad(spans, (1, 0))[:, :-1])) & (tokens > 0)
    order = keep.long().argsort(dim=1, stable=True)
    return torch.where(spans > 0, mask_id, tokens).masked_fill(~keep, 0).gather(1, order)


@mask_values.mistake(
    "The row is filled up with the mask. Masks stand for values; what fills a row up is PAD, 0, which no loss counts."
)
def filled_up_with_masks(tokens, spans, mask_id):
    keep = (spans == 0) | (spans != F.pad(spans, (1, 0))[:, :-1])
    order = (~keep).long().argsort(dim=1, stable=True)
    return torch.where(spans > 0, mask_id, tokens).gather(1, order)


@mask_values.mistake(
    "The values are gone, without a mask in their place. The template has to say *where* a value goes."
)
def values_deleted(tokens, spans, mask_id):
    order = (spans > 0).long().argsort(dim=1, stable=True)
    return tokens.masked_fill(spans > 0, 0).gather(1, order)


@mask_values.mistake(
    "It is the other way round: the values stay, and the words between them are masked. `spans` is 0 at ordinary words."
)
def ordinary_words_masked(tokens, spans, mask_id):
    inside = (spans == 0) & (tokens > 2)
    goes_on = inside & F.pad(inside, (1, 0))[:, :-1]
    order = goes_on.long().argsort(dim=1, stable=True)
    return tokens.masked_fill(inside, mask_id).masked_fill(goes_on, 0).gather(1, order)


@mask_values.mistake(
    "Each value has a mask of its own, numbered. A template that tells the values apart would tell what stands in the "
    "table: all of them become the one `mask_id`."
)
def numbered_masks(tokens, spans, mask_id):
    keep = (spans == 0) | (spans != F.pad(spans, (1, 0))[:, :-1])
    order = (~keep).long().argsort(dim=1, stable=True)
    return torch.where(spans > 0, mask_id + spans - 1, tokens).masked_fill(~keep, 0).gather(1, order)


@mask_values.mistake("Only the value of number 1 is masked. Every number above 0 is a value.")
def first_number_only(tokens, spans, mask_id):
    goes_on = (spans == 1) & (F.pad(spans, (1, 0))[:, :-1] == 1)
    order = goes_on.long().argsort(dim=1, stable=True)
    return torch.where(spans == 1, mask_id, tokens).masked_fill(goes_on, 0).gather(1, order)


@mask_values.mistake("`mask_id` is not used: your mask is 4, whatever word stands for a value.")
def mask_of_one_s_own(tokens, spans, mask_id):
    keep = (spans == 0) | (spans != F.pad(spans, (1, 0))[:, :-1])
    order = (~keep).long().argsort(dim=1, stable=True)
    return torch.where(spans > 0, 4, tokens).masked_fill(~keep, 0).gather(1, order)


@mask_values.mistake(
    "The first word of a row is compared with the *last* of the same row, as `roll` does: where both belong to a "
    "value of one number, its mask is lost. Nothing stands before the first word."
)
def first_word_compared_with_the_last(tokens, spans, mask_id):
    keep = (spans == 0) | (spans != spans.roll(1, dims=1))
    order = (~keep).long().argsort(dim=1, stable=True)
    return torch.where(spans > 0, mask_id, tokens).masked_fill(~keep, 0).gather(1, order)


@mask_values.mistake(
    "The first word of a row is compared with the last of the row *before*, as `roll` without `dims` does. Each row "
    "is a sentence of its own."
)
def first_word_compared_with_another_sentence(tokens, spans, mask_id):
    keep = (spans == 0) | (spans != spans.roll(1))
    order = (~keep).long().argsort(dim=1, stable=True)
    return torch.where(spans > 0, mask_id, tokens).masked_fill(~keep, 0).gather(1, order)


@mask_values.mistake(
    "The rows are cut to the longest template. Keep the width T, and fill up with PAD: then it lines up with the "
    "decoder's logits."
)
def cut_to_the_longest(tokens, spans, mask_id):
    keep = (spans == 0) | (spans != F.pad(spans, (1, 0))[:, :-1])
    order = (~keep).long().argsort(dim=1, stable=True)
    masked = torch.where(spans > 0, mask_id, tokens).masked_fill(~keep, 0).gather(1, order)
    return masked[:, : int((masked > 0).sum(1).max())]


@mask_values.mistake("The masks are written into `tokens` itself, so the sentence is lost: work on a copy.")
def written_into_the_sentence(tokens, spans, mask_id):
    goes_on = (spans > 0) & (spans == F.pad(spans, (1, 0))[:, :-1])
    tokens[spans > 0] = mask_id
    tokens[goes_on] = 0
    return tokens.gather(1, goes_on.long().argsort(dim=1, stable=True))


@mask_values.alternative
def masked_word_by_word(tokens, spans, mask_id):
    masked = torch.zeros_like(tokens)
    for row in range(len(tokens)):
        place, before = 0, 0
        for word, number in zip(tokens[row].tolist(), spans[row].tolist(), strict=True):
            if number == 0 or number != before:
                masked[row, place] = mask_id if number else word
                place += 1
            before = number
    return masked


@mask_values.alternative
def masked_by_counting_places(tokens, spans, mask_id):
    starts = torch.ones_like(spans, dtype=torch.bool)
    starts[:, 1:] = (spans[:, 1:] == 0) | (spans[:, 1:] != spans[:, :-1])
    places = starts.cumsum(1) - 1  # a word that goes on has the place of its value's first
    words = torch.where(spans > 0, mask_id, tokens)
    return torch.zeros_like(tokens).scatter_reduce(1, places, words, "amax")


@mask_values.alternative
def masked_with_lists(tokens, spans, mask_id):
    rows = []
    for words, numbers in zip(tokens.tolist(), spans.tolist(), strict=True):
        joined = zip(words, numbers, [0, *numbers], strict=False)
        row = [mask_id if k else word for word, k, before in joined if not (k and k == before)]
        rows.append(row + [0] * (len(words) - len(row)))
    return torch.tensor(rows, device=tokens.device)


@mask_values.alternative
def masked_row_by_row_and_padded(tokens, spans, mask_id):
    new = torch.diff(spans, dim=1, prepend=torch.zeros_like(spans[:, :1])) != 0
    keep = new | (spans == 0)
    filled = tokens.clone()
    filled[spans > 0] = mask_id
    rows = [F.pad(row[kept], (0, int((~kept).sum()))) for row, kept in zip(filled, keep, strict=True)]
    return torch.stack(rows)
