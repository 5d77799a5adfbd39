"""The law of a collapsed Gibbs sweep: exact rules about the counts, then tests of how the topics were drawn.

A right sweep visits every token once, in any order, fixed or drawn anew, and draws from the conditional. Every bound
holds for all such sweeps and any number of draws; each is exceeded with probability at most exp(-x), x = 20.2:

- Evidence: sum over sweeps of log e > x, where e is an e-value against every right law, in favour of a known mistake
  (Ville 1939).
- Frequency: m KL(share of m sweeps in which an event happened || its nearest possible probability) > x, where right
  orders leave the event's probability between two numbers (Chernoff 1952; Hoeffding 1963, theorem 1).
- Planted topics: log q(z') + log p(z) - log p(z') > x for topics z before and z' after, any distribution q. A sweep
  leaves p(z | w) as it is, so it goes from z to z' with probability at most p(z' | w) / p(z | w).

With four tokens and four topics the exercise takes at most 268 of them. Frequencies are K²N(N-1) + 2KN, of pairs and
single tokens from above and below, which is 224, and those of tokens that never move are among them; then one of sweeps
that repeat, eight of a document of one word, three of larger corpora and one for each known mistake's law, 32. So a
right sweep fails with probability below 268 exp(-20.2) = 4.6e-7.
"""

import itertools
import math

import numpy as np
import torch
from torch import Tensor

from latentkit.check.cases import Examination, Response, SolvedCase, Value
from latentkit.check.comparing import Complaint, complaint_of_error
from latentkit.lda import log_joint

X = 20.2
"""A right sweep exceeds each bound with probability at most exp(-X)."""

TABLES = ("n_dk", "n_kw", "n_k")
KNOWN = {
    "word_counts_stale": "the counts of words of before the sweep",
    "totals_stale": "the topics' totals of before the sweep",
    "conditional_rooted": "the square root of the conditional",
    "conditional_sharpened": "the conditional to the power 1.5",
    "likeliest_too_often": "the conditional, the likeliest topic taken too often",
    "one_random_number_each_document": "one random number for all tokens of a document",
    "first_token_twice": "the first token drawn twice",
    "denominator_missing": "the conditional without its denominator",
    "vocabulary_missing": "η in place of Vη in the denominator",
    "words_ignored": "the document's part of the conditional alone",
    "documents_ignored": "the words' part of the conditional alone",
    "priors_swapped": "α and η exchanged",
    "alpha_doubled": "α/η doubled, be it that α, η or a count is wrong by that factor",
    "alpha_halved": "α/η halved, be it that α, η or a count is wrong by that factor",
    "eta_doubled": "α/η halved, be it that α, η or a count is wrong by that factor",
    "eta_halved": "α/η doubled, be it that α, η or a count is wrong by that factor",
    "totals_halved": "half of n_k, or twice V",
    "totals_doubled": "twice n_k, or half of V",
    "documents_for_vocabulary": "the number of documents for V",
    **{
        f"topics_{one}_and_{other}_exchanged": f"topics {one} and {other} exchanged afterwards"
        for one, other in itertools.combinations(range(4), 2)
    },
}
"""What a sweep did to have the law of one of these names. Priors as small as the case's tell little but their ratio."""
ALL_LIKE = 4.5
"""Standard errors within which shares agree with a known mistake's, so that it is named."""


def gibbs_sweep(solved: SolvedCase, response: Response, examination: Examination) -> Complaint | None:
    """Sweeps of collapsed Gibbs sampling, in place.

    The case's inputs are those of the exercise: `docs`, `z`, `n_dk`, `n_kw`, `n_k`, `alpha`, `eta`. Its numbers say
    what is judged beyond the counts:

    - `pair_least` and `pair_most` [N, N, K, K]: of a case that restarts, over all orders, the least and the greatest
      probability that tokens i and j end in topics k and l; `same_most`, the greatest of any assignment; for known
      mistakes `law_<mistake>` [K, ..., K], its law, and `evidence_<mistake>`, log e of each assignment.
    - `guests`: documents whose first token could be anywhere, and `likeliest`, the topic that its document favours.
      All of them there, or none in its old topic, has a probability below exp(-X) whatever the order, by the case's
      making.
    - `even_least` and `even_most`: of a document of one word, between which a topic's probability lies for each token,
      whatever the others' topics are.
    - `planted` [N]: the topics that the corpus was drawn with, which `z` are.
    """
    wrong = _complaint_of_call(response) or _complaint_of_form(solved, response)
    if wrong is not None:
        return wrong
    z = torch.cat(_stack(solved, response.edited["z"]), dim=1)  # [sweeps, N]
    if "guests" in solved.numbers:  # elsewhere nothing may move
        wrong = _complaint_of_inaction(solved, response, z)
    wrong = wrong or _complaint_of_counts(solved, response, z)
    if wrong is None and "pair_least" in solved.numbers:
        wrong = _complaint_of_draws(z, solved)
    if wrong is None and "guests" in solved.numbers:
        wrong = _complaint_of_guests(solved, response)
    if wrong is None and "even_most" in solved.numbers:
        wrong = _complaint_of_one_word(solved, z[-1])
    if wrong is None and "planted" in solved.numbers:
        wrong = _complaint_of_planted_topics(solved, response, z[-1])
    return wrong


