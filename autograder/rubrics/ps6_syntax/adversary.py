"""One gradient for the adversary, the opposite one for the encoder: the identity that turns the gradient round."""

from collections.abc import Iterator

import numpy as np
import torch

from autograder.exercise.exercise import Exercise
from autograder.exercise.random_inputs import normal
from latentkit.check.cases import Case
from latentkit.reference import syntax_semantics


def _reverse_cases(generator: np.random.Generator) -> Iterator[Case]:
    for name, batch, size, weight, dtype in (
        ("a small weight", 4, 3, float(generator.integers(15, 40)) / 100, torch.float64),
        ("a weight above 1", 3, 2, float(generator.integers(22, 38)) / 10, torch.float64),
        ("the weight 1", 2, 4, 1.0, torch.float64),
        ("the weight 0, as when training begins", 3, 3, 0.0, torch.float64),
        ("one sentence", 1, 5, 0.6, torch.float64),
        ("as many sentences as dimensions", 3, 3, 1.7, torch.float64),
        ("float32", 4, 2, 0.25, torch.float32),
    ):
        codes = normal(generator, batch, size, scale=1.5, dtype=dtype)
        yield Case(name, {"codes": codes, "weight": weight}, ("codes",), normal(generator, batch, size, dtype=dtype))


reverse_gradient = Exercise(
    name="reverse_gradient",
    points=3,
    reference=syntax_semantics.reverse_gradient,
    cases=_reverse_cases,
    look="section 5, an adversary; Ganin and Lempitsky 2015, the gradient reversal layer",
    unbounded=("codes",),
)


@reverse_gradient.mistake(
    "The *codes* are turned round, not their gradient: the adversary reads -w·codes. It reads the codes as they are; "
    "only what comes back through them changes."
)
def codes_turned_round(codes, weight):
    return -weight * codes


@reverse_gradient.mistake(
    "The codes are multiplied by the weight. The adversary reads the codes as they are; the weight belongs to the "
    "gradient, and so does the minus."
)
def codes_weighted(codes, weight):
    return weight * codes


@reverse_gradient.mistake(
    "The value is 0: the two parts cancel. The part that is detached holds (1 + w) times the codes, so that the codes "
    "are left when w times the codes is taken off."
)
def value_cancelled(codes, weight):
    return weight * codes.detach() - weight * codes


@reverse_gradient.mistake(
    "The value is (1 - w) times the codes. The part that is detached has to make up for what is taken off: (1 + w)."
)
def value_not_made_up_for(codes, weight):
    return codes.detach() - weight * codes


@reverse_gradient.mistake(
    "The gradient passes as it is: then the encoder *helps* the adversary. It has to arrive multiplied by -weight."
)
def gradient_passed_on(codes, weight):
    return codes.clone()


@reverse_gradient.mistake(
    "The gradient is weighted, but not reversed: the encoder helps the adversary. The factor is *minus* the weight."
)
def weighted_but_not_reversed(codes, weight):
    return (1 - weight) * codes.detach() + weight * codes


@reverse_gradient.mistake(
    "The gradient is reversed, but the weight is not used: its factor is -1, whatever `weight` is."
)
def weight_not_used(codes, weight):
    return 2 * codes.detach() - codes


@reverse_gradient.mistake(
    "The codes are detached: the adversary learns, and nothing of it reaches the encoder, which is free to leak."
)
def codes_detached(codes, weight):
    return codes.detach()


@reverse_gradient.mistake(
    "The gradient comes back times (1 - w): the codes themselves pass it on, too, beside the reversed part. Detach the "
    "part that only makes up the value."
)
def reversed_beside_the_plain_one(codes, weight):
    return codes + weight * codes.detach() - weight * codes


@reverse_gradient.mistake(
    "The gradient comes back times (1 + w): it is the wrong part that is detached. What is taken off has to keep its "
    "gradient."
)
def wrong_part_detached(codes, weight):
    return (1 + weight) * codes - weight * codes.detach()


@reverse_gradient.mistake("The weight acts twice: the gradient comes back times -w². It is multiplied once, by -w.")
def weight_acts_twice(codes, weight):
    return codes.detach() * (1 + weight**2) - weight**2 * codes


@reverse_gradient.mistake(
    "The gradient is divided by the weight. A larger weight shall resist more: multiply by -w (and w may be 0)."
)
def divided_by_the_weight(codes, weight):
    return codes.detach() * (1 + 1 / weight) - codes / weight


@reverse_gradient.mistake("The weight is cut off at 1: a weight may be any number from 0 on.")
def weight_cut_off_at_one(codes, weight):
    w = min(weight, 1.0)
    return codes.detach() * (1 + w) - w * codes


@reverse_gradient.mistake(
    "The gradient is divided by the number of sentences. The adversary's loss is a mean already: what arrives is only "
    "multiplied by -w."
)
def divided_by_the_batch(codes, weight):
    w = weight / len(codes)
    return codes.detach() * (1 + w) - w * codes


@reverse_gradient.mistake(
    "What comes back does not depend on what arrives: it is -weight everywhere, in place of -weight *times* the "
    "gradient that arrives."
)
def arriving_gradient_ignored(codes, weight):
    turned = codes.clone()
    if turned.requires_grad:
        turned.register_hook(lambda gradient: torch.full_like(gradient, -weight))
    return turned


@reverse_gradient.mistake(
    "What comes back is -weight times the sign of the gradient. Its size tells how much each dimension leaks: multiply "
    "it, do not replace it."
)
def sign_of_the_gradient(codes, weight):
    turned = codes.clone()
    if turned.requires_grad:
        turned.register_hook(lambda gradient: -weight * gradient.sign())
    return turned


@reverse_gradient.alternative
def reversed_by_a_hook(codes, weight):
    turned = codes.clone()
    if turned.requires_grad:
        turned.register_hook(lambda gradient: -weight * gradient)
    return turned


@reverse_gradient.alternative
def reversed_by_detaching(codes, weight):
    return codes.detach() * (1 + weight) - weight * codes


@reverse_gradient.alternative
def reversed_around_a_difference(codes, weight):
    return codes.detach() - weight * (codes - codes.detach())


@reverse_gradient.alternative
def reversed_by_a_function_of_its_own(codes, weight):
    class Turned(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.clone()

        @staticmethod
        def backward(ctx, gradient):
            return gradient.neg().mul(weight)

    return Turned.apply(codes)
