"""What the decoder looks at in a table: attention over its records."""

import math
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor
from torch import distributions as D
from torch.nn import functional as F

from autograder.exercise.exercise import Exercise
from autograder.exercise.random_inputs import normal
from latentkit.check.cases import Case, Value
from latentkit.reference import template_machine


def _attend_cases(generator: np.random.Generator) -> Iterator[Case]:
    for name, counts, width, size, gaps, dtype in (
        ("tables of different lengths", (4, 2, 1), 5, 6, False, torch.float64),
        ("every record is there", (3, 3), 3, 4, False, torch.float64),
        ("a raw sentence between two tables, without a record", (3, 0, 2), 4, 5, False, torch.float64),
        ("what fills up stands between the records", (3, 2), 5, 4, True, torch.float64),
        ("one record each", (1, 1), 1, 3, False, torch.float64),
        ("one sentence", (3,), 4, 5, False, torch.float64),
        ("as many tables as records as dimensions", (4, 2, 3, 1), 4, 4, False, torch.float64),
        ("nothing but raw sentences", (0, 0), 3, 4, False, torch.float64),
        ("float32", (2, 4, 0), 4, 8, False, torch.float32),
    ):
        yield _case(generator, name, _inputs(generator, counts, width, size, gaps, dtype))
    for name, level, filling, dtype in (
        ("scores in the hundreds", 800.0, 0.0, torch.float64),
        ("scores above a hundred, float32", 130.0, 0.0, torch.float32),
        ("what fills up scores higher by hundreds than every record", -800.0, 0.0, torch.float64),
        ("the same by a hundred, float32", -130.0, 0.0, torch.float32),
    ):
        case = _case(generator, name, _far_out(generator, level, filling, dtype))
        yield case if dtype == torch.float64 else Case(name, case.inputs)  # a float32 has no digits left for a slope


def _inputs(
    generator: np.random.Generator, counts: Sequence[int], width: int, size: int, gaps: bool, dtype: torch.dtype
) -> dict[str, Value]:
    """Tables of so many records; with gaps, the first of the `width` places holds none."""
    present = torch.arange(width) < torch.tensor(counts)[:, None]
    if gaps:
        present = present.flip(1)
    query = normal(generator, len(counts), size, scale=1.5, dtype=dtype)
    return {"query": query, "keys": normal(generator, len(counts), width, size, dtype=dtype), "present": present}


def _far_out(generator: np.random.Generator, level: float, filling: float, dtype: torch.dtype) -> dict[str, Value]:
    """Records whose scores lie near one level, and what fills up near another: all of it moved along the query."""
    inputs = _inputs(generator, (3, 2), 4, 4, False, dtype)
    query, keys, present = inputs["query"], inputs["keys"], inputs["present"]
    wanted = torch.where(present, level, filling).to(dtype)  # scores of query · keys / √4
    along = (2 * query / query.square().sum(-1, keepdim=True)).unsqueeze(1)
    return inputs | {"keys": keys + wanted.unsqueeze(-1) * along}


def _case(generator: np.random.Generator, name: str, inputs: dict[str, Value]) -> Case:
    query: Tensor = inputs["query"]
    return Case(name, inputs, ("query", "keys"), normal(generator, *query.shape, dtype=query.dtype))


attend = Exercise(
    name="attend",
    points=3,
    reference=template_machine.attend,
    cases=_attend_cases,
    answered_by=("latentkit.models.template_machine.attention",),
    look="section 3, looking at the table; Luong et al. 2015, global attention",
    unbounded=("query", "keys"),
)


@attend.mistake("The scores are not divided by √H. Without it they grow with the size of the state.")
def scale_forgotten(query, keys, present):
    scores = (keys * query[:, None]).sum(-1)
    weights = scores.masked_fill(~present, -1e30).softmax(-1)
    return ((weights * present).unsqueeze(-1) * keys).sum(1)


@attend.mistake("The scores are divided by H. Divide by its root: √H.")
def divided_by_the_size(query, keys, present):
    scores = (keys * query[:, None]).sum(-1) / query.shape[-1]
    weights = scores.masked_fill(~present, -1e30).softmax(-1)
    return ((weights * present).unsqueeze(-1) * keys).sum(1)


@attend.mistake("The scores are multiplied by √H. They are divided by it, so that they do not grow with the size.")
def multiplied_by_the_root(query, keys, present):
    scores = (keys * query[:, None]).sum(-1) * math.sqrt(query.shape[-1])
    weights = scores.masked_fill(~present, -1e30).softmax(-1)
    return ((weights * present).unsqueeze(-1) * keys).sum(1)


@attend.mistake("The scores are divided by the root of the number of records. It is H, the size of a key: √H.")
def divided_by_the_root_of_the_records(query, keys, present):
    scores = (keys * query[:, None]).sum(-1) / math.sqrt(keys.shape[1])
    weights = scores.masked_fill(~present, -1e30).softmax(-1)
    return ((weights * present).unsqueeze(-1) * keys).sum(1)


