"""What the generator is told by its two readers: the discriminator, who hears c, and the encoder, who reads z."""

import math
from collections.abc import Iterator

import numpy as np
import torch
from torch import distributions as D
from torch.nn import functional as F

from autograder.exercise.exercise import Exercise
from autograder.exercise.random_inputs import normal, uniform
from autograder.rubrics.ps3_controlled_text import terms
from autograder.rubrics.ps3_controlled_text.draws import classes, far_apart, one
from latentkit.check.cases import Case
from latentkit.reference import controlled_text

# ---------------------------------------------------------------- attribute_loss


def _attribute_cases(generator: np.random.Generator) -> Iterator[Case]:
    for name, batch, count, dtype in (
        ("a few sentences, three classes", 5, 3, torch.float64),
        ("as many classes as sentences", 4, 4, torch.float64),
        ("two classes", 6, 2, torch.float64),
        ("one sentence, float32", 1, 3, torch.float32),
        ("float32", 7, 2, torch.float32),
    ):
        inputs = {
            "class_logits": normal(generator, batch, count, scale=1.5, dtype=dtype),
            "c": classes(generator, batch, count),
        }
        yield Case(name, inputs, ("class_logits",), one(dtype))
    for name, apart, dtype in (
        ("a discriminator that is sure, and sometimes wrong", 1000.0, torch.float64),
        ("the same with two classes, float32", 150.0, torch.float32),
    ):
        count = 3 if dtype is torch.float64 else 2
        logits, heard = far_apart(generator, 4, count, apart, dtype)
        c = torch.cat([heard[:2], (heard[2:] + 1) % count])  # two sentences obey, and two do not
        yield Case(name, {"class_logits": logits, "c": c}, ("class_logits",), one(dtype))


attribute_loss = Exercise(
    name="attribute_loss",
    points=2,
    reference=controlled_text.attribute_loss,
    cases=_attribute_cases,
    look="section 4, the attribute constraint; Hu et al. 2017, L_Attr,c",
    terms=terms.attribute_loss,
    unbounded=("class_logits",),
)


@attribute_loss.mistake(
    "The sign is wrong: this is the mean log-probability, which is to be raised. A loss is minimised: return its "
    "negative."
)
def log_probability_for_loss(class_logits, c):
    return class_logits.log_softmax(-1).gather(-1, c[:, None]).mean()


@attribute_loss.mistake("You summed over the batch: the loss is the mean over its sentences.")
def attribute_summed_over_batch(class_logits, c):
    return F.cross_entropy(class_logits, c, reduction="sum")


@attribute_loss.mistake("The loss is one number: average over the batch.")
def attribute_not_averaged(class_logits, c):
    return F.cross_entropy(class_logits, c, reduction="none")


@attribute_loss.mistake(
    "This is the mean *probability* of c, with a minus. Take the log of each sentence's probability before the mean: "
    "a sentence that is surely wrong must count for much, and its gradient must not vanish."
)
def probability_for_log(class_logits, c):
    return -class_logits.softmax(-1).gather(-1, c[:, None]).mean()


@attribute_loss.mistake(
    "This is the probability of being misheard, 1 - q(c). Where the discriminator is surely wrong it is 1 and flat, so "
    "the generator learns nothing there: take -log q(c)."
)
def probability_of_being_misheard(class_logits, c):
    return (1 - class_logits.softmax(-1).gather(-1, c[:, None])).mean()


@attribute_loss.mistake(
    "This is the log of the mean probability. The loss is the mean of the logs: each sentence has its own c to obey."
)
def log_of_the_mean_probability(class_logits, c):
    return -class_logits.softmax(-1).gather(-1, c[:, None]).mean().log()


@attribute_loss.mistake(
    "The softmax is taken twice: cross_entropy takes logits and normalises them itself. Given probabilities it can "
    "never come near 0."
)
def softmax_before_cross_entropy(class_logits, c):
    return F.cross_entropy(class_logits.softmax(-1), c)


@attribute_loss.mistake(
    "The logits were averaged as they are. They become log-probabilities through log_softmax; to "
    "pick one of them does not normalise them, neither by gather nor by nll_loss."
)
def class_logits_not_normalised(class_logits, c):
    return F.nll_loss(class_logits, c)


