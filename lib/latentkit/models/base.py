"""What the models of the kit have in common: a model is made from its sizes, and is rebuilt from them."""

import inspect
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, ClassVar, Self

from torch import nn


class LatentModel(nn.Module):
    """A module that is made from the fields of a frozen dataclass, given by position or by name.

    Attributes:
        kind: the name by which `latentkit.models.build`, checkpoints and check cases know the class.
        Sizes: the dataclass; an heir names it in its head, `class VAE(LatentModel, sizes=VAESizes)`.
        sizes: this model's.
    """

    kind: ClassVar[str]
    Sizes: ClassVar[type]
    __signature__: ClassVar[inspect.Signature]

    def __init_subclass__(cls, sizes: type | None = None, **options: Any) -> None:
        super().__init_subclass__(**options)
        if sizes is not None:
            cls.Sizes, cls.__signature__ = sizes, inspect.signature(sizes)  # the latter for help() and Shift-Tab

    def __init__(self, *sizes: Any, **named: Any):
        super().__init__()
        self.sizes = self.Sizes(*sizes, **named)

    @property
    def config(self) -> dict[str, Any]:
        """The sizes as plain data, which JSON can hold."""
        return asdict(self.sizes)

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """A fresh model of the sizes that another one's `config` gives."""
        return cls(**config)
