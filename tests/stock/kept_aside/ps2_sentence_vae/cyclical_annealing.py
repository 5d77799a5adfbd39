"""Wrong answers to `cyclical_annealing`: the half that is kept aside."""

import math

from answers import wrong


@wrong("The length of a cycle is rounded up, so that cycles drift from where they belong.")
def period_rounded_up(step, total_steps, num_cycles, ratio):
    period = math.ceil(total_steps / num_cycles)
    return min(1.0, (step % period) / period / ratio)


@wrong("Steps from total_steps on are taken for the last one.")
def last_step_after_the_end(step, total_steps, num_cycles, ratio):
    step = min(step, total_steps - 1)
    return min(1.0, (step * num_cycles % total_steps) / total_steps / ratio)


@wrong("There is one cycle too few: num_cycles counts the restarts.")
def one_cycle_too_few(step, total_steps, num_cycles, ratio):
    period = total_steps / max(1, num_cycles - 1)
    return min(1.0, (step % period) / period / ratio)


@wrong("The weight rises along a logistic curve.")
def logistic_rise(step, total_steps, num_cycles, ratio):
    tau = (step * num_cycles % total_steps) / total_steps
    return 1 / (1 + math.exp(-12 * (tau / ratio - 0.5)))


@wrong("The weight waits at 0 for the first part of a cycle and rises in the last.")
def rises_at_the_end_of_a_cycle(step, total_steps, num_cycles, ratio):
    tau = (step * num_cycles % total_steps) / total_steps
    return max(0.0, (tau - (1 - ratio)) / ratio)


@wrong("Only the first cycle rises to 1, each later one half as high.")
def cycles_die_down(step, total_steps, num_cycles, ratio):
    cycle, rest = divmod(step * num_cycles, total_steps)
    return min(1.0, rest / total_steps / ratio) / 2**cycle


@wrong("There are always four cycles: the argument is not used.")
def cycles_not_used(step, total_steps, num_cycles, ratio):
    tau = (step * 4 % total_steps) / total_steps
    return min(1.0, tau / ratio)


@wrong("The steps of a rise are rounded down to a whole number.")
def rise_of_whole_steps(step, total_steps, num_cycles, ratio):
    period = total_steps / num_cycles
    return min(1.0, (step % period) / int(ratio * period))


@wrong("The weight falls within a cycle, and ratio is not used.", composed=True)
def falls_without_ratio(step, total_steps, num_cycles, ratio):
    return 1 - (step * num_cycles % total_steps) / total_steps


@wrong("The cycle starts one step early, and its length is rounded up.", composed=True)
def early_and_rounded_up(step, total_steps, num_cycles, ratio):
    period = math.ceil(total_steps / num_cycles)
    return min(1.0, ((step + 1) % period) / period / ratio)


@wrong("The weight is halved: it rises to ½.", composed=True)
def halved(step, total_steps, num_cycles, ratio):
    return 0.5 * min(1.0, (step * num_cycles % total_steps) / total_steps / ratio)
