"""The terms of the formulas, from the arguments of each exercise; their sum is what the exercise asks for."""

import torch
from torch import Tensor

Terms = dict[str, Tensor]


def batch_prior_kl(q: Tensor, prior: Tensor) -> Terms:
    """Of KL(q̄ ‖ prior), q̄ being the batch's mean."""
    mean = q.mean(0)
    return {"Σ q̄ log q̄": torch.xlogy(mean, mean).sum(), "−Σ q̄ log prior": -torch.xlogy(mean, prior).sum()}


def discrete_mutual_information(q: Tensor) -> Terms:
    """Of H(q̄) − mean H(q)."""
    mean = q.mean(0)
    return {"H of the mean": -torch.xlogy(mean, mean).sum(), "−the mean of H": torch.xlogy(q, q).sum(-1).mean()}


def kl_between_gaussians(mu_q: Tensor, logvar_q: Tensor, mu_p: Tensor, logvar_p: Tensor) -> Terms:
    """Of KL(q ‖ p) of diagonal Gaussians."""
    return {
        "½ Σ log σ_p²": 0.5 * logvar_p.sum(-1),
        "−½ Σ log σ_q²": -0.5 * logvar_q.sum(-1),
        "½ Σ σ_q²/σ_p²": 0.5 * (logvar_q - logvar_p).exp().sum(-1),
        "½ Σ (μ_q − μ_p)²/σ_p²": 0.5 * ((mu_q - mu_p).square() / logvar_p.exp()).sum(-1),
        "−½ for each dimension": torch.full_like(mu_q[..., 0], -0.5 * mu_q.shape[-1]),
    }


def mixture_kl(q_c: Tensor, mu: Tensor, logvar: Tensor, means: Tensor, logvars: Tensor) -> Terms:
    """Of Σ_c q(c | x)·KL(q(z | x) ‖ p(z | c)), the terms of the KL weighted by q(c | x)."""

    def expected(term: Tensor) -> Tensor:
        return 0.5 * (q_c * term.sum(-1)).sum(-1)

    shape = torch.zeros_like(mu[:, None] + means)
    return {
        "½ Σ log σ_c²": expected(shape + logvars),
        "−½ Σ log σ²": -expected(shape + logvar[:, None]),
        "½ Σ σ²/σ_c²": expected((logvar[:, None] - logvars).exp()),
        "½ Σ (μ − μ_c)²/σ_c²": expected((mu[:, None] - means).square() / logvars.exp()),
        "−½ for each dimension": -expected(shape + 1),
    }


def dispersion(q_c: Tensor, means: Tensor, logvars: Tensor) -> Terms:
    """Of E_q A(η_c) − A(E_q η_c), the quadratic and the logarithmic part of each."""
    eta_1, eta_2 = means / logvars.exp(), -0.5 * (-logvars).exp()
    mean_1, mean_2 = q_c @ eta_1, q_c @ eta_2
    return {
        "E of −η₁²/(4η₂)": q_c @ (-eta_1.square() / (4 * eta_2)).sum(-1),
        "E of −½ log(−2η₂)": q_c @ (-0.5 * (-2 * eta_2).log()).sum(-1),
        "−η₁²/(4η₂) of the mean η": (mean_1.square() / (4 * mean_2)).sum(-1),
        "−½ log(−2η₂) of the mean η": (0.5 * (-2 * mean_2).log()).sum(-1),
    }


def dem_vae_loss(nll: Tensor, kl_z: Tensor, dispersion: Tensor, kl_c: Tensor, beta: float) -> Terms:
    """Of mean(nll + kl_z + (1 − β)·L_d + kl_c)."""
    return {
        "nll": nll.mean(),
        "kl_z": kl_z.mean(),
        "L_d of the bound": dispersion.mean(),
        "−β·L_d": -beta * dispersion.mean(),
        "kl_c": kl_c.mean(),
    }
