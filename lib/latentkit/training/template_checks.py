"""What training a template machine refuses by name: impossible settings, and formulas that teach nothing."""

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

from latentkit.data.tables import TableText
from latentkit.data.text import UNK, Vocabulary
from latentkit.models.template_machine import TemplateMachine
from latentkit.training.checks import require_gradient, require_tensor, require_use

Bound = Callable[[Tensor, Tensor, Tensor, float, float], Tensor]
BOUND = ("log_likelihood", "kl_template", "kl_content")
"""The terms of the bound, in the order in which its formula takes them."""


def require_shape(name: str, value: Tensor, shape: Sequence[int], meaning: str) -> None:
    """Refuse what is no tensor, or one of another shape.

    Args:
        name: of the formula.
        value: what it returned.
        shape: what it must have.
        meaning: what that shape stands for.
    """
    require_tensor(name, value)
    if list(value.shape) != list(shape):
        raise ValueError(f"{name} must return {meaning}, here {list(shape)}, got shape {list(value.shape)}")


def require_per_sentence(name: str, value: Tensor, number: int) -> None:
    """Refuse what a formula returned unless it is one number a sentence, with a gradient."""
    require_shape(name, value, [number], "one number for each sentence, [B]")
    require_gradient(name, value)


def require_bound(template_elbo: Bound, device: torch.device) -> None:
    """Refuse a bound that hands on no gradient to one of its three terms.

    It is tried before the first step, at weights of 1 and numbers of its own: in the training both weights begin at 0,
    sentences with tables have no KL of c, and a formula may leave out what has no weight.

    Args:
        template_elbo: the formula.
        device: of the training.
    """
    words, kl_z, kl_c = (torch.ones(2, device=device, requires_grad=True) for _ in BOUND)
    bound = template_elbo(words, kl_z, kl_c, 1.0, 1.0)
    require_per_sentence("template_elbo", bound, 2)
    require_use("template_elbo", bound, dict(zip(BOUND, (words, kl_z, kl_c), strict=True)))


def require_attention(context: Tensor, query: Tensor, keys: Tensor, present: Tensor, numbers: bool) -> None:
    """Refuse what `attend` returned unless it has the query's shape, a gradient, and, if asked, sound numbers."""
    require_shape("attend", context, query.shape, "one vector for each query, [B, H]")
    if not present.any():  # raw text: zeros need no gradient
        if numbers and context.abs().sum() != 0:
            raise ValueError("attend must return zeros where a row has no record, but something else came back")
        return
    require_gradient("attend", context)
    if numbers and keys.requires_grad:
        require_use("attend", context, {"keys": keys})


def require_masked(masked: Tensor, tokens: Tensor) -> None:
    """Refuse what `mask_values` returned unless it is a batch of sentences like the one it was given."""
    require_shape("mask_values", masked, tokens.shape, "masked sentences in the shape of the sentences, [B, T]")
    if masked.dtype != torch.long:
        raise ValueError(f"mask_values must return word numbers, torch.long, got {masked.dtype}")
    if not torch.equal(masked[:, 0], tokens[:, 0]):
        raise ValueError("mask_values must leave BOS, the first token, where it is: values begin behind it")


def require_numbers(values: Mapping[str, Tensor]) -> None:
    """Refuse what is infinite or no number before the first step, where no learning rate can be to blame."""
    formulas = {"bound": "template_elbo", "content": "content_loss", "template": "template_loss", "pairs": "attend"}
    for name in ("pairs", *values):  # attention is what the likelihood and so the bound are made of
        value = values.get(name)
        if value is not None and not value.isfinite().all():
            wrong = value[~value.isfinite()][0].item()
            raise ValueError(f"{formulas.get(name, name)} gives {wrong:g} at the first step: look at its formula")


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
