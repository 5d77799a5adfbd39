"""scikit-learn's handwritten digits, 8 by 8 pixels: the data set that needs no download.

Source: Alpaydin and Kaynak 1998, Optical Recognition of Handwritten Digits, UCI Machine Learning Repository,
https://doi.org/10.24432/C50P49, CC BY 4.0; the 1,797 images of its test set, as scikit-learn ships them. Packed here.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from latentkit.data.remembering import made_once

PACKED = "digits.npz"
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
    images, labels = _packed()["pixels"].float() / FULL_INTENSITY, _packed()["labels"].long()
    if binary:
        images = (images >= 0.5).float()
    train, test = _split(seed)
    return Digits(images[train], images[test], labels[train], labels[test])


@cache
def _packed() -> dict[str, Tensor]:
    """What data_scripts/pack_digits.py wrote: pixels and labels, and the places of the images of seed 0's split."""
    with np.load(Path(__file__).with_name(PACKED), allow_pickle=False) as file:
        return {name: torch.from_numpy(file[name]) for name in file.files}


def _split(seed: int) -> tuple[Tensor, Tensor]:
    """The places of the images to train with and of those held out."""
    packed = _packed()
    if seed == 0:
        return packed["train"].long(), packed["test"].long()
    from sklearn.model_selection import train_test_split  # takes a second to import, and most do without

    labels = packed["labels"]
    train, test = train_test_split(torch.arange(len(labels)), test_size=0.2, random_state=seed, stratify=labels)
    return train, test
