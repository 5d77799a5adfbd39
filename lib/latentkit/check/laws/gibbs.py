"""The law of a collapsed Gibbs sweep: exact rules about the counts, then tests of how the topics were drawn.

The tests hold for any order of the tokens. A tail bound of e^-20 each (Chernoff 1952) and the drift of the counts
within a sweep, allowed for by DRIFT, make a right function fail less than once in a million checks: of 45,000 sweeps,
forward, backward and in random order, on 150 corpora, none strayed by more than 8 of the 20 nats, and 4 nats were
exceeded once in a thousand. From planted topics the worst of as many kept 99% of the tokens, where 90% are asked for.
"""

import math

import torch
from torch import Tensor

from latentkit.check.cases import Examination, Response, SolvedCase, Value
from latentkit.check.comparing import Complaint, complaint_of_error
from latentkit.lda import count_topics

NATS = 20.0
DRIFT = 0.03
"""How far a token's probabilities move within a sweep, for the tokens before it have moved."""
TABLES = ("n_dk", "n_kw", "n_k")


def gibbs_sweep(solved: SolvedCase, response: Response, examination: Examination) -> Complaint | None:
    """Sweeps of collapsed Gibbs sampling, in place.

    The case's inputs are those of the exercise: `docs`, `z`, `n_dk`, `n_kw`, `n_k`, `alpha`, `eta`. Numbers of a case
    with planted topics: `planted` [N], the topics that the corpus was drawn with, and `least_agreement`. Numbers of one
    with probes, tokens that hardly depend on each other: `lonely` and `guests` are documents whose first token moves to
    topic k with probability `lonely_share` [K] and `guest_share` [K]; `twins` are documents of two tokens that are in
    one topic afterwards with probability `twin_share`.
    """
    wrong = _complaint_of_call(response) or _complaint_of_form(solved, response)
    wrong = wrong or _complaint_of_inaction(solved, response) or _complaint_of_counts(solved, response)
    if wrong is None:
        judge = _complaint_of_planted_topics if "planted" in solved.numbers else _complaint_of_draws
        wrong = judge(solved, response)
    return wrong


def _complaint_of_call(response: Response) -> Complaint | None:
    wrong = complaint_of_error(response)
    if wrong is None and response.mutated:
        return Complaint(f"Your function changed `{response.mutated[0]}`: edit `z` and the counts, nothing else.")
    return wrong


def _complaint_of_form(solved: SolvedCase, response: Response) -> Complaint | None:
    inputs, edited = solved.case.inputs, response.edited
    topics = len(inputs["n_k"])
    for name in TABLES:
        if not _has_form_of(edited[name], inputs[name]):
            return Complaint(f"`{name}` is no longer a LongTensor of its shape: edit it in place.")
    z = edited["z"]
    if not isinstance(z, list) or len(z) != len(inputs["z"]):
        return Complaint("`z` no longer has one tensor for each document: edit it in place.")
    for now, before in zip(z, inputs["z"], strict=True):
        if not _has_form_of(now, before) or ((now < 0) | (now >= topics)).any():
            return Complaint("An entry of `z` is no longer a LongTensor of its document's topics: edit it in place.")
    return None


def _has_form_of(value: Value, before: Tensor) -> bool:
    return isinstance(value, Tensor) and value.shape == before.shape and value.dtype == before.dtype


def _complaint_of_inaction(solved: SolvedCase, response: Response) -> Complaint | None:
    """What was not edited at all; a right sweep moves some token of every case, but for once in e^60."""
    inputs, edited = solved.case.inputs, response.edited
    moved = [not torch.equal(now, before) for now, before in zip(edited["z"], inputs["z"], strict=True)]
    counted = [name for name in TABLES if not torch.equal(edited[name], inputs[name])]
    if not any(moved):
        if counted:
            return Complaint("The counts changed, but `z` is as it was.", mistake="topics_not_written")
        return Complaint("Neither `z` nor the counts have changed.", mistake="nothing_edited")
    if not counted:
        return Complaint("`z` has changed, but the counts are as they were.", mistake="counts_not_updated")
    if moved[0] and not any(moved[1:]):
        return Complaint("Only the first document was swept.", mistake="first_document_only")
    return None


