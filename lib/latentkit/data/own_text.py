"""A reader's own text as a corpus of sentences: a file, a sentence a line."""

from hashlib import sha256
from pathlib import Path

from latentkit.data.sentences import Sentences, no_longer_than
from latentkit.data.text import tokenize
from latentkit.notebook_text import decoded

FEWEST = 10
"""Different sentences: a tenth is for validation and a tenth for testing, and neither may be empty."""


def read_sentences(path: Path | str, max_words: int | None = None) -> Sentences:
    """The sentences of a text file in any Unicode encoding, tokenised and in lower case.

    A sentence that occurs again is left out, so that none is both trained and tested on. A tenth is for validation and
    a tenth for testing, chosen by the sentences' checksums: the same ones on every machine.

    Args:
        path: of the file; empty lines are skipped.
        max_words: longer sentences are left out; None keeps all.
    Raises:
        ValueError: it is no text, or holds fewer than `FEWEST` different sentences.
        OSError: it cannot be read.
    """
    path = Path(path)
    if path.is_dir():
        raise ValueError(f"{path} is a folder; name a text file in it that holds a sentence a line")
    lines = read_text(path).splitlines()
    found = list(dict.fromkeys(" ".join(words) for line in lines if (words := tokenize(line))))
    if len(found) < FEWEST:
        raise ValueError(f"{path} must hold at least {FEWEST} different sentences, one a line; it has {len(found)}")
    ranked = sorted(found, key=lambda sentence: sha256(sentence.encode()).digest())
    tenth = len(ranked) // 10
    held_out = {sentence: "test" for sentence in ranked[:tenth]}
    held_out |= {sentence: "valid" for sentence in ranked[tenth : 2 * tenth]}
    parts: dict[str, list[list[str]]] = {"train": [], "valid": [], "test": []}
    for sentence in found:
        parts[held_out.get(sentence, "train")].append(sentence.split(" "))
    return no_longer_than(Sentences(path.name, parts["train"], parts["valid"], parts["test"]), max_words)


def read_text(path: Path) -> str:
    """The text of a file in any Unicode encoding.

    Raises:
        ValueError: it is no text.
    """
    text = decoded(path.read_bytes())
    if text.count("�") > len(text) / 100:
        raise ValueError(f"{path} is not a text file in UTF-8 or UTF-16; save it as UTF-8")
    return text
