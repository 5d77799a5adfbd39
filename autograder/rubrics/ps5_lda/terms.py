"""The terms of the formulas, from the arguments of each exercise; their sum is what the exercise asks for."""

import torch
from torch import Tensor

Terms = dict[str, Tensor]


def expected_log_dirichlet(gamma: Tensor) -> Terms:
    """Of E[log θ_k]."""
    return {"ψ(γ_k)": gamma.digamma(), "−ψ(Σγ)": -gamma.sum(-1, keepdim=True).digamma().expand(gamma.shape)}


def update_gamma(alpha: float | Tensor, phi: Tensor, counts: Tensor) -> Terms:
    """Of α + Σ_n counts_n φ_n."""
    assigned = counts.to(phi.dtype) @ phi
    return {"α": torch.zeros_like(assigned) + alpha, "Σ_n counts_n φ_n": assigned}


def document_elbo(
    alpha: float | Tensor, log_beta: Tensor, word_ids: Tensor, counts: Tensor, phi: Tensor, gamma: Tensor
) -> Terms:
    """Of a document's bound, as Blei et al. 2003, equation 15, writes it."""
    prior = torch.zeros_like(gamma) + alpha
    log_theta = gamma.digamma() - gamma.sum().digamma()
    weighted = counts.to(phi.dtype)[:, None] * phi
    return {
        "log Γ(Σα)": prior.sum().lgamma(),
        "−Σ log Γ(α)": -prior.lgamma().sum(),
        "Σ (α − 1)·E[log θ]": ((prior - 1) * log_theta).sum(),
        "Σ φ·E[log θ]": (weighted * log_theta).sum(),
        "Σ φ·log β": torch.where(weighted > 0, weighted * log_beta[:, word_ids].mT, 0.0).sum(),
        "−log Γ(Σγ)": -gamma.sum().lgamma(),
        "Σ log Γ(γ)": gamma.lgamma().sum(),
        "−Σ (γ − 1)·E[log θ]": -((gamma - 1) * log_theta).sum(),
        "−Σ φ·log φ": -(counts.to(phi.dtype)[:, None] * torch.xlogy(phi, phi)).sum(),
    }
