"""Right but unusual answers to `bernoulli_log_likelihood`."""

import functools

import torch
from answers import right
from torch import distributions as D
from torch.nn import functional as F


@right
def by_logaddexp(x, logits):
    return (x * logits - torch.logaddexp(torch.zeros_like(logits), logits)).sum(-1)


@right
def by_a_function_of_its_own(x, logits):
    class LogLikelihood(torch.autograd.Function):
        @staticmethod
        def forward(ctx, logits, x):
            ctx.save_for_backward(logits, x)
            return -F.softplus((1 - 2 * x) * logits).sum(-1)

        @staticmethod
        def backward(ctx, grad):
            logits, x = ctx.saved_tensors
            return grad.unsqueeze(-1) * (x - torch.sigmoid(logits)), None

    return LogLikelihood.apply(logits, x)


@right
def by_vmap(x, logits):
    return torch.vmap(lambda pixels, scores: torch.dot(pixels, scores) - F.softplus(scores).sum())(x, logits)


@right
def as_softmax_of_two_classes(x, logits):
    log_p = torch.stack([torch.zeros_like(logits), logits], dim=-1).log_softmax(-1)  # [B, D, 2]
    return log_p.gather(-1, x.long().unsqueeze(-1)).sum((-2, -1))


@right
def as_cross_entropy_of_two_classes(x, logits):
    return -F.cross_entropy(torch.stack([torch.zeros_like(logits), logits], dim=1), x.long(), reduction="none").sum(1)


@right
def pixel_after_pixel(x, logits):
    pixels = (F.logsigmoid(torch.where(x[:, d] > 0.5, logits[:, d], -logits[:, d])) for d in range(x.shape[1]))
    return functools.reduce(torch.add, pixels)


@right
def one_binomial_trial(x, logits):
    return D.Binomial(1, logits=logits, validate_args=False).log_prob(x).sum(-1)


@right
def by_multilabel_margin(x, logits):
    return -x.shape[-1] * F.multilabel_soft_margin_loss(logits, x, reduction="none")


@right
def white_and_black_side_by_side(x, logits):
    log_p = torch.cat([F.logsigmoid(logits), F.logsigmoid(-logits)], dim=1)
    return torch.einsum("bd,bd->b", torch.cat([x, 1 - x], dim=1), log_p)


@right
def white_after_black(x, logits):
    white = torch.where(x == 1, F.logsigmoid(logits), 0).sum(1)
    black = torch.where(x == 0, F.logsigmoid(logits) - logits, 0).sum(1)
    return white + black
