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
    between 0 and 1 it holds some thousand ordinary words, and the function is called at least twice.
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
    dropped = [output != tokens for output in response.outputs]
    return _complaint_of_rate(tokens, dropped[-1], rate) or _complaint_of_dependence(tokens, dropped, rate)


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


def _complaint_of_rate(tokens: Tensor, dropped: Tensor, rate: float) -> Complaint | None:
    """The share of ordinary words that were dropped. Hoeffding: P <= 2 exp(-2 n distance²) = 1e-9."""
    words = tokens > UNK
    n = int(words.sum())
    share = dropped.sum().item() / n
    margin = math.sqrt(math.log(2e9) / (2 * n))
    if abs(share - rate) <= margin:
        return None
    facts = (("expected", f"about {rate:.3f} of the ordinary words dropped"), ("actual", f"{share:.3f}"))
    mistake = "rate_inverted" if abs(share - (1 - rate)) <= margin else None
    return Complaint("The wrong share of words was dropped.", facts, mistake)


def _complaint_of_dependence(tokens: Tensor, dropped: list[Tensor], rate: float) -> Complaint | None:
    """Is each word's fate its own: across calls, sentences, places, repetitions of a word, and neighbours?"""
    if any(torch.equal(first, second) for first, second in pairwise(dropped)):
        return Complaint("Two calls dropped the same words: noise must be fresh each time.", mistake="frozen_noise")
    words = tokens > UNK
    spreads = [_spread(groups[words], dropped[-1][words], rate) for groups in _groups(tokens)]
    return (
        _complaint_of_shared_noise(spreads, int(words.sum()))
        or _complaint_of_correlation(words, dropped, rate)
        or _complaint_of_spread(spreads)
    )


def _groups(tokens: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The number of its sentence, its place and its word, for each token: what might share noise."""
    batch, width = tokens.shape
    return torch.arange(batch)[:, None].expand_as(tokens), torch.arange(width).expand_as(tokens), tokens


def _spread(groups: Tensor, dropped: Tensor, rate: float) -> tuple[float, int]:
    """The mean over groups of (dropped - expected)² / variance, and the number of groups.

    It is 1 for independent words, and the size of the groups where each is dropped or kept as a whole.
    """
    sizes = torch.bincount(groups).double()
    counts = torch.bincount(groups, weights=dropped.double())
    used = sizes > 0
    squares = (counts - rate * sizes)[used] ** 2 / (rate * (1 - rate) * sizes[used])
    return squares.mean().item(), int(used.sum())


def _complaint_of_shared_noise(spreads: list[tuple[float, int]], words: int) -> Complaint | None:
    """Groups that are dropped as a whole, or never."""
    mistakes = (
        ("Whole sentences were dropped or kept.", "whole_sentences"),
        ("All sentences lost the words at the same places.", "one_noise_for_the_batch"),
        ("A word was dropped wherever it occurs, or nowhere.", "one_noise_for_a_word"),
    )
    for (spread, groups), (message, mistake) in zip(spreads, mistakes, strict=True):
        if spread > words / groups / 2:
            return Complaint(message, mistake=mistake)
    return None


def _complaint_of_spread(spreads: list[tuple[float, int]]) -> Complaint | None:
    """Chi-square tests: groups whose number of dropped words varies more, or less, than chance has it."""
    for spread, groups in spreads:
        if spread < 1 - 2 * math.sqrt(NATS / groups):
            return Complaint("Every sentence lost the same share of its words.", mistake="fixed_share")
        if spread > 1 + 2 * math.sqrt(NATS / groups) + 2 * NATS / groups:
            return Complaint("The words are not dropped independently of each other.")
    return None


def _complaint_of_correlation(words: Tensor, dropped: list[Tensor], rate: float) -> Complaint | None:
    """Products of standardised indicators of different words have mean 0 and variance 1."""
    draws = [(mask.double() - rate) / math.sqrt(rate * (1 - rate)) * words for mask in dropped]
    last = draws[-1]
    for dim, shift, message in (
        (1, 1, "Neighbouring words are dropped together."),
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