def _complaint_of_counts(solved: SolvedCase, response: Response) -> Complaint | None:
    edited = response.edited
    expected = count_topics(solved.case.inputs["docs"], edited["z"], len(edited["n_k"]), edited["n_kw"].shape[1])
    wrong = [name for name, table in zip(TABLES, expected, strict=True) if not torch.equal(edited[name], table)]
    if not wrong:
        return None
    tokens = int(expected[2].sum())
    sums = [int(edited[name].sum()) for name in TABLES]
    facts = (("expected", f"{tokens} tokens in each table"), ("actual", ", ".join(map(str, sums))))
    mistake = None
    if all(total > tokens for total in sums):
        mistake = "token_never_removed"
    elif all(total < tokens for total in sums):
        mistake = "token_not_put_back"
    elif len(wrong) < len(TABLES):
        mistake = "one_table_forgotten"
    names = ", ".join(f"`{name}`" for name in wrong)
    return Complaint(f"After the sweep {names} is not the count of `z`.", facts, mistake)


def _complaint_of_planted_topics(solved: SolvedCase, response: Response) -> Complaint | None:
    planted, least = solved.numbers["planted"], solved.numbers["least_agreement"]
    agreement = (torch.cat(response.edited["z"]) == planted).double().mean().item()
    if agreement >= least:
        return None
    facts = (("expected", f"at least {least:.2f} of the tokens in their planted topic"), ("actual", f"{agreement:.2f}"))
    return Complaint("The sweeps do not find the planted topics.", facts)


def _complaint_of_draws(solved: SolvedCase, response: Response) -> Complaint | None:
    numbers, z, before = solved.numbers, response.edited["z"], solved.case.inputs["z"]
    topics = len(numbers["lonely_share"])
    lonely = torch.stack([z[d][0] for d in numbers["lonely"].tolist()])
    guests = torch.stack([z[d][0] for d in numbers["guests"].tolist()])
    twins = torch.stack([z[d] for d in numbers["twins"].tolist()])
    stayed = (lonely == torch.stack([before[d][0] for d in numbers["lonely"].tolist()])).sum()
    together = int((twins[:, 0] == twins[:, 1]).sum())
    likeliest = numbers["guest_share"].argmax()
    guests_of = torch.bincount(guests, minlength=topics)
    lonely_of = torch.bincount(lonely, minlength=topics)

    if guests_of[likeliest] == len(guests):
        return Complaint("Every token took its likeliest topic.", mistake="argmax")
    if _strays(int(stayed), len(lonely), numbers["stay_share"]):
        facts = (
            ("expected", f"about {numbers['stay_share']:.2f} of them stay"),
            ("actual", f"{stayed / len(lonely):.2f}"),
        )
        if stayed > len(lonely) * numbers["stay_share"]:
            return Complaint("Tokens that nothing holds stay in their topic too often.", facts, "token_kept_in_counts")
        return Complaint("Tokens leave their topic as if something drove them away.", facts, "subtracted_twice")
    if _strays(together, len(twins), numbers["twin_share"]):
        facts = (
            ("expected", f"about {numbers['twin_share']:.2f} of the pairs end in one topic"),
            ("actual", f"{together / len(twins):.2f}"),
        )
        mistake = "stale_counts" if together < len(twins) / 2 else None
        return Complaint("Two tokens of one word in one document do not see each other move.", facts, mistake)
    for found, share in ((guests_of, numbers["guest_share"]), (lonely_of, numbers["lonely_share"])):
        size = int(found.sum())
        if any(_strays(int(n), size, float(p)) for n, p in zip(found, share, strict=True)):
            facts = (("expected", _shares(share)), ("actual", _shares(found / size)))
            return Complaint("Topics are not drawn from the conditional.", facts)
    return None


def _strays(found: int, size: int, probability: float) -> bool:
    """Whether a number of successes lies beyond the tail bound, for every probability within the drift."""
    share = found / size
    nearest = min(max(share, probability - DRIFT), probability + DRIFT)
    nearest = min(max(nearest, 1e-9), 1 - 1e-9)
    divergence = sum(
        p * math.log(p / q) for p, q in ((share, nearest), (1 - share, 1 - nearest)) if p > 0
    )  # KL(share || nearest): the tail has probability at most exp(-size * KL)
    return size * divergence > NATS


def _shares(values: Tensor) -> str:
    return ", ".join(f"{value:.2f}" for value in values.tolist())
