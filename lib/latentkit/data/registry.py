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


def _raw(path: str, size: int, sha256: str, source: str) -> RemoteFile:
    """A file of a GitHub repository, at a commit."""
    return RemoteFile(path, size, sha256, (f"https://raw.githubusercontent.com/{source}",))


_DAILYDIALOG = "Ls-Dai/Deep-Reinforcement-Learning-for-Dialogue-Generation-in-PyTorch/bae51b16e3e8c0ce4ffd70b75ecfc40fbeb8e7ee/data"


# ruff: noqa: E501 (a file is one line)
# fmt: off
DATA_SETS = {entry.name: entry for entry in (
    DataSet("mnist", "MNIST: 70,000 handwritten digits, 28 by 28 pixels", "VAE on images", "CC BY-SA 3.0", (
        _mnist("train-images-idx3-ubyte.gz", 9_912_422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
        _mnist("train-labels-idx1-ubyte.gz", 28_881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
        _mnist("t10k-images-idx3-ubyte.gz", 1_648_877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
        _mnist("t10k-labels-idx1-ubyte.gz", 4_542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
    )),
    DataSet("sentence_polarity", "Sentence polarity 1.0: 10,662 sentences of film reviews (Pang and Lee 2005)", "sentence VAE, controlled generation", "CC BY 4.0", (
        _raw("nltk_data/packages/corpora/sentence_polarity.zip", 490_256, "6e1ed4405b65c7eabf1d199a7f7c437091ac21da0ea7467b410a74062574566b", "nltk/nltk_data/5db857e6f7df11eabb5e5665836db9ec8df07e28/packages/corpora/sentence_polarity.zip"),
    )),
    DataSet("ptb", "Penn Treebank as a language model's corpus: 49,208 sentences of the Wall Street Journal (Mikolov et al. 2010)", "sentence VAE at the published size", "none stated: text of the LDC's Penn Treebank, for research", (
        _raw("ptb/ptb.zip", 1_983_463, "6957baa63e145820032f12d3f1e6f4ba71789c3f5dbf289902bc3f0a96beef7a", "timbmg/RNNLM/e26dff5d8f4b5d07ee459f192ee2131923d7584f/data/ptb.zip"),
    )),
    DataSet("dailydialog", "DailyDialog: 13,118 everyday conversations with dialogue acts and emotions (Li et al. 2017)", "sentence VAE, discrete latent variables", "CC BY-NC-SA 4.0", (
        _raw("dailydialog/train.zip", 2_059_812, "6191257f8250da0e045bfd1d017645e15b2358df975ec4c5c431a5a1f99662a4", f"{_DAILYDIALOG}/train.zip"),
        _raw("dailydialog/validation.zip", 191_273, "f068cf7526a56ab5f26e99b74ce9edbc2766f7b060a3c6cef035920b0dd28153", f"{_DAILYDIALOG}/validation.zip"),
        _raw("dailydialog/test.zip", 188_867, "5f9526a5ce4b8af4ca237aa3ff38cbf03becbc596c70b0974d7f5f9af2ea0615", f"{_DAILYDIALOG}/test.zip"),
    )),
    DataSet("stanford_multi_domain", "Stanford multi-domain dialogues: 3,031 talks of drivers with an in-car assistant (Eric and Manning 2017)", "discrete latent variables, responses by action", "none stated", (
        RemoteFile("stanford_multi_domain/kvret_dataset_public.zip", 1_035_595, "cdf93273731076fae5daea3adc2a08e59eb96953ff214bdbc84bbf2c83880ed3", ("https://nlp.stanford.edu/projects/kvret/kvret_dataset_public.zip", "https://raw.githubusercontent.com/thu-spmi/LABES/60704429e21353fa161082921e016cd763f02c7f/data/kvret/kvret_dataset_public.zip")),
    )),
)}
# fmt: on
