"""The grammar of announcements says what it says: words, table, template and spans agree, and `parse` finds them."""

import random
from collections import Counter
from itertools import product

import pytest

from latentkit.data.table_grammar import (
    ALWAYS,
    FIELDS,
    PLANS,
    TEMPLATES,
    VALUES,
    draw,
    facts,
    find_values,
    generate,
    parse,
    read_slots,
    realise,
)
from latentkit.data.tables import value_numbers
from latentkit.data.text import tokenize

MOON = {"name": ("paper moon",), "kind": ("concert",)}
LONG = {"name": ("paper moon",), "kind": ("concert",)} | {
    field: (max(VALUES[field], key=lambda value: len(value.split())),)
    for field in ("place", "day", "hour", "price", "seats", "language")
}
HOSTS = ("captain ortiz", "chef bianchi", "doctor moreau")
OWN_WORDS = {
    form
    for plan in PLANS
    for part in plan
    for word in (*part.words, *part.otherwise)
    if not word.startswith("{")
    for form in word.split("/")
}


def said(table, template):
    return " ".join(realise(table, template).words)


@pytest.fixture(scope="module")
def sentences():
    return generate(6_000, seed=3)


@pytest.fixture(scope="module")
def every_kind_of_table():
    """One table for each choice of fields that may lack and each number of hosts."""
    optional = [field for field in FIELDS if field not in (*ALWAYS, "host")]
    tables = []
    for here in product([False, True], repeat=len(optional)):
        for hosts in range(len(HOSTS) + 1):
            table = MOON | {field: LONG[field] for field, present in zip(optional, here, strict=True) if present}
            tables.append(table | ({"host": HOSTS[:hosts]} if hosts else {}))
    return tables


class TestValues:
    def test_there_are_nine_fields_and_fourteen_templates(self):
        assert FIELDS == ("name", "kind", "host", "place", "day", "hour", "price", "seats", "language")
        assert len(TEMPLATES) == 14

    def test_no_word_is_in_two_values_or_among_the_templates_own(self):
        """Without it, what is read off a sentence would be one reading among others."""
        words = [word for values in VALUES.values() for value in values for word in value.split()]
        assert len(set(words)) == len(words)
        assert not set(words) & OWN_WORDS

    def test_values_have_one_or_two_words_and_numbers_one(self):
        for field, values in VALUES.items():
            lengths = {len(value.split()) for value in values}
            assert lengths <= ({1} if field in ("hour", "price", "seats") else {1, 2}), field


class TestGenerate:
    def test_no_event_comes_twice_whatever_the_order_of_its_hosts(self, sentences):
        assert len({facts(sentence.table) for sentence in sentences}) == len(sentences)

    def test_the_seed_decides(self):
        assert generate(50, seed=1) == generate(50, seed=1) != generate(50, seed=2)

    def test_begins_alike_whatever_the_number(self, sentences):
        assert generate(50, seed=3) == sentences[:50]

    def test_templates_fields_and_values_are_drawn_evenly(self, sentences):
        templates = Counter(sentence.template for sentence in sentences)
        assert len(templates) == len(TEMPLATES)
        assert max(templates.values()) / min(templates.values()) < 1.5
        for field, values in VALUES.items():
            counts = Counter(value for sentence in sentences for value in sentence.table.get(field, ()))
            assert set(counts) == set(values)
            assert max(counts.values()) / min(counts.values()) < 1.6, field
        lacking = Counter(field for sentence in sentences for field in FIELDS if field not in sentence.table)
        assert set(lacking) == set(FIELDS) - set(ALWAYS)
        assert 0.15 < min(lacking.values()) / len(sentences) < max(lacking.values()) / len(sentences) < 0.45

    def test_the_template_does_not_depend_on_the_event(self, sentences):
        hosts = Counter((sentence.template, len(sentence.table.get("host", ()))) for sentence in sentences)
        for number in range(4):
            share = sum(len(sentence.table.get("host", ())) == number for sentence in sentences) / len(sentences)
            for template in range(len(TEMPLATES)):
                all_of_it = sum(hosts[template, other] for other in range(4))
                assert abs(hosts[template, number] / all_of_it - share) < 0.1


