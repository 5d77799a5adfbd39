"""Wrong answers to `cyclical_annealing`: the half that is worked on."""

import math

from answers import wrong


@wrong("The weight rises in ten equal steps, not at every step.")
def rises_by_tenths(step, total_steps, num_cycles, ratio):
    tau = (step * num_cycles % total_steps) / total_steps
    return math.floor(10 * min(1.0, tau / ratio)) / 10


@wrong("From total_steps on the weight stays at 1 in place of starting anew.")
def one_after_the_end(step, total_steps, num_cycles, ratio):
    if step >= total_steps:
        return 1.0
    return min(1.0, (step * num_cycles % total_steps) / total_steps / ratio)


@wrong("There is one cycle too many.")
def one_cycle_too_many(step, total_steps, num_cycles, ratio):
    period = total_steps / (num_cycles + 1)
    return min(1.0, (step % period) / period / ratio)


@wrong("The weight rises along a half cosine.")
def half_cosine(step, total_steps, num_cycles, ratio):
    tau = (step * num_cycles % total_steps) / total_steps
    return 0.5 * (1 - math.cos(math.pi * min(1.0, tau / ratio)))


@wrong("The weight falls again in the second part of a cycle: a triangle.")
def triangle(step, total_steps, num_cycles, ratio):
    tau = (step * num_cycles % total_steps) / total_steps
    return tau / ratio if tau <= ratio else (1 - tau) / (1 - ratio)


@wrong("Every second cycle stays at 1 in place of rising.")
def every_second_cycle_flat(step, total_steps, num_cycles, ratio):
    cycle, rest = divmod(step * num_cycles, total_steps)
    return 1.0 if cycle % 2 else min(1.0, rest / total_steps / ratio)


@wrong("The ratio is always ½: the argument is not used.")
def ratio_not_used(step, total_steps, num_cycles, ratio):
    tau = (step * num_cycles % total_steps) / total_steps
    return min(1.0, 2 * tau)


@wrong("The weight is the square of τ/R.")
def quadratic_rise(step, total_steps, num_cycles, ratio):
    tau = (step * num_cycles % total_steps) / total_steps
    return min(1.0, (tau / ratio) ** 2)


@wrong("The weight has no upper bound, and the steps count from 1.", composed=True)
def unbounded_from_one(step, total_steps, num_cycles, ratio):
    tau = ((step + 1) * num_cycles % total_steps) / total_steps
    return tau / ratio


@wrong("The length of a cycle is rounded down, and ratio multiplies τ.", composed=True)
def rounded_and_multiplied(step, total_steps, num_cycles, ratio):
    period = total_steps // num_cycles
    return min(1.0, (step % period) / period * ratio)


@wrong("The weight falls within a cycle, and there is one cycle too many.", composed=True)
def falls_in_too_many_cycles(step, total_steps, num_cycles, ratio):
    return 1 - min(1.0, (step * (num_cycles + 1) % total_steps) / total_steps / ratio)
