"""Which noise is it, where it is not standard normal? The plainest true thing that can be said of it.

Nothing here decides whether a sampler is right: `latentkit.check.laws.sampler` has found that it is not.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from latentkit.check.comparing import Complaint

Facts = tuple[tuple[str, str], ...]

SIGMAS = 6.5
LEAST_SLOPE = 0.03
"""Of the log spread on the log of the right one: below, the two go together well enough to say nothing of it."""
LEAST_DIFFERENCE = 0.1
"""Of the log spreads of two dimensions or calls: noise that is shared by many entries differs by less."""
EXACT = 1e-2
"""What sums that are exact may be off, where draws in float32 were divided by a small deviation."""
FAR = 50.0
"""Robust deviations at which noise is cut before means are taken: some noise has none."""

MOVES: tuple[tuple[str, Callable[[Tensor], Tensor]], ...] = (
    ("The examples stand in reverse order", lambda given: given.flip(0)),
    ("The examples have moved on by one row", lambda given: given.roll(1, 0)),
    ("The examples have moved back by one row", lambda given: given.roll(-1, 0)),
    ("The dimensions stand in reverse order", lambda given: given.flip(1)),
    ("The dimensions have moved on by one", lambda given: given.roll(1, 1)),
    ("The dimensions have moved back by one", lambda given: given.roll(-1, 1)),
)


def told(noise: Tensor, mean: Tensor, std: Tensor, facts: Facts) -> Complaint:
    """What is wrong with noise [calls, B, M] that is not standard normal.

    Args:
        noise: the draws less their mean, divided by their standard deviation, both as they should be; in float64.
        mean, std: [B, M], those.
        facts: its moments.
    """
    return (
        _without_noise(noise)
        or _of_range(noise, facts)
        or complaint_of_rows(noise)
        or _of_mean(noise, mean, std)
        or of_spread(noise, mean, std)
        or _of_shape(noise, facts)
    )


def kurtosis(noise: Tensor) -> Tensor:
    return (noise**4).mean() / (noise**2).mean() ** 2


def complaint_of_rows(noise: Tensor) -> Complaint | None:
    """Examples whose noise has the mean 0 over the dimensions, or the same size."""
    if noise.shape[-1] < 2:
        return None
    scale = noise.square().mean().sqrt()
    sizes = noise.square().mean(-1).sqrt()
    centred = bool(noise.mean(-1).abs().max() < EXACT * scale)
    of_one_size = bool((sizes - sizes.mean()).abs().max() < EXACT * scale)
    if centred:
        message = "The noise of each example has mean 0 over its dimensions, exactly."
        if of_one_size:
            message = "The noise of each example has mean 0 and the same spread over its dimensions, exactly."
        return Complaint(message, mistake="standardised_noise")
    if of_one_size:
        return Complaint("The noise of each example has the same length as that of every other.")
    return None


def _without_noise(noise: Tensor) -> Complaint | None:
    """Entries that are their mean, in every call or now and then."""
    tiny = noise.abs() < 1e-3
    still, share = tiny.all(0), tiny.double().mean()
    if share < 0.02 or share == 1:
        return None
    if tiny[:, ~still].double().mean() < 0.01:
        if still.all(0).any():
            facts = (("without noise", f"dimensions {still.all(0).nonzero().flatten().tolist()} of {noise.shape[2]}"),)
            return Complaint("Some dimensions get no noise: there the result is mu itself.", facts)
        if still.all(1).any():
            facts = (("without noise", f"{int(still.all(1).sum())} of {noise.shape[1]} examples"),)
            return Complaint("Some examples get no noise: there the result is mu itself.", facts)
    facts = (("without noise", f"{share:.1%} of the numbers"),)
    return Complaint("Many numbers of the result are mu itself: there the noise is 0.", facts)


def _of_range(noise: Tensor, facts: Facts) -> Complaint | None:
    """Noise of one sign, or between two bounds, or of two values."""
    if noise.min() > -1e-4 and noise.max() < 1 + 1e-4:
        uniform = _distance(noise, lambda x: x.clamp(0, 1)) < 0.02
        message = "The noise is uniform between 0 and 1." if uniform else "The noise lies between 0 and 1."
        return Complaint(message, facts, "uniform_noise" if uniform else None)
    if noise.min() > -1e-4:
        return Complaint("The noise is never negative: no draw lies below mu.", facts)
    if noise.max() < 1e-4:
        return Complaint("The noise is never positive: no draw lies above mu.", facts)
    sizes = noise.abs()
    if sizes.max() - sizes.min() < EXACT * sizes.max():
        return Complaint("All draws lie equally many standard deviations from mu: the noise is a mere sign.", facts)
    return None


def _of_mean(noise: Tensor, mean: Tensor, std: Tensor) -> Complaint | None:
    """Whether the draws go along with mu, by least squares: z = b mu + a + c σ on average."""
    scale = noise.abs().median() / 0.6745
    held = noise.clamp(-FAR * scale, FAR * scale).mean(0).flatten()
    covariates = torch.stack([mean / std, 1 / std, torch.ones_like(std)], dim=-1).view(-1, 3)
    found = torch.linalg.lstsq(covariates, held[:, None]).solution.flatten()
    residual = noise.clamp(-FAR * scale, FAR * scale).std() / math.sqrt(noise.numel())
    spread = torch.linalg.pinv(covariates.mT @ covariates / len(covariates)).diagonal()
    errors = spread.clamp(min=0).sqrt() * residual
    overall = held.mean().abs() > SIGMAS * residual
    if not overall and not (found.abs() > SIGMAS * errors).any():
        return None
    if bool((mean == mean.flatten()[0]).all()):  # one value of mu cannot tell a factor from a shift
        facts = (("expected", "draws of mean mu"), ("actual", f"on average {held.mean().item():+.2f} σ beside mu"))
        return Complaint("The mean of the draws is not mu.", facts)
    b, a, c = (1 + found[0]).item(), found[1].item(), found[2].item()
    facts = (("expected", "draws of mean mu"), ("actual", f"about {b:.2f} mu {a:+.2f} {c:+.2f} σ"))
    if abs(b) < 0.1:
        return Complaint("The draws do not go along with mu.", facts)
    if abs(b + 1) < 0.1:
        return Complaint("The draws go along with -mu in place of mu.", facts)
    if abs(b - 1) > max(0.02, SIGMAS * errors[0].item()):
        return Complaint("The mean of the draws goes along with mu, but not one to one.", facts)
    return Complaint("The mean of the draws is not mu.", facts)


def of_spread(noise: Tensor, mean: Tensor, std: Tensor) -> Complaint | None:
    """Whether the spread goes with logvar, with mu, or with the place: by log |noise|, which no tail disturbs.

    One least-squares fit has all of them as covariates, so that what goes along with another is told from it.
    """
    sizes, dims = noise.abs().clamp(min=1e-6).log(), noise.shape[2]
    residual = float(sizes.std()) / math.sqrt(noise.numel())
    named = (("logvar", std.log()), ("mu", mean), ("|mu|", mean.abs()))
    of_dims = torch.eye(dims, dtype=std.dtype).expand(len(std), dims, dims)
    covariates = torch.cat([torch.stack([values for _, values in named], dim=-1), of_dims], dim=-1).flatten(0, 1)
    found = torch.linalg.lstsq(covariates, sizes.mean(0).flatten()[:, None]).solution.flatten()
    errors = torch.linalg.pinv(covariates.mT @ covariates / len(covariates)).diagonal().sqrt() * residual
    slopes = [
        (float(slope.abs() / error), name, values)
        for (name, values), slope, error in zip(named, found[:3], errors[:3], strict=True)
        if slope.abs() > max(LEAST_SLOPE, SIGMAS * error)
    ]
    if slopes:
        _, name, values = max(slopes, key=lambda one: one[0])
        message = "The spread of the draws depends on mu."
        if name == "logvar":
            message = "The spread of the draws does not follow logvar as it should."
        return Complaint(message, _spread_at_ends(noise, std, values, name))
    for means, axes, of in ((found[3:], (0, 1), "dimension"), (sizes.mean((1, 2)), (1, 2), "call")):
        if means.max() - means.min() > max(LEAST_DIFFERENCE, SIGMAS * residual * math.sqrt(2 * len(means))):
            spreads = noise.square().mean(axes).sqrt()
            facts = (("expected", "1 σ"), ("actual", f"from {spreads.min():.3f} to {spreads.max():.3f} σ"))
            return Complaint(f"The spread of the draws differs from {of} to {of}, beyond what logvar says.", facts)
    return None


def _spread_at_ends(noise: Tensor, std: Tensor, covariate: Tensor, name: str) -> Facts:
    """The spread in the tenth of the entries where something is least, and where it is greatest."""
    order = covariate.flatten().argsort()
    tenth = max(1, len(order) // 10)
    right, draws = std.flatten(), noise.flatten(1) * std.flatten()
    texts = []
    for values in (right[None], draws):
        low, high = (float(values[:, part].square().mean().sqrt()) for part in (order[:tenth], order[-tenth:]))
        texts.append(f"{low:.3g} where {name} is lowest, {high:.3g} where it is highest")
    return (("expected", f"a spread of {texts[0]}"), ("actual", texts[1]))


def _of_shape(noise: Tensor, facts: Facts) -> Complaint:
    """What is wrong with noise that is centred, and of the same spread everywhere."""
    edge = noise.abs().max()
    at_edge = noise.abs() > edge - 1e-3
    if at_edge.double().mean() > 0.002:
        message = "Many draws sit at one largest distance from mu, in standard deviations."
        return Complaint(message, facts, "clipped_noise" if _is_clipped(noise, edge, at_edge) else None)
    if _distance(noise, lambda x: (x / (2 * edge) + 0.5).clamp(0, 1)) < 0.01:
        return Complaint("The noise is uniform, not Gaussian.", facts, "uniform_noise")
    chance = SIGMAS / math.sqrt(noise.numel())
    if ((noise > 0).double().mean() - 0.5).abs() > max(chance / 2, 0.02):
        return Complaint("The noise is not Gaussian: it is lopsided, though its mean is right.", facts)
    excess = kurtosis(noise) - 3
    if excess < -chance * math.sqrt(24):
        return Complaint("The noise is not Gaussian: its tails are too light.", facts, "light_tails")
    if excess > chance * math.sqrt(24):
        return Complaint("The noise is not Gaussian: its tails are too heavy.", facts, "heavy_tails")
    return Complaint("The noise does not look like standard normal numbers that were drawn one by one.", facts)


def _is_clipped(noise: Tensor, edge: Tensor, at_edge: Tensor) -> bool:
    """Whether it is Gaussian within the edge, and what would lie beyond is at the edge."""
    share = at_edge.double().mean()
    scale = edge / torch.special.ndtri(1 - share / 2)  # of a Gaussian that has this share beyond the edge
    inside = noise[~at_edge]

    def below(x: Tensor) -> Tensor:
        below_edge: Tensor = (torch.special.ndtr(x / scale) - share / 2) / (1 - share)
        return below_edge.clamp(0, 1)

    return inside.numel() > 0 and _distance(inside, below) < 0.02


def _distance(noise: Tensor, below: Callable[[Tensor], Tensor]) -> float:
    """The greatest distance of the share of numbers below x from what it should be, at a grid of x."""
    values = noise.flatten().sort().values
    at = torch.linspace(0, len(values) - 1, 201).long()
    shares = at.double() / max(1, len(values) - 1)
    return float((below(values[at]) - shares).abs().max())
