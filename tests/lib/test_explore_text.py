"""The figures about sentences: what they say is what the model does."""

import re
from itertools import pairwise

import pytest
import torch

from latentkit.data.text import EOS, UNK, Vocabulary, collate
from latentkit.explore import annealing_schedules, hidden_words, sentence_homotopy
from latentkit.explore.figure import Panel, Table, show_table, table_html
from latentkit.explore.homotopy import draw as draw_homotopy
from latentkit.explore.reading import encode_sentence
from latentkit.explore.schedules import STEPS
from latentkit.explore.words import draw as draw_words
from latentkit.explore.words import hide, surprisal
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


def test_typing_a_sentence_redraws_and_unknown_words_are_named(live, model, vocabulary):
    panel = sentence_homotopy(model, vocabulary, "the film was good .", "a soup is bad .")
    before = panel.picture.value
    panel.inputs["end"].value = "The zebra <b> is good."
    assert panel.picture.value != before
    assert "never seen: zebra, &lt;, b, &gt;." in panel.picture.value
    assert panel.inputs["end"].description == "second sentence"
    panel.inputs["start"].value = ""
    assert "<img" in panel.picture.value, "an empty sentence is a sentence"


def test_hiding_more_words_hides_the_same_ones_and_never_the_ends(vocabulary):
    tokens = collate([vocabulary.encode(WORDS)])
    seen = [(hide(tokens, rate) == UNK) for rate in (0.0, 0.3, 0.6, 1.0)]
    assert all((more | less).equal(more) for less, more in pairwise(seen))
    assert seen[0].sum() == 0
    assert seen[-1].tolist() == [[False, *[True] * 6, False]]


def test_the_words_costs_add_up_to_the_likelihood(model, vocabulary):
    tokens = collate([vocabulary.encode(WORDS)])
    z = torch.randn(1, 4, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        costs = surprisal(model, tokens, hide(tokens, 0.5), z)
        expected = model.log_likelihood(tokens, z, hide(tokens, 0.5))
    assert costs.shape == (7,), "six words and EOS"
    assert tokens[0, -1] == EOS
    torch.testing.assert_close(-costs.sum(), expected[0])


def test_the_bars_say_how_many_words_are_hidden(live, model, vocabulary):
    panel = hidden_words(model, model, vocabulary, "the film was not good .")
    assert "0 of 6 words hidden" in panel.picture.value
    panel.inputs["rate"].value = 1.0
    assert "6 of 6 words hidden" in panel.picture.value


def test_the_bars_charge_for_z(model, vocabulary):
    picture = draw_words(model, model, vocabulary, "the film was not good .", 0.5)
    without_z, words, price, total = map(float, re.search(
        r"costs (\S+) nats; with z (\S+) for the words and (\S+) for z, which is (\S+)\.$", picture.caption
    ).groups())  # fmt: skip
    with torch.no_grad():
        given = encode_sentence(model, vocabulary, "the film was not good .")
        expected = -model.log_likelihood(given.tokens, given.mu, hide(given.tokens, 0.5)).item()
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
def test_static_figures_are_one_image_without_widgets(monkeypatch, model, vocabulary, figure):
    monkeypatch.setenv("LATENTKIT_STATIC", "1")
    makers = {
        "homotopy": lambda: sentence_homotopy(model, vocabulary),
        "words": lambda: hidden_words(model, model, vocabulary),
    }
    shown = makers[figure]()
    assert not isinstance(shown, Panel)
    assert shown._repr_html_().count("<img") == 1


def test_a_table_marks_its_headings_and_escapes_its_words(capsys):
    html = table_html(Table("a < b", ("x", "y"), [("1 < 2", "<script>")]))
    assert '<caption style="text-align: left">a &lt; b</caption>' in html
    assert html.count('scope="col"') == 2 and html.count('scope="row"') == 1
    assert "&lt;script&gt;" in html and "<script>" not in html
    show_table("a", ("x", "y"), [("1", "2")])
