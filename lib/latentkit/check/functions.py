"""Functions as arguments: a case holds a kind and tensors, the student's code gets a function made of them."""

from collections.abc import Callable, Mapping

from torch import Tensor


def build(kind: str, tensors: Mapping[str, Tensor]) -> Callable[..., Tensor]:
    """The function of a kind.

    Args:
        kind: one of BUILDERS.
        tensors: by argument of the builder, all on one device.
    Raises:
        ValueError: there is no such kind, or it is not made of these tensors.
    """
    if kind not in BUILDERS:
        raise ValueError(f"no function of kind {kind!r}; there are: {', '.join(BUILDERS)}")
    try:
        return BUILDERS[kind](**tensors)
    except TypeError:
        raise ValueError(f"a {kind} is not made of {', '.join(tensors) or 'nothing'}") from None


def markov_decoder(transition: Tensor, projection: Tensor, position: Tensor) -> Callable[[Tensor, Tensor], Tensor]:
    """A decoder that looks at the last token, the latent vector and how long the prefix is.

    Args:
        transition: [V, V], logits of the next token by the last one.
        projection: [M, V], what each latent dimension adds to them.
        position: [L, V], what a prefix of 1, 2, ..., L tokens adds to them; longer ones add as much as L tokens.
    Returns:
        step_fn(prefix [B, t] of token ids, z [B, M]) -> logits [B, V] of the token after the prefix.
    """

    def step_fn(prefix: Tensor, z: Tensor) -> Tensor:
        if prefix.dim() != 2 or prefix.shape[1] == 0:
            raise ValueError(f"step_fn takes the whole prefix, [B, t] with t >= 1, got shape {list(prefix.shape)}")
        if z.dim() != 2 or z.shape[0] != prefix.shape[0]:
            raise ValueError(f"step_fn takes z [B, M], one row for each prefix, got {list(z.shape)} for {len(prefix)}")
        step = min(prefix.shape[1], len(position)) - 1
        return transition[prefix[:, -1]] + z @ projection + position[step]

    return step_fn


BUILDERS = {"markov_decoder": markov_decoder}
