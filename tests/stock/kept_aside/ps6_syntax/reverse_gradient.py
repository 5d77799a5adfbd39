"""Wrong answers to `reverse_gradient`, kept aside."""

import torch
from answers import wrong


@wrong("The gradient is multiplied by -w/2.")
def reversed_half_as_strongly(codes, weight):
    return codes.detach() * (1 + weight / 2) - weight / 2 * codes


@wrong("Only the first sentence is reversed; the others pass nothing on.")
def first_sentence_alone(codes, weight):
    turned = codes[:1].detach() * (1 + weight) - weight * codes[:1]
    return torch.cat([turned, codes[1:].detach()], dim=0)


@wrong("The gradient of each sentence is divided by its length.")
def gradient_made_a_direction(codes, weight):
    turned = codes.clone()
    if turned.requires_grad:
        turned.register_hook(lambda gradient: -weight * gradient / gradient.norm(dim=1, keepdim=True))
    return turned


@wrong("The gradient is made e to the -w times what arrives.")
def weight_in_an_exponent(codes, weight):
    w = torch.tensor(weight).exp().item()
    return codes.detach() * (1 + 1 / w) - codes / w


@wrong("The codes come back as one row.")
def flattened(codes, weight):
    return (codes.detach() * (1 + weight) - weight * codes).flatten()


@wrong("The codes are rounded to whole numbers.")
def codes_rounded(codes, weight):
    return codes.detach().round() + weight * codes.detach() - weight * codes


@wrong("The gradient is multiplied by w - 1.")
def one_less_than_the_weight(codes, weight):
    return codes.detach() * (2 - weight) - (1 - weight) * codes


@wrong("The gradient is reversed, and the codes are scaled to length 1.")
def codes_of_length_one(codes, weight):
    turned = codes.detach() * (1 + weight) - weight * codes
    return turned / codes.norm(dim=1, keepdim=True).detach()


@wrong("The gradient is reversed where it is positive, and lost where it is not.")
def positive_gradients_alone(codes, weight):
    turned = codes.clone()
    if turned.requires_grad:
        turned.register_hook(lambda gradient: -weight * gradient.clamp(min=0))
    return turned


@wrong("The value is w times the codes, and the gradient is not reversed but for its sign.", composed=True)
def weighted_codes_of_reversed_gradient(codes, weight):
    return (1 + weight) * codes.detach() * weight - weight * codes


@wrong("The gradient is divided by the batch and not reversed.", composed=True)
def divided_by_the_batch_not_reversed(codes, weight):
    w = weight / len(codes)
    return codes.detach() * (1 - w) + w * codes
