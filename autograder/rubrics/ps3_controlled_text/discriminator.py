"""What the discriminator minimises, on labelled and on generated sentences."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import distributions as D
from torch.nn import functional as F

from autograder.exercise.exercise import Exercise
from autograder.exercise.random_inputs import normal
from autograder.rubrics.ps3_controlled_text import terms
from autograder.rubrics.ps3_controlled_text.draws import classes, far_apart, one
from latentkit.check.cases import Case
from latentkit.reference import controlled_text


def _discriminator_cases(generator: np.random.Generator) -> Iterator[Case]:
    for name, labelled, generated, count, lambda_u, beta, dtype in (
        ("more generated sentences than labelled ones", 3, 5, 3, 0.3, 0.6, torch.float64),
        ("as many generated as labelled ones", 4, 4, 3, 0.7, float(generator.integers(15, 45)) / 100, torch.float64),
        ("two classes, fewer generated than labelled ones", 6, 3, 2, 0.6, 1.7, torch.float64),
        ("weights above 1", 3, 4, 4, float(generator.integers(13, 18)) / 10, 2.3, torch.float64),
        ("no generated sentences count", 4, 3, 3, 0.0, 0.5, torch.float64),
        ("no entropy", 3, 4, 3, 0.4, 0.0, torch.float64),
        ("one sentence of each kind, float32", 1, 1, 3, 0.8, 0.3, torch.float32),
        ("float32", 5, 4, 2, 0.25, 0.75, torch.float32),
    ):
        inputs = {
            "labelled_logits": normal(generator, labelled, count, scale=1.5, dtype=dtype),
            "labels": classes(generator, labelled, count),
            "generated_logits": normal(generator, generated, count, scale=1.2, dtype=dtype),
            "c": classes(generator, generated, count),
            "lambda_u": lambda_u,
            "beta": beta,
        }
        yield Case(name, inputs, ("labelled_logits", "generated_logits"), one(dtype))
    for name, apart, dtype in (
        ("a discriminator so sure that probabilities round to 0", 1000.0, torch.float64),
        ("the same in float32", 150.0, torch.float32),
    ):
        logits, heard = far_apart(generator, 4, 3, apart, dtype)
        inputs = {
            "labelled_logits": normal(generator, 3, 3, dtype=dtype),
            "labels": classes(generator, 3, 3),
            "generated_logits": logits,
            "c": torch.cat([heard[:3], (heard[3:] + 1) % 3]),  # one sentence does not obey
            "lambda_u": 0.5,
            "beta": 0.4,
        }
        yield Case(name, inputs, ("labelled_logits", "generated_logits"), one(dtype))


discriminator_loss = Exercise(
    name="discriminator_loss",
    points=4,
    reference=controlled_text.discriminator_loss,
    cases=_discriminator_cases,
    look="section 6, what the discriminator learns from; Hu et al. 2017, L_D",
    terms=terms.discriminator_loss,
    unbounded=("labelled_logits", "generated_logits", "lambda_u", "beta"),
)


@discriminator_loss.mistake(
    "The entropy has the wrong sign: your loss *rewards* the discriminator for being unsure of generated sentences. "
    "So it would be with the sign as printed in the paper, whose text asks for the opposite: minimum "
    "entropy."
)
def entropy_maximised(labelled_logits, labels, generated_logits, c, lambda_u, beta):
    entropy = D.Categorical(logits=generated_logits).entropy().mean()
    generated = F.cross_entropy(generated_logits, c) - beta * entropy
    return F.cross_entropy(labelled_logits, labels) + lambda_u * generated


@discriminator_loss.mistake(
    "This is the entropy of the mean distribution: minimising it pulls the discriminator towards calling all "
    "sentences the same. "
    "Take the entropy of each sentence's distribution, and the mean of those."
)
def entropy_of_the_mean(labelled_logits, labels, generated_logits, c, lambda_u, beta):
    entropy = D.Categorical(probs=generated_logits.softmax(-1).mean(0)).entropy()
    generated = F.cross_entropy(generated_logits, c) + beta * entropy
    return F.cross_entropy(labelled_logits, labels) + lambda_u * generated


@discriminator_loss.mistake("The entropy is missing: add β times its mean to the generated sentences' cross-entropy.")
def entropy_missing(labelled_logits, labels, generated_logits, c, lambda_u, beta):
    return F.cross_entropy(labelled_logits, labels) + lambda_u * F.cross_entropy(generated_logits, c)


@discriminator_loss.mistake("β is not used: the entropy always counts in full.")
def beta_forgotten(labelled_logits, labels, generated_logits, c, lambda_u, beta):
    entropy = D.Categorical(logits=generated_logits).entropy().mean()
    return F.cross_entropy(labelled_logits, labels) + lambda_u * (F.cross_entropy(generated_logits, c) + entropy)


@discriminator_loss.mistake(
    "λ_u is not used: it weighs all that comes from generated sentences, their cross-entropy and their entropy."
)
def lambda_u_forgotten(labelled_logits, labels, generated_logits, c, lambda_u, beta):
    entropy = D.Categorical(logits=generated_logits).entropy().mean()
    return F.cross_entropy(labelled_logits, labels) + F.cross_entropy(generated_logits, c) + beta * entropy


@discriminator_loss.mistake(
    "λ_u multiplies the generated sentences' cross-entropy only. It weighs their entropy, too: is a bracket missing?"
)
def lambda_u_on_the_cross_entropy_only(labelled_logits, labels, generated_logits, c, lambda_u, beta):
    entropy = D.Categorical(logits=generated_logits).entropy().mean()
    generated = lambda_u * F.cross_entropy(generated_logits, c) + beta * entropy
    return F.cross_entropy(labelled_logits, labels) + generated


@discriminator_loss.mistake(
    "λ_u multiplies the entropy only. It weighs all that comes from generated sentences: their cross-entropy, too."
)
def lambda_u_on_the_entropy_only(labelled_logits, labels, generated_logits, c, lambda_u, beta):
    entropy = D.Categorical(logits=generated_logits).entropy().mean()
    generated = F.cross_entropy(generated_logits, c) + lambda_u * beta * entropy
    return F.cross_entropy(labelled_logits, labels) + generated


@discriminator_loss.mistake(
    "λ_u multiplies the labelled sentences as well. Those always count in full; it weighs the generated ones."
)
def lambda_u_on_everything(labelled_logits, labels, generated_logits, c, lambda_u, beta):
    entropy = D.Categorical(logits=generated_logits).entropy().mean()
    labelled = F.cross_entropy(labelled_logits, labels)
    return lambda_u * (labelled + F.cross_entropy(generated_logits, c) + beta * entropy)


@discriminator_loss.mistake(
    "λ_u and β have changed places: λ_u weighs all that comes from generated sentences, and β the entropy among it."
)
def weights_of_the_entropy_swapped(labelled_logits, labels, generated_logits, c, lambda_u, beta):
    entropy = D.Categorical(logits=generated_logits).entropy().mean()
    generated = F.cross_entropy(generated_logits, c) + lambda_u * entropy
    return F.cross_entropy(labelled_logits, labels) + beta * generated


@discriminator_loss.mistake(
    "β multiplies the generated sentences' cross-entropy as well. Only the entropy is weighted with it."
)
def beta_on_the_cross_entropy_too(labelled_logits, labels, generated_logits, c, lambda_u, beta):
    entropy = D.Categorical(logits=generated_logits).entropy().mean()
    generated = beta * (F.cross_entropy(generated_logits, c) + entropy)
    return F.cross_entropy(labelled_logits, labels) + lambda_u * generated


@discriminator_loss.mistake(
    "The generated sentences are judged against the discriminator's own guess, its argmax, and c is not used. What a "
    "sentence was generated from is known: c."
)
def generated_against_their_argmax(labelled_logits, labels, generated_logits, c, lambda_u, beta):
    entropy = D.Categorical(logits=generated_logits).entropy().mean()
    generated = F.cross_entropy(generated_logits, generated_logits.argmax(-1)) + beta * entropy
    return F.cross_entropy(labelled_logits, labels) + lambda_u * generated


@discriminator_loss.mistake(
    "The generated sentences' cross-entropy is missing: they teach what their c looks like, and not only to be sure."
)
def generated_cross_entropy_missing(labelled_logits, labels, generated_logits, c, lambda_u, beta):
    entropy = D.Categorical(logits=generated_logits).entropy().mean()
    return F.cross_entropy(labelled_logits, labels) + lambda_u * beta * entropy


@discriminator_loss.mistake(
    "The labelled sentences are missing. They alone tell the discriminator what the classes mean; generated ones only "
    "repeat what the generator believes."
)
def labelled_missing(labelled_logits, labels, generated_logits, c, lambda_u, beta):
    entropy = D.Categorical(logits=generated_logits).entropy().mean()
    return lambda_u * (F.cross_entropy(generated_logits, c) + beta * entropy)


@discriminator_loss.mistake(
    "The entropy is that of the labelled sentences. Those have labels, which say more: it belongs to the generated "
    "ones."
)
def entropy_of_the_labelled(labelled_logits, labels, generated_logits, c, lambda_u, beta):
    entropy = D.Categorical(logits=labelled_logits).entropy().mean()
    generated = F.cross_entropy(generated_logits, c) + beta * entropy
    return F.cross_entropy(labelled_logits, labels) + lambda_u * generated


@discriminator_loss.mistake(
    "The entropy is summed over the generated sentences: take its mean, as of the cross-entropy."
)
def entropy_summed_over_batch(labelled_logits, labels, generated_logits, c, lambda_u, beta):
    entropy = D.Categorical(logits=generated_logits).entropy().sum()
    generated = F.cross_entropy(generated_logits, c) + beta * entropy
    return F.cross_entropy(labelled_logits, labels) + lambda_u * generated


@discriminator_loss.mistake(
    "The entropy is averaged over the classes, too, so it is too small by their number. An entropy is the *sum* over "
    "the classes; only the sentences are averaged."
)
def entropy_averaged_over_classes(labelled_logits, labels, generated_logits, c, lambda_u, beta):
    log_q = generated_logits.log_softmax(-1)
    generated = F.cross_entropy(generated_logits, c) - beta * (log_q.exp() * log_q).mean()
    return F.cross_entropy(labelled_logits, labels) + lambda_u * generated


@discriminator_loss.mistake("Everything is summed over the batch: each of the three is a mean over its sentences.")
def all_summed_over_batch(labelled_logits, labels, generated_logits, c, lambda_u, beta):
    entropy = D.Categorical(logits=generated_logits).entropy().sum()
    generated = F.cross_entropy(generated_logits, c, reduction="sum") + beta * entropy
    return F.cross_entropy(labelled_logits, labels, reduction="sum") + lambda_u * generated


@discriminator_loss.mistake(
    "The loss is NaN where the discriminator is very sure: either a probability underflows to 0, and 0 · log 0 is NaN, "
    "or an exp overflows. log_softmax avoids both."
)
def log_of_the_softmax(labelled_logits, labels, generated_logits, c, lambda_u, beta):
    q = generated_logits.softmax(-1)
    generated = F.cross_entropy(generated_logits, c) - beta * (q * q.log()).sum(-1).mean()
    return F.cross_entropy(labelled_logits, labels) + lambda_u * generated


@discriminator_loss.mistake(
    "The value is right, but the gradient is NaN where a probability rounds to 0: the derivative of -p log p is "
    "infinite there. Work with log_softmax, and with its exponential for p."
)
def entr_of_the_softmax(labelled_logits, labels, generated_logits, c, lambda_u, beta):
    entropy = torch.special.entr(generated_logits.softmax(-1)).sum(-1).mean()
    generated = F.cross_entropy(generated_logits, c) + beta * entropy
    return F.cross_entropy(labelled_logits, labels) + lambda_u * generated


@discriminator_loss.mistake(
    "The generated sentences are detached. Their *words* carry no gradient, but the discriminator's answer to them "
    "must: it is what the discriminator learns from them."
)
def generated_detached(labelled_logits, labels, generated_logits, c, lambda_u, beta):
    still = generated_logits.detach()
    generated = F.cross_entropy(still, c) + beta * D.Categorical(logits=still).entropy().mean()
    return F.cross_entropy(labelled_logits, labels) + lambda_u * generated


@discriminator_loss.mistake("The entropy is detached: it shows in the loss, but makes the discriminator no surer.")
def entropy_detached(labelled_logits, labels, generated_logits, c, lambda_u, beta):
    entropy = D.Categorical(logits=generated_logits).entropy().mean().detach()
    generated = F.cross_entropy(generated_logits, c) + beta * entropy
    return F.cross_entropy(labelled_logits, labels) + lambda_u * generated


@discriminator_loss.alternative
def discriminator_through_categoricals(labelled_logits, labels, generated_logits, c, lambda_u, beta):
    real, drawn = D.Categorical(logits=labelled_logits), D.Categorical(logits=generated_logits)
    unlabelled = (beta * drawn.entropy() - drawn.log_prob(c)).mean()
    return lambda_u * unlabelled - real.log_prob(labels).mean()


@discriminator_loss.alternative
def discriminator_with_soft_targets(labelled_logits, labels, generated_logits, c, lambda_u, beta):
    entropy = F.cross_entropy(generated_logits, generated_logits.softmax(-1))
    loss_u = F.nll_loss(generated_logits.log_softmax(1), c) + beta * entropy
    return F.nll_loss(labelled_logits.log_softmax(1), labels) + lambda_u * loss_u


@discriminator_loss.alternative
def discriminator_by_logsumexp(labelled_logits, labels, generated_logits, c, lambda_u, beta):
    norm = generated_logits.logsumexp(-1)
    entropy = norm - (generated_logits.softmax(-1) * generated_logits).sum(-1)
    told = norm - generated_logits.gather(-1, c[:, None])[:, 0]
    real = labelled_logits.logsumexp(-1) - labelled_logits.gather(-1, labels[:, None])[:, 0]
    return real.mean() + lambda_u * (told + beta * entropy).mean()


@discriminator_loss.alternative
def discriminator_sentence_by_sentence(labelled_logits, labels, generated_logits, c, lambda_u, beta):
    loss = F.cross_entropy(labelled_logits, labels)
    for row, told in zip(generated_logits, c, strict=True):
        log_q = row - row.logsumexp(0)
        loss = loss + lambda_u / len(c) * (-log_q[told] - beta * (log_q.exp() * log_q).sum())
    return loss
