"""What every training refuses by name: formulas that teach nothing, and divergence."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn


def require_tensor(name: str, value: object) -> None:
    """Refuse what a formula of that name returned unless it is a tensor."""
    if not isinstance(value, Tensor):
        raise ValueError(f"{name} must return a tensor, got {type(value).__name__}: .item() and float() end the graph")


def require_gradient(name: str, value: Tensor) -> None:
    """Refuse a tensor that a formula of that name returned where nothing could be learned from it."""
    if not value.requires_grad:
        raise ValueError(
            f"{name} returned a tensor without a gradient, so nothing would be learned from it: it must not use "
            f"torch.no_grad(), .detach(), .item() or argmax on the way from its arguments"
        )


def require_use(name: str, total: Tensor, parts: Mapping[str, Tensor]) -> None:
    """Refuse what a formula of that name returned, of any shape, where no gradient reaches one of its parts."""
    gradients = torch.autograd.grad(total.sum(), list(parts.values()), retain_graph=True, allow_unused=True)
    for part, gradient in zip(parts, gradients, strict=True):
        if gradient is None:
            raise ValueError(f"{name} hands on no gradient to its {part}: use the tensor itself, not its value")


def require_finite(model: nn.Module, steps: int, learning_rate: float) -> None:
    """Refuse weights that are infinite or not numbers after so many steps."""
    if not all(parameter.isfinite().all() for parameter in model.parameters()):
        raise ValueError(
            f"training diverged: after {steps} steps some weights are infinite or not numbers; take a learning_rate "
            f"smaller than {learning_rate:g}"
        )