@attend.mistake("`present` is not used: what fills up the table takes part, as if it were a record.")
def filling_attended(query, keys, present):
    weights = ((keys * query[:, None]).sum(-1) / math.sqrt(query.shape[-1])).softmax(-1)
    return (weights.unsqueeze(-1) * keys).sum(1)


@attend.mistake("The mask is the wrong way round: you attend to what fills up, and not to the records.")
def mask_inverted(query, keys, present):
    scores = (keys * query[:, None]).sum(-1) / math.sqrt(query.shape[-1])
    weights = scores.masked_fill(present, -1e30).softmax(-1)
    return ((weights * ~present).unsqueeze(-1) * keys).sum(1)


@attend.mistake(
    "The *scores* of what fills up are set to 0, and a score of 0 has a weight: e⁰ = 1. Give them one that the "
    "softmax turns into 0."
)
def scores_of_zero(query, keys, present):
    scores = (keys * query[:, None]).sum(-1) / math.sqrt(query.shape[-1])
    weights = (scores * present).softmax(-1)
    return (weights.unsqueeze(-1) * keys).sum(1)


@attend.mistake(
    "The weights of what fills up are set to 0 after the softmax, so those of the records no longer sum to one. Mask "
    "the scores before it."
)
def masked_after_the_softmax(query, keys, present):
    weights = ((keys * query[:, None]).sum(-1) / math.sqrt(query.shape[-1])).softmax(-1) * present
    return (weights.unsqueeze(-1) * keys).sum(1)


@attend.mistake(
    "You take the softmax over everything, mask, and divide by what is left. That is the same as long as something is "
    "left: where what fills up scores much higher, the records' weights have rounded to 0. Mask the scores *before* "
    "the softmax."
)
def renormalised_after_the_softmax(query, keys, present):
    weights = ((keys * query[:, None]).sum(-1) / math.sqrt(query.shape[-1])).softmax(-1) * present
    total = weights.sum(-1, keepdim=True)
    weights = torch.where(present.any(-1, keepdim=True), weights / total, 0)
    return (weights.unsqueeze(-1) * keys).sum(1)


@attend.mistake(
    "A raw sentence has no record: all its scores are -inf, and their softmax is 0/0. Asked is a row of zeros. Take a "
    "large finite number for -inf, and set the weights of what fills up to 0 afterwards."
)
def row_without_records_is_nan(query, keys, present):
    scores = (keys * query[:, None]).sum(-1) / math.sqrt(query.shape[-1])
    weights = scores.masked_fill(~present, -math.inf).softmax(-1)
    return (weights.unsqueeze(-1) * keys).sum(1)


@attend.mistake(
    "A raw sentence gets the mean of what fills up, for all its scores are alike, and a softmax always sums to one. "
    "Asked is a row of zeros: set the weights of what fills up to 0 after the softmax, too."
)
def row_without_records_is_a_mean(query, keys, present):
    scores = (keys * query[:, None]).sum(-1) / math.sqrt(query.shape[-1])
    weights = scores.masked_fill(~present, -1e30).softmax(-1)
    return (weights.unsqueeze(-1) * keys).sum(1)


@attend.mistake(
    "The value is right, and a raw sentence's gradient is NaN: the zeros are put in place of NaN, but the NaN of a "
    "softmax over nothing but -inf comes back on the way backwards, and one of them spoils all weights of the model. "
    "Let it not arise: a large finite number in place of -inf."
)
def nan_in_the_gradient(query, keys, present):
    scores = (keys * query[:, None]).sum(-1) / math.sqrt(query.shape[-1])
    weights = (scores + present.to(scores).log()).softmax(-1)
    return torch.where(present.any(-1, keepdim=True), (weights.unsqueeze(-1) * keys).sum(1), 0)


@attend.mistake(
    "You count the records and take the first so many. `present` says which places hold one; what fills up need not "
    "stand at the end."
)
def first_records_taken(query, keys, present):
    first = torch.arange(keys.shape[1], device=keys.device) < present.sum(-1, keepdim=True)
    scores = (keys * query[:, None]).sum(-1) / math.sqrt(query.shape[-1])
    weights = scores.masked_fill(~first, -1e30).softmax(-1)
    return ((weights * first).unsqueeze(-1) * keys).sum(1)


@attend.mistake(
    "exp overflows: exp(1000) is inf, and inf/inf is NaN. torch.softmax subtracts the maximum first; so must you, if "
    "you write it out."
)
def exponentials_by_hand(query, keys, present):
    powers = ((keys * query[:, None]).sum(-1) / math.sqrt(query.shape[-1])).exp() * present
    weights = torch.where(present.any(-1, keepdim=True), powers / powers.sum(-1, keepdim=True), 0)
    return (weights.unsqueeze(-1) * keys).sum(1)


@attend.mistake(
    "This is the one record with the highest score. Attention is an average, so that every record can learn; no "
    "gradient reaches the query through a choice."
)
def best_record_only(query, keys, present):
    scores = (keys * query[:, None]).sum(-1).masked_fill(~present, -1e30)
    best = F.one_hot(scores.argmax(-1), keys.shape[1]) * present
    return (best.unsqueeze(-1) * keys).sum(1)


