"""The answer key: every formula of the course, explicit, one module a topic. Not part of the student bundle."""

from latentkit.reference.variational import (
    bernoulli_log_likelihood,
    elbo,
    elbo_from_joint,
    iwae_bound,
    kl_to_standard_normal,
    kl_to_standard_normal_full,
    reparameterize,
    score_function_surrogate,
    train_vae,
)

__all__ = [
    "bernoulli_log_likelihood",
    "elbo",
    "elbo_from_joint",
    "iwae_bound",
    "kl_to_standard_normal",
    "kl_to_standard_normal_full",
    "reparameterize",
    "score_function_surrogate",
    "train_vae",
]
