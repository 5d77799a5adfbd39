"""Two donors, one sentence: what is said at exchanged codes, where its words come from, and the tree that is told."""

import re
from math import prod

import pytest
import torch

from latentkit.checkpoints import Checkpoint
from latentkit.data.construction_grammar import CONSTRUCTIONS, FUNCTION_WORDS, parse, realise
from latentkit.data.grammar import brackets
from latentkit.data.parses import one_line, skeleton
from latentkit.data.text import Vocabulary, collate
from latentkit.decoding import greedy
from latentkit.explore import two_donors
from latentkit.explore.donors import (
    EXAMPLES,
    FIRST,
    LONGEST_PARSE,
    SECOND,
    draw,
    exchange,
    halved,
    origin_of,
    outline,
    tell_places,
    tell_tree,
    tree_of,
)
from latentkit.models import SyntaxSemanticsVAE
from latentkit.trained import load_trained

A, B = FIRST, SECOND
TREE = "(S (NP DET (ADJP (ADVP ADV) ADJ) NOUN) (VP VERB) PUNCT)"


def tokens_of(tree: str) -> list[str]:
    return re.findall(r"\(?[^()\s]+|\)", tree)


@pytest.fixture(scope="module")
def trained() -> Checkpoint:
    return load_trained("dss_vae")


@pytest.fixture(scope="module")
def model(trained) -> SyntaxSemanticsVAE:
    return trained.model


@pytest.fixture(scope="module")
def vocabulary(trained) -> Vocabulary:
    return trained.vocabulary


@pytest.fixture(scope="module")
def parse_vocabulary(trained) -> Vocabulary:
    return Vocabulary(trained.facts["parse_tokens"])


@pytest.fixture(scope="module")
def found(model, vocabulary, parse_vocabulary):
    """The exchange of A and B at two shares of the ways."""
    return lambda a, b: exchange(model, vocabulary, parse_vocabulary, FUNCTION_WORDS, A, B, a, b)


@pytest.fixture(scope="module")
def means(model, vocabulary):
    """z_sem and z_syn of A, then of B."""
    with torch.no_grad():
        return [[q.mean for q in model.posteriors(collate([vocabulary.encode(text.split())]))] for text in (A, B)]


@pytest.mark.parametrize("semantic, syntactic", [(0, 1), (1, 0), (0.25, 0.75)])
def test_each_code_goes_its_own_way_from_one_sentence_to_the_other(found, means, semantic, syntactic):
    expected = [
        (1 - share) * mean_of_a + share * mean_of_b
        for share, mean_of_a, mean_of_b in zip((semantic, syntactic), *means, strict=True)
    ]
    torch.testing.assert_close(found(semantic, syntactic).z, torch.cat(expected, dim=-1)[0])


def test_the_sentence_and_the_four_exchanges_are_the_decoders(found, model, vocabulary, means):
    corners = [torch.cat([means[i][0], means[k][1]], dim=-1) for i in (0, 1) for k in (0, 1)]
    expected = [vocabulary.decode(greedy(model.step, z, 25)[0]) for z in corners]
    assert list(found(0, 1).corners) == expected
    assert " ".join(found(0, 1).said) == expected[1] and " ".join(found(1, 0).said) == expected[2]
    assert len(set(expected)) == 4, "both codes tell"


def test_the_tree_is_told_of_the_syntax_alone(found, model, parse_vocabulary, means):
    for syntactic in (0, 1):
        told = greedy(model.parse.step, means[syntactic][1], LONGEST_PARSE)[0]
        assert {" ".join(found(share, syntactic).parse) for share in (0, 0.5, 1)} == {parse_vocabulary.decode(told)}
    assert found(0, 0).parse != found(0, 1).parse


def test_a_word_comes_from_one_sentence_or_both_or_neither():
    first, second = ["the", "old", "film", "was"], ["the", "old", "soup", "is"]
    asked = ["the", "was", "old", "film", "soup", "x"]
    origins = {word: origin_of(word, first, second, ["the", "was"]) for word in asked}
    assert origins == {
        "the": "plain", "was": "plain", "old": "plain", "film": "first", "soup": "second", "x": "neither",
    }  # fmt: skip


def test_a_tree_is_read_and_told_line_by_line():
    tree = tree_of(tokens_of(TREE))
    assert one_line(tokens_of(TREE)) == TREE
    assert outline(tree) == [
        (0, "S", []),
        (1, "NP", ["DET"]),
        (2, "ADJP", []),
        (3, "ADVP", ["ADV"]),
        (3, "", ["ADJ"]),
        (2, "", ["NOUN"]),
        (1, "VP", ["VERB"]),
        (1, "", ["PUNCT"]),
    ]
    assert outline(tree_of(tokens_of("(S (VP (VP VERB) ) )"))) == [(0, "S VP VP", ["VERB"])]


@pytest.mark.parametrize(
    "tokens", ["", "(S NOUN", "(S NOUN ) )", "(S )", "NOUN", "(S NOUN ) (S NOUN )", "(S (NP ) NOUN )"]
)
def test_tokens_that_tell_no_tree_are_no_tree(tokens):
    assert tree_of(tokens.split()) is None


def test_every_tree_of_the_grammar_keeps_its_leaves_in_its_outline():
    for text in EXAMPLES.values():
        sentence = parse(text.split())
        bare = skeleton(brackets(sentence.tree))
        lines = outline(tree_of(tokens_of(bare)))
        assert [tag for _, _, tags in lines for tag in tags] == re.findall(r"(?<![(\w])\w+", bare)
        assert sum(len(tags) for _, _, tags in lines) == len(sentence.words)


