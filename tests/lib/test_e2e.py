"""Restaurants: texts are spelt regularly, values are found where they are said, and the corpus' defects are mended."""

import csv
import io
import random
import re
import zipfile
from collections import Counter
from functools import cache
from itertools import pairwise

import pytest

from latentkit.data.download import MissingFile, locate
from latentkit.data.e2e import FIELDS, NAMES, NEIGHBOURS, find_mentions, find_values, read_slots, read_tables, spelt
from latentkit.data.registry import data_set
from latentkit.data.tables import load_tables
from latentkit.data.text import tokenize
from tests.lib.common import skip_unless_here

SPLITS = ("train", "valid", "test")


@cache
def splits():
    skip_unless_here("e2e")
    return read_tables()


class TestSpelling:
    @pytest.mark.parametrize(
        "text, words",
        [
            ("The Mill isn't kid-friendly.", "the mill is n't kid-friendly ."),
            (
                "It’s near Café Rouge.The price is £20-25, or £10.50!",
                "it 's near café rouge . the price is £20-25 , or £10.50 !",
            ),
            ("  Prices start at £30.  ", "prices start at £30 ."),
            ("A £20-£25 pub; 5-star (5 out of 5)", "a £20-£25 pub ; 5-star ( 5 out of 5 )"),
        ],
    )
    def test_of_texts(self, text, words):
        assert " ".join(spelt(text)) == words

    def test_is_the_tokenisers_in_nearly_every_text(self):
        skip_unless_here("e2e")
        entry = data_set("e2e")
        with zipfile.ZipFile(locate(entry, entry.files[0])) as archive:
            rows = csv.DictReader(io.StringIO(archive.read("e2e-dataset/devset.csv").decode()))
            texts = random.Random(0).sample([row["ref"] for row in rows], 400)
        differ = [
            text
            for text in texts
            if spelt(text) != tuple(w for part in re.split(r"(?<=[.!?])\s+", text) for w in tokenize(part))
        ]
        assert len(differ) < 8, differ


class TestMentions:
    @pytest.mark.parametrize(
        "text, table",
        [
            (
                "The Mill is a family-friendly pub near Café Rouge.",
                {"name": "the mill", "eatType": "pub", "familyFriendly": "family friendly", "near": "café rouge"},
            ),
            ("Waterman serves British food by the river.", {"name": "the waterman", "food": "english"}),
            ("The Rice Boat is in the center of the city.", {"name": "the rice boat", "area": "city centre"}),
            ("Cocum is near The Rice Boat.", {"name": "cocum", "near": "the rice boat"}),
            ("Cocum is not a family-friendly place.", {"familyFriendly": "not family friendly"}),
            ("Cocum does not allow children.", {"familyFriendly": "not family friendly"}),
            ("Children are not allowed at Cocum.", {"familyFriendly": "not family friendly"}),
            ("Adults only!", {"familyFriendly": "not family friendly"}),
            ("It is not expensive and family friendly.", {"familyFriendly": "family friendly", "priceRange": "cheap"}),
            ("It is cheap.", {"priceRange": "cheap"}),
            ("The price range is high.", {"priceRange": "high"}),
            ("Meals cost less than £20.", {"priceRange": "cheap"}),
            ("A £20-25 meal.", {"priceRange": "moderate"}),
            ("A meal for more than £30.", {"priceRange": "high"}),
            ("The price is low. Customer rating is average.", {"priceRange": "cheap", "customer rating": "average"}),
            ("Low prices and a high customer rating.", {"priceRange": "cheap", "customer rating": "high"}),
            ("A highly rated, high-priced pub.", {"priceRange": "high", "customer rating": "high", "eatType": "pub"}),
            ("It is rated 1 out of 5.", {"customer rating": "low"}),
            ("A three star pub.", {"customer rating": "average"}),
            ("A 5-star restaurant.", {"customer rating": "high", "eatType": None}),
            ("A high chair beside the wall.", {"priceRange": None, "customer rating": None}),
        ],
    )
    def test_of_common_ways_of_saying_a_value(self, text, table):
        found = read_slots(spelt(text))
        assert {field: found.get(field) for field in table} == {
            field: (value,) if value else None for field, value in table.items()
        }

    def test_every_name_is_found_where_it_stands(self):
        for field, names in [("name", NAMES), ("near", NEIGHBOURS)]:
            for name in names:
                words = ("here", "is", *name.split(), ".")
                assert find_mentions(words) == [(2, len(words) - 1, field, name)]
                assert find_values(words) == ((2, len(words) - 1, field),)

    def test_spans_hold_the_words_of_the_value(self):
        words = spelt("Cocum, which is not really for children, has low prices and a 3 out of 5 rating.")
        found = {field: " ".join(words[start:end]) for start, end, field, _ in find_mentions(words)}
        assert found == {
            "name": "cocum",
            "familyFriendly": "not really for children",
            "priceRange": "low",
            "customer rating": "3 out of 5",
        }

    def test_takes_words_and_no_string(self):
        with pytest.raises(TypeError, match="a text must be a list of words, got the string 'The Mill'"):
            find_mentions("The Mill")


