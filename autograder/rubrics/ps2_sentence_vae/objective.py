"""Where z enters the decoder, and the loss that trains it."""

from collections.abc import Iterator

import numpy as np
import torch
from torch.nn import functional as F

from autograder.exercise.exercise import Exercise
from autograder.exercise.random_inputs import normal, uniform
from autograder.rubrics.ps2_sentence_vae import terms
from latentkit.check.cases import Case
from latentkit.reference import sentence

# ---------------------------------------------------------------- concat_latent


def _latent_cases(generator: np.random.Generator) -> Iterator[Case]:
    for name, batch, steps, embedding, latent, dtype in (
        ("a few sentences", 3, 4, 2, 3, torch.float64),
        ("as many latent as embedding dimensions", 2, 3, 3, 3, torch.float64),
        ("one word, as when decoding", 3, 1, 2, 2, torch.float64),
        ("as many words as sentences, float32", 3, 3, 2, 1, torch.float32),
    ):
        inputs = {
            "embedded": normal(generator, batch, steps, embedding, dtype=dtype),
            "z": normal(generator, batch, latent, dtype=dtype),
        }
        cotangent = normal(generator, batch, steps, embedding + latent, dtype=dtype)
        yield Case(name, inputs, ("embedded", "z"), cotangent)


concat_latent = Exercise(
    name="concat_latent",
    points=3,
    reference=sentence.concat_latent,
    cases=_latent_cases,
    look="section 4, z in the decoder; lecture, slide VAE for Sentence Generation",
    unbounded=("embedded", "z"),
)


@concat_latent.mistake(
    "z is joined to the first step only, and zeros to the others. The decoder forgets it over a long sentence: join z "
    "to the input of every step."
)
def first_step_only(embedded, z):
    joined = torch.zeros(*embedded.shape[:2], z.shape[1], dtype=z.dtype, device=z.device)
    joined[:, 0] = z
    return torch.cat([embedded, joined], dim=-1)


@concat_latent.mistake("z is joined to the last step only: every step's input gets it.")
def last_step_only(embedded, z):
    joined = torch.zeros(*embedded.shape[:2], z.shape[1], dtype=z.dtype, device=z.device)
    joined[:, -1] = z
    return torch.cat([embedded, joined], dim=-1)


@concat_latent.mistake(
    "z became one more time step: it is joined along dimension 1, which works only where E = M. Join along the last "
    "dimension, the features."
)
def joined_along_time(embedded, z):
    return torch.cat([z.unsqueeze(1), embedded], dim=1)


@concat_latent.mistake(
    "z and the embeddings do not fit together yet: z needs a time dimension first, repeated over all T steps."
)
def time_dimension_missing(embedded, z):
    return torch.cat([embedded, z], dim=-1)


@concat_latent.mistake("z comes before the embedding: the result is [embedding, z], E numbers and then M.")
def latent_first(embedded, z):
    return torch.cat([z.unsqueeze(1).expand(-1, embedded.shape[1], -1), embedded], dim=-1)


@concat_latent.mistake(
    "z is repeated along the batch and then cut by `view`, so sentences get each other's z. Add the time dimension "
    "first: z.unsqueeze(1), then expand or repeat it."
)
def batch_mixed_by_repeat(embedded, z):
    joined = z.repeat(embedded.shape[1], 1).view(*embedded.shape[:2], -1)
    return torch.cat([embedded, joined], dim=-1)


@concat_latent.mistake("All sentences get the z of the first one.")
def latent_of_the_first_sentence(embedded, z):
    return torch.cat([embedded, z[:1].unsqueeze(1).expand(*embedded.shape[:2], -1)], dim=-1)


@concat_latent.mistake(
    "z is detached, so no gradient reaches the encoder and q(z | x) cannot learn what the decoder needs."
)
def latent_detached(embedded, z):
    return torch.cat([embedded, z.detach().unsqueeze(1).expand(-1, embedded.shape[1], -1)], dim=-1)


@concat_latent.mistake("z is added to the embedding. That needs E = M and mixes the two: join them, [B, T, E + M].")
def latent_added(embedded, z):
    return embedded + z.unsqueeze(1)


@concat_latent.alternative
def latent_by_repeat(embedded, z):
    return torch.cat((embedded, z[:, None, :].repeat(1, embedded.size(1), 1)), dim=2)


@concat_latent.alternative
def latent_step_by_step(embedded, z):
    return torch.stack([torch.hstack([embedded[:, t], z]) for t in range(embedded.shape[1])], dim=1)


@concat_latent.alternative
def latent_by_padding(embedded, z):
    return F.pad(embedded, (0, z.shape[1])) + F.pad(z, (embedded.shape[2], 0))[:, None]


@concat_latent.alternative
def latent_by_repeat_interleave(embedded, z):
    joined = z.repeat_interleave(embedded.shape[1], dim=0).view(embedded.shape[0], embedded.shape[1], -1)
    return torch.cat([embedded, joined], dim=-1)


# ---------------------------------------------------------------- sentence_vae_loss


