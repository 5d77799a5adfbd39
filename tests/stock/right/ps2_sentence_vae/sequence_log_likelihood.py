"""Right but unusual answers to `sequence_log_likelihood`."""

import functools

import torch
from answers import right
from torch import distributions as D
from torch.nn import functional as F


@right
def padding_of_no_weight(logits, tokens):
    weight = torch.ones(logits.shape[-1], dtype=logits.dtype, device=logits.device)
    weight[0] = 0
    return -F.cross_entropy(logits[:, :-1].mT, tokens[:, 1:], weight=weight, reduction="none").sum(-1)


@right
def by_vmap_over_sentences(logits, tokens):
    def of_one(logits, tokens):
        log_p = torch.take_along_dim(logits[:-1].log_softmax(-1), tokens[1:, None], dim=-1)[:, 0]
        return torch.where(tokens[1:] == 0, torch.zeros_like(log_p), log_p).sum()

    return torch.vmap(of_one)(logits, tokens)


@right
def by_a_function_of_its_own(logits, tokens):
    class LogLikelihood(torch.autograd.Function):
        @staticmethod
        def forward(ctx, logits, targets, mask):
            log_p = logits.log_softmax(-1)
            ctx.save_for_backward(log_p, targets, mask)
            return log_p.gather(-1, targets.unsqueeze(-1)).squeeze(-1).masked_fill(~mask, 0).sum(-1)

        @staticmethod
        def backward(ctx, grad):
            log_p, targets, mask = ctx.saved_tensors
            pull = F.one_hot(targets, log_p.shape[-1]).to(log_p) - log_p.exp()
            return grad[:, None, None] * pull * mask.unsqueeze(-1), None, None

    return LogLikelihood.apply(logits[:, :-1], tokens[:, 1:], tokens[:, 1:] != 0)


@right
def score_less_normaliser(logits, tokens):
    targets, scores = tokens[:, 1:], logits[:, :-1]
    chosen = torch.take_along_dim(scores, targets.unsqueeze(-1), -1).squeeze(-1)
    return (chosen - scores.logsumexp(-1)).masked_fill(targets.eq(0), 0).sum(1)


@right
def real_words_only(logits, tokens):
    rows, places = torch.nonzero(tokens[:, 1:], as_tuple=True)
    log_p = logits[rows, places].log_softmax(-1)
    chosen = log_p[torch.arange(len(rows), device=rows.device), tokens[rows, places + 1]]
    return torch.zeros(len(tokens), dtype=logits.dtype, device=logits.device).index_add(0, rows, chosen)


@right
def position_after_position(logits, tokens):
    def of_position(t):
        return -F.nll_loss(logits[:, t].log_softmax(-1), tokens[:, t + 1], reduction="none", ignore_index=0)

    return functools.reduce(torch.add, map(of_position, range(tokens.shape[1] - 1)))


@right
def sentence_after_sentence(logits, tokens):
    rows = []
    for scores, words in zip(logits, tokens, strict=True):
        length = int((words != 0).sum())
        rows.append(-F.cross_entropy(scores[: length - 1], words[1:length], reduction="sum"))
    return torch.stack(rows)


@right
def read_off_the_cumulative_sum(logits, tokens):
    log_p = logits[:, :-1].log_softmax(-1).gather(-1, tokens[:, 1:, None]).squeeze(-1)
    last = (tokens[:, 1:] != 0).sum(-1, keepdim=True) - 1
    return log_p.cumsum(-1).gather(-1, last).squeeze(-1)


@right
def one_hot_categorical(logits, tokens):
    words = F.one_hot(tokens[:, 1:], logits.shape[-1]).to(logits)
    log_p = D.OneHotCategorical(logits=logits[:, :-1], validate_args=False).log_prob(words)
    return torch.einsum("bt,bt->b", log_p, (tokens[:, 1:] > 0).to(log_p))
