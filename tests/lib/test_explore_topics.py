"""The figures about topics: what they say is what the model holds."""

import json
import re

import numpy as np
import pytest
from scipy import sparse
from scipy.stats import dirichlet, kstest

from latentkit.explore import dirichlet_simplex, topic_browser
from latentkit.explore.browser import LAMBDAS, WORDS, TopicTables
from latentkit.explore.browser import draw as draw_browser
from latentkit.explore.coloured import Document, coloured_document
from latentkit.explore.simplex import INSIDE, log_density, share_draws, shown_points
from latentkit.explore.simplex import draw as draw_simplex
from latentkit.explore.trends import Trend, describe_trends, draw_trends
from latentkit.topics import top_words
from tests.lib.planted_topics import planted

VOCABULARY = [f"word{number:02d}" for number in range(20)]


@pytest.fixture
def model():
    """Two topics; word 0 is frequent in both, word 1 is special to the first."""
    topics = np.full((2, 20), 0.01)
    topics[:, 0], topics[0, 1], topics[1, 2] = 0.5, 0.2, 0.2
    topics /= topics.sum(1, keepdims=True)
    theta = np.array([[0.9, 0.1], [0.2, 0.8], [0.5, 0.5]])
    counts = np.random.default_rng(0).poisson(100 * theta @ topics)
    return {"topics": topics, "theta": theta, "counts": counts, "vocabulary": VOCABULARY, "titles": ["a", "b <c>", "d"]}


class TestSimplex:
    def test_it_states_the_mean_and_the_expected_logs(self):
        picture = draw_simplex(1.0, 2.0, 1.0)
        assert "mean shares (0.25, 0.50, 0.25)".capitalize() in picture.caption
        draws = np.log(np.random.default_rng(1).dirichlet([1, 2, 1], 400_000)).mean(axis=0)
        said = re.search(r"E\[log θ\] \((.*?)\)", picture.caption)[1]
        np.testing.assert_allclose([float(number) for number in said.split(", ")], draws, atol=0.02)

    @pytest.mark.parametrize(
        ("alpha", "words"),
        [
            ((1.0, 1.0, 1.0), "equally probable"),
            ((0.1, 0.5, 0.1), "at the corners"),
            ((3.0, 2.0, 2.0), "one peak, at shares (0.50, 0.25, 0.25)"),
            ((0.5, 5.0, 5.0), "some edges or corners"),
        ],
    )
    def test_it_says_where_the_density_is_high(self, alpha, words):
        assert words in draw_simplex(*alpha).alt

    def test_a_lower_concentration_gives_purer_documents(self):
        largest = [float(re.search(r"is (0\.\d+) on average", draw_simplex(a, a, a).caption)[1]) for a in (10, 1, 0.1)]
        assert largest == sorted(largest)
        assert largest[-1] > 0.85

    @pytest.mark.parametrize("alpha", [(0.1, 0.1, 0.1), (1.0, 1.0, 1.0), (0.3, 2.0, 10.0)])
    def test_the_documents_are_drawn_from_the_dirichlet(self, alpha):
        draws = share_draws(np.array(alpha))
        for share, own in zip(draws.T, alpha, strict=True):
            assert kstest(share, "beta", args=(own, sum(alpha) - own)).pvalue > 0.01

    def test_a_small_step_of_alpha_moves_the_documents_a_little(self):
        moved = np.abs(share_draws(np.array([2.0, 1.05, 1.0])) - share_draws(np.array([2.0, 1.0, 1.0]))).max(axis=1)
        assert 0 < np.median(moved) < 0.02
        assert (moved > 0.1).mean() < 0.05, "those of which another proposal was accepted"

    def test_the_density_is_the_dirichlets_up_to_its_constant(self):
        _, shares = shown_points()
        inside = (shares > INSIDE).all(axis=0)
        normalised = shares[:, inside] / shares[:, inside].sum(axis=0)
        found = log_density(np.array([0.5, 2.0, 4.0]))[inside] - dirichlet.logpdf(normalised, [0.5, 2.0, 4.0])
        np.testing.assert_allclose(found, found[0], atol=1e-9)

    def test_it_is_live_and_its_picture_stands_where_no_script_runs(self, live):
        html = dirichlet_simplex(1, 2, 1)._repr_html_()
        assert html.count("<img") == 1 and "Mean shares (0.25, 0.50, 0.25)" in html and "<script" in html


