"""Right but unusual answers to `generator_loss`."""

import functools

import torch
from answers import right
from torch.nn import functional as F


@right
def by_lerp_from_the_plain_loss(vae_loss, attribute_loss, latent_loss, lambda_c, lambda_z):
    with_attribute = torch.lerp(vae_loss, vae_loss + attribute_loss, lambda_c)
    return torch.lerp(with_attribute, with_attribute + latent_loss, lambda_z)


@right
def by_a_linear_layer(vae_loss, attribute_loss, latent_loss, lambda_c, lambda_z):
    losses = torch.stack([vae_loss, attribute_loss, latent_loss])
    return F.linear(losses, losses.new_tensor([[1.0, lambda_c, lambda_z]])).squeeze()


@right
def by_reducing(vae_loss, attribute_loss, latent_loss, lambda_c, lambda_z):
    weighted = (vae_loss, attribute_loss * lambda_c, latent_loss * lambda_z)
    return functools.reduce(torch.add, weighted)


@right
def by_einsum(vae_loss, attribute_loss, latent_loss, lambda_c, lambda_z):
    constraints = torch.stack((attribute_loss, latent_loss))
    return vae_loss + torch.einsum("i,i->", constraints, constraints.new_tensor((lambda_c, lambda_z)))


@right
def by_adding_into_a_zero(vae_loss, attribute_loss, latent_loss, lambda_c, lambda_z):
    total = torch.zeros_like(vae_loss)
    for weight, loss in ((1, vae_loss), (lambda_c, attribute_loss), (lambda_z, latent_loss)):
        total = total + weight * loss
    return total


@right
def as_a_negative_objective(vae_loss, attribute_loss, latent_loss, lambda_c, lambda_z):
    objective = -vae_loss - lambda_c * attribute_loss - lambda_z * latent_loss
    return -objective


@right
def with_weights_as_tensors(vae_loss, attribute_loss, latent_loss, lambda_c, lambda_z):
    place = {"dtype": vae_loss.dtype, "device": vae_loss.device}
    c, z = torch.as_tensor(lambda_c, **place), torch.as_tensor(lambda_z, **place)
    return torch.addcmul(torch.addcmul(vae_loss, c, attribute_loss), z, latent_loss)


@right
def with_a_backward_of_its_own(vae_loss, attribute_loss, latent_loss, lambda_c, lambda_z):
    class Weighted(torch.autograd.Function):
        @staticmethod
        def forward(ctx, first, second, third):
            return first + lambda_c * second + lambda_z * third

        @staticmethod
        def backward(ctx, gradient):
            return gradient, lambda_c * gradient, lambda_z * gradient

    return Weighted.apply(vae_loss, attribute_loss, latent_loss)
