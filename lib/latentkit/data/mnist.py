"""MNIST, handwritten digits of 28 by 28 pixels, read from its own IDX files.

Source: LeCun, Cortes and Burges, The MNIST database of handwritten digits; CC BY-SA 3.0. Download it with
`latentkit data get mnist`. A mirror folder may hold the test half only: then `load_mnist("test")` works.
"""

import gzip
import math
import zlib
from pathlib import Path

import torch
from torch import Tensor

from latentkit.data.download import DataError, locate
from latentkit.data.registry import data_set

PREFIXES = {"train": "train", "test": "t10k"}
UNSIGNED_BYTES = 0x08


def load_mnist(split: str = "train", binary: bool = True) -> tuple[Tensor, Tensor]:
    """Load one half of MNIST.

    Args:
        split: "train" (60,000 images) or "test" (10,000).
        binary: whether pixels of at least half the full intensity become 1 and the others 0.
    Returns:
        images, float32, [N, 784], row by row, in {0, 1} or in [0, 1]; labels 0 to 9, int64, [N].
    Raises:
        ValueError: there is no such split.
        MissingFile: a file has not been downloaded; the message says which, and how to get it.
    """
    if split not in PREFIXES:
        raise ValueError(f"split must be one of {', '.join(PREFIXES)}, got {split!r}")
    entry = data_set("mnist")
    images, labels = (
        read_idx(locate(entry, file))
        for kind in ("images", "labels")
        for file in entry.files
        if file.path.startswith(f"mnist/{PREFIXES[split]}-{kind}")
    )
    images = images.flatten(1).float() / 255
    return (images >= 0.5).float() if binary else images, labels.long()


def read_idx(path: Path) -> Tensor:
    """Read a gzipped IDX file of bytes: two zeros, type, number of dimensions, sizes (big-endian), data.

    Returns:
        uint8, of the shape that the file states.
    Raises:
        DataError: the file is cut short, or is no such file.
    """
    try:
        content = gzip.decompress(path.read_bytes())
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DataError(f"{path} cannot be unpacked: {error}") from None
    if content[:3] != bytes([0, 0, UNSIGNED_BYTES]) or len(content) < 4:
        raise DataError(f"{path} is not an IDX file of unsigned bytes")
    start = 4 + 4 * content[3]
    shape = [int.from_bytes(content[at : at + 4], "big") for at in range(4, start, 4)]
    if len(content) != start + math.prod(shape):
        raise DataError(f"{path} states the shape {shape} but holds {len(content) - start:,} bytes")
    return torch.frombuffer(bytearray(content[start:]), dtype=torch.uint8).reshape(shape)
