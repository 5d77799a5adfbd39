"""Parses as numbers: the syntax of a sentence is its tree without the words.

A tree's tokens are its tags, one for each word, its phrases, "(NP", and the ")" that ends a phrase.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor

from latentkit.data.text import UNK, Vocabulary

CLOSE = ")"
Linearise = Callable[[Tensor, Tensor, int], Tensor]
"""(labels [N], parents [N], close) -> tokens [L], as problem set 6 asks for it."""


@dataclass(frozen=True)
class ParseTokens:
    """The numbers of the tags, the phrases and the closing bracket.

    Attributes:
        vocabulary: all of them; tags before phrases, the closing bracket last.
        leaves: the number of the first phrase: what is below it is a tag.
    """

    vocabulary: Vocabulary
    leaves: int

    @classmethod
    def from_parses(cls, parses: Iterable[str]) -> Self:
        """The labels of bracketed parses, each kind in alphabetical order."""
        tags: set[str] = set()
        phrases: set[str] = set()
        for parse in set(map(skeleton, parses)):
            for label in parse.replace(CLOSE, "").split():
                (phrases if label.startswith("(") else tags).add(label)
        return cls(Vocabulary([*sorted(tags), *sorted(phrases), CLOSE]), UNK + 1 + len(tags))

    @property
    def close(self) -> int:
        """The number of the closing bracket."""
        return len(self.vocabulary) - 1

    def nodes(self, parse: str) -> tuple[Tensor, Tensor]:
        """A bracketed parse as its nodes, each before its children: labels [N], and parents [N], -1 for the root."""
        labels, parents, open_nodes = [], [], [-1]
        for part in skeleton(parse).replace(CLOSE, f" {CLOSE}").split():
            if part == CLOSE:
                open_nodes.pop()
                continue
            labels.append(part)
            parents.append(open_nodes[-1])
            if part.startswith("("):
                open_nodes.append(len(labels) - 1)
        return torch.tensor(self.vocabulary.encode(labels)), torch.tensor(parents)

    def encode(self, parses: Sequence[str], linearise: Linearise) -> list[list[int]]:
        """The tokens of bracketed parses, without BOS and EOS; trees that differ by their words alone are done once."""
        done: dict[str, list[int]] = {}
        for parse in parses:
            if parse not in done:
                bare = skeleton(parse)
                if bare not in done:
                    done[bare] = linearise(*self.nodes(parse), self.close).tolist()
                done[parse] = done[bare]
        return [done[parse] for parse in parses]

    def decode(self, tokens: Iterable[int] | Tensor) -> str:
        """The tree that tokens tell, in one line, as `skeleton` writes it; brackets that do not match stay so."""
        return one_line(self.vocabulary.decode(tokens).split())


def one_line(tokens: Sequence[str]) -> str:
    """The tokens of a parse as treebanks write it: no space before a closing bracket."""
    return " ".join(tokens).replace(f" {CLOSE}", CLOSE)


def skeleton(parse: str) -> str:
    """A bracketed parse without its words, in one line: "(S (NP PRON) (VP VERB) PUNCT)"."""
    return TAGGED_WORD.sub(r"\1", parse)


TAGGED_WORD = re.compile(r"\((\S+) [^()\s]+\)")
