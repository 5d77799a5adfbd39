"""The course's data: embedded digits and sentences, and real data sets by name from a cache or a mirror."""

from latentkit.data.digits import Digits, load_digits
from latentkit.data.mnist import load_mnist
from latentkit.data.sentences import Sentences, load_sentences

__all__ = ["Digits", "Sentences", "load_digits", "load_mnist", "load_sentences"]
