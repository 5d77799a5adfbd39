"""Wrong answers to `reverse_gradient`, to work on."""

import torch
from answers import wrong


@wrong("The gradient is multiplied by -2w.")
def reversed_twice_as_strongly(codes, weight):
    return codes.detach() * (1 + 2 * weight) - 2 * weight * codes


@wrong("Only the first dimension is reversed; the others pass the gradient on.")
def first_dimension_alone(codes, weight):
    turned = codes[:, :1].detach() * (1 + weight) - weight * codes[:, :1]
    return torch.cat([turned, codes[:, 1:]], dim=1)


@wrong("The gradient is cut to lie between -1 and 1 before it is turned.")
def gradient_cut(codes, weight):
    turned = codes.clone()
    if turned.requires_grad:
        turned.register_hook(lambda gradient: -weight * gradient.clamp(-1, 1))
    return turned


@wrong("The gradient is shared out: every sentence gets the mean over the batch.")
def gradient_averaged_over_sentences(codes, weight):
    turned = codes.clone()
    if turned.requires_grad:
        turned.register_hook(lambda gradient: -weight * gradient.mean(0, keepdim=True).expand_as(gradient))
    return turned


@wrong("The codes and the weight come back.")
def codes_and_weight(codes, weight):
    return codes.detach() * (1 + weight) - weight * codes, weight


@wrong("A little noise is added to the codes.")
def noise_added(codes, weight):
    turned = codes.detach() * (1 + weight) - weight * codes
    return turned + 1e-3 * torch.randn_like(codes)


@wrong("The gradient is multiplied by -(1 + w).")
def one_more_than_the_weight(codes, weight):
    return codes.detach() * (2 + weight) - (1 + weight) * codes


@wrong("The codes are changed in place.")
def turned_in_place(codes, weight):
    turned = codes.detach() * (1 + weight) - weight * codes
    codes.detach().mul_(-weight)
    return turned


@wrong("The codes are standardised over the batch first.")
def standardised_first(codes, weight):
    centred = codes - codes.mean(0)
    return centred.detach() * (1 + weight) - weight * centred


@wrong("The codes are turned round and the weight is left out.", composed=True)
def codes_turned_without_a_weight(codes, weight):
    return -codes


@wrong("The gradient is weighted with w², and not reversed.", composed=True)
def squared_weight_not_reversed(codes, weight):
    return (1 - weight**2) * codes.detach() + weight**2 * codes
