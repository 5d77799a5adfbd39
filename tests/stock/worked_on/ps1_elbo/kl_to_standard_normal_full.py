"""Wrong answers to `kl_to_standard_normal_full`: the half that is worked on."""

import torch
from answers import wrong


@wrong("The mean's term is missing.")
def mean_term_missing(mu, cov):
    return 0.5 * (cov.diagonal(dim1=-2, dim2=-1).sum(-1) - mu.shape[-1] - torch.logdet(cov))


@wrong("The square of the sum of μ stands in place of the sum of its squares.")
def square_of_the_sum(mu, cov):
    trace = cov.diagonal(dim1=-2, dim2=-1).sum(-1)
    return 0.5 * (mu.sum(-1) ** 2 + trace - mu.shape[-1] - torch.linalg.slogdet(cov).logabsdet)


@wrong("The size of the batch is subtracted in place of the dimension M.")
def batch_size_for_dimension(mu, cov):
    trace = cov.diagonal(dim1=-2, dim2=-1).sum(-1)
    return 0.5 * ((mu**2).sum(-1) + trace - len(mu) - torch.linalg.slogdet(cov).logabsdet)


@wrong("It is KL(N(0, I) ‖ N(μ, Σ)), the other direction.")
def other_direction(mu, cov):
    precision = torch.linalg.inv(cov)
    quadratic = torch.einsum("bi,bij,bj->b", mu, precision, mu)
    trace = precision.diagonal(dim1=-2, dim2=-1).sum(-1)
    return 0.5 * (quadratic + trace - mu.shape[-1] + torch.linalg.slogdet(cov).logabsdet)


@wrong("A hundredth of the identity is added to Σ before the determinant.")
def jitter_in_the_determinant(mu, cov):
    eye = torch.eye(mu.shape[-1], dtype=mu.dtype, device=mu.device)
    log_det = 2 * torch.linalg.cholesky(cov + 0.01 * eye).diagonal(dim1=-2, dim2=-1).log().sum(-1)
    return 0.5 * ((mu**2).sum(-1) + cov.diagonal(dim1=-2, dim2=-1).sum(-1) - mu.shape[-1] - log_det)


@wrong("The product of the Cholesky diagonal is formed before its log, so it overflows in many dimensions.")
def log_of_the_product_of_the_diagonal(mu, cov):
    diagonal = torch.linalg.cholesky(cov).diagonal(dim1=-2, dim2=-1)
    trace = cov.diagonal(dim1=-2, dim2=-1).sum(-1)
    return 0.5 * ((mu**2).sum(-1) + trace - mu.shape[-1] - 2 * torch.log(diagonal.prod(-1)))


@wrong("Every example gets the determinant of the first one.")
def determinant_of_the_first_example(mu, cov):
    trace = cov.diagonal(dim1=-2, dim2=-1).sum(-1)
    return 0.5 * ((mu**2).sum(-1) + trace - mu.shape[-1] - torch.linalg.slogdet(cov[0]).logabsdet)


@wrong("The determinant is detached, so the gradient in Σ lacks Σ⁻¹.")
def determinant_detached(mu, cov):
    trace = cov.diagonal(dim1=-2, dim2=-1).sum(-1)
    return 0.5 * ((mu**2).sum(-1) + trace - mu.shape[-1] - torch.linalg.slogdet(cov.detach()).logabsdet)


@wrong("The mean's term is missing, and so is the half.", composed=True)
def no_mean_and_no_half(mu, cov):
    return cov.diagonal(dim1=-2, dim2=-1).sum(-1) - mu.shape[-1] - torch.linalg.slogdet(cov).logabsdet


@wrong("The result is divided by M: the mean over dimensions.", composed=True)
def averaged_over_dimensions(mu, cov):
    trace = cov.diagonal(dim1=-2, dim2=-1).sum(-1)
    return 0.5 * ((mu**2).sum(-1) + trace - torch.linalg.slogdet(cov).logabsdet) / mu.shape[-1] - 0.5


@wrong("The examples come in reverse order.", composed=True)
def examples_reversed(mu, cov):
    trace = cov.diagonal(dim1=-2, dim2=-1).sum(-1)
    return (0.5 * ((mu**2).sum(-1) + trace - mu.shape[-1] - torch.linalg.slogdet(cov).logabsdet)).flip(0)
