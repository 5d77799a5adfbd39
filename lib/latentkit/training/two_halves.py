"""The schedule of trainings whose latent variables first learn to hold something, and then to hold no more.

In the first half of the steps the KL weighs little; in the second its weight rises, while the learning rate falls to 0.
"""

from dataclasses import dataclass

from torch.optim import Optimizer


@dataclass(frozen=True)
class TwoHalves:
    """Where a training is at a step, counted from 0.

    Attributes:
        steps: of the whole training.
        rise: the share of the first half in which the first weight is reached, from 0.
    """

    steps: int
    rise: float = 0.5

    @property
    def _half(self) -> int:
        return max(1, self.steps // 2)

    def risen(self, step: int) -> float:
        """How far the first rise has come, 0 to 1."""
        return min(1.0, step / (self.rise * self._half))

    def past_half(self, step: int) -> float:
        """How much of the second half is over, 0 to 1."""
        return max(0.0, (step - self._half) / max(1, self.steps - self._half))

    def weight(self, step: int, ends: tuple[float, float]) -> float:
        """A weight that is to be the first of two in the first half, and the second at the end."""
        low, high = ends
        return low * self.risen(step) + (high - low) * self.past_half(step)

    def set_rate(self, optimiser: Optimizer, step: int, rate: float) -> None:
        """Let the optimiser learn at this rate in the first half, and ever more slowly after."""
        for group in optimiser.param_groups:
            group["lr"] = rate * (1 - self.past_half(step))
