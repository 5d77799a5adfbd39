"""Right but unusual answers to `cyclical_annealing`."""

import math

import numpy as np
import torch
from answers import right


@right
def in_fractions(step, total_steps, num_cycles, ratio):
    import fractions

    tau = fractions.Fraction(step * num_cycles, total_steps) % 1
    return min(1.0, float(tau) / ratio)


@right
def by_divmod(step, total_steps, num_cycles, ratio):
    _, rest = divmod(step * num_cycles, total_steps)
    return 1.0 if rest >= ratio * total_steps else rest / (ratio * total_steps)


@right
def by_numpy_interpolation(step, total_steps, num_cycles, ratio):
    rest = (step * num_cycles) % total_steps
    return float(np.interp(rest, [0.0, ratio * total_steps], [0.0, 1.0]))


@right
def by_repeated_subtraction(step, total_steps, num_cycles, ratio):
    rest = step * num_cycles
    while rest >= total_steps:
        rest -= total_steps
    return min(rest / total_steps / ratio, 1.0)


@right
def by_recursion_over_cycles(step, total_steps, num_cycles, ratio):
    def weight(progress):
        return weight(progress - total_steps) if progress >= total_steps else min(1.0, progress / total_steps / ratio)

    return weight(step * num_cycles)


@right
def by_torch_remainder(step, total_steps, num_cycles, ratio):
    rest = torch.remainder(torch.tensor(step * num_cycles), total_steps).double()
    return torch.clamp(rest / total_steps / ratio, max=1).item()


@right
def less_what_is_beyond(step, total_steps, num_cycles, ratio):
    share = (step * num_cycles - step * num_cycles // total_steps * total_steps) / total_steps / ratio
    return share - max(0.0, share - 1.0)


@right
def as_a_median(step, total_steps, num_cycles, ratio):
    tau = math.fmod(step * num_cycles, total_steps) / total_steps
    return sorted((0.0, 1.0, tau / ratio))[1]


@right
def from_the_cycles_first_step(step, total_steps, num_cycles, ratio):
    """A cycle's number is known exactly, and with it where it starts."""
    cycle = step * num_cycles // total_steps
    since = step - cycle * total_steps / num_cycles
    return max(0.0, min(1.0, since / (ratio * total_steps / num_cycles)))
