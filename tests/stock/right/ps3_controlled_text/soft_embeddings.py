"""Right but unusual answers to `soft_embeddings`."""

import torch
from answers import right
from torch import distributions as D
from torch.nn import functional as F


@right
def position_by_position_under_vmap(logits, embedding, temperature):
    def one(row):
        return torch.softmax(row / temperature, dim=0) @ embedding

    return torch.func.vmap(torch.func.vmap(one))(logits)


@right
def as_attention_to_the_words(logits, embedding, temperature):
    words = torch.eye(logits.shape[-1], dtype=logits.dtype, device=logits.device)
    batch = len(logits)
    keys, values = words.expand(batch, -1, -1), embedding.expand(batch, -1, -1)
    return F.scaled_dot_product_attention(logits / temperature, keys, values, scale=1.0)


@right
def as_the_gradient_of_logsumexp(logits, embedding, temperature):
    slope = torch.func.grad(lambda score: score.logsumexp(-1).sum())
    return slope(logits / temperature) @ embedding


@right
def with_a_backward_of_its_own(logits, embedding, temperature):
    class Soft(torch.autograd.Function):
        @staticmethod
        def forward(ctx, score, vectors):
            powers = (score - score.amax(-1, keepdim=True)).exp()
            weights = powers / powers.sum(-1, keepdim=True)
            ctx.save_for_backward(weights, vectors)
            return weights @ vectors

        @staticmethod
        def backward(ctx, gradient):
            weights, vectors = ctx.saved_tensors
            of_weights = gradient @ vectors.T
            of_score = weights * (of_weights - (weights * of_weights).sum(-1, keepdim=True))
            return of_score, torch.einsum("btv,bte->ve", weights, gradient)

    return Soft.apply(logits / temperature, embedding)


@right
def flattened_and_back(logits, embedding, temperature):
    flat = logits.reshape(-1, logits.shape[-1])
    return (F.softmax(flat.div(temperature), dim=1) @ embedding).view(*logits.shape[:2], -1)


@right
def word_by_word(logits, embedding, temperature):
    total = 0
    log_p = (logits / temperature).log_softmax(-1)
    for word, vector in enumerate(embedding):
        total = total + log_p[..., word, None].exp() * vector
    return total


@right
def as_the_mean_of_a_one_hot_variable(logits, embedding, temperature):
    return D.OneHotCategorical(logits=logits / temperature).mean.matmul(embedding)


@right
def in_double_precision_and_back(logits, embedding, temperature):
    soft = torch.softmax(logits.double() / temperature, dim=-1) @ embedding.double()
    return soft.to(logits.dtype)
