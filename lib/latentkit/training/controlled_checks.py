"""What training by wake and sleep refuses by name: settings that cannot be, formulas that teach nothing, divergence."""

from collections.abc import Sequence

import torch
from torch import Tensor

from latentkit.models.controlled_text import ControlledText


def require_gradient(name: str, value: Tensor) -> None:
    """Refuse what a formula returned where the generator, or the discriminator, could not learn from it."""
    if not isinstance(value, Tensor):
        raise ValueError(f"{name} must return a tensor, got {type(value).__name__}: .item() and float() end the graph")
    if not value.requires_grad:
        raise ValueError(
            f"{name} returned a tensor without a gradient, so nothing would be learned from it: it must not use "
            f"torch.no_grad(), .detach(), .item() or argmax on the way from its arguments"
        )
    if name != "soft_embeddings" and value.dim():
        raise ValueError(f"{name} must return a scalar, the mean over the sentences, got shape {list(value.shape)}")


def require_numbers(values: dict[str, Tensor]) -> None:
    """Refuse what is infinite or no number before the first step, where no learning rate can be to blame."""
    for name, value in values.items():
        if not value.isfinite().all():
            raise ValueError(f"{name} is {value.item():g} at the first step: look at its formula")


def require_use(total: Tensor, parts: dict[str, tuple[Tensor, float]]) -> None:
    """Refuse a generator's loss through which no gradient reaches one of its parts, by name, of a weight above 0."""
    require_gradient("generator_loss", total)
    weighted = {name: part for name, (part, weight) in parts.items() if weight}
    gradients = torch.autograd.grad(total, list(weighted.values()), retain_graph=True, allow_unused=True)
    for name, gradient in zip(weighted, gradients, strict=True):
        if gradient is None:
            raise ValueError(f"generator_loss hands on no gradient to its {name}: use the tensor itself, not its value")


def require_sound(
    model: ControlledText,
    sentences: Sequence[Sequence[int]],
    codes: Tensor,
    labelled: int | None,
    batch_size: int,
    length: int,
) -> None:
    """Refuse what no training can begin with, and say what is allowed."""
    if not sentences:
        raise ValueError("there are no sentences to train on")
    if len(sentences) != len(codes):
        raise ValueError(f"every sentence needs a code; got {len(sentences)} sentences and {len(codes)} codes")
    classes = [len(names) for names in model.sizes.attributes.values()]
    fits = codes.shape[1:] == (len(classes),) and codes.dtype == torch.long
    if not fits or not ((codes >= 0) & (codes < codes.new_tensor(classes))).all():
        raise ValueError(
            f"codes must be a LongTensor [N, {len(classes)}] of classes below {classes}, got {codes.dtype} "
            f"{list(codes.shape)}; model.code_of makes it of labels"
        )
    if labelled is not None and not 1 <= labelled <= len(sentences):
        raise ValueError(f"labelled must be in [1, {len(sentences)}], the number of sentences, got {labelled}")
    if min(batch_size, length) < 1:
        raise ValueError(f"batch_size and length must be at least 1, got {batch_size} and {length}")


def require_finite(model: ControlledText, steps: int, learning_rate: float) -> None:
    if not all(parameter.isfinite().all() for parameter in model.parameters()):
        raise ValueError(
            f"training diverged: after {steps} steps some weights are infinite or not numbers; take a learning_rate "
            f"smaller than {learning_rate:g}"
        )
