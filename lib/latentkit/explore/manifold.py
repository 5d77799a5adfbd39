"""What a decoder with a two-dimensional latent space draws, everywhere at once and at one point; what its encoder says.

The figure runs both networks in the reader's browser, with weights rounded to half precision. A decoder of which it
does not know the layers is sent as a table of images, between which the figure interpolates.

References:
    D. P. Kingma, M. Welling. Auto-encoding variational Bayes. ICLR 2014, figure 4.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeGuard, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import pad

from latentkit.data.digits import load_digits
from latentkit.explore.figure import VERMILION, Control, Picture, canvas
from latentkit.explore.layers import Layer, layers_of, run, sigmoid
from latentkit.explore.live import LiveFigure, live_figure, pack

REACH = 3.0
"""The map shows z in [-REACH, REACH] of each axis: three standard deviations of the prior."""
TABLE = 25
"""Images per side of the table that stands for a decoder of unknown layers."""
ALIKE = 0.05
"""How far rounding may move a pixel's probability or a code; beyond it, a network does more than its layers say."""


def latent_manifold(model: nn.Module, z1: float = 0.0, z2: float = 0.0, tiles: int = 13) -> LiveFigure:
    """Drag z over the map of decoded digits, and see the digit at z; draw one, and see where q(z | x) puts it.

    Digits are drawn where the model also has `encode`, its networks `decoder` and `encoder` are linear layers with
    ReLU, tanh or sigmoid between them, and its images are as large as the kit's digits, whose held-out codes are shown.

    Args:
        model: has `decode`: z [B, 2] -> Bernoulli logits [B, D], D a square number; and may have `encode`:
            x [B, D] -> mean and log variance of a Gaussian, each [B, 2], or a code, [B, 2].
        z1, z2: where z starts.
        tiles: digits per side of the map.
    Raises:
        ValueError: the decoder does not take a two-dimensional z to a square image, or draws no finite numbers.
    """
    shown = LatentMap.of(model)
    atlas = decoded_map(model, tiles, shown.reach)
    controls = [
        Control("z1", "z₁ (across)", -shown.reach, shown.reach, 0.05, z1),
        Control("z2", "z₂ (up)", -shown.reach, shown.reach, 0.05, z2),
    ]
    return live_figure(
        "latent_manifold",
        "The latent manifold",
        partial(draw, shown, atlas),
        controls,
        {**shown.data(), "tiles": tiles},
    )


@dataclass(frozen=True)
class LatentMap:
    """What the figure computes from.

    Attributes:
        decoder: the layers from z to logits; or pixel probabilities over the map's square, [TABLE, TABLE, D], at z₁
            and z₂ from -reach to reach, z₂ first.
        encoder: the layers from pixels to the mean and log variance of q(z | x), or to a code; None where the decoder
            is a table, or the model has none that is known.
        gaussian: whether z has the prior N(0, I), and the encoder, where there is one, says a variance.
        reach: half the width of the map.
        images, labels: held-out digits for the encoder, [N, D] of 0 and 1, and [N].
    """

    decoder: list[Layer] | NDArray[np.float64]
    encoder: list[Layer] | None
    gaussian: bool
    reach: float
    images: NDArray[np.uint8]
    labels: NDArray[np.int64]

    @classmethod
    def of(cls, model: nn.Module) -> "LatentMap":
        """Of a model as `latent_manifold` takes it.

        Raises:
            ValueError: as there.
        """
        places = np.random.default_rng(0).normal(size=(16, 2))
        drawn = decode_images(model, torch.from_numpy(places)).flatten(1).numpy()
        if not np.isfinite(drawn).all():
            raise ValueError("the decoder draws pixels that are not finite numbers: the training diverged; train again")
        decoder = layers_of(getattr(model, "decoder", getattr(model, "decode", None)))
        if not _agree(decoder, places, drawn, sigmoid):
            return cls(_table(model), None, True, REACH, *_no_digits(drawn.shape[1]))
        digits = load_digits()
        images, encoder = digits.test.double().numpy(), layers_of(getattr(model, "encoder", None))
        codes = _encoded(model, digits.test) if drawn.shape[1] == images.shape[1] else None
        if codes is None or not _agree(encoder, images, codes):
            return cls(decoder, None, True, REACH, *_no_digits(drawn.shape[1]))
        gaussian = codes.shape[1] == 4
        reach = REACH if gaussian else math.ceil(np.abs(codes).max())
        return cls(decoder, encoder, gaussian, reach, images.astype(np.uint8), digits.test_labels.numpy())

    def data(self) -> dict[str, Any]:
        """For the figure's script."""
        decoder: Any
        if isinstance(self.decoder, np.ndarray):
            decoder = pack(np.round(255 * self.decoder), "uint8")
        else:
            decoder = [layer.packed() for layer in self.decoder]
        return {
            "side": math.isqrt(len(self.decode(0.0, 0.0))),
            "reach": self.reach,
            "gaussian": self.gaussian,
            "decoder": decoder,
            "encoder": self.encoder and [layer.packed() for layer in self.encoder],
            "images": [np.packbits(image).tobytes().hex() for image in self.images],
            "labels": "".join(map(str, self.labels)),
        }

    def decode(self, z1: float, z2: float) -> NDArray[np.float64]:
        """Pixel probabilities at z, [D]."""
        if not isinstance(self.decoder, np.ndarray):
            return sigmoid(run(self.decoder, np.array([z1, z2])))
        place = (np.array([z2, z1]) + self.reach) / (2 * self.reach) * (TABLE - 1)
        low = np.clip(np.floor(place), 0, TABLE - 2).astype(int)
        up, across = place - low
        square = self.decoder[low[0] : low[0] + 2, low[1] : low[1] + 2]  # [2, 2, D]
        return np.tensordot(np.outer([1 - up, up], [1 - across, across]), square, axes=2)

    def numbers(self, z1: float, z2: float, drawing: str = "") -> dict[str, Any]:
        """What the figure says of z and of a drawing.

        Args:
            z1, z2: the latent point.
            drawing: pixels of 0 and 1, row by row; the first held-out digit where it is empty.
        Returns:
            image [D], of pixel probabilities; lit, how many pixels are on average; certain, the share of them below
            0.1 or above 0.9; with a prior logPrior, in nats. With an encoder mean, [2], of q(z | x) or the code, and
            logLikelihood, log p(drawing | z) in nats; where q is Gaussian sd, [2], and kl to the prior, in nats.
        """
        image = self.decode(z1, z2)
        found: dict[str, Any] = {
            "image": image,
            "lit": image.sum(),
            "certain": ((image < 0.1) | (image > 0.9)).mean(),
        }
        if self.gaussian:
            found["logPrior"] = -math.log(2 * math.pi) - 0.5 * (z1**2 + z2**2)
        if self.encoder is None or isinstance(self.decoder, np.ndarray):
            return found
        x = np.array([int(pixel) for pixel in drawing]) if drawing else self.images[0]
        said, logits = run(self.encoder, x), run(self.decoder, np.array([z1, z2]))
        found["mean"] = said[:2]
        found["logLikelihood"] = -np.logaddexp(0, np.where(x, -logits, logits)).sum()
        if self.gaussian:
            found["sd"] = np.exp(0.5 * said[2:])
            found["kl"] = 0.5 * (said[:2] ** 2 + np.exp(said[2:]) - 1 - said[2:]).sum()
        return found


