"""What training by wake and sleep refuses by name: settings that cannot be, and formulas that teach nothing."""

from collections.abc import Sequence

import torch
from torch import Tensor

from latentkit.models.controlled_text import ControlledText
from latentkit.training.checks import require_gradient, require_tensor, require_use


def require_formula(name: str, value: Tensor) -> None:
    """Refuse what a formula returned where the generator, or the discriminator, could not learn from it."""
    require_tensor(name, value)
    require_gradient(name, value)
    if name != "soft_embeddings" and value.dim():
        raise ValueError(f"{name} must return a scalar, the mean over the sentences, got shape {list(value.shape)}")


def require_numbers(values: dict[str, Tensor]) -> None:
    """Refuse what is infinite or no number before the first step, where no learning rate can be to blame."""
    for name, value in values.items():
        if not value.isfinite().all():
            raise ValueError(f"{name} is {value.item():g} at the first step: look at its formula")


def require_every_part(total: Tensor, parts: dict[str, tuple[Tensor, float]]) -> None:
    """Refuse a generator's loss through which no gradient reaches one of its parts, by name, of a weight above 0."""
    require_formula("generator_loss", total)
    require_use("generator_loss", total, {name: part for name, (part, weight) in parts.items() if weight})


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
