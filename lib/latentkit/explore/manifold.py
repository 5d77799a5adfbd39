"""What a decoder with a two-dimensional latent space draws, everywhere at once and at one point.

References:
    D. P. Kingma, M. Welling. Auto-encoding variational Bayes. ICLR 2014, figure 4.
"""

import math
from collections.abc import Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from latentkit.explore.figure import VERMILION, Control, Picture, canvas, explore

REACH = 3.0
"""The map shows z in [-REACH, REACH] of each axis: three standard deviations of the prior."""


def latent_manifold(model: nn.Module, z1: float = 0.0, z2: float = 0.0, tiles: int = 13):
    """Move z over the map of decoded digits, and see the digit at z.

    Args:
        model: has `decode`: z [B, 2] -> Bernoulli logits [B, D], D a square number.
        z1, z2: where z starts.
        tiles: digits per side of the map.
    Raises:
        ValueError: the decoder does not take a two-dimensional z to a square image.
    """
    atlas = decoded_map(model, tiles)
    controls = [
        Control("z1", "z₁ (across)", -REACH, REACH, 0.1, z1),
        Control("z2", "z₂ (up)", -REACH, REACH, 0.1, z2),
    ]
    return explore(lambda z1, z2: draw(model, atlas, z1, z2), controls)


def decode_images(model: nn.Module, z: Tensor) -> Tensor:
    """Pixel probabilities: z [B, 2] -> [B, side, side]."""
    parameter, decoder = next(model.parameters()), cast(Any, model)
    try:
        with torch.no_grad():
            probabilities = torch.sigmoid(decoder.decode(z.to(parameter))).cpu()
    except RuntimeError as error:
        raise ValueError(f"the map needs a model whose z has two dimensions; its decoder says: {error}") from error
    side = math.isqrt(probabilities.shape[-1])
    if side**2 != probabilities.shape[-1]:
        raise ValueError(f"the map needs square images, got {probabilities.shape[-1]} pixels")
    return probabilities.reshape(-1, side, side)


def decoded_map(model: nn.Module, tiles: int = 13, reach: float = REACH, centre: Sequence[float] = (0, 0)) -> Tensor:
    """One image of tiles × tiles decoded digits, z₁ growing to the right and z₂ upwards, each in a dark frame.

    Args:
        model: as in `latent_manifold`.
        tiles: digits per side; each is decoded at the middle of its tile.
        reach, centre: the map shows the square of half-width `reach` about `centre`.
    Returns:
        Pixel probabilities, [tiles·(side + 2), tiles·(side + 2)].
    """
    offsets = reach * (2 * torch.arange(tiles) + 1 - tiles) / tiles
    z2, z1 = torch.meshgrid(centre[1] + offsets.flip(0), centre[0] + offsets, indexing="ij")
    images = pad(decode_images(model, torch.stack([z1, z2], dim=-1).reshape(-1, 2)), (1, 1, 1, 1))
    side = images.shape[-1]
    return images.reshape(tiles, tiles, side, side).transpose(1, 2).reshape(tiles * side, tiles * side)


def draw(model: nn.Module, atlas: Tensor, z1: float, z2: float) -> Picture:
    """The map with z on it, and the digit decoded there."""
    image = decode_images(model, torch.tensor([[z1, z2]]))[0]
    figure, (left, right) = canvas(9.0, 5.2, columns=2, width_ratios=[3, 2])

    left.imshow(atlas.numpy(), cmap="cividis", vmin=0, vmax=1, extent=(-REACH, REACH, -REACH, REACH))
    left.plot(z1, z2, marker="o", markersize=13, markerfacecolor="none", markeredgecolor="white", markeredgewidth=4)
    left.plot(z1, z2, marker="o", markersize=13, markerfacecolor="none", markeredgecolor=VERMILION, markeredgewidth=2)
    left.set(xlabel="z₁", ylabel="z₂", title="the decoder's map")
    digit = right.imshow(image.numpy(), cmap="cividis", vmin=0, vmax=1)
    right.set(xticks=[], yticks=[], title=f"at z = ({z1:.1f}, {z2:.1f})")
    figure.colorbar(digit, ax=right, orientation="horizontal", label="p(pixel = 1 | z)", shrink=0.8)

    log_prior = -math.log(2 * math.pi) - 0.5 * (z1**2 + z2**2)
    sure = ((image < 0.1) | (image > 0.9)).float().mean().item()
    numbers = (
        f"z = ({z1:.1f}, {z2:.1f}), log p(z) = {log_prior:.2f} nats; "
        f"{image.sum().item():.1f} of {image.numel()} pixels lit on average, {sure:.0%} of the pixels certain"
    )
    alt = (
        f"Left: a map of decoded digits over the latent square from -3 to 3. Right: the digit at one point. {numbers}."
    )
    return Picture(figure, alt, f"{numbers} (p below 0.1 or above 0.9).")
