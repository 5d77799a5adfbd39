"""scikit-learn's handwritten digits, 8 by 8 pixels: the data set that needs no download.

Source: Alpaydin and Kaynak 1998, Optical Recognition of Handwritten Digits, UCI Machine Learning Repository,
https://doi.org/10.24432/C50P49, CC BY 4.0; the 1,797 images of its test set, as scikit-learn ships them.
"""

from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor

from latentkit.data.remembering import made_once

HEIGHT = WIDTH = 8
FULL_INTENSITY = 16  # a pixel counts the dark cells of a 4 by 4 block


@dataclass(frozen=True)
class Digits:
    """Images of the digits 0 to 9, split once and for all.

    Attributes:
        train, test: images, float32, [1437, 64] and [360, 64], row by row; in {0, 1}, or in [0, 1] in shades of grey.
        train_labels, test_labels: the digit on each image, int64, [1437] and [360].
    """

    train: Tensor
    test: Tensor
    train_labels: Tensor
    test_labels: Tensor


@made_once
def load_digits(binary: bool = True, seed: int = 0) -> Digits:
    """Load the digits.

    Args:
        binary: whether pixels of at least half the full intensity become 1 and the others 0.
        seed: decides which images are held out: a fifth of each digit's.
    """
    images, labels = _scanned()
    if binary:
        images = (images >= 0.5).float()
    train, test = _split(seed)
    return Digits(images[train], images[test], labels[train], labels[test])


@cache
def _scanned() -> tuple[Tensor, Tensor]:
    """All images, in [0, 1], and their digits; read once, because reading takes longer than most notebooks' cells."""
    from sklearn import datasets  # takes a second to import, and most functions here do without

    pixels, labels = datasets.load_digits(return_X_y=True)
    return torch.from_numpy(pixels / FULL_INTENSITY).float(), torch.from_numpy(labels).long()


@cache
def _split(seed: int) -> tuple[Tensor, Tensor]:
    """The places of the images to train with and of those held out."""
    from sklearn.model_selection import train_test_split

    labels = _scanned()[1]
    train, test = train_test_split(torch.arange(len(labels)), test_size=0.2, random_state=seed, stratify=labels)
    return train, test
