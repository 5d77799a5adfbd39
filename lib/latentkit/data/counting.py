"""From texts to a matrix of word counts, in one function that states what it dropped."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from latentkit.data.stop_words import STOP_WORDS

if TYPE_CHECKING:
    from scipy import sparse  # a tenth of what an import of the data takes, and sentences and pictures need none

_ADDRESS = re.compile(r"(?:https?://|www\.)\S+")
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


@dataclass(frozen=True)
class Dropped:
    """What became of the words of some texts.

    Attributes:
        reasons: (why, kinds of words, tokens) in the order in which the words were taken out.
        kept: kinds of words and tokens that stayed.
        documents: how many texts were left with too few tokens, and are no rows.
    """

    reasons: tuple[tuple[str, int, int], ...]
    kept: tuple[int, int]
    documents: int

    def __str__(self) -> str:
        lines = [f"kept: {self.kept[0]:,} words, {self.kept[1]:,} tokens"]
        lines += [f"dropped, {why}: {kinds:,} words, {tokens:,} tokens" for why, kinds, tokens in self.reasons]
        return "\n".join([*lines, f"documents left out: {self.documents:,}"])


@dataclass(frozen=True)
class Counts:
    """A corpus as word counts.

    Attributes:
        matrix: how often each word occurs in each document, [D, V], int32, in rows (CSR), columns sorted.
        words: by column.
        kept: each row's place among the texts that were counted, [D].
        dropped: what is not in the matrix; None where it is not known.
    """

    matrix: "sparse.csr_array"
    words: list[str]
    kept: NDArray[np.int64]
    dropped: Dropped | None = None


def words_of(text: str) -> list[str]:
    """The words of a text in lower case: letters and digits, hyphens and apostrophes inside, without a final 's."""
    return [word.replace("’", "'").removesuffix("'s") for word in _WORD.findall(_ADDRESS.sub(" ", text.lower()))]


def count_words(
    texts: Iterable[str],
    *,
    min_documents: int = 2,
    max_share: float = 0.5,
    max_words: int | None = None,
    min_length: int = 3,
    stop_words: Set[str] = STOP_WORDS,
    min_tokens: int = 1,
) -> Counts:
    """Count the words that are worth a topic model's while.

    Web addresses are no words. What has no letter goes first, then stop words, then short words, then words of too few
    or too many documents, then all but the most frequent.

    Args:
        texts: one string a document.
        min_documents: a word must be in as many documents.
        max_share: a word must not be in a larger share of the documents.
        max_words: how many words to keep, the most frequent ones, ties in alphabetical order; None keeps all.
        min_length: in characters.
        stop_words: in lower case.
        min_tokens: a document with fewer tokens left is no row.
    Raises:
        ValueError: a number is out of range, or no word is left.
    """
    if not 0 < max_share <= 1:
        raise ValueError(f"max_share must be in (0, 1], got {max_share}")
    if min_documents < 1 or min_length < 1 or min_tokens < 1 or (max_words is not None and max_words < 1):
        raise ValueError("min_documents, min_length, min_tokens and max_words must be at least 1")
    bags = [Counter(words_of(text)) for text in texts]
    tokens: Counter[str] = Counter()
    documents: Counter[str] = Counter()
    for bag in bags:
        tokens.update(bag)
        documents.update(bag.keys())

    most = max_share * len(bags)
    rules = (
        ("without a letter", lambda word: not any(map(str.isalpha, word))),
        ("stop words", lambda word: word in stop_words),
        (f"shorter than {min_length} characters", lambda word: len(word) < min_length),
        (f"in fewer than {min_documents} documents", lambda word: documents[word] < min_documents),
        (f"in more than {max_share:.0%} of the documents", lambda word: documents[word] > most),
    )
    left, reasons = list(tokens), []
    for why, goes in rules:
        gone = {word for word in left if goes(word)}
        left = [word for word in left if word not in gone]
        reasons.append((why, len(gone), sum(tokens[word] for word in gone)))
    if max_words is not None:
        left.sort(key=lambda word: (-tokens[word], word))
        reasons.append(
            (f"beyond the {max_words:,} most frequent", len(left[max_words:]), sum(tokens[w] for w in left[max_words:]))
        )
        left = left[:max_words]
    if not left:
        raise ValueError("no word is left; dropped were " + ", ".join(f"{kinds:,} {why}" for why, kinds, _ in reasons))

    words = sorted(left)
    matrix = _matrix(bags, words)
    sizes = matrix.sum(axis=1)
    kept = np.flatnonzero(sizes >= min_tokens)
    short = int(sizes[sizes < min_tokens].sum())
    if short:
        reasons.append((f"in documents with fewer than {min_tokens} tokens left", 0, short))
    dropped = Dropped(tuple(reasons), (len(words), int(sizes[kept].sum())), len(bags) - len(kept))
    return Counts(matrix[kept], words, kept, dropped)


def _matrix(bags: Sequence[Counter[str]], words: Sequence[str]) -> "sparse.csr_array":
    from scipy import sparse

    column = {word: number for number, word in enumerate(words)}
    starts, columns, values = [0], [], []
    for bag in bags:
        entries = sorted((column[word], count) for word, count in bag.items() if word in column)
        columns += [place for place, _ in entries]
        values += [count for _, count in entries]
        starts.append(len(columns))
    shape = (len(bags), len(words))
    return sparse.csr_array(
        (np.array(values, np.int32), np.array(columns, np.int32), np.array(starts, np.int32)), shape
    )
