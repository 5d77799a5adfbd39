"""Right but unusual answers to `gumbel_softmax`."""

import torch
from answers import right
from torch import distributions as D
from torch.nn import functional as F


@right
def row_by_row_under_vmap(logits, temperature, gumbel):
    return torch.func.vmap(lambda row, noise: torch.softmax((row + noise) / temperature, dim=0))(logits, gumbel)


@right
def with_a_backward_of_its_own(logits, temperature, gumbel):
    class Softmax(torch.autograd.Function):
        @staticmethod
        def forward(ctx, score):
            powers = (score - score.amax(-1, keepdim=True)).exp()
            draw = powers / powers.sum(-1, keepdim=True)
            ctx.save_for_backward(draw)
            return draw

        @staticmethod
        def backward(ctx, gradient):
            (draw,) = ctx.saved_tensors
            return draw * (gradient - (gradient * draw).sum(-1, keepdim=True))

    return Softmax.apply((logits + gumbel) / temperature)


@right
def as_the_gradient_of_logsumexp(logits, temperature, gumbel):
    return torch.func.vmap(torch.func.grad(lambda score: score.logsumexp(0)))((logits + gumbel) / temperature)


@right
def by_differences_of_scores(logits, temperature, gumbel):
    score = (logits + gumbel) / temperature
    return torch.exp(-torch.logsumexp(score[:, None, :] - score[:, :, None], dim=-1))


@right
def as_attention_to_the_unit_vectors(logits, temperature, gumbel):
    score = (logits + gumbel) / temperature
    unit = torch.eye(score.shape[1], dtype=score.dtype, device=score.device)[None]
    return F.scaled_dot_product_attention(score[None], unit, unit, scale=1.0)[0]


@right
def by_reducing_with_logaddexp(logits, temperature, gumbel):
    import functools

    score = (logits + gumbel) / temperature
    return torch.exp(score - functools.reduce(torch.logaddexp, score.unbind(-1)).unsqueeze(-1))


@right
def in_double_precision_and_back(logits, temperature, gumbel):
    score = torch.add(logits.double(), gumbel.double()).mul(1 / temperature)
    return score.log_softmax(1).exp().to(logits.dtype)


@right
def as_the_mean_of_a_one_hot_variable(logits, temperature, gumbel):
    return D.OneHotCategorical(logits=(logits + gumbel) / temperature).mean


@right
def one_row_after_the_other(logits, temperature, gumbel):
    rows = []
    for row, noise in zip(logits, gumbel, strict=True):
        score = [(a + g) / temperature for a, g in zip(row, noise, strict=True)]
        top = max(float(value) for value in score)
        powers = torch.stack([torch.exp(value - top) for value in score])
        rows.append(powers / powers.sum())
    return torch.stack(rows)
