"""The formulas with parts of them changed, from the arguments of each exercise; see `autograder.exercise.varied`."""

from collections.abc import Callable

import torch
from torch import Tensor

from autograder.exercise.varied import Variants, varied
from latentkit.data.text import BOS, EOS, PAD, UNK

Run = tuple[list[int], int]
"""Words next to each other that one value has, and its number; 0 for words of none."""


def mask_values(tokens: Tensor, spans: Tensor, mask_id: int) -> Variants:
    """Of a sentence's template: which values are masked, what stands for one, and how the row is filled up."""
    width = tokens.shape[1]
    rows = [
        ([word for word in words if word], numbers[: sum(word > 0 for word in words)])
        for words, numbers in zip(tokens.tolist(), spans.tolist(), strict=True)
    ]

    def formula(
        chosen: Callable[[int, list[Run]], bool] = lambda place, runs: True,
        told: Callable[[list[int], int], list[int]] = lambda words, number: [mask_id],
        touching: bool = False,
        fill: int = PAD,
        ordered: Callable[[list[int]], list[int]] = lambda row: row,
        ends: tuple[int, ...] = (),
    ) -> Tensor:
        made = []
        for words, numbers in rows:
            runs = _runs(words, [min(number, 1) for number in numbers] if touching else numbers)
            row = [
                word
                for place, (run, number) in enumerate(runs)
                for word in (told(run, number) if number and chosen(place, runs) else run)
            ]
            row = [word for word in row if word not in ends][:width]
            made.append(ordered(row + [fill] * (width - len(row))))
        return torch.tensor(made)

    def numbers_of(runs: list[Run]) -> list[int]:
        return [number for _, number in runs if number]

    return varied(
        formula,
        {
            "every word of a value becomes a mask": {"told": lambda words, _: [mask_id] * len(words)},
            "values are left out": {"told": lambda words, _: []},
            "values stay as they are": {"told": lambda words, _: words},
            "the first word of a value stays": {"told": lambda words, _: words[:1]},
            "the last word of a value stays": {"told": lambda words, _: words[-1:]},
            "the first word of a value stays, and one mask stands for the others": {
                "told": lambda words, _: [words[0], *[mask_id] * (len(words) > 1)]
            },
            "the first word of a value stays, and each other one becomes a mask": {
                "told": lambda words, _: [words[0], *[mask_id] * (len(words) - 1)]
            },
            "a mask stands before a value, which stays": {"told": lambda words, _: [mask_id, *words]},
            "a second mask stands behind the one of a value": {"told": lambda words, _: [mask_id, mask_id]},
            "what follows a value of several words does not move up": {
                "told": lambda words, _: [mask_id] + [PAD] * (len(words) - 1)
            },
            "of a value's words the second alone is left out": {
                "told": lambda words, _: [mask_id] * max(len(words) - 1, 1)
            },
            "values of one word stay as they are": {"told": lambda words, _: words if len(words) == 1 else [mask_id]},
            "values of several words stay as they are": {
                "told": lambda words, _: words if len(words) > 1 else [mask_id]
            },
            "a value's number stands for it": {"told": lambda words, number: [number]},
            "UNK stands for a value": {"told": lambda words, _: [UNK]},
            "values that touch become one mask": {"touching": True},
            "the first value of a sentence alone is masked": {
                "chosen": lambda place, runs: not any(number for _, number in runs[:place])
            },
            "the last value of a sentence alone is masked": {
                "chosen": lambda place, runs: not any(number for _, number in runs[place + 1 :])
            },
            "the value of the highest number alone is masked": {
                "chosen": lambda place, runs: runs[place][1] == max(numbers_of(runs))
            },
            "the value of the lowest number alone is masked": {
                "chosen": lambda place, runs: runs[place][1] == min(numbers_of(runs))
            },
            "values of number 1 alone are masked": {"chosen": lambda place, runs: runs[place][1] == 1},
            "values of an even number alone are masked": {"chosen": lambda place, runs: runs[place][1] % 2 == 0},
            "values of an odd number alone are masked": {"chosen": lambda place, runs: runs[place][1] % 2 == 1},
            "a value that is said again is masked once": {
                "chosen": lambda place, runs: runs[place][1] not in numbers_of(runs[:place])
            },
            "a value at the start of a row stays as it is": {"chosen": lambda place, runs: place > 0},
            "a value at the end of a row stays as it is": {"chosen": lambda place, runs: place < len(runs) - 1},
            "the row is filled up with EOS": {"fill": EOS},
            "the row is filled up with UNK": {"fill": UNK},
            "the row is filled up with masks": {"fill": mask_id},
            "the row is filled up with −1": {"fill": -1},
            "the row is filled up with −100": {"fill": -100},
            "EOS is left out": {"ends": (EOS,)},
            "BOS is left out": {"ends": (BOS,)},
            "BOS and EOS are left out": {"ends": (BOS, EOS)},
            "PAD stands in front": {"ordered": lambda row: [PAD] * row.count(PAD) + [word for word in row if word]},
            "the row is read backwards": {"ordered": lambda row: row[::-1]},
            "the words are in the order of their ids": {"ordered": sorted},
            "the words are in falling order of their ids": {"ordered": lambda row: sorted(row, reverse=True)},
        },
    )