def _agree(
    layers: list[Layer] | None,
    x: NDArray[np.float64],
    expected: NDArray[np.float64],
    last: Callable[[NDArray[np.float64]], NDArray[np.float64]] = np.asarray,
) -> TypeGuard[list[Layer]]:
    """Whether the layers, and `last` behind them, make of x [B, in] what the model does, [B, out], but for rounding."""
    if not layers or layers[0].weight.shape[1] != x.shape[1] or len(layers[-1].bias) != expected.shape[1]:
        return False
    return np.allclose(last(run(layers, x)), expected, atol=ALIKE, rtol=ALIKE)


def _table(model: nn.Module) -> NDArray[np.float64]:
    """Images over the map's square, [TABLE, TABLE, D], z₂ first, rounded to 255ths."""
    steps = torch.linspace(-REACH, REACH, TABLE)
    z2, z1 = torch.meshgrid(steps, steps, indexing="ij")
    images = decode_images(model, torch.stack([z1, z2], dim=-1).reshape(-1, 2))
    return np.round(255 * images.double().numpy().reshape(TABLE, TABLE, -1)) / 255


def _encoded(model: Any, images: Tensor) -> NDArray[np.float64] | None:
    """Mean and log variance of the images' posteriors, [N, 4], or codes, [N, 2]; None where the model says neither."""
    with torch.no_grad():
        said = model.encode(images.to(next(model.parameters()))) if hasattr(model, "encode") else None
    parts = [part for part in (said if isinstance(said, tuple) else [said]) if isinstance(part, Tensor)]
    if len(parts) not in (1, 2) or any(part.shape != (len(images), 2) for part in parts):
        return None
    return torch.cat(parts, dim=1).double().cpu().numpy()


def _no_digits(pixels: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    return np.empty((0, pixels), np.uint8), np.empty(0, np.int64)


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


def draw(shown: LatentMap, atlas: Tensor, z1: float, z2: float) -> Picture:
    """The map with z on it, and the digit decoded there."""
    numbers = shown.numbers(z1, z2)
    side, reach = math.isqrt(len(numbers["image"])), shown.reach
    figure, (left, right) = canvas(9.0, 5.2, columns=2, width_ratios=[3, 2])

    left.imshow(atlas.numpy(), cmap="cividis", vmin=0, vmax=1, extent=(-reach, reach, -reach, reach))
    left.plot(z1, z2, marker="o", markersize=13, markerfacecolor="none", markeredgecolor="white", markeredgewidth=4)
    left.plot(z1, z2, marker="o", markersize=13, markerfacecolor="none", markeredgecolor=VERMILION, markeredgewidth=2)
    left.set(xlabel="z₁", ylabel="z₂", title="the decoder's map")
    digit = right.imshow(numbers["image"].reshape(side, side), cmap="cividis", vmin=0, vmax=1)
    right.set(xticks=[], yticks=[], title=f"at z = ({z1:.2f}, {z2:.2f})")
    figure.colorbar(digit, ax=right, orientation="horizontal", label="p(pixel = 1 | z)", shrink=0.8)

    density = f", log p(z) = {numbers['logPrior']:.2f} nats" if "logPrior" in numbers else ""
    words = (
        f"z = ({z1:.2f}, {z2:.2f}){density}; {numbers['lit']:.1f} of {side**2} pixels lit on average, "
        f"{numbers['certain']:.0%} of the pixels certain"
    )
    alt = (
        f"Left: a map of decoded digits over the latent square from {-reach:g} to {reach:g}. "
        f"Right: the digit at one point. {words}."
    )
    note = " Images are interpolated between the points of a grid." if isinstance(shown.decoder, np.ndarray) else ""
    return Picture(figure, alt, f"{words} (p below 0.1 or above 0.9).{note}")
