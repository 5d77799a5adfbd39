"""Words to numbers and back: a tokeniser, a vocabulary, and batches of padded sentences.

A batch is a LongTensor [B, T]; each row reads BOS, the words, EOS, then PAD up to the longest row.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Self

import torch
from torch import Generator, Tensor
from torch.nn.utils.rnn import pad_sequence

PAD, BOS, EOS, UNK = 0, 1, 2, 3
SPECIALS = ("<pad>", "<bos>", "<eos>", "<unk>")
TYPOGRAPHY = str.maketrans(
    {"’": "'", "‘": "'", "′": "'", "“": '"', "”": '"', "–": " -- ", "—": " -- ", "。": " . ", "、": " , "}
)
"""What printers set, as models' vocabularies spell it."""
TREEBANK = {"-LRB-": "(", "-RRB-": ")", "``": '"', "''": '"'}
"""What treebanks write for a bracket or a quotation mark, as models' vocabularies spell it."""
POOL = 50  # batches that are sorted by length together


def tokenize(text: str) -> list[str]:
    """Split English text into lower-case words and punctuation marks, "don't" into "do" and "n't".

    It is nltk's `word_tokenize`; typographic quotation marks and dashes count as the plain ones. Where nltk's data lack
    `punkt_tab`, which finds the sentences of a text, the text is taken for one sentence; a single sentence gives the
    same words either way. NLTK_DATA says where the data lie.
    """
    from nltk.tokenize import word_tokenize

    words = word_tokenize(text.translate(TYPOGRAPHY), preserve_line=not _finds_sentences())
    return ['"' if word in ("``", "''") else word.lower() for word in words]


@cache
def _finds_sentences() -> bool:
    from nltk.tokenize import sent_tokenize

    try:
        sent_tokenize("")
    except LookupError:
        return False
    return True


class Vocabulary:
    """The words that a model knows, each with its number; the first four are PAD, BOS, EOS and UNK.

    Attributes:
        words: by number.
    """

    def __init__(self, words: Iterable[str]):
        """Number the words in the order given, after the special ones."""
        self.words = [*SPECIALS, *(word for word in words if word not in SPECIALS)]
        self._ids = {word: number for number, word in enumerate(self.words)}
        if len(self._ids) != len(self.words):
            repeated = Counter(self.words).most_common(1)[0][0]
            raise ValueError(f"a vocabulary holds each word once; {repeated!r} is there twice")

    @classmethod
    def from_sentences(
        cls, sentences: Iterable[Sequence[str]], min_count: int = 1, max_size: int | None = None
    ) -> Self:
        """The words of a corpus, the most frequent first, ties in alphabetical order.

        Args:
            sentences: tokenised.
            min_count: how often a word must occur to be known.
            max_size: how many entries there may be, the special ones included.
        """
        counts = Counter(word for sentence in sentences for word in _words(sentence) if word not in SPECIALS)
        ranked = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
        words = [word for word, count in ranked if count >= min_count]
        return cls(words if max_size is None else words[: max(0, max_size - len(SPECIALS))])

    def __len__(self) -> int:
        return len(self.words)

    def encode(self, words: Iterable[str]) -> list[int]:
        """The words' numbers, without BOS and EOS; an unknown word becomes UNK.

        Raises:
            TypeError: the words are one string, of which each letter would count as a word.
        """
        return [self._ids.get(word, UNK) for word in _words(words)]

    def decode(self, ids: Iterable[int] | Tensor) -> str:
        """The words up to the first EOS, with spaces between them; BOS and PAD are not shown."""
        words = []
        for number in ids.tolist() if isinstance(ids, Tensor) else ids:
            if number == EOS:
                break
            if number not in (PAD, BOS):
                words.append(self.words[number])
        return " ".join(words)

    def save(self, path: Path | str) -> None:
        """Write the words to a JSON file."""
        Path(path).write_text(json.dumps(self.words, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path | str) -> Self:
        """Read what `save` wrote.

        Raises:
            ValueError: the file holds something else.
        """
        try:
            words = json.loads(Path(path).read_text(encoding="utf-8"))
        except ValueError as error:
            raise ValueError(f"{path} is not a JSON file: {error}") from None
        return cls.from_words(words)

    @classmethod
    def from_words(cls, words: list[str]) -> Self:
        """The vocabulary whose attribute `words` this is.

        Raises:
            ValueError: it is something else.
        """
        if not isinstance(words, list) or tuple(words[: len(SPECIALS)]) != SPECIALS:
            raise ValueError(f"not a vocabulary, which is a list of words that begins with {', '.join(SPECIALS)}")
        return cls(words[len(SPECIALS) :])


def _words(words: Iterable[str]) -> Iterable[str]:
    if isinstance(words, str):
        raise TypeError(f"a sentence must be a list of words, got the string {words[:60]!r}; tokenize(...) splits it")
    return words


def collate(sentences: Sequence[Sequence[int]]) -> Tensor:
    """Put encoded sentences, without BOS and EOS, into one batch, [B, T]: BOS … EOS PAD."""
    return pad_sequence(
        [torch.tensor([BOS, *sentence, EOS]) for sentence in sentences], batch_first=True, padding_value=PAD
    )


def bucketed_batches(
    sentences: Sequence[Sequence[int]], batch_size: int, generator: Generator | None = None
) -> Iterator[Tensor]:
    """Go once through the encoded sentences in random batches of similar lengths, so that little is padding.

    Args:
        sentences: without BOS and EOS.
        batch_size: B; the last batch of the pass may be smaller.
        generator: where the order comes from; torch's global generator if None.
    Returns:
        Batches [B, T], in random order.
    """
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1, got {batch_size}")
    order = torch.randperm(len(sentences), generator=generator).tolist()
    batches = []
    for start in range(0, len(order), POOL * batch_size):
        pool = sorted(order[start : start + POOL * batch_size], key=lambda index: len(sentences[index]))
        batches += [pool[at : at + batch_size] for at in range(0, len(pool), batch_size)]
    for number in torch.randperm(len(batches), generator=generator).tolist():
        yield collate([sentences[index] for index in batches[number]])
