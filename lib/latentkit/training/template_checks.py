"""What training a template machine refuses by name: impossible settings, formulas that teach nothing, divergence."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from latentkit.data.tables import TableText
from latentkit.data.text import UNK, Vocabulary
from latentkit.models.template_machine import TemplateMachine


def require_tensor(name: str, value: Tensor, shape: Sequence[int], meaning: str) -> None:
    """Refuse what is no tensor, or one of another shape.

    Args:
        name: of the formula.
        value: what it returned.
        shape: what it must have.
        meaning: what that shape stands for.
    """
    if not isinstance(value, Tensor):
        raise ValueError(f"{name} must return a tensor, got {type(value).__name__}: .item() and float() end the graph")
    if list(value.shape) != list(shape):
        raise ValueError(f"{name} must return {meaning}, here {list(shape)}, got shape {list(value.shape)}")


def require_per_sentence(name: str, value: Tensor, number: int) -> None:
    """Refuse what a formula returned unless it is one number a sentence, with a gradient."""
    require_tensor(name, value, [number], "one number for each sentence, [B]")
    _require_gradient(name, value)


def require_attention(context: Tensor, query: Tensor, keys: Tensor, present: Tensor, numbers: bool) -> None:
    """Refuse what `attend` returned unless it has the query's shape, a gradient, and, if asked, sound numbers."""
    require_tensor("attend", context, query.shape, "one vector for each query, [B, H]")
    if not present.any():  # raw text: zeros need no gradient
        if numbers and context.abs().sum() != 0:
            raise ValueError("attend must return zeros where a row has no record, but something else came back")
        return
    _require_gradient("attend", context)
    if numbers and keys.requires_grad and torch.autograd.grad(
        context.sum(), keys, retain_graph=True, allow_unused=True
    )[0] is None:  # fmt: skip
        raise ValueError("attend hands on no gradient to its keys: use the tensor itself, not its value")


def require_masked(masked: Tensor, tokens: Tensor) -> None:
    """Refuse what `mask_values` returned unless it is a batch of sentences like the one it was given."""
    require_tensor("mask_values", masked, tokens.shape, "masked sentences in the shape of the sentences, [B, T]")
    if masked.dtype != torch.long:
        raise ValueError(f"mask_values must return word numbers, torch.long, got {masked.dtype}")
    if not torch.equal(masked[:, 0], tokens[:, 0]):
        raise ValueError("mask_values must leave BOS, the first token, where it is: values begin behind it")


def require_use(total: Tensor, parts: Mapping[str, Tensor]) -> None:
    """Refuse a bound through which no gradient reaches one of its parts, by name."""
    gradients = torch.autograd.grad(total.sum(), list(parts.values()), retain_graph=True, allow_unused=True)
    for name, gradient in zip(parts, gradients, strict=True):
        if gradient is None:
            raise ValueError(f"template_elbo hands on no gradient to its {name}: use the tensor itself, not its value")


def require_numbers(values: Mapping[str, Tensor]) -> None:
    """Refuse what is infinite or no number before the first step, where no learning rate can be to blame."""
    formulas = {"bound": "template_elbo", "content": "content_loss", "template": "template_loss", "pairs": "attend"}
    for name in ("pairs", *values):  # attention is what the likelihood and so the bound are made of
        value = values.get(name)
        if value is not None and not value.isfinite().all():
            wrong = value[~value.isfinite()][0].item()
            raise ValueError(f"{formulas.get(name, name)} gives {wrong:g} at the first step: look at its formula")


def require_finite(model: TemplateMachine, steps: int, learning_rate: float) -> None:
    """Refuse weights that are infinite or no numbers."""
    if not all(parameter.isfinite().all() for parameter in model.parameters()):
        raise ValueError(
            f"training diverged: after {steps} steps some weights are infinite or not numbers; take a learning_rate "
            f"smaller than {learning_rate:g}"
        )


def require_sound(
    model: TemplateMachine,
    vocabulary: Vocabulary,
    pairs: Sequence[TableText],
    raw: Sequence[Sequence[str]],
    batch_size: int,
    paired_share: float,
    mask: str,
) -> int:
    """Refuse what no training can begin with, and say what is allowed.

    Returns:
        How many sentences of a batch have tables.
    """
    if not pairs and not raw:
        raise ValueError("there are no sentences to train on, neither pairs nor raw text")
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1, got {batch_size}")
    if len(vocabulary) != model.sizes.vocab_size:
        raise ValueError(f"the model knows {model.sizes.vocab_size} words, the vocabulary has {len(vocabulary)}")
    if vocabulary.encode([mask]) == [UNK]:
        raise ValueError(f"the vocabulary must hold the mask {mask!r}; table_vocabulary makes one that does")
    if not raw or not pairs:
        return batch_size if pairs else 0
    if not 0 < paired_share < 1:
        raise ValueError(
            f"paired_share must be between 0 and 1 where there are pairs and raw text, got {paired_share}; to train on "
            f"one kind alone, give no sentences of the other"
        )
    if batch_size == 1:
        raise ValueError("batch_size must be at least 2 where there are pairs and raw text, got 1")
    return min(max(1, round(paired_share * batch_size)), batch_size - 1)


def _require_gradient(name: str, value: Tensor) -> None:
    if not value.requires_grad:
        raise ValueError(
            f"{name} returned a tensor without a gradient, so nothing would be learned from it: it must not use "
            f"torch.no_grad(), .detach(), .item() or argmax on the way from its arguments"
        )
