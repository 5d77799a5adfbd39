"""Word counts in the format of lda-c: a line "N id:count id:count …" for each document, and a word a line."""

from collections.abc import Iterable

import numpy as np

from latentkit.data.counting import Counts


def read_lda_c(documents: Iterable[str], words: Iterable[str]) -> Counts:
    """Read a corpus.

    Args:
        documents: the lines of the .dat file.
        words: the lines of the vocabulary.
    Raises:
        ValueError: a line is malformed; the message names it.
    """
    from scipy import sparse

    vocabulary = [word.strip() for word in words]
    starts, columns, values = [0], [], []
    for number, line in enumerate(documents, 1):
        entries = _entries(line, number, len(vocabulary))
        columns += [word for word, _ in entries]
        values += [count for _, count in entries]
        starts.append(len(columns))
    shape = (len(starts) - 1, len(vocabulary))
    parts = (np.array(values, np.int32), np.array(columns, np.int32), np.array(starts, np.int32))
    return Counts(sparse.csr_array(parts, shape), vocabulary, np.arange(shape[0]))


def _entries(line: str, number: int, vocab: int) -> list[tuple[int, int]]:
    try:
        size, *pairs = line.split()
        entries = sorted((int(word), int(count)) for word, count in (pair.split(":") for pair in pairs))
        good = int(size) == len(entries)
    except ValueError:
        good = False
    if not good:
        raise ValueError(f"line {number} is not of the form 'N id:count …' with N pairs: {line.strip()[:60]!r}")
    if len({word for word, _ in entries}) < len(entries):
        raise ValueError(f"line {number} names a word twice")
    if any(not 0 <= word < vocab or count < 1 for word, count in entries):
        raise ValueError(f"line {number} has a word beyond the {vocab} of the vocabulary, or a count below 1")
    return entries
