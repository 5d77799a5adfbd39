"""Random trees for the cases, as the parent of each node."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor


def grown(generator: np.random.Generator, nodes: int, latest: int) -> list[int]:
    """A random tree of so many nodes, -1 for the root, parents before their children.

    Args:
        nodes: how many.
        latest: each node hangs below one of the so many before it: 1 gives a chain, a large number a bush.
    """
    return [-1, *(int(generator.integers(max(0, node - latest), node)) for node in range(1, nodes))]


def renumbered(generator: np.random.Generator, parents: Sequence[int]) -> list[int]:
    """The same tree, up to the order of children, with its nodes numbered at random."""
    new = generator.permutation(len(parents))
    numbered = [0] * len(parents)
    for node, parent in enumerate(parents):
        numbered[new[node]] = -1 if parent < 0 else int(new[parent])
    return numbered


def labelled(generator: np.random.Generator, parents: Sequence[int], leaves: int, kinds: int) -> Tensor:
    """Labels of the nodes, [N]: below `leaves` for those without children, from `leaves` on for the others.

    Args:
        leaves: the least label of a node with children.
        kinds: how many labels nodes with children have, and as many at most those without.
    """
    inner, least = set(parents), max(0, leaves - kinds)
    drawn = [
        int(generator.integers(leaves, leaves + kinds) if node in inner else generator.integers(least, leaves))
        for node in range(len(parents))
    ]
    return torch.tensor(drawn)