def test_the_examples_have_a_construction_and_a_meaning_each():
    told = {name: parse(text.split()) for name, text in EXAMPLES.items()}
    assert [sentence.syntax.construction for sentence in told.values()] == list(told) == list(CONSTRUCTIONS)
    assert len({sentence.meaning for sentence in told.values()}) == len(CONSTRUCTIONS)


def test_the_kits_model_says_the_meaning_of_one_sentence_in_the_syntax_of_the_other(found):
    said = found(0, 1)
    expected = realise(parse(A.split()).meaning, parse(B.split()).syntax)
    assert parse(said.said) == expected
    assert one_line(said.parse) == skeleton(brackets(expected.tree))


@pytest.mark.parametrize("semantic, syntactic", [(0, 1), (0.5, 0.75), (1, 0)])
def test_the_still_text_marks_words_and_tells_all(model, vocabulary, parse_vocabulary, found, semantic, syntactic):
    passage = draw(model, vocabulary, parse_vocabulary, FUNCTION_WORDS, A, B, semantic, syntactic)
    here = found(semantic, syntactic)
    marks = {"first": "<u>{}</u>", "second": "<i>{}</i>", "neither": "<b>{}</b>", "plain": "{}"}
    words = [marks[origin].format(word) for word, origin in zip(here.said, here.origins, strict=True)]
    assert set(here.origins) > {"plain"}, "some words are marked, some are not"
    assert f": {' '.join(words)}</p>" in passage.html
    assert all(f"“{said}”" in passage.alt for said in (" ".join(here.said), *here.corners))
    assert one_line(here.parse) in passage.alt
    for tag, word in zip(re.findall(r"(?<![(\w])\w+", one_line(here.parse)), words, strict=True):
        assert f"{tag} {word}" in passage.html, "the tree has the words below its tags"


@pytest.mark.parametrize("share, expected", [(0, "of A"), (0.25, "0.25 of the way to B"), (1, "of B")])
def test_the_places_of_both_codes_are_told(share, expected):
    assert tell_places(share, 1) == f"z_sem {expected}, z_syn of B"
    assert tell_places(0, share) == f"z_sem of A, z_syn {expected}"


def test_a_tree_that_does_not_fit_the_sentence_is_told_as_such():
    assert tell_tree(["(S", "NOUN", "VERB", ")"], 2).endswith("z_syn:")
    assert "has 2 leaves, the sentence 3 words" in tell_tree(["(S", "NOUN", "VERB", ")"], 3)
    assert tell_tree(["(S", "NOUN"], 1).endswith("is no tree: (S NOUN")


def test_words_of_the_vocabulary_are_no_markup(model, vocabulary, parse_vocabulary):
    words = Vocabulary(["<b>" if word == "the" else word for word in vocabulary.words])
    html = draw(model, words, parse_vocabulary, FUNCTION_WORDS, A, B, 0, 1).html
    assert "<b>&lt;b&gt;</b>" in html and "<b><b>" not in html


def test_words_of_the_reader_are_no_markup_and_unknown_ones_are_named(model, vocabulary, parse_vocabulary):
    figure = two_donors(model, vocabulary, parse_vocabulary, "The zebra & the film.", "")
    assert "never seen: zebra, &amp;." in figure.picture.html
    assert "A: the zebra &amp; the film ." in figure.picture.html


def test_the_figure_shows_weights_that_half_precision_keeps(model, vocabulary, parse_vocabulary):
    shown = halved(model)
    for (name, given), kept in zip(model.state_dict().items(), shown.state_dict().values(), strict=True):
        assert torch.equal(kept, given.half().float() if given.dim() > 1 else given), name
    figure = two_donors(model, vocabulary, parse_vocabulary, A, B)
    assert figure.picture == draw(shown, vocabulary, parse_vocabulary, figure.data["smallWords"], A, B, 0, 1)


def test_the_kits_figure_is_small_and_sends_no_adversary(trained, parse_vocabulary):
    html = two_donors(trained.model, trained.vocabulary, parse_vocabulary)._repr_html_()
    shapes = [tuple(map(int, shape.split(","))) for shape in re.findall(r'"shape":\[([\d,]+)\]', html)]
    beside = ("adversaries.", "bag.")
    needed = sum(weight.numel() for name, weight in trained.model.named_parameters() if not name.startswith(beside))
    sizes = trained.model.sizes
    half_of_the_heads = (sizes.hidden_dim + 1) * sizes.z_dim  # those that make the variances
    once = 2 * 4 * sizes.hidden_dim  # an LSTM's two biases are sent as their sum
    assert sum(map(prod, shapes)) == needed - half_of_the_heads - once
    assert len(html) < 1_500_000


def test_where_it_is_graded_the_text_stands_alone(model, vocabulary, parse_vocabulary, monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "1")
    html = two_donors(model, vocabulary, parse_vocabulary, A, B)._repr_html_()
    assert "<table>" in html and "<script" not in html


def test_only_a_model_that_the_script_can_compute_is_taken(vocabulary, parse_vocabulary):
    other = SyntaxSemanticsVAE(len(vocabulary), 8, 16, parse_vocab_size=len(parse_vocabulary), network="gru")
    with pytest.raises(ValueError, match="network is lstm, got one with gru"):
        two_donors(other, vocabulary, parse_vocabulary)
