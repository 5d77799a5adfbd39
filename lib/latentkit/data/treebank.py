"""Sentences of the Wall Street Journal with their parses: nltk's sample of the Penn Treebank (Marcus et al. 1993)."""

import io
import re
import zipfile
from collections.abc import Iterator

from nltk import Tree

from latentkit.data.download import locate
from latentkit.data.registry import data_set
from latentkit.data.text import TREEBANK

SPELT = TREEBANK | {"-LCB-": "{", "-RCB-": "}"}
BRACKETS = str.maketrans({"(": "-LRB-", ")": "-RRB-"})
NUMBER = re.compile(r"[\d.,/:\\-]*\d[\d.,/:\\-]*")
HELD_OUT = {"valid": range(160, 180), "test": range(180, 200)}
"""By split, the numbers of its files; all others are to train on."""


def read_parses() -> dict[str, list[tuple[tuple[str, ...], str]]]:
    """Words and bracketed parse of every sentence, by split.

    - There is no official split of the sample; of its 199 files the last 40 are held out, for neighbouring sentences
      are of one article.
    - What stands for nothing that is said, the traces of movements (-NONE-), is left out, with phrases that hold
      nothing else. Of the labels only the category is left: NP for NP-SBJ-1. A phrase that holds only a phrase of the
      same category is that phrase.
    - Words are lower-case; numbers in figures are N, as in `ptb`, whose text this is a part of. In the parse brackets
      are written -LRB- and -RRB-.
    - A sentence that occurs again, in the same split or another, is left out, from the training split first.
    """
    entry = data_set("treebank")
    split: dict[str, list[tuple[tuple[str, ...], str]]] = {"train": [], "valid": [], "test": []}
    with zipfile.ZipFile(locate(entry, entry.files[0])) as archive:
        for file in sorted(name for name in archive.namelist() if name.endswith(".mrg")):
            number = int(re.findall(r"\d+", file)[-1])
            part = next((part for part, numbers in HELD_OUT.items() if number in numbers), "train")
            with io.TextIOWrapper(archive.open(file), encoding="ascii") as lines:
                split[part] += map(_sentence, _trees(lines.read()))
    seen: set[tuple[str, ...]] = set()
    for part in ("test", "valid", "train"):
        kept = {words: parse for words, parse in split[part] if words not in seen}
        split[part] = list(kept.items())
        seen |= kept.keys()
    return split


def _trees(text: str) -> Iterator[Tree]:
    """The trees of a file, each of which stands in brackets of its own."""
    for tree in Tree.fromstring(f"(FILE {text})"):
        said = cleaned(tree)
        if said is not None:
            yield said


def cleaned(tree: Tree) -> Tree | None:
    """A tree of what is said, with plain categories; None where nothing is."""
    if not isinstance(tree[0], Tree):
        return None if tree.label() == "-NONE-" else Tree(_category(tree.label()), [_spelt(tree[0])])
    parts = [part for part in map(cleaned, tree) if part is not None]
    if not parts:
        return None
    label = _category(tree.label())
    if len(parts) == 1 and (not label or (parts[0].label() == label and isinstance(parts[0][0], Tree))):
        return parts[0]
    return Tree(label or "S", parts)


def _category(label: str) -> str:
    """NP of NP-SBJ-1 or NP=2; labels such as -LRB- are their own category."""
    return label if label.startswith("-") else re.split("[-=|]", label)[0]


def _spelt(word: str) -> str:
    word = SPELT.get(word, word.replace("\\/", "/").replace("\\*", "*"))
    return "N" if NUMBER.fullmatch(word) else word.lower()


def _sentence(tree: Tree) -> tuple[tuple[str, ...], str]:
    words = tuple(tree.leaves())
    written = tree.copy(deep=True)
    for position in written.treepositions("leaves"):
        written[position] = written[position].translate(BRACKETS)
    return words, " ".join(str(written).split())