# ---------------------------------------------------------------- what holds without exception


def _complaint_of_call(response: Response) -> Complaint | None:
    wrong = complaint_of_error(response)
    if wrong is None and response.mutated:
        return Complaint(f"Your function changed `{response.mutated[0]}`: edit `z` and the counts, nothing else.")
    return wrong


def _complaint_of_form(solved: SolvedCase, response: Response) -> Complaint | None:
    inputs, edited = solved.case.inputs, response.edited
    for name in TABLES:
        if not _has_form_of(edited[name], inputs[name], solved):
            return Complaint(f"`{name}` is no longer a LongTensor of its shape: edit it in place.")
    z = edited["z"]
    if not isinstance(z, list) or len(z) != len(inputs["z"]):
        return Complaint("`z` no longer has one tensor for each document: edit it in place.")
    for now, before in zip(z, inputs["z"], strict=True):
        if not _has_form_of(now, before, solved) or ((now < 0) | (now >= len(inputs["n_k"]))).any():
            return Complaint("An entry of `z` is no longer a LongTensor of its document's topics: edit it in place.")
    return None


def _has_form_of(value: Value, before: Tensor, solved: SolvedCase) -> bool:
    calls = (solved.case.calls,) if solved.case.restarts else ()
    return isinstance(value, Tensor) and value.shape == (*calls, *before.shape) and value.dtype == before.dtype


def _stack(solved: SolvedCase, values: list[Tensor]) -> list[Tensor]:
    """Values as the calls left them, calls first, where only the last was kept too."""
    return values if solved.case.restarts else [value[None] for value in values]


def _complaint_of_inaction(solved: SolvedCase, response: Response, z: Tensor) -> Complaint | None:
    """What was not edited at all. That no guest moves is less likely than that all go to their likeliest topic."""
    inputs = solved.case.inputs
    moved = (z != torch.cat(inputs["z"])).any(0)
    tables = _stack(solved, [response.edited[name] for name in TABLES])
    counted = any((table != inputs[name]).any() for name, table in zip(TABLES, tables, strict=True))
    if not moved.any():
        if counted:
            return Complaint("The counts changed, but `z` is as it was.", mistake="topics_not_written")
        return Complaint("Neither `z` nor the counts have changed.", mistake="nothing_edited")
    if not counted:
        return Complaint("`z` has changed, but the counts are as they were.", mistake="counts_not_updated")
    first = len(inputs["z"][0])
    if moved[:first].any() and not moved[first:].any():
        return Complaint("Only the first document was swept.", mistake="first_document_only")
    return None


def _complaint_of_counts(solved: SolvedCase, response: Response, z: Tensor) -> Complaint | None:
    docs, (topics, vocab) = solved.case.inputs["docs"], solved.case.inputs["n_kw"].shape
    document = torch.repeat_interleave(torch.tensor([len(words) for words in docs]))
    by_word = _counted(z * vocab + torch.cat(docs), topics * vocab)
    expected = (_counted(document * topics + z, len(docs) * topics), by_word, by_word.view(-1, topics, vocab).sum(2))
    tables = [table.flatten(1) for table in _stack(solved, [response.edited[name] for name in TABLES])]
    right = torch.stack([(now == table).all(1) for now, table in zip(tables, expected, strict=True)])  # [3, sweeps]
    if right.all():
        return None
    call = int((~right.all(0)).nonzero()[0])
    wrong = [f"`{name}`" for name, is_right in zip(TABLES, right[:, call].tolist(), strict=True) if not is_right]
    tokens, sums = z.shape[1], [int(table[call].sum()) for table in tables]
    facts = (("expected", f"{tokens} tokens in each table"), ("actual", ", ".join(map(str, sums))))
    message = f"After the sweep {', '.join(wrong)} is not the count of `z`."
    before = [solved.case.inputs[name].flatten() for name in TABLES]
    untouched = all(
        ok or torch.equal(table[call], old) for ok, table, old in zip(right[:, call], tables, before, strict=True)
    )
    return Complaint(message, facts, _bookkeeping(sums, tokens, untouched))


