"""The law of word dropout: which tokens may change, into what, how often, and independently of what.

Exact rules come first; each statistical test's false-failure rate is stated, and together a right function fails less
than once in a million checks. What is then said of a function that failed is found out by `dropout_groups`.
"""

import math
from itertools import pairwise

import torch
from torch import Tensor

from latentkit.check.cases import Examination, Response, SolvedCase
from latentkit.check.comparing import Complaint, complaint_of_error, complaint_of_form
from latentkit.check.laws.dropout_groups import NATS, UNK, Group, groups_of, never_or_always, told_by_groups

PAD, BOS, EOS = range(UNK)
SIGMAS = 6.5
"""A mean of n standardised indicators strays this many standard errors with probability about 1e-10, two-sided."""
INVERTED_FROM = 0.7
"""The rate from which on a share of 1 - rate means that the rate was taken for that of being kept."""


def word_dropout(solved: SolvedCase, response: Response, examination: Examination) -> Complaint | None:
    """Ordinary words become UNK with probability `rate`, all independently; nothing else changes.

    The case's inputs are those of the exercise: `tokens` [B, T], `rate` and, where it is given, `training`. With a rate
    between 0 and 1 it holds some thousand ordinary words, and the function is called at least twice; or it holds some
    dozen, `many_calls` is among its numbers, and the function is called so often that the number dropped must vary.
    """
    tokens, rate = solved.case.inputs["tokens"], solved.case.inputs["rate"]
    wrong = complaint_of_error(response)
    for output in response.outputs:
        wrong = wrong or complaint_of_form(output, tokens, solved.case.inputs)
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
        return _nothing_dropped("training" in solved.case.inputs, rate)
    if "many_calls" in solved.numbers:
        return _complaint_of_steady_number(words, dropped, rate)
    return _complaint_of_draws(tokens, dropped, rate)


def _nothing_dropped(training_is_given: bool, rate: float) -> Complaint:
    facts = (("expected", f"about {rate:.3f} of the ordinary words dropped"), ("actual", "none"))
    if training_is_given:
        return Complaint("No word was dropped, though `training` is True and the rate is above 0.", facts)
    return Complaint("No word was dropped, though the rate is above 0.", facts, "nothing_dropped")


# ---------------------------------------------------------------- what holds without exception


def _complaint_of_rules(tokens: Tensor, output: Tensor, rate: float, solved: SolvedCase) -> Complaint | None:
    """The values that may occur, the specials, and rates of 0 and 1."""
    changed = output != tokens
    if rate == 0 and changed.any():
        return _complaint_of_change(bool((output[changed] == UNK).all()), solved.case.inputs["rate"] > 0)
    if (changed & (output != UNK)).any():
        return _complaint_of_values(tokens, output, rate)
    special = tokens <= EOS
    if (changed & special).any():
        if not (changed & (tokens == PAD)).any():
            message = "PAD was kept, but BOS or EOS became UNK."
            return Complaint(message, mistake="boundaries_dropped")
        return Complaint("PAD, BOS or EOS became UNK.", mistake="specials_dropped")
    if rate == 1 and (output[~special] != UNK).any():
        share = (output[~special] == UNK).double().mean()
        facts = (("expected", "all ordinary words are UNK"), ("actual", f"{share:.3f} of them are"))
        return Complaint("At rate 1 every ordinary word becomes UNK; some did not.", facts)
    return None


def _complaint_of_change(to_unk: bool, at_evaluation: bool) -> Complaint:
    """Where nothing may be dropped."""
    if at_evaluation and to_unk:
        return Complaint("Words were dropped although `training` is False.", mistake="dropout_at_evaluation")
    why = "`training` is False" if at_evaluation else "the rate is 0"
    if to_unk:
        return Complaint(f"Words were dropped although {why}.")
    return Complaint(f"The tokens do not come back as they were, although {why}.")