@attribute_loss.mistake(
    "The log of a softmax underflows: where the discriminator is sure of another class, the probability rounds to 0 "
    "and its log to -inf. Use log_softmax, or cross_entropy on the logits."
)
def log_of_a_softmax(class_logits, c):
    return -class_logits.softmax(-1).log().gather(-1, c[:, None]).mean()


@attribute_loss.mistake(
    "A small constant inside the log caps the loss: where the discriminator is surely wrong, its gradient vanishes. "
    "log_softmax needs no constant."
)
def constant_inside_the_log(class_logits, c):
    return -(class_logits.softmax(-1).gather(-1, c[:, None]) + 1e-8).log().mean()


@attribute_loss.mistake(
    "The softmax runs over the batch. The classes of one sentence exclude each other: use the last dimension."
)
def classes_normalised_over_the_batch(class_logits, c):
    return -class_logits.log_softmax(0).gather(-1, c[:, None]).mean()


@attribute_loss.mistake(
    "c is not used: the target is what the discriminator hears anyway, its argmax. The generator is to obey the class "
    "that it was told."
)
def heard_class_for_told_class(class_logits, c):
    return F.cross_entropy(class_logits, class_logits.argmax(-1))


@attribute_loss.mistake(
    "`[:, c]` picks the classes of all sentences from every sentence, [B, B]. Each row has one class of its own: "
    "gather, or a pair of indices."
)
def classes_of_all_sentences(class_logits, c):
    return -class_logits.log_softmax(-1)[:, c].mean()


@attribute_loss.mistake("c is not used: this is the mean over all classes. Pick the log-probability of c.")
def mean_over_all_classes(class_logits, c):
    return -class_logits.log_softmax(-1).mean()


@attribute_loss.mistake(
    "The mean is taken over B·C entries, most of them 0: the loss is too small by the number of classes. Sum over the "
    "classes, and average over the sentences."
)
def divided_by_the_classes_too(class_logits, c):
    return -(F.one_hot(c, class_logits.shape[-1]) * class_logits.log_softmax(-1)).mean()


@attribute_loss.mistake(
    "Each class is judged by a sigmoid of its own. The classes of an attribute exclude each other: log_softmax."
)
def sigmoid_for_each_class(class_logits, c):
    return F.binary_cross_entropy_with_logits(class_logits, F.one_hot(c, class_logits.shape[-1]).to(class_logits))


@attribute_loss.mistake(
    "The loss is detached (or made under no_grad, or through .item()). The number is right, but nothing teaches the "
    "generator."
)
def attribute_detached(class_logits, c):
    return F.cross_entropy(class_logits.detach(), c)


@attribute_loss.alternative
def attribute_through_nll(class_logits, c):
    return F.nll_loss(F.log_softmax(class_logits, dim=1), c)


@attribute_loss.alternative
def attribute_by_gather(class_logits, c):
    return (class_logits.logsumexp(-1) - class_logits[torch.arange(len(c)), c]).mean()


@attribute_loss.alternative
def attribute_through_a_categorical(class_logits, c):
    return -D.Categorical(logits=class_logits).log_prob(c).mean()


@attribute_loss.alternative
def attribute_with_one_hot(class_logits, c):
    told = F.one_hot(c, class_logits.shape[1]).to(class_logits)
    return -(told * class_logits.log_softmax(1)).sum() / c.shape[0]


# ---------------------------------------------------------------- latent_loss


def _latent_cases(generator: np.random.Generator) -> Iterator[Case]:
    for name, batch, dim, low, high, dtype in (
        ("a few sentences", 4, 3, -1.5, 1.0, torch.float64),
        ("one sentence", 1, 4, -1.5, 1.0, torch.float64),
        ("one dimension", 5, 1, -1.5, 1.0, torch.float64),
        ("as many dimensions as sentences", 3, 3, -1.0, 1.5, torch.float64),
        ("float32", 4, 2, -1.5, 1.0, torch.float32),
    ):
        z = normal(generator, batch, dim, dtype=dtype)
        inputs = {
            "z": z,
            "mu": 0.6 * z + normal(generator, batch, dim, scale=0.7, dtype=dtype),
            "logvar": uniform(generator, low, high, batch, dim, dtype=dtype),
        }
        yield Case(name, inputs, ("mu", "logvar"), one(dtype))
    z, logvar = normal(generator, 4, 3), uniform(generator, -7, -5, 4, 3)
    inputs = {"z": z, "mu": z + (0.5 * logvar).exp() * normal(generator, 4, 3), "logvar": logvar}
    yield Case("an encoder that is sure and right, so the loss is negative", inputs, ("mu", "logvar"), one(z.dtype))
    z, logvar = normal(generator, 3, 2), uniform(generator, -3, -1, 3, 2)
    away = uniform(generator, 40, 60, 3, 2) * torch.sign(normal(generator, 3, 2))
    inputs = {"z": z, "mu": z + (0.5 * logvar).exp() * away, "logvar": logvar}
    yield Case("z fifty standard deviations from the mean", inputs, ("mu", "logvar"), one(z.dtype))