def _counted(entries: Tensor, size: int) -> Tensor:
    """How often each number below size occurs in each row, [rows, size]."""
    return torch.zeros(len(entries), size, dtype=torch.long).scatter_add_(1, entries, torch.ones_like(entries))


def _bookkeeping(sums: list[int], tokens: int, untouched: bool) -> str | None:
    """The mistake that the tables' sums show, after one sweep, or that those that are wrong are as they were."""
    if all(total == 2 * tokens for total in sums):
        return "token_never_removed"
    if not any(sums):
        return "token_not_put_back"
    return "one_table_forgotten" if untouched else None


# ---------------------------------------------------------------- sweeps from one start, again and again


def _complaint_of_draws(z: Tensor, solved: SolvedCase) -> Complaint | None:
    if (z[1:] == z[:-1]).all():  # that they repeat says more than where they end
        return _complaint_of_repetition(z, solved)
    gains, found = _gains(z, solved), _pairs(z, len(solved.case.inputs["n_k"]))
    return (
        _complaint_of_known_law(z, gains, found, solved)
        or _complaint_of_skipping(z, solved)
        or _complaint_of_law(z, gains, found, solved)
        or _complaint_of_repetition(z, solved)
    )


def _complaint_of_repetition(z: Tensor, solved: SolvedCase) -> Complaint | None:
    """Whether sweeps end as the one before did, more often than the likeliest assignment comes."""
    same, after = int((z[1:] == z[:-1]).all(1).sum()), len(z) - 1
    if not _strays(same, after, 0.0, solved.numbers["same_most"]):
        return None
    facts = (
        ("expected", f"a change at most sweeps, of {len(z)} from one start"),
        ("actual", f"no change {same} times"),
    )
    if same == after:
        return Complaint("Every sweep from one start ends in the same topics.", facts, "frozen_noise")
    return Complaint("Sweeps from one start end as the one before did too often: draw anew each time.", facts)


def _complaint_of_skipping(z: Tensor, solved: SolvedCase) -> Complaint | None:
    """Tokens that no sweep has moved. Those that leave their topic seldom are left to the frequencies."""
    start = torch.cat(solved.case.inputs["z"])
    token = torch.arange(len(start))
    stay_most = solved.numbers["pair_most"][token, token, start, start]
    still = (z == start).all(0) & (-len(z) * stay_most.log() > X)
    if not still.any():
        return None
    facts = (("expected", f"each token moves in some of {len(z)} sweeps"), ("actual", f"{int(still.sum())} never do"))
    ends, last = (
        torch.tensor([len(words) for words in solved.case.inputs["docs"]]).cumsum(0) - 1,
        torch.zeros_like(still),
    )
    last[ends[ends >= 0]] = True
    if torch.equal(still, last) or still.nonzero().flatten().tolist() == [len(start) - 1]:
        return Complaint("The last token never leaves its topic.", facts, "last_token_skipped")
    return Complaint("Some tokens never leave their topic.", facts, "tokens_skipped")


def _gains(z: Tensor, solved: SolvedCase) -> dict[str, float]:
    """The evidence for each known mistake, in nats."""
    prefix = "evidence_"
    return {
        name.removeprefix(prefix): float(of[tuple(z.T)].sum())
        for name, of in solved.numbers.items()
        if name.startswith(prefix)
    }


