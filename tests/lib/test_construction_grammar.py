"""The grammar of constructions: meaning and syntax vary independently, and `parse` finds both again."""

import random
from collections import Counter
from dataclasses import replace
from itertools import product

import nltk
import pytest

from latentkit.data.construction_grammar import (
    CONSTRUCTIONS,
    FUNCTION_WORDS,
    OF_PEOPLE,
    PEOPLE,
    SYNTAXES,
    TENSES,
    THINGS,
    Meaning,
    Syntax,
    adjectives_of,
    draw,
    generate,
    parse,
    realise,
)
from latentkit.data.grammar import brackets
from latentkit.data.parses import skeleton

TEACHER = Meaning("teacher", "proud", "praised", "film", "odd", "gladly", "past")
NURSE = replace(TEACHER, patient="nurse", patient_is="young")
SAID = {
    "active": "the proud teacher had praised the odd film gladly .",
    "passive": "the odd film had been praised by the proud teacher gladly .",
    "question": "had the proud teacher praised the odd film gladly ?",
    "passive question": "had the odd film been praised by the proud teacher gladly ?",
    "agent cleft": "it was the proud teacher who had praised the odd film gladly .",
    "patient cleft": "it was the odd film that the proud teacher had praised gladly .",
    "agent first": "the proud teacher was the one who had praised the odd film gladly .",
    "patient first": "the odd film was the one that the proud teacher had praised gladly .",
}


@pytest.fixture(scope="module")
def meanings():
    source = random.Random(4)
    return [draw(source, reversible=0.5) for _ in range(12)]


def content(words):
    return Counter(word for word in words if word not in FUNCTION_WORDS)


@pytest.mark.parametrize("construction", CONSTRUCTIONS)
def test_a_meaning_is_said_in_each_construction(construction):
    assert " ".join(realise(TEACHER, Syntax(construction, False, False)).words) == SAID[construction]


def test_an_adverb_can_come_first_and_an_agent_be_described_by_a_clause():
    said = realise(replace(TEACHER, tense="present"), Syntax("agent first", True, True))
    assert " ".join(said.words) == ("gladly , the teacher who is proud is the one who has praised the odd film .")


def test_there_are_32_ways_to_say_a_meaning(meanings):
    assert len(SYNTAXES) == 32
    for meaning in meanings:
        assert len({realise(meaning, syntax).words for syntax in SYNTAXES}) == 32


def test_parse_finds_every_sentence_again(meanings):
    for meaning, syntax in product(meanings, SYNTAXES):
        said = realise(meaning, syntax)
        assert parse(said.words) == said


def test_no_two_meanings_are_said_in_the_same_words():
    people, adjectives = PEOPLE[:3], OF_PEOPLE[:2]
    small = [
        Meaning(agent, agent_is, "praised", patient, patient_is, "gladly", tense)
        for agent, agent_is, patient, tense in product(people, adjectives, (*people, THINGS[0]), TENSES)
        for patient_is in adjectives_of(patient)[:2]
        if agent != patient
    ]
    said = {realise(meaning, syntax).words: meaning for meaning, syntax in product(small, SYNTAXES)}
    assert len(said) == len(small) * len(SYNTAXES)


def test_the_tree_without_words_is_the_syntax_alone(meanings):
    by_syntax = {
        syntax: {skeleton(brackets(realise(meaning, syntax).tree)) for meaning in meanings} for syntax in SYNTAXES
    }
    assert all(len(found) == 1 for found in by_syntax.values())
    assert len({next(iter(found)) for found in by_syntax.values()}) == 32


def test_the_words_without_the_small_ones_are_the_meaning_alone(meanings):
    for meaning in meanings:
        bags = [content(realise(meaning, syntax).words) for syntax in SYNTAXES]
        assert all(bag == bags[0] and bag.total() == 7 for bag in bags)


def test_what_cannot_be_reversed_is_told_by_its_words_alone():
    source = random.Random(1)
    found = {}
    for meaning in {draw(source) for _ in range(3000)}:
        bag = frozenset(content(realise(meaning, SYNTAXES[0]).words).items())
        assert found.setdefault(bag, meaning) == meaning


def test_what_can_be_reversed_is_not():
    other = Meaning("nurse", "young", "praised", "teacher", "proud", "gladly", "past")
    assert content(realise(NURSE, SYNTAXES[0]).words) == content(realise(other, SYNTAXES[0]).words)
    assert parse(realise(NURSE, SYNTAXES[0]).words).meaning == NURSE != other


def test_the_leaves_of_the_tree_are_the_words(meanings):
    for meaning, syntax in product(meanings[:5], SYNTAXES):
        said = realise(meaning, syntax)
        assert tuple(nltk.Tree.fromstring(brackets(said.tree)).leaves()) == said.words


def test_what_is_no_sentence_has_no_parse():
    words = SAID["passive"].split()
    for place in range(len(words)):
        assert parse(words[:place] + words[place + 1 :]) is None
        assert parse([*words[:place], words[place], *words[place:]]) is None
    for line in ("", "the film", "the proud film had praised the odd teacher gladly .",
                 "the proud teacher had praised the proud teacher gladly .",
                 "it is the proud teacher who had praised the odd film gladly .",
                 "the odd teacher had praised the proud film gladly ."):  # fmt: skip
        assert parse(line.split()) is None, line
    with pytest.raises(TypeError, match="split it first"):
        parse(SAID["passive"])


def test_generate_draws_different_meanings_and_repeats_itself():
    sentences = generate(800, seed=2, reversible=0.5)
    assert sentences == generate(800, seed=2, reversible=0.5) != generate(800, seed=3, reversible=0.5)
    assert len({sentence.meaning for sentence in sentences}) == 800
    share = sum(sentence.meaning.patient in PEOPLE for sentence in sentences) / 800
    assert 0.42 < share < 0.58  # 4.5 standard errors
    assert all(sentence.meaning.patient in THINGS for sentence in generate(300))
    counts = Counter(sentence.syntax for sentence in sentences)
    assert counts.keys() == set(SYNTAXES) and max(counts.values()) < 60


@pytest.mark.parametrize(
    "change, words",
    [
        ({"agent": "film"}, "agent must be one of 'actor'"),
        ({"patient": "teacher", "patient_is": "young"}, "agent and patient must be two"),
        ({"patient_is": "proud"}, "patient_is must be one of 'ancient'"),
        ({"tense": "future"}, "tense must be one of 'past', 'present', got 'future'"),
    ],
)
def test_what_the_grammar_has_no_words_for_is_refused(change, words):
    with pytest.raises(ValueError, match=words):
        realise(replace(TEACHER, **change), SYNTAXES[0])


def test_an_unknown_construction_is_refused():
    with pytest.raises(ValueError, match="construction must be one of"):
        realise(TEACHER, Syntax("imperative", False, False))
