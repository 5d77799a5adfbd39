"""The law of a reparameterised Gaussian sampler: no single right output, but a distribution and a gradient.

Every test's bound holds for any number of draws, none by a limit theorem. For standard normal z of n entries and
x = 21, each is exceeded with probability at most 2 exp(-x) = 1.5e-9:

- Kolmogorov-Smirnov: sup |F_n - F| > sqrt(x / 2n) (Massart 1990, the constant of Dvoretzky, Kiefer and Wolfowitz). The
  supremum is taken over the edges of a fine histogram, where it is at most that over all numbers: no sorting.
- Mean: |sum w z| > sqrt(2x), weights of norm 1. Normal.
- Tails: n KL(share of |z| > k || its probability) > x for k of TAILS (Chernoff 1952; Hoeffding 1963, theorem 1).
- Variance: |sum w (z² - 1)| > 2 sqrt(x) + 2 max|w| x, weights of norm 1 (Laurent and Massart 2000, lemma 1).
- Dependence: |zᵀAz| > 2 ‖A‖_F sqrt(x) + 2 ‖A‖ x, where A has trace 0 (the same lemma, in A's eigenbasis).
- Fourth moment: |sum g(z) - n E g| > bx/3 + sqrt((bx/3)² + 2nvx) (Bernstein), where g is the fourth Hermite polynomial
  z⁴ - 6z² + 3 of z held within ±4, so that it is bounded: |g - E g| <= b; its variance is below v = 24.
- Squares: the same for sums of h(z)h(z') over pairs of which none shares an entry, h = min(z², 9) - E min(z², 9): the
  products are bounded by (9 - E)² and their variance is below 4.
- Sums that are too small: of n entries each, (sum z)²/n adds up to chi-square of d degrees of freedom. It falls below
  td with probability at most exp(-d(t - 1 - log t)/2) (Chernoff).
- Sums of squares that are too near n: all of d within 2, with probability at most (4 / sqrt(4 pi (n - 2)))^d, by the
  chi-square density's maximum (Stirling).

A case takes at most 50 of them, an exercise of three such cases 150: a right sampler fails with probability below
2.3e-7.
"""

import math
from itertools import pairwise

import torch
from torch import Tensor

from latentkit.check.cases import Examination, Response, SolvedCase, Value
from latentkit.check.comparing import Complaint, complaint_of_error, complaint_of_form, text_of
from latentkit.check.laws import sampler_noise

X = 21.0
"""A right sampler exceeds each bound with probability at most 2 exp(-X)."""

BINS = 1024
"""Of the histogram between -EDGE and EDGE: 128 to each unit."""

EDGE = 4
EDGES = torch.linspace(-EDGE, EDGE, BINS + 1, dtype=torch.float64)[1:]
BELOW_EDGES = torch.special.ndtr(EDGES)
TAILS = torch.tensor([1.5, 2.0, 2.5, 3.0, 3.5], dtype=torch.float64)
IN_TAILS = 2 * torch.special.ndtr(-TAILS)
TAIL_BINS = [round((EDGE - tail) * BINS / (2 * EDGE)) for tail in TAILS.tolist()]
"""How many bins lie beyond each of TAILS, on either side."""

HERMITE_AT_EDGE = EDGE**4 - 6 * EDGE**2 + 3
HERMITE_MEAN = (  # beyond the edge g is constant; within it, g's integral is that of the derivative of -(z³ - 3z) φ(z)
    HERMITE_AT_EDGE * math.erfc(EDGE / math.sqrt(2))
    - 2 * (EDGE**3 - 3 * EDGE) * math.exp(-(EDGE**2) / 2) / math.sqrt(2 * math.pi)
)
HERMITE_RANGE = HERMITE_AT_EDGE - HERMITE_MEAN
HERMITE_VARIANCE = 24  # without the edge; with it, less