def _runs(words: list[int], numbers: list[int]) -> list[Run]:
    """Words next to each other of one number, together; each ordinary word alone."""
    runs: list[Run] = []
    for word, number in zip(words, numbers, strict=True):
        if number and runs and runs[-1][1] == number:
            runs[-1][0].append(word)
        else:
            runs.append(([word], number))
    return runs


def slot_coverage(said: Tensor, asked: Tensor) -> tuple[Variants, Variants]:
    """Of two shares: which fields are counted, among which, and what it is where there are none."""
    fields = {
        "asked and said": said & asked,
        "asked and not said": asked & ~said,
        "said and not asked": said & ~asked,
        "said": said,
        "asked": asked,
        "asked or said": said | asked,
        "not asked": ~asked,
        "neither asked nor said": ~said & ~asked,
        "asked or said, but not both": said ^ asked,
        "both, or neither": said == asked,
    }
    sums = {words: mask.sum(-1).double() for words, mask in fields.items()}
    everything = torch.full_like(sums["said"], said.shape[-1])

    def share(counted: Tensor, among: Tensor, empty: float, more: float, change: Callable[[Tensor], Tensor]) -> Tensor:
        whole = among + more
        return change(torch.where(whole > 0, (counted + more) / whole.clamp(min=1), empty))

    def of(counted: str, among: str, empty: float) -> Variants:
        right = {"counted": sums[counted], "among": sums[among], "empty": empty, "more": 0.0}
        return varied(
            lambda **parts: share(**{**right, "change": lambda value: value, **parts}),
            {
                **{
                    f"fields that are {words} are counted": {"counted": number}
                    for words, number in sums.items()
                    if words != counted
                },
                **{
                    f"what is counted is divided by how many are {words}": {"among": number}
                    for words, number in sums.items()
                    if words != among
                },
                "what is counted is divided by the number of all fields": {"among": everything},
                "what is counted is not divided": {"among": torch.ones_like(everything)},
                **{
                    f"the share of none is {number}": {"empty": float(number)}
                    for number in (0, 0.5, 1)
                    if number != empty
                },
                "1 is added above and below": {"more": 1.0},
                "the share is halved": {"change": lambda value: value / 2},
                "the share is in per cent": {"change": lambda value: 100 * value},
                "the share is taken from 1": {"change": lambda value: 1 - value},
                "any share above 0 is 1": {"change": lambda value: (value > 0).double()},
                "any share below 1 is 0": {"change": lambda value: (value == 1).double()},
                "the share is squared": {"change": torch.square},
                "the root of the share is returned": {"change": torch.sqrt},
                "the sentences come in reverse order": {"change": lambda value: value.flip(0)},
            },
            most=3,
        )

    first, second = of("asked and said", "asked", 1.0), of("said and not asked", "said", 0.0)
    right = sums["asked and said"]
    first[("the F-score of precision and coverage is returned",)] = torch.where(
        sums["said"] + sums["asked"] > 0, 2 * right / (sums["said"] + sums["asked"]).clamp(min=1), 1.0
    )
    return first, second
