"""The law of word dropout: which tokens may change, into what, how often, and independently of what.

Exact rules come first; each statistical test's false-failure rate is stated, and together a right function fails less
than once in a million checks.
"""

import math
from itertools import pairwise

import torch
from torch import Tensor

from latentkit.check.cases import Examination, Response, SolvedCase
from latentkit.check.comparing import Complaint, complaint_of_error, complaint_of_form

PAD, BOS, EOS, UNK = range(4)
SIGMAS = 6.5
"""A mean of n standardised indicators strays this many standard errors with probability about 1e-10, two-sided."""
NATS = 22.0
"""A chi-square test at this depth turns a right function away with probability 3e-10 (Laurent and Massart 2000)."""


def word_dropout(solved: SolvedCase, response: Response, examination: Examination) -> Complaint | None:
    """Ordinary words become UNK with probability `rate`, all independently; nothing else changes.

    The case's inputs are those of the exercise: `tokens` [B, T], `rate` and, where it is given, `training`. With a rate
    between 0 and 1 it holds some thousand ordinary words, and the function is called at least twice; or it holds some
    dozen, `many_calls` is among its numbers, and the function is called so often that the number dropped must vary.
    """
    tokens, rate = solved.case.inputs["tokens"], solved.case.inputs["rate"]
    wrong = complaint_of_error(response)
    for output in response.outputs:
        wrong = wrong or complaint_of_form(output, tokens)
    if wrong is None and response.mutated:
        message = f"Your function changed its input `{response.mutated[0]}`: compute a new tensor."
        wrong = Complaint(message, mistake="input_changed")
    if wrong is not None:
        return wrong
    if not solved.case.inputs.get("training", True):
        rate = 0.0
    for output in response.outputs:
        wrong = wrong or _complaint_of_rules(tokens, output, rate, solved)
    if wrong is not None or rate in (0, 1):
        return wrong
    words = tokens > UNK
    dropped = [output != tokens for output in response.outputs]
    if not any(mask.any() for mask in dropped):
        facts = (("expected", f"about {rate:.3f} of the ordinary words dropped"), ("actual", "none"))
        return Complaint("No word was dropped, though the rate is above 0.", facts, "nothing_dropped")
    if "many_calls" in solved.numbers:
        return _complaint_of_steady_number(words, dropped, rate)
    spreads = [_spreads(tokens, mask) for mask in dropped]
    return (
        _complaint_of_repetition(dropped)
        or _complaint_of_shared_noise(spreads, int(words.sum()))
        or _complaint_of_fixed_share(spreads[-1])
        or _complaint_of_rate(words, dropped[-1], rate)
        or _complaint_of_correlation(words, dropped, rate)
        or _complaint_of_spread(spreads[-1])
    )


def _complaint_of_rules(tokens: Tensor, output: Tensor, rate: float, solved: SolvedCase) -> Complaint | None:
    """What holds without exception: the values that may occur, the specials, and rates of 0 and 1."""
    changed = output != tokens
    if rate == 0 and changed.any():
        if solved.case.inputs["rate"] > 0:
            message = "Words were dropped although `training` is False."
            return Complaint(message, mistake="dropout_at_evaluation")
        return Complaint("Words were dropped although the rate is 0.")
    if (changed & (output != UNK)).any():
        return _complaint_of_values(tokens, output, rate)
    special = tokens <= EOS
    if (changed & special).any():
        if not (changed & (tokens == PAD)).any():
            message = "PAD was kept, but BOS or EOS became UNK."
            return Complaint(message, mistake="boundaries_dropped")
        return Complaint("PAD, BOS or EOS became UNK.", mistake="specials_dropped")
    if rate == 1 and (output[~special] != UNK).any():
        return Complaint("At rate 1 every ordinary word becomes UNK; some did not.", mistake="rate_inverted")
    return None


def _complaint_of_values(tokens: Tensor, output: Tensor, rate: float) -> Complaint:
    """Something else than UNK was written."""
    changed = output != tokens
    if (output[changed] == PAD).all():
        return Complaint("Dropped words became PAD, not UNK.", mistake="dropped_to_pad")
    if rate < 1 and ((output == 0) | ((output - tokens / (1 - rate)).abs() <= 1)).all():
        return Complaint("The token ids were scaled as if they were activations.", mistake="dropout_on_ids")
    kept = [row[row != UNK] for row in tokens]
    if all(_is_subsequence(row, words) for row, words in zip(output[:8], kept, strict=False)):
        return Complaint("Dropped words were taken out and the rest moved up.", mistake="words_removed")
    return Complaint("Some tokens became neither UNK nor what they were.", mistake="random_words")


def _is_subsequence(row: Tensor, words: Tensor) -> bool:
    """Whether the row without PAD and UNK is left when some of the words are taken out."""
    remaining = iter(words.tolist())
    return all(word in remaining for word in row[(row != PAD) & (row != UNK)].tolist())


def _complaint_of_repetition(dropped: list[Tensor]) -> Complaint | None:
    if any(torch.equal(first, second) for first, second in pairwise(dropped)):
        return Complaint("Two calls dropped the same words: noise must be fresh each time.", mistake="frozen_noise")
    return None


