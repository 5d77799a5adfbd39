"""Inputs of ps1 that a right answer must get right too, and that some wrong ones give themselves away on."""

import torch

from latentkit.check.cases import Case


def _drawn(*shape: int, seed: int = 0, scale: float = 1.0, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return scale * torch.randn(shape, generator=generator, dtype=dtype)


def _likelihood(name: str, logits: torch.Tensor) -> Case:
    x = (torch.arange(logits.numel()).reshape(logits.shape) % 2).to(logits)
    return Case(name, {"x": x, "logits": logits}, ("logits",), torch.ones(len(logits), dtype=logits.dtype))


def _gaussian(name: str, mu: torch.Tensor, logvar: torch.Tensor) -> Case:
    return Case(name, {"mu": mu, "logvar": logvar}, ("mu", "logvar"), torch.ones(len(mu), dtype=mu.dtype))


def _covariance(dim: int, scale: float) -> torch.Tensor:
    factor = _drawn(dim, 2 * dim, seed=3)
    return scale * factor @ factor.T / (2 * dim)


def _full(name: str, mu: torch.Tensor, cov: torch.Tensor) -> Case:
    return Case(name, {"mu": mu, "cov": cov}, ("mu", "cov"), torch.ones(len(mu), dtype=mu.dtype))


def _bound(name: str, beta: float, dtype: torch.dtype) -> Case:
    logits = torch.tensor([[0.0, 300.0, -300.0, 2.0]], dtype=dtype)
    inputs = {
        "x": torch.tensor([[1.0, 1.0, 1.0, 0.0]], dtype=dtype),
        "logits": logits,
        "mu": torch.tensor([[0.0, 30.0]], dtype=dtype),
        "logvar": torch.tensor([[-40.0, 3.0]], dtype=dtype),
        "beta": beta,
    }
    return Case(name, inputs, ("logits", "mu", "logvar"), torch.ones(1, dtype=dtype))


def _weights(name: str, offsets: list[float], samples: int, dtype: torch.dtype) -> Case:
    """Images whose log weights lie far from each other's."""
    log_joint = _drawn(samples, len(offsets), seed=1, dtype=dtype) + torch.tensor(offsets, dtype=dtype)
    inputs = {"log_joint": log_joint, "log_posterior": _drawn(samples, len(offsets), seed=2, dtype=dtype)}
    return Case(name, inputs, ("log_joint", "log_posterior"), torch.ones(len(offsets), dtype=dtype))


def _rewards(name: str, samples: int, baseline: float | torch.Tensor) -> Case:
    inputs = {"reward": _drawn(samples, seed=5) - 300, "log_q": _drawn(samples, seed=6) - 40, "baseline": baseline}
    return Case(name, inputs, ("reward", "log_q"), torch.ones((), dtype=torch.float64))


JOINTS = (
    _weights("images hundreds of nats apart", [0.0, -400.0, -900.0, 600.0], 5, torch.float64),
    _weights("images hundreds of nats apart, float32", [0.0, -150.0, 300.0], 4, torch.float32),
    _weights("one sample of one image", [-2000.0], 1, torch.float64),
)
SPREAD = 12 * torch.tensor([1.0, -1.0, 1.0, -1.0], dtype=torch.float64).expand(4096, -1)

CASES: dict[str, tuple[Case, ...]] = {
    "bernoulli_log_likelihood": (
        _likelihood("logits of ±1000", 1000 * torch.sign(_drawn(3, 8))),
        _likelihood("logits of ±1000, float32", 1000 * torch.sign(_drawn(3, 8, dtype=torch.float32))),
        _likelihood("logits of 0", torch.zeros(2, 4, dtype=torch.float64)),
        _likelihood("one pixel of one image", torch.tensor([[3.0]], dtype=torch.float32)),
    ),
    "reparameterize": (
        Case("variances of e^-12 and e^12", {"mu": torch.ones_like(SPREAD), "logvar": SPREAD}, calls=2),
    ),
    "kl_to_standard_normal": (
        _gaussian("large variances", _drawn(2, 3), 20 + _drawn(2, 3)),
        _gaussian("one dimension, float32", _drawn(3, 1, dtype=torch.float32), -80 + _drawn(3, 1, dtype=torch.float32)),
        _gaussian("the prior itself", torch.zeros(1, 4, dtype=torch.float64), torch.zeros(1, 4, dtype=torch.float64)),
    ),
    "kl_to_standard_normal_full": (
        _full("one dimension", _drawn(2, 1), torch.tensor([[[2.0]], [[1e-9]]], dtype=torch.float64)),
        _full("a small covariance", _drawn(2, 5), torch.stack([_covariance(5, 1e-7), _covariance(5, 1e5)])),
    ),
    "elbo": (_bound("one image", 1.0, torch.float64), _bound("one image, beta 0", 0.0, torch.float32)),
    "elbo_from_joint": JOINTS,
    "iwae_bound": JOINTS,
    "score_function_surrogate": (
        _rewards("one sample, a tensor for a baseline", 1, torch.tensor([-300.0], dtype=torch.float64)),
        _rewards("a tensor of one number for a baseline", 6, torch.tensor(-300.0, dtype=torch.float64)),
    ),
}  # fmt: skip
"""By exercise; train_vae has none, for it is judged by what its own cases were prepared for."""
