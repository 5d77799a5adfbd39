"""What a training loop does with a model's gradients, which its weights alone do not tell."""

import torch
from torch import Tensor, nn

WATCH = "course_watch"
"""The attribute of a watched module."""


class GradientWatch:
    """Counts the steps that were taken along gradients to which those of an earlier step still added.

    It looks at one parameter. A backward pass finds it with a gradient that is not zero, though its value has changed
    since that gradient was computed: so nobody has set it to zero after the step. If the value then changes again, that
    step was taken along the sum. Gradients that are summed on purpose, of parts of one minibatch, are no such case, nor
    are those that torch.autograd.grad returns.
    """

    def __init__(self, parameter: Tensor):
        self.parameter = parameter
        self.value = parameter.detach().clone()  # as it was at the last backward pass
        self.incoming: Tensor | None = None
        self.summed = False  # whether that pass added to the gradient of an earlier step
        self.steps = 0
        parameter.register_hook(self._before)
        parameter.register_post_accumulate_grad_hook(self._after)

    def count(self) -> int:
        """The steps along summed gradients up to now."""
        return self.steps + int(self.summed and self._has_moved())

    def _has_moved(self) -> bool:
        return not torch.equal(self.parameter.detach(), self.value)

    def _before(self, gradient: Tensor) -> None:
        self.incoming = gradient.detach()

    def _after(self, parameter: Tensor) -> None:
        moved = self._has_moved()
        self.steps += int(self.summed and moved)
        incoming, gradient = self.incoming, parameter.grad
        added_to = incoming is not None and gradient is not None and not torch.equal(gradient, incoming)
        self.summed = added_to and (moved or self.summed)
        self.value = parameter.detach().clone()
        self.incoming = None


def watch(module: nn.Module) -> None:
    """Watch the gradients of a module's last parameter, from now on."""
    *_, last = module.parameters()
    setattr(module, WATCH, GradientWatch(last))


def summed_gradients(module: nn.Module) -> int:
    """How many steps were taken along gradients to which an earlier step's still added; 0 if it is not watched."""
    watched = getattr(module, WATCH, None)
    return watched.count() if isinstance(watched, GradientWatch) else 0