def _loss_cases(generator: np.random.Generator) -> Iterator[Case]:
    for name, batch, weight, least, most, dtype in (
        ("weight 1, the negative ELBO", 4, 1.0, 0.5, 15, torch.float64),
        ("half-way through annealing", 3, float(generator.integers(20, 45)) / 100, 0.5, 15, torch.float64),
        ("weight 0, where annealing starts", 3, 0.0, 0.5, 15, torch.float64),
        ("weight above 1", 2, 2.5, 0.5, 15, torch.float64),
        ("one sentence, float32", 1, 0.2, 0.5, 15, torch.float32),
        ("a collapsed posterior, whose KL is next to nothing", 3, 1.0, 1e-3, 5e-3, torch.float64),
    ):
        inputs = {
            "log_likelihood": -uniform(generator, 20, 90, batch, dtype=dtype),
            "kl": uniform(generator, least, most, batch, dtype=dtype),
            "kl_weight": weight,
        }
        yield Case(name, inputs, ("log_likelihood", "kl"), torch.ones((), dtype=dtype))


sentence_vae_loss = Exercise(
    name="sentence_vae_loss",
    points=3,
    reference=sentence.sentence_vae_loss,
    cases=_loss_cases,
    look="section 5, the loss and posterior collapse; lecture, slide Posterior Collapse",
    terms=terms.sentence_vae_loss,
    unbounded=("log_likelihood", "kl", "kl_weight"),
)


@sentence_vae_loss.mistake(
    "kl_weight is not used: this is the negative ELBO at any weight. Two numbers must not be mixed up: training "
    "minimises the *weighted* loss, and results report the ELBO, whose weight is 1."
)
def elbo_for_annealed_loss(log_likelihood, kl, kl_weight):
    return (kl - log_likelihood).mean()


@sentence_vae_loss.mistake(
    "The sign is wrong: this is the weighted bound, which is to be maximised. A loss is minimised: return its negative."
)
def bound_for_loss(log_likelihood, kl, kl_weight):
    return (log_likelihood - kl_weight * kl).mean()


@sentence_vae_loss.mistake(
    "The KL has the wrong sign: minimising this loss makes the KL as large as it can be. The KL is a penalty."
)
def kl_rewarded(log_likelihood, kl, kl_weight):
    return -(log_likelihood + kl_weight * kl).mean()


@sentence_vae_loss.mistake(
    "The log-likelihood has the wrong sign: minimising this loss makes the sentences improbable."
)
def likelihood_minimised(log_likelihood, kl, kl_weight):
    return (log_likelihood + kl_weight * kl).mean()


@sentence_vae_loss.mistake("The weight multiplies the log-likelihood: it belongs to the KL.")
def weight_on_the_likelihood(log_likelihood, kl, kl_weight):
    return (kl - kl_weight * log_likelihood).mean()


@sentence_vae_loss.mistake("The weight multiplies the whole loss: it belongs to the KL alone.")
def weight_on_both(log_likelihood, kl, kl_weight):
    return kl_weight * (kl - log_likelihood).mean()


@sentence_vae_loss.mistake(
    "This blends the two terms, (1 - weight) and weight. The log-likelihood always counts in full; only the KL is "
    "weighted."
)
def blended(log_likelihood, kl, kl_weight):
    return (kl_weight * kl - (1 - kl_weight) * log_likelihood).mean()


@sentence_vae_loss.mistake("You summed over the batch: the loss is the mean over its sentences.")
def loss_summed_over_batch(log_likelihood, kl, kl_weight):
    return (kl_weight * kl - log_likelihood).sum()


@sentence_vae_loss.mistake("The loss is one number: average over the batch.")
def loss_not_averaged(log_likelihood, kl, kl_weight):
    return kl_weight * kl - log_likelihood


@sentence_vae_loss.mistake(
    "The log-likelihood is averaged over the batch and the KL summed, so the KL counts B times: average both."
)
def kl_summed_over_batch(log_likelihood, kl, kl_weight):
    return kl_weight * kl.sum() - log_likelihood.mean()


@sentence_vae_loss.mistake(
    "The KL is detached: it shows in the loss, but has no gradient, so nothing holds q(z | x) near the prior."
)
def kl_detached(log_likelihood, kl, kl_weight):
    return (kl_weight * kl.detach() - log_likelihood).mean()


@sentence_vae_loss.alternative
def loss_in_two_means(log_likelihood, kl, kl_weight):
    return kl_weight * kl.mean() - torch.mean(log_likelihood)


@sentence_vae_loss.alternative
def loss_by_hand(log_likelihood, kl, kl_weight):
    reconstruction = -log_likelihood
    return torch.sum(reconstruction + kl_weight * kl) / len(kl)


@sentence_vae_loss.alternative
def loss_sentence_by_sentence(log_likelihood, kl, kl_weight):
    losses = [kl_weight * kl[b] - log_likelihood[b] for b in range(kl.shape[0])]
    return torch.stack(losses).mean()