class TestBrowser:
    def test_relevance_moves_the_words_from_frequent_to_special(self, model):
        everything = TopicTables(*model.values())
        assert draw_browser(everything, 0, 1.0).alt.split("corpus: ")[1].startswith("word00")
        assert draw_browser(everything, 0, 0.0).alt.split("corpus: ")[1].startswith("word01")
        assert draw_browser(everything, 1, 0.0).alt.split("corpus: ")[1].startswith("word02")

    def test_sizes_are_shares_of_the_tokens_and_bars_fit_in_the_corpus(self, model):
        everything = TopicTables(*model.values())
        lengths = model["counts"].sum(axis=1)
        np.testing.assert_allclose(everything.sizes, lengths @ model["theta"] / lengths.sum())
        assert everything.sizes.sum() == pytest.approx(1)
        alt = draw_browser(everything, 0, 1.0).alt
        assert f"topic 1 holds {everything.sizes[0]:.1%}" in alt
        assert len(re.findall(r"word\d\d \d+ of \d+", alt)) == WORDS

    def test_sparse_counts_give_the_same(self, model):
        alike = [
            draw_browser(TopicTables(**model | {"counts": kind(model["counts"])}), 1, 0.6).alt
            for kind in (np.array, sparse.csr_array)
        ]
        assert alike[0] == alike[1]

    def test_the_documents_with_most_of_the_topic_are_listed(self, model):
        table = draw_browser(TopicTables(*model.values()), 1, 0.6).table
        assert table.rows == [("80%", "b <c>"), ("50%", "d"), ("10%", "a")]
        assert draw_browser(TopicTables(**model | {"titles": None}), 1, 0.6).table is None

    def test_it_refuses_what_does_not_fit_together(self, model):
        with pytest.raises(ValueError, match="column for each word"):
            topic_browser(**model | {"vocabulary": VOCABULARY[:3]})
        with pytest.raises(ValueError, match="theta must be"):
            topic_browser(**model | {"theta": model["theta"][:2]})

    def test_it_refuses_a_topic_a_relevance_and_titles_that_there_are_not(self, model):
        for wrong, words in [
            ({"topic": 0}, "topic must be between 1 and 2, got 0"),
            ({"topic": 3}, "got 3"),
            ({"relevance": 0.65}, "relevance must be 0, 0.1, 0.2, ... or 1, got 0.65"),
            ({"titles": ["a"]}, "1 titles and 3 documents"),
        ]:
            with pytest.raises(ValueError, match=words):
                topic_browser(**model | wrong)

    def test_what_is_sent_lists_the_words_of_every_topic_at_every_relevance(self):
        """3,600 documents and 3,000 words: the ranking is exact, and few of the words are needed for it."""
        counts, topics, theta = planted(documents=3600, topics=20, words=3000, length=100, seed=1)
        words = [f"w{number}" for number in range(3000)]
        model = TopicTables(topics, theta, counts, words, [f"d{number}" for number in range(3600)])
        sent = model.sent()
        for place, relevance in enumerate(LAMBDAS):
            expected = top_words(topics, words, WORDS, relevance, model.frequencies)
            assert [[sent["words"][word] for word in ranking[place]] for ranking in sent["ranking"]] == expected
        shares = np.array([[theta[int(sent["titles"][d][1:]), k] for d in sent["first"][k]] for k in range(20)])
        np.testing.assert_allclose(shares, -np.sort(-theta, axis=0)[:5].T)
        assert len(sent["words"]) < 1000 and len(sent["titles"]) <= 100
        assert len(json.dumps(sent)) < 200_000, "bytes"

    def test_it_starts_where_it_is_told_and_stands_in_a_page_of_its_own(self, live, model):
        figure = topic_browser(*model.values(), topic=2, relevance=0.3)
        assert figure.picture.caption.startswith("Topic 2 holds") and "λ = 0.3" in figure.picture.alt
        html = figure._repr_html_()
        assert html.count("<img") == 1 and "b &lt;c&gt;" in html and "<c>" not in html


