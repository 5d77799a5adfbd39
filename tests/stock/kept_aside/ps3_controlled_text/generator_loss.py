"""Wrong answers to `generator_loss`, kept aside."""

import math

import torch
from answers import wrong


@wrong("The weights are normalised by their sum with 1.")
def weights_normalised(vae_loss, attribute_loss, latent_loss, lambda_c, lambda_z):
    total = 1 + lambda_c + lambda_z
    return (vae_loss + lambda_c * attribute_loss + lambda_z * latent_loss) / total


@wrong("The weights are taken as their exponentials.")
def exponential_weights(vae_loss, attribute_loss, latent_loss, lambda_c, lambda_z):
    return vae_loss + math.exp(lambda_c) * attribute_loss + math.exp(lambda_z) * latent_loss


@wrong("The attribute loss counts twice.")
def attribute_loss_twice(vae_loss, attribute_loss, latent_loss, lambda_c, lambda_z):
    return vae_loss + 2 * lambda_c * attribute_loss + lambda_z * latent_loss


@wrong("The VAE loss counts twice.")
def vae_loss_twice(vae_loss, attribute_loss, latent_loss, lambda_c, lambda_z):
    return 2 * vae_loss + lambda_c * attribute_loss + lambda_z * latent_loss


@wrong("The weights of both constraints are their mean.")
def mean_of_the_weights(vae_loss, attribute_loss, latent_loss, lambda_c, lambda_z):
    return vae_loss + 0.5 * (lambda_c + lambda_z) * (attribute_loss + latent_loss)


@wrong("The size of the latent loss is taken, so that a negative one is punished.")
def latent_loss_without_its_sign(vae_loss, attribute_loss, latent_loss, lambda_c, lambda_z):
    return vae_loss + lambda_c * attribute_loss + lambda_z * latent_loss.abs()


@wrong("The losses multiply: the product of the constraints is added.")
def constraints_multiplied(vae_loss, attribute_loss, latent_loss, lambda_c, lambda_z):
    return vae_loss + lambda_c * attribute_loss * lambda_z * latent_loss


@wrong("The result is one number in a vector of length one.")
def kept_as_a_vector(vae_loss, attribute_loss, latent_loss, lambda_c, lambda_z):
    return (vae_loss + lambda_c * attribute_loss + lambda_z * latent_loss).reshape(1)


@wrong("The three weighted losses are returned, and not their sum.")
def three_losses(vae_loss, attribute_loss, latent_loss, lambda_c, lambda_z):
    return torch.stack([vae_loss, lambda_c * attribute_loss, lambda_z * latent_loss])


@wrong("The VAE loss is multiplied by 1 - λ_c.")
def vae_loss_weighed_down(vae_loss, attribute_loss, latent_loss, lambda_c, lambda_z):
    return (1 - lambda_c) * vae_loss + lambda_c * attribute_loss + lambda_z * latent_loss


@wrong("λ_c is not used, and the latent loss is subtracted.", composed=True)
def weight_unused_and_subtracted(vae_loss, attribute_loss, latent_loss, lambda_c, lambda_z):
    return vae_loss + attribute_loss - lambda_z * latent_loss


@wrong("One is added to the right answer.", composed=True)
def one_too_much(vae_loss, attribute_loss, latent_loss, lambda_c, lambda_z):
    return vae_loss + lambda_c * attribute_loss + lambda_z * latent_loss + 1


@wrong("The VAE loss is missing, and the weights have changed places.", composed=True)
def vae_missing_and_swapped(vae_loss, attribute_loss, latent_loss, lambda_c, lambda_z):
    return lambda_z * attribute_loss + lambda_c * latent_loss