class TestRealise:
    @pytest.mark.parametrize(
        "table, template, sentence",
        [
            (MOON, 0, "the concert paper moon takes place ."),
            (MOON, 1, "you are invited to the concert paper moon ."),
            (MOON | {"host": ("anna",)}, 1, "anna invites you to the concert paper moon ."),
            (MOON | {"host": ("anna", "hugo")}, 1, "anna and hugo invite you to the concert paper moon ."),
            (
                MOON | {"host": ("anna", "hugo", "doctor moreau"), "price": ("8",)},
                2,
                "paper moon , a concert , is given by anna , hugo and doctor moreau for 8 euros .",
            ),
            (MOON | {"day": ("friday",)}, 3, "looking for a concert on friday ? try paper moon ."),
            (MOON | {"hour": ("ten",)}, 8, "paper moon , which we lead at ten , is a concert ."),
            (MOON | {"place": ("old mill",)}, 5, "the old mill welcomes you to paper moon , the concert ."),
        ],
    )
    def test_says(self, table, template, sentence):
        assert said(table, template) == sentence

    def test_the_order_of_the_fields_in_the_table_changes_nothing(self):
        backwards = dict(reversed(LONG.items()))
        for template in range(len(TEMPLATES)):
            assert realise(backwards, template) == realise(LONG, template)
            assert list(realise(backwards, template).table) == [field for field in FIELDS if field in LONG]

    def test_hosts_are_said_in_their_order(self):
        assert said(MOON | {"host": ("hugo", "anna")}, 1).startswith("hugo and anna")

    def test_every_template_says_every_kind_of_table_within_forty_words(self, every_kind_of_table):
        longest = 0
        for table in every_kind_of_table:
            for template in range(len(TEMPLATES)):
                sentence = realise(table, template)
                assert read_slots(sentence.words) == table
                assert sentence.words[-1] == "."
                assert not any("{" in word or "/" in word or "[" in word for word in sentence.words)
                longest = max(longest, len(sentence.words))
        assert longest == 38

    def test_is_spelt_as_the_tokeniser_spells(self, sentences):
        for sentence in sentences[:1_000]:
            assert tuple(tokenize(" ".join(sentence.words))) == sentence.words

    def test_the_masked_sentence_tells_the_template(self, every_kind_of_table):
        """Whatever table it says: no two templates are the same words around their values."""
        templates = {}
        for table in every_kind_of_table:
            for template in range(len(TEMPLATES)):
                sentence = realise(table, template)
                starts = {start for start, _, _ in sentence.spans}
                inside = {at for start, end, _ in sentence.spans for at in range(start + 1, end)}
                masked = tuple(
                    "<ent>" if at in starts else word for at, word in enumerate(sentence.words) if at not in inside
                )
                assert templates.setdefault(masked, template) == template, masked

    def test_spans_hold_the_values(self, sentences):
        for sentence in sentences:
            found = [(field, " ".join(sentence.words[start:end])) for start, end, field in sentence.spans]
            assert len(found) == len(set(found))
            assert set(found) == facts(sentence.table)
            assert list(sentence.spans) == sorted(sentence.spans)
            assert sentence.spans == find_values(sentence.words)

    def test_neighbouring_values_keep_their_own_numbers(self):
        sentence = realise(MOON, 0)
        assert sentence.words[1:4] == ("concert", "paper", "moon")
        assert value_numbers(len(sentence.words), sentence.spans) == (0, 1, 2, 2, 0, 0, 0)

    @pytest.mark.parametrize(
        "table, template, message",
        [
            (MOON, 14, r"template must be in 0\.\.13, got 14"),
            (MOON, -1, r"template must be in 0\.\.13, got -1"),
            ({"name": ("echoes",)}, 0, "every event has a kind; this table has only name"),
            ({}, 0, "every event has a name; this table has only nothing"),
            (MOON | {"colour": ("red",)}, 0, "there is no field 'colour'; the fields of an event are name, kind, host"),
            (MOON | {"day": ("today",)}, 0, "day must be one of monday, .*; got 'today'"),
            (MOON | {"day": "monday"}, 0, "day must be a tuple of values, such as .*; got 'monday'"),
            (MOON | {"day": ()}, 0, "day must be a tuple of values"),
            (MOON | {"day": ("monday", "friday")}, 0, "day takes one value, got 2: monday, friday"),
            (MOON | {"host": ("anna", "boris", "clara", "david")}, 0, "host takes up to 3 values, got 4"),
            (MOON | {"host": ("anna", "anna")}, 0, "host names one of its values twice: anna, anna"),
        ],
    )
    def test_refuses_what_it_has_no_words_for(self, table, template, message):
        with pytest.raises(ValueError, match=message):
            realise(table, template)


