"""Wrong answers to `generator_loss`, to work on."""

import torch
from answers import wrong


@wrong("Both weights are limited to 1.")
def weights_limited_to_one(vae_loss, attribute_loss, latent_loss, lambda_c, lambda_z):
    return vae_loss + min(1.0, lambda_c) * attribute_loss + min(1.0, lambda_z) * latent_loss


@wrong("A weight of 0 is taken for a missing one and replaced by 1.")
def weight_of_zero_taken_for_missing(vae_loss, attribute_loss, latent_loss, lambda_c, lambda_z):
    return vae_loss + (lambda_c or 1.0) * attribute_loss + (lambda_z or 1.0) * latent_loss


@wrong("Both weights are squared.")
def weights_squared(vae_loss, attribute_loss, latent_loss, lambda_c, lambda_z):
    return vae_loss + lambda_c**2 * attribute_loss + lambda_z**2 * latent_loss


@wrong("λ_z multiplies the VAE loss, and the latent loss counts in full.")
def lambda_z_on_the_vae_loss(vae_loss, attribute_loss, latent_loss, lambda_c, lambda_z):
    return lambda_z * vae_loss + lambda_c * attribute_loss + latent_loss


@wrong("The latent loss counts twice.")
def latent_loss_twice(vae_loss, attribute_loss, latent_loss, lambda_c, lambda_z):
    return vae_loss + lambda_c * attribute_loss + 2 * lambda_z * latent_loss


@wrong("λ_z multiplies both constraints.")
def lambda_z_for_both(vae_loss, attribute_loss, latent_loss, lambda_c, lambda_z):
    return vae_loss + lambda_z * (attribute_loss + latent_loss)


@wrong("The VAE loss is detached, so the generator forgets its language.")
def vae_loss_detached(vae_loss, attribute_loss, latent_loss, lambda_c, lambda_z):
    return vae_loss.detach() + lambda_c * attribute_loss + lambda_z * latent_loss


@wrong("The constraints are added into vae_loss in place, so the caller's vae_loss changes.")
def added_in_place(vae_loss, attribute_loss, latent_loss, lambda_c, lambda_z):
    vae_loss += lambda_c * attribute_loss
    vae_loss += lambda_z * latent_loss
    return vae_loss


@wrong("The mean of the three weighted losses is returned.")
def mean_of_three(vae_loss, attribute_loss, latent_loss, lambda_c, lambda_z):
    return (vae_loss + lambda_c * attribute_loss + lambda_z * latent_loss) / 3


@wrong("λ_c is taken as 0.5 whatever it is.")
def lambda_c_of_a_half(vae_loss, attribute_loss, latent_loss, lambda_c, lambda_z):
    return vae_loss + 0.5 * attribute_loss + lambda_z * latent_loss


@wrong("The weights have changed places, and the attribute loss is subtracted.", composed=True)
def swapped_and_subtracted(vae_loss, attribute_loss, latent_loss, lambda_c, lambda_z):
    return vae_loss - lambda_z * attribute_loss + lambda_c * latent_loss


@wrong("The right answer is doubled.", composed=True)
def twice_the_loss(vae_loss, attribute_loss, latent_loss, lambda_c, lambda_z):
    return 2 * (vae_loss + lambda_c * attribute_loss + lambda_z * latent_loss)


@wrong("λ_z is not used, and the attribute loss is missing.", composed=True)
def weight_and_term_missing(vae_loss, attribute_loss, latent_loss, lambda_c, lambda_z):
    return torch.add(vae_loss, latent_loss)
