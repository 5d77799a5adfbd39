"""Right but unusual answers to `expected_log_dirichlet`."""

import numpy as np
import torch
from answers import right


@right
def as_the_gradient_of_the_log_normaliser(gamma):
    def log_normaliser(row):
        return torch.lgamma(row).sum() - torch.lgamma(row.sum())

    rows = gamma.reshape(-1, gamma.shape[-1])
    return torch.func.vmap(torch.func.grad(log_normaliser))(rows).reshape(gamma.shape)


@right
def through_multigammaln_s_neighbour(gamma):
    from scipy.special import polygamma

    values = gamma.detach().cpu().numpy()
    return torch.tensor(polygamma(0, values) - polygamma(0, values.sum(-1, keepdims=True)), dtype=gamma.dtype)


@right
def by_beta_distributions_of_one_share(gamma):
    total = gamma.sum(-1, keepdim=True).expand_as(gamma)
    pair = torch.stack([gamma, total])
    return torch.digamma(pair).diff(dim=0).neg().squeeze(0)


@right
def row_by_row_recursively(gamma):
    def answer(part):
        if part.dim() > 1:
            return torch.stack([answer(row) for row in part])
        return torch.special.psi(part) - torch.special.psi(part.sum())

    return answer(gamma)


@right
def by_vectorised_numpy(gamma):
    from scipy import special

    psi = np.vectorize(special.psi)
    rows = np.apply_along_axis(lambda row: psi(row) - psi(row.sum()), -1, gamma.detach().cpu().numpy())
    return torch.from_numpy(rows).to(gamma.dtype)


@right
def by_recurrence_and_series(gamma):
    def psi(x):
        shift = torch.zeros_like(x)
        for _ in range(12):
            shift, x = torch.where(x < 12, shift - 1 / x, shift), torch.where(x < 12, x + 1, x)
        y = x**-2
        tail = y * (1 / 12 - y * (1 / 120 - y * (1 / 252 - y * (1 / 240 - y / 132))))
        return shift + x.log() - 0.5 / x - tail

    exact = gamma.double()
    return (psi(exact) - psi(exact.sum(-1, keepdim=True))).to(gamma.dtype)


@right
def by_autograd_of_lgamma(gamma):
    with torch.enable_grad():
        leaf = gamma.detach().clone().requires_grad_()
        value = torch.lgamma(leaf).sum() - torch.lgamma(leaf.sum(-1)).sum()
        return torch.autograd.grad(value, leaf)[0]


@right
def with_the_topics_first(gamma):
    turned = gamma.movedim(-1, 0)
    return torch.special.digamma(turned).sub(torch.special.digamma(turned.sum(0))).movedim(0, -1)
