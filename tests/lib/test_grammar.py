"""The embedded grammar says what it says: labels, parse and words agree, and one factor can be changed alone."""

import random
from collections import Counter
from dataclasses import asdict, replace

import pytest
from nltk import Tree

from latentkit.data.grammar import (
    CHOICES,
    FEELINGS,
    OPINIONS,
    OPPOSITE,
    PATTERNS,
    QUALITIES,
    THINGS,
    TIMES,
    Factors,
    draw,
    generate,
    realise,
)
from latentkit.data.grammar_parser import parse

FILM = Factors(
    pattern="opinion",
    subject="my sister",
    age="",
    topic="art",
    thing="film",
    look="",
    attitude="positive",
    choice=2,
    negated=False,
    tense="past",
    time="",
    time_first=False,
    reason=None,
)


def said(**changes):
    return " ".join(realise(replace(FILM, **changes)).words)


@pytest.fixture(scope="module")
def sentences():
    return generate(21_000)


class TestGenerate:
    def test_gives_more_than_20_000_different_sentences(self, sentences):
        assert len({sentence.words for sentence in sentences}) == 21_000

    def test_the_seed_decides(self):
        assert generate(50, seed=1) == generate(50, seed=1) != generate(50, seed=2)

    def test_begins_alike_whatever_the_number(self, sentences):
        assert generate(50) == sentences[:50]

    def test_factors_are_drawn_evenly_and_independently(self):
        source = random.Random(0)
        drawn = [draw(source) for _ in range(20_000)]
        for value, expected in [("pattern", 3), ("attitude", 2), ("tense", 3), ("topic", 4)]:
            counts = Counter(getattr(factors, value) for factors in drawn)
            assert len(counts) == expected
            assert max(counts.values()) / min(counts.values()) < 1.1
        pairs = Counter((factors.tense, factors.polarity, factors.negated) for factors in drawn)
        assert len(pairs) == 12 and max(pairs.values()) / min(pairs.values()) < 1.2


class TestParse:
    def test_leaves_are_the_words_and_nltk_reads_it(self, sentences):
        for sentence in sentences[:2_000]:
            tree = Tree.fromstring(sentence.parse)
            assert tuple(tree.leaves()) == sentence.words
            assert tree.label() == "S"

    def test_of_one_sentence(self):
        assert realise(replace(FILM, negated=True, reason=0)).parse == (
            "(S (NP (PRP$ my) (NN sister)) (VP (VBD did) (RB not) (VP (VB enjoy) (NP (DT the) (NN film))) "
            "(SBAR (IN because) (S (NP (PRP it)) (VP (VBD was) (ADJP (JJ boring)))))) (. .))"
        )


