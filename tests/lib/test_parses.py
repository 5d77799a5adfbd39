"""Parses as numbers: what a skeleton leaves of a tree, its nodes, its tokens, and the Penn Treebank's own trees."""

import nltk
import pytest

from latentkit.data import load_sentences
from latentkit.data.construction_grammar import generate
from latentkit.data.grammar import brackets
from latentkit.data.parses import CLOSE, ParseTokens, skeleton
from latentkit.data.text import UNK
from latentkit.data.treebank import cleaned, read_parses
from latentkit.reference.syntax_semantics import linearise
from tests.lib.common import skip_unless_here

PARSES = [
    "(S (NP (PRON it)) (VP (VERB works)) (PUNCT .))",
    "(S (NP (DET the) (NOUN cat)) (VP (VERB sees) (NP (DET the) (NOUN dog))) (PUNCT .))",
]


def told_by_nltk(tree):
    """The skeleton, by nltk's reader of trees."""
    if not isinstance(tree[0], nltk.Tree):
        return tree.label()
    return f"({tree.label()} {' '.join(map(told_by_nltk, tree))})"


@pytest.fixture
def tokens():
    return ParseTokens.from_parses(PARSES)


def test_a_skeleton_is_the_tree_without_its_words():
    assert skeleton(PARSES[0]) == "(S (NP PRON) (VP VERB) PUNCT)"
    for sentence in generate(100, seed=6):
        parse = brackets(sentence.tree)
        assert skeleton(parse) == told_by_nltk(nltk.Tree.fromstring(parse))


def test_tags_come_before_phrases_and_the_bracket_last(tokens):
    words = tokens.vocabulary.words
    assert words[UNK + 1 :] == ["DET", "NOUN", "PRON", "PUNCT", "VERB", "(NP", "(S", "(VP", CLOSE]
    assert words[tokens.leaves] == "(NP" and words[tokens.close] == CLOSE


def test_nodes_stand_before_their_children(tokens):
    labels, parents = tokens.nodes(PARSES[0])
    assert [tokens.vocabulary.words[label] for label in labels] == ["(S", "(NP", "PRON", "(VP", "VERB", "PUNCT"]
    assert parents.tolist() == [-1, 0, 1, 0, 3, 0]


def test_a_parse_is_found_in_its_tokens_again(tokens):
    for row, parse in zip(tokens.encode(PARSES, linearise), PARSES, strict=True):
        assert tokens.decode(row) == skeleton(parse)
        assert UNK not in row


def test_trees_that_differ_by_their_words_are_linearised_once(tokens):
    asked = []

    def counted(labels, parents, close):
        asked.append(labels)
        return linearise(labels, parents, close)

    other = PARSES[1].replace("cat", "bird")
    rows = tokens.encode([PARSES[1], other, PARSES[0], other], counted)
    assert len(asked) == 2 and rows[0] == rows[1] == rows[3] != rows[2]


class TestTreebank:
    def test_traces_and_functions_are_left_out(self):
        tree = nltk.Tree.fromstring(
            "( (S (NP-SBJ-1 (NNS Shares)) (VP (VBD were) (VP (VBN sold) (NP (-NONE- *-1)) (PP-TMP (IN in)"
            " (NP (NP (CD 1,987\\/8)))))) (. .)) )"
        )
        assert " ".join(str(cleaned(tree)).split()) == (
            "(S (NP (NNS shares)) (VP (VBD were) (VP (VBN sold) (PP (IN in) (NP (CD N))))) (. .))"
        )

    def test_a_tree_of_nothing_said_is_none(self):
        assert cleaned(nltk.Tree.fromstring("(S (NP (-NONE- *)) (VP (-NONE- *?*)))")) is None

    def test_the_real_one(self):
        skip_unless_here("treebank")
        split = read_parses()
        assert sum(map(len, split.values())) > 3_700 and min(map(len, split.values())) > 150
        seen = [words for found in split.values() for words, _ in found]
        assert len(set(seen)) == len(seen)
        for words, parse in split["test"]:
            back = {"-lrb-": "(", "-rrb-": ")"}
            assert [back.get(leaf.lower(), leaf) for leaf in nltk.Tree.fromstring(parse).leaves()] == list(words)
            assert "-NONE-" not in parse and "*" not in words
        corpus = load_sentences("treebank", 20)
        assert max(map(len, corpus.train)) <= 20 and len(corpus.train) == len(corpus.parses["train"])
