"""The course's data: embedded digits, and real data sets by name from a cache or a mirror."""

from latentkit.data.digits import Digits, load_digits

__all__ = ["Digits", "load_digits"]
