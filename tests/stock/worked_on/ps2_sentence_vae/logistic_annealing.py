"""Wrong answers to `logistic_annealing`: the half that is worked on."""

import math

import torch
from answers import wrong


@wrong("k and x0 change places.")
def steepness_and_middle_exchanged(step, k, x0):
    return torch.sigmoid(torch.tensor(x0 * (step - k), dtype=torch.float64)).item()


@wrong("The exponential is of base 10.")
def base_ten(step, k, x0):
    return 1 / (1 + 10 ** min(300.0, -k * (step - x0)))


@wrong("It is an arctangent scaled to lie between 0 and 1.")
def arctangent(step, k, x0):
    return 0.5 + math.atan(k * (step - x0)) / math.pi


@wrong("The weight is 1 from x0 on.")
def one_from_the_middle_on(step, k, x0):
    return 1.0 if step >= x0 else 1 / (1 + math.exp(min(700.0, -k * (step - x0))))


@wrong("Where the exponential overflows, the result is 1 in place of 0.")
def overflow_on_the_wrong_side(step, k, x0):
    try:
        return 1 / (1 + math.exp(-k * (step - x0)))
    except OverflowError:
        return 1.0


@wrong("The distance from the middle loses its sign, so the weight never is below ½.")
def absolute_distance(step, k, x0):
    return 1 / (1 + math.exp(-k * abs(step - x0)))


@wrong("The tanh lacks the half in its argument, so the curve is twice as steep.")
def twice_as_steep(step, k, x0):
    return 0.5 * (1 + math.tanh(k * (step - x0)))


@wrong("Steps are counted from 1, so the weight is ½ one step early.")
def one_step_early(step, k, x0):
    return 0.5 * (1 + math.tanh(0.5 * k * (step + 1 - x0)))


@wrong("It is a straight line with the logistic curve's slope at the middle, cut at 0 and 1.")
def straight_line(step, k, x0):
    return min(1.0, max(0.0, 0.5 + k * (step - x0) / 4))


@wrong("The weight falls, and the middle is not used.", composed=True)
def falls_from_zero(step, k, x0):
    return 0.5 * (1 - math.tanh(0.5 * k * step))


@wrong("The curve is stretched to go from -1 to 1, and it is half as steep.", composed=True)
def from_minus_one_to_one(step, k, x0):
    return math.tanh(0.5 * k * (step - x0))


@wrong("The weight is squared.", composed=True)
def weight_squared(step, k, x0):
    return 0.25 * (1 + math.tanh(0.5 * k * (step - x0))) ** 2
