"""Right but unusual answers to `linear_annealing`."""

import functools
import math

import numpy as np
import torch
from answers import right
from torch import distributions as D
from torch.nn import functional as F


@right
def by_numpy_clip(step, warmup):
    return float(np.clip(step / warmup, 0.0, 1.0))


@right
def by_numpy_interpolation(step, warmup):
    return float(np.interp(step, [0, warmup], [0.0, 1.0]))


@right
def as_a_median(step, warmup):
    return sorted([0.0, step / warmup, 1.0])[1]


@right
def by_rectifiers(step, warmup):
    left = torch.tensor(1 - step / warmup, dtype=torch.float64)
    return (1 - F.relu(left)).item()


@right
def by_hard_tanh(step, warmup):
    return F.hardtanh(torch.tensor([step / warmup], dtype=torch.float64), 0.0, 1.0).item()


@right
def read_off_a_table(step, warmup):
    return torch.linspace(0, 1, warmup + 1, dtype=torch.float64)[min(step, warmup)].item()


@right
def divided_after_the_minimum(step, warmup):
    return min(step, warmup) / warmup


@right
def by_absolute_values(step, warmup):
    """min(a, b) = (a + b - |a - b|) / 2."""
    share = step / warmup
    return (share + 1 - abs(share - 1)) / 2


@right
def as_a_distribution_function(step, warmup):
    uniform = D.Uniform(0.0, float(warmup), validate_args=False)
    return uniform.cdf(torch.tensor(float(step), dtype=torch.float64)).item()


@right
def folded_minimum(step, warmup):
    return functools.reduce(min, (step / warmup, 1.0), math.inf)