class TestParse:
    def test_finds_table_template_and_spans_of_every_sentence(self, sentences):
        for sentence in sentences:
            assert parse(sentence.words) == sentence

    def test_finds_any_table_in_any_template(self):
        source = random.Random(1)
        for _ in range(400):
            table = draw(source)
            for template in range(len(TEMPLATES)):
                found = parse(realise(table, template).words)
                assert found is not None and (found.table, found.template) == (table, template)

    def test_what_it_accepts_can_be_said(self, sentences):
        """Words are dropped, doubled, swapped and replaced; nothing that the grammar cannot say has an analysis."""
        source = random.Random(0)
        words = sorted({word for sentence in sentences for word in sentence.words})
        refused, said_again = 0, 0
        for sentence in sentences[:4_000]:
            mutated, at = list(sentence.words), source.randrange(len(sentence.words) - 1)
            mutated[at : at + 2] = source.choice(
                [[], [mutated[at]], [mutated[at + 1], mutated[at]], [source.choice(words), mutated[at + 1]]]
            )
            found = parse(mutated)
            refused += found is None
            if found is not None:
                said_again += 1
                assert realise(found.table, found.template).words == tuple(mutated)
        assert refused > 3_000, "few random changes make another sentence of the grammar"
        assert said_again > 20, "some replace a value by another of its field"

    @pytest.mark.parametrize(
        "words",
        [
            "",
            ".",
            "paper moon",
            "the concert paper moon takes place",
            "the concert moon takes place .",
            "the paper moon concert takes place .",
            "the concert paper moon takes place on friday on monday .",
            "the concert paper moon takes place at ten on friday .",
            "the concert paper moon takes place . .",
            "the tour concert paper moon takes place .",
            "anna invite you to the concert paper moon .",
            "anna and hugo invites you to the concert paper moon .",
            "anna , hugo invite you to the concert paper moon .",
            "anna and anna invite you to the concert paper moon .",
            "you are invited to the concert paper moon by anna .",
        ],
    )
    def test_refuses_what_the_grammar_does_not_say(self, words):
        assert parse(words.split()) is None


class TestReadSlots:
    def test_reads_any_text(self):
        text = "on monday , friday ? hugo and paper moon and monday with anna at 5 ."
        assert read_slots(text.split()) == {
            "name": ("paper moon",),
            "host": ("hugo", "anna"),
            "day": ("monday", "friday"),
            "price": ("5",),
        }
        assert list(read_slots(text.split())) == ["name", "host", "day", "price"]

    def test_half_a_value_is_none(self):
        assert read_slots(["moon", "at", "the", "town", "near", "paper"]) == {}

    @pytest.mark.parametrize("read", [parse, read_slots, find_values])
    def test_takes_words_and_no_string(self, read):
        with pytest.raises(TypeError, match="a sentence must be a list of words, got the string 'paper moon'"):
            read("paper moon")
