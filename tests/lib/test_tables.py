"""Corpora of tables with texts, and the batches in which models read them."""

from collections import Counter
from functools import cache

import pytest
import torch

from latentkit.data.table_grammar import FIELDS, facts, realise
from latentkit.data.tables import LAST_POSITION, collate_tables, collate_values, load_tables
from latentkit.data.text import PAD, UNK, Vocabulary, collate
from tests.lib.common import skip_unless_here

SPLITS = ("train", "valid", "test")
MOON = {"name": ("paper moon",), "kind": ("concert",), "host": ("doctor moreau", "hugo")}
ECHOES = {"kind": ("tour",), "name": ("echoes",)}


@cache
def corpus(name):
    """The corpus, or a skip where its files are not here."""
    if name != "embedded":
        skip_unless_here(name)
    return load_tables(name)


@pytest.fixture(scope="module")
def vocabulary():
    return Vocabulary.from_sentences(text.words for text in corpus("embedded").train)


class TestEmbedded:
    def test_sizes(self):
        tables = corpus("embedded")
        assert [len(getattr(tables, part)) for part in SPLITS] == [12_000, 1_000, 1_000]
        assert tables.fields == FIELDS

    def test_every_event_occurs_once(self):
        tables = corpus("embedded")
        events = Counter(facts(text.table) for part in SPLITS for text in getattr(tables, part))
        assert set(events.values()) == {1}

    def test_the_training_set_has_every_word(self, vocabulary):
        tables = corpus("embedded")
        assert len(vocabulary) == 200
        assert not any(UNK in vocabulary.encode(text.words) for text in (*tables.valid, *tables.test))

    def test_texts_are_what_their_templates_say_of_their_tables(self):
        for text in corpus("embedded").test:
            sentence = realise(text.table, text.template)
            assert (text.words, text.spans) == (sentence.words, sentence.spans)

    def test_a_callers_changes_stay_the_callers(self):
        load_tables().train[0].table.clear()
        assert len(load_tables().train[0].table) >= 2


class TestLoadTables:
    def test_names_what_there_is(self):
        with pytest.raises(ValueError, match="no corpus of tables 'wikibio'; there are: embedded, e2e"):
            load_tables("wikibio")


class TestRecords:
    def test_there_is_one_for_every_word_of_every_value(self, vocabulary):
        records = collate_tables([MOON, ECHOES], vocabulary)
        assert records.fields.tolist() == [[1, 1, 2, 3, 3, 3], [1, 2, 0, 0, 0, 0]]
        assert records.positions.tolist() == [[1, 2, 1, 1, 2, 3], [1, 1, 0, 0, 0, 0]]
        assert vocabulary.decode(records.words[0]) == "paper moon concert doctor moreau hugo"
        assert vocabulary.decode(records.words[1]) == "echoes tour"
        assert records.words[1, 2:].tolist() == [PAD] * 4
        assert records.present.tolist() == [[True] * 6, [True] * 2 + [False] * 4]

    def test_everything_but_present_counts(self, vocabulary):
        records = collate_tables([MOON], vocabulary)
        assert {records.fields.dtype, records.positions.dtype, records.words.dtype} == {torch.long}
        assert records.present.dtype == torch.bool

    def test_the_tables_can_be_read_again(self, vocabulary):
        texts = corpus("embedded").test[:200]
        records = collate_tables([text.table for text in texts], vocabulary)
        for row, text in enumerate(texts):
            for number, field in enumerate(FIELDS, start=1):
                said = records.words[row][records.fields[row] == number]
                assert vocabulary.decode(said) == " ".join(text.table.get(field, ()))
                assert records.positions[row][records.fields[row] == number].tolist() == [*range(1, len(said) + 1)]

    def test_late_words_of_a_field_share_a_position(self):
        table = {"near": ("a b c d e f g h i j",)}
        records = collate_tables([table], Vocabulary("abcdefghij"), fields=("name", "near"))
        assert records.positions.tolist() == [[1, 2, 3, 4, 5, 6, 7, LAST_POSITION, LAST_POSITION, LAST_POSITION]]
        assert records.fields.tolist() == [[2] * 10]

    def test_an_empty_table_has_no_record(self, vocabulary):
        records = collate_tables([ECHOES, {}], vocabulary)
        assert records.present.tolist() == [[True, True], [False, False]]
        assert collate_tables([{}], vocabulary).present.sum() == 0

    def test_an_unknown_word_is_unk(self, vocabulary):
        assert collate_tables([{"name": ("zeppelin",)}], vocabulary).words.tolist() == [[UNK]]

    def test_says_what_it_cannot_read(self, vocabulary):
        with pytest.raises(ValueError, match="there is no field 'food'; the fields of these tables are name, kind"):
            collate_tables([{"food": ("soup",)}], vocabulary)
        with pytest.raises(ValueError, match="a batch needs at least one table, got none"):
            collate_tables([], vocabulary)


class TestCollateValues:
    def test_lies_on_the_words(self, vocabulary):
        texts = corpus("embedded").test[:100]
        tokens = collate([vocabulary.encode(text.words) for text in texts])
        numbers = collate_values(texts)
        assert numbers.shape == tokens.shape
        for row, text in enumerate(texts):
            assert int(numbers[row].max()) == len(text.spans)
            for k, (start, end, field) in enumerate(text.spans, start=1):
                assert " ".join(text.words[start:end]) in text.table[field]
                assert vocabulary.decode(tokens[row][numbers[row] == k]) == " ".join(text.words[start:end])

    def test_of_sentences_of_the_grammar(self):
        assert collate_values([realise(MOON, 0), realise(ECHOES, 0)]).tolist() == [
            [0, 0, 1, 2, 2, 0, 0, 0, 0, 0, 3, 3, 0, 4, 0, 0],
            [0, 0, 1, 2, 0, 0, 0, 0] + [0] * 8,
        ]