class TestColouredDocument:
    def test_every_word_carries_its_topics_number_and_the_legend_counts(self):
        words, topics = ["The", "star", "and", "bank", "stars"], [None, 3, None, 0, 3]
        html = Document.of(words, topics, ["money", "x", "y", "sky"]).still().html
        assert html.count("star<sub>4</sub>") == 1 and "bank<sub>1</sub>" in html
        assert re.search(r"4 sky</span> 2 words</li>.*1 money</span> 1 word</li>", html)
        assert ">The star" not in html and "The <span" in html
        assert "2 x" not in html, "only topics that occur"

    def test_no_two_topics_look_alike_by_colour_and_line(self):
        number = 7
        words, names = [f"w{k}" for k in range(number)], [f"t{k}" for k in range(number)]
        html = Document.of(words, list(range(number)), names).still().html
        styles = re.findall(r'<span style="(.*?)">w\d', html)
        assert len(set(styles)) == number

    def test_words_and_names_are_escaped(self):
        html = Document.of(["<script>"], [0], ["<b>"], "a < b").still().html
        assert "<script>" not in html and "<b>" not in html and "a &lt; b" in html

    def test_many_topics_and_none_are_drawn(self):
        assert Document.of(["w"] * 30, list(range(30)), ["t"] * 30).still().html.count("<sub>") == 30
        assert "<sub>" not in Document.of(["w"], [None], []).still().html
        with pytest.raises(ValueError, match="one for each word"):
            Document.of(["w"], [], [])

    def test_what_does_not_fit_together_is_refused_by_name(self):
        with pytest.raises(ValueError, match="words must be a list of words, got the text 'star bank'"):
            coloured_document("star bank", [0], ["sky"])
        with pytest.raises(ValueError, match="topics go from 0 to 2, and there are 2 names"):
            coloured_document(["star", "bank"], [0, 2], ["sky", "money"])
        with pytest.raises(ValueError, match="there are 1 top_words"):
            coloured_document(["star", "bank"], [0, 1], ["sky", "money"], "", [["star"]])

    def test_black_words_can_be_read_on_every_colour(self):
        """Where no script runs the still text stands in dark themes, too."""
        html = Document.of(["w"] * 9, list(range(9)), ["t"] * 9).still().html
        grounds = re.findall(r"color: #000; background: #(\w{6})", html)
        assert len(grounds) == 18, "in the text and in the legend"
        lowest = min(min(int(ground[at : at + 2], 16) for at in (0, 2, 4)) for ground in grounds)
        assert lowest >= 0xA0, "black on #A0A0A0 has a contrast of 8"

    def test_where_no_script_runs_the_text_stands_with_its_numbers(self, live, monkeypatch):
        given = ["The", "star", "and", "bank"], [None, 3, None, 0], ["money", "x", "y", "sky"], "t"
        figure = coloured_document(*given)
        shown = figure._repr_html_()
        still = Document.of(*given).still().html
        assert shown.count(still) == 1 and "star<sub>4</sub>" in still
        assert "A text of 4 words, 2 of them marked" in repr(figure)
        monkeypatch.setenv("NBGRADER_EXECUTION", "1")
        assert figure._repr_html_() == still

    def test_a_text_without_topics_has_nothing_to_move(self, live):
        figure = coloured_document(["w"], [None], [])
        assert [control.name for control in figure.controls] == ["topic"]
        assert figure.picture.alt == "A text of 1 word, 0 of them marked with their topics."


class TestTrends:
    TRENDS = {  # noqa: RUF012
        "a": Trend([0.1, 0.2, 0.3], [0.05, 0.1, 0.2], [0.2, 0.3, 0.4], [0.1, 0.2, 0.3]),
        "b": Trend([0.5, 0.4, 0.3], [0.4, 0.3, 0.2], [0.6, 0.5, 0.4]),
    }

    def test_all_panels_share_a_scale_that_holds_every_band(self):
        figure = draw_trends([2016, 2017, 2018], self.TRENDS, columns=3)
        shown = figure.axes[:2]
        assert {axes.get_ylim() for axes in shown} == {shown[0].get_ylim()}
        assert shown[0].get_ylim()[0] == 0 and shown[0].get_ylim()[1] >= 60
        assert [axes.get_title(loc="left") for axes in shown] == ["a", "b"]

    def test_the_alt_text_states_both_ends_with_their_bands(self):
        said = describe_trends([2016, 2017, 2018], self.TRENDS)
        assert "a, 2016: 10.0% (5.0 to 20.0), 2018: 30.0% (20.0 to 40.0)" in said


@pytest.mark.parametrize("make", ["simplex", "browser"])
def test_where_it_is_graded_a_figure_is_its_picture_alone(monkeypatch, model, make):
    monkeypatch.setenv("NBGRADER_EXECUTION", "1")
    shown = dirichlet_simplex() if make == "simplex" else topic_browser(*model.values())
    html = shown._repr_html_()
    assert html.count("<img") == 1 and "<script" not in html
