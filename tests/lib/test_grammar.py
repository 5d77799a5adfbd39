"""The embedded grammar says what it says: labels, parse and words agree, and one factor can be changed alone."""

import random
from collections import Counter
from dataclasses import replace

import pytest
from nltk import Tree

from latentkit.data.grammar import CHOICES, OPPOSITE, PATTERNS, TIMES, Factors, draw, generate, realise

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
