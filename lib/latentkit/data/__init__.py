"""The course's data: embedded digits, and real data sets by name from a cache or a mirror."""

from latentkit.data.digits import Digits, load_digits
from latentkit.data.mnist import load_mnist

__all__ = ["Digits", "load_digits", "load_mnist"]