class TestCorpus:
    def test_sizes_without_repetitions(self):
        assert {part: len(found) for part, found in splits().items()} == {
            "train": 40_840,
            "valid": 4_519,
            "test": 4_575,
        }
        for found in splits().values():
            assert max(Counter((words, *table.items()) for words, table in found).values()) == 1

    def test_no_table_is_in_two_splits(self):
        tables = [{tuple(table.items()) for _, table in splits()[part]} for part in SPLITS]
        assert [len(found) for found in tables] == [4_080, 487, 614]
        assert len(set().union(*tables)) == sum(map(len, tables))

    def test_tables_have_one_scale_for_prices_and_one_for_ratings(self):
        values = {field: set() for field in FIELDS}
        for _, table in splits()["train"]:
            for field, (value,) in table.items():
                values[field].add(value)
        assert values["priceRange"] == {"cheap", "moderate", "high"}
        assert values["customer rating"] == {"low", "average", "high"}
        assert values["familyFriendly"] == {"family friendly", "not family friendly"}
        assert values["eatType"] == {"coffee shop", "pub"}
        assert values["name"] == set(NAMES) and values["near"] == {*NEIGHBOURS, "the rice boat"}

    def test_fields_stand_in_their_order_behind_a_name(self):
        for found in splits().values():
            for _, table in found:
                assert list(table) == [field for field in FIELDS if field in table] and "name" in table

    def test_what_is_found_in_a_text_is_nearly_always_in_its_table(self):
        """And three texts in five agree with their table in every value."""
        covered, said, wrong, exact = 0, 0, 0, 0
        for words, table in splits()["test"]:
            found = {(field, value) for field, values in read_slots(words).items() for value in values}
            asked = {(field, value) for field, values in table.items() for value in values}
            covered += len(found & asked) / len(asked)
            said, wrong, exact = said + len(found), wrong + len(found - asked), exact + (found == asked)
        assert 0.015 < wrong / said < 0.025  # 2 % and 90 %, says the module
        assert 0.895 < covered / len(splits()["test"]) < 0.915
        assert exact / len(splits()["test"]) > 0.6

    def test_is_loaded_with_spans(self):
        splits()
        tables = load_tables("e2e")
        assert tables.fields == FIELDS and len(tables.test) == 4_575
        assert all(text.template is None for text in tables.test)
        for text in tables.test[:500]:
            assert text.spans == find_values(text.words)
            assert all(end <= start for (_, end, _), (start, _, _) in pairwise(text.spans))

    def test_says_how_to_get_it(self, monkeypatch, tmp_path):
        monkeypatch.setenv("LATENTKIT_DATA", str(tmp_path))
        monkeypatch.delenv("LATENTKIT_DATA_MIRROR", raising=False)
        with pytest.raises(MissingFile, match="latentkit data get e2e"):
            load_tables("e2e")