latent_loss = Exercise(
    name="latent_loss",
    points=3,
    reference=controlled_text.latent_loss,
    cases=_latent_cases,
    look="section 5, the independence constraint; Hu et al. 2017, L_Attr,z",
    terms=terms.latent_loss,
    unbounded=("z", "mu", "logvar"),
)


@latent_loss.mistake(
    "The sign is wrong: this is the mean log-density, which is to be raised. A loss is minimised: return its negative."
)
def log_density_for_loss(z, mu, logvar):
    return D.Normal(mu, (0.5 * logvar).exp()).log_prob(z).sum(-1).mean()


@latent_loss.mistake(
    "The constant ½ log 2π is missing, once for each dimension. It moves no weight, but without it the number is no "
    "log-density and cannot be compared."
)
def constant_missing(z, mu, logvar):
    return 0.5 * (logvar + (z - mu).square() / logvar.exp()).sum(-1).mean()


@latent_loss.mistake("The constant ½ log 2π is there once; each of the M dimensions has one.")
def constant_once(z, mu, logvar):
    return 0.5 * (logvar + (z - mu).square() / logvar.exp()).sum(-1).mean() + 0.5 * math.log(2 * math.pi)


@latent_loss.mistake("The ½ is missing: a Gaussian's log-density is -½ of the sum of the three terms.")
def half_missing(z, mu, logvar):
    return (math.log(2 * math.pi) + logvar + (z - mu).square() / logvar.exp()).sum(-1).mean()


@latent_loss.mistake("You used logvar where the variance belongs: the squared distance is divided by σ² = exp(logvar).")
def logvar_for_variance(z, mu, logvar):
    return 0.5 * (math.log(2 * math.pi) + logvar + (z - mu).square() / logvar).sum(-1).mean()


@latent_loss.mistake(
    "The variance stands where a standard deviation belongs: exp(logvar) is σ². D.Normal takes σ, which is exp of half "
    "the logvar."
)
def variance_for_deviation(z, mu, logvar):
    return -D.Normal(mu, logvar.exp()).log_prob(z).sum(-1).mean()


@latent_loss.mistake(
    "The squared distance is divided by σ, the standard deviation. In a Gaussian it is divided by the variance σ²."
)
def distance_over_deviation(z, mu, logvar):
    return 0.5 * (math.log(2 * math.pi) + logvar + (z - mu).square() / (0.5 * logvar).exp()).sum(-1).mean()


@latent_loss.mistake(
    "The distance is divided by the variance and *then* squared, so by σ⁴ in all. Square first, or divide by σ."
)
def distance_over_squared_variance(z, mu, logvar):
    return 0.5 * (math.log(2 * math.pi) + logvar + ((z - mu) / logvar.exp()).square()).sum(-1).mean()


@latent_loss.mistake(
    "The squared distance is *multiplied* by the variance. The smaller σ², the more the same distance must cost: "
    "divide."
)
def distance_times_variance(z, mu, logvar):
    return 0.5 * (math.log(2 * math.pi) + logvar + (z - mu).square() * logvar.exp()).sum(-1).mean()


@latent_loss.mistake(
    "The term ½ Σ logvar is missing. Without it the loss is lowest where the encoder knows nothing, σ² → ∞: the "
    "generator would be rewarded for sentences from which z cannot be read."
)
def log_variance_missing(z, mu, logvar):
    return 0.5 * (math.log(2 * math.pi) + (z - mu).square() / logvar.exp()).sum(-1).mean()