class TestRealise:
    @pytest.mark.parametrize(
        "changes, sentence",
        [
            ({}, "my sister enjoyed the film ."),
            ({"tense": "present"}, "my sister enjoys the film ."),
            ({"tense": "future"}, "my sister will enjoy the film ."),
            ({"negated": True}, "my sister did not enjoy the film ."),
            ({"negated": True, "tense": "present"}, "my sister does not enjoy the film ."),
            ({"negated": True, "tense": "future"}, "my sister will not enjoy the film ."),
            ({"subject": "they", "negated": True, "tense": "present"}, "they do not enjoy the film ."),
            ({"subject": "the child", "age": "young", "tense": "present"}, "the young child enjoys the film ."),
            ({"subject": "the children", "tense": "present"}, "the children enjoy the film ."),
            ({"time": "last week"}, "my sister enjoyed the film last week ."),
            ({"time": "last week", "time_first": True}, "last week , my sister enjoyed the film ."),
            ({"time": "last week", "reason": 1}, "my sister enjoyed the film last week because it was funny ."),
            ({"pattern": "feeling", "subject": "i", "tense": "present"}, "i am pleased with the film ."),
            ({"pattern": "feeling", "subject": "you"}, "you were pleased with the film ."),
            ({"pattern": "feeling", "subject": "she", "tense": "future"}, "she will be pleased with the film ."),
            ({"pattern": "description", "subject": "", "look": "old"}, "the old film was moving ."),
            (
                {"pattern": "description", "subject": "", "negated": True, "tense": "present"},
                "the film is not moving .",
            ),
        ],
    )
    def test_inflects(self, changes, sentence):
        assert said(**changes) == sentence

    def test_a_negation_turns_the_polarity_round_and_the_reason_follows(self):
        for attitude in OPPOSITE:
            for negated in (False, True):
                sentence = realise(replace(FILM, attitude=attitude, negated=negated, reason=0))
                assert sentence.labels["polarity"] == (OPPOSITE[attitude] if negated else attitude)
                assert ("brilliant" in sentence.words) == (sentence.labels["polarity"] == "positive")

    def test_labels_can_be_read_off_the_words(self, sentences):
        for sentence in sentences:
            words, labels = sentence.words, sentence.labels
            assert ("not" in words) == labels["negated"]
            assert ("will" in words) == (labels["tense"] == "future")
            assert labels["thing"] in words and ("because" in words) == (labels["reason"] is not None)
            assert labels["time"] in " ".join(words)

    def test_every_choice_of_every_pattern_has_words(self):
        for pattern in PATTERNS:
            for attitude in OPPOSITE:
                subject = "" if pattern == "description" else "we"
                found = {
                    said(pattern=pattern, attitude=attitude, choice=choice, subject=subject)
                    for choice in range(CHOICES[pattern])
                }
                assert len(found) == CHOICES[pattern]

    @pytest.mark.parametrize(
        "changes, message",
        [
            ({"tense": "soon"}, "tense must be one of 'past', 'present', 'future' here, got 'soon'"),
            ({"time": "tomorrow"}, "time must be one of '', 'yesterday'"),
            ({"time_first": True}, "time_first must be one of False here"),
            ({"age": "old"}, "age must be one of '' here, got 'old'"),
            ({"thing": "soup"}, "thing must be one of 'film'"),
            ({"choice": 5}, "choice must be one of 0, 1, 2, 3, 4 here, got 5"),
            ({"pattern": "description"}, "subject must be one of '' here, got 'my sister'"),
        ],
    )
    def test_refuses_what_makes_no_sentence(self, changes, message):
        with pytest.raises(ValueError, match=message):
            said(**changes)

    def test_time_phrases_fit_their_tense(self):
        for tense, phrases in TIMES.items():
            for phrase in phrases:
                assert said(tense=tense, time=phrase).endswith(f"{phrase} .")


class TestParser:
    def test_finds_the_factors_of_every_sentence(self, sentences):
        for sentence in sentences:
            factors = parse(sentence.words)
            assert factors is not None, sentence.words
            assert asdict(factors).items() <= sentence.labels.items(), sentence.words

    def test_no_word_means_two_things(self):
        """Without it the factors that are read off would be one analysis among others."""
        forms = [form for verbs in OPINIONS.values() for verb in verbs for form in verb]
        feelings = [adjective for pairs in FEELINGS.values() for adjective, _ in pairs]
        qualities = [word for sides in QUALITIES.values() for words in sides.values() for word in words]
        things = [thing for found in THINGS.values() for thing in found]
        phrases = [phrase for found in TIMES.values() for phrase in found]
        for words in (forms + feelings + qualities + things, phrases):
            assert len(set(words)) == len(words)

    def test_what_it_accepts_can_be_said(self, sentences):
        """Words are dropped, doubled, swapped and replaced; nothing that the grammar cannot say has an analysis."""
        source = random.Random(0)
        words = sorted({word for sentence in sentences for word in sentence.words})
        refused = 0
        for sentence in sentences[:4_000]:
            mutated, at = list(sentence.words), source.randrange(len(sentence.words) - 1)
            mutated[at : at + 2] = source.choice(
                [[], [mutated[at]], [mutated[at + 1], mutated[at]], [source.choice(words), mutated[at + 1]]]
            )
            factors = parse(mutated)
            refused += factors is None
            assert factors is None or realise(factors).words == tuple(mutated)
        assert refused > 3_000, "few random changes make another sentence of the grammar"

    @pytest.mark.parametrize(
        "words",
        [
            "",
            ".",
            "the film",
            "my sister enjoyed the film",
            "my sister enjoyed film .",
            "my sister enjoy the film .",
            "my sister enjoyed the film tomorrow .",
            "my sister enjoyed the film because it was delicious .",
            "my sister enjoyed the film because it was boring .",
            "my sister , enjoyed the film .",
            "my young sister enjoyed the film .",
            "my sister enjoyed the film the film .",
            "tomorrow , my sister will enjoy the film next week .",
            "the film was not not moving .",
            "will be happy with the film .",
        ],
    )
    def test_refuses_what_the_grammar_does_not_say(self, words):
        assert parse(words.split()) is None
