"""Tables with a sentence that says each, by name, and the batches in which a model reads tables."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from latentkit.data import e2e
from latentkit.data.table_grammar import FIELDS, Span, Table, TableSentence, facts, generate
from latentkit.data.text import Vocabulary

EMBEDDED_SIZES = {"train": 12_000, "valid": 1_000, "test": 1_000}
MASK = "<ent>"
"""Stands in a masked sentence in the place of a value's words."""
LAST_POSITION = 8
"""Words of a field from the eighth on share the position of the eighth."""


@dataclass(frozen=True)
class TableText:
    """A table and a text that says it.

    Attributes:
        words: of the text, one sentence or more.
        table: the values of each field, a value's words with spaces between.
        spans: where values stand in the words, in their order: (first word, word after the last one, field).
        template: which plan the sentence follows, where that is known.
    """

    words: tuple[str, ...]
    table: Table
    spans: tuple[Span, ...]
    template: int | None

    @property
    def value_numbers(self) -> tuple[int, ...]:
        """By word, 0, or k for the words of the text's k-th value, counted from 1."""
        return value_numbers(len(self.words), self.spans)


@dataclass(frozen=True)
class TableTexts:
    """A corpus of tables and texts.

    Attributes:
        name: what it is loaded by.
        fields: of its tables, in the order in which `collate_tables` numbers them.
        train, valid, test: the texts with their tables.
    """

    name: str
    fields: tuple[str, ...]
    train: list[TableText]
    valid: list[TableText]
    test: list[TableText]


@dataclass(frozen=True)
class Records:
    """A batch of B tables, one record for every word of every value, N at most; what is left of a row is padding.

    Attributes:
        fields: number of the field, from 1, [B, N]; 0 is padding.
        positions: of the word among the words of its field, from 1, at most `LAST_POSITION`, [B, N]; 0 is padding.
        words: number of the word in the sentences' vocabulary, [B, N]; PAD is padding.
        present: whether there is a record, bool, [B, N].
    """

    fields: Tensor
    positions: Tensor
    words: Tensor
    present: Tensor


def load_tables(name: str = "embedded") -> TableTexts:
    """Load a corpus.

    Args:
        name: "embedded" (the course's grammar of announcements, nothing to download) or "e2e" (restaurants; what people
            wrote about each table).
    Raises:
        ValueError: there is no such corpus.
        MissingFile: its file has not been downloaded; the message says how to get it.
    """
    if name not in LOADERS:
        raise ValueError(f"no corpus of tables {name!r}; there are: {', '.join(LOADERS)}")
    return LOADERS[name]()


def collate_tables(tables: Sequence[Table], vocabulary: Vocabulary, fields: Sequence[str] = FIELDS) -> Records:
    """Put tables into one batch; the records of a table stand in the order of `fields`, and of the words within.

    Args:
        tables: B of them.
        vocabulary: of the sentences; a value's word that it lacks becomes UNK.
        fields: of the corpus, which numbers them from 1.
    Raises:
        ValueError: there are no tables, or one has a field that is not among `fields`.
    """
    if not tables:
        raise ValueError("a batch needs at least one table, got none")
    rows = [_records(table, vocabulary, fields) for table in tables]
    field, position, word = (
        pad_sequence([torch.tensor(row[part], dtype=torch.long) for row in rows], batch_first=True) for part in range(3)
    )
    return Records(field, position, word, field > 0)


def collate_values(texts: Sequence[TableText | TableSentence]) -> Tensor:
    """Which words belong to which value, laid out as `latentkit.data.text.collate` lays out the words themselves.

    Returns:
        [B, T], T two more than the longest text has words: k > 0 for the words of a text's k-th value, else 0, at BOS,
        EOS and PAD, too.
    """
    rows = [torch.tensor([0, *value_numbers(len(text.words), text.spans), 0]) for text in texts]
    return pad_sequence(rows, batch_first=True)


def by_table(texts: Sequence[TableText]) -> list[tuple[Table, list[tuple[str, ...]]]]:
    """Each table once, in the order of the texts, with the words of all texts that say it: references for BLEU."""
    found: dict[frozenset[tuple[str, str]], tuple[Table, list[tuple[str, ...]]]] = {}
    for text in texts:
        found.setdefault(facts(text.table), (text.table, []))[1].append(text.words)
    return list(found.values())


def value_numbers(length: int, spans: Sequence[Span]) -> tuple[int, ...]:
    """By word of a text of that length, 0, or k for the words of its k-th value, counted from 1."""
    numbers = [0] * length
    for number, (start, end, _) in enumerate(spans, start=1):
        numbers[start:end] = [number] * (end - start)
    return tuple(numbers)


def _records(table: Table, vocabulary: Vocabulary, fields: Sequence[str]) -> tuple[list[int], list[int], list[int]]:
    """Of one table: the number of each record's field, its position in the field, and its word."""
    strange = [field for field in table if field not in fields]
    if strange:
        raise ValueError(f"there is no field {strange[0]!r}; the fields of these tables are {', '.join(fields)}")
    numbers, positions, words = [], [], []
    for number, field in enumerate(fields, start=1):
        said = [word for value in table.get(field, ()) for word in value.split()]
        numbers += [number] * len(said)
        positions += [min(position, LAST_POSITION) for position in range(1, len(said) + 1)]
        words += vocabulary.encode(said)
    return numbers, positions, words


def _embedded() -> TableTexts:
    """14,000 sentences of `latentkit.data.table_grammar`, each about an event of its own."""
    sentences = iter(_drawn())
    split = {part: [_text(next(sentences)) for _ in range(size)] for part, size in EMBEDDED_SIZES.items()}
    return TableTexts("embedded", FIELDS, **split)


@cache
def _drawn() -> tuple[TableSentence, ...]:
    return tuple(generate(sum(EMBEDDED_SIZES.values())))


def _text(sentence: TableSentence) -> TableText:
    """The sentence; its table is the caller's to change, for the sentence is drawn once."""
    return TableText(sentence.words, dict(sentence.table), sentence.spans, sentence.template)


def _e2e() -> TableTexts:
    """The texts and tables of `latentkit.data.e2e.read_tables`, where its defects stand; spans are approximate."""
    split = {
        part: [TableText(words, table, e2e.find_values(words), None) for words, table in found]
        for part, found in e2e.read_tables().items()
    }
    return TableTexts("e2e", e2e.FIELDS, **split)


LOADERS: dict[str, Callable[[], TableTexts]] = {"embedded": _embedded, "e2e": _e2e}
