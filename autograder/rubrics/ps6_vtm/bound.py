"""The bound of raw text: a log-likelihood and two KL terms, each with its weight."""

from collections.abc import Iterator

import numpy as np
import torch

from autograder.exercise.exercise import Exercise
from autograder.exercise.random_inputs import normal, uniform
from autograder.rubrics.ps6_vtm import terms
from latentkit.check.cases import Case
from latentkit.reference import template_machine


def _bound_cases(generator: np.random.Generator) -> Iterator[Case]:
    for name, batch, weight_template, weight_content, dtype in (
        ("a weight for each KL", 3, float(generator.integers(15, 40)) / 100, 0.7, torch.float64),
        ("the bound itself, both weights 1", 2, 1.0, 1.0, torch.float64),
        ("weights above 1", 3, 1.4, float(generator.integers(18, 30)) / 10, torch.float64),
        ("the template is free", 4, 0.0, 0.6, torch.float64),
        ("the content is free", 2, 0.3, 0.0, torch.float64),
        ("both are free, as when annealing begins", 3, 0.0, 0.0, torch.float64),
        ("one sentence", 1, 0.8, 0.2, torch.float64),
        ("float32", 3, 0.25, 0.75, torch.float32),
    ):
        inputs = {
            "log_likelihood": -uniform(generator, 20, 50, batch, dtype=dtype),
            "kl_template": uniform(generator, 1, 4, batch, dtype=dtype),
            "kl_content": uniform(generator, 5, 12, batch, dtype=dtype),
            "weight_template": weight_template,
            "weight_content": weight_content,
        }
        gradients = ("log_likelihood", "kl_template", "kl_content")
        yield Case(name, inputs, gradients, normal(generator, batch, dtype=dtype))


template_elbo = Exercise(
    name="template_elbo",
    points=2,
    reference=template_machine.template_elbo,
    cases=_bound_cases,
    look="section 4, two bounds; Ye et al. 2020, learning from raw text",
    terms=terms.template_elbo,
    unbounded=("log_likelihood", "kl_template", "kl_content", "weight_template", "weight_content"),
)


@template_elbo.mistake("The weights have changed places: each belongs to the KL of its own name.")
def weights_swapped(log_likelihood, kl_template, kl_content, weight_template, weight_content):
    return log_likelihood - weight_content * kl_template - weight_template * kl_content


@template_elbo.mistake("Neither weight is used: each KL counts in full. Multiply each by its own.")
def weights_forgotten(log_likelihood, kl_template, kl_content, weight_template, weight_content):
    return log_likelihood - kl_template - kl_content


@template_elbo.mistake("The template's weight is not used: its KL always counts in full.")
def weight_of_the_template_forgotten(log_likelihood, kl_template, kl_content, weight_template, weight_content):
    return log_likelihood - kl_template - weight_content * kl_content


@template_elbo.mistake("The content's weight is not used: its KL always counts in full.")
def weight_of_the_content_forgotten(log_likelihood, kl_template, kl_content, weight_template, weight_content):
    return log_likelihood - weight_template * kl_template - kl_content


@template_elbo.mistake("The template's weight multiplies both KL terms: each has a weight of its own.")
def one_weight_for_both(log_likelihood, kl_template, kl_content, weight_template, weight_content):
    return log_likelihood - weight_template * (kl_template + kl_content)


@template_elbo.mistake("The content's weight multiplies both KL terms: each has a weight of its own.")
def weight_of_the_content_for_both(log_likelihood, kl_template, kl_content, weight_template, weight_content):
    return log_likelihood - weight_content * (kl_template + kl_content)


@template_elbo.mistake(
    "One weight stands inside the bracket of the other, so the content's is w_z·w_c: where the template is free, the "
    "content is, too. The two weights do not meet."
)
def weights_nested(log_likelihood, kl_template, kl_content, weight_template, weight_content):
    return log_likelihood - weight_template * (kl_template + weight_content * kl_content)


@template_elbo.mistake("The log-likelihood has lost the weight that the KL terms got. It always counts in full.")
def terms_blended(log_likelihood, kl_template, kl_content, weight_template, weight_content):
    rest = 1 - weight_template - weight_content
    return rest * log_likelihood - weight_template * kl_template - weight_content * kl_content


