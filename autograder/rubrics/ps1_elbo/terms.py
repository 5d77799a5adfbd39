"""The terms of the formulas, from the arguments of each exercise; their sum is what the exercise asks for."""

import math

import torch
from torch import Tensor
from torch.nn import functional as F

Terms = dict[str, Tensor]


def bernoulli_log_likelihood(x: Tensor, logits: Tensor) -> Terms:
    """Of log p(x | z), white and black pixels."""
    return {
        "x·log p": (x * F.logsigmoid(logits)).sum(-1),
        "(1 − x)·log(1 − p)": ((1 - x) * F.logsigmoid(-logits)).sum(-1),
    }


def kl_to_standard_normal(mu: Tensor, logvar: Tensor) -> Terms:
    """Of KL(N(μ, σ²) ‖ N(0, 1)), summed over the dimensions."""
    return {
        "½ Σ μ²": 0.5 * mu.square().sum(-1),
        "½ Σ σ²": 0.5 * logvar.exp().sum(-1),
        "−½ for each dimension": torch.full_like(mu[..., 0], -0.5 * mu.shape[-1]),
        "−½ Σ log σ²": -0.5 * logvar.sum(-1),
    }


def kl_to_standard_normal_full(mu: Tensor, cov: Tensor) -> Terms:
    """Of KL(N(μ, Σ) ‖ N(0, I))."""
    return {
        "½ μᵀμ": 0.5 * mu.square().sum(-1),
        "½ tr Σ": 0.5 * cov.diagonal(dim1=-2, dim2=-1).sum(-1),
        "−½ for each dimension": torch.full_like(mu[..., 0], -0.5 * mu.shape[-1]),
        "−½ log det Σ": -torch.linalg.cholesky(cov).diagonal(dim1=-2, dim2=-1).log().sum(-1),
    }


def elbo(x: Tensor, logits: Tensor, mu: Tensor, logvar: Tensor, beta: float = 1.0) -> Terms:
    """Of log p(x | z) − β·KL, the KL term by term."""
    divergence = kl_to_standard_normal(mu, logvar)
    names = ("½ Σ μ² of the KL", "½ Σ σ² of the KL", "−½ for each dimension of the KL", "−½ Σ log σ² of the KL")
    parts = {name: -beta * term for name, term in zip(names, divergence.values(), strict=True)}
    return {"log p(x | z)": sum(bernoulli_log_likelihood(x, logits).values(), torch.zeros_like(mu[..., 0])), **parts}


def elbo_from_joint(log_joint: Tensor, log_posterior: Tensor) -> Terms:
    """Of the Monte Carlo mean."""
    return {"the mean of log p(x, z)": log_joint.mean(0), "−the mean of log q(z | x)": -log_posterior.mean(0)}


def iwae_bound(log_joint: Tensor, log_posterior: Tensor) -> Terms:
    """Of log (1/S) Σ_s w_s."""
    weights = log_joint - log_posterior
    return {
        "log Σ_s w_s": weights.logsumexp(0),
        "−log S": torch.full_like(weights[0], -math.log(len(weights))),
    }
