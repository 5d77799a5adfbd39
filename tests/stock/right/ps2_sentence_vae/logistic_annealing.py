"""Right but unusual answers to `logistic_annealing`."""

import math

import numpy as np
import torch
from answers import right
from torch import distributions as D
from torch.nn import functional as F


@right
def by_logaddexp(step, k, x0):
    return float(np.exp(-np.logaddexp(0.0, -k * (step - x0))))


@right
def by_scipy(step, k, x0):
    from scipy.special import expit

    return float(expit(k * (step - x0)))


@right
def as_softmax_of_two(step, k, x0):
    return torch.tensor([0.0, k * (step - x0)], dtype=torch.float64).softmax(0)[1].item()


@right
def as_a_bernoulli_probability(step, k, x0):
    return D.Bernoulli(logits=torch.tensor(float(k * (step - x0)), dtype=torch.float64)).probs.item()


@right
def as_the_slope_of_softplus(step, k, x0):
    u = torch.tensor(float(k * (step - x0)), dtype=torch.float64, requires_grad=True)
    with torch.enable_grad():
        return torch.autograd.grad(F.softplus(u), u)[0].item()


@right
def by_cases_of_the_sign(step, k, x0):
    def of_positive(u):
        return 1 / (1 + math.exp(-u))

    u = k * (step - x0)
    return of_positive(u) if u >= 0 else 1 - of_positive(-u)


@right
def in_decimals(step, k, x0):
    import decimal

    with decimal.localcontext() as context:
        context.Emax, context.Emin = decimal.MAX_EMAX, decimal.MIN_EMIN
        return float(1 / (1 + decimal.Decimal(-float(k * (step - x0))).exp()))


@right
def exponential_of_log_sigmoid(step, k, x0):
    return F.logsigmoid(torch.tensor(float(k * (step - x0)), dtype=torch.float64)).exp().item()


@right
def share_of_two_halves(step, k, x0):
    """e^{u/2} and e^{-u/2}, both divided by the larger of the two."""
    u = k * (step - x0)
    grown, shrunk = math.exp(min(0.0, u)), math.exp(min(0.0, -u))
    return grown / (grown + shrunk)


@right
def reciprocal_of_one_plus_a_ratio(step, k, x0):
    """Of the form 1/(1 + r), with the ratio r kept below the largest float."""
    exponent = -k * (step - x0)
    return 0.0 if exponent > 700 else 1.0 / math.fsum((1.0, math.exp(exponent)))
