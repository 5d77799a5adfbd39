"""The figures about sentences: what they say is what the model does."""

import re
from itertools import pairwise

import pytest
import torch

from latentkit.data.text import EOS, UNK, Vocabulary, collate, tokenize
from latentkit.explore import annealing_schedules, hidden_words, sentence_homotopy
from latentkit.explore.figure import Table, show_table, table_html
from latentkit.explore.homotopy import draw as draw_homotopy
from latentkit.explore.reading import encode_sentence
from latentkit.explore.schedules import STEPS
from latentkit.explore.words import THRESHOLDS, costs, hidden_at, read_brackets, surprisal
from latentkit.explore.words import draw as draw_words
from latentkit.models import SentenceVAE
from tests.lib.common import magnified

WORDS = ["the", "film", "was", "not", "good", "."]


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return Vocabulary(["the", "a", "film", "soup", "was", "is", "good", "bad", "not", "."])


@pytest.fixture(scope="module")
def model(vocabulary) -> SentenceVAE:
    """Untrained, with weights so large that z decides what is said."""
    torch.manual_seed(3)
    return magnified(SentenceVAE(len(vocabulary), embedding_dim=8, hidden_dim=16, latent_dim=4).eval(), 4)


def test_a_homotopy_begins_and_ends_with_what_is_said_at_the_two_sentences(model, vocabulary):
    start, end = "the film was good .", "a soup is not bad ."
    at_start, at_end = (draw_homotopy(model, vocabulary, start, end, share) for share in (0.0, 1.0))
    rows = at_start.table.rows
    assert rows[0][0].startswith("0.00") and rows[-1][0].endswith("1.00")
    assert at_start.caption == f"α = 0.00: {rows[0][1]}"
    assert at_end.caption == f"α = 1.00: {rows[-1][1]}"
    assert all(first[1] != second[1] for first, second in pairwise(rows)), "each sentence once"


def test_the_curves_are_log_likelihoods(model, vocabulary):
    picture = draw_homotopy(model, vocabulary, "the film was good .", "a soup is not bad .", 0.5)
    given = encode_sentence(model, vocabulary, "the film was good .")
    with torch.no_grad():
        expected = model.log_likelihood(given.tokens, given.mu).item()
    stated = re.search(r"The first: (\S+) nats at the start", picture.alt).group(1)
    assert float(stated) == pytest.approx(expected, abs=0.051)


def test_unknown_words_are_named_and_an_empty_sentence_is_a_sentence(model, vocabulary):
    figure = sentence_homotopy(model, vocabulary, "", "The zebra <b> is good.")
    assert "never seen: zebra, <, b, >." in figure.picture.caption
    assert "never seen: zebra, &lt;, b, &gt;." in figure._repr_html_()


def test_only_a_model_that_the_script_can_compute_is_taken(vocabulary):
    other = SentenceVAE(len(vocabulary), 8, 16, latent_dim=4, network="transformer").eval()
    with pytest.raises(ValueError, match="network is lstm, got one with transformer"):
        sentence_homotopy(other, vocabulary)


def test_a_higher_rate_hides_the_same_words_and_more():
    seen = [hidden_at(rate, 100) for rate in (0.0, 0.3, 0.6, 1.0)]
    assert all(b or not a for less, more in pairwise(seen) for a, b in zip(less, more, strict=True))
    assert [sum(hidden) for hidden in (seen[0], seen[-1])] == [0, 100]
    assert abs(sum(seen[2]) - 60) < 12, "about as many as the rate says"


def test_words_in_brackets_are_hidden_at_every_rate(model, vocabulary):
    assert read_brackets(tokenize("The (film was) not (good).")) == (WORDS, [False, True, True, False, True, False])
    found = costs(model, model, vocabulary, "the (film) was not good .", 0.0)
    tokens = collate([vocabulary.encode(WORDS)])
    inputs = tokens.clone()
    inputs[0, 2] = UNK
    with torch.no_grad():
        torch.testing.assert_close(found.with_z, surprisal(model, tokens, inputs, model.centre(tokens)))
    assert found.hidden == [False, True, False, False, False, False]


def test_a_word_that_the_model_does_not_know_is_not_hidden(model, vocabulary):
    assert "Rate 0.0: 0 of 4 words hidden." in draw_words(model, model, vocabulary, "the zebra was good", 0.0).caption


def test_the_words_costs_add_up_to_the_likelihood(model, vocabulary):
    tokens = collate([vocabulary.encode(WORDS)])
    z = torch.randn(1, 4, generator=torch.Generator().manual_seed(0))
    inputs = tokens.clone()
    inputs[0, [2, 5]] = UNK
    with torch.no_grad():
        by_word = surprisal(model, tokens, inputs, z)
        expected = model.log_likelihood(tokens, z, inputs)
    assert by_word.shape == (7,), "six words and EOS"
    assert tokens[0, -1] == EOS
    torch.testing.assert_close(-by_word.sum(), expected[0])


@pytest.mark.parametrize("rate, hidden", [(0.0, 0), (1.0, 6)])
def test_the_bars_say_how_many_words_are_hidden(model, vocabulary, rate, hidden):
    figure = hidden_words(model, model, vocabulary, "the film was not good .", rate)
    assert f"{hidden} of 6 words hidden" in figure.picture.caption
    assert figure.data["thresholds"] == THRESHOLDS


def test_the_bars_charge_for_z(model, vocabulary):
    picture = draw_words(model, model, vocabulary, "the film was not good .", 0.5)
    without_z, words, price, total = map(float, re.search(
        r"costs (\S+) nats; with z (\S+) for the words and (\S+) for z, which is (\S+)\.$", picture.caption
    ).groups())  # fmt: skip
    with torch.no_grad():
        given = encode_sentence(model, vocabulary, "the film was not good .")
        hidden = torch.tensor([[False, *hidden_at(0.5, 6), False]])
        expected = -model.log_likelihood(given.tokens, given.mu, given.tokens.masked_fill(hidden, UNK)).item()
        kl = model.terms(given.tokens).kl.item()
    assert without_z == words == pytest.approx(expected, abs=0.051), "it is the same model twice"
    assert price == pytest.approx(kl, abs=0.051)
    assert total == pytest.approx(expected + kl, abs=0.051)


def test_the_schedules_state_their_averages(live):
    figure = annealing_schedules(warmup=STEPS, cycles=4, ratio=1.0)
    assert "linear 0.50, logistic 0.50, cyclical 0.50" in figure.picture.caption
    figure = annealing_schedules(warmup=STEPS // 2, cycles=4, ratio=1.0)
    assert "linear 0.75, logistic 0.75, cyclical 0.50" in figure.picture.caption


@pytest.mark.parametrize("figure", ["homotopy", "words"])
def test_where_it_is_graded_a_figure_is_its_picture_alone(monkeypatch, model, vocabulary, figure):
    monkeypatch.setenv("NBGRADER_EXECUTION", "1")
    makers = {
        "homotopy": lambda: sentence_homotopy(model, vocabulary),
        "words": lambda: hidden_words(model, model, vocabulary),
    }
    html = makers[figure]()._repr_html_()
    assert html.count("<img") == 1
    assert "<script" not in html


def test_a_table_marks_its_headings_and_escapes_its_words(capsys):
    html = table_html(Table("a < b", ("x", "y"), [("1 < 2", "<script>")]))
    assert '<caption style="text-align: left">a &lt; b</caption>' in html
    assert html.count('scope="col"') == 2 and html.count('scope="row"') == 1
    assert "&lt;script&gt;" in html and "<script>" not in html
    show_table("a", ("x", "y"), [("1", "2")])