def _complaint_of_known_law(z: Tensor, gains: dict[str, float], found: Tensor, solved: SolvedCase) -> Complaint | None:
    """Whether the sweeps, with the frequencies found of pairs, have the law of a known mistake."""
    mistake = max(
        (name for name in gains if gains[name] > X and _fits(name, found, z, solved)),
        key=gains.__getitem__,
        default=None,
    )
    if mistake is None:
        return None
    facts = (
        ("tried", f"{len(z)} sweeps from one start"),
        ("against a right sweep", f"likelier e^{gains[mistake]:.0f} times"),
    )
    if mistake in KNOWN:
        return Complaint(f"The topics come as often as in a sweep with {KNOWN[mistake]}.", facts)
    message = (
        "The topics have another law than a right sweep gives them, in any order. They come as often as with this "
        "mistake:"
    )
    return Complaint(message, facts, mistake)


def _complaint_of_law(z: Tensor, gains: dict[str, float], found: Tensor, solved: SolvedCase) -> Complaint | None:
    """Whether pairs of tokens have frequencies that no right order gives, or a mistake's evidence is too great."""
    nearest = found.clamp(solved.numbers["pair_least"], solved.numbers["pair_most"])
    distance = len(z) * _divergence(found, nearest)
    if distance.max() > X:
        return _complaint_of_pair(distance, found, nearest, solved)
    if max(gains.values(), default=0.0) > X:
        return Complaint("The topics have another law than a right sweep gives them, in any order.")
    return None


def _complaint_of_pair(distance: Tensor, found: Tensor, nearest: Tensor, solved: SolvedCase) -> Complaint:
    """What the most surprising pair did; a token with itself where that says it."""
    single = distance.diagonal().amax()  # of each token with itself
    if single > X:
        distance = torch.where(torch.eye(len(distance), dtype=torch.bool)[..., None, None], distance, 0.0)
    simplest = None if single > X else _simplest_law(found, nearest, solved)
    i, j, topic, other = (int(index) for index in np.unravel_index(int(distance.argmax()), distance.shape))
    words = torch.cat(solved.case.inputs["docs"]).tolist()
    start = torch.cat(solved.case.inputs["z"]).tolist()
    event = f"token {i} (word {words[i]}, before in topic {start[i]}) ends in topic {topic}"
    message = "A token's topics are not drawn from the conditional."
    if i != j:
        event += f" and token {j} (word {words[j]}, before in topic {start[j]}) in topic {other}"
        message = simplest or "A pair of topics of two tokens comes more often, or less often, than in a right sweep."
    facts = (
        ("what", event),
        ("expected", f"in {nearest[i, j, topic, other]:.3f} of the sweeps"),
        ("actual", f"{found[i, j, topic, other]:.3f}"),
    )
    return Complaint(message, facts)


def _simplest_law(found: Tensor, nearest: Tensor, solved: SolvedCase) -> str | None:
    """What is plainly so of frequencies that no right order gives, where it is not so of a right sweep's."""
    topics, sweeps = len(solved.case.inputs["n_k"]), solved.case.calls
    apart = ~torch.eye(len(found), dtype=torch.bool)
    single = found.diagonal(dim1=0, dim2=1).diagonal(dim1=0, dim2=1)  # [N, K]
    laws = {
        "Every topic comes about as often as any other, for every token: the draws hardly follow the counts.": (
            torch.full_like(found, 1 / topics**2)
        ),
        "No token's topic depends on another's: the later one is to see where the earlier one went.": (
            single[:, None, :, None] * single[None, :, None, :]
        ),
    }
    for words, law in laws.items():
        error = (law * (1 - law) / sweeps).sqrt()
        if ((found - law).abs() <= ALL_LIKE * error + 1 / sweeps)[apart].all():
            return words
    return None


def _pairs(z: Tensor, topics: int) -> Tensor:
    """The share of sweeps in which tokens i and j end in topics k and l, [N, N, K, K]."""
    chosen = torch.nn.functional.one_hot(z, topics).double()  # [sweeps, N, K]
    return torch.einsum("sik,sjl->ijkl", chosen, chosen) / len(z)


