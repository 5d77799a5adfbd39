"""Three schedules for the weight of the KL: one case per step."""

import math
from collections.abc import Iterator

import numpy as np
import torch

from autograder.exercise.exercise import Exercise
from latentkit.check.cases import Case
from latentkit.reference import sentence

# ---------------------------------------------------------------- linear_annealing


def _linear_cases(generator: np.random.Generator) -> Iterator[Case]:
    warmup = 20 * int(generator.integers(10, 100))
    for name, step in (
        ("step 0", 0),
        ("a quarter of the warm-up", warmup // 4),
        ("late in the warm-up", warmup - int(generator.integers(2, 40))),
        ("the end of the warm-up", warmup),
        ("long after the warm-up", 2 * warmup + int(generator.integers(1, 100))),
    ):
        yield Case(name, {"step": step, "warmup": warmup})
    yield Case("a warm-up of one step", {"step": int(generator.integers(1, 9)), "warmup": 1})


linear_annealing = Exercise(
    name="linear_annealing",
    points=2,
    reference=sentence.linear_annealing,
    cases=_linear_cases,
    answered_by=("latentkit.training.sentences.linear",),
    look="section 6, annealing; Bowman et al. 2016, section 3.1",
)


@linear_annealing.mistake("The weight grows beyond 1: from the end of the warm-up on it stays at 1.")
def never_stops_growing(step, warmup):
    return step / warmup


@linear_annealing.mistake("Off by one: at step 0 the weight is 0, and it is 1 at step `warmup`, not one step earlier.")
def one_step_early(step, warmup):
    return min(1.0, (step + 1) / warmup)


@linear_annealing.mistake("Off by one: at step `warmup` the weight is 1 already, not one step later.")
def one_step_late(step, warmup):
    return min(1.0, step / (warmup + 1))


@linear_annealing.mistake(
    "The weight is 0 until it jumps to 1 at the end of the warm-up, as with `//`, which rounds down: divide with `/`."
)
def integer_division(step, warmup):
    return min(1, step // warmup)


@linear_annealing.mistake(
    "The weight falls from 1 to 0. The decoder should first learn to use z while the KL costs nothing: it rises."
)
def falls_instead(step, warmup):
    return max(0.0, 1 - step / warmup)


@linear_annealing.mistake("max and min are mixed up: the weight never falls below 1 here. It is at most 1.")
def max_for_min(step, warmup):
    return max(1.0, step / warmup)


@linear_annealing.mistake("The weight only starts to grow when the warm-up is over: it grows from step 0 on.")
def starts_after_the_warmup(step, warmup):
    return min(1.0, max(0.0, (step - warmup) / warmup))


@linear_annealing.mistake("The weight starts anew when it has reached 1: that is a cyclical schedule. It stays at 1.")
def starts_anew(step, warmup):
    return (step % warmup) / warmup


@linear_annealing.alternative
def linear_by_cases(step, warmup):
    if step >= warmup:
        return 1
    return step / warmup


@linear_annealing.alternative
def linear_by_clamp(step, warmup):
    return torch.tensor(step / warmup).clamp(0, 1)


@linear_annealing.alternative
def linear_by_counting(step, warmup):
    return 1 - max(0, warmup - step) / warmup


# ---------------------------------------------------------------- logistic_annealing


def _logistic_cases(generator: np.random.Generator) -> Iterator[Case]:
    middle, steep = 100 * int(generator.integers(15, 40)), float(generator.integers(20, 60)) / 10_000
    for name, step, k, x0 in (
        ("the middle", middle, steep, middle),
        ("before the middle", middle - int(generator.integers(200, 700)), steep, middle),
        ("after the middle", middle + int(generator.integers(200, 700)), steep, middle),
        ("step 0", 0, 0.001, middle),
        ("another steepness", 60, 0.05, 40),
        ("far before a steep middle", 0, 1.0, middle),
        ("far after a steep middle", 4 * middle, 1.0, middle),
    ):
        yield Case(name, {"step": step, "k": k, "x0": x0})


logistic_annealing = Exercise(
    name="logistic_annealing",
    points=2,
    reference=sentence.logistic_annealing,
    cases=_logistic_cases,
    answered_by=("latentkit.training.sentences.logistic",),
    look="section 6, annealing; Bowman et al. 2016, figure 2",
)


@logistic_annealing.mistake(
    "math.exp overflows far *before* the middle, where -k(step - x0) is large. Far from x0 use a form whose exponent "
    "is negative, or torch.sigmoid."
)
def overflows_before_the_middle(step, k, x0):
    return 1 / (1 + math.exp(-k * (step - x0)))


@logistic_annealing.mistake(
    "eᵘ/(1 + eᵘ) overflows far *after* the middle, where u = k(step - x0) is large. Use each form on the side where "
    "its exponent is negative, or torch.sigmoid."
)
def overflows_after_the_middle(step, k, x0):
    grown = math.exp(k * (step - x0))
    return grown / (1 + grown)


@logistic_annealing.mistake("The weight falls: the exponent is *minus* k(step - x0), so that it rises with the step.")
def exponent_without_minus(step, k, x0):
    return torch.sigmoid(torch.tensor(-k * (step - x0), dtype=torch.float64)).item()


@logistic_annealing.mistake("k divides the distance from x0: it multiplies it. A larger k is steeper.")
def divided_by_steepness(step, k, x0):
    return torch.sigmoid(torch.tensor((step - x0) / k, dtype=torch.float64)).item()


@logistic_annealing.mistake("x0 is outside the product: k(step - x0), not k·step - x0. The weight is ½ at step x0.")
def middle_outside_the_product(step, k, x0):
    return torch.sigmoid(torch.tensor(k * step - x0, dtype=torch.float64)).item()


@logistic_annealing.mistake("x0 is not used: the weight is ½ at step x0, not at step 0.")
def middle_ignored(step, k, x0):
    return torch.sigmoid(torch.tensor(k * step, dtype=torch.float64)).item()


@logistic_annealing.mistake("This is tanh, which lies between -1 and 1: the logistic function lies between 0 and 1.")
def tanh_for_logistic(step, k, x0):
    return math.tanh(k * (step - x0))


@logistic_annealing.mistake(
    "Clipping the exponent too early changes the weight where it is small: clip only where exp would overflow, beyond "
    "about 700."
)
def clipped_too_early(step, k, x0):
    return 1 / (1 + math.exp(-min(1.0, max(-1.0, k * (step - x0)))))


@logistic_annealing.alternative
def logistic_through_sigmoid(step, k, x0):
    return torch.sigmoid(torch.tensor(float(k * (step - x0))))


@logistic_annealing.alternative
def logistic_through_tanh(step, k, x0):
    return 0.5 * (1 + math.tanh(k * (step - x0) / 2))


@logistic_annealing.alternative
def logistic_with_a_clipped_exponent(step, k, x0):
    return 1 / (1 + math.exp(min(-k * (step - x0), 500)))


@logistic_annealing.alternative
def logistic_that_catches_the_overflow(step, k, x0):
    try:
        return 1.0 / (1.0 + math.exp(-k * (step - x0)))
    except OverflowError:
        return 0.0


# ---------------------------------------------------------------- cyclical_annealing


def _cyclical_cases(generator: np.random.Generator) -> Iterator[Case]:
    cycles, ratio = int(generator.integers(3, 6)), float(generator.integers(4, 8)) / 10
    period = 10 * int(generator.integers(20, 60))
    total = cycles * period
    rising = round(ratio * period)
    for name, step, num_cycles, share in (
        ("step 0", 0, cycles, ratio),
        ("rising in the first cycle", int(generator.integers(rising // 4, rising // 2)), cycles, ratio),
        ("the end of the rise", rising, cycles, ratio),
        ("the last step of a cycle", period - 1, cycles, ratio),
        ("the first step of the second cycle", period, cycles, ratio),
        ("rising in the second cycle", period + int(generator.integers(rising // 3, rising // 2)), cycles, ratio),
        ("staying at 1 in the third cycle", 2 * period + rising + 3, cycles, ratio),
        ("rising during the whole cycle", 2 * period - int(generator.integers(5, 50)), cycles, 1.0),
        ("step total_steps, the first of a further cycle", total, cycles, ratio),
        ("after total_steps", total + int(generator.integers(rising // 4, rising // 2)), cycles, ratio),
    ):
        yield Case(name, {"step": step, "total_steps": total, "num_cycles": num_cycles, "ratio": share})
    inputs = {"step": 862 + int(generator.integers(0, 40)), "total_steps": 1000, "num_cycles": 7, "ratio": 0.9}
    yield Case("cycles of no whole number of steps", inputs)  # the last one: a rounded period has drifted by 5 steps


cyclical_annealing = Exercise(
    name="cyclical_annealing",
    points=3,
    reference=sentence.cyclical_annealing,
    cases=_cyclical_cases,
    answered_by=("latentkit.training.sentences.cyclical",),
    look="section 6, annealing; Fu et al. 2019, equations 6 and 7",
)


@cyclical_annealing.mistake(
    "ratio is not used, so the weight never reaches 1: it rises over the first share R of a cycle, τ/R, and then stays."
)
def never_reaches_one(step, total_steps, num_cycles, ratio):
    period = total_steps / num_cycles
    return min(1.0, (step % period) / period)


@cyclical_annealing.mistake(
    "Off by one: steps are counted from 0 here, so each cycle's first step has weight 0. The paper counts from 1."
)
def cycle_starts_one_step_late(step, total_steps, num_cycles, ratio):
    period = total_steps / num_cycles
    return min(1.0, ((step - 1) % period) / period / ratio)


@cyclical_annealing.mistake("Off by one: each cycle's first step has weight 0, so do not add 1 to the step.")
def cycle_starts_one_step_early(step, total_steps, num_cycles, ratio):
    period = total_steps / num_cycles
    return min(1.0, ((step + 1) % period) / period / ratio)


@cyclical_annealing.mistake("The weight rises beyond 1: once τ has passed R, it stays at 1 until the cycle ends.")
def not_capped(step, total_steps, num_cycles, ratio):
    period = total_steps / num_cycles
    return (step % period) / period / ratio


@cyclical_annealing.mistake(
    "The first cycle never ends: the step is not taken modulo the length of a cycle, T/M. Each cycle starts at 0."
)
def one_cycle_only(step, total_steps, num_cycles, ratio):
    period = total_steps / num_cycles
    return min(1.0, step / period / ratio)


@cyclical_annealing.mistake("A cycle lasts total_steps / num_cycles steps; here it lasts the whole training.")
def cycle_as_long_as_training(step, total_steps, num_cycles, ratio):
    return min(1.0, (step % total_steps) / total_steps / ratio)


@cyclical_annealing.mistake("A cycle lasts total_steps / num_cycles steps; here it lasts num_cycles steps.")
def cycle_of_num_cycles_steps(step, total_steps, num_cycles, ratio):
    return min(1.0, (step % num_cycles) / num_cycles / ratio)


@cyclical_annealing.mistake(
    "`//` rounds the length of a cycle down, so that cycles drift from where they belong: T/M need not be whole."
)
def period_rounded_down(step, total_steps, num_cycles, ratio):
    period = total_steps // num_cycles
    return min(1.0, (step % period) / period / ratio)


ROUNDED_AS_PRINTED = (
    "This is the paper's formula as printed, which rounds T/M up in one place and not in the other: cycles drift from "
    "where they belong. Here T/M need not be whole, and steps count from 0."
)


@cyclical_annealing.mistake(ROUNDED_AS_PRINTED)
def formula_as_printed_from_step_1(step, total_steps, num_cycles, ratio):
    period = total_steps / num_cycles
    return min(1.0, ((step - 1) % math.ceil(period)) / period / ratio)


@cyclical_annealing.mistake(ROUNDED_AS_PRINTED)
def formula_as_printed_from_step_0(step, total_steps, num_cycles, ratio):
    period = total_steps / num_cycles
    return min(1.0, (step % math.ceil(period)) / period / ratio)


@cyclical_annealing.mistake("ratio multiplies τ: τ/R is 1 when τ has come to R.")
def multiplied_by_ratio(step, total_steps, num_cycles, ratio):
    period = total_steps / num_cycles
    return min(1.0, (step % period) / period * ratio)


@cyclical_annealing.mistake(
    "ratio is the share of a cycle in which the weight *rises*, not the share in which it stays at 1."
)
def ratio_for_its_complement(step, total_steps, num_cycles, ratio):
    tau = (step * num_cycles % total_steps) / total_steps
    return min(1.0, tau / (1 - ratio)) if ratio < 1 else 1.0


@cyclical_annealing.mistake("The weight falls within a cycle: each one starts at 0 and rises to 1.")
def falls_within_a_cycle(step, total_steps, num_cycles, ratio):
    period = total_steps / num_cycles
    return max(0.0, 1 - (step % period) / period / ratio)


@cyclical_annealing.alternative
def cyclical_by_fractions_of_a_cycle(step, total_steps, num_cycles, ratio):
    cycles_done = step * num_cycles / total_steps
    return min((cycles_done - math.floor(cycles_done)) / ratio, 1.0)


@cyclical_annealing.alternative
def cyclical_by_cases(step, total_steps, num_cycles, ratio):
    period = total_steps / num_cycles
    within = math.fmod(step, period)
    return within / (ratio * period) if within < ratio * period else 1


@cyclical_annealing.alternative
def cyclical_by_clamp(step, total_steps, num_cycles, ratio):
    tau = torch.tensor(step % (total_steps / num_cycles) / (total_steps / num_cycles))
    return (tau / ratio).clamp(max=1).item()