def _complaint_of_values(tokens: Tensor, output: Tensor, rate: float) -> Complaint:
    """Something else than UNK was written."""
    changed = output != tokens
    written = output[changed & (output != UNK)]
    if rate < 1 and ((output == 0) | ((output - tokens / (1 - rate)).abs() <= 1)).all() and (written != PAD).any():
        return Complaint("The token ids were scaled as if they were activations.", mistake="dropout_on_ids")
    if all(_has_lost_words(before, now) for before, now in zip(tokens, output, strict=True)):
        return Complaint("Dropped words were taken out and the rest moved up.", mistake="words_removed")
    for tokens_moved, words in _moves(tokens):
        if ((output == tokens_moved) | (output == UNK)).all():
            return Complaint(f"{words}: each token stays at its place.")
    known = written.min() >= PAD and written.max() <= tokens.max()  # any other id is held by no sentence
    if known and all(_holds(before, now) for before, now in zip(tokens, output, strict=True)):
        return Complaint("Tokens of a sentence have changed places: each stays at its own, or becomes UNK there.")
    if not (written == written[0]).all():
        among_words = not (changed & (tokens <= EOS)).any() and (written > UNK).all()
        message = "Some places hold neither UNK nor the token that was there."
        return Complaint(message, mistake="random_words" if among_words else None)
    if (changed & (tokens <= EOS) & (output != UNK)).any():
        return Complaint("BOS, EOS or PAD was overwritten, and not only with UNK: dropped words become UNK, id 3.")
    if written[0] == PAD and (output[changed] == PAD).all():
        return Complaint("Dropped words became PAD, not UNK.", mistake="dropped_to_pad")
    name = {PAD: "PAD", BOS: "BOS", EOS: "EOS"}.get(int(written[0]), "another id, always the same")
    facts = (("expected", f"id {UNK}, UNK"), ("actual", f"id {int(written[0])}"))
    return Complaint(f"Some words became {name}; a dropped word becomes UNK, id 3.", facts)


def _has_lost_words(before: Tensor, now: Tensor) -> bool:
    """Whether a row is what is left when ordinary words are taken out, and no UNK was put in."""
    left = now[now != PAD]
    if (now[len(left) :] != PAD).any() or any(
        (before == special).sum() != (now == special).sum() for special in (BOS, EOS)
    ):
        return False
    remaining = iter(before[before != PAD].tolist())
    return all(word in remaining for word in left.tolist())


def _moves(tokens: Tensor) -> tuple[tuple[Tensor, str], ...]:
    return (
        (tokens.flip(0), "The sentences come back in reverse order"),
        (tokens.flip(1), "The tokens of each sentence come back in reverse order"),
        (tokens.roll(1, 1), "The tokens have moved one place towards the end"),
        (tokens.roll(-1, 1), "The tokens have moved one place towards the beginning"),
        (tokens.roll(1, 0), "Each sentence stands in the row of the next"),
        (tokens.roll(-1, 0), "Each sentence stands in the row of the one before"),
    )


def _holds(row: Tensor, other: Tensor) -> bool:
    """Whether a row holds all that the other does, UNK aside, as often; the ids are not negative, and small."""
    size = max(int(row.max()), int(other.max()), UNK) + 1
    counts, others = torch.bincount(row, minlength=size), torch.bincount(other, minlength=size)
    counts[UNK] = others[UNK]
    return bool((others <= counts).all())


# ---------------------------------------------------------------- how the words were drawn


def _complaint_of_draws(tokens: Tensor, dropped: list[Tensor], rate: float) -> Complaint | None:
    """What the tests find; where they find anything, the groups of words may tell more plainly what it is."""
    words = tokens > UNK
    groups, of_words = groups_of(tokens), [mask[words] for mask in dropped]
    spreads = [group.spread(of_words[-1]) for group in groups]
    plainest = _complaint_of_repetition(dropped) or never_or_always(tokens, groups, of_words, rate)
    if plainest is not None:
        return plainest
    wrong = (
        _complaint_of_less_than_chance(groups, spreads, words, dropped, rate)
        or _complaint_of_rate(words, dropped, rate)
        or _complaint_of_correlation(words, dropped, rate)
        or _complaint_of_more_than_chance(groups, spreads)
    )
    return wrong and (told_by_groups(groups, of_words) or wrong)


def _complaint_of_repetition(dropped: list[Tensor]) -> Complaint | None:
    if any(torch.equal(first, second) for first, second in pairwise(dropped)):
        return Complaint("Two calls dropped the same words: noise must be fresh each time.", mistake="frozen_noise")
    return None


def _complaint_of_less_than_chance(
    groups: list[Group], spreads: list[float | None], words: Tensor, dropped: list[Tensor], rate: float
) -> Complaint | None:
    """A chi-square test: groups whose number of dropped words varies less than chance has it."""
    for group, spread in zip(groups, spreads, strict=True):
        if spread is not None and spread < 1 - 2 * math.sqrt(NATS / group.count):
            if group.family == "sentence" and all(_is_steady(words, mask, rate) for mask in dropped):
                return Complaint("Every sentence lost the same share of its words.", mistake="fixed_share")
            return Complaint(
                f"From one {group.family} to another, the share of words dropped varies less than by chance."
            )
    return None


