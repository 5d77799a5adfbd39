"""Wrong answers to `logistic_annealing`: the half that is kept aside."""

import math

import torch
from answers import wrong
from torch.nn import functional as F


@wrong("The exponential is of base 2.")
def base_two(step, k, x0):
    return 1 / (1 + 2 ** min(1000.0, -k * (step - x0)))


@wrong("It is the normal distribution function, not the logistic one.")
def normal_distribution_function(step, k, x0):
    return 0.5 * (1 + math.erf(k * (step - x0) / math.sqrt(2)))


@wrong("The weight is 0 before x0: only the second half of the curve is taken.")
def zero_before_the_middle(step, k, x0):
    return 0.0 if step < x0 else 1 / (1 + math.exp(-k * (step - x0)))


@wrong("The exponent is clipped to ±10, so that a far weight is 5e-5 in place of 0.")
def exponent_clipped_at_ten(step, k, x0):
    return 1 / (1 + math.exp(max(-10.0, min(10.0, -k * (step - x0)))))


@wrong("exp(u)/(exp(u) + 1) is infinite over infinite far after the middle: not a number.")
def infinite_over_infinite(step, k, x0):
    grown = torch.exp(torch.tensor(k * (step - x0), dtype=torch.float64))
    return (grown / (grown + 1)).item()


@wrong("The weight is rounded to two digits.")
def rounded(step, k, x0):
    return round(0.5 * (1 + math.tanh(0.5 * k * (step - x0))), 2)


@wrong("The curve is half as steep: the half is taken twice.")
def half_as_steep(step, k, x0):
    return 0.5 * (1 + math.tanh(0.25 * k * (step - x0)))


@wrong("k is not used: the steepness is always 0.0025, as in the paper's figure.")
def steepness_not_used(step, k, x0):
    return 0.5 * (1 + math.tanh(0.5 * 0.0025 * (step - x0)))


@wrong("The distance is divided by x0: the curve depends on how far the middle is.")
def relative_distance(step, k, x0):
    return 0.5 * (1 + math.tanh(0.5 * k * (step - x0) / x0))


@wrong("The middle stands outside the product, and the weight falls.", composed=True)
def falls_with_the_middle_outside(step, k, x0):
    return 0.5 * (1 - math.tanh(0.5 * (k * step - x0)))


@wrong("It returns the logarithm of the weight.", composed=True)
def logarithm(step, k, x0):
    return F.logsigmoid(torch.tensor(k * (step - x0), dtype=torch.float64)).item()


@wrong("It returns the slope, weight times one minus weight.", composed=True)
def slope_of_the_curve(step, k, x0):
    weight = 0.5 * (1 + math.tanh(0.5 * k * (step - x0)))
    return weight * (1 - weight)