@template_elbo.mistake("Both KL terms are added. They are what the bound pays for its latent variables: subtract them.")
def kl_terms_added(log_likelihood, kl_template, kl_content, weight_template, weight_content):
    return log_likelihood + weight_template * kl_template + weight_content * kl_content


@template_elbo.mistake(
    "The content's KL is added, for a bracket is missing behind the minus. Both KL terms are subtracted."
)
def kl_of_the_content_added(log_likelihood, kl_template, kl_content, weight_template, weight_content):
    return log_likelihood - weight_template * kl_template + weight_content * kl_content


@template_elbo.mistake("The template's KL is added. Both KL terms are subtracted.")
def kl_of_the_template_added(log_likelihood, kl_template, kl_content, weight_template, weight_content):
    return log_likelihood + weight_template * kl_template - weight_content * kl_content


@template_elbo.mistake(
    "This is the loss, minus the bound. Asked is the bound itself, to be raised; the training takes its negative mean."
)
def loss_for_the_bound(log_likelihood, kl_template, kl_content, weight_template, weight_content):
    return weight_template * kl_template + weight_content * kl_content - log_likelihood


@template_elbo.mistake(
    "The log-likelihood has the wrong sign. It is log p already, negative as it stands: the bound raises it."
)
def log_likelihood_subtracted(log_likelihood, kl_template, kl_content, weight_template, weight_content):
    return -log_likelihood - weight_template * kl_template - weight_content * kl_content


@template_elbo.mistake("The template's KL is missing: then q(z | x) may say anything, and z cannot be drawn from p(z).")
def kl_of_the_template_missing(log_likelihood, kl_template, kl_content, weight_template, weight_content):
    return log_likelihood - weight_content * kl_content


@template_elbo.mistake("The content's KL is missing: then q(c | x) may hold the whole sentence, its template included.")
def kl_of_the_content_missing(log_likelihood, kl_template, kl_content, weight_template, weight_content):
    return log_likelihood - weight_template * kl_template


@template_elbo.mistake("The log-likelihood is missing: these are the two KL terms alone.")
def log_likelihood_missing(log_likelihood, kl_template, kl_content, weight_template, weight_content):
    return -weight_template * kl_template - weight_content * kl_content


@template_elbo.mistake("This is the mean over the batch, one number. Asked is each sentence's own bound, [B].")
def bound_averaged_over_the_batch(log_likelihood, kl_template, kl_content, weight_template, weight_content):
    return (log_likelihood - weight_template * kl_template - weight_content * kl_content).mean()


@template_elbo.mistake("This is the sum over the batch, one number. Asked is each sentence's own bound, [B].")
def bound_summed_over_the_batch(log_likelihood, kl_template, kl_content, weight_template, weight_content):
    return (log_likelihood - weight_template * kl_template - weight_content * kl_content).sum()


@template_elbo.mistake(
    "The log-likelihood is detached (or went through .item()): it shows in the bound, but the decoder learns nothing."
)
def log_likelihood_detached(log_likelihood, kl_template, kl_content, weight_template, weight_content):
    return log_likelihood.detach() - weight_template * kl_template - weight_content * kl_content


@template_elbo.mistake("Both KL terms are detached: they show in the bound, and restrain neither posterior.")
def kl_terms_detached(log_likelihood, kl_template, kl_content, weight_template, weight_content):
    return log_likelihood - weight_template * kl_template.detach() - weight_content * kl_content.detach()


@template_elbo.alternative
def bound_by_a_product(log_likelihood, kl_template, kl_content, weight_template, weight_content):
    stacked = torch.stack([log_likelihood, kl_template, kl_content], dim=-1)
    return stacked @ torch.tensor([1.0, -weight_template, -weight_content]).to(stacked)


@template_elbo.alternative
def bound_step_by_step(log_likelihood, kl_template, kl_content, weight_template, weight_content):
    bound = torch.sub(log_likelihood, kl_template, alpha=weight_template)
    return torch.sub(bound, kl_content, alpha=weight_content)


@template_elbo.alternative
def bound_of_what_is_not_free(log_likelihood, kl_template, kl_content, weight_template, weight_content):
    price = torch.zeros_like(log_likelihood)
    for weight, kl in ((weight_template, kl_template), (weight_content, kl_content)):
        if weight > 0:
            price = price + weight * kl
    return log_likelihood - price
