"""Wrong answers to `dem_vae_loss`, to work on."""

from answers import wrong


@wrong("β is limited to 1, so that 1.5 gives the same as 1.")
def beta_limited_to_one(nll, kl_z, dispersion, kl_c, beta):
    return (nll + kl_z + (1 - min(1.0, beta)) * dispersion + kl_c).mean()


@wrong("The dispersion is weighted by (1 - β)².")
def weight_squared(nll, kl_z, dispersion, kl_c, beta):
    return (nll + kl_z + (1 - beta) ** 2 * dispersion + kl_c).mean()


@wrong("kl_z is missing.")
def kl_of_the_code_missing(nll, kl_z, dispersion, kl_c, beta):
    return (nll + (1 - beta) * dispersion + kl_c).mean()


@wrong("kl_c counts twice.")
def kl_of_the_component_twice(nll, kl_z, dispersion, kl_c, beta):
    return (nll + kl_z + (1 - beta) * dispersion + 2 * kl_c).mean()


@wrong("Dispersion and kl_c have changed places.")
def dispersion_and_kl_exchanged(nll, kl_z, dispersion, kl_c, beta):
    return (nll + kl_z + dispersion + (1 - beta) * kl_c).mean()


@wrong("nll is detached, so the decoder learns nothing.")
def likelihood_detached(nll, kl_z, dispersion, kl_c, beta):
    return (nll.detach() + kl_z + (1 - beta) * dispersion + kl_c).mean()


@wrong("The dispersion is clamped at 1 from above, so a large one counts for too little.")
def dispersion_clamped(nll, kl_z, dispersion, kl_c, beta):
    return (nll + kl_z + (1 - beta) * dispersion.clamp(max=1.0) + kl_c).mean()


@wrong("The terms are added into nll in place, so the caller's nll changes.")
def added_in_place(nll, kl_z, dispersion, kl_c, beta):
    nll += kl_z + (1 - beta) * dispersion + kl_c
    return nll.mean()


@wrong("β multiplies kl_c too, and the sign of the dispersion is turned.", composed=True)
def beta_on_two_terms(nll, kl_z, dispersion, kl_c, beta):
    return (nll + kl_z - (1 - beta) * dispersion + beta * kl_c).mean()


@wrong("The sum over the batch of the objective, with the wrong sign.", composed=True)
def summed_objective(nll, kl_z, dispersion, kl_c, beta):
    return -(nll + kl_z + (1 - beta) * dispersion + kl_c).sum()


@wrong("The right answer is halved.", composed=True)
def half_of_the_loss(nll, kl_z, dispersion, kl_c, beta):
    loss = (nll + kl_z + (1 - beta) * dispersion + kl_c).mean()
    return 0.5 * loss


@wrong("β and 1 - β have changed places, and kl_c is missing.", composed=True)
def beta_exchanged_without_kl_c(nll, kl_z, dispersion, kl_c, beta):
    return (nll + kl_z + beta * dispersion).mean()


@wrong("β is taken as 0.5 whatever it is.")
def beta_of_a_half(nll, kl_z, dispersion, kl_c, beta):
    return (nll + kl_z + 0.5 * dispersion + kl_c).mean()
