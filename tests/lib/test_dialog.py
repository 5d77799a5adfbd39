"""Dialogues: the car assistant's grammar keeps its promises; the real corpora are read with their defects mended."""

import copy
import re
from collections import Counter
from functools import cache
from itertools import pairwise

import pytest

from latentkit.data.assistant import ACTIONS, COLOURS, FACTS, REQUESTS, generate
from latentkit.data.dialog import Turn, context_words, load_dialogs
from latentkit.data.download import MissingFile
from latentkit.data.sentences import load_sentences
from latentkit.data.text import EOS, UNK, Vocabulary, tokenize
from tests.lib.common import skip_unless_here

SPLITS = ("train", "valid", "test")


@cache
def corpus(name):
    """The corpus, or a skip where its files are not here."""
    if name != "embedded":
        skip_unless_here(name)
    return load_dialogs(name)


@pytest.fixture(scope="module")
def dialogues():
    return list(generate(1500, seed=1))


@pytest.fixture(scope="module")
def utterances(dialogues):
    return [utterance for dialogue in dialogues for utterance in dialogue]


class TestGrammar:
    def test_is_repeated_by_its_seed_and_another_seed_says_something_else(self, dialogues):
        assert list(generate(50, seed=1)) == dialogues[:50]
        assert list(generate(50, seed=2)) != dialogues[:50]

    def test_no_dialogue_comes_twice(self, dialogues):
        assert len({tuple(utterance.words for utterance in dialogue) for dialogue in dialogues}) == len(dialogues)

    def test_is_spelt_as_the_tokeniser_spells(self, utterances):
        for utterance in utterances:
            assert tuple(tokenize(" ".join(utterance.words))) == utterance.words

    def test_every_action_occurs_often_with_its_speaker(self, utterances):
        counts = Counter(utterance.action for utterance in utterances)
        assert set(counts) == set(ACTIONS) and len(counts) >= 10
        assert min(counts.values()) > len(utterances) / 100
        assert all(utterance.speaker == ACTIONS[utterance.action].speaker for utterance in utterances)

    def test_the_slots_are_the_facts_that_are_mentioned(self, utterances):
        for utterance in utterances:
            said = " ".join(utterance.words)
            for name, value in utterance.slots.items():
                assert value in FACTS[name] and value in said

    def test_facts_stay_within_a_dialogue(self, dialogues):
        for dialogue in dialogues:
            for name in FACTS:
                assert len({utterance.slots[name] for utterance in dialogue if name in utterance.slots}) <= 1

    def test_the_sentiment_is_in_the_words(self, utterances):
        """A colour says it, or the action always has it."""
        for utterance in utterances:
            said = " ".join(utterance.words)
            colours = {
                mood for moods in COLOURS.values() for mood, phrases in moods.items() for phrase in phrases
                if said.startswith(phrase)
            }  # fmt: skip
            assert colours <= {utterance.sentiment}
            if not colours:
                assert utterance.sentiment in ("neutral", ACTIONS[utterance.action].sentiments[0])

    def test_speakers_take_turns_and_the_driver_begins_with_a_request(self, dialogues):
        requests = {request for _, request, _, _ in REQUESTS.values()}
        for dialogue in dialogues:
            assert dialogue[0].action in requests
            assert [utterance.speaker for utterance in dialogue] == ["driver", "assistant"] * (len(dialogue) // 2)

    def test_the_same_request_meets_an_answer_a_question_and_an_apology(self, dialogues):
        reactions = {dialogue[1].action for dialogue in dialogues if dialogue[0].action == "request-weather"}
        assert reactions == {"inform-weather", "ask-detail", "apologise"}

    def test_what_was_mentioned_is_not_asked_for(self, dialogues):
        for first, second, *rest in dialogues:
            if second.action == "ask-detail":
                assert not set(rest[0].slots) & set(first.slots)

    def test_the_question_mark_is_no_label(self, utterances):
        """Every request is made with and without one."""
        for _, request, _, _ in REQUESTS.values():
            marks = Counter("?" in utterance.words for utterance in utterances if utterance.action == request)
            assert min(marks[True], marks[False]) > 20, request


class TestEmbedded:
    def test_sizes(self):
        dialogs = corpus("embedded")
        assert len(dialogs.train) > 12_000 and min(len(dialogs.valid), len(dialogs.test)) > 1_200
        assert len({turn.words for turn in dialogs.train}) > 4_000

    def test_the_training_set_has_every_word(self):
        dialogs = corpus("embedded")
        vocabulary = Vocabulary.from_sentences(turn.words for turn in dialogs.train)
        assert len(vocabulary) < 350
        assert not any(UNK in vocabulary.encode(turn.words) for turn in (*dialogs.valid, *dialogs.test))

    def test_no_whole_dialogue_is_in_two_splits(self):
        dialogs = corpus("embedded")

        def whole(turns):
            found, said = set(), []
            for turn in turns:
                if not turn.context and said:
                    found.add(tuple(said))
                    said = []
                said.append(turn.words)
            return found | {tuple(said)}

        parts = [whole(getattr(dialogs, part)) for part in SPLITS]
        assert [len(part) for part in parts] == [3_000, 300, 300]
        assert len(set.union(*parts)) == 3_600

    def test_what_a_caller_does_to_the_labels_stays_with_the_caller(self):
        place = next(n for n, turn in enumerate(load_dialogs().train) if turn.labels["slots"])
        before = copy.deepcopy(load_dialogs().train[place].labels)
        labels = load_dialogs().train[place].labels
        labels["slots"].clear()
        labels["action"] = "none"
        assert load_dialogs().train[place].labels == before

    def test_contexts_are_what_was_said_before(self):
        turns = corpus("embedded").test
        for before, turn in pairwise(turns):
            if turn.context:
                assert turn.context[-1] == before.words
                assert turn.context[:-1] == before.context[-1:]
        assert {len(turn.context) for turn in turns} == {0, 1, 2}


class TestStanford:
    def test_empty_utterances_are_gone_and_speakers_alternate(self):
        """12,732, 1,567 and 1,629 are published. Each empty one also lets two by one speaker meet, but at an end."""
        dialogs = corpus("stanford_multi_domain")
        for part, published, empty, joined in [("train", 12_732, 7, 18), ("valid", 1_567, 1, 2), ("test", 1_629, 2, 4)]:
            turns = getattr(dialogs, part)
            assert len(turns) == published - empty - joined
            assert all(turn.words for turn in turns)
            for before, turn in pairwise(turns):
                if turn.context:
                    assert before.labels["speaker"] != turn.labels["speaker"]

    def test_domains_are_the_published_ones(self):
        turns = corpus("stanford_multi_domain").test
        opening = Counter(turn.labels["domain"] for turn in turns if not turn.context)
        assert opening == {"calendar": 104, "navigation": 100, "weather": 100}

    def test_is_tokenised(self):
        said = {word for turn in corpus("stanford_multi_domain").train for word in turn.words}
        assert "'s" in said and "n't" in said and not any(re.search(r"\s|[A-Z]", word) for word in said)


class TestDailyDialog:
    def test_turns_are_the_sentences_of_the_other_loader(self):
        dialogs = corpus("dailydialog")
        sentences = load_sentences("dailydialog")
        for part in SPLITS:
            assert [list(turn.words) for turn in getattr(dialogs, part)] == getattr(sentences, part)
            assert [turn.labels for turn in getattr(dialogs, part)] == sentences.labels[part]

    def test_a_thousand_test_dialogues_begin_without_a_context(self):
        assert sum(not turn.context for turn in corpus("dailydialog").test) == 1_000


def test_long_turns_are_left_out_but_stay_in_contexts():
    short, whole = load_dialogs(max_words=6), corpus("embedded")
    assert short.train == [turn for turn in whole.train if len(turn.words) <= 6]
    assert any(len(utterance) > 6 for turn in short.train for utterance in turn.context)


def test_a_context_is_one_sequence_that_the_vocabulary_reads():
    turn = Turn((("play", "jazz"), ("by", "whom", "?")), ("nina", "gold"), {})
    assert context_words(turn) == ["play", "jazz", "<eos>", "by", "whom", "?"]
    assert Vocabulary(["play", "jazz"]).encode(context_words(turn))[2] == EOS
    assert context_words(Turn((), ("hello",), {})) == []


def test_an_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(ValueError, match="there are: embedded, dailydialog, stanford_multi_domain"):
        load_dialogs("multiwoz")


def test_a_missing_corpus_says_how_to_get_it(no_downloads):
    with pytest.raises(MissingFile, match="latentkit data get stanford_multi_domain"):
        load_dialogs("stanford_multi_domain")