SQUARE_EDGE = 3
"""Where squares are cut, lest a few large ones decide."""
SQUARE_MEAN = (  # ∫ z² φ within the edge, and the edge's square beyond it
    math.erf(SQUARE_EDGE / math.sqrt(2))
    - 2 * SQUARE_EDGE * math.exp(-(SQUARE_EDGE**2) / 2) / math.sqrt(2 * math.pi)
    + SQUARE_EDGE**2 * math.erfc(SQUARE_EDGE / math.sqrt(2))
)
SQUARE_RANGE = (SQUARE_EDGE**2 - SQUARE_MEAN) ** 2
SQUARE_VARIANCE = 4  # of a product without the edge, 2 · 2; with it, less


def gaussian_sampler(solved: SolvedCase, response: Response, examination: Examination) -> Complaint | None:
    """Draws from N(mean, std²), independent in every entry and at every call, differentiable by the pathwise rule.

    The statistics are computed in the draws' own precision: float32 moves none by more than a thousandth of its bound.

    Numbers: `mean` and `std`, of the output's shape [B, M] with B >= 1000, or B = 1, where only form, freshness and
    gradients are judged; for each argument with a gradient
    `slope_<argument>` and `offset_<argument>` (scalars): the derivative of a draw z is offset + slope * (z - mean);
    `scale_<mistake>` [B, M]: the standard deviation that a known mistake would use.

    Power grows with calls x B x M, the draws that are judged together. Of 100 solutions each, 262,144 draws turned away
    every one with the sum of 2, 3, 4 or 12 uniforms, logistic noise, Student's of 8 degrees of freedom, 0.93, 0.97 or
    0.98 times std, or noise clamped at ±2, ±2.5 or ±3, and none of 100 right ones.
    """
    mean, std = solved.numbers["mean"], solved.numbers["std"]
    wrong = complaint_of_error(response)
    for draw in response.outputs:
        wrong = wrong or _complaint_of_one_row(draw, mean) or complaint_of_form(draw, mean, solved.case.inputs)
    if wrong is None and response.mutated:
        wrong = Complaint(f"Your function changed its input `{response.mutated[0]}`: compute a new tensor.")
    if wrong is not None:
        return wrong
    noise = (torch.stack(response.outputs) - mean) / std
    wrong = _complaint_of_repetition(noise)
    if len(mean) > 1:
        wrong = (
            wrong
            or _complaint_of_shared_noise(noise[-1], solved)
            or _complaint_of_copies(noise)
            or _complaint_of_distribution(noise, solved)
            or _complaint_of_dependence(noise)
            or _complaint_of_squares(noise)
            or _complaint_of_standardised_noise(noise)
        )
    return wrong or _complaint_of_pathwise_gradients(solved, response)


def _complaint_of_one_row(draw: Value, mean: Tensor) -> Complaint | None:
    """NaN where there is one example, which a mean or deviation over the batch gives."""
    if len(mean) > 1 or not isinstance(draw, Tensor) or draw.shape != mean.shape or not draw.isnan().any():
        return None
    facts = (("actual", text_of(draw)),)
    return Complaint("With one example the result is NaN, as a standard deviation over the batch makes it.", facts)


def _complaint_of_repetition(noise: Tensor) -> Complaint | None:
    if noise[-1, :4].abs().max() < 1e-3 and noise[-1].abs().max() < 1e-3:
        return Complaint("The output is the mean itself: no noise was added.", mistake="no_noise")
    if any(_all_close(first, second) for first, second in pairwise(noise)):
        return Complaint("Two calls returned the same draw: noise must be fresh at each call.", mistake="frozen_noise")
    return None


def _complaint_of_shared_noise(draw: Tensor, solved: SolvedCase) -> Complaint | None:
    """Noise that is shared is equal up to the scale, whichever scale the student used."""
    for name in (None, *(name for name in solved.numbers if name.startswith("scale_"))):
        if _is_shared(draw, name, solved, dim=0):
            return Complaint("All examples got the same noise.", mistake="one_noise_for_the_batch")
        if draw.shape[1] > 1 and _is_shared(draw, name, solved, dim=1):
            return Complaint("All dimensions of an example got the same noise.", mistake="one_noise_for_all_dimensions")
    return None


