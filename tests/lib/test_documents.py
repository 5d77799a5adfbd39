"""Documents for topic models: what is planted is there, what is read is repaired, what is dropped is stated."""

import gzip
import hashlib

import numpy as np
import pytest

from latentkit.data import Counts, count_words, load_counts, load_documents, plant_documents
from latentkit.data.counting import words_of
from latentkit.data.download import find, read
from latentkit.data.lda_c import read_lda_c
from latentkit.data.planted import CONCENTRATION, FALLING, RISING, TOPICS, YEARS, magazine_trend
from latentkit.data.registry import DataSet, RemoteFile
from latentkit.data.stop_words import BY_CLASS, STOP_WORDS
from tests.lib.common import skip_unless_here


def corpus(name):
    if name != "embedded":
        skip_unless_here(name)
    return load_documents(name)


class TestCountWords:
    TEXTS = (
        "The cat sat; the cat's mat. See https://cats.org/a?b=1!",
        "A mat, a rug – 22 mats",
        "dogs' don’t-care ox",
        "of",
    )

    def test_words_are_in_lower_case_without_addresses_and_possessives(self):
        assert words_of(self.TEXTS[0]) == ["the", "cat", "sat", "the", "cat", "mat", "see"]
        assert words_of("State-of-the-art isn’t e.g. naïve x_y") == [
            *("state-of-the-art", "isn't", "e", "g", "naïve", "x", "y")
        ]

    def test_the_matrix_counts_and_the_report_adds_up(self):
        counts = count_words(self.TEXTS, min_documents=1, max_share=1)
        assert counts.words == sorted(counts.words)
        row = dict(zip(counts.words, counts.matrix[[0]].toarray()[0].tolist(), strict=True))
        assert {word: n for word, n in row.items() if n} == {"cat": 2, "mat": 1, "sat": 1}
        assert counts.kept.tolist() == [0, 1, 2]
        assert counts.dropped.documents == 1  # "of"
        total = sum(len(words_of(text)) for text in self.TEXTS)
        assert counts.matrix.sum() + sum(tokens for _, _, tokens in counts.dropped.reasons) == total
        assert counts.dropped.kept == (len(counts.words), counts.matrix.sum())

    def test_the_report_says_why_in_words(self):
        said = str(count_words(self.TEXTS, min_documents=2, max_share=1, min_tokens=2).dropped)
        assert "kept: 1 words, 0 tokens" in said or "documents left out" in said
        said = str(count_words(self.TEXTS, min_documents=1, max_share=1, max_words=2).dropped)
        for part in ("kept: 2 words, 4 tokens", "stop words", "without a letter: 1 words, 1 tokens", "2 most frequent"):
            assert part in said

    def test_words_of_too_few_or_too_many_documents_go(self):
        texts = ["apple pear", "apple plum", "apple plum cherry", "grape"]
        counts = count_words(texts, min_documents=2, max_share=0.5)
        assert counts.words == ["plum"]
        assert counts.kept.tolist() == [1, 2]
        assert dict((why, kinds) for why, kinds, _ in counts.dropped.reasons)["in more than 50% of the documents"] == 1

    def test_the_most_frequent_words_stay_ties_in_alphabetical_order(self):
        assert count_words(["bee ant ant cow"], min_documents=1, max_share=1, max_words=2).words == ["ant", "bee"]

    def test_another_order_of_the_texts_gives_the_same_rows_in_that_order(self):
        texts = ["red green red", "green blue", "blue red"]
        there, back = (count_words(t, min_documents=1, max_share=1) for t in (texts, texts[::-1]))
        assert there.words == back.words
        assert (there.matrix.toarray() == back.matrix.toarray()[::-1]).all()

    def test_nothing_left_is_told_with_its_reasons(self):
        with pytest.raises(ValueError, match=r"no word is left; dropped were .*3 in fewer than 2 documents"):
            count_words(["apple pear plum"])
        for wrong in ({"max_share": 0}, {"max_share": 1.5}, {"min_documents": 0}, {"max_words": 0}):
            with pytest.raises(ValueError):
                count_words(["apple apple"], **wrong)

    def test_stop_words_are_words(self):
        assert all(words_of(word) in ([word], [word.removesuffix("'s")]) for word in STOP_WORDS)
        assert len(BY_CLASS) > 5


