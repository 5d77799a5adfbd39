"""Wrong answers to `kl_to_standard_normal_full`: the half that is kept aside."""

import math

import torch
from answers import wrong


@wrong("The trace is missing.")
def trace_missing(mu, cov):
    return 0.5 * ((mu**2).sum(-1) - mu.shape[-1] - torch.linalg.slogdet(cov).logabsdet)


@wrong("The trace is summed over the batch, so an example's KL depends on its neighbours.")
def trace_of_the_whole_batch(mu, cov):
    log_det = torch.linalg.slogdet(cov).logabsdet
    return 0.5 * ((mu**2).sum(-1) + torch.einsum("bmm->", cov) - mu.shape[-1] - log_det)


@wrong("The sign of the determinant stands in place of its log: the first result of slogdet.")
def sign_for_log_det(mu, cov):
    trace = cov.diagonal(dim1=-2, dim2=-1).sum(-1)
    return 0.5 * ((mu**2).sum(-1) + trace - mu.shape[-1] - torch.linalg.slogdet(cov)[0])


@wrong("The mean's term is Mahalanobis's distance μᵀΣ⁻¹μ: the metric is the prior's, I.")
def mean_in_the_wrong_metric(mu, cov):
    quadratic = (mu * torch.linalg.solve(cov, mu.unsqueeze(-1)).squeeze(-1)).sum(-1)
    trace = cov.diagonal(dim1=-2, dim2=-1).sum(-1)
    return 0.5 * (quadratic + trace - mu.shape[-1] - torch.linalg.slogdet(cov).logabsdet)


@wrong("1e-6 times the identity is added to Σ, which shows where Σ is small.")
def small_jitter(mu, cov):
    cov = cov + 1e-6 * torch.eye(mu.shape[-1], dtype=mu.dtype, device=mu.device)
    log_det = torch.linalg.slogdet(cov).logabsdet
    return 0.5 * ((mu**2).sum(-1) + cov.diagonal(dim1=-2, dim2=-1).sum(-1) - mu.shape[-1] - log_det)


@wrong("The log is that of the product of the eigenvalues plus 1e-30, so it is wrong where det underflows.")
def log_of_the_product_of_eigenvalues(mu, cov):
    trace = cov.diagonal(dim1=-2, dim2=-1).sum(-1)
    log_det = torch.log(torch.linalg.eigvalsh(cov).prod(-1) + 1e-30)
    return 0.5 * ((mu**2).sum(-1) + trace - mu.shape[-1] - log_det)


@wrong("For one example the result is squeezed to a scalar.")
def one_example_squeezed(mu, cov):
    trace = cov.diagonal(dim1=-2, dim2=-1).sum(-1)
    return (0.5 * ((mu**2).sum(-1) + trace - mu.shape[-1] - torch.linalg.slogdet(cov).logabsdet)).squeeze()


@wrong("It edits Σ in place: the diagonal loses one.")
def covariance_edited(mu, cov):
    log_det = torch.linalg.slogdet(cov.clone()).logabsdet
    diagonal = cov.diagonal(dim1=-2, dim2=-1).sub_(1)
    return 0.5 * ((mu**2).sum(-1) + diagonal.sum(-1) - log_det)


@wrong("The log determinant is added, and M is not subtracted.", composed=True)
def log_det_added_and_no_dimension(mu, cov):
    trace = cov.diagonal(dim1=-2, dim2=-1).sum(-1)
    return 0.5 * ((mu**2).sum(-1) + trace + torch.linalg.slogdet(cov).logabsdet)


@wrong("The sign of the whole is wrong.", composed=True)
def negative(mu, cov):
    trace = cov.diagonal(dim1=-2, dim2=-1).sum(-1)
    return -0.5 * ((mu**2).sum(-1) + trace - mu.shape[-1] - torch.linalg.slogdet(cov).logabsdet)


@wrong("M/2 ln 2π is added, the constant of the density.", composed=True)
def with_the_constant_of_the_density(mu, cov):
    trace = cov.diagonal(dim1=-2, dim2=-1).sum(-1)
    kl = 0.5 * ((mu**2).sum(-1) + trace - mu.shape[-1] - torch.linalg.slogdet(cov).logabsdet)
    return kl + 0.5 * mu.shape[-1] * math.log(2 * math.pi)
