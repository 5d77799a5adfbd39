"""Wrong answers to `linear_annealing`: the half that is worked on."""

import math

from answers import wrong


@wrong("It divides by warmup - 1, so the weight is 1 one step early, and a warm-up of one step fails.")
def divided_by_one_less(step, warmup):
    return min(1.0, step / (warmup - 1))


@wrong("The weight rises with the square of the step.")
def quadratic(step, warmup):
    return min(1.0, (step / warmup) ** 2)


@wrong("The weight rises along a half cosine.")
def half_cosine(step, warmup):
    return 0.5 * (1 - math.cos(math.pi * min(1.0, step / warmup)))


@wrong("The weight is rounded to one digit.")
def rounded_to_tenths(step, warmup):
    return round(min(1.0, step / warmup), 1)


@wrong("The weight is 0 again after the warm-up.")
def zero_after_the_warmup(step, warmup):
    return step / warmup if step <= warmup else 0.0


@wrong("It returns the step, at most warmup, and forgets to divide.")
def step_for_weight(step, warmup):
    return float(min(step, warmup))


@wrong("The weight stops at 0.99.")
def never_quite_one(step, warmup):
    return min(0.99, step / warmup)


@wrong("The warm-up always takes 1,000 steps: `warmup` is not used.")
def warmup_not_used(step, warmup):
    return min(1.0, step / 1000)


@wrong("The weight falls, and it starts one step early.", composed=True)
def falls_one_step_early(step, warmup):
    return max(0.0, 1 - (step + 1) / warmup)


@wrong("The weight is halved: it ends at ½.", composed=True)
def halved(step, warmup):
    return 0.5 * min(1.0, step / warmup)


@wrong("The ratio is the wrong way up, cut at 1.", composed=True)
def ratio_inverted(step, warmup):
    return min(1.0, warmup / step) if step else 0.0
