"""The table of switches: each cell says what the model writes with that code, at the same z."""

from itertools import product

import pytest
import torch

from latentkit.data.text import Vocabulary, collate
from latentkit.explore import attribute_switches
from latentkit.explore.reading import encode_sentence, most_probable_sentences
from latentkit.explore.switches import OTHERS, draw, other_z, write
from latentkit.models import ControlledText
from tests.lib.common import magnified

SENTENCE = "the film was not good ."
MOOD_AND_TIME = {"mood": ("sad", "glad"), "time": ("then", "now", "soon")}
THREE = {**MOOD_AND_TIME, "number": ("one", "many")}


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return Vocabulary(["the", "a", "film", "soup", "was", "is", "good", "bad", "not", "<b>", "."])


def untrained(vocabulary, attributes, **sizes) -> ControlledText:
    """With weights so large that z and c decide what is said."""
    torch.manual_seed(1)
    made_of = {"embedding_dim": 8, "hidden_dim": 16, "latent_dim": 4, "classifier_dim": 6, **sizes}
    return magnified(ControlledText(len(vocabulary), attributes=attributes, **made_of).eval(), 4)


@pytest.fixture(scope="module")
def model(vocabulary) -> ControlledText:
    return untrained(vocabulary, MOOD_AND_TIME)


def test_each_cell_is_what_the_model_writes_with_that_code(model, vocabulary):
    found = write(model, vocabulary, SENTENCE, 0.0, 4)
    codes = torch.tensor(list(product(range(2), range(3))))
    mu = encode_sentence(model, vocabulary, SENTENCE).mu
    with torch.no_grad():
        expected = most_probable_sentences(model, vocabulary, model.join(mu.expand(6, -1), codes))
    assert [cell.said for cell in found.cells] == expected
    assert [cell.asked for cell in found.cells] == codes.tolist()
    assert found.cells[found.here].asked == [1, 1]
    assert len(set(expected)) > 1, "the code tells"


def test_what_is_heard_are_the_discriminators_shares_of_each_sentence_alone(model, vocabulary):
    found = write(model, vocabulary, SENTENCE, 0.0, 0)
    for said, heard in [(SENTENCE, found.heard), *((cell.said, cell.heard) for cell in found.cells)]:
        tokens = collate([vocabulary.encode(said.split())])
        for reads, shares in zip(model.discriminators.values(), heard, strict=True):
            torch.testing.assert_close(torch.tensor(shares), reads(tokens).softmax(-1)[0].detach())


@pytest.mark.parametrize("walk", [0.0, 0.25, 2.0, OTHERS])
def test_z_walks_from_the_readers_sentence_to_draws_from_the_prior(model, vocabulary, walk):
    way = [encode_sentence(model, vocabulary, SENTENCE).mu, *other_z(4).unsqueeze(1), torch.zeros(1, 4)]
    k, share = int(walk), walk % 1
    z = (1 - share) * way[k] + share * way[k + 1]
    with torch.no_grad():
        (expected,) = most_probable_sentences(model, vocabulary, model.join(z, torch.tensor([[1, 2]])))
    assert write(model, vocabulary, SENTENCE, walk, 0).cells[-1].said == expected


def test_at_first_the_classes_that_are_heard_in_the_sentence_are_chosen(model, vocabulary):
    for sentence in ("the film was good .", "soup", "a bad bad film ."):
        chosen = next(
            control for control in attribute_switches(model, vocabulary, sentence).controls if control.name == "code"
        )
        heard = model.recognise(collate([vocabulary.encode(sentence.split())])).tolist()
        assert write(model, vocabulary, sentence, 0.0, chosen.value).cells[chosen.value].asked == heard[0]
        assert (chosen.low, chosen.high) == (0, 5)


def test_a_single_attribute_is_a_single_row(vocabulary):
    model = untrained(vocabulary, {"time": ("then", "now", "soon")})
    assert [cell.asked for cell in write(model, vocabulary, SENTENCE, 0.0, 2).cells] == [[0], [1], [2]]
    assert attribute_switches(model, vocabulary, SENTENCE).picture.html.count("<tr>") == 2


def test_what_is_beyond_two_attributes_stays_as_it_is_chosen(vocabulary):
    model = untrained(vocabulary, THREE)
    found = write(model, vocabulary, SENTENCE, 0.0, 9)  # 1 · 6 + 1 · 2 + 1
    assert [cell.asked for cell in found.cells] == [[mood, time, 1] for mood in range(2) for time in range(3)]
    assert found.cells[found.here].asked == [1, 1, 1]
    assert attribute_switches(model, vocabulary).controls[-1].high == 11


def test_the_still_text_tells_all_and_marks_what_the_chosen_sentence_lacks(model, vocabulary):
    found = write(model, vocabulary, SENTENCE, 0.0, 1)
    passage = draw(model, vocabulary, SENTENCE, 0.0, 1)
    chosen = found.cells[1].said.split()
    expected = [
        f"<b><u>{word.replace('<b>', '&lt;b&gt;')}</u></b>"
        for cell in found.cells
        for word in cell.said.split()
        if word not in chosen
    ]
    assert expected and passage.html.count("<u>") == len(expected)
    assert all(mark in passage.html for mark in expected)
    assert all(cell.said in passage.alt for cell in found.cells)
    assert "Chosen: sad, now, heard as " in passage.alt and "c = (sad, now): " in passage.html
    assert "z at 1.5 on its way" in draw(model, vocabulary, SENTENCE, 1.5, 1).html


def test_words_of_the_reader_are_no_markup_and_unknown_ones_are_named(model, vocabulary):
    html = attribute_switches(model, vocabulary, "The zebra & the film.").picture.html
    assert "never seen: zebra, &amp;." in html


def test_where_it_is_graded_the_text_stands_alone(model, vocabulary, monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "1")
    html = attribute_switches(model, vocabulary)._repr_html_()
    assert "<table>" in html and "<script" not in html


def test_only_a_model_that_the_script_can_compute_is_taken(vocabulary):
    with pytest.raises(ValueError, match="network is lstm, got one with gru"):
        attribute_switches(untrained(vocabulary, MOOD_AND_TIME, network="gru"), vocabulary)