def _is_shared(draw: Tensor, scale: str | None, solved: SolvedCase, dim: int) -> bool:
    """Whether noise is equal along a dimension, had it been scaled so; where it is not, a few rows tell."""
    for rows in (slice(4), slice(None)):
        noise = draw[rows]
        if scale is not None:
            noise = noise * (solved.numbers["std"][rows] / solved.numbers[scale][rows])
        if not torch.allclose(noise, noise.narrow(dim, 0, 1).expand_as(noise), atol=1e-3):
            return False
    return True


def _all_close(first: Tensor, second: Tensor, atol: float = 1e-8) -> bool:
    """As torch.allclose, which need not look further than at a few rows of arrays that differ."""
    few = torch.allclose(first[..., :4, :], second[..., :4, :], atol=atol)
    return few and torch.allclose(first, second, atol=atol)


def _complaint_of_distribution(noise: Tensor, solved: SolvedCase) -> Complaint | None:
    """Is the standardised noise [calls, B, M] standard normal everywhere? If not, which noise is it?"""
    if _looks_normal(noise, solved):
        return None
    mean, std, facts = solved.numbers["mean"], solved.numbers["std"], _moments(noise.double())
    for name, scale in solved.numbers.items():
        if name.startswith("scale_") and _looks_normal(noise * (std / scale), solved):
            return Complaint("The spread of the draws is wrong.", facts, mistake=name.removeprefix("scale_"))
    draws = mean + std * noise
    if _looks_normal(draws / std, solved):
        return Complaint("The draws have the right spread, but lie around 0 and not around mu.", facts)
    for words, moved in sampler_noise.MOVES:
        if _looks_normal((draws - moved(mean)) / moved(std), solved):
            return Complaint(f"{words} in the result.", facts)
    noise, mean, std = noise.double(), mean.double(), std.double()
    if not _is_standard(noise, solved) and _looks_normal(noise / noise.std(), solved):
        uneven = sampler_noise.complaint_of_rows(noise) or sampler_noise.of_spread(noise, mean, std)
        return uneven or Complaint("The noise is Gaussian, but not of variance 1.", facts, mistake="scaled_noise")
    return sampler_noise.told(noise, mean, std, facts)


def _looks_normal(noise: Tensor, solved: SolvedCase) -> bool:
    return _is_standard(noise, solved) and _has_normal_shape(noise)


def _is_standard(noise: Tensor, solved: SolvedCase) -> bool:
    """Mean 0 and variance 1, overall and as they go with mean and std."""
    total, excess = noise.sum(0), noise.square().sum(0) - len(noise)
    for covariate in (torch.ones_like(total), solved.numbers["mean"], solved.numbers["std"].log()):
        weight = covariate / (covariate.norm() * math.sqrt(len(noise)))
        bound = 2 * math.sqrt(X) + 2 * weight.abs().max() * X
        if not ((weight * total).sum().abs() < math.sqrt(2 * X) and (weight * excess).sum().abs() < bound):
            return False
    return True


def _has_normal_shape(noise: Tensor) -> bool:
    """The distribution function, the tails and the fourth moment of all entries."""
    n = noise.numel()
    counts = torch.histc(noise, BINS, -EDGE, EDGE).double()
    below = counts.cumsum(0) + (noise < -EDGE).sum()
    distance = (below / n - BELOW_EDGES).abs().max()
    inside = torch.stack([counts[edge : BINS - edge].sum() for edge in TAIL_BINS])
    divergence = _bernoulli_divergence(1 - inside / n, IN_TAILS).max()
    fourth, third = _sum_of_fourth_hermite(noise) - n * HERMITE_MEAN, HERMITE_RANGE * X / 3
    return bool(
        distance < math.sqrt(X / (2 * n))
        and n * divergence < X
        and abs(fourth) < third + math.sqrt(third**2 + 2 * n * HERMITE_VARIANCE * X)
    )


