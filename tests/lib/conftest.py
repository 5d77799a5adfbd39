"""What the tests of the library share: a seed, the devices and dtypes that formulas follow, a live or bare notebook."""

from typing import Any

import pytest
import torch

ON_CUDA = pytest.mark.gpu


@pytest.fixture(autouse=True)
def seed():
    """Every test meets the same random numbers, whichever ran before it."""
    torch.manual_seed(0)


@pytest.fixture(params=["cpu", pytest.param("cuda", marks=ON_CUDA)])
def device(request) -> str:
    return request.param


@pytest.fixture(
    params=[
        pytest.param((torch.float32, "cpu"), id="float32"),
        pytest.param((torch.float64, "cpu"), id="float64"),
        pytest.param((torch.float32, "cuda"), id="cuda-float32", marks=ON_CUDA),
        pytest.param((torch.float64, "cuda"), id="cuda-float64", marks=ON_CUDA),
    ]
)
def place(request) -> dict[str, Any]:
    """Keyword arguments of tensor factories: each dtype on each device."""
    dtype, device = request.param
    return {"dtype": dtype, "device": device}


@pytest.fixture
def live(monkeypatch):
    """A notebook whose reader can move sliders: nothing says that it is graded or made into a book."""
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    monkeypatch.delenv("LATENTKIT_STATIC", raising=False)


@pytest.fixture
def no_downloads(tmp_path, monkeypatch):
    """A machine to which no data set was downloaded; returns its empty cache."""
    monkeypatch.setenv("LATENTKIT_DATA", str(tmp_path / "cache"))
    monkeypatch.delenv("LATENTKIT_DATA_MIRROR", raising=False)
    return tmp_path / "cache"
