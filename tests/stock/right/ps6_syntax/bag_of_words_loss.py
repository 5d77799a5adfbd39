"""Right but unusual answers to `bag_of_words_loss`."""

import torch
from answers import right
from torch import distributions as D
from torch.nn import functional as F


@right
def by_scatter_add(logits, tokens):
    counts = torch.zeros_like(logits).scatter_add(-1, tokens, (tokens > 3).to(logits))
    return -(counts * F.log_softmax(logits, dim=-1)).sum() / logits.size(0)


@right
def by_nll_loss(logits, tokens):
    rows, places = torch.where(tokens > 3)
    words = tokens[rows, places]
    return F.nll_loss(logits.log_softmax(1)[rows], words, reduction="sum") / len(tokens)


@right
def by_masked_words_and_their_logits(logits, tokens):
    words = tokens >= 4
    picked = torch.take_along_dim(logits, tokens, dim=1)
    total = words.sum(1) * torch.logsumexp(logits, 1) - (picked * words).sum(1)
    return total.mean()


@right
def by_one_distribution_a_position(logits, tokens):
    reader = D.Categorical(logits=logits)
    total = 0
    for words in tokens.unbind(1):
        total = total - torch.where(words > 3, reader.log_prob(words), torch.zeros_like(logits[:, 0]))
    return total.mean()


@right
def by_the_vocabulary(logits, tokens):
    log_p = logits.log_softmax(-1)
    loss = logits.new_zeros(())
    for word in range(4, logits.shape[-1]):
        loss = loss - ((tokens == word).sum(1).to(logits) * log_p[:, word]).mean()
    return loss


@right
def by_a_multinomial_less_its_coefficient(logits, tokens):
    counts = F.one_hot(tokens, logits.shape[-1])[:, :, 4:].sum(1).to(logits)
    losses = []
    for row, count in zip(logits, counts, strict=True):
        log_p = F.log_softmax(row, 0)
        losses.append(-torch.dot(count, log_p[4:]))
    return sum(losses) / len(losses)


@right
def by_expanding_over_positions(logits, tokens):
    costs = F.cross_entropy(logits.repeat_interleave(tokens.shape[1], 0), tokens.reshape(-1), reduction="none").view_as(
        tokens
    )
    costs = costs.masked_fill(torch.isin(tokens, torch.arange(4, device=tokens.device)), 0)
    return torch.mean(costs.sum(dim=1))


@right
def by_a_weight_for_each_word(logits, tokens):
    weight = torch.ones_like(logits[0])
    weight[:4] = 0
    spread = logits.unsqueeze(-1).expand(*logits.shape, tokens.shape[1])
    return F.cross_entropy(spread, tokens, weight=weight, reduction="none").sum(1).mean()
