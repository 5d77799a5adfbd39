"""The variational template machine, formula by formula (ps6): from tables to text, with pairs and without.

A sentence x says what a table T holds. z ~ N(0, I) is its template, the way in which it is said; c is its content, and
where the table is there, the table's encoding f(T) stands in c's place. Logs are natural. `B` sentences, `T` positions,
`V` words, `N` records of a table, `H` dimensions of a record's key, `K` of the content, `F` fields.

References:
    [1] Ye, Shi, Zhou, Wei and Li 2020, Variational Template Machine for Data-to-Text Generation,
        https://arxiv.org/abs/2002.01127
    [2] Luong, Pham and Manning 2015, Effective Approaches to Attention-based Neural Machine Translation,
        https://arxiv.org/abs/1508.04025
"""

import math

import torch
from torch import Tensor

from latentkit.data.text import PAD


def attend(query: Tensor, keys: Tensor, present: Tensor) -> Tensor:
    """The average of a table's keys under softmax(query · keys / √H), taken over the records that are there.

    Finite with finite gradients for every row. One that has no record, a raw sentence's, gets zeros.

    Args:
        query: the decoder's state, [B, H].
        keys: one row a record, finite also where there is none, [B, N, H].
        present: whether the record is there, or fills up, bool, [B, N].
    Returns:
        [B, H]; differentiable in `query` and `keys`.
    Source: [2], global attention with the dot score, here divided by √H; [1] attends over a table's fields.
    """
    scores = (keys @ query.unsqueeze(-1)).squeeze(-1) / math.sqrt(query.shape[-1])  # [B, N]
    least = torch.finfo(scores.dtype).min  # not -inf: a softmax over nothing but -inf is NaN, and so is its gradient
    weights = scores.masked_fill(~present, least).softmax(-1).masked_fill(~present, 0)
    return (weights.unsqueeze(1) @ keys).squeeze(1)


def mask_values(tokens: Tensor, spans: Tensor, mask_id: int) -> Tensor:
    """A sentence's template: each run of words of one value becomes one mask, what follows moves up, PAD fills the end.

    A run is words next to each other with the same number. Two values that touch have different numbers and stay two
    masks; a value that is said twice is masked twice.

    Args:
        tokens: sentences, with PAD at the end, [B, T].
        spans: 0 at words of no value and at PAD, otherwise the number of the value that the word belongs to, [B, T].
        mask_id: the word that stands for a value.
    Returns:
        [B, T], integers.
    Raises:
        ValueError: tokens and spans differ in shape.
    Source: [1], the delexicalised sentence of the template-preserving loss.
    """
    if tokens.shape != spans.shape:
        raise ValueError(f"tokens and spans must have one shape, got {list(tokens.shape)} and {list(spans.shape)}")
    before = torch.cat([torch.zeros_like(spans[:, :1]), spans[:, :-1]], dim=1)
    goes_on = (spans > 0) & (spans == before)  # a word of a value that is not its first
    masked = torch.where(spans > 0, mask_id, tokens).masked_fill(goes_on, PAD)
    order = goes_on.to(torch.uint8).argsort(dim=1, stable=True)  # what stays comes first, in its old order
    return masked.gather(1, order)


def template_loss(logits: Tensor, masked: Tensor) -> Tensor:
    """-log p(x̃ | z): how badly the masked sentence x̃ can be told from its template z alone.

    Args:
        logits: of the word at each position, from a decoder that reads z, [B, T, V]; `logits[:, t]` predicts
            `masked[:, t]`.
        masked: the words and masks of x̃, then PAD, which does not count, [B, T].
    Returns:
        [B], in nats per sentence: summed over T, never divided by the length; differentiable in `logits`.
    Raises:
        ValueError: the first two dimensions differ.
    Source: [1], the template-preserving loss.
    """
    if logits.shape[:2] != masked.shape:
        raise ValueError(
            f"logits must be [B, T, V] with masked [B, T], got {list(logits.shape)} and {list(masked.shape)}"
        )
    log_p = logits.log_softmax(-1).gather(-1, masked.unsqueeze(-1)).squeeze(-1)  # [B, T]
    return -torch.where(masked != PAD, log_p, 0).sum(-1)


def content_loss(mu: Tensor, logvar: Tensor, table: Tensor, kl_weight: float = 1.0) -> Tensor:
    """E_q ‖c - f(T)‖² + w_c KL(q(c | x) ‖ p(c)): the content read off a sentence shall be its table's encoding.

    In closed form the expectation is ‖mu - f(T)‖² + Σ σ². The table is a target and gets no gradient: its encoder would
    otherwise make the distance small by encoding all tables alike.

    Args:
        mu, logvar: mean and log variance of q(c | x), [B, K].
        table: f(T), the encoding of the sentence's table, [B, K].
        kl_weight: w_c, the weight of the KL.
    Returns:
        [B], summed over K; differentiable in `mu` and `logvar`.
    Source: [1], the content-preserving loss.
    """
    var = logvar.exp()
    squared = (mu - table.detach()) ** 2 + var
    kl = 0.5 * (mu**2 + var - 1 - logvar)
    return (squared + kl_weight * kl).sum(-1)


def template_elbo(
    log_likelihood: Tensor, kl_template: Tensor, kl_content: Tensor, weight_template: float, weight_content: float
) -> Tensor:
    """E_q log p(x | z, c) - w_z KL(q(z | x) ‖ p(z)) - w_c KL(q(c | x) ‖ p(c)); with weights 1 a bound of log p(x).

    Args:
        log_likelihood: of a raw sentence, summed over its words, [B].
        kl_template, kl_content: the two KL terms, summed over the dimensions, [B].
        weight_template, weight_content: w_z and w_c.
    Returns:
        [B], in nats per sentence, to be maximised; differentiable in the three tensors.
    Source: [1], the bound of raw text.
    """
    return log_likelihood - weight_template * kl_template - weight_content * kl_content


def slot_coverage(said: Tensor, asked: Tensor) -> tuple[Tensor, Tensor]:
    """How much of the table is said, and how much of what is said is not in the table.

    Args:
        said: whether the sentence says the field's value, bool, [B, F].
        asked: whether the table has the field, bool, [B, F].
    Returns:
        coverage: the share of asked fields that are said, [B]; 1 where none is asked.
        hallucination: the share of said fields that were not asked, [B]; 0 where nothing is said.
    Source: recall, and 1 - precision, over the fields of one sentence.
    """
    right = (said & asked).sum(-1)
    num_said, num_asked = said.sum(-1), asked.sum(-1)
    coverage = torch.where(num_asked > 0, right / num_asked.clamp(min=1), 1)
    hallucination = torch.where(num_said > 0, (num_said - right) / num_said.clamp(min=1), 0)
    return coverage, hallucination
