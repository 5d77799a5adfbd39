"""Tokenising, vocabularies and batches."""

import json

import pytest
import torch

from latentkit.data.text import BOS, EOS, PAD, UNK, Vocabulary, bucketed_batches, collate, tokenize

SENTENCES = [["the", "film", "was", "good"], ["the", "soup", "was", "cold"], ["the", "film"]]


class TestTokenize:
    def test_splits_marks_and_contractions_and_lowers_case(self):
        assert tokenize("She didn't like it, did she?") == ["she", "did", "n't", "like", "it", ",", "did", "she", "?"]
        assert tokenize('"Good," he said.') == ['"', "good", ",", '"', "he", "said", "."]
        assert tokenize("") == []

    @pytest.mark.parametrize("there", [False, True])
    def test_asks_for_sentences_only_where_nltk_can_find_them(self, monkeypatch, there):
        """A single sentence gives the same words with punkt_tab and without."""
        asked = []

        def word_tokenize(text, preserve_line):
            asked.append(preserve_line)
            return text.split()

        monkeypatch.setattr("latentkit.data.text._finds_sentences", lambda: there)
        monkeypatch.setattr("nltk.tokenize.word_tokenize", word_tokenize)
        assert tokenize("A Word") == ["a", "word"]
        assert asked == [not there]


class TestVocabulary:
    def test_numbers_the_frequent_words_first_after_the_special_ones(self):
        vocabulary = Vocabulary.from_sentences(SENTENCES)
        assert vocabulary.words == ["<pad>", "<bos>", "<eos>", "<unk>", "the", "film", "was", "cold", "good", "soup"]
        assert (PAD, BOS, EOS, UNK) == (0, 1, 2, 3)
        assert len(vocabulary) == 10

    def test_leaves_out_the_rare_and_the_too_many(self):
        assert Vocabulary.from_sentences(SENTENCES, min_count=2).words[4:] == ["the", "film", "was"]
        assert Vocabulary.from_sentences(SENTENCES, max_size=6).words[4:] == ["the", "film"]
        assert len(Vocabulary.from_sentences(SENTENCES, max_size=2)) == 4

    def test_decoding_undoes_encoding(self):
        vocabulary = Vocabulary.from_sentences(SENTENCES)
        for sentence in SENTENCES:
            assert vocabulary.decode(vocabulary.encode(sentence)) == " ".join(sentence)

    def test_an_unknown_word_becomes_unk_and_so_does_the_corpus_own_unk(self):
        vocabulary = Vocabulary.from_sentences([["a", "<unk>"]])
        assert vocabulary.encode(["a", "tiger", "<unk>"]) == [4, UNK, UNK]
        assert len(vocabulary) == 5

    def test_decoding_stops_at_the_end_and_shows_no_padding(self):
        vocabulary = Vocabulary.from_sentences(SENTENCES)
        assert vocabulary.decode(torch.tensor([BOS, 4, UNK, EOS, 5, PAD])) == "the <unk>"
        assert vocabulary.decode([PAD, EOS]) == ""

    def test_survives_a_file(self, tmp_path):
        vocabulary = Vocabulary(["naïve", "“"])
        vocabulary.save(tmp_path / "words.json")
        assert Vocabulary.load(tmp_path / "words.json").words == vocabulary.words

    @pytest.mark.parametrize("content, message", [("{", "not a JSON file"), (json.dumps(["a"]), "not a vocabulary")])
    def test_says_what_is_wrong_with_a_file(self, tmp_path, content, message):
        (tmp_path / "words.json").write_text(content)
        with pytest.raises(ValueError, match=message):
            Vocabulary.load(tmp_path / "words.json")

    def test_refuses_a_word_twice(self):
        with pytest.raises(ValueError, match="'a' is there twice"):
            Vocabulary(["a", "b", "a"])


class TestBatches:
    def test_collate_frames_and_pads(self):
        assert collate([[4, 5], [], [6]]).tolist() == [[BOS, 4, 5, EOS], [BOS, EOS, PAD, PAD], [BOS, 6, EOS, PAD]]

    def test_a_pass_holds_each_sentence_once(self):
        sentences = [[4 + index] * (1 + index % 7) for index in range(1_000)]
        batches = list(bucketed_batches(sentences, 32))
        rows = [row[(row != PAD) & (row != BOS) & (row != EOS)].tolist() for batch in batches for row in batch]
        assert sorted(rows) == sorted(sentences)
        assert [len(batch) for batch in batches].count(32) == 31

    def test_little_is_padding_and_the_order_is_random(self):
        generator = torch.Generator().manual_seed(0)
        sentences = [[4] * int(length) for length in torch.randint(1, 40, (2_000,), generator=generator)]
        batches = list(bucketed_batches(sentences, 32, generator))
        padded = sum((batch == PAD).sum().item() for batch in batches) / sum(batch.numel() for batch in batches)
        assert padded < 0.05
        widths = [batch.shape[1] for batch in batches]
        assert widths != sorted(widths)

    def test_the_seed_decides_the_order(self):
        sentences = [[4 + index] for index in range(100)]
        first, again, other = (
            [batch.tolist() for batch in bucketed_batches(sentences, 8, torch.Generator().manual_seed(seed))]
            for seed in (1, 1, 2)
        )
        assert first == again != other

    def test_an_impossible_size_is_refused(self):
        with pytest.raises(ValueError, match="batch_size must be at least 1, got 0"):
            next(bucketed_batches([[4]], 0))
