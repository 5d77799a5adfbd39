"""What several tests of the library say in the same words."""

import pytest
import torch
from torch import Tensor, nn

from latentkit.data.download import find
from latentkit.data.registry import data_set


def same_place(tensor: Tensor, place: dict) -> bool:
    """Whether a tensor has the dtype and the device that the fixture `place` asks for."""
    return tensor.dtype == place["dtype"] and tensor.device.type == place["device"]


def skip_unless_here(name: str) -> None:
    """Skip the test where a data set's files are neither in the mirror nor in the cache."""
    if not all(find(file) for file in data_set(name).files):
        pytest.skip(f"{name} is neither in LATENTKIT_DATA_MIRROR nor in the cache: latentkit data get {name}")


@torch.no_grad()
def magnified(model: nn.Module, factor: float) -> nn.Module:
    """The model with all its weights made larger: an untrained one then says something different of each input."""
    for parameter in model.parameters():
        parameter.mul_(factor)
    return model
