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
_ACL = "acl-org/acl/982a94397e054b4a282f233aee25d71416502ba6/data/xml"
_NLTK = "nltk/nltk_data/5db857e6f7df11eabb5e5665836db9ec8df07e28/packages/corpora"


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
    DataSet("sst", "Stanford Sentiment Treebank: 11,855 sentences of film reviews, with a sentiment at every node of their parses (Socher et al. 2013)", "controlled generation", "none stated", (
        RemoteFile("sst/trainDevTestTrees_PTB.zip", 789_539, "5c613a4f673fc74097d523a2c83f38e0cc462984d847b82c7aaf36b01cbbbfcc", ("https://nlp.stanford.edu/sentiment/trainDevTestTrees_PTB.zip", "https://raw.githubusercontent.com/Shawn1993/cnn-text-classification-pytorch/555a0d9d2cf74b0322a3366da927cc0d61dda171/trainDevTestTrees_PTB.zip")),
    )),
    DataSet("vader", "VADER: 7,500 words, each with how positive or negative it is (Hutto and Gilbert 2014)", "a judge of generated sentiment", "MIT", (
        _raw("nltk_data/packages/sentiment/vader_lexicon.zip", 90_486, "8adba4294eef3964d820bf655e37e61bdc3a341994356af59b74fb3b4a36ce5c", "nltk/nltk_data/5db857e6f7df11eabb5e5665836db9ec8df07e28/packages/sentiment/vader_lexicon.zip"),
    )),
    DataSet("ptb", "Penn Treebank as a language model's corpus: 49,208 sentences of the Wall Street Journal (Mikolov et al. 2010)", "sentence VAE at the published size", "none stated: text of the LDC's Penn Treebank, for research", (
        _raw("ptb/ptb.zip", 1_983_463, "6957baa63e145820032f12d3f1e6f4ba71789c3f5dbf289902bc3f0a96beef7a", "timbmg/RNNLM/e26dff5d8f4b5d07ee459f192ee2131923d7584f/data/ptb.zip"),
    )),
    DataSet("treebank", "Penn Treebank, nltk's sample: 3,914 sentences of the Wall Street Journal with their parses (Marcus et al. 1993)", "syntax and semantics", "non-commercial use only", (
        _raw("nltk_data/packages/corpora/treebank.zip", 1_740_034, "9da92d76c3666cfb6cddeaed0f7e86b344cce0f0928a286d439e555f19c37399", f"{_NLTK}/treebank.zip"),
    )),
    DataSet("dailydialog", "DailyDialog: 13,118 everyday conversations with dialogue acts and emotions (Li et al. 2017)", "sentence VAE, discrete latent variables", "CC BY-NC-SA 4.0", (
        _raw("dailydialog/train.zip", 2_059_812, "6191257f8250da0e045bfd1d017645e15b2358df975ec4c5c431a5a1f99662a4", f"{_DAILYDIALOG}/train.zip"),
        _raw("dailydialog/validation.zip", 191_273, "f068cf7526a56ab5f26e99b74ce9edbc2766f7b060a3c6cef035920b0dd28153", f"{_DAILYDIALOG}/validation.zip"),
        _raw("dailydialog/test.zip", 188_867, "5f9526a5ce4b8af4ca237aa3ff38cbf03becbc596c70b0974d7f5f9af2ea0615", f"{_DAILYDIALOG}/test.zip"),
    )),
    DataSet("stanford_multi_domain", "Stanford multi-domain dialogues: 3,031 talks of drivers with an in-car assistant (Eric and Manning 2017)", "discrete latent variables, responses by action", "none stated", (
        RemoteFile("stanford_multi_domain/kvret_dataset_public.zip", 1_035_595, "cdf93273731076fae5daea3adc2a08e59eb96953ff214bdbc84bbf2c83880ed3", ("https://nlp.stanford.edu/projects/kvret/kvret_dataset_public.zip", "https://raw.githubusercontent.com/thu-spmi/LABES/60704429e21353fa161082921e016cd763f02c7f/data/kvret/kvret_dataset_public.zip")),
    )),
    DataSet("e2e", "E2E NLG challenge: 51,426 texts about restaurants, with the tables that they say (Novikova et al. 2017)", "data to text", "CC BY-SA 4.0", (
        RemoteFile("e2e/e2e-dataset.zip", 1_528_421, "1261064c01907af27e8cc39e0a29a81541f6ab69208c1cbfc1be95afbb49dfac", ("https://github.com/tuetschek/e2e-dataset/releases/download/v1.0.0/e2e-dataset.zip", "https://raw.githubusercontent.com/stefan-codes/TransformersNLG/ac97c7059df211131a5766ec43ac9522d6b0551e/data/e2e-dataset.zip")),
    )),
    DataSet("ap", "Associated Press: 2,246 news stories of 1988 and 1990, as text and as counts (lda-c; TREC)", "topic models", "none stated for the text; the licence of lda-c is for its code", (
        _raw("ap/ap.tgz", 2_926_281, "92cbe192631874708540db11969211363cf2f5c0a56b2897e0229925e5d4f2a3", "blei-lab/lda-c/0c46575e89092683010db077f713f8aa3b3594a2/example/ap.tgz"),
    )),
    DataSet("acl", "ACL and COLING: 3,580 abstracts of 2016 to 2021 with their years (ACL Anthology)", "topics over the years", "CC BY 4.0", (
        _raw("acl_anthology/C16.xml", 553_812, "82d564bbd6e54e71444340a544d69ae1f552d1997ffcb362b465ff830c0a7416", f"{_ACL}/C16.xml"),
        _raw("acl_anthology/P17.xml", 438_094, "5423e89b8be6608b7573afc5a8fcbfe53dc9cd22ea390e53f093a96f8e2c1194", f"{_ACL}/P17.xml"),
        _raw("acl_anthology/P18.xml", 638_378, "cdd3ac499562a8a313d915828784293180099230e6a6fe8b9dcbfbfa98b833a1", f"{_ACL}/P18.xml"),
        _raw("acl_anthology/P19.xml", 1_140_244, "db1d80c59669dd04bb6b4cbf82738f02fd925095b4582489f79d3df1da8e2347", f"{_ACL}/P19.xml"),
        _raw("acl_anthology/2020.acl.xml", 1_424_249, "5c44e5ed1c2e247e11c473f021afc0b0b28d35ceab15042cb7a9fd6e7512aa2f", f"{_ACL}/2020.acl.xml"),
        _raw("acl_anthology/2021.acl.xml", 1_538_964, "6bc48d84bb25089215669ab52ecbd7768889189b0e9c1b5b68f55d55261c52d9", "rstojnic/acl-anthology/67bbd5cfe14d6c3b7fcc06d6904b8d04fe885835/data/xml/2021.acl.xml"),
    )),
    DataSet("inaugural", "Inaugural addresses of the presidents of the United States, 1789 to 2021", "topics over the years", "public domain", (
        _raw("nltk_data/packages/corpora/inaugural.zip", 346_476, "7c5fb5793e31fbeae12bf1aa0ffda5336468f07cedb50654c6d31ca384e2046b", f"{_NLTK}/inaugural.zip"),
    )),
    DataSet("state_union", "State of the Union addresses, 1945 to 2006", "topics over the years", "public domain", (
        _raw("nltk_data/packages/corpora/state_union.zip", 808_757, "366c1dc82b2abf896f42b2ec50ba802a0141a29f75d29ca48a7a243ce5bfbe8d", f"{_NLTK}/state_union.zip"),
    )),
)}
# fmt: on
