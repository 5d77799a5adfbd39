"""Right but unusual answers to `reparameterize`."""

import math

import torch
from answers import right
from torch import distributions as D


@right
def noise_from_torch_normal(mu, logvar):
    noise = torch.normal(0.0, 1.0, mu.shape, dtype=mu.dtype, device=mu.device)
    return mu + torch.sqrt(torch.exp(logvar)) * noise


@right
def by_diagonal_matrices(mu, logvar):
    factor = torch.diag_embed((0.5 * logvar).exp())  # [B, M, M]
    return mu + torch.einsum("bij,bj->bi", factor, torch.randn_like(mu))


@right
def by_a_multivariate_normal(mu, logvar):
    factor = torch.diag_embed((0.5 * logvar).exp())
    return D.MultivariateNormal(mu, scale_tril=factor, validate_args=False).rsample()


@right
def by_box_and_muller(mu, logvar):
    u = 1 - torch.rand(2, *mu.shape, dtype=torch.float64, device=mu.device)  # in (0, 1]
    noise = torch.sqrt(-2 * torch.log(u[0])) * torch.cos(2 * math.pi * u[1])
    return mu + (0.5 * logvar).exp() * noise.to(mu.dtype)


@right
def by_a_transformed_distribution(mu, logvar):
    base = D.Normal(torch.zeros_like(mu), torch.ones_like(mu))
    affine = D.AffineTransform(mu, logvar.mul(0.5).exp(), event_dim=0)
    return D.TransformedDistribution(base, [affine], validate_args=False).rsample()


@right
def by_a_function_of_its_own(mu, logvar):
    class Sample(torch.autograd.Function):
        @staticmethod
        def forward(ctx, mu, logvar):
            deviated = (0.5 * logvar).exp() * torch.randn_like(mu)
            ctx.save_for_backward(deviated)
            return mu + deviated

        @staticmethod
        def backward(ctx, grad):
            (deviated,) = ctx.saved_tensors
            return grad, 0.5 * grad * deviated

    return Sample.apply(mu, logvar)


@right
def real_part_of_complex_noise(mu, logvar):
    kind = torch.complex64 if mu.dtype == torch.float32 else torch.complex128
    noise = torch.randn(mu.shape, dtype=kind, device=mu.device).real * math.sqrt(2)
    return mu + (0.5 * logvar).exp() * noise


@right
def mean_of_four_normals_rescaled(mu, logvar):
    noise = torch.randn(4, *mu.shape, dtype=mu.dtype, device=mu.device).sum(0) / 2
    return mu + (0.5 * logvar).exp() * noise


@right
def row_by_row_with_vmap(mu, logvar):
    draw = torch.vmap(lambda m, v: m + torch.exp(v / 2) * torch.randn_like(m), randomness="different")
    return draw(mu, logvar)


@right
def by_inverse_normal_distribution(mu, logvar):
    u = torch.rand(mu.shape, dtype=torch.float64, device=mu.device).clamp(1e-15, 1 - 1e-15)
    return torch.special.ndtri(u).to(mu.dtype) * torch.pow(math.e, logvar / 2) + mu
