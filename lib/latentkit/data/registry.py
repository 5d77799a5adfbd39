"""What can be downloaded: one line a file, with its size, checksum, licence and where it is published.

Nothing is downloaded on import. A file keeps its `path` everywhere: in the cache and in a mirror folder.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class RemoteFile:
    """One published file.

    Attributes:
        path: where it lies below the cache or a mirror, with forward slashes.
        size: in bytes.
        sha256: of its bytes, in hexadecimal.
        urls: where to get it, the first that answers.
    """

    path: str
    size: int
    sha256: str
    urls: tuple[str, ...]


@dataclass(frozen=True)
class DataSet:
    """A data set by name.

    Attributes:
        name: what one types to get it.
        title: what it is.
        use: what the course does with it.
        licence: on which terms its owners publish it.
        files: what it consists of.
    """

    name: str
    title: str
    use: str
    licence: str
    files: tuple[RemoteFile, ...]

    @property
    def size(self) -> int:
        """In bytes, all files together."""
        return sum(file.size for file in self.files)


def data_set(name: str) -> DataSet:
    """The data set of that name.

    Raises:
        ValueError: there is none.
    """
    if name not in DATA_SETS:
        raise ValueError(f"no data set {name!r}; there are: {', '.join(DATA_SETS)}")
    return DATA_SETS[name]


def _mnist(file: str, size: int, sha256: str) -> RemoteFile:
    hosts = "https://ossci-datasets.s3.amazonaws.com/mnist", "https://storage.googleapis.com/cvdf-datasets/mnist"
    return RemoteFile(f"mnist/{file}", size, sha256, tuple(f"{host}/{file}" for host in hosts))


# ruff: noqa: E501 (a file is one line)
# fmt: off
DATA_SETS = {entry.name: entry for entry in (
    DataSet("mnist", "MNIST: 70,000 handwritten digits, 28 by 28 pixels", "VAE on images", "CC BY-SA 3.0", (
        _mnist("train-images-idx3-ubyte.gz", 9_912_422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
        _mnist("train-labels-idx1-ubyte.gz", 28_881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
        _mnist("t10k-images-idx3-ubyte.gz", 1_648_877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
        _mnist("t10k-labels-idx1-ubyte.gz", 4_542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
    )),
)}
# fmt: on
