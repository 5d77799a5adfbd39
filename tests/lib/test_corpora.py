"""Corpora of sentences by name. The real ones are read from a mirror folder where LATENTKIT_DATA_MIRROR names one."""

import os
import re
from functools import cache
from pathlib import Path

import pytest

from latentkit.data import load_sentences
from latentkit.data.download import MissingFile
from latentkit.data.sentences import _with_stops_apart, regular_words, sentiment_phrases
from latentkit.data.text import UNK, Vocabulary
from tests.lib.common import skip_unless_here


@cache
def real(name):
    """The corpus, or a skip where its files are not here."""
    skip_unless_here(name)
    return load_sentences(name)


@pytest.fixture(scope="module")
def embedded():
    return load_sentences()


class TestEmbedded:
    def test_sizes_labels_and_parses_agree(self, embedded):
        for part, size in [("train", 24_000), ("valid", 2_000), ("test", 2_000)]:
            assert len(getattr(embedded, part)) == len(embedded.labels[part]) == len(embedded.parses[part]) == size
        assert all(labels["tense"] in ("past", "present", "future") for labels in embedded.labels["test"])

    def test_no_sentence_is_in_two_splits(self, embedded):
        everything = [tuple(words) for part in ("train", "valid", "test") for words in getattr(embedded, part)]
        assert len(set(everything)) == len(everything) == 28_000

    def test_the_training_set_has_every_word(self, embedded):
        vocabulary = Vocabulary.from_sentences(embedded.train)
        assert len(vocabulary) < 200
        assert not any(UNK in vocabulary.encode(words) for words in embedded.test)

    def test_what_a_caller_does_to_the_labels_stays_with_the_caller(self):
        before = dict(load_sentences().labels["train"][0])
        load_sentences().labels["train"][0].clear()
        assert load_sentences().labels["train"][0] == before

    def test_long_sentences_can_be_left_out(self, embedded):
        short = load_sentences(max_words=7)
        assert short.train == [words for words in embedded.train if len(words) <= 7]
        assert len(short.labels["test"]) == len(short.parses["test"]) == len(short.test) > 100


class TestSentencePolarity:
    @pytest.fixture
    def corpus(self):
        return real("sentence_polarity")

    def test_is_split_by_polarity(self, corpus):
        assert [len(corpus.train), len(corpus.valid), len(corpus.test)] == [8_530, 1_066, 1_066]
        for part, half in [("train", 4_265), ("valid", 533), ("test", 533)]:
            assert [labels["polarity"] for labels in corpus.labels[part]].count("positive") == half

    def test_is_free_of_control_characters_and_repetitions(self, corpus):
        everything = [" ".join(words) for part in ("train", "valid", "test") for words in getattr(corpus, part)]
        assert len(set(everything)) == len(everything)
        assert not any("\x80" <= letter <= "\x9f" for sentence in everything for letter in sentence)


class TestSst:
    @pytest.fixture
    def corpus(self):
        return real("sst")

    def test_has_the_official_split_and_labels(self, corpus):
        assert [len(corpus.train), len(corpus.valid), len(corpus.test)] == [8_544, 1_101, 2_210]
        grades = [labels["sentiment"] for labels in corpus.labels["test"]]
        assert [grades.count(grade) for grade in range(5)] == [279, 633, 389, 510, 399]
        polarities = [labels["polarity"] for labels in corpus.labels["test"]]
        assert (polarities.count("negative"), polarities.count("neutral")) == (279 + 633, 389)

    def test_is_spelt_as_the_tokeniser_spells(self, corpus):
        words = {word for part in ("train", "valid", "test") for sentence in getattr(corpus, part) for word in sentence}
        assert not any("\\" in word or word in ("-lrb-", "``", "''") for word in words)
        assert {"(", ")", '"', "n't", "writer/director", "clichés"} <= words

    def test_each_parse_begins_with_its_sentence(self, corpus):
        for part in ("train", "valid", "test"):
            for words, labels, parse in zip(
                getattr(corpus, part), corpus.labels[part], corpus.parses[part], strict=True
            ):
                assert sentiment_phrases(parse)[0] == (words, labels)


def test_phrases_of_a_parse_have_their_own_sentiment():
    found = sentiment_phrases("(3 (1 (2 not) (0 bad)) (2 -LRB-))")
    assert [(" ".join(words), labels["polarity"]) for words, labels in found] == [
        ("not bad (", "positive"),
        ("not bad", "negative"),
        ("not", "neutral"),
        ("bad", "negative"),
        ("(", "neutral"),
    ]
    assert [labels["sentiment"] for _, labels in found] == [3, 1, 2, 0, 2]