@latent_loss.mistake(
    "The term ½ Σ logvar has the wrong sign: a wide Gaussian has a *low* density at its mean, so a high loss."
)
def log_variance_subtracted(z, mu, logvar):
    return 0.5 * (math.log(2 * math.pi) - logvar + (z - mu).square() / logvar.exp()).sum(-1).mean()


@latent_loss.mistake(
    "This is the squared distance of z and mu; logvar is not used. It is a Gaussian of variance 1 without its "
    "constant, whatever the encoder says of its own certainty."
)
def squared_distance_only(z, mu, logvar):
    return 0.5 * (z - mu).square().sum(-1).mean()


@latent_loss.mistake(
    "This is the KL from q to the prior, and z is not used. Asked is the log-density of *this* z under q."
)
def kl_to_the_prior(z, mu, logvar):
    return 0.5 * (logvar.exp() + mu.square() - 1 - logvar).sum(-1).mean()


@latent_loss.mistake(
    "This is the entropy of q, its *expected* -log q, and z is not used. Asked is -log q at the z that was given."
)
def entropy_of_the_posterior(z, mu, logvar):
    return 0.5 * (math.log(2 * math.pi * math.e) + logvar).sum(-1).mean()


@latent_loss.mistake(
    "This is -log p(z) under the prior; mu and logvar are not used, so it teaches nobody. Asked is the density under q."
)
def density_of_the_prior(z, mu, logvar):
    return -D.Normal(torch.zeros_like(mu), torch.ones_like(mu)).log_prob(z).sum(-1).mean()


@latent_loss.mistake(
    "The density underflows: fifty standard deviations from the mean it rounds to 0, and its log to -inf. Write the "
    "logarithm of the density; do not take it of one."
)
def log_of_the_density(z, mu, logvar):
    density = torch.exp(-0.5 * (z - mu).square() / logvar.exp()) / (2 * math.pi * logvar.exp()).sqrt()
    return -density.log().sum(-1).mean()


@latent_loss.mistake(
    "You averaged over the dimensions. log q(z | x) of independent dimensions is the *sum* of theirs; only the batch "
    "is averaged."
)
def averaged_over_dimensions(z, mu, logvar):
    return -D.Normal(mu, (0.5 * logvar).exp()).log_prob(z).mean()


@latent_loss.mistake("You summed over the batch: sum over the dimensions, and average over the sentences.")
def latent_summed_over_batch(z, mu, logvar):
    return -D.Normal(mu, (0.5 * logvar).exp()).log_prob(z).sum()


@latent_loss.mistake("The loss is one number: average over the batch.")
def latent_not_averaged(z, mu, logvar):
    return -D.Normal(mu, (0.5 * logvar).exp()).log_prob(z).sum(-1)


@latent_loss.mistake(
    "The encoder's answer is detached. The gradient reaches the generator *through* mu and logvar: so it learns "
    "nothing."
)
def posterior_detached(z, mu, logvar):
    return -D.Normal(mu.detach(), (0.5 * logvar.detach()).exp()).log_prob(z).sum(-1).mean()


@latent_loss.mistake("logvar is detached: what the encoder says of its certainty teaches the generator, too.")
def certainty_detached(z, mu, logvar):
    return -D.Normal(mu, (0.5 * logvar.detach()).exp()).log_prob(z).sum(-1).mean()


@latent_loss.alternative
def latent_through_a_normal(z, mu, logvar):
    return -D.Independent(D.Normal(mu, torch.exp(0.5 * logvar)), 1).log_prob(z).mean()


@latent_loss.alternative
def latent_by_standardising(z, mu, logvar):
    noise = (z - mu) * (-0.5 * logvar).exp()
    return (noise.square() + logvar).sum() / (2 * len(z)) + z.shape[1] / 2 * math.log(2 * math.pi)


@latent_loss.alternative
def latent_through_torch_s_loss(z, mu, logvar):
    return F.gaussian_nll_loss(mu, z, logvar.exp(), full=True, eps=1e-12, reduction="none").sum(1).mean()


@latent_loss.alternative
def latent_sentence_by_sentence(z, mu, logvar):
    losses = []
    for b in range(len(z)):
        q = D.MultivariateNormal(mu[b], torch.diag(logvar[b].exp()))
        losses.append(-q.log_prob(z[b]))
    return torch.stack(losses).mean()
