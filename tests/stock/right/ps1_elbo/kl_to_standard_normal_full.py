"""Right but unusual answers to `kl_to_standard_normal_full`."""

import math

import torch
from answers import right
from torch import distributions as D


@right
def by_vmap_over_examples(mu, cov):
    return torch.vmap(lambda m, c: 0.5 * (m @ m + torch.trace(c) - len(m) - torch.linalg.slogdet(c)[1]))(mu, cov)


@right
def log_det_from_lu(mu, cov):
    factors = torch.linalg.lu_factor(cov).LU
    log_det = factors.diagonal(dim1=-2, dim2=-1).abs().log().sum(-1)
    return 0.5 * (mu.square().sum(-1) + torch.einsum("bii->b", cov) - mu.shape[-1] - log_det)


@right
def log_det_from_singular_values(mu, cov):
    log_det = torch.linalg.svdvals(cov).log().sum(-1)
    return 0.5 * (mu.square().sum(-1) + torch.einsum("bii->b", cov) - mu.shape[-1] - log_det)


@right
def by_a_function_of_its_own(mu, cov):
    class Divergence(torch.autograd.Function):
        @staticmethod
        def forward(ctx, mu, cov):
            factor = torch.linalg.cholesky(cov)
            ctx.save_for_backward(mu, factor)
            log_det = 2 * factor.diagonal(dim1=-2, dim2=-1).log().sum(-1)
            return 0.5 * ((mu**2).sum(-1) + cov.diagonal(dim1=-2, dim2=-1).sum(-1) - mu.shape[-1] - log_det)

        @staticmethod
        def backward(ctx, grad):
            mu, factor = ctx.saved_tensors
            eye = torch.eye(mu.shape[-1], dtype=mu.dtype, device=mu.device)
            in_cov = 0.5 * (eye - torch.cholesky_inverse(factor))
            return grad[:, None] * mu, grad[:, None, None] * in_cov

    return Divergence.apply(mu, cov)


@right
def entropy_and_cross_entropy(mu, cov):
    q = D.MultivariateNormal(mu, scale_tril=torch.linalg.cholesky(cov), validate_args=False)
    second_moment = torch.einsum("bii->b", cov + mu.unsqueeze(-1) * mu.unsqueeze(-2))
    return 0.5 * (mu.shape[-1] * math.log(2 * math.pi) + second_moment) - q.entropy()


@right
def with_one_dimension_more(mu, cov):
    """The determinant of Σ is that of the block matrix of Σ and 1."""
    batch, dim = mu.shape
    block = torch.zeros(batch, dim + 1, dim + 1, dtype=cov.dtype, device=cov.device)
    block[:, 0, 0] = 1
    block[:, 1:, 1:] = cov
    log_det = torch.linalg.slogdet(block).logabsdet
    return (torch.linalg.vector_norm(mu, dim=-1) ** 2 + cov.diagonal(0, 1, 2).sum(1) - dim - log_det) / 2


@right
def minus_log_det_of_the_inverse(mu, cov):
    inverse = torch.cholesky_inverse(torch.linalg.cholesky(cov))
    log_det = -torch.linalg.slogdet(inverse).logabsdet
    return 0.5 * (torch.einsum("bm,bm->b", mu, mu) + torch.einsum("bmm->b", cov) - mu.shape[1] - log_det)


@right
def by_eliminating_one_dimension_at_a_time(mu, cov):
    total = (mu**2).sum(-1) + torch.einsum("bmm->b", cov) - mu.shape[-1]
    rest = cov
    while rest.shape[-1]:
        pivot, column = rest[:, 0, 0], rest[:, 1:, 0]
        total = total - pivot.log()
        rest = rest[:, 1:, 1:] - column.unsqueeze(-1) * rest[:, 0, 1:].unsqueeze(-2) / pivot[:, None, None]
    return total / 2


@right
def example_by_example(mu, cov):
    rows = []
    for m, c in zip(mu, cov, strict=True):
        eigenvalues = torch.linalg.eigvalsh((c + c.T) / 2)
        rows.append(torch.dot(m, m) + eigenvalues.sum() - eigenvalues.log().sum() - m.numel())
    return torch.stack(rows).div(2)