class TestPtb:
    @pytest.fixture
    def corpus(self):
        return real("ptb")

    def test_is_the_published_one(self, corpus):
        assert [len(corpus.train), len(corpus.valid), len(corpus.test)] == [42_068, 3_370, 3_761]
        assert sum(map(len, corpus.train)) == 887_521

    def test_its_own_unknown_word_is_the_vocabularys(self, corpus):
        vocabulary = Vocabulary.from_sentences(corpus.train)
        assert len(vocabulary) == 9_998 + 4, "9,999 types, of which <unk> is one"
        unknown = sum(vocabulary.encode(words).count(UNK) for words in corpus.valid)
        assert unknown == 3_485, "no other word is unknown"


class TestDailyDialog:
    @pytest.fixture
    def corpus(self):
        return real("dailydialog")

    def test_the_test_split_is_whole_and_the_others_are_free_of_its_dialogues(self, corpus):
        assert [len(corpus.train), len(corpus.valid), len(corpus.test)] == [78_105, 7_965, 7_740]
        assert all(len(getattr(corpus, part)) == len(labels) for part, labels in corpus.labels.items())

    def test_labels_are_the_published_ones(self, corpus):
        acts = [labels["act"] for labels in corpus.labels["test"]]
        emotions = [labels["emotion"] for labels in corpus.labels["test"]]
        assert [acts.count(act) for act in ("inform", "question", "directive", "commissive")] == [
            3_534,
            2_210,
            1_278,
            718,
        ]
        assert (emotions.count("none"), emotions.count("fear")) == (6_321, 17)

    def test_apostrophes_are_regular(self, corpus):
        assert not any("’" in word for words in corpus.train for word in words)
        assert ["i", "'m"] in [words[:2] for words in corpus.train]

    def test_full_stops_are_apart_but_in_addresses_abbreviations_and_beside_rare_words(self, corpus):
        inside = re.compile(r"[^\W\d_]\.[^\W\d_]")
        left = {part: [word for words in getattr(corpus, part) for word in words if inside.search(word)]
                for part in ("train", "valid", "test")}  # fmt: skip
        assert [len(words) for words in left.values()] == [56, 5, 8]
        assert {"stars.com", "www.google.com", "p.m", "gallons.of"} <= set(left["train"])
        assert ["ok", ".", "here"] in [words[:3] for words in corpus.train]


class TestSpelling:
    @pytest.mark.parametrize(
        "line, words",
        [
            ("I don ’ t know.But I ’ m sure .", "i do n't know . but i 'm sure ."),
            ("It's fun , isn't it ?", "it 's fun , is n't it ?"),
            ("“ Yes ” — he can't", '" yes " -- he ca n\'t'),
            ("the characters ' voices", "the characters ' voices"),
        ],
    )
    def test_is_that_of_the_tokeniser(self, line, words):
        assert " ".join(regular_words(line)) == words


@pytest.mark.parametrize(
    "line, words",
    [
        ("sorry.sir !", "sorry . sir !"),
        ("see stars.com", "see stars.com"),
        ("at a.m.sorry", "at a.m.sorry"),
        ("sorry.gallons", "sorry.gallons"),
        ("a.sir", "a.sir"),
        ("sorry .", "sorry ."),
    ],
)
def test_a_stop_between_two_common_words_is_apart(line, words):
    counts = {"sorry": 5, "sir": 9, "stars": 20, "com": 7, "gallons": 4, "a": 99}
    assert " ".join(_with_stops_apart(line.split(), counts)) == words


def test_an_unknown_name_is_answered_with_the_known_ones():
    known = "embedded, constructions, reversible, sentence_polarity, sst, ptb, treebank, dailydialog"
    with pytest.raises(ValueError, match=f"there are: {known}"):
        load_sentences("brown")


def test_a_missing_corpus_says_how_to_get_it(no_downloads):
    with pytest.raises(MissingFile, match="latentkit data get ptb"):
        load_sentences("ptb")


@pytest.mark.skipif(
    not (Path(os.environ.get("LATENTKIT_DATA_MIRROR", "")) / "nltk_data" / "packages").is_dir(),
    reason="LATENTKIT_DATA_MIRROR holds no nltk_data",
)
def test_punkt_is_used_where_it_is(monkeypatch):
    import nltk

    from latentkit.data import text

    monkeypatch.setattr(nltk.data, "path", [str(Path(os.environ["LATENTKIT_DATA_MIRROR"]) / "nltk_data" / "packages")])
    text._finds_sentences.cache_clear()
    try:
        assert text.tokenize("I like it. He does, too.") == ["i", "like", "it", ".", "he", "does", ",", "too", "."]
    finally:
        text._finds_sentences.cache_clear()
