"""The terms of the formulas, from the arguments of each exercise; their sum is what the exercise asks for."""

import torch
from torch import Tensor

Terms = dict[str, Tensor]


def template_elbo(
    log_likelihood: Tensor, kl_template: Tensor, kl_content: Tensor, weight_template: float, weight_content: float
) -> Terms:
    """Of log p(x | z, c) − w_z·KL_z − w_c·KL_c."""
    return {
        "log p(x | z, c)": log_likelihood,
        "−w_z·KL of the template": -weight_template * kl_template,
        "−w_c·KL of the content": -weight_content * kl_content,
    }


def template_loss(logits: Tensor, masked: Tensor) -> Terms:
    """Of −Σ_t log softmax(logits_t) at the word x̃_t, over the words that are not PAD."""
    told = logits.gather(-1, masked.unsqueeze(-1)).squeeze(-1)
    return {
        "−Σ the logits of the words": -torch.where(masked != 0, told, 0).sum(-1),
        "Σ log Σ exp of the logits": torch.where(masked != 0, logits.logsumexp(-1), 0).sum(-1),
    }


def content_loss(mu: Tensor, logvar: Tensor, table: Tensor, kl_weight: float = 1.0) -> Terms:
    """Of ‖μ − f(T)‖² + Σ σ² + w_c·½·Σ(μ² + σ² − 1 − log σ²)."""
    half = 0.5 * kl_weight
    return {
        "‖μ − f(T)‖²": (mu - table).square().sum(-1),
        "Σ σ²": logvar.exp().sum(-1),
        "w_c·½ Σ μ²": half * mu.square().sum(-1),
        "w_c·½ Σ σ²": half * logvar.exp().sum(-1),
        "−w_c·½ K": -half * torch.ones_like(mu).sum(-1),
        "−w_c·½ Σ log σ²": -half * logvar.sum(-1),
    }