def _bernoulli_divergence(found: Tensor, expected: Tensor) -> Tensor:
    """KL(Bernoulli(found) || Bernoulli(expected)), in nats."""
    return torch.xlogy(found, found / expected) + torch.xlogy(1 - found, (1 - found) / (1 - expected))


def _sum_of_fourth_hermite(noise: Tensor) -> float:
    square = noise.square().clamp_(max=EDGE**2).flatten()
    return (square.dot(square) - 6 * square.sum()).item() + 3 * square.numel()


def _moments(noise: Tensor) -> tuple[tuple[str, str], ...]:
    kurtosis = sampler_noise.kurtosis(noise)
    actual = f"mean {noise.mean():.3f}, variance {noise.var():.3f}, kurtosis {kurtosis:.2f}"
    return (("expected", "(z − mean)/std has mean 0, variance 1, kurtosis 3"), ("actual", actual))


def _complaint_of_copies(noise: Tensor) -> Complaint | None:
    """Entries that are others, or others with the opposite sign."""
    half, dims = noise.shape[1] // 2, noise.shape[2]
    pairs = (
        (noise[:, :half], noise[:, half : 2 * half], "the second half of the batch", "the first half"),
        (noise[:, 0 : 2 * half : 2], noise[:, 1 : 2 * half : 2], "every second example", "the one before"),
        (noise[..., : dims // 2], noise[..., dims // 2 : 2 * (dims // 2)], "the last dimensions", "the first"),
        (noise[:-1], noise[1:], "each call", "the call before"),
    )
    for first, second, which, other in pairs:
        if first.numel() and _all_close(first, -second, atol=1e-3):
            message = f"The noise of {which} is that of {other} with the opposite sign."
            return Complaint(message, mistake="antithetic_pairs")
        if first.numel() and _all_close(first, second, atol=1e-3):
            return Complaint(f"The noise of {which} is that of {other}: draw each number on its own.")
    return None


def _complaint_of_dependence(noise: Tensor) -> Complaint | None:
    """Products of entries [calls, B, M] in other dimensions, of neighbouring examples and of successive calls."""
    calls, batch, dims = noise.shape
    rows = noise.reshape(-1, dims)
    products = (rows.mT @ rows).fill_diagonal_(0)  # of each dimension with each other one
    if not products.abs().max() < math.sqrt(2 * calls * batch * X) + X:
        return sampler_noise.complaint_of_rows(noise) or _correlated(
            "different dimensions", float(products.flatten()[products.abs().argmax()]) / len(rows)
        )
    lines = noise.reshape(calls, -1)
    for shift in (1, 2, batch // 2):
        # Half the batch away, each product comes twice: ‖A‖_F² is n, not n/2.
        spread = noise.numel() * (2 if 2 * shift == batch else 1)
        product = sum(_product_with_shifted(line, shift * dims) for line in lines)
        if not abs(product) < math.sqrt(2 * spread * X) + 2 * X:
            return _correlated("different examples", product / noise.numel())
    for first, second in pairwise(lines):
        product = first.dot(second)
        if not product.abs() < math.sqrt(2 * first.numel() * X) + X:
            return _correlated("successive calls", float(product) / first.numel())
    return None


def _correlated(what: str, correlation: float) -> Complaint:
    facts = (("expected", "correlation 0"), ("actual", f"correlation {correlation:.3f}"))
    return Complaint(f"The noise of {what} is correlated: draw each number on its own.", facts)


def _complaint_of_squares(noise: Tensor) -> Complaint | None:
    """Whether entries are large together: in other dimensions, in neighbouring or distant examples, in other calls."""
    squares = noise.square().clamp_(max=SQUARE_EDGE**2) - SQUARE_MEAN
    half, dims = squares.shape[1] // 2, squares.shape[2]
    columns = squares.reshape(-1, dims)
    found = [("dimensions", columns[:, i], columns[:, j]) for i in range(dims) for j in range(i + 1, dims)]
    found += [
        ("examples", squares[:, 0 : 2 * half : 2], squares[:, 1 : 2 * half : 2]),
        ("examples", squares[:, :half], squares[:, half : 2 * half]),
        *(("calls", first, second) for first, second in pairwise(squares)),
    ]
    third = SQUARE_RANGE * X / 3
    for what, first, second in found:
        product, size = float(first.flatten().dot(second.flatten())), first.numel()
        if not abs(product) < third + math.sqrt(third**2 + 2 * size * SQUARE_VARIANCE * X):
            facts = (("expected", "mean product 0"), ("actual", f"mean product {product / size:.3f}"))
            if product > 0:
                message = f"The noise of different {what} is large together: its squares, less 1, are correlated."
                return Complaint(message, facts, "shared_radius")
            message = f"Where the noise is large, that of other {what} is small: its squares, less 1, are correlated."
            return Complaint(message, facts)
    return None


def _complaint_of_standardised_noise(noise: Tensor) -> Complaint | None:
    """Whether means are too near 0 or variances too near 1 for chance: of each dimension, or of all in a call."""
    calls, batch, dims = noise.shape
    for size, sums in ((batch, noise.sum(1)), (batch * dims, noise.sum((1, 2)))):
        share = float(sums.double().square().mean()) / size
        if sums.numel() / 2 * (share - 1 - math.log(max(share, 1e-300))) > X and share < 1:
            expected, found = (f"means of about ±{math.sqrt(s / size):.2g}" for s in (1, share))
            facts = (("expected", expected), ("actual", found))
            message = "The noise of a batch has a mean nearer to 0 than drawn noise ever has."
            return Complaint(message, facts, "standardised_noise")
    excess = (noise.double().square().sum(1) - batch).abs().max()
    if excess < 2 and calls * dims * math.log(math.sqrt(4 * math.pi * (batch - 2)) / 4) > X:
        message = "The noise of a batch has a variance nearer to 1 than drawn noise ever has."
        return Complaint(message, mistake="standardised_noise")
    return None


def _product_with_shifted(line: Tensor, places: int) -> float:
    """The scalar product of a vector with itself, rolled on by that many places."""
    return (line[places:].dot(line[:-places]) + line[:places].dot(line[-places:])).item()


def _complaint_of_pathwise_gradients(solved: SolvedCase, response: Response) -> Complaint | None:
    draw, mean = response.outputs[-1], solved.numbers["mean"]
    missing = [name for name in solved.case.gradients if _is_none(response.gradients.get(name))]
    if missing and len(missing) == len(solved.case.gradients):
        return Complaint(f"No gradient reaches `{missing[0]}`.", mistake="no_gradient")
    if missing:
        reached = next(name for name in solved.case.gradients if name not in missing)
        return Complaint(f"A gradient reaches `{reached}`, but none `{missing[0]}`: it is cut off on the way.")
    for name in solved.case.gradients:
        derivative = solved.numbers[f"offset_{name}"] + solved.numbers[f"slope_{name}"] * (draw - mean)
        expected = solved.case.cotangent * derivative
        actual = response.gradients[name]
        if actual is None or not torch.allclose(actual, expected, atol=3e-3):
            facts = (("expected gradient", text_of(expected)), ("actual gradient", text_of(actual)))
            message = (
                f"The gradient in `{name}` is not that of draws from this normal distribution. The draws look right, "
                "but small errors in them go unseen: they are slightly off, or the gradient is changed on its way."
            )
            return Complaint(message, facts)
    return None


def _is_none(gradient: Tensor | None) -> bool:
    return gradient is None or not bool(gradient.any())