@attend.mistake("This is the plain mean of the records. The query decides how much each of them counts.")
def mean_of_the_records(query, keys, present):
    weights = present.to(keys) / present.sum(-1, keepdim=True).clamp(min=1)
    return (weights.unsqueeze(-1) * keys).sum(1)


@attend.mistake("There is no softmax: the keys are weighted with their scores. The weights of an average sum to one.")
def weighted_with_scores(query, keys, present):
    scores = (keys * query[:, None]).sum(-1) / math.sqrt(query.shape[-1])
    return ((scores * present).unsqueeze(-1) * keys).sum(1)


@attend.mistake(
    "Each record goes through a sigmoid of its own, so the weights do not sum to one. They compete: softmax."
)
def sigmoid_for_softmax(query, keys, present):
    weights = ((keys * query[:, None]).sum(-1) / math.sqrt(query.shape[-1])).sigmoid()
    return ((weights * present).unsqueeze(-1) * keys).sum(1)


@attend.mistake(
    "The softmax runs over the batch, so sentences compete for a record. Within each sentence it is its records that "
    "compete: the last dimension of the scores."
)
def softmax_over_the_batch(query, keys, present):
    scores = (keys * query[:, None]).sum(-1) / math.sqrt(query.shape[-1])
    weights = scores.masked_fill(~present, -1e30).softmax(0)
    return ((weights * present).unsqueeze(-1) * keys).sum(1)


@attend.mistake(
    "These are the weights of the records, [B, N]. Asked is the context, [B, H]: the keys weighted with them."
)
def weights_only(query, keys, present):
    scores = (keys * query[:, None]).sum(-1) / math.sqrt(query.shape[-1])
    return scores.masked_fill(~present, -1e30).softmax(-1) * present


@attend.mistake(
    "The query is joined to the context. Asked is the context alone, [B, H]; the decoder joins them itself."
)
def joined_with_the_query(query, keys, present):
    scores = (keys * query[:, None]).sum(-1) / math.sqrt(query.shape[-1])
    weights = scores.masked_fill(~present, -1e30).softmax(-1) * present
    return torch.cat([(weights.unsqueeze(-1) * keys).sum(1), query], dim=-1)


@attend.mistake("The query is added to the context. Asked is the average of the keys alone.")
def added_to_the_query(query, keys, present):
    scores = (keys * query[:, None]).sum(-1) / math.sqrt(query.shape[-1])
    weights = scores.masked_fill(~present, -1e30).softmax(-1) * present
    return query + (weights.unsqueeze(-1) * keys).sum(1)


@attend.mistake(
    "The weights are detached. The numbers are right, but the decoder does not learn what to look for: let the "
    "gradient go through the scores, too."
)
def weights_detached(query, keys, present):
    scores = (keys * query[:, None]).sum(-1) / math.sqrt(query.shape[-1])
    weights = (scores.masked_fill(~present, -1e30).softmax(-1) * present).detach()
    return (weights.unsqueeze(-1) * keys).sum(1)


@attend.mistake("The keys are detached, so the table's encoder learns nothing from what the decoder looks at.")
def keys_detached(query, keys, present):
    still = keys.detach()
    scores = (still * query[:, None]).sum(-1) / math.sqrt(query.shape[-1])
    weights = scores.masked_fill(~present, -1e30).softmax(-1) * present
    return (weights.unsqueeze(-1) * still).sum(1)


@attend.alternative
def attended_through_einsum(query, keys, present):
    scores = torch.einsum("bh,bnh->bn", query, keys) / query.shape[1] ** 0.5
    weights = torch.where(present, scores, -1e9).softmax(dim=1)
    return torch.einsum("bn,bnh->bh", weights * present, keys)


@attend.alternative
def attended_with_nan_put_out(query, keys, present):
    scores = torch.bmm(keys, query[:, :, None])[:, :, 0] / math.sqrt(query.size(-1))
    weights = F.softmax(scores.masked_fill(torch.logical_not(present), float("-inf")), dim=-1)
    return torch.bmm(torch.nan_to_num(weights)[:, None], keys)[:, 0]


@attend.alternative
def attended_sentence_by_sentence(query, keys, present):
    contexts = []
    for state, table, there in zip(query, keys, present, strict=True):
        records = table[there]
        weights = torch.softmax(records @ state / math.sqrt(len(state)), 0)
        contexts.append(weights @ records)
    return torch.stack(contexts)


@attend.alternative
def attended_through_torch_s_attention(query, keys, present):
    nobody = ~present.any(-1, keepdim=True)
    mask = (present | nobody)[:, None]  # whoever has no record looks at everything, and gets zeros afterwards
    context = F.scaled_dot_product_attention(query[:, None], keys, keys, attn_mask=mask)[:, 0]
    return context.masked_fill(nobody, 0)


@attend.alternative
def attended_by_a_categorical(query, keys, present):
    scores = (query.unsqueeze(1) * keys).sum(2) / math.sqrt(keys.shape[2])
    record = D.Categorical(logits=scores.masked_fill(~present, -1e6))
    return (record.probs.masked_fill(~present, 0).unsqueeze(2) * keys).sum(1)