def _spreads(tokens: Tensor, dropped: Tensor) -> list[tuple[float, int]]:
    """By sentence, by place and by word: how much the number of dropped words varies, and the number of groups.

    That is the mean over groups of (dropped - expected)² / variance: 1 for independent words, and the size of the
    groups where each is dropped or kept as a whole. The rate is the one found, so that it may be wrong. Empty where
    all or no words were dropped.
    """
    words = tokens > UNK
    gone = dropped[words].double()
    rate = gone.mean().item()
    if rate in (0, 1):
        return []
    batch, width = tokens.shape
    by_row, by_place = torch.arange(batch)[:, None].expand_as(tokens), torch.arange(width).expand_as(tokens)
    spreads = []
    for groups in (by_row[words], by_place[words], tokens[words]):
        sizes = torch.bincount(groups).double()
        strays = torch.bincount(groups, weights=gone) - rate * sizes
        used = sizes > 0
        spread = (strays[used] ** 2 / (rate * (1 - rate) * sizes[used])).mean()
        spreads.append((spread.item(), int(used.sum())))
    return spreads


def _complaint_of_shared_noise(draws: list[list[tuple[float, int]]], words: int) -> Complaint | None:
    """Groups that are dropped as a whole or never."""
    mistakes = (
        ("Whole sentences were dropped or kept.", "whole_sentences"),
        ("All sentences lost the words at the same places.", "one_noise_for_the_batch"),
        ("A word was dropped wherever it occurs, or nowhere.", "one_noise_for_a_word"),
    )
    for spreads in draws:
        for (spread, groups), (message, mistake) in zip(spreads, mistakes, strict=False):
            if spread > words / groups / 2:
                return Complaint(message, mistake=mistake)
    return None


def _complaint_of_fixed_share(spreads: list[tuple[float, int]]) -> Complaint | None:
    """A chi-square test: groups whose number of dropped words varies less than chance has it."""
    if any(spread < 1 - 2 * math.sqrt(NATS / groups) for spread, groups in spreads):
        return Complaint("Every sentence lost the same share of its words.", mistake="fixed_share")
    return None


def _complaint_of_steady_number(words: Tensor, dropped: list[Tensor], rate: float) -> Complaint | None:
    """Whether each call drops rate · n words, rounded up or down: the binomial says how likely that is each time."""
    n = int(words.sum())
    numbers = [int(mask.sum()) for mask in dropped]
    near = [k for k in range(n + 1) if abs(k - rate * n) < 1]
    chance = sum(math.comb(n, k) * rate**k * (1 - rate) ** (n - k) for k in near)
    if not all(k in near for k in numbers) or len(numbers) * math.log(chance) > -NATS:
        return None
    facts = (("expected", f"numbers that vary, of {n} words"), ("actual", ", ".join(map(str, numbers[:6])) + ", …"))
    return Complaint("Every call drops the same number of words.", facts, "fixed_number")


def _complaint_of_rate(words: Tensor, dropped: Tensor, rate: float) -> Complaint | None:
    """The share of ordinary words that were dropped. Hoeffding: P <= 2 exp(-2 n distance²) = 1e-9."""
    n = int(words.sum())
    share = dropped.sum().item() / n
    margin = math.sqrt(math.log(2e9) / (2 * n))
    if abs(share - rate) <= margin:
        return None
    facts = (("expected", f"about {rate:.3f} of the ordinary words dropped"), ("actual", f"{share:.3f}"))
    mistake = "rate_inverted" if abs(share - (1 - rate)) <= margin else None
    return Complaint("The wrong share of words was dropped.", facts, mistake)


def _complaint_of_spread(spreads: list[tuple[float, int]]) -> Complaint | None:
    """A chi-square test: groups whose number of dropped words varies more than chance has it."""
    if any(spread > 1 + 2 * math.sqrt(NATS / groups) + 2 * NATS / groups for spread, groups in spreads):
        return Complaint("The words are not dropped independently of each other.")
    return None


def _complaint_of_correlation(words: Tensor, dropped: list[Tensor], rate: float) -> Complaint | None:
    """Products of standardised indicators of different words have mean 0 and variance 1."""
    draws = [(mask.double() - rate) / math.sqrt(rate * (1 - rate)) * words for mask in dropped]
    last = draws[-1]
    for dim, shift, message in (
        (1, 1, "Whether a word is dropped depends on its neighbour."),
        (0, 1, "Neighbouring sentences lose words at the same places."),
        (0, len(words) // 2, "Distant sentences lose words at the same places."),
    ):
        pairs = words.shape[dim] - shift
        both = words.narrow(dim, 0, pairs) & words.narrow(dim, shift, pairs)
        if _correlation(last.narrow(dim, 0, pairs), last.narrow(dim, shift, pairs), both) > SIGMAS:
            return Complaint(message, mistake="one_noise_for_the_batch" if dim == 0 else None)
    for first, second in pairwise(draws):
        if _correlation(first, second, words) > SIGMAS:
            message = "Two calls dropped the same words more often than chance: noise must be fresh each time."
            return Complaint(message, mistake="frozen_noise")
    return None


def _correlation(first: Tensor, second: Tensor, both: Tensor) -> float:
    """The correlation of two sets of draws in standard errors."""
    return abs((first * second)[both].sum().item()) / math.sqrt(max(1, int(both.sum())))