def _fits(mistake: str, found: Tensor, z: Tensor, solved: SolvedCase) -> bool:
    """Whether the sweeps are as that mistake's: no assignment that it never gives, every pair as frequent as there."""
    law = solved.numbers[f"law_{mistake}"]
    if (law[tuple(z.T)] == 0).any():
        return False
    logs = law[law > 0].log()
    mean, square = (float((law[law > 0] * logs**power).sum()) for power in (1, 2))
    if abs(float(law[tuple(z.T)].log().mean()) - mean) > ALL_LIKE * math.sqrt((square - mean**2) / len(z)):
        return False
    size, topics = law.dim(), law.shape[0]
    for i in range(size):
        for j in range(i + 1, size):
            share = law.sum([token for token in range(size) if token not in (i, j)])
            error = (share * (1 - share) / len(z)).sqrt()
            if ((found[i, j] - share).abs() > ALL_LIKE * error + 3 / len(z)).any():
                return False
    return bool(topics > 1)


def _strays(found: int, size: int, least: float, most: float) -> bool:
    """Whether a number of successes lies beyond the bound for every probability between least and most."""
    share = torch.tensor(found / size, dtype=torch.float64)
    return bool(size * _divergence(share, share.clamp(least, most)) > X)


def _divergence(found: Tensor, expected: Tensor) -> Tensor:
    """KL(Bernoulli(found) || Bernoulli(expected)), in nats."""
    return _part(found, expected) + _part(1 - found, 1 - expected)


def _part(found: Tensor, expected: Tensor) -> Tensor:
    return torch.where(found > 0, found * (found / expected.clamp(min=1e-300)).log(), 0.0)


# ---------------------------------------------------------------- larger corpora


def _complaint_of_guests(solved: SolvedCase, response: Response) -> Complaint | None:
    documents = solved.numbers["guests"].tolist()
    now, before = (torch.stack([z[d][0] for d in documents]) for z in (response.edited["z"], solved.case.inputs["z"]))
    if (now == solved.numbers["likeliest"]).all():
        facts = (("expected", "other topics now and then"), ("actual", f"{len(now)} of {len(now)} in the likeliest"))
        return Complaint("All tokens that were watched took their likeliest topic.", facts, "argmax")
    if (now != before).all():
        if (torch.cat(response.edited["z"]) != torch.cat(solved.case.inputs["z"])).all():
            message = "No token has stayed in its topic: a token's old topic is drawn like any other."
            return Complaint(message, (("expected", "many tokens stay"), ("actual", "none")))
        facts = (("expected", f"some of {len(now)} tokens stay"), ("actual", "all have left"))
        return Complaint("Tokens leave their topic as if something drove them away.", facts, "subtracted_twice")
    return None


def _complaint_of_one_word(solved: SolvedCase, z: Tensor) -> Complaint | None:
    """Whether a topic got, or kept, more or fewer of the tokens than draws one by one give it."""
    start, topics = torch.cat(solved.case.inputs["z"]), len(solved.case.inputs["n_k"])
    least, most = solved.numbers["even_least"], solved.numbers["even_most"]
    stayed = int((z == start).sum())
    if _strays(stayed, len(z), least, most):
        facts = (("expected", f"about one in {topics} of {len(z)} tokens stays"), ("actual", f"{stayed} stay"))
        return Complaint("In a document of one word and with a large α, too many tokens stay, or too few.", facts)
    sizes = z.bincount(minlength=topics).tolist()
    if not any(_strays(size, len(z), least, most) for size in sizes):
        return None
    facts = (("expected", "topics of nearly equal sizes"), ("actual", f"sizes {', '.join(map(str, sizes))}"))
    if len(z) in sizes:
        message = "All tokens of a document of one word ended in one topic: each is drawn, and α is large."
        return Complaint(message, facts)
    return Complaint("The tokens of a document of one word are not spread as a large α spreads them.", facts)


def _complaint_of_planted_topics(solved: SolvedCase, response: Response, z: Tensor) -> Complaint | None:
    """Whether the topics that the corpus was drawn with are lost; q draws each with probability ½, others alike."""
    inputs, planted = solved.case.inputs, solved.numbers["planted"]
    kept, lost = int((z == planted).sum()), int((z != planted).sum())
    q = kept * math.log(0.5) + lost * math.log(0.5 / (len(inputs["n_k"]) - 1))
    before, after = (
        log_joint(tables["n_dk"], tables["n_kw"], inputs["alpha"], inputs["eta"])
        for tables in (inputs, response.edited)
    )
    if q + before - after <= X:
        return None
    facts = (
        ("expected", "most tokens stay in the topic that they were drawn from"),
        ("actual", f"{kept} of {len(z)} do"),
    )
    return Complaint("The sweeps lose the topics that the corpus was drawn with.", facts)