class TestEmbedded:
    def test_counting_gives_back_the_planted_vocabulary(self):
        documents = corpus("embedded")
        counts = count_words(documents.texts)
        assert counts.words == documents.planted.words
        assert len(counts.kept) == len(documents.texts) == len(documents.years) == len(documents.planted.theta)

    def test_words_occur_as_often_as_planted(self):
        documents = corpus("embedded")
        counts, planted = count_words(documents.texts).matrix, documents.planted
        lengths = counts.sum(axis=1)
        expected = lengths @ (planted.theta @ planted.topics)
        spread = np.sqrt(lengths @ (planted.theta @ planted.topics * (1 - planted.theta @ planted.topics)))
        assert (np.abs(counts.sum(axis=0) - expected) < 5.5 * spread).all()

    def test_shares_follow_the_trend(self):
        planted, years = corpus("embedded").planted, corpus("embedded").years
        assert planted.years.tolist() == list(YEARS) == sorted(set(years.tolist()))
        np.testing.assert_allclose(planted.trend.sum(axis=1), 1)
        np.testing.assert_allclose(planted.topics.sum(axis=1), 1)
        np.testing.assert_allclose(planted.theta.sum(axis=1), 1)
        for year, expected in zip(planted.years, planted.trend, strict=True):
            shares = planted.theta[years == year]
            margin = 5 * np.sqrt(expected * (1 - expected) / (1 + CONCENTRATION) / len(shares))  # its variance
            assert (np.abs(shares.mean(axis=0) - expected) < margin).all()

    def test_three_topics_rise_and_three_fall(self):
        slope = dict(zip(TOPICS, np.diff(magazine_trend(), axis=0).mean(axis=0), strict=True))
        assert {name for name, change in slope.items() if change > 0.01} == set(RISING)
        assert {name for name, change in slope.items() if change < -0.01} == set(FALLING)

    def test_some_words_belong_to_two_topics_and_none_is_a_stop_word(self):
        listed = [word for words in TOPICS.values() for word in words.split()]
        assert len(listed) - len(set(listed)) > 20
        assert all(len(words.split()) == len(set(words.split())) for words in TOPICS.values())
        assert not STOP_WORDS & set(listed)

    def test_it_is_the_same_each_time(self):
        assert corpus("embedded").texts[7] == load_documents().texts[7]


class TestPlantDocuments:
    def test_it_has_the_sizes_and_the_seed_decides(self):
        first, again, other = (plant_documents(5000, 4, 30, length=20, seed=seed) for seed in (1, 1, 2))
        assert first.matrix.shape == (5000, 30)
        assert first.matrix.dtype == np.int32
        assert (first.matrix != again.matrix).nnz == 0
        assert (first.matrix != other.matrix).nnz > 0
        assert first.matrix.sum(axis=1).min() >= 1

    def test_words_occur_as_often_as_planted(self):
        planted = plant_documents(5000, 4, 30, length=20, seed=3)
        lengths = planted.matrix.sum(axis=1)
        share = planted.theta @ planted.topics
        spread = np.sqrt(lengths @ (share * (1 - share)))
        assert (np.abs(planted.matrix.sum(axis=0) - lengths @ share) < 5.5 * spread + 1e-9).all()

    def test_tiny_concentrations_still_give_distributions(self):
        planted = plant_documents(200, 3, 10, alpha=1e-5, eta=0.5, seed=4)
        np.testing.assert_allclose(planted.theta.sum(axis=1), 1)

    @pytest.mark.parametrize("wrong", [{"n_topics": 0}, {"alpha": 0.0}, {"length": -1.0}])
    def test_it_refuses_what_is_no_corpus(self, wrong):
        with pytest.raises(ValueError):
            plant_documents(**{"n_documents": 5, "n_topics": 2, "n_words": 4} | wrong)


