"""Small networks as data: what a figure's script runs in the browser, and Python with the same rounded weights."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn

from latentkit.explore.live import pack

ACTIVATIONS = {nn.ReLU: "relu", nn.Tanh: "tanh", nn.Sigmoid: "sigmoid"}


@dataclass(frozen=True)
class Layer:
    """activation(weight · x + bias), of weights rounded to half precision.

    Attributes:
        weight, bias: [out, in] and [out].
        activation: relu, tanh, sigmoid or linear.
    """

    weight: NDArray[np.float64]
    bias: NDArray[np.float64]
    activation: str = "linear"

    def __call__(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """[..., out] of [..., in]."""
        values = x @ self.weight.T + self.bias
        if self.activation == "relu":
            return np.maximum(values, 0)
        if self.activation == "tanh":
            return np.tanh(values)
        return sigmoid(values) if self.activation == "sigmoid" else values

    def packed(self) -> dict[str, Any]:
        """For a figure's data, two bytes a number."""
        return {
            "weight": pack(self.weight, "float16"),
            "bias": pack(self.bias, "float16"),
            "activation": self.activation,
        }


def layers_of(module: Any) -> list[Layer] | None:
    """The layers of a linear map, or of a sequence of linear maps and ACTIVATIONS; None for any other module."""
    parts = list(module) if isinstance(module, nn.Sequential) else [module]
    layers: list[Layer] = []
    for part in parts:
        if isinstance(part, nn.Linear):
            weight = part.weight.detach().cpu()
            bias = weight.new_zeros(len(weight)) if part.bias is None else part.bias.detach().cpu()
            layers.append(Layer(_rounded(weight), _rounded(bias)))
        elif type(part) in ACTIVATIONS and layers and layers[-1].activation == "linear":
            layers[-1] = Layer(layers[-1].weight, layers[-1].bias, ACTIVATIONS[type(part)])
        else:
            return None
    return layers


def run(layers: Sequence[Layer], x: NDArray[np.float64]) -> NDArray[np.float64]:
    """What the network makes of x, [..., in] -> [..., out]."""
    for layer in layers:
        x = layer(x)
    return x


def sigmoid(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.exp(-np.logaddexp(0, -x))


def _rounded(values: Any) -> NDArray[np.float64]:
    with np.errstate(over="ignore"):
        return values.float().numpy().astype(np.float16).astype(np.float64)
