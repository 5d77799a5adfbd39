"""Fingerprints of a document by winnowing: what two documents share of a certain length, they share a fingerprint of.

Source: Schleimer, Wilkerson and Aiken, Winnowing: local algorithms for document fingerprinting, SIGMOD 2003, section
3. We have it ourselves, as it is ten lines: copydetect 0.5 brings it with matplotlib, tokens in which `torch.exp` and
`torch.log` are the same, fingerprints by Python's salted hash, which differ from run to run, a reader that opens
whatever path it is given, and a highlighter that takes quadratic time on blank lines.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from autograder.classroom.similarity.normal_form import Token

GRAM = 8
"""Tokens of a fingerprint: nothing shorter is found. A line such as `return x.sum(-1)` has six."""

WINDOW = 4
"""Of so many fingerprints in a row at least one is kept: what is shared of GRAM + WINDOW − 1 tokens is found."""

LEAST = 3
"""Tokens of the shortest document that has a fingerprint; one of fewer than GRAM tokens has one, of them all."""


@dataclass(frozen=True)
class Fingerprint:
    """A fingerprint in a document.

    Attributes:
        value: of its tokens; the same in every run.
        first, last: lines that it stands on.
    """

    value: int
    first: int
    last: int


def fingerprints(tokens: Sequence[Token]) -> list[Fingerprint]:
    """All fingerprints of a document, one for each place."""
    if len(tokens) < LEAST:
        return []
    size = min(GRAM, len(tokens))
    return [_fingerprint(tokens[start : start + size]) for start in range(len(tokens) - size + 1)]


def winnowed(found: Sequence[Fingerprint]) -> Iterator[Fingerprint]:
    """The smallest of each WINDOW in a row, the last one of equals; each place once."""
    kept = -1
    for start in range(max(1, len(found) - WINDOW + 1)):
        window = range(start, min(start + WINDOW, len(found)))
        smallest = min(window, key=lambda place: (found[place].value, -place), default=None)
        if smallest is not None and smallest > kept:
            kept = smallest
            yield found[kept]


def _fingerprint(gram: Sequence[Token]) -> Fingerprint:
    text = "\0".join(token.text for token in gram)
    value = int.from_bytes(hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest())
    return Fingerprint(value, min(token.line for token in gram), max(token.line for token in gram))