class TestRealCorpora:
    def test_ap_has_dates_and_the_published_counts(self):
        documents = corpus("ap")
        assert len(documents.texts) == 2246
        assert sorted({date[:7] for date in documents.dates})[0] == "1988-02"
        assert len({date[:7] for date in documents.dates}) == 23
        counts = load_counts("ap")
        assert counts.matrix.shape == (2246, 10_473)
        assert counts.matrix.sum() == 435_838
        assert "the" not in counts.words

    def test_aps_texts_and_counts_are_of_the_same_stories(self):
        documents, counts = corpus("ap"), load_counts("ap")
        known = set(counts.words)
        for row in (0, 100, 2245):
            text = set(words_of(documents.texts[row]))
            listed = {counts.words[word] for word in counts.matrix[[row]].indices}
            assert len(listed & text) > 0.8 * len(listed)
            assert listed <= known

    def test_acl_has_abstracts_of_six_years_without_tags(self):
        documents = corpus("acl")
        years, numbers = np.unique(documents.years, return_counts=True)
        assert dict(zip(years.tolist(), numbers.tolist(), strict=True)) == {
            2016: 408, 2017: 308, 2018: 435, 2019: 763, 2020: 871, 2021: 795,
        }  # fmt: skip
        assert not any("<" in text and "/>" in text for text in documents.texts)
        assert all(documents.titles)

    @pytest.mark.parametrize(
        ("name", "number", "first", "last"), [("inaugural", 59, 1789, 2021), ("state_union", 65, 1945, 2006)]
    )
    def test_addresses_are_repaired(self, name, number, first, last):
        documents = corpus(name)
        assert len(documents.texts) == number
        assert (documents.years.min(), documents.years.max()) == (first, last)
        for title, text in zip(documents.titles, documents.texts, strict=True):
            odd = {char for char in text if ord(char) > 127} - set("“”’—…¢½")
            assert not odd, f"{title}: {odd}"

    def test_an_unknown_name_is_answered_with_the_known_ones(self):
        with pytest.raises(ValueError, match="there are: embedded, ap, acl, inaugural, state_union"):
            load_documents("bible")
        with pytest.raises(ValueError, match="count_words"):
            load_counts("acl")


class TestLdaC:
    def test_it_reads_the_counts_of_the_words_of_each_document(self):
        counts = count_words(["apple pear apple", "plum", "pear plum plum"], min_documents=1, max_share=1)
        found = read_lda_c(["2 0:2 1:1", "1 2:1", "2 2:2 1:1"], ["apple\n", "pear\n", "plum\n"])
        assert found.words == counts.words
        assert (found.matrix != counts.matrix).nnz == 0

    def test_an_empty_document_stays_a_row(self):
        assert read_lda_c(["0", "1 1:3"], ["a", "b"]).matrix.toarray().tolist() == [[0, 0], [0, 3]]

    @pytest.mark.parametrize("line", ["2 0:1", "x", "1 0-1", "1 5:1", "1 0:0", "2 0:1 0:2", "", "1 -1:1"])
    def test_a_malformed_line_is_named(self, line):
        with pytest.raises(ValueError, match="line 2"):
            read_lda_c(["1 0:1", line], ["a", "b"])


class TestPackedMirror:
    CONTENT = b"<xml/>" * 1000

    @pytest.fixture
    def entry(self, tmp_path, monkeypatch):
        monkeypatch.setenv("LATENTKIT_DATA", str(tmp_path / "cache"))
        monkeypatch.setenv("LATENTKIT_DATA_MIRROR", str(tmp_path / "mirror"))
        (tmp_path / "mirror").mkdir()
        file = RemoteFile("a.xml", len(self.CONTENT), hashlib.sha256(self.CONTENT).hexdigest(), ())
        return DataSet("toy", "", "", "", (file,))

    def test_a_packed_copy_is_read(self, entry, tmp_path):
        (tmp_path / "mirror" / "a.xml.gz").write_bytes(gzip.compress(self.CONTENT, mtime=0))
        assert read(entry, entry.files[0]) == self.CONTENT

    @pytest.mark.parametrize(
        "content", [gzip.compress(CONTENT, mtime=0)[:-9], gzip.compress(CONTENT + b"x", mtime=0), b"", b"no gzip"]
    )
    def test_a_damaged_packed_copy_is_none(self, entry, tmp_path, content):
        (tmp_path / "mirror" / "a.xml.gz").write_bytes(content)
        assert find(entry.files[0]) is None

    def test_a_plain_copy_is_read_as_it_is(self, entry, tmp_path):
        (tmp_path / "mirror" / "a.xml").write_bytes(self.CONTENT)
        assert read(entry, entry.files[0]) == self.CONTENT


def test_counts_are_plain_data():
    assert isinstance(count_words(["apple pie", "apple tart"], max_share=1), Counts)
