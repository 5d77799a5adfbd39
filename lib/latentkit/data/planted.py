"""Corpora drawn from the model itself, whose topics, shares and trends are known: the ones that need no download.

`plant_documents` draws a corpus of any size; `planted_magazine` is the course's, ten topics over ten years.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy import sparse  # pictures and sentences need none of it

BLOCK = 4096  # documents that are drawn together

# Each topic's words, the most frequent first. Some belong to two topics: a star is in the sky or on a stage.
TOPICS = {
    "kitchen": (
        "recipe oven butter flour sugar sauce garlic onion salt pepper bread dough cheese cream lemon soup roast "
        "fry bake chef dish flavour spice herb kitchen plate season simmer knife pan rice egg potato tomato "
        "chocolate cake dessert vinegar basil ginger root"
    ),
    "football": (
        "goal match team league coach player season striker defender keeper penalty pitch stadium fans cup final "
        "referee transfer club squad win defeat draw score midfield header corner captain training injury trophy "
        "tackle kick substitute derby net field record whistle offside champion"
    ),
    "astronomy": (
        "star planet galaxy telescope orbit moon light universe dust gravity comet asteroid spectrum nebula "
        "supernova observatory cluster radiation mass dark matter sky astronomer probe rocket satellite crater "
        "eclipse solar hydrogen field distant ring surface mission launch cosmic horizon pulsar signal"
    ),
    "finance": (
        "bank market share price interest rate loan debt investor stock bond fund profit inflation tax budget "
        "currency credit growth economy trade bill asset dividend merger broker index yield deficit risk capital "
        "note portfolio export charge mortgage savings income revenue exchange"
    ),
    "medicine": (
        "patient doctor hospital disease treatment drug cell blood virus heart trial symptom surgery vaccine "
        "cancer nurse dose infection immune therapy clinic diagnosis brain lung pain chronic tissue gene organ "
        "recovery fever medicine risk scale pressure bacteria protein kidney diabetes allergy"
    ),
    "music": (
        "song album band guitar concert piano melody singer rhythm stage tour record orchestra violin chord drum "
        "symphony opera composer note jazz studio lyrics audience conductor bass harmony tune star festival solo "
        "scale pitch choir tempo flute cello encore vocal quartet"
    ),
    "garden": (
        "plant garden soil seed flower root leaf tree rose water season compost bloom prune shrub lawn weed bulb "
        "fruit vegetable pot bee branch harvest spring frost shade bed mulch herb bug greenhouse hedge fertiliser "
        "sow moss petal orchard tulip field"
    ),
    "travel": (
        "hotel flight beach island airport train passport ticket guide village museum mountain road tour bank "
        "river harbour port boat ferry luggage hostel market visitor coast valley map hike trail border luxury "
        "summer castle cathedral local resort cruise street view camp"
    ),
    "law": (
        "court judge law trial lawyer case jury evidence crime police appeal bill sentence prison verdict charge "
        "witness contract defendant prosecutor rights statute ruling justice claim guilty defence legal fine "
        "courtroom theft fraud testimony licence clause petition magistrate bail settlement plea"
    ),
    "computing": (
        "computer software data network code program server user machine algorithm internet screen device file "
        "memory website privacy chip virus bug password cloud robot learning neural model language database "
        "browser encryption app keyboard download hacker port interface processor root pixel signal"
    ),
}
RISING, FALLING = ("computing", "medicine", "travel"), ("finance", "music", "garden")
YEARS = tuple(range(2011, 2021))
DOCUMENTS_A_YEAR = 120
LOWEST, HIGHEST = 0.04, 0.16  # expected share of a topic that rises or falls, in its first and last year
CONCENTRATION = 4.0  # Σ_k α_k; at 1, articles are so pure that two merged topics rarely part again
MEAN_LENGTH, SHORTEST = 85, 30
FUNCTION_WORDS = [
    "the",
    "of",
    "and",
    "to",
    "a",
    "in",
    "is",
    "that",
    "it",
    "for",
    "was",
    "on",
    "with",
    "as",
    "by",
    "at",
    "from",
    "this",
    "be",
    "are",
    "not",
    "or",
    "an",
    "which",
    "but",
    "were",
    "they",
]
FUNCTION_SHARE = 0.35


@dataclass(frozen=True)
class Planted:
    """What a corpus was drawn from.

    Attributes:
        topics: β, [K, V], rows sum to one.
        words: by column of β, in alphabetical order.
        names: of the topics.
        theta: each document's topic shares, [D, K].
        years: ascending, [Y].
        trend: the expected share of each topic in each year, [Y, K], rows sum to one.
    """

    topics: NDArray[np.float64]
    words: list[str]
    names: list[str]
    theta: NDArray[np.float64]
    years: NDArray[np.int64]
    trend: NDArray[np.float64]


@dataclass(frozen=True)
class PlantedCounts:
    """A corpus of counts, and what it was drawn from.

    Attributes:
        matrix: [D, V], int32, CSR.
        topics: β, [K, V].
        theta: [D, K].
    """

    matrix: "sparse.csr_array"
    topics: NDArray[np.float64]
    theta: NDArray[np.float64]


def plant_documents(
    n_documents: int,
    n_topics: int,
    n_words: int,
    *,
    alpha: float = 0.1,
    eta: float = 0.05,
    length: float = 100.0,
    seed: int = 0,
) -> PlantedCounts:
    """Draw a corpus from latent Dirichlet allocation, in time and memory linear in its tokens.

    Args:
        n_documents, n_topics, n_words: D, K and V.
        alpha, eta: symmetric priors of the shares and of the topics.
        length: mean number of tokens of a document; the numbers are Poisson, and at least 1.
        seed: the same seed gives the same corpus.
    """
    if min(n_documents, n_topics, n_words) < 1:
        raise ValueError(f"there must be documents, topics and words, got {n_documents}, {n_topics} and {n_words}")
    if not (alpha > 0 and eta > 0 and length > 0):
        raise ValueError(f"alpha, eta and length must be positive, got {alpha}, {eta} and {length}")
    from scipy import sparse

    generator = np.random.default_rng(seed)
    topics = generator.dirichlet(np.full(n_words, eta), n_topics)
    theta = _shares(generator, np.full((n_documents, n_topics), alpha))
    lengths = np.maximum(1, generator.poisson(length, n_documents))
    blocks = [
        _counts(generator, theta[at : at + BLOCK], topics, lengths[at : at + BLOCK])
        for at in range(0, n_documents, BLOCK)
    ]
    return PlantedCounts(sparse.vstack(blocks, format="csr"), topics, theta)


def planted_magazine(seed: int = 0) -> tuple[list[str], list[int], Planted]:
    """The course's own corpus: articles of a magazine, ten topics over ten years.

    An article draws its shares from a Dirichlet whose mean moves with the years, then each word's topic, then the word;
    function words are strewn in between, for the preprocessing to take out again.

    Returns:
        The texts, their years and what they were drawn from.
    """
    generator = np.random.default_rng(seed)
    words, topics = _magazine_topics()
    trend = magazine_trend()
    years = np.repeat(np.arange(len(YEARS)), DOCUMENTS_A_YEAR)
    theta = _shares(generator, CONCENTRATION * trend[years])
    lengths = np.maximum(SHORTEST, generator.poisson(MEAN_LENGTH, len(years)))
    texts = [_article(generator, shares, topics, words, size) for shares, size in zip(theta, lengths, strict=True)]
    planted = Planted(topics, words, list(TOPICS), theta, np.array(YEARS), trend)
    return texts, [YEARS[year] for year in years], planted


def magazine_trend() -> NDArray[np.float64]:
    """The expected shares, [Y, K]: three topics rise in a straight line, three fall, four stay at a tenth."""
    rise = np.linspace(LOWEST, HIGHEST, len(YEARS))
    shares = {name: rise for name in RISING} | {name: rise[::-1] for name in FALLING}
    return np.stack([shares.get(name, np.full(len(YEARS), 0.1)) for name in TOPICS], axis=1)


def _magazine_topics() -> tuple[list[str], NDArray[np.float64]]:
    """The words in alphabetical order, and β: the r-th word of a list, counted from 0, has weight 1 / (r + 4)."""
    words = sorted({word for listed in TOPICS.values() for word in listed.split()})
    column = {word: number for number, word in enumerate(words)}
    topics = np.zeros((len(TOPICS), len(words)))
    for row, listed in zip(topics, TOPICS.values(), strict=True):
        for rank, word in enumerate(listed.split()):
            row[column[word]] = 1 / (rank + 4)
    return words, topics / topics.sum(axis=1, keepdims=True)


def _article(
    generator: np.random.Generator, theta: NDArray[np.float64], topics: NDArray[np.float64], words: list[str], size: int
) -> str:
    """A text of `size` topical words in sentences of about twelve, function words strewn in."""
    of_topic = generator.multinomial(size, theta)
    chosen = np.concatenate([generator.choice(len(words), n, p=topics[k]) for k, n in enumerate(of_topic) if n])
    stream = []
    for number in generator.permutation(chosen):
        while generator.random() < FUNCTION_SHARE:
            stream.append(FUNCTION_WORDS[int(len(FUNCTION_WORDS) * generator.random() ** 2)])
        stream.append(words[number])
    sentences = [stream[at : at + 12] for at in range(0, len(stream), 12)]
    return " ".join(" ".join(sentence).capitalize() + "." for sentence in sentences)


def _shares(generator: np.random.Generator, alpha: NDArray[np.float64]) -> NDArray[np.float64]:
    """One Dirichlet draw for each row of concentrations; where all gammas underflow, the largest takes all."""
    gammas = generator.standard_gamma(alpha)
    empty = gammas.sum(axis=1) == 0
    gammas[empty, generator.integers(0, alpha.shape[1], int(empty.sum()))] = 1
    return gammas / gammas.sum(axis=1, keepdims=True)


def _counts(
    generator: np.random.Generator,
    theta: NDArray[np.float64],
    topics: NDArray[np.float64],
    lengths: NDArray[np.int64],
) -> "sparse.csr_array":
    """Counts of some documents: how many tokens of each topic, then the words of all tokens of a topic at once."""
    from scipy import sparse

    of_topic = generator.multinomial(lengths, theta)  # [documents, K]
    documents, words = [], []
    for k, numbers in enumerate(of_topic.T):
        cumulative = topics[k].cumsum()
        drawn = np.searchsorted(cumulative, generator.random(int(numbers.sum())) * cumulative[-1], side="right")
        words.append(np.minimum(drawn, topics.shape[1] - 1))
        documents.append(np.repeat(np.arange(len(theta)), numbers))
    rows, columns = np.concatenate(documents), np.concatenate(words)
    ones = np.ones(len(rows), np.int32)
    matrix = sparse.coo_array(
        (ones, (rows, columns)), shape=(len(theta), topics.shape[1])
    ).tocsr()  # adds up repetitions
    matrix.sort_indices()
    return matrix