def _is_steady(words: Tensor, dropped: Tensor, rate: float) -> bool:
    """Whether each sentence lost rate · n of its n words, rounded up or down."""
    return bool(((dropped.sum(1) - rate * words.sum(1)).abs() <= 1).all())


def _complaint_of_steady_number(words: Tensor, dropped: list[Tensor], rate: float) -> Complaint | None:
    """Whether each call drops rate · n words, rounded up or down: the binomial says how likely that is each time."""
    n = int(words.sum())
    numbers = [int(mask.sum()) for mask in dropped]
    near = [k for k in range(n + 1) if abs(k - rate * n) < 1]
    chance = sum(math.comb(n, k) * rate**k * (1 - rate) ** (n - k) for k in near)
    if not all(k in near for k in numbers) or len(numbers) * math.log(chance) > -NATS:
        return None
    facts = (("expected", f"numbers that vary, of {n} words"), ("actual", ", ".join(map(str, numbers[:6])) + ", …"))
    if len(set(numbers)) == 1:
        return Complaint("Every call drops the same number of words.", facts, "fixed_number")
    return Complaint("Every call drops as nearly rate · n of the n words as can be: the number must vary.", facts)


def _complaint_of_rate(words: Tensor, dropped: list[Tensor], rate: float) -> Complaint | None:
    """The share of ordinary words that all calls dropped. Hoeffding: P <= 2 exp(-2 n distance²) = 1e-9.

    A share of 1 - rate is named where the rate is so high that its half, its square and their like are far from it.
    """
    n = int(words.sum()) * len(dropped)
    margin = math.sqrt(math.log(2e9) / (2 * n))
    share = sum(mask.sum().item() for mask in dropped) / n
    if abs(share - rate) <= margin:
        return None
    facts = (("expected", f"about {rate:.3f} of the ordinary words dropped"), ("actual", f"{share:.3f}"))
    inverted = rate > INVERTED_FROM and abs(share - (1 - rate)) <= margin
    message = f"The wrong share of words was dropped: {'more' if share > rate else 'fewer'} than the rate says."
    return Complaint(message, facts, "rate_inverted" if inverted else None)


def _complaint_of_more_than_chance(groups: list[Group], spreads: list[float | None]) -> Complaint | None:
    """A chi-square test: groups whose number of dropped words varies more than chance has it."""
    for group, spread in zip(groups, spreads, strict=True):
        if spread is not None and spread > group.most_spread:
            return Complaint(f"The words of one {group.family} are not dropped independently of each other.")
    return None


def _complaint_of_correlation(words: Tensor, dropped: list[Tensor], rate: float) -> Complaint | None:
    """Products of standardised indicators of different words have mean 0 and variance 1."""
    draws = [(mask.double() - rate) / math.sqrt(rate * (1 - rate)) * words for mask in dropped]
    last = draws[-1]
    for dim, shift, other in (
        (1, 1, "its neighbour is"),
        (0, 1, "the word at the same place of the next sentence is"),
        (0, len(words) // 2, "the word at the same place of the sentence half a batch away is"),
    ):
        pairs = words.shape[dim] - shift
        first, second = last.narrow(dim, 0, pairs), last.narrow(dim, shift, pairs)
        both = words.narrow(dim, 0, pairs) & words.narrow(dim, shift, pairs)
        if _strays(first, second, both):
            return Complaint(
                f"Whether a word is dropped depends on whether {other}.", _correlation(first, second, both)
            )
    for first, second in pairwise(draws):
        if _strays(first, second, words):
            message = "Whether a word is dropped depends on whether the call before dropped it."
            return Complaint(message, _correlation(first, second, words))
    return None


def _strays(first: Tensor, second: Tensor, both: Tensor) -> bool:
    """Whether two sets of draws are correlated beyond chance."""
    return abs((first * second)[both].sum().item()) > SIGMAS * math.sqrt(max(1, int(both.sum())))


def _correlation(first: Tensor, second: Tensor, both: Tensor) -> tuple[tuple[str, str], ...]:
    found = torch.corrcoef(torch.stack([first[both], second[both]]))[0, 1]
    return (("expected", "correlation 0"), ("actual", f"correlation {found:.2f}"))
