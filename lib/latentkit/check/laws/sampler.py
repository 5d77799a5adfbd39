"""The law of a reparameterised Gaussian sampler: no single right output, but a distribution and a gradient.

Each test's false-failure rate is stated; together a right sampler fails less than once in a million checks.
"""

import math
from itertools import pairwise

import torch
from torch import Tensor

from latentkit.check.cases import Examination, Response, SolvedCase
from latentkit.check.comparing import Complaint, complaint_of_error, complaint_of_form, text_of

SIGMAS = 6.5
"""A mean of n standardised draws strays this many standard errors with probability 8e-11, two-sided."""


def gaussian_sampler(solved: SolvedCase, response: Response, examination: Examination) -> Complaint | None:
    """Draws from N(mean, std²), independent in every entry and at every call, differentiable by the pathwise rule.

    Numbers: `mean` and `std`, of the output's shape [B, M] with B >= 1000; for each argument with a gradient
    `slope_<argument>` and `offset_<argument>` (scalars): the derivative of a draw z is offset + slope * (z - mean);
    `scale_<mistake>` [B, M]: the standard deviation that a known mistake would use.
    """
    mean, std = solved.numbers["mean"], solved.numbers["std"]
    wrong = complaint_of_error(response)
    for draw in response.outputs:
        wrong = wrong or complaint_of_form(draw, mean)
    if wrong is None and response.mutated:
        wrong = Complaint(f"Your function changed its input `{response.mutated[0]}`: compute a new tensor.")
    if wrong is not None:
        return wrong
    draws = [((draw - mean) / std).double() for draw in response.outputs]
    return (
        _complaint_of_repetition(draws)
        or _complaint_of_shared_noise(draws[-1], solved)
        or _complaint_of_distribution(draws[-1], solved, response)
        or _complaint_of_dependence(draws)
        or _complaint_of_pathwise_gradients(solved, response)
    )


def _complaint_of_repetition(draws: list[Tensor]) -> Complaint | None:
    if draws[-1].abs().max() < 1e-3:
        return Complaint("The output is the mean itself: no noise was added.", mistake="no_noise")
    if any(torch.allclose(first, second) for first, second in pairwise(draws)):
        return Complaint("Two calls returned the same draw: noise must be fresh at each call.", mistake="frozen_noise")
    return None


def _complaint_of_shared_noise(draw: Tensor, solved: SolvedCase) -> Complaint | None:
    """Noise that is shared is equal up to the scale, whichever scale the student used."""
    scales = {"": torch.ones_like(draw)}
    scales |= {name: solved.numbers["std"] / scale for name, scale in solved.numbers.items() if name[:6] == "scale_"}
    for ratio in scales.values():
        noise = draw * ratio
        if torch.allclose(noise, noise[:1].expand_as(noise), atol=1e-3):
            return Complaint("All examples got the same noise.", mistake="one_noise_for_the_batch")
        if draw.shape[1] > 1 and torch.allclose(noise, noise[:, :1].expand_as(noise), atol=1e-3):
            return Complaint("All dimensions of an example got the same noise.", mistake="one_noise_for_all_dimensions")
    return None


def _complaint_of_distribution(draw: Tensor, solved: SolvedCase, response: Response) -> Complaint | None:
    """Is the standardised draw standard normal everywhere?"""
    if _looks_normal(draw, solved):
        return None
    std, facts = solved.numbers["std"].double(), _moments(draw)
    for name, scale in solved.numbers.items():
        if name.startswith("scale_") and _looks_normal(draw * std / scale.double(), solved):
            return Complaint("The spread of the draws is wrong.", facts, mistake=name.removeprefix("scale_"))
    if draw.min() > -1e-4 and draw.max() < 1 + 1e-4:
        return Complaint("The noise lies between 0 and 1.", facts, mistake="uniform_noise")
    if draw.min() > -1e-4:
        return Complaint("The noise is never negative.", facts)
    centred = draw.mean().abs() < SIGMAS / math.sqrt(draw.numel())
    unit = abs(draw.var().item() - 1) < 0.1
    if centred and unit:
        return Complaint("Mean and variance are right, but the noise is not Gaussian.", facts, mistake="uniform_noise")
    return Complaint("The mean of the draws is wrong." if not centred else "The spread of the draws is wrong.", facts)


def _looks_normal(draw: Tensor, solved: SolvedCase) -> bool:
    """Kolmogorov-Smirnov on all entries, then mean and variance, overall and as they go with mean and std.

    A right sampler is turned away once in 1e9 by the first (Massart 1990: P <= 2 exp(-2 * 3.3²)), and less by the rest.
    """
    ordered = draw.flatten().sort().values
    n = ordered.numel()
    cdf = torch.special.ndtr(ordered)
    steps = torch.arange(1, n + 1, dtype=cdf.dtype)
    distance = torch.maximum((steps / n - cdf).max(), (cdf - (steps - 1) / n).max())
    if not distance * math.sqrt(n) < 3.3:
        return False
    for covariate in (torch.ones_like(draw), solved.numbers["mean"].double(), solved.numbers["std"].double().log()):
        weight = covariate / covariate.norm()
        if not ((weight * draw).sum().abs() < SIGMAS and (weight * (draw**2 - 1)).sum().abs() < 8 * math.sqrt(2)):
            return False
    return True


def _moments(draw: Tensor) -> tuple[tuple[str, str], ...]:
    kurtosis = (draw**4).mean() / (draw**2).mean() ** 2
    actual = f"mean {draw.mean():.3f}, variance {draw.var():.3f}, kurtosis {kurtosis:.2f}"
    return (("expected", "(z − mean)/std has mean 0, variance 1, kurtosis 3"), ("actual", actual))


def _complaint_of_dependence(draws: list[Tensor]) -> Complaint | None:
    """Correlations between dimensions, between neighbouring examples and between calls, each of 1e-10 level."""
    last = draws[-1]
    batch, dims = last.shape
    limit = SIGMAS / math.sqrt(batch)
    for shift in range(1, dims):
        if (last * last.roll(shift, dims=1)).mean(0).abs().max() > limit:
            return Complaint("The noise of different dimensions is correlated.", mistake="one_noise_for_all_dimensions")
    limit = SIGMAS / math.sqrt(batch * dims)
    for shift in (1, 2, batch // 2):
        if (last * last.roll(shift, dims=0)).mean().abs() > 1.5 * limit:
            return Complaint("The noise of different examples is correlated.", mistake="one_noise_for_the_batch")
    for first, second in pairwise(draws):
        if (first * second).mean().abs() > limit:
            return Complaint("Two calls gave correlated noise: it must be fresh each time.", mistake="frozen_noise")
    return None


def _complaint_of_pathwise_gradients(solved: SolvedCase, response: Response) -> Complaint | None:
    draw, mean = response.outputs[-1], solved.numbers["mean"]
    for name in solved.case.gradients:
        derivative = solved.numbers[f"offset_{name}"] + solved.numbers[f"slope_{name}"] * (draw - mean)
        expected = solved.case.cotangent * derivative
        actual = response.gradients.get(name)
        if actual is None or not actual.any():
            return Complaint(f"No gradient reaches `{name}`.", mistake="no_gradient")
        if not torch.allclose(actual, expected, atol=3e-3):
            facts = (("expected gradient", text_of(expected)), ("actual gradient", text_of(actual)))
            return Complaint(f"The draws are right, but their gradient in `{name}` is wrong.", facts)
    return None
