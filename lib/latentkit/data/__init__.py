"""The course's data: embedded digits, sentences and documents, and real data sets by name from a cache or a mirror."""

from latentkit.data.counting import Counts, count_words
from latentkit.data.digits import load_digits
from latentkit.data.documents import load_counts, load_documents
from latentkit.data.mnist import load_mnist
from latentkit.data.planted import plant_documents
from latentkit.data.sentences import load_sentences

__all__ = [
    "Counts",
    "count_words",
    "load_counts",
    "load_digits",
    "load_documents",
    "load_mnist",
    "load_sentences",
    "plant_documents",
]
