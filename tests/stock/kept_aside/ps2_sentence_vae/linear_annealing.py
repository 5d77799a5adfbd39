"""Wrong answers to `linear_annealing`: the half that is kept aside."""

import math

from answers import wrong


@wrong("Step 0 counts as step 1, so the weight never is 0.")
def never_zero(step, warmup):
    return min(1.0, max(step, 1) / warmup)


@wrong("The weight rises with the root of the step.")
def square_root(step, warmup):
    return min(1.0, math.sqrt(step / warmup))


@wrong("The weight saturates exponentially and never gets to 1.")
def exponential_approach(step, warmup):
    return 1 - math.exp(-step / warmup)


@wrong("The weight jumps from 0 to 1 half-way through the warm-up.")
def jump_in_the_middle(step, warmup):
    return float(2 * step >= warmup)


@wrong("The weight falls again after the warm-up: a triangle.")
def triangle(step, warmup):
    place = step % (2 * warmup)
    return place / warmup if place <= warmup else 2 - place / warmup


@wrong("The weight is rounded up to a whole number, so that it is 1 from the first step on.")
def rounded_up(step, warmup):
    return float(math.ceil(min(1.0, step / warmup)))


@wrong("The weight starts at a hundredth, so that the KL always counts.")
def floor_of_a_hundredth(step, warmup):
    return max(0.01, min(1.0, step / warmup))


@wrong("The warm-up takes at least ten steps, whatever `warmup` says.")
def warmup_of_at_least_ten(step, warmup):
    return min(1.0, step / max(warmup, 10))


@wrong("The weight has no upper bound, and the steps count from 1.", composed=True)
def unbounded_from_one(step, warmup):
    return (step + 1) / warmup


@wrong("The weight is in per cent.", composed=True)
def in_per_cent(step, warmup):
    return 100 * min(1.0, step / warmup)


@wrong("It returns the logarithm of the weight.", composed=True)
def logarithm(step, warmup):
    return math.log(max(1e-9, min(1.0, step / warmup)))
